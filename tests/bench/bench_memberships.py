"""What stored membership costs the pipeline, how quick a pass is, and how fresh membership is.

    .venv/bin/python -m tests.bench.bench_memberships [--events 200000] [--samples 200]

The pipeline applies the same log with and without memberships beside it. Then players are
evaluated by a pass with the audiences that every server begins with. Last, a server runs in
processes of its own: one client sends an event that moves a player into an audience or out of it,
and asks until that is stored, alone and while wrk sends batches of events. Prints Markdown. Nothing
here fails a build.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import random
import tempfile
import threading
import time
from pathlib import Path

import msgspec
import uvloop

from matsuri.adapters.log_file import FileLogWriter
from matsuri.audiences.member_store import load_progress
from matsuri.bootstrap.api import open_api
from matsuri.bootstrap.worker import WorkerNode, open_worker
from matsuri.data_folder import Paths, migrate_all
from matsuri.events.model import Entry, encode_entries
from matsuri.identities.store import identities
from matsuri.kit.clock import MICROSECONDS, SystemClock
from tests.bench.bench_http import event_body, load
from tests.bench.bench_pipeline import BATCH, batch
from tests.support.in_process import SERVER_KEY, basic, bearer, settings_for
from tests.support.served import Served, start

CONSOLE = basic(SERVER_KEY)
FILTER = 'PropertiesComputed("gameFinishedCount", 0) % 2 == 1'


async def fill(folder: Path, events: int, players: int) -> None:
    """A data folder with players, default audiences, and a log with events of theirs."""
    chance = random.Random(1)
    settings = settings_for(folder)
    migrate_all(settings)
    clock = SystemClock()
    async with open_api(settings, clock=clock) as node:
        rows = [
            {
                "key": key,
                "id": f"player-{key:06}",
                "sample_id": f"player-{key:06}",
                "created_us": clock.now_us(),
                "updated_us": clock.now_us(),
                "default_properties": '{"countryCode":"DE","platform":"iOS"}',
                "custom_properties": '{"level":"12"}',
            }
            for key in range(1, players + 1)
        ]
        await node.control.write(lambda c: c.execute(identities.insert(), rows))
    log = FileLogWriter(Paths(settings.data_path).log, clock=clock, segment_bytes_max=2**30)
    now_us = clock.now_us()
    entries: list[Entry] = [
        batch(chance, players, now_us + number * MICROSECONDS, ids=False)
        for number in range(events // BATCH)
    ]
    await asyncio.gather(*(log.append(encode_entries([entry])) for entry in entries))
    await log.close()


async def apply(worker: WorkerNode, events: int) -> float:
    """Events a second."""
    began = time.perf_counter()
    while await worker.pipeline.run_once():  # noqa: ASYNC110 # memberships take turns with it
        await asyncio.sleep(0)
    seconds = time.perf_counter() - began
    assert (await worker.pipeline.progress()).events_applied == events
    return events / seconds


async def beside_the_pipeline(events: int, players: int) -> None:
    """Both rates, and those of what is evaluated."""
    for beside in (False, True, False, True):
        with tempfile.TemporaryDirectory() as name:
            await fill(Path(name), events, players)
            settings = msgspec.structs.replace(settings_for(Path(name)))
            async with open_worker(settings, clock=SystemClock()) as worker:
                # The pass at the start is another matter.
                await worker.memberships.run_pass()
                before = (await worker.history.read(load_progress)).evaluated
                task = asyncio.create_task(worker.memberships.run()) if beside else None
                applied = await apply(worker, events)
                done = (await worker.history.read(load_progress)).evaluated - before
                shown = f"{done:,} players evaluated meanwhile" if beside else ""
                print(
                    f"| {'with' if beside else 'without'} memberships | {applied:,.0f} | {shown} |"
                )
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task


async def a_pass(events: int, players: int) -> None:
    """Players a second, when all are due and when none is."""
    with tempfile.TemporaryDirectory() as name:
        await fill(Path(name), events, players)
        async with open_worker(settings_for(Path(name)), clock=SystemClock()) as worker:
            await apply(worker, events)
            for label in ("everybody is due", "nobody is due"):
                began = time.perf_counter()
                await worker.memberships.run_pass()
                seconds = time.perf_counter() - began
                print(f"| pass, {label} | {players / seconds:,.0f} | |", flush=True)


def sample(server: Served, player: str, token: str, samples: int) -> list[float]:
    """Milliseconds from an acknowledgement until membership is stored, sorted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = json.dumps({"events": [{"name": "gameFinished"}]})
    path = f"/v1/console/identity/{player}/audience?pagination.limit=1000"
    times = []
    for number in range(1, samples + 1):
        connection.request("POST", "/v1/event", body, {"Authorization": bearer(token)})
        connection.getresponse().read()
        acknowledged = time.perf_counter()
        while True:
            connection.request("GET", path, headers={"Authorization": CONSOLE})
            found = json.loads(connection.getresponse().read())["audiences"]
            stored = any(each["name"] == "Odd" and each["stored"] for each in found)
            if stored is (number % 2 == 1):
                break
        times.append(1000 * (time.perf_counter() - acknowledged))
        time.sleep(0.01)
    connection.close()
    return sorted(times)


def fresh(samples: int) -> None:
    """Idle, and while wrk sends."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = start(folder / "data")
        try:
            body = {"name": "Odd", "filter": FILTER}
            reply = server.request("POST", "/v1/console/audience", body=body, auth=CONSOLE)
            assert reply.status == 200, reply.body
            time.sleep(3)
            idle = server.authenticate("player-idle")["token"]
            show("idle", sample(server, "player-idle", idle, samples))
            players = [server.authenticate(f"load-{n:04}")["token"] for n in range(64)]
            lines = [f"{bearer(player)}\t{event_body(10)}" for player in players]
            for connections in (1, 2):
                show(*under_load(server, folder, lines, connections, samples))
        finally:
            server.stop()


def under_load(
    server: Served, folder: Path, lines: list[str], connections: int, samples: int
) -> tuple[str, list[float]]:
    """What wrk sent on so many connections, and ``sample`` beside it."""
    player = f"player-busy-{connections}"
    token = server.authenticate(player)["token"]
    seconds = max(5, samples // 10)
    url = f"{server.url}/v1/event"
    results = []

    def send() -> None:
        results.append(load(server.process.pid, url, "POST", lines, folder, seconds, connections))

    thread = threading.Thread(target=send)
    thread.start()
    time.sleep(1)
    times = sample(server, player, token, samples)
    thread.join()
    return f"{results[0].requests_per_second * 10:,.0f} events/s beside it", times


def show(label: str, times: list[float]) -> None:
    """One row."""
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    print(f"| {label} | {p50:.1f} | {p99:.1f} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--players", type=int, default=5_000)
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    print("| what | a second | |\n|---|---|---|")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(beside_the_pipeline(options.events, options.players))
        runner.run(a_pass(options.events, options.players))
    print("\n| load | p50 ms | p99 ms |\n|---|---|---|")
    fresh(options.samples)


if __name__ == "__main__":
    main()
