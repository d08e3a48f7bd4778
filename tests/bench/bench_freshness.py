"""How long after its acknowledgement an event is on the profile: idle, and under load.

    .venv/bin/python -m tests.bench.bench_freshness [--samples 200]

One client sends an event and asks for the properties until they show it. For the load, wrk sends
batches of 10 events on 2 connections meanwhile. Prints Markdown. Nothing here fails a build.
"""

import argparse
import http.client
import json
import tempfile
import threading
import time
from pathlib import Path

from tests.bench.bench_http import event_body, load
from tests.support.in_process import bearer
from tests.support.served import Served, start


def sample(server: Served, token: str, samples: int) -> list[float]:
    """Milliseconds from acknowledgement to profile, sorted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": bearer(token)}
    body = json.dumps({"events": [{"name": "gameFinished"}]})
    times = []
    for number in range(1, samples + 1):
        connection.request("POST", "/v1/event", body, headers)
        connection.getresponse().read()
        acknowledged = time.perf_counter()
        while True:
            connection.request("GET", "/v1/properties", headers=headers)
            computed = json.loads(connection.getresponse().read())["computed"]
            if computed.get("gameFinishedCount") == str(number):
                break
        times.append(1000 * (time.perf_counter() - acknowledged))
        time.sleep(0.01)
    connection.close()
    return sorted(times)


def under_load(server: Served, folder: Path, token: str, samples: int) -> tuple[list[float], str]:
    """``sample`` while wrk sends; and what wrk sent."""
    players = [server.authenticate(f"load-{n:04}")["token"] for n in range(64)]
    lines = [f"{bearer(player)}\t{event_body(10)}" for player in players]
    seconds = max(5, samples // 10)
    results = []

    def send() -> None:
        results.append(
            load(server.process.pid, f"{server.url}/v1/event", "POST", lines, folder, seconds, 2)
        )

    thread = threading.Thread(target=send)
    thread.start()
    time.sleep(1)
    times = sample(server, token, samples)
    thread.join()
    return times, f"{results[0].requests_per_second * 10:,.0f} events/s beside it"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = start(folder / "data")
        try:
            print("| load | p50 ms | p99 ms |\n|---|---|---|")
            idle = server.authenticate("player-idle")["token"]
            show("none", sample(server, idle, options.samples))
            busy = server.authenticate("player-busy")["token"]
            times, load_shown = under_load(server, folder, busy, options.samples)
            show(load_shown, times)
        finally:
            server.stop()


def show(label: str, times: list[float]) -> None:
    """One row."""
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    print(f"| {label} | {p50:.1f} | {p99:.1f} |", flush=True)


if __name__ == "__main__":
    main()
