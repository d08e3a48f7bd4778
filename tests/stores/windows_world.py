"""A worker with windows that is stopped and started again, and all that was sent to it."""

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy.engine import Connection

from matsuri.adapters.database import SqliteDatabase
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.data_folder import Paths, migrate_all
from matsuri.errors import Unavailable
from matsuri.events.analytics import AnalyticsStore, Chunk, EventRow, NamedEventsQuery
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.log import LogRecord
from matsuri.events.model import (
    Entry,
    Event,
    EventBatch,
    ProfileErased,
    ProfileMerged,
    Source,
    encode_entries,
)
from matsuri.events.pipeline import PIPELINE, Pipeline
from matsuri.filters.facts import Window
from matsuri.identities.backfill_windows import BackfillWindows
from matsuri.identities.keep_series import KeepSeries
from matsuri.identities.read_windows import KnownSeries, PlayerWindows
from matsuri.identities.series import DAY_S
from matsuri.kit.clock import MICROSECONDS, ManualClock
from matsuri.steps import fold_step, pipeline_steps
from tests.stores.analytics_model import AnalyticsModel
from tests.support.in_process import settings_for
from tests.unit.plain_windows import PlainEvent, PlainWindows

T = TypeVar("T")

PLAYERS = range(1, 9)
NOW_S = 20_000 * DAY_S + 5 * 3600
# Sequences are found among events that are not older than what is kept for them.
DEPTH_S = 12 * DAY_S
GRACE_S = 3_600
SHORT = Window("count", "buy", 3 * DAY_S)
LONG = Window("count", "buy", 9 * DAY_S)
STAGES: tuple[tuple[Window, ...], ...] = (
    (),
    (SHORT, Window("last", "play")),
    (SHORT, LONG, Window("days", "play", 5 * DAY_S)),
    (LONG, Window("sequence", "play", 6 * DAY_S, then="buy"), Window("last", "play")),
    (
        LONG,
        Window("total", "buy", 2 * DAY_S, "#.value > 2"),
        Window("sequence", "play", 6 * DAY_S, then="buy"),
        Window("last", "buy"),
    ),
)


class ListLog:
    """A log in memory: one record for each entry."""

    def __init__(self) -> None:
        self.records: list[LogRecord] = []

    def add(self, entry: Entry) -> None:
        position = 100 * len(self.records)
        self.records.append(LogRecord(position, position + 100, encode_entries([entry])))

    async def read(self, position: int, *, bytes_max: int) -> Sequence[LogRecord]:
        begin = position // 100
        return self.records[begin : begin + max(1, bytes_max // 100)]

    async def end(self) -> int:
        return 100 * len(self.records)

    async def trim(self, position: int, *, older_than_us: int) -> int:
        raise AssertionError((position, older_than_us))


class ModelStore:
    """The part of an analytics store that the feed and the backfill use."""

    def __init__(self) -> None:
        self.model = AnalyticsModel()

    async def last_seq(self) -> int:
        return self.model.last_seq

    async def append(self, chunk: Chunk) -> None:
        self.model.append(chunk)

    async def profile_keys(self, *, after: int, limit: int) -> list[int]:
        return [key for key in self.model.profile_keys() if key > after][:limit]

    async def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        return self.model.named_events(query)


class CrashingDatabase(SqliteDatabase):
    """Some writes are never made, and of others nobody hears that they were."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        super().__init__(path)
        self.crashes = 0.0
        self._chance = chance

    async def write(self, work: Callable[[Connection], T]) -> T:
        return self._told(await super().write(self._unless_crashed(work)))

    async def write_durably(self, work: Callable[[Connection], T]) -> T:
        return self._told(await super().write_durably(self._unless_crashed(work)))

    def _unless_crashed(self, work: Callable[[Connection], T]) -> Callable[[Connection], T]:
        if self._chance.random() >= self.crashes:
            return work

        def crash(connection: Connection) -> T:
            work(connection)
            raise Unavailable("crashed before the commit")

        return crash

    def _told(self, result: T) -> T:
        if self._chance.random() < self.crashes:
            raise Unavailable("crashed after the commit")
        return result


class World:
    """A worker that is stopped and started again, and everything that was ever sent to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.settings = settings_for(folder)
        migrate_all(self.settings)
        self.clock = ManualClock(NOW_S * MICROSECONDS)
        self.log = ListLog()
        self.store = ModelStore()
        self.database = CrashingDatabase(Paths(self.settings.data_path).history, self.chance)
        self.wanted: tuple[Window, ...] = ()
        self.sent: dict[int, list[PlainEvent]] = {player: [] for player in PLAYERS}
        self.into: dict[int, int] = {}
        self.restart()

    def restart(self) -> None:
        store = cast("AnalyticsStore", self.store)
        self.pipeline = Pipeline(
            log=self.log,
            database=self.database,
            steps=pipeline_steps(self.settings, fold_step(self.settings)),
            clock=self.clock,
            read_bytes_max=self.chance.choice([1, 300, 10_000]),
        )
        self.feed = AnalyticsFeed(
            database=self.database,
            store=store,
            chunk_events_max=self.chance.choice([1, 5, 1000]),
            interval_seconds=0.1,
        )
        self.keep = KeepSeries(
            history=self.database,
            pipeline=PIPELINE,
            wanted=lambda: self.wanted,
            clock=self.clock,
            grace_us=GRACE_S * MICROSECONDS,
        )
        self.backfill = BackfillWindows(
            history=self.database,
            store=store,
            feed=self.feed,
            clock=self.clock,
            rows_max=self.chance.choice([2, 5, 50]),
        )

    def now_s(self) -> int:
        return self.clock.now_us() // MICROSECONDS

    def root(self, player: int) -> int:
        while player in self.into:
            player = self.into[player]
        return player

    def send(self, player: int, events: Iterable[PlainEvent]) -> None:
        events = list(events)
        root = self.root(player)
        if root:
            self.sent[root] += events
        self.log.add(
            EventBatch(
                received_us=self.clock.now_us(),
                source=Source.SESSION,
                api_key="",
                identity_id=f"player-{player}",
                profile_key=player,
                session_id="",
                session_issued_at=0,
                session_expires_at=0,
                events=[
                    Event(f"{len(self.log.records)}-{n}", e.name, e.time_s * MICROSECONDS, e.value)
                    for n, e in enumerate(events)
                ],
            )
        )

    def merge(self, player: int, into: int) -> None:
        player, into = self.root(player), self.root(into)
        if player and into and player != into:
            self.sent[into] += self.sent[player]
            self.sent[player] = []
            self.into[player] = into
            self.log.add(ProfileMerged(self.clock.now_us(), player, into))

    def erase(self, player: int) -> None:
        player = self.root(player)
        if player:
            self.sent[player] = []
            self.into[player] = 0
            self.log.add(ProfileErased(self.clock.now_us(), player))

    def random_events(self) -> list[PlainEvent]:
        return [
            PlainEvent(
                self.chance.choice(["buy", "buy", "play", "other"]),
                self.now_s() - self.chance.choice([self.chance.randrange(DEPTH_S), 0, -30]),
                self.chance.choice([None, "1", "0.1", "5", "7.25"]),
            )
            for _ in range(self.chance.randint(1, 5))
        ]

    async def act(self) -> None:
        """One step of somebody; what crashes begins again."""
        chance, player = self.chance, self.chance.choice(PLAYERS)
        kind = chance.random()
        if kind < 0.3:
            self.send(player, self.random_events())
        elif kind < 0.33:
            self.merge(player, chance.choice(PLAYERS))
        elif kind < 0.34:
            self.erase(player)
        elif kind < 0.37:
            self.wanted = chance.choice(STAGES)
        elif kind < 0.45:
            self.clock.advance(chance.choice([1, 60, 2 * GRACE_S]))
        else:
            work: list[Callable[[], Any]] = [
                *(self.pipeline.run_once, self.pipeline.run_once, self.feed.run_once),
                *(self.keep.refresh, self.keep.tidy),
                *(self.backfill.run_once, self.backfill.run_once),
            ]
            try:
                await chance.choice(work)()
            except Unavailable:
                self.restart()

    async def settle(self) -> None:
        """Everything that is to be done, without crashes."""
        self.database.crashes = 0
        self.restart()
        for _ in range(3):
            while await self.pipeline.run_once():
                pass
            await self.keep.refresh()
            while await self.backfill.run_once():
                pass
            await self.keep.tidy()

    async def is_as_sent(self) -> None:
        known = KnownSeries(self.database)
        await known.refresh()
        assert known.readiness.all_ready(self.wanted)
        assert known.readiness.percent(self.wanted) == 100
        points = SqlitePointReads(Paths(self.settings.data_path).history)
        reader = PlayerWindows(history=self.database, known=known, points=points)
        windows = await reader.windows_of_many(PLAYERS)
        for player in PLAYERS:
            alone = await reader.windows_of(player)
            root = self.root(player)
            plain = PlainWindows(self.sent[root] if root else [])
            for window in self.wanted:
                for ahead_s in (0, 100, 3_600, 2 * DAY_S, 5 * DAY_S):
                    found = getattr(windows[player], window.kind)(window, self.now_s() + ahead_s)
                    right = getattr(plain, window.kind)(window, self.now_s() + ahead_s)
                    assert found == right, (player, window, ahead_s)
                    now_s = self.now_s() + ahead_s
                    assert getattr(alone, window.kind)(window, now_s) == right
        points.close()
