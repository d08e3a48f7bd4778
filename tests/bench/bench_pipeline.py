"""How many events a second the pipeline applies, on one core, beside only reading the log.

    .venv/bin/python -m tests.bench.bench_pipeline [--events 200000] [--players 5000]

Fills a log first, then applies all of it. Prints Markdown. Nothing here fails a build.
"""

import argparse
import asyncio
import random
import tempfile
import time
import uuid
from pathlib import Path

import msgspec
import uvloop

from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.bootstrap.worker import open_worker
from matsuri.data_folder import Paths, migrate_all
from matsuri.events.model import Event, EventBatch, Source, decode_entries, encode_entries
from matsuri.kit.clock import MICROSECONDS, SystemClock
from tests.support.in_process import settings_for

NAMES = ("gameStarted", "purchaseCompleted", "screenViewed", "currencySpent")
BATCH = 10


def batch(chance: random.Random, players: int, now_us: int, *, ids: bool) -> EventBatch:
    """Ten events of a random player."""
    player = chance.randrange(1, players + 1)
    events = [
        Event(
            id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            name=chance.choice(NAMES),
            timestamp_us=now_us + number,
            value=str(chance.randrange(1, 10_000)),
            metadata={"id": "gems_small", "currency": "EUR", "storeType": "apple"},
            id_given=ids,
        )
        for number in range(BATCH)
    ]
    return EventBatch(
        received_us=now_us,
        source=Source.SESSION,
        api_key="default",
        identity_id=f"player-{player:06}",
        profile_key=player,
        session_id=f"session-{player:06}",
        session_issued_at=0,
        session_expires_at=0,
        events=events,
    )


async def measure(events: int, players: int, *, ids: bool) -> tuple[float, float]:
    """Events a second: only read and decoded, and applied."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        settings = msgspec.structs.replace(settings_for(Path(name)), log_segment_bytes_max=2**30)
        migrate_all(settings)
        clock = SystemClock()
        log = FileLogWriter(Paths(settings.data_path).log, clock=clock, segment_bytes_max=2**30)
        now_us = clock.now_us()
        pending = [
            log.append(encode_entries([batch(chance, players, now_us + i * MICROSECONDS, ids=ids)]))
            for i in range(events // BATCH)
        ]
        await asyncio.gather(*pending)
        await log.close()
        reader = FileLogReader(Paths(settings.data_path).log)
        began, position = time.perf_counter(), 0
        while records := await reader.read(position, bytes_max=settings.pipeline_read_bytes_max):
            for record in records:
                decode_entries(record.payload)
            position = records[-1].next_position
        read = events / (time.perf_counter() - began)
        await reader.close()
        async with open_worker(settings, clock=clock) as worker:
            pipeline = worker.pipeline
            began = time.perf_counter()
            while await pipeline.run_once():
                pass
            applied = events / (time.perf_counter() - began)
            assert (await pipeline.progress()).events_applied == events
    return read, applied


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--players", type=int, default=5_000)
    options = parser.parse_args()
    print("| events | only read, events/s | applied, events/s |")
    print("|---|---|---|")
    for ids, label in ((False, "ids made by the server"), (True, "ids given by the sender")):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            read, applied = runner.run(measure(options.events, options.players, ids=ids))
        print(f"| {label} | {read:,.0f} | {applied:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
