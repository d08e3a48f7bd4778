"""What games get when they read flags: resolved once, and again when something has changed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

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
from matsuri.identities.read_player import PlayerState, PlayerVersion
from matsuri.kit.clock import Clock

_NEVER_US = 2**63 - 1


class Players(Protocol):
    """Reads players (``identities.read_player``)."""

    def version(self, identity_key: int) -> PlayerVersion:
        """The version as of now; raises ``NotFound`` and ``Unavailable``."""
        ...

    async def load(self, identity_key: int) -> PlayerState:
        """The player, no older than that version; raises the same."""
        ...


class Lists(Protocol):
    """Reads what the lists of audiences have of an id (``audiences.read_lists``)."""

    def rows(self, identity_id: str) -> tuple[Any, ...]:
        """Something that is equal as long as nothing of it changes; raises ``Unavailable``."""
        ...

    def entries(self, identity_id: str, rows: tuple[Any, ...]) -> tuple[Entry, ...]:
        """The entries that ``rows`` tell of."""
        ...


class Rules(NamedTuple):
    """What decides; each of the three is the same object as long as nothing of it changes."""

    flags: FlagSet
    audiences: AudienceSet
    sources: Sequence[OverrideSource]


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
        lists: Lists,
        windows_of: Callable[[int], Awaitable[Windows]],
        rules: Callable[[], Rules],
        clock: Clock,
        limits: ReadLimits,
    ) -> None:
        self._players = players
        self._lists = lists
        self._windows_of = windows_of
        self._newest_rules = rules
        self._clock = clock
        self._default_when_unavailable = limits.default_when_unavailable
        self._cache = AnswerCache(entries_max=limits.entries_max, bytes_max=limits.bytes_max)
        self._rules = rules()
        self._answers = Answers()
        self._defaults: tuple[Answer, int, int] | None = None

    async def read(self, identity_key: int) -> Answer:
        """What a player has.

        Raises ``NotFound``, and ``Unavailable`` unless the defaults are to be given then.
        """
        try:
            held = self._held(identity_key)
            return (held or await self._resolve(identity_key)).answer
        except Unavailable:
            if not self._default_when_unavailable:
                raise
            return self.defaults()

    async def changes_at_us(self, identity_key: int) -> int:
        """The time after now at which time alone may change that; raises as ``read``."""
        held = self._held(identity_key)
        return (held or await self._resolve(identity_key)).until_us

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

    async def overrides(self, identity_key: int) -> Mapping[str, Sequence[Override]]:
        """Everything that holds for a player, the lowest precedence first; raises as ``read``."""
        try:
            target = await self.target(identity_key)
        except Unavailable:
            if not self._default_when_unavailable:
                raise
            return self.default_overrides()
        rules = self.rules()
        player = Memberships(rules.audiences, target, self._clock.now_us())
        return overrides(rules.flags, rules.sources, player)

    def default_overrides(self) -> Mapping[str, Sequence[Override]]:
        """The same for a caller who is no player."""
        flags = self.defaults().flags
        return {name: (resolution.override,) for name, resolution in flags.items()}

    async def target(self, identity_key: int) -> Target:
        """A player as flags see them; raises ``NotFound`` and ``Unavailable``."""
        return (await self._load(identity_key))[1]

    def entries(self, identity_id: str) -> tuple[Entry, ...]:
        """What the lists of audiences have of an id, whoever that is."""
        return self._lists.entries(identity_id, self._lists.rows(identity_id))

    def resolve(self, target: Target) -> Answer:
        """What somebody has who is like ``target``; not remembered."""
        return self._answers.of(self._experience(target, self._clock.now_us()).flags)

    def rules(self) -> Rules:
        """What decides now."""
        rules = self._newest_rules()
        if any(new is not old for new, old in zip(rules, self._rules, strict=True)):
            self._rules = rules
            self._cache.clear()
            self._answers = Answers()
            self._defaults = None
        return self._rules

    def _held(self, identity_key: int) -> Held | None:
        """What is remembered of a player, if it is right now."""
        self.rules()
        held = self._cache.get(identity_key)
        if (
            held is None
            or not held.since_us <= self._clock.now_us() < held.until_us
            or held.version != self._players.version(identity_key)
            or held.lists != self._lists.rows(held.identity_id)
        ):
            return None
        return held

    async def _resolve(self, identity_key: int) -> Held:
        (state, rows), target = await self._load(identity_key)
        rules = self.rules()
        now_us = self._clock.now_us()
        experience = self._experience(target, now_us)
        held = Held(
            version=state.version,
            identity_id=state.identity.id,
            lists=rows,
            since_us=now_us,
            until_us=_until_us(experience),
            answer=self._answers.of(experience.flags),
        )
        if rules is self._rules:
            self._cache.put(identity_key, held)
        return held

    async def _load(self, identity_key: int) -> tuple[tuple[PlayerState, tuple[Any, ...]], Target]:
        state = await self._players.load(identity_key)
        rows = self._lists.rows(state.identity.id)
        entries = self._lists.entries(state.identity.id, rows)
        windows = await self._windows_of(identity_key)
        return (state, rows), target_of(state.identity, state.profile, entries, windows)

    def _experience(self, target: Target, now_us: int) -> Experience:
        rules = self.rules()
        player = Memberships(rules.audiences, target, now_us)
        return resolve(rules.flags, rules.sources, player)


def _until_us(experience: Experience) -> int:
    return _NEVER_US if experience.changes_at_us is None else experience.changes_at_us
