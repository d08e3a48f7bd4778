"""Brings history to the series that lack it, beside the pipeline that adds what is new.

Each series has its events from a position of the log on from the pipeline, and those before it
from here, out of the analytics store: player by player, each with the progress in one
transaction.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import MatsuriError
from matsuri.events.analytics import AnalyticsStore, EventPlace, EventRow, NamedEventsQuery
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.identities.add_windows import add_moments, add_tally
from matsuri.identities.past_events import PastEvents, PastJob
from matsuri.identities.profile_store import find_tombstones, roots_of
from matsuri.identities.series_store import (
    advance_backfills,
    end_backfills,
    load_backfills,
    load_series,
    save_series,
)
from matsuri.identities.tracked_events import TrackedEvents
from matsuri.kit.clock import MICROSECONDS, Clock

_LOOK_SECONDS = 0.5
_RETRY_SECONDS = 5.0
_KEYS_FIRST = 500
_KEYS_MAX = 20_000
_ROWS_PER_PAGE = 20_000
_ROWS_PER_WRITE = 2_000
_PAUSE_SECONDS = 0.005
_EARLIEST_DAY = -(2**31)

logger = structlog.get_logger(__name__)


class BackfillWindows:
    """Fills the series that lack history; one at a time.

    ``rows_max`` is how many events are read at once.
    """

    def __init__(
        self,
        *,
        history: Database,
        store: AnalyticsStore,
        feed: AnalyticsFeed,
        clock: Clock,
        rows_max: int = _ROWS_PER_PAGE,
    ) -> None:
        self._history = history
        self._store = store
        self._feed = feed
        self._clock = clock
        self._rows_max = rows_max
        self._keys = _KEYS_FIRST
        self._sent: set[tuple[int, int]] = set()

    async def run(self) -> None:
        """Fill for ever; what fails is tried again."""
        while True:
            pause_seconds = _LOOK_SECONDS
            try:
                while await self.run_once():
                    pass
            except (MatsuriError, OSError) as error:
                logger.warning("windows wait for their history", reason=str(error))
                pause_seconds = _RETRY_SECONDS
            except Exception:
                # Nobody waits for this task: without it, new windows would never be ready.
                logger.exception("windows wait for their history")
                pause_seconds = _RETRY_SECONDS
            await asyncio.sleep(pause_seconds)

    async def run_once(self) -> bool:
        """Do some players; whether there was anything to do. Raises ``Unavailable``."""
        jobs = await self._history.read(_load_jobs)
        if not jobs:
            return False
        await self._let_everything_arrive(jobs)
        # Those that are furthest behind go on, and later together with the others.
        next_key = min(job.backfill.next_key for job in jobs)
        group = [job for job in jobs if job.backfill.next_key == next_key]
        others = [job.backfill.next_key for job in jobs if job.backfill.next_key > next_key]
        keys = await self._store.profile_keys(after=next_key - 1, limit=self._keys)
        before_key = min(others, default=None)
        if before_key is not None:
            keys = [key for key in keys if key < before_key]
        if keys:
            await self._fill(group, next_key, keys[-1])
        elif before_key is not None:
            await self._history.write(
                lambda c: advance_backfills(c, _ids(group), next_key=before_key)
            )
        else:
            ready = await self._history.write(lambda c: _finish(c, group))
            logger.info("windows are ready", events=ready)
        return True

    async def _let_everything_arrive(self, jobs: Sequence[PastJob]) -> None:
        """Until the analytics store has all that was applied when these jobs were made."""
        begun = {(job.kept.id, job.backfill.before_position) for job in jobs}
        if not begun <= self._sent:
            await self._feed.catch_up()
        self._sent = begun

    async def _fill(self, group: Sequence[PastJob], first_key: int, last_key: int) -> None:
        """Add the history of players from ``first_key`` on, at most to ``last_key``."""
        now_us = self._clock.now_us()
        query = NamedEventsQuery(
            names=sorted({name for job in group for name in job.names}),
            first_key=first_key,
            last_key=last_key,
            before_position=max(job.backfill.before_position for job in group),
            from_day=max(min(job.from_day(now_us) for job in group), _EARLIEST_DAY),
            limit=self._rows_max,
        )
        rows = await self._store.named_events(query)
        full = len(rows) == self._rows_max
        self._adapt(len(rows), full=full)
        if full:
            # There may be more of the last player, who comes again with the next stretch.
            last_key = rows[-1].profile_key - 1
            if rows[0].profile_key > last_key:
                await self._fill_one(group, query, rows, now_us=now_us)
                return
            rows = [row for row in rows if row.profile_key <= last_key]
        parts = list(_parts(rows)) or [[]]
        for part in parts:
            events = PastEvents(group, now_us=now_us)
            await asyncio.to_thread(events.take, part)
            until_key = last_key if part is parts[-1] else part[-1].profile_key
            await self._add(group, events, until_key=until_key, now_us=now_us)
            # The pipeline takes its turn between two of these.
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _fill_one(
        self,
        group: Sequence[PastJob],
        query: NamedEventsQuery,
        rows: list[EventRow],
        *,
        now_us: int,
    ) -> None:
        """Add the history of a player who has more than fits in one page."""
        key = rows[0].profile_key
        query = msgspec.structs.replace(query, first_key=key, last_key=key)
        events = PastEvents(group, now_us=now_us)
        while rows:
            await asyncio.to_thread(events.take, rows)
            after = EventPlace(key, rows[-1].position, rows[-1].place)
            rows = await self._store.named_events(msgspec.structs.replace(query, after=after))
        await self._add(group, events, until_key=key, now_us=now_us)

    async def _add(
        self, group: Sequence[PastJob], events: PastEvents, *, until_key: int, now_us: int
    ) -> None:
        moments = await asyncio.to_thread(events.moments)

        def work(connection: Connection) -> None:
            # A series that was given up meanwhile has no backfill any more.
            going_on = {job.kept.id for job in _load_jobs(connection)} & set(_ids(group))
            events.tally.keep_series(going_on)
            found = {place: told for place, told in moments.items() if place[1] in going_on}
            keys = {key for key, _ in [*events.tally.days, *events.tally.times, *found]}
            roots = roots_of(keys, find_tombstones(connection, keys))
            for key, root in roots.items():
                if not root:
                    events.tally.erase(key)
                elif root != key:
                    events.tally.move(from_key=key, into_key=root)
            tracked = TrackedEvents(load_series(connection))
            add_tally(connection, events.tally, tracked, now_s=now_us // MICROSECONDS)
            for (key, series_id), moment in found.items():
                if roots[key]:
                    add_moments(connection, {(roots[key], series_id): moment})
            advance_backfills(connection, going_on, next_key=until_key + 1)

        await self._history.write(work)

    def _adapt(self, rows: int, *, full: bool) -> None:
        """Ask for about as many players as fill a page."""
        if full:
            self._keys = max(1, self._keys // 2)
        elif rows < self._rows_max // 4:
            self._keys = min(self._keys * 2, _KEYS_MAX)


def _ids(jobs: Collection[PastJob]) -> list[int]:
    return [job.kept.id for job in jobs]


def _load_jobs(connection: Connection) -> list[PastJob]:
    """Every backfill under way, with its series."""
    kept = {each.id: each for each in load_series(connection) if not each.removing}
    return [
        PastJob(kept[each.series_id], each)
        for each in load_backfills(connection)
        if each.series_id in kept
    ]


def _finish(connection: Connection, group: Collection[PastJob]) -> list[str]:
    """Note down that these series are ready; the names of their events."""
    done = set(_ids(group))
    ended = [job for job in _load_jobs(connection) if job.kept.id in done]
    for kept, backfill in ended:
        save_series(connection, msgspec.structs.replace(kept, ready_s=backfill.reach_s))
    end_backfills(connection, done)
    return sorted({job.kept.series.event for job in ended})


def _parts(rows: Sequence[EventRow]) -> Iterator[list[EventRow]]:
    """The rows of some players each, in order."""
    part: list[EventRow] = []
    for _, told in groupby(rows, key=lambda row: row.profile_key):
        part += told
        if len(part) >= _ROWS_PER_WRITE:
            yield part
            part = []
    if part:
        yield part
