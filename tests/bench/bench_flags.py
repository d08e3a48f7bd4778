"""How many reads of flags a second, beside a ceiling measured in the same run.

    .venv/bin/python -m tests.bench.bench_flags [--seconds 5] [--rounds 3] [--players 10000]

200 flags with three audience variants each, over 30 audiences; then the same with 20 experiments
and 20 live events that are on, in which the players have their places. The API process runs on one
core, the load generator (wrk, 64 connections) on the other; each connection reads as one player
after the other. The ceiling verifies the token and answers bytes of the same length. "Warm":
nothing has changed since the player's last read. "Cold": the server has just begun. "Changed every
time": somebody raises the version of every profile several times between two reads of one player.
Prints Markdown. Nothing here fails a build.
"""

import argparse
import asyncio
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matsuri.audiences.membership import Memberships
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.service import Author
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.flags.resolve import resolve
from matsuri.identities.tokens import Claims, TokenSigner
from matsuri.kit.clock import ManualClock
from matsuri.live_events.model import LIVE_EVENT_KIND
from tests.bench.bench_http import LOAD_CORE, Load, load, pin, start_bare
from tests.bench.running import experiments, live_events
from tests.support.in_process import API_KEY, SIGNING_KEY, InProcess, basic, bearer, in_process
from tests.support.served import Served, start

FLAGS, VARIANTS, AUDIENCES, RUNNING = 200, 3, 30, 20
_AUTHOR = Author("bench_flags")
_BATCH = 1000
_BUMP_SECONDS = 1.0


def audiences() -> dict[str, str]:
    """Filters with three clauses, as studios write them; some of them ask for the time."""
    countries = ["CH", "DE", "JP", "US", "BR", "IN"]
    found = {}
    for number in range(AUDIENCES):
        country = countries[number % len(countries)]
        found[f"audience-{number:02}"] = (
            f'Properties("countryCode", "") == "{country}" and '
            f'PropertiesComputed("purchaseCompletedCount", 0) > {number % 4} and '
            + (
                f'Now() - PropertiesComputed("gameStartedSeenLast", 0) < Duration("{number}d")'
                if number % 5 == 0
                else f'PropertiesComputed("gameStartedCount", 0) >= {number % 7}'
            )
        )
    return found


def flags() -> dict[str, FlagDefinition]:
    """Each with three variants for one audience each, and values of some length."""
    return {
        f"flag-{number:03}": FlagDefinition(
            value=f'{{"reward":{number},"currency":"gems"}}',
            variants=tuple(
                Variant(
                    name=f"variant-{each}",
                    value=f'{{"reward":{number * each},"currency":"coins"}}',
                    audiences=(f"audience-{(number * VARIANTS + each) % AUDIENCES:02}",),
                )
                for each in range(VARIANTS)
            ),
        )
        for number in range(FLAGS)
    }


def player_id(number: int) -> str:
    return f"player-{number:06}"


async def prepare(folder: Path, players: int, *, running: int) -> None:
    """The folder of a server that knows the players, and what they did.

    So many experiments and live events are on, in which the players take part.
    """
    now_s = int(time.time())
    names = list(flags()), list(audiences())
    async with in_process(folder, clock=ManualClock(now_s * 1_000_000)) as server:
        for kind, bodies in (
            (AUDIENCE_KIND, {k: AudienceDefinition(filter=v) for k, v in audiences().items()}),
            (FLAG_KIND, flags()),
            (EXPERIMENT_KIND, experiments(running, *names, now_s)),
            (LIVE_EVENT_KIND, live_events(running, *names, now_s)),
        ):
            for name, body in bodies.items():
                await server.node.definitions.create(kind, name, body, author=_AUTHOR)
        await server.node.definitions.delete(FLAG_KIND, "Min-Build-Number", author=_AUTHOR)
        await send_history(server, players)
        if running:
            await enrol(server, players)
        await measure_resolve(server)


async def send_history(server: InProcess, players: int) -> None:
    """Some events of each player."""
    events = []
    for number in range(players):
        names = ["gameStarted", "gameFinished", "adStarted"] * (number % 3 + 1)
        names += ["purchaseCompleted"] * (number % 5)
        events += [{"name": name, "identity_id": player_id(number), "value": "1"} for name in names]
    for begin in range(0, len(events), _BATCH):
        reply = await server.request(
            "POST",
            "/v1/server-event",
            body={"events": events[begin : begin + _BATCH]},
            auth=basic(API_KEY),
        )
        assert reply.status == 200, reply.body
    await server.settle()


async def enrol(server: InProcess, players: int) -> None:
    """Every player gets the places that come with the flags."""
    targeting = server.node.targeting
    for number in range(players):
        found = await targeting.players.find(player_id(number))
        await targeting.flags.read(found.identity.key)


async def measure_resolve(server: InProcess) -> None:
    """Prints how long ``resolve`` takes by itself."""
    targeting = server.node.targeting
    rules = targeting.flags.rules()
    taken, now_us = [], server.clock.now_us()
    for number in range(300):
        found = await targeting.players.find(player_id(number))
        target = await targeting.flags.target(found.identity.key)
        began = time.perf_counter()
        resolve(rules.flags, rules.sources, Memberships(rules.audiences, target, now_us))
        taken.append(1e6 * (time.perf_counter() - began))
    print(f"`resolve`: {statistics.median(taken):.0f} µs\n")


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Every profile gets another version, again and again."""
    stop = threading.Event()

    def bump() -> None:
        with sqlite3.connect(folder / "history.db", timeout=10) as connection:
            while not stop.wait(_BUMP_SECONDS):
                connection.execute("UPDATE profiles SET version = version + 1")
                connection.commit()

    thread = threading.Thread(target=bump)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def row(label: str, pairs: list[tuple[Load, Load]]) -> str:
    """One row of the table: ceiling and server, in pairs of rounds."""
    bare = statistics.median(b.requests_per_second for b, _ in pairs)
    ratio = statistics.median(o.requests_per_second / b.requests_per_second for b, o in pairs)
    ours = sorted((o for _, o in pairs), key=lambda o: o.requests_per_second)[len(pairs) // 2]
    cpu = statistics.median(b.cpu_us for b, _ in pairs)
    failed = sum(o.failed for _, o in pairs)
    return (
        f"| {label} | {bare:,.0f} | {ours.requests_per_second:,.0f} | {ratio:.0%} "
        f"| {ours.p50_ms:.1f} | {ours.p99_ms:.1f} | {cpu:.0f} | {ours.cpu_us:.0f} |"
        + (f" {failed} failed" if failed else "")
    )


def run(folder: Path, seconds: int, rounds: int, players: int) -> None:
    """Every row of the table."""
    signer, now_s = TokenSigner(SIGNING_KEY), int(time.time())
    lines = [
        bearer(signer.sign(Claims(iid=player_id(n), exp=now_s + 36_000, iat=now_s, api="default")))
        + "\t"
        for n in range(players)
    ]
    data = folder / "data"
    server = begin(data)
    answer = folder / "answer"
    answer.write_bytes(server.request("GET", "/v1/flag", auth=lines[0].strip()).body)
    print(f"answers have {answer.stat().st_size:,} bytes\n")
    bare_process, bare_url = start_bare(answer)

    def pair(of: Served, for_seconds: int) -> tuple[Load, Load]:
        path = "/v1/flag"
        return (
            load(bare_process.pid, bare_url + path, "GET", lines, folder, for_seconds),
            load(of.process.pid, of.url + path, "GET", lines, folder, for_seconds),
        )

    print(
        "| reads | bare req/s | Matsuri req/s | of bare | p50 ms | p99 ms "
        "| CPU µs a request, bare | Matsuri |"
    )
    print("|---|---|---|---|---|---|---|---|")
    try:
        cold = []
        for _ in range(rounds):
            server.stop()
            server = begin(data)
            cold.append(pair(server, 1))
        print(row("cold", cold), flush=True)
        load(server.process.pid, server.url + "/v1/flag", "GET", lines, folder, 2 * seconds)
        print(row("warm", [pair(server, seconds) for _ in range(rounds)]), flush=True)
        with changing(data):
            changed = [pair(server, seconds) for _ in range(rounds)]
        print(row("changed every time", changed), flush=True)
    finally:
        bare_process.terminate()
        bare_process.wait()
        server.stop()


def begin(data: Path) -> Served:
    server = start(data, role="api")
    pin(server)
    return server


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--players", type=int, default=10_000)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    # What changes profiles must not take the server's core.
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    for running in (0, RUNNING):
        print(f"## {FLAGS} flags, {running} experiments and {running} live events\n")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            asyncio.run(prepare(folder / "data", options.players, running=running))
            run(folder, options.seconds, options.rounds, options.players)
        print()


if __name__ == "__main__":
    main()
