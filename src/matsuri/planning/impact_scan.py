"""Counting over all players what a change of definitions would change. Nothing is written."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.audiences.model import Entry
from matsuri.audiences.preview_store import count_players, draw_keys
from matsuri.audiences.preview_windows import Found, PreviewSources, PreviewWindows
from matsuri.audiences.store import entries_of_many
from matsuri.audiences.target import target_of
from matsuri.definitions.model import Catalog
from matsuri.enrolments.model import Enrolment, Enrolments, Part
from matsuri.enrolments.store import participants, places_of_many
from matsuri.errors import ResourceExhausted
from matsuri.filters.facts import Window
from matsuri.identities.computed import EMPTY
from matsuri.identities.model import Identity
from matsuri.identities.player_walk import load_identities
from matsuri.identities.profile_store import StoredProfile, load_profiles
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.planning.affected import Affected, difference
from matsuri.planning.impact import PlayerChanges, Question
from matsuri.planning.impact_tally import Limits, Tally
from matsuri.planning.worlds import World

# So few that no other request waits long for the interpreter.
_PLAYERS_PER_STEP = 200
_SEED = 0
_BUSY_RETRY_SECONDS = 5

CompileWorld = Callable[[Catalog, Callable[[Window], bool]], World]


class ImpactLimits(NamedTuple):
    """How many players are looked at, for how long, at how much history; and by how many at once.

    ``players_max`` is up to how many players everybody is looked at; of more, so many are drawn.
    """

    players_max: int
    seconds_max: float
    events_max: int
    at_once_max: int


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of ``players`` players, of whom ``intended`` were to be looked at.

    ``before`` and ``after`` know only what is ``affected`` and what decides about it. ``left`` are
    the places that are left in parts with a limit. ``from_history`` are the events that were looked
    up in the history, for nothing is kept of them.
    """

    before: World
    after: World
    affected: Affected
    players: int
    intended: int
    tally: Tally
    left: Mapping[Part, int]
    from_history: Sequence[str] = ()

    @property
    def is_exact(self) -> bool:
        """Whether there is nobody of whom it is not known."""
        return self.affected.nothing or self.tally.looked >= self.players

    @property
    def is_complete(self) -> bool:
        """Whether everybody was looked at who was to be."""
        return self.affected.nothing or self.tally.looked >= self.intended


class CountImpact:
    """Counts, on databases that are read apart from the event loop, a few players a time.

    ``compiled`` makes what decides of a catalog.
    """

    def __init__(
        self,
        *,
        control: Database,
        history: Database,
        sources: PreviewSources,
        compiled: CompileWorld,
        clock: Clock,
        limits: ImpactLimits,
    ) -> None:
        self._control = control
        self._history = history
        self._sources = sources
        self._compiled = compiled
        self._clock = clock
        self._limits = limits
        self._running = 0

    async def count(
        self,
        before: Catalog,
        after: Catalog,
        *,
        now_us: int,
        asked_us: int | None = None,
        samples_max: int,
    ) -> Impact:
        """What the change from ``before`` to ``after`` changes for players, now or when asked.

        With more players than the limit, as many are drawn at random, each as likely as any other:
        by their keys, which say nothing of them and are an index, so that only players who are
        looked at are read. The same players are drawn again as long as nobody comes or goes, and
        they are looked at in an order that is random, too: when time runs out, those that it was
        enough for speak for all. Raises ``ResourceExhausted`` where others count already, and
        ``Unavailable`` where a database or history that is needed cannot be read.
        """
        if self._running >= self._limits.at_once_max:
            raise ResourceExhausted(
                "Another impact is being counted: wait for its answer",
                retry_after_seconds=_BUSY_RETRY_SECONDS,
            )
        self._running += 1
        try:
            return await self._count(
                partial(self._question, before, after, now_us=now_us, asked_us=asked_us),
                samples_max,
            )
        finally:
            self._running -= 1

    async def _count(self, asked: Callable[[], Question], samples_max: int) -> Impact:
        begun_us = self._clock.now_us()
        # To compile hundreds of definitions takes a while, in which games are to be answered.
        question = await asyncio.to_thread(asked)
        players, keys = await self._control.read(
            lambda c: self._drawn(c, nobody=question.affected.nothing)
        )
        about = question.before.audiences.windows | question.after.audiences.windows
        windows = PreviewWindows(
            self._sources,
            about,
            asks_kept=bool(about),
            now_us=question.at_us,
            events_max=self._limits.events_max,
        )
        scan = _Scan(self._control, self._history, question, Tally(samples_max=samples_max))
        until_us = begun_us + round(self._limits.seconds_max * MICROSECONDS)
        await self._look_at_all(keys, scan, windows, until_us)
        return Impact(
            before=question.before,
            after=question.after,
            affected=question.affected,
            players=players - scan.gone,
            intended=len(keys) - scan.gone,
            tally=scan.tally,
            left=scan.limits.left,
            from_history=sorted({each.event for each in windows.past}),
        )

    def _drawn(self, connection: Connection, *, nobody: bool) -> tuple[int, list[int]]:
        """How many players there are, and the keys of those who are to be looked at."""
        players = count_players(connection)
        if nobody:
            return players, []
        return players, draw_keys(
            connection, players=players, keys_max=self._limits.players_max, seed=_SEED
        )

    async def _look_at_all(
        self, keys: Sequence[int], scan: "_Scan", windows: PreviewWindows, until_us: int
    ) -> None:
        """Look at players until their end, or that of the time or of what may be read."""
        for begin in range(0, len(keys), _PLAYERS_PER_STEP):
            now_us = self._clock.now_us()
            if begin and now_us >= until_us:
                return
            some = keys[begin : begin + _PLAYERS_PER_STEP]
            found = await windows.of(some, until_us=until_us, now_us=now_us)
            if found is None:
                return
            await scan.look(some, found)

    def _question(
        self, before: Catalog, after: Catalog, *, now_us: int, asked_us: int | None
    ) -> Question:
        parts = difference(before, after)
        kept = self._sources.kept.ready
        old = self._compiled(parts.before, kept)
        if parts.same_audiences:
            new = self._compiled(parts.after, kept)._replace(audiences=old.audiences)
        else:
            # What is asked about for the first time will have answers, once it is filled from
            # history. What is still to be filled for others is not this change's doing.
            awaited = old.audiences.wanted
            new = self._compiled(parts.after, lambda each: kept(each) or each not in awaited)
        return Question(
            before=old,
            after=new,
            affected=parts.affected,
            at_us=now_us if asked_us is None else asked_us,
            own_clocks=asked_us is None,
            gates=parts.gates,
        )


class _Known(NamedTuple):
    """What the control database has of a player."""

    identity: Identity
    entries: tuple[Entry, ...]
    places: Mapping[Part, Enrolment]


class _Scan:
    """Looks at some players after others."""

    def __init__(
        self, control: Database, history: Database, question: Question, tally: Tally
    ) -> None:
        self.tally = tally
        self.limits = Limits()
        # Players who were erased, or merged into others, since they were drawn.
        self.gone = 0
        self._control = control
        self._history = history
        self._question = question
        audiences = {
            **question.before.audiences.by_name,
            **question.after.audiences.by_name,
        }
        self._asks_lists = bool(audiences)
        # Without filters nobody asks what the player did.
        self._asks_profiles = any(each.filter is not None for each in audiences.values())

    async def look(self, keys: Sequence[int], windows: Found) -> None:
        """Count these players."""
        known = await self._control.read(lambda c: self._load(c, keys))
        self.gone += len(keys) - len(known)
        profiles: Mapping[int, StoredProfile] = {}
        if self._asks_profiles:
            profiles = await self._history.read(lambda c: load_profiles(c, keys))
        while True:
            found = await asyncio.to_thread(self._changes, known, profiles, windows)
            parts = self.limits.unknown(found)
            taken = await self._taken(parts) if parts else {}
            # Whoever was thought to get a place of a full part is looked at again.
            if not self.limits.learn(taken, found):
                break
        await asyncio.to_thread(self.tally.add, found)

    async def _taken(self, parts: Collection[Part]) -> dict[Part, int]:
        return await self._control.read(lambda c: {each: participants(c, each) for each in parts})

    def _load(self, connection: Connection, keys: Sequence[int]) -> list[_Known]:
        players = [each.identity for each in load_identities(connection, keys).values()]
        ids = [each.id for each in players]
        entries = entries_of_many(connection, ids) if self._asks_lists else {}
        places = places_of_many(connection, ids)
        return [_Known(each, entries.get(each.id, ()), places.get(each.id, {})) for each in players]

    def _changes(
        self, known: Sequence[_Known], profiles: Mapping[int, StoredProfile], windows: Found
    ) -> list[PlayerChanges]:
        full = self.limits.full
        found = []
        for identity, entries, places in known:
            stored = profiles.get(identity.key)
            profile = EMPTY if stored is None or stored.profile is None else stored.profile
            target = target_of(
                identity, profile, entries, windows.of(identity.key), Enrolments(places)
            )
            found.append(self._question.changes(target, full))
        return found
