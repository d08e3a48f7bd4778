"""What a power cut takes from the history database does not reach analytics twice, nor is it lost.

A power cut is played: the history database goes back to a copy of its files as they were when a
commit was last synced, while the analytics store keeps what it had.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from matsuri.adapters.analytics_duckdb import DuckDBAnalytics
from matsuri.adapters.database import SqliteDatabase, Synchronous
from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.data_folder import Paths, migrate_all
from matsuri.events.analytics_feed import AnalyticsFeed, AnalyticsOutOfStep
from matsuri.events.model import Event, EventBatch, Source, encode_entries
from matsuri.events.pipeline import Pipeline
from matsuri.kit.clock import ManualClock
from matsuri.steps import fold_step, pipeline_steps
from tests.support.in_process import settings_for

T = TypeVar("T")


class Disk:
    """The files of the history database, and what of them a power cut would leave."""

    def __init__(self, database: Path, kept: Path) -> None:
        self._files = [database, database.with_name(database.name + "-wal")]
        self._kept = kept
        kept.mkdir()

    def sync(self) -> None:
        for file in self._files:
            (self._kept / file.name).unlink(missing_ok=True)
            if file.exists():
                shutil.copy(file, self._kept)

    def cut(self) -> None:
        database = self._files[0]
        for file in database.parent.glob(database.name + "*"):
            file.unlink()
        for file in self._kept.iterdir():
            shutil.copy(file, database.parent)


class Watched(SqliteDatabase):
    """A database that tells the disk when it has synced."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path, synchronous=Synchronous.NORMAL)
        self._disk = disk

    async def write_durably(self, work: Callable[[Connection], T]) -> T:
        result = await super().write_durably(work)
        self._disk.sync()
        return result


def batch(number: int, chance: random.Random) -> EventBatch:
    player = chance.randrange(1, 5)
    return EventBatch(
        received_us=number,
        source=Source.SESSION,
        api_key="default",
        identity_id=f"player-{player:04}",
        profile_key=player,
        session_id="",
        session_issued_at=0,
        session_expires_at=0,
        events=[Event(id=f"event-{number}", name="gameStarted", timestamp_us=number)],
    )


@pytest.mark.parametrize("seed", range(8))
async def test_each_event_reaches_analytics_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    settings = settings_for(tmp_path / "data")
    migrate_all(settings)
    paths, clock = Paths(settings.data_path), ManualClock()
    disk = Disk(paths.history, tmp_path / "kept")
    disk.sync()
    store = DuckDBAnalytics(paths.analytics)
    log = FileLogWriter(paths.log, clock=clock)
    sent = 0
    for life in range(8):
        database = Watched(paths.history, disk)
        pipeline = Pipeline(
            log=FileLogReader(paths.log),
            database=database,
            steps=pipeline_steps(settings, fold_step(settings)),
            clock=clock,
            # Other stretches of the log each time, so that other rows make a chunk.
            read_bytes_max=chance.choice([1, 500, 10_000]),
        )
        feed = AnalyticsFeed(
            database=database,
            store=store,
            chunk_events_max=chance.choice([1, 3, 100]),
            interval_seconds=0.1,
        )
        for _ in range(chance.randint(1, 10)):
            sent += 1
            await log.append(encode_entries([batch(sent, chance)]))
            for _ in range(chance.randint(0, 3)):
                await pipeline.run_once()
            if chance.random() < 0.5:
                await feed.run_once()
        last = life == 7
        while last and (await pipeline.run_once() or await feed.run_once()):
            pass
        await database.close()
        disk.cut()
    rows = await store.history_of(await store.profile_keys(after=0, limit=100))
    ids = Counter(row.event_id for row in rows)
    assert ids == {f"event-{number}": 1 for number in range(1, sent + 1)}
    await log.close()
    await store.close()


async def test_an_older_history_database_is_told_and_nothing_is_skipped(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    migrate_all(settings)
    paths, clock = Paths(settings.data_path), ManualClock()
    shutil.copy(paths.history, tmp_path / "older.db")
    store = DuckDBAnalytics(paths.analytics)
    log = FileLogWriter(paths.log, clock=clock)
    await log.append(encode_entries([batch(1, random.Random(1))]))
    for older in (False, True):
        if older:
            for file in paths.history.parent.glob("history.db*"):
                file.unlink()
            shutil.copy(tmp_path / "older.db", paths.history)
        database = SqliteDatabase(paths.history)
        pipeline = Pipeline(
            log=FileLogReader(paths.log),
            database=database,
            steps=pipeline_steps(settings, fold_step(settings)),
            clock=clock,
            read_bytes_max=1000,
        )
        feed = AnalyticsFeed(
            database=database, store=store, chunk_events_max=10, interval_seconds=0.1
        )
        assert await pipeline.run_once() == 1
        if older:
            with pytest.raises(AnalyticsOutOfStep, match="one backup"):
                await feed.run_once()
        else:
            assert await feed.run_once() == 1
        await database.close()
    await log.close()
    await store.close()
