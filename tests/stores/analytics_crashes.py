"""A process that feeds the embedded analytics store until it is killed."""

import asyncio
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from matsuri.adapters.analytics_duckdb import DuckDBAnalytics
from matsuri.adapters.analytics_duckdb_tidy import DayLimits
from matsuri.events.analytics import DAY_US, Chunk, Item
from tests.stores.analytics_histories import DAY, batch, event

LIMITS = DayLimits(grace_seconds=0, day_rows_min=1, late_rows_min=20, late_seconds=0)
NOW_US = (DAY + 6) * DAY_US
_DAYS = 5


def chunk(seq: int) -> Chunk:
    """Always the same for the same number: some players, some days."""
    items = []
    for number in range(4):
        at_us = (DAY + (seq + number) % _DAYS) * DAY_US + seq
        events = [event(time_us=at_us + n, value=f"{seq}-{n}") for n in range(5)]
        items.append(Item(seq * 1000 + number, 0, batch(seq % 7, *events, session=f"s{seq}")))
    return Chunk(seq, seq, items)


def places(last_seq: int) -> Iterator[tuple[int, int]]:
    """Where the events of chunks up to ``last_seq`` stand."""
    for seq in range(1, last_seq + 1):
        for position, place, entry in chunk(seq).items:
            for number in range(len(entry.events)):  # type: ignore[union-attr] # all are batches
                yield position, place + number


def feed(folder: Path, told: Connection) -> None:
    """Append for ever, tidy beside it, and tell the number of each chunk that is stored."""
    asyncio.run(_feed(folder, told))


def make(folder: Path) -> None:
    """Make a store in ``folder``, which is not there yet."""
    DuckDBAnalytics(folder, limits=LIMITS)


async def _feed(folder: Path, told: Connection) -> None:
    store = DuckDBAnalytics(folder, limits=LIMITS)

    async def tidy() -> None:
        while True:
            await store.tidy(now_us=NOW_US, keep_days=0)
            await asyncio.sleep(0)

    tidying = asyncio.create_task(tidy())
    seq = await store.last_seq()
    while not tidying.done():
        seq += 1
        await store.append(chunk(seq))
        told.send(seq)
    await tidying
