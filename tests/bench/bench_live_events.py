"""How many lists of live events a second, of 500 definitions, beside a ceiling in the same run.

    .venv/bin/python -m tests.bench.bench_live_events [--seconds 5] [--rounds 3] [--players 2000]

Each of the live events has a run of a day every week, a seventh of them on each day; of five, one
has a cap, two are for an audience and sticky, one begins where players are. The API process runs on
one core, the load generator (wrk, 64 connections) on the other; each connection reads as one player
after the other, who have the places that come with what is on. The ceiling verifies the token and
answers bytes of the same length. Prints Markdown. Nothing here fails a build.
"""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.service import Author
from matsuri.flags.model import FLAG_KIND
from matsuri.identities.tokens import Claims, TokenSigner
from matsuri.kit.clock import ManualClock
from matsuri.live_events.model import LIVE_EVENT_KIND
from tests.bench.bench_flags import audiences, begin, flags, player_id, row, send_history
from tests.bench.bench_http import LOAD_CORE, Load, load, start_bare
from tests.bench.running import live_events
from tests.support.in_process import SIGNING_KEY, bearer, in_process
from tests.support.served import Served

LIVE_EVENTS = 500
PATH = "/v1/live-event"
_AUTHOR = Author("bench_live_events")
_WARM_UP_SECONDS = 10


async def prepare(folder: Path, players: int) -> None:
    """The folder of a server that knows the players and has the definitions."""
    now_s = int(time.time())
    async with in_process(folder, clock=ManualClock(now_s * 1_000_000)) as server:
        for kind, bodies in (
            (AUDIENCE_KIND, {k: AudienceDefinition(filter=v) for k, v in audiences().items()}),
            (FLAG_KIND, flags()),
            (
                LIVE_EVENT_KIND,
                live_events(LIVE_EVENTS, list(flags()), list(audiences()), now_s, weekly=True),
            ),
        ):
            for name, body in bodies.items():
                await server.node.definitions.create(kind, name, body, author=_AUTHOR)
        await send_history(server, players)


def run(folder: Path, seconds: int, rounds: int, players: int) -> None:
    """Every row of the table."""
    signer, now_s = TokenSigner(SIGNING_KEY), int(time.time())
    lines = [
        bearer(signer.sign(Claims(iid=player_id(n), exp=now_s + 36_000, iat=now_s, api="default")))
        + "\t"
        for n in range(players)
    ]
    server = begin(folder / "data")
    try:
        load(
            server.process.pid,
            server.url + PATH,
            "GET",
            lines,
            folder,
            _WARM_UP_SECONDS,
        )
        print(
            "| list | live events | bytes | bare req/s | Matsuri req/s | of bare | p50 ms | p99 ms "
            "| CPU µs a request, bare | Matsuri |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        listed = json.loads(server.request("GET", PATH, auth=lines[0].strip()).body)
        for label, path in paths(listed["live_events"][0]["name"]).items():
            answer = server.request("GET", path, auth=lines[0].strip()).body
            size = f"{len(json.loads(answer)['live_events'])} | {len(answer):,}"
            pairs = measured(server, path, answer, lines, folder, seconds, rounds)
            print(row(f"{label} | {size}", pairs), flush=True)
    finally:
        server.stop()


def paths(name: str) -> dict[str, str]:
    """What is asked for; ``name`` is that of a live event that is on."""
    return {
        "what is on": PATH,
        "one of them, by name": f"{PATH}?names={name}",
        "and one past and one future run of each": f"{PATH}?past_run_count=1&future_run_count=1",
    }


def measured(
    server: Served,
    path: str,
    answer: bytes,
    lines: list[str],
    folder: Path,
    seconds: int,
    rounds: int,
) -> list[tuple[Load, Load]]:
    """Ceiling and server, in pairs of rounds."""
    (folder / "answer").write_bytes(answer)
    bare_process, bare_url = start_bare(folder / "answer")
    try:
        return [
            (
                load(bare_process.pid, bare_url + path, "GET", lines, folder, seconds),
                load(server.process.pid, server.url + path, "GET", lines, folder, seconds),
            )
            for _ in range(rounds)
        ]
    finally:
        bare_process.terminate()
        bare_process.wait()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--players", type=int, default=2000)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(prepare(folder / "data", options.players))
        run(folder, options.seconds, options.rounds, options.players)


if __name__ == "__main__":
    main()
