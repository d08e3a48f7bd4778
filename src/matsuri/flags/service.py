"""What games get when they read flags: resolved once, and again when something has changed."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from matsuri.audiences.membership import AudienceSet, Memberships
from matsuri.audiences.model import Entry, Target
from matsuri.audiences.target import target_of
from matsuri.errors import Unavailable
from matsuri.filters.facts import Windows
from matsuri.flags.answer_cache import AnswerCache, Held
from matsuri.flags.answers import Answer, Answers
from matsuri.flags.model import Experience, Override, OverrideSource
from matsuri.flags.resolve import FlagSet, defaults, overrides, resolve
from matsuri.identities.read_player import Commits, PlayerState
from matsuri.kit.clock import Clock

_NEVER_US = 2**63 - 1


class Players(Protocol):
    """Reads players (``identities.read_player``)."""

    def commits(self) -> Commits:
        """As long as they stay the same, so do all players and lists; raises ``Unavailable``."""
        ...

    def identity_version(self, identity_key: int) -> int:
        """One half of the version as of now; raises ``NotFound`` and ``Unavailable``."""
        ...

    def profile_version(self, identity_key: int) -> int:
        """The other half; raises ``Unavailable``."""
        ...

    async def load(self, identity_key: int) -> PlayerState:
        """The player, no older than that version; raises the same."""
        ...


class Entries(Protocol):
    """Reads the lists of audiences (``audiences.entries``)."""

    def version(self) -> int:
        """Another one after every change of any list; raises ``Unavailable``."""
        ...

    async def of(self, identity_id: str) -> Sequence[Entry]:
        """Every list that an id is on; raises ``Unavailable``."""
        ...


class Rules(NamedTuple):
    """What decides."""

    flags: FlagSet
    audiences: AudienceSet
    sources: Sequence[OverrideSource]


class NewestRules:
    """Tells what decides now: the same object as long as nothing of it has changed."""

    def __init__(
        self,
        flags: Callable[[], FlagSet],
        audiences: Callable[[], AudienceSet],
        sources: Sequence[Callable[[], OverrideSource]] = (),
    ) -> None:
        self._flags = flags
        self._audiences = audiences
        self._sources = sources
        self._known = self._current()

    def __call__(self) -> Rules:
        """See the class."""
        known = self._known
        if (
            self._flags() is not known.flags
            or self._audiences() is not known.audiences
            or any(
                now() is not then for now, then in zip(self._sources, known.sources, strict=True)
            )
        ):
            known = self._known = self._current()
        return known

    def _current(self) -> Rules:
        return Rules(self._flags(), self._audiences(), tuple(source() for source in self._sources))


class ReadLimits(msgspec.Struct, frozen=True):
    """How much is remembered, and whether defaults serve where players cannot be read."""

    entries_max: int
    bytes_max: int
    default_when_unavailable: bool


class PlayerFlags:
    """Flags as players have them.

    An answer is remembered until the player, a list, or a definition changes, or until time alone
    may change it. Whether one of these is so is looked at anew for every read.
    """

    def __init__(
        self,
        *,
        players: Players,
        entries: Entries,
        windows_of: Callable[[int], Awaitable[Windows]],
        rules: Callable[[], Rules],
        clock: Clock,
        limits: ReadLimits,
    ) -> None:
        self._players = players
        self._entries = entries
        self._windows_of = windows_of
        self._newest_rules = rules
        self._clock = clock
        self.default_when_unavailable = limits.default_when_unavailable
        self._cache = AnswerCache(entries_max=limits.entries_max, bytes_max=limits.bytes_max)
        self._rules = rules()
        self._rules_number = 0
        self._answers = Answers()
        self._defaults: tuple[Answer, int, int] | None = None

    async def read(self, identity_key: int) -> Answer:
        """What a player has.

        Raises ``NotFound``, and ``Unavailable`` unless the defaults are to be given then.
        """
        try:
            return (await self.held(identity_key)).answer
        except Unavailable:
            if not self.default_when_unavailable:
                raise
            return self.defaults()

    async def held(self, identity_key: int) -> Held:
        """The same and how long it holds; raises ``NotFound`` and ``Unavailable``."""
        return self._held(identity_key) or await self._resolve(identity_key)

    def defaults(self) -> Answer:
        """What a caller has who is no player."""
        now_us = self._clock.now_us()
        rules = self.rules()
        known = self._defaults
        if known is None or not known[1] <= now_us < known[2]:
            experience = defaults(rules.flags, now_us)
            answer = self._answers.of(experience.flags)
            known = self._defaults = (answer, now_us, _until_us(experience))
        return known[0]

    async def overrides(
        self, identity_key: int, names: Collection[str]
    ) -> Mapping[str, Sequence[Override]]:
        """All that holds of these flags, the lowest precedence first; raises as ``read``."""
        try:
            target = await self.target(identity_key)
        except Unavailable:
            if not self.default_when_unavailable:
                raise
            return self.default_overrides(names)
        rules = self.rules()
        player = Memberships(rules.audiences, target, self._clock.now_us())
        return overrides(rules.flags, rules.sources, player, names)

    def default_overrides(self, names: Collection[str]) -> Mapping[str, Sequence[Override]]:
        """The same for a caller who is no player."""
        flags = self.defaults().flags
        return {name: (flags[name].override,) for name in names if name in flags}

    async def target(self, identity_key: int) -> Target:
        """A player as flags see them; raises ``NotFound`` and ``Unavailable``."""
        return await self._target(await self._players.load(identity_key))

    async def entries_of(self, identity_id: str) -> Sequence[Entry]:
        """Every list that an id is on, whoever that is; raises ``Unavailable``."""
        return await self._entries.of(identity_id)

    def resolve(self, target: Target) -> Answer:
        """What somebody has who is like ``target``; not remembered."""
        return self._answers.of(self._experience(target, self._clock.now_us()).flags)

    def rules(self) -> Rules:
        """What decides now."""
        rules = self._newest_rules()
        if rules is not self._rules:
            self._rules = rules
            self._rules_number += 1
            self._cache.clear()
            self._answers = Answers()
            self._defaults = None
        return self._rules

    def moves(self, identity_key: int) -> str:
        """Another text after every change that may concern a player, or nobody known (0).

        Raises as ``held``.
        """
        self.rules()
        numbers = [self._rules_number, self._entries.version()]
        if identity_key:
            numbers.append(self._players.identity_version(identity_key))
            numbers.append(self._players.profile_version(identity_key))
        return ".".join(map(str, numbers))

    def _held(self, identity_key: int) -> Held | None:
        """What is remembered of a player, if it is right now."""
        self.rules()
        held = self._cache.get(identity_key)
        if held is None or not held.since_us <= self._clock.now_us() < held.until_us:
            return None
        commits, seen = self._players.commits(), held.commits
        if commits == seen:
            return held
        if commits.control != seen.control and (
            held.version.identity != self._players.identity_version(identity_key)
            or held.entries_version != self._entries.version()
        ):
            return None
        if (
            commits.history != seen.history
            and held.version.profile != self._players.profile_version(identity_key)
        ):
            return None
        held.commits = commits
        return held

    async def _resolve(self, identity_key: int) -> Held:
        # Before what they number: what is newer than its number is only looked at once more.
        commits = self._players.commits()
        entries_version = self._entries.version()
        state = await self._players.load(identity_key)
        target = await self._target(state)
        now_us = self._clock.now_us()
        experience = self._experience(target, now_us)
        held = Held(
            commits=commits,
            version=state.version,
            entries_version=entries_version,
            since_us=now_us,
            until_us=_until_us(experience),
            answer=self._answers.of(experience.flags),
        )
        self._cache.put(identity_key, held)
        return held

    async def _target(self, state: PlayerState) -> Target:
        entries = await self._entries.of(state.identity.id)
        windows = await self._windows_of(state.identity.key)
        return target_of(state.identity, state.profile, entries, windows)

    def _experience(self, target: Target, now_us: int) -> Experience:
        rules = self.rules()
        player = Memberships(rules.audiences, target, now_us)
        return resolve(rules.flags, rules.sources, player)


def _until_us(experience: Experience) -> int:
    return _NEVER_US if experience.changes_at_us is None else experience.changes_at_us
