"""How many players a draft of an audience would have, and which: on the players there are."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from matsuri.adapters.database import Database
from matsuri.audiences import preview_store
from matsuri.audiences.estimate import Estimate, estimate
from matsuri.audiences.membership import (
    Audience,
    AudienceSet,
    Memberships,
    MembershipTrace,
)
from matsuri.audiences.model import Entry, Listing
from matsuri.audiences.preview_store import Candidate, Listed
from matsuri.audiences.preview_windows import Found, PreviewSources, PreviewWindows
from matsuri.audiences.target import target_of
from matsuri.errors import ResourceExhausted
from matsuri.filters.compile import Filter
from matsuri.filters.facts import Windows
from matsuri.identities.computed import EMPTY
from matsuri.identities.model import Profile
from matsuri.identities.profile_store import StoredProfile, load_profiles
from matsuri.identities.store import ids_behind
from matsuri.kit.clock import MICROSECONDS, Clock

_PLAYERS_PER_STEP = 250
# History is read of ever more players at once, as long as that is quick: most of its time is the
# same however many they are.
_PLAYERS_FIRST = 25
_PLAYERS_AT_ONCE_MAX = 1000
_PART_OF_TIME = 8
_AT_ONCE_MAX = 4
_SEED = 0


class Draft(NamedTuple):
    """An audience as it would be.

    ``audience_id`` and ``name`` are those of the audience that it would take the place of, whose
    lists hold, too; a new one has an id that no list knows, and no name. ``lists`` are ids to be
    listed beside.
    """

    audience_id: str
    name: str
    filter: Filter | None
    lists: Mapping[Listing, Sequence[str]]


class PreviewLimits(NamedTuple):
    """At most how many players a preview looks at, for how long, and at how much history."""

    players_max: int
    seconds_max: float
    events_max: int


class Example(NamedTuple):
    """A player, and why it is in the audience, or is not."""

    identity_id: str
    trace: MembershipTrace


class PreviewResult(msgspec.Struct, frozen=True):
    """What was found of ``players`` players.

    The lists decide about ``listed``, all of whom are counted. Of the others ``looked`` were looked
    at and ``matched`` are let in by the filter. ``members`` is what that says of all players.
    ``from_history`` are the events that were looked up in the history, for nothing is kept of them.
    """

    players: int
    looked: int
    matched: int
    listed: Listed
    members: Estimate
    inside: Sequence[Example]
    outside: Sequence[Example]
    from_history: Sequence[str] = ()

    @property
    def is_exact(self) -> bool:
        """Whether everybody was looked at."""
        return self.looked + self.listed.included + self.listed.excluded >= self.players


class _Tally:
    """What was seen so far."""

    def __init__(self, examples_max: int) -> None:
        self.looked = 0
        self.matched = 0
        self.inside: list[Example] = []
        self.outside: list[Example] = []
        self._examples_max = examples_max

    def count(
        self, memberships: Memberships, name: str, identity_id: str, entry: Entry | None
    ) -> None:
        """Count one player, whose ``entry`` on a list decides if there is one."""
        member = memberships.in_audience(name)
        if entry is None:
            self.looked += 1
            self.matched += member
        examples = self.inside if member else self.outside
        if len(examples) < self._examples_max:
            examples.append(Example(identity_id, memberships.why(name)))


class Preview:
    """Looks at players. Its databases are read apart from the event loop, a few players a time."""

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        audiences: Callable[[], AudienceSet],
        sources: PreviewSources,
        clock: Clock,
        limits: PreviewLimits,
    ) -> None:
        self._control = control
        self._history = history
        self._audiences = audiences
        self._sources = sources
        self._clock = clock
        self._limits = limits
        self._running = 0

    async def preview(self, draft: Draft, *, examples_max: int) -> PreviewResult:
        """What the draft would mean now.

        Players are taken at random, so that those that time was enough for speak for all. Raises
        ``ResourceExhausted`` where too many others preview at once, and ``Unavailable`` where
        history is needed and cannot be read.
        """
        if self._running >= _AT_ONCE_MAX:
            raise ResourceExhausted("Too many previews at once", retry_after_seconds=1)
        self._running += 1
        try:
            return await self._preview(draft, examples_max)
        finally:
            self._running -= 1

    async def _preview(self, draft: Draft, examples_max: int) -> PreviewResult:
        now_us = self._clock.now_us()
        drafted = await self._drafted(draft)
        players = await self._control.read(preview_store.count_players)
        listed = await self._control.read(
            lambda c: preview_store.count_listed(c, draft.audience_id, drafted, now_us=now_us)
        )
        keys = await self._control.read(
            lambda c: preview_store.draw_keys(
                c, players=players, keys_max=self._limits.players_max, seed=_SEED
            )
        )
        view = _View(draft, drafted, self._audiences(), now_us)
        windows = PreviewWindows(
            self._sources,
            draft.filter.uses.windows if draft.filter is not None else (),
            asks_kept=view.asks_about_events,
            now_us=now_us,
            events_max=self._limits.events_max,
        )
        tally = _Tally(examples_max)
        await self._look_at_all(keys, view, windows, tally, begun_us=now_us)
        others = max(tally.looked, players - listed.included - listed.excluded)
        found = estimate(tally.matched, tally.looked, others)
        return PreviewResult(
            players=players,
            looked=tally.looked,
            matched=tally.matched,
            listed=listed,
            members=Estimate(*(part + listed.included for part in msgspec.structs.astuple(found))),
            inside=tally.inside,
            outside=tally.outside,
            from_history=sorted({each.event for each in windows.past}),
        )

    async def _drafted(self, draft: Draft) -> list[Entry]:
        ids = [each for listed in draft.lists.values() for each in listed]
        behind = await self._control.read(lambda c: ids_behind(c, ids))
        return [
            Entry(draft.audience_id, listing, behind.get(each, each))
            for listing, listed in draft.lists.items()
            for each in listed
        ]

    async def _look_at_all(
        self,
        keys: Sequence[int],
        view: "_View",
        windows: PreviewWindows,
        tally: _Tally,
        *,
        begun_us: int,
    ) -> None:
        """Look at players until their end, or that of the time or of what may be read."""
        until_us = begun_us + round(self._limits.seconds_max * MICROSECONDS)
        step = _PLAYERS_FIRST if windows.past else _PLAYERS_PER_STEP
        begin, step_us = 0, begun_us
        while begin < len(keys):
            some = keys[begin : begin + step]
            found = await windows.of(some, until_us=until_us, now_us=step_us)
            if found is None:
                return
            await self._look(some, view, found, tally)
            now_us = self._clock.now_us()
            if now_us >= until_us:
                return
            if windows.past and (now_us - step_us) * _PART_OF_TIME < until_us - begun_us:
                step = min(step * 2, _PLAYERS_AT_ONCE_MAX)
            begin, step_us = begin + len(some), now_us

    async def _look(
        self, keys: Sequence[int], view: "_View", windows: Found, tally: _Tally
    ) -> None:
        candidates = await self._control.read(lambda c: preview_store.load_candidates(c, keys))
        profiles = await self._history.read(lambda c: load_profiles(c, keys))

        def count() -> None:
            for each in candidates:
                key = each.identity.key
                view.count(each, _profile(profiles.get(key)), windows.of(key), tally)

        await asyncio.to_thread(count)


class _View:
    """The draft among all audiences, at one instant."""

    def __init__(
        self, draft: Draft, drafted: Sequence[Entry], audiences: AudienceSet, now_us: int
    ) -> None:
        self._draft = draft
        self._now_us = now_us
        self._drafted: dict[str, list[Entry]] = {}
        for each in drafted:
            self._drafted.setdefault(each.identity_id, []).append(each)
        compiled = Audience(draft.audience_id, draft.name, draft.filter)
        self._audiences = AudienceSet({**audiences.by_name, draft.name: compiled})
        self.asks_about_events = bool(self._audiences.windows)

    def count(
        self, candidate: Candidate, profile: Profile, windows: Windows, tally: _Tally
    ) -> None:
        """Count one player in."""
        identity = candidate.identity
        entries = (*candidate.entries, *self._drafted.get(identity.id, ()))
        target = target_of(identity, profile, entries, windows)
        memberships = Memberships(self._audiences, target, self._now_us)
        holding = (
            each
            for each in entries
            if each.audience_id == self._draft.audience_id and each.holds(self._now_us)
        )
        tally.count(memberships, self._draft.name, identity.id, next(holding, None))


def _profile(stored: StoredProfile | None) -> Profile:
    return EMPTY if stored is None or stored.profile is None else stored.profile
