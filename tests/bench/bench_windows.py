"""What windows cost: the fold with and without them, their bytes, reads of a player, and backfills.

    .venv/bin/python -m tests.bench.bench_windows [--events 20000] [--players 2000]

Prints Markdown. Nothing here fails a build.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.adapters.log_file import FileLogWriter
from matsuri.bootstrap.worker import WorkerNode, open_worker
from matsuri.data_folder import Paths, migrate_all
from matsuri.events.model import encode_entries
from matsuri.events.pipeline import PIPELINE
from matsuri.filters.facts import Window
from matsuri.identities.keep_series import KeepSeries
from matsuri.identities.read_windows import KnownSeries, PlayerWindows
from matsuri.identities.window_store import event_windows
from matsuri.kit.clock import MICROSECONDS, SystemClock
from tests.bench.bench_pipeline import BATCH, batch
from tests.support.in_process import settings_for

TURNS = 3
WEEK_S = 7 * 86_400
# Every event of the bench is counted by one of them, and one in eight by two more.
FIVE = (
    Window("count", "gameStarted", WEEK_S),
    Window("total", "purchaseCompleted", WEEK_S),
    Window("days", "screenViewed", WEEK_S),
    Window("count", "currencySpent", WEEK_S),
    Window("count", "purchaseCompleted", WEEK_S, "#.value > 5000"),
)
OTHERS = (
    Window("last", "purchaseCompleted"),
    Window("sequence", "gameStarted", WEEK_S, then="purchaseCompleted"),
)


def keep(worker: WorkerNode, windows: Sequence[Window]) -> KeepSeries:
    """What keeps the series of ``windows``."""
    return KeepSeries(
        history=worker.history,
        pipeline=PIPELINE,
        wanted=lambda: windows,
        clock=SystemClock(),
        grace_us=MICROSECONDS,
    )


async def fold(
    folder: Path, windows: Sequence[Window], events: int, players: int, *, report: bool
) -> float:
    """Seconds that the pipeline takes for all events."""
    settings = msgspec.structs.replace(settings_for(folder), log_segment_bytes_max=2**30)
    migrate_all(settings)
    clock, chance = SystemClock(), random.Random(1)
    log = FileLogWriter(Paths(settings.data_path).log, clock=clock, segment_bytes_max=2**30)
    begin_us = clock.now_us() - 3 * 86_400 * MICROSECONDS
    pending = [
        log.append(encode_entries([batch(chance, players, begin_us + n * MICROSECONDS, ids=False)]))
        for n in range(events // BATCH)
    ]
    await asyncio.gather(*pending)
    await log.close()
    async with open_worker(settings, clock=clock) as worker:
        await keep(worker, windows).refresh()
        began = time.perf_counter()
        while await worker.pipeline.run_once():
            pass
        took = time.perf_counter() - began
        if report and windows:
            await measure_reads(worker, windows, players, Paths(settings.data_path).history)
        elif report:
            await measure_backfill(worker, events)
    return took


async def measure_backfill(worker: WorkerNode, events: int) -> None:
    """How many events a second become part of windows that are new."""
    while await worker.feed.run_once():
        pass
    for windows, label in ((FIVE, "five counted"), (OTHERS, "a last time and a sequence")):
        await keep(worker, windows).refresh()
        began = time.perf_counter()
        while await worker.windows.backfill.run_once():
            pass
        took = time.perf_counter() - began
        print(f"| backfill of {label}, events/s | {events / took:,.0f} |")


async def measure_reads(
    worker: WorkerNode, windows: Sequence[Window], players: int, history: Path
) -> None:
    """What is stored, and how long it takes to read and to ask it."""
    known = KnownSeries(worker.history)
    await known.refresh()
    points = SqlitePointReads(history)
    reader = PlayerWindows(history=worker.history, known=known, points=points)
    began = time.perf_counter()
    for key in range(1, players + 1):
        await reader.windows_of(key)
    read_us = (time.perf_counter() - began) / players * 1e6
    found = await reader.windows_of(1)
    points.close()
    now_s = SystemClock().now_us() // MICROSECONDS
    began = time.perf_counter()
    for _ in range(1000):
        for window in windows:
            getattr(found, window.kind)(window, now_s)
    asked_us = (time.perf_counter() - began) / 1000 / len(windows) * 1e6
    rows, blobs, pages = await worker.history.read(sizes)
    print(f"| rows for each player | {rows / players:.1f} |")
    print(f"| bytes of entries for each row | {blobs / rows:.0f} |")
    print(f"| bytes on disk for each player | {pages / players:,.0f} |")
    print(f"| reading a player's windows, µs | {read_us:.0f} |")
    print(f"| asking one window, µs | {asked_us:.1f} |")


def sizes(connection: Connection) -> tuple[int, int, int]:
    """How many days of players there are, their bytes, and those of all that is kept, on disk."""
    blobs = select(func.count(), func.coalesce(func.sum(func.length(event_windows.c.entries)), 0))
    rows, size = connection.execute(blobs).one()
    pages = connection.exec_driver_sql(
        "SELECT sum(pgsize) FROM dbstat WHERE name IN ('event_windows', 'event_moments', "
        "'ix_event_windows_series_id_day', 'ix_event_moments_series_id')"
    ).scalar_one()
    return rows, size, pages


async def measure(events: int, players: int) -> None:
    """Fold in turn without and with windows, and print the best of each."""
    kinds: dict[str, Sequence[Window]] = {"no": (), "five": FIVE, "seven": (*FIVE, *OTHERS)}
    seconds: dict[str, list[float]] = {label: [] for label in kinds}
    for turn in range(TURNS):
        for label, windows in kinds.items():
            with tempfile.TemporaryDirectory() as name:
                took = await fold(Path(name), windows, events, players, report=turn == 0)
                seconds[label].append(took)
    for label, took_all in seconds.items():
        ratio = min(took_all) / min(seconds["no"])
        rate = events / min(took_all)
        print(f"| fold with {label} windows, events/s | {rate:,.0f} ({ratio:.2f} of the time) |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--players", type=int, default=2_000)
    options = parser.parse_args()
    print("| what | measured |")
    print("|---|---|")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure(options.events, options.players))


if __name__ == "__main__":
    main()
