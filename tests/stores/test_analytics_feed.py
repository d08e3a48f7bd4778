"""The way to the analytics store: it ends where it should, and goes on where it should."""

import asyncio
from pathlib import Path

import msgspec

from matsuri.adapters.database import SqliteDatabase
from matsuri.config import Settings, SettingsError
from matsuri.data_folder import Paths, migrate_all
from matsuri.events.analytics import AnalyticsStore, Chunk
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.store import put_in_analytics_outbox
from matsuri.kit.clock import ManualClock
from matsuri.worker import tidy_analytics
from tests.support.in_process import in_process, settings_for

NO_ITEMS = msgspec.msgpack.encode([])


class Busy(AnalyticsStore):
    """While it takes one chunk, the pipeline has applied more."""

    def __init__(self, history: SqliteDatabase) -> None:
        self.history = history
        self.stored = 0
        self.chunks = 0

    async def last_seq(self) -> int:
        return self.stored

    async def append(self, chunk: Chunk) -> None:
        self.stored = chunk.last_seq
        self.chunks += 1
        await self.history.write(lambda c: put_in_analytics_outbox(c, NO_ITEMS, events=10))


class Wrong(AnalyticsStore):
    """It cannot be opened for a reason that is not one of the known."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def last_seq(self) -> int:
        self.asked.set()
        raise SettingsError("the server is too old")

    async def tidy(self, *, now_us: int, keep_days: int) -> None:
        self.asked.set()
        raise SettingsError(f"the server is too old: {now_us} {keep_days}")


def feed_of(history: SqliteDatabase, store: AnalyticsStore) -> AnalyticsFeed:
    return AnalyticsFeed(database=history, store=store, chunk_events_max=10, interval_seconds=0)


def open_history(folder: Path) -> SqliteDatabase:
    settings: Settings = settings_for(folder)
    migrate_all(settings)
    return SqliteDatabase(Paths(settings.data_path).history)


async def test_catching_up_ends_on_a_server_that_never_rests(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    for _ in range(3):
        await history.write(lambda c: put_in_analytics_outbox(c, NO_ITEMS, events=10))
    store = Busy(history)
    async with asyncio.timeout(10):
        await feed_of(history, store).catch_up()
    assert store.stored == 3
    await history.close()


async def test_catching_up_waits_for_a_chunk_that_is_under_way(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    await history.write(lambda c: put_in_analytics_outbox(c, NO_ITEMS, events=10))
    store = Busy(history)
    feed = feed_of(history, store)
    sending = asyncio.create_task(feed.run_once())
    await asyncio.sleep(0)
    await feed.catch_up()
    assert store.stored >= 1
    await sending
    await history.close()


async def test_draining_ends_whatever_the_store_says(tmp_path: Path) -> None:
    history = open_history(tmp_path)
    await history.write(lambda c: put_in_analytics_outbox(c, NO_ITEMS, events=10))
    await feed_of(history, Wrong()).drain(seconds_max=5)
    await history.close()


async def test_tidying_goes_on_after_errors_that_nobody_expected(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        store = Wrong()
        server.worker.analytics = store
        task = asyncio.create_task(
            tidy_analytics(server.worker, settings_for(tmp_path), ManualClock())
        )
        await store.asked.wait()
        await asyncio.sleep(0)
        assert not task.done()
        task.cancel()
