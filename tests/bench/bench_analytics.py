"""Benchmark: the embedded analytics store over a long history, as Markdown.

    python -m tests.bench.bench_analytics [--events 20000000] [--players 200000] [--days 91]

Chunks of two sizes go in through ``append``; the days before are made by DuckDB itself, in the
store's own layout. Each question is asked several times; the first and the median are told.
"""

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import duckdb

from matsuri.adapters.analytics_duckdb import DuckDBAnalytics
from matsuri.adapters.analytics_duckdb_engine import DAYS_NAME, HOT_NAME
from matsuri.adapters.analytics_duckdb_files import put_in_place, write_day
from matsuri.events.analytics import (
    DAY_US,
    Chunk,
    CountsQuery,
    Item,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SizeQuery,
    TopValuesQuery,
)
from matsuri.events.model import Event, EventBatch, ProfileErased, Source

LAST_DAY = 20_000
NAMES = ("gameStarted", "gameFinished", "levelUp", "purchase", "adWatched")
ROUNDS = 7
EVENTS_A_REQUEST = 10
POSITION = 1 << 40


def main() -> None:
    """Make the history, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--players", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=91)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="matsuri-bench-analytics-"))
    try:
        asyncio.run(run(folder, options.events, options.players, options.days))
    finally:
        shutil.rmtree(folder)


async def run(folder: Path, events: int, players: int, days: int) -> None:
    print(f"{events:,} events, {players:,} players, {days} days\n")
    await DuckDBAnalytics(folder).close()
    seconds = make_history(folder, events // days, players, days)
    store = DuckDBAnalytics(folder)
    print("| what | result |")
    print("|---|---|")
    print(f"| days sorted and written | {events / seconds:,.0f} events/s |")
    for rows in (1000, 10_000):
        print(f"| append, chunks of {rows:,} | {await appended(store, rows, players)} |")
    chance = random.Random(1)
    first = LAST_DAY - days

    def player() -> int:
        return chance.randrange(1, players)

    questions: dict[str, Callable[[], Awaitable[object]]] = {
        "one player's last 100": lambda: store.player_events(
            PlayerEventsQuery(profile_key=player())
        ),
        "one player's last 1000 (all days)": lambda: store.player_events(
            PlayerEventsQuery(profile_key=player(), limit=1000)
        ),
        "one player's sessions": lambda: store.player_sessions(
            PlayerSessionsQuery(profile_key=player())
        ),
        "counts by name and day, all days": lambda: store.event_counts(
            CountsQuery(from_day=first, until_day=LAST_DAY)
        ),
        "counts of one name, all days": lambda: store.event_counts(
            CountsQuery(from_day=first, until_day=LAST_DAY, names=["purchase"])
        ),
        "top values, all days": lambda: store.top_values(
            TopValuesQuery(name="levelUp", from_day=first, until_day=LAST_DAY)
        ),
        "top values of a metadata key, all days": lambda: store.top_values(
            TopValuesQuery(name="levelUp", from_day=first, until_day=LAST_DAY, metadata_key="level")
        ),
        "size": lambda: store.size(SizeQuery()),
        "a thousand keys and their histories": lambda: histories(store, player()),
    }
    for what, ask in questions.items():
        print(f"| {what} | {await timed(ask)} |")
    begin = time.perf_counter()
    await store.append(Chunk(10**9, 10**9, [Item(POSITION, 0, ProfileErased(0, players // 2))]))
    print(f"| erase one player | {1000 * (time.perf_counter() - begin):,.1f} ms |")
    begin = time.perf_counter()
    redone = await store.scrub()
    print(f"| scrub | {time.perf_counter() - begin:,.1f} s, {redone / 1e6:,.0f} MB redone |")
    size = await store.size(SizeQuery())
    print(
        f"| on disk | {size.bytes / 1e6:,.0f} MB, {size.bytes / size.events:.1f} bytes an event |"
    )
    await store.close()


async def timed(ask: Callable[[], Awaitable[object]]) -> str:
    took = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        await ask()
        took.append(1000 * (time.perf_counter() - begin))
    return f"{statistics.median(took):,.1f} ms (first {took[0]:,.1f} ms)"


async def histories(store: DuckDBAnalytics, after: int) -> None:
    await store.history_of(await store.profile_keys(after=after, limit=1000))


async def appended(store: DuckDBAnalytics, rows: int, players: int) -> str:
    chance = random.Random(rows)
    took = []
    count = 100_000 // rows
    for number in range(count):
        seq = await store.last_seq() + 1
        items = [
            Item(seq * POSITION + n, 0, batch(chance.randrange(1, players), number))
            for n in range(rows // EVENTS_A_REQUEST)
        ]
        begin = time.perf_counter()
        await store.append(Chunk(seq, seq, items))
        took.append(time.perf_counter() - begin)
    rate = rows * count / sum(took)
    return f"{rate:,.0f} rows/s, {1000 * statistics.median(took):,.1f} ms a chunk"


def batch(key: int, number: int) -> EventBatch:
    at_us = LAST_DAY * DAY_US + number * 1_000_000
    identity = f"6f1c9f0e-0000-4000-8000-{key:012d}"
    session = f"0c7a5a86-0000-4000-8000-{key:012d}"
    events = [
        Event(f"{number:08d}-{n}", NAMES[n % 5], at_us + n, str(n), {"level": str(n), "map": "x"})
        for n in range(EVENTS_A_REQUEST)
    ]
    return EventBatch(
        at_us, Source.SESSION, "default", identity, key, session, at_us // 10**6, 0, events
    )


def make_history(folder: Path, day_events: int, players: int, days: int) -> float:
    """Days of random events, as ``tidy`` leaves them; how long sorting and writing took."""
    took = 0.0
    with duckdb.connect(str(folder / HOT_NAME), config={"threads": 2}) as cursor:
        for day in range(LAST_DAY - days, LAST_DAY):
            made = {"day": day, "count": day_events, "players": players, "names": list(NAMES)}
            cursor.execute(_EVENTS_SQL, made)
            cursor.execute(_SESSIONS_SQL)
            begin = time.perf_counter()
            cursor.begin()
            for table in ("events", "sessions"):
                written = write_day(cursor, folder / DAYS_NAME, table, day, seq=0)
                put_in_place(cursor, table, day, written, seq=0)
            cursor.commit()
            took += time.perf_counter() - begin
    return took


_EVENTS_SQL = """
INSERT INTO hot_events
SELECT $day, $day * 86400000000 + (random() * 86399999999)::BIGINT, $day * 86400000000 + n * 1000,
    $day::BIGINT * 1000000000 + n, n % 10, key,
    format('6f1c9f0e-0000-4000-8000-{:012d}', key),
    format('0c7a5a86-0000-4000-{:04x}-{:012d}', $day, key), uuid()::VARCHAR,
    list_extract($names, 1 + (random() * 4.999)::INTEGER % 5), (n % 97)::VARCHAR,
    format('{{"level":"{}","map":"desert-{}"}}', n % 60, n % 7), 'session', 'default', 0
FROM (SELECT range AS n, 1 + (random() * ($players - 1))::BIGINT AS key FROM range($count))
"""
_SESSIONS_SQL = """
INSERT INTO hot_sessions
SELECT day, session_id, profile_key, min(position), 0, min(time_us), min(time_us), max(time_us),
    count(*), 'JP', 'default', 0
FROM hot_events GROUP BY day, session_id, profile_key
"""

if __name__ == "__main__":
    main()
