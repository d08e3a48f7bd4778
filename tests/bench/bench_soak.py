"""Events through the whole server for a while: rate, lag, memory, disk, and that each counted once.

    .venv/bin/python -m tests.bench.bench_soak [--events 5000000] [--rate 25000] [--players 2000]

wrk sends batches of 10 events with ids of their own, one in twenty of them late by up to 30 days,
at about ``--rate`` events a second (0: as fast as it goes). Beside it one client sends single
events and asks, every few milliseconds, whether the profile and the analytics store have them: the
lag from acknowledgement to each. Everything shares the machine's cores. Prints Markdown; only a
wrong count ends with an error.
"""

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from matsuri.adapters.analytics_remote import RemoteAnalytics
from matsuri.adapters.process_calls import CallClient
from matsuri.data_folder import Paths
from matsuri.events.analytics import EventRow, PlayerEventsQuery, SizeQuery
from tests.support.in_process import bearer
from tests.support.processes import worker_of
from tests.support.served import Served, start

BATCH = 10
CONNECTIONS = 128
MIB = 1024 * 1024
_LUA = Path(__file__).parent / "soak.lua"
_RESULT = re.compile(r"RESULT (\{.*\})")
_DRAIN_SECONDS_MAX = 600


class Lags(threading.Thread):
    """Sends one event after the other and sees when it is where it belongs."""

    def __init__(self, server: Served) -> None:
        super().__init__(daemon=True)
        self.profile_ms: list[float] = []
        self.analytics_ms: list[float] = []
        self.stopping = threading.Event()
        self.sent = 0
        self._server = server
        self._token = server.authenticate("player-of-lags")["token"]
        self._key = profile_key(server.folder, "player-of-lags")

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        calls = CallClient(Paths(self._server.folder).worker_socket)
        analytics = RemoteAnalytics(calls, seconds_max=30)
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        headers = {"Authorization": bearer(self._token)}
        while not self.stopping.is_set():
            event = {"name": "gameFinished", "id": str(uuid.uuid4())}
            connection.request("POST", "/v1/event", json.dumps({"events": [event]}), headers)
            connection.getresponse().read()
            acknowledged = time.perf_counter()
            self.sent += 1
            while True:
                connection.request("GET", "/v1/properties", headers=headers)
                computed = json.loads(connection.getresponse().read())["computed"]
                if int(computed.get("gameFinishedCount", 0)) == self.sent:
                    break
                await asyncio.sleep(0.002)
            self.profile_ms.append(1000 * (time.perf_counter() - acknowledged))
            query = PlayerEventsQuery(profile_key=self._key, event_id=event["id"])
            while not await analytics.player_events(query):  # noqa: ASYNC110 # another process
                await asyncio.sleep(0.01)
            self.analytics_ms.append(1000 * (time.perf_counter() - acknowledged))
            await asyncio.sleep(0.05)
        connection.close()
        await calls.close()


def profile_key(folder: Path, identity_id: str) -> int:
    """The key of a player's profile."""
    with contextlib.closing(sqlite3.connect(Paths(folder).control)) as control:
        rows = control.execute("SELECT key FROM identities WHERE id = ?", (identity_id,))
        return int(rows.fetchone()[0])


class Memory(threading.Thread):
    """Looks each second how much the two processes hold."""

    def __init__(self, server: Served) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.api: list[float] = []
        self.worker: list[float] = []
        self._ids = (server.process.pid, worker_of(server))

    def run(self) -> None:
        while not self.stopping.wait(1):
            for process_id, sizes in zip(self._ids, (self.api, self.worker), strict=True):
                pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
                sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / MIB)


def progress(folder: Path) -> dict[str, int]:
    """How far the pipeline and the analytics feed are."""
    with contextlib.closing(sqlite3.connect(Paths(folder).history)) as history:
        applied, duplicate = history.execute(
            "SELECT events_applied, events_duplicate FROM pipeline_progress"
        ).fetchone()
        waiting = history.execute("SELECT count(*) FROM analytics_outbox").fetchone()[0]
    return {"applied": applied, "duplicate": duplicate, "waiting": waiting}


def wait_until_drained(folder: Path, events: int) -> dict[str, int]:
    """Until everything is applied and in the analytics store."""
    deadline = time.monotonic() + _DRAIN_SECONDS_MAX
    while time.monotonic() < deadline:
        now = progress(folder)
        if now["applied"] >= events and not now["waiting"]:
            return now
        time.sleep(0.05)
    raise SystemExit(f"not drained: {now} of {events}")


def send(server: Served, folder: Path, players: int, events: int, rate: int) -> dict[str, Any]:
    """What wrk sends until there were about ``events``."""
    tokens = [server.authenticate(f"player-{number:06}")["token"] for number in range(players)]
    auths = folder / "auths"
    auths.write_text("\n".join(bearer(token) for token in tokens) + "\n")
    seconds = max(5, events // rate) if rate else max(5, events // 50_000)
    # A connection waits this long between its requests; what a request itself takes is little.
    pause = round(1000 * CONNECTIONS * BATCH / rate) if rate else 0
    arguments = [str(auths), str(pause), str(BATCH), str(os.getpid()), str(int(time.time()))]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    command += ["-s", str(_LUA), f"{server.url}/v1/event", "--", *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = _RESULT.search(output)
    if found is None:
        raise RuntimeError(output)
    result: dict[str, Any] = json.loads(found[1])
    return result


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def disk(folder: Path) -> dict[str, float]:
    """MiB by part of the data folder."""
    parts: dict[str, float] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            part = path.relative_to(folder).parts[0].split("-")[0]
            parts[part] = parts.get(part, 0) + path.stat().st_size / MIB
    return parts


async def analytics_events(folder: Path) -> int:
    """How many events the analytics store has."""
    calls = CallClient(Paths(folder).worker_socket)
    try:
        return (await RemoteAnalytics(calls, seconds_max=60).size(SizeQuery())).events
    finally:
        await calls.close()


async def some_history(folder: Path, players: int) -> list[EventRow]:
    """The last events of one of the players."""
    calls = CallClient(Paths(folder).worker_socket)
    key = profile_key(folder, f"player-{players // 2:06}")
    try:
        query = PlayerEventsQuery(profile_key=key, limit=1000)
        return await RemoteAnalytics(calls, seconds_max=60).player_events(query)
    finally:
        await calls.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--rate", type=int, default=25_000)
    parser.add_argument("--players", type=int, default=2_000)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = start(folder / "data", accept_undeclared="true")
        try:
            run(server, folder, options.players, options.events, options.rate)
        finally:
            server.stop()


def run(server: Served, folder: Path, players: int, events: int, rate: int) -> None:
    """One soak."""
    lags, memory = Lags(server), Memory(server)
    lags.start()
    memory.start()
    result = send(server, folder, players, events, rate)
    ended = time.perf_counter()
    behind = progress(server.folder)
    lags.stopping.set()
    lags.join()
    acknowledged = result["requests"] * BATCH
    # Each player's identity and session, and those of the one who measures lags.
    others = 2 * (players + 1) + lags.sent
    after = wait_until_drained(server.folder, acknowledged + others)
    drained = time.perf_counter() - ended
    memory.stopping.set()
    memory.join()
    stored = asyncio.run(analytics_events(server.folder))
    history = asyncio.run(some_history(server.folder, players))
    rate_shown = acknowledged / result["seconds"]
    print("| what | |\n|---|---|")
    print(f"| acknowledged | {acknowledged:,} events in {result['seconds']:.0f} s |")
    print(f"| rate | {rate_shown:,.0f} events/s, {result['failed']} requests failed |")
    print(f"| acknowledgement | p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms |")
    for label, values in (("profile", lags.profile_ms), ("analytics", lags.analytics_ms)):
        p50, p99 = percentile(values, 0.5), percentile(values, 0.99)
        print(f"| lag to {label} | p50 {p50:.0f} ms, p99 {p99:.0f} ms, {len(values)} samples |")
    # A request whose answer wrk did not wait for may count as well.
    extra = after["applied"] - acknowledged - others
    print(f"| applied when sending ended | {behind['applied']:,} events |")
    print(f"| all applied and in analytics | {drained:.1f} s later |")
    print(
        f"| applied, in analytics | {after['applied']:,}, {stored:,} "
        f"({extra} sent without waiting for the answer) |"
    )
    for label, sizes in (("API", memory.api), ("worker", memory.worker)):
        third = sizes[len(sizes) // 3]
        print(
            f"| memory of the {label} | {third:.0f} MiB after a third, {sizes[-1]:.0f} at the end, "
            f"at most {max(sizes):.0f} |"
        )
    for part, size in sorted(disk(server.folder).items()):
        print(f"| disk, {part} | {size:,.0f} MiB |")
    if stored != after["applied"] or not 0 <= extra <= CONNECTIONS * BATCH:
        sys.exit("the counts do not agree")
    if len({(row.position, row.place) for row in history}) != len(history):
        sys.exit("an event is there twice")


if __name__ == "__main__":
    main()
