"""What games get when they read flags: resolved once, and again when something has changed."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from matsuri.audiences.membership import AudienceSet, Memberships
from matsuri.audiences.model import Entry, Target
from matsuri.audiences.target import target_of
from matsuri.enrolments.model import Admission, Enrolment, Enrolments, Part
from matsuri.errors import Unavailable
from matsuri.filters.facts import Windows
from matsuri.flags.answer_cache import AnswerCache, Held
from matsuri.flags.answers import Answer, Answers
from matsuri.flags.model import Experience, Override, OverrideSource
from matsuri.flags.resolve import FlagSet, defaults, overrides, resolve
from matsuri.identities.read_player import Commits, PlayerState
from matsuri.kit.clock import MICROSECONDS, Clock

_NEVER_US = 2**63 - 1
# A place is refused or differs once; then the player is resolved with what there is.
_ADMISSIONS_TRIED_MAX = 5


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


class Admitted(Protocol):
    """What a player takes part in after admissions (``enrolments.service``)."""

    @property
    def held(self) -> Mapping[Part, Enrolment]:
        """Every place."""
        ...

    @property
    def identity_version(self) -> int:
        """That of the player by then."""
        ...

    @property
    def wrote(self) -> bool:
        """Whether there is a new place, by which the version rose by one."""
        ...


class Places(Protocol):
    """Reads and gives places in experiments and live events (``enrolments.service``)."""

    async def of(self, identity_id: str) -> Enrolments:
        """What the player of that id takes part in; raises ``Unavailable``."""
        ...

    async def admit(
        self, identity_key: int, admissions: Sequence[Admission], *, now_us: int, is_test: bool
    ) -> Admitted:
        """Give places to a player, or a test device; raises ``NotFound`` and ``Unavailable``.

        None are given if the player is not what ``is_test`` says.
        """
        ...

    def forget_full(self) -> None:
        """There may be more places by now."""
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
        self._watched = self._watch(self._known)

    def __call__(self) -> Rules:
        """See the class."""
        for newest, known in self._watched:
            if newest() is not known:
                self._known = self._current()
                self._watched = self._watch(self._known)
                break
        return self._known

    def _current(self) -> Rules:
        return Rules(self._flags(), self._audiences(), tuple(source() for source in self._sources))

    def _watch(self, known: Rules) -> Sequence[tuple[Callable[[], object], object]]:
        """What is asked for every read, each with what it told last."""
        asked = (self._flags, self._audiences, *self._sources)
        return tuple(zip(asked, (known.flags, known.audiences, *known.sources), strict=True))


class ReadLimits(msgspec.Struct, frozen=True):
    """How much is remembered, and whether defaults serve where players cannot be read.

    Who gets no place because none is left is looked at again after ``full_recheck_seconds``.
    """

    entries_max: int
    bytes_max: int
    full_recheck_seconds: float
    default_when_unavailable: bool


class PlayerFlags:
    """Flags as players have them.

    An answer is remembered until the player, a list, or a definition changes, or until time alone
    may change it. Whether one of these is so is looked at anew for every read. Before an answer
    tells of a place in an experiment or a live event, that place is the player's for good.
    """

    def __init__(
        self,
        *,
        players: Players,
        entries: Entries,
        places: Places,
        windows_of: Callable[[int], Awaitable[Windows]],
        rules: Callable[[], Rules],
        clock: Clock,
        limits: ReadLimits,
    ) -> None:
        self._players = players
        self._entries = entries
        self._places = places
        self._windows_of = windows_of
        self._newest_rules = rules
        self._clock = clock
        self.default_when_unavailable = limits.default_when_unavailable
        self._full_recheck_us = int(limits.full_recheck_seconds * MICROSECONDS)
        self._cache = AnswerCache(entries_max=limits.entries_max, bytes_max=limits.bytes_max)
        self._rules = rules()
        self._rules_number = 0
        self._answers = Answers()
        self._defaults: tuple[Answer, int, int] | None = None

    async def read(
        self, identity_key: int, delivers: Callable[[Answer], Collection[str]] | None = None
    ) -> Answer:
        """What a player has, who is going to be told of all flags, or of those ``delivers`` names.

        Raises ``NotFound``, and ``Unavailable`` unless the defaults are to be given then.
        """
        try:
            held = await self.held(identity_key)
            if held.admissions:
                held = await self._settled(identity_key, held, delivers)
        except Unavailable:
            if not self.default_when_unavailable:
                raise
            return self.defaults()
        return held.answer

    async def held(self, identity_key: int) -> Held:
        """The same and how long it holds, for nobody to be told yet.

        Raises ``NotFound`` and ``Unavailable``.
        """
        return self._held(identity_key) or await self._resolve(identity_key)

    def defaults(self) -> Answer:
        """What a caller has who is no player."""
        now_us = self._clock.now_us()
        rules = self.rules()
        known = self._defaults
        if known is None or not known[1] <= now_us < known[2]:
            experience = defaults(rules.flags, now_us)
            answer = self._answers.of(experience.flags)
            answer.keep_body()
            known = self._defaults = (answer, now_us, _until_us(experience))
        return known[0]

    async def overrides(
        self, identity_key: int, names: Collection[str]
    ) -> Mapping[str, Sequence[Override]]:
        """All that holds of these flags, the lowest precedence first; raises as ``read``."""
        try:
            player = await self.player(identity_key, lambda each: self._concerning(each, names))
        except Unavailable:
            if not self.default_when_unavailable:
                raise
            return self.default_overrides(names)
        rules = self.rules()
        return overrides(rules.flags, rules.sources, player, names)

    async def player(
        self,
        identity_key: int,
        wanted: Callable[[Memberships], Sequence[Admission]],
        *,
        seen_as: Callable[[Target], Target] = lambda target: target,
    ) -> Memberships:
        """A player at this instant with the places that are ``wanted``, as far as there are any.

        ``seen_as`` makes of the player what decides. Raises ``NotFound`` and ``Unavailable``.
        """
        for _ in range(_ADMISSIONS_TRIED_MAX):
            target = seen_as(await self.target(identity_key))
            player = Memberships(self.rules().audiences, target, self._now_us(target))
            admissions = wanted(player)
            if not admissions:
                return player
            await self._places.admit(
                identity_key, admissions, now_us=self._clock.now_us(), is_test=target.is_test
            )
        raise Unavailable("The player's places change all the time")

    async def resolve_as(
        self,
        identity_key: int,
        seen_as: Callable[[Target], Target],
        names: Collection[str] | None = None,
    ) -> Answer:
        """What a player has who is seen as another one, and will be told of these flags, or of all.

        It is not remembered, but for the places that come with it. Raises as ``player``.
        """
        player = await self.player(
            identity_key, lambda each: self._concerning(each, names), seen_as=seen_as
        )
        rules = self.rules()
        return self._answers.of(resolve(rules.flags, rules.sources, player).flags)

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
        """What somebody has who is like ``target``, but no player; not remembered."""
        target = msgspec.structs.replace(target, enrolments=Enrolments(closed=True))
        return self._answers.of(self._experience(target, self._now_us(target)).flags)

    def rules(self) -> Rules:
        """What decides now."""
        rules = self._newest_rules()
        if rules is not self._rules:
            self._rules = rules
            self._rules_number += 1
            self._cache.clear()
            self._answers = Answers()
            self._defaults = None
            self._places.forget_full()
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
        ahead_us = target.clock_offset_s * MICROSECONDS
        experience = self._experience(target, now_us + ahead_us)
        until_us = _until_us(experience) - ahead_us
        if experience.kept_out:
            # That a place became free changes nothing that is looked at for every read.
            until_us = min(until_us, now_us + self._full_recheck_us)
        held = Held(
            commits=commits,
            version=state.version,
            entries_version=entries_version,
            since_us=now_us,
            until_us=until_us,
            answer=self._answers.of(experience.flags),
            is_test=target.is_test,
            admissions=experience.admissions,
        )
        self._cache.put(identity_key, held)
        return held

    async def _settled(
        self,
        identity_key: int,
        held: Held,
        delivers: Callable[[Answer], Collection[str]] | None,
    ) -> Held:
        """What a player has who now has the places that come with what is delivered."""
        for _ in range(_ADMISSIONS_TRIED_MAX):
            names = None if delivers is None else delivers(held.answer)
            concerned = [each for each in held.admissions if _concerns(each, names)]
            if not concerned:
                return held
            admitted = await self._places.admit(
                identity_key, concerned, now_us=self._clock.now_us(), is_test=held.is_test
            )
            version = held.version._replace(identity=held.version.identity + admitted.wrote)
            if version.identity == admitted.identity_version and _as_wanted(concerned, admitted):
                # Nothing but the admission has changed, by which the answer is the same.
                held.version = version
                held.admissions = tuple(each for each in held.admissions if each not in concerned)
                return held
            held = await self._resolve(identity_key)
        raise Unavailable("The player's places change all the time")

    def _concerning(
        self, player: Memberships, names: Collection[str] | None
    ) -> Sequence[Admission]:
        """The places that come with these flags, or with any."""
        rules = self.rules()
        experience = resolve(rules.flags, rules.sources, player, names)
        return [each for each in experience.admissions if _concerns(each, names)]

    def _now_us(self, target: Target) -> int:
        """The instant by the player's own clock."""
        return self._clock.now_us() + target.clock_offset_s * MICROSECONDS

    async def _target(self, state: PlayerState) -> Target:
        entries = await self._entries.of(state.identity.id)
        windows = await self._windows_of(state.identity.key)
        places = await self._places.of(state.identity.id)
        return target_of(state.identity, state.profile, entries, windows, places)

    def _experience(self, target: Target, now_us: int) -> Experience:
        rules = self.rules()
        player = Memberships(rules.audiences, target, now_us)
        return resolve(rules.flags, rules.sources, player)


def _concerns(admission: Admission, names: Collection[str] | None) -> bool:
    """Whether flags of these names tell something that comes with a place."""
    return names is None or not admission.flags.isdisjoint(names)


def _as_wanted(admissions: Sequence[Admission], admitted: Admitted) -> bool:
    for admission in admissions:
        place = admitted.held.get(admission.part)
        if place is None or place.variant != admission.variant:
            return False
        if place.time_zone != admission.time_zone:
            return False
    return True


def _until_us(experience: Experience) -> int:
    return _NEVER_US if experience.changes_at_us is None else experience.changes_at_us
