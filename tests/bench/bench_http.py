"""How many requests a second, beside a ceiling measured in the same run.

    .venv/bin/python -m tests.bench.bench_http [--seconds 5] [--rounds 3] [--role all]

The API process runs on one core, the load generator (wrk, from Debian's packages) on another, with
64 connections. ``--role all`` runs the worker too, on the load generator's core; ``--role one``
runs the pipeline inside the API process. Prints Markdown. Nothing here fails a build.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.support.in_process import API_KEY, SIGNING_KEY, basic, bearer
from tests.support.served import Served, start

CONNECTIONS = 64
SERVER_CORE, LOAD_CORE = "0", "1"
_HERE = Path(__file__).parent
_RESULT = re.compile(r"RESULT (\{.*\})")


class Load(NamedTuple):
    """What one round of load showed."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    failed: int
    cpu_us: float


def fsync_rate(folder: Path, seconds: float = 2.0) -> tuple[float, float, float]:
    """Appends of 4 KiB made durable one by one: (a second, p50 ms, p99 ms)."""
    times: list[float] = []
    descriptor = os.open(folder / "fsync", os.O_RDWR | os.O_CREAT)
    block = os.urandom(4096)
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        began = time.perf_counter()
        os.write(descriptor, block)
        os.fdatasync(descriptor)
        times.append(time.perf_counter() - began)
    os.close(descriptor)
    times.sort()
    return len(times) / sum(times), 1000 * times[len(times) // 2], 1000 * times[-len(times) // 100]


def cpu_seconds(process_id: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(  # a load has that many sides
    process_id: int,
    url: str,
    method: str,
    lines: list[str],
    folder: Path,
    seconds: float,
    connections: int = CONNECTIONS,
) -> Load:
    """Send the prepared requests for a while."""
    before = cpu_seconds(process_id)
    prepared = folder / "prepared"
    prepared.write_text("\n".join(lines) + "\n")
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--latency", "-s", str(_HERE / "load.lua"), url, "--", str(prepared), method]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = _RESULT.search(output)
    if found is None:
        raise RuntimeError(output)
    result = json.loads(found[1])
    used = cpu_seconds(process_id) - before
    return Load(
        result["requests"] / result["seconds"],
        result["p50_ms"],
        result["p99_ms"],
        result["failed"],
        1e6 * used / result["requests"],
    )


def event_body(batch: int) -> str:
    """A request of ``batch`` events as a game sends them."""
    event = {
        "name": "purchaseCompleted",
        "value": "499",
        "metadata": {"id": "gems_small", "currency": "EUR", "storeType": "apple"},
        "timestamp": "2026-11-23T10:00:19.602102Z",
    }
    return json.dumps({"events": [event] * batch}, separators=(",", ":"))


def pin(server: Served) -> None:
    """The API process to its core, its worker to the other."""
    subprocess.run(
        ["taskset", "-apc", SERVER_CORE, str(server.process.pid)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    for child in children.split():
        subprocess.run(["taskset", "-apc", LOAD_CORE, child], check=True, stdout=subprocess.DEVNULL)


def start_bare(answer: Path | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """The ceiling's process and its address; it answers what the file has, or ``{}``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "tests.bench.bare", str(port)],
        env={
            **os.environ,
            "MATSURI_SIGNING_KEY": SIGNING_KEY,
            **({} if answer is None else {"BARE_ANSWER": str(answer)}),
        },
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    return process, f"http://127.0.0.1:{port}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--role", choices=["api", "all", "one"], default="api")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rate, p50, p99 = fsync_rate(folder)
        print(
            f"disk: {rate:,.0f} fdatasync of 4 KiB a second, p50 {p50:.2f} ms, p99 {p99:.2f} ms\n"
        )
        print(
            "| request | bare req/s | Matsuri req/s | of bare | events/s | p50 ms | p99 ms "
            "| CPU µs a request, bare | Matsuri |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        bare_process, bare_url = start_bare()
        server = (
            start(folder / "data", module=["tests.bench.one_process"])
            if options.role == "one"
            else start(folder / "data", role=options.role)
        )
        try:
            pin(server)
            run(server, bare_process.pid, bare_url, folder, options.seconds, options.rounds)
        finally:
            bare_process.terminate()
            bare_process.wait()
            server.stop()


def run(  # the two servers and how to load them
    server: Served, bare_id: int, bare_url: str, folder: Path, seconds: int, rounds: int
) -> None:
    """Every row of the table."""
    tokens = [server.authenticate(f"player-{number:04}")["token"] for number in range(CONNECTIONS)]
    players = [bearer(token) for token in tokens]
    known = [f'{basic(API_KEY)}\t{{"id":"player-{n:04}"}}' for n in range(CONNECTIONS)]
    rows = [
        (
            f"POST /v1/event, {batch} events",
            "POST",
            "/v1/event",
            [f"{player}\t{event_body(batch)}" for player in players],
            batch,
        )
        for batch in (1, 10, 50)
    ]
    rows.append(("GET /v1/properties", "GET", "/v1/properties", [f"{p}\t" for p in players], 0))
    rows.append(("POST /v1/authenticate, known player", "POST", "/v1/authenticate", known, 0))
    for label, method, path, lines, batch in rows:
        bare_lines = lines
        if path == "/v1/authenticate":
            bare_lines = [line.replace(basic(API_KEY), players[0]) for line in lines]
        pairs = [
            (
                load(bare_id, bare_url + path, method, bare_lines, folder, seconds),
                load(server.process.pid, server.url + path, method, lines, folder, seconds),
            )
            for _ in range(rounds)
        ]
        ratio = statistics.median(o.requests_per_second / b.requests_per_second for b, o in pairs)
        bare = statistics.median(b.requests_per_second for b, _ in pairs)
        ours = sorted((o for _, o in pairs), key=lambda o: o.requests_per_second)[rounds // 2]
        failed = sum(o.failed for _, o in pairs)
        events = f"{ours.requests_per_second * batch:,.0f}" if batch else ""
        print(
            f"| {label} | {bare:,.0f} | {ours.requests_per_second:,.0f} | {ratio:.0%} | {events} "
            f"| {ours.p50_ms:.1f} | {ours.p99_ms:.1f} "
            f"| {statistics.median(b.cpu_us for b, _ in pairs):.0f} | {ours.cpu_us:.0f} |"
            + (f" {failed} failed" if failed else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()
