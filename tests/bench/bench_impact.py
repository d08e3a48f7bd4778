"""How many players a second a count of impact looks at, and how long others wait meanwhile.

    .venv/bin/python -m tests.bench.bench_impact [--players 20000] [--rounds 3]

20 experiments, 20 live events and 200 flags with three variants each, every variant for one of 40
audiences. The ceiling is to load the players, and nothing more. Beside each count something else
asks for the event loop every millisecond. Prints Markdown; figures are medians of the rounds.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matsuri.adapters.database import SqliteDatabase
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.audiences.preview_store import count_players, draw_keys
from matsuri.data_folder import Paths
from matsuri.definitions.service import Author
from matsuri.events.taxonomy import PROPERTY_KIND, PropertyDefinition, ValueType
from matsuri.experiments.model import (
    EXPERIMENT_KIND,
    ExperimentDefinition,
    FlagValue,
    Phase,
    PhaseVariant,
)
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.identities.model import EventStats, Profile
from matsuri.identities.player_walk import load_identities
from matsuri.identities.profile_store import load_profiles, save_profiles
from matsuri.identities.store import identities
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LIVE_EVENT_KIND, FlagOverride, LiveEventDefinition, Schedule
from tests.bench.bench_resolve import LIKE_THEM
from tests.support.in_process import SERVER_KEY, InProcess, basic, in_process, settings_for

AUTHOR = Author("benchmark")
AUDIENCES = 40
FLAGS = 200
SOURCES = 20
STEP = 200
DAY = 86_400
EVENTS = ("gameStarted", "gameFinished", "purchaseCompleted", "screenViewed", "_sessionStart")

CHANGES: Mapping[str, dict[str, Any]] = {
    "the default value of an overridden flag": {
        "kind": "flag",
        "id": "flag-076",
        "definition": {"value": "new"},
    },
    "the variants of an overridden flag": {
        "kind": "flag",
        "id": "flag-077",
        "definition": {"variants": [{"name": "some", "value": "x", "rollout_percent": 70}]},
    },
    "the filter of an audience": {
        "kind": "audience",
        "id": "audience-00",
        "definition": {"filter": LIKE_THEM.format(number=5)},
    },
    "an experiment of four flags launched": {
        "kind": "experiment",
        "id": "draft",
        "definition": {"launched": True},
    },
}


async def populate(server: InProcess, players: int) -> None:
    """Identities and profiles, as they would be stored."""
    chance = random.Random(1)
    now_us = server.clock.now_us()
    rows = [
        {
            "key": key,
            "id": f"player-{key:07}",
            "sample_id": f"player-{key:07}",
            "created_us": now_us - chance.randrange(30 * DAY) * MICROSECONDS,
            "updated_us": now_us,
            "default_properties": '{"countryCode":"DE","platform":"ios","deviceModel":"iPhone14"}',
            "custom_properties": f'{{"level":"{chance.randrange(40)}"}}',
        }
        for key in range(1, players + 1)
    ]
    await server.node.control.write(lambda c: c.execute(identities.insert(), rows))
    profiles = {
        key: Profile(
            events={name: EventStats(chance.randrange(1, 50), now_us, now_us) for name in EVENTS},
            updated_us=now_us,
        )
        for key in range(1, players + 1)
    }
    await server.worker.history.write(lambda c: save_profiles(c, profiles))


async def define(server: InProcess) -> None:
    """What decides; experiments and live events give values to flags of their own."""
    chance = random.Random(2)
    make = server.node.definitions.create
    now_s = server.clock.now_us() // MICROSECONDS
    level = PropertyDefinition(value_type=ValueType.NUMERIC)
    await make(PROPERTY_KIND, "level", level, author=AUTHOR)
    names = [f"audience-{number:02}" for number in range(AUDIENCES)]
    for number, name in enumerate(names):
        body = AudienceDefinition(filter=LIKE_THEM.format(number=number))
        await make(AUDIENCE_KIND, name, body, author=AUTHOR)
    for number in range(FLAGS):
        variants = tuple(
            Variant(name=each, value=each, audiences=(each,)) for each in chance.sample(names, 3)
        )
        flag = FlagDefinition(value="default", variants=variants)
        await make(FLAG_KIND, f"flag-{number:03}", flag, author=AUTHOR)
    for number in range(SOURCES):
        flags = [f"flag-{each:03}" for each in range(4 * number, 4 * number + 4)]
        await make(EXPERIMENT_KIND, f"experiment-{number}", experiment(flags, now_s), author=AUTHOR)
        event = LiveEventDefinition(
            schedule=Schedule(start_time_sec=now_s - DAY, end_time_sec=now_s + DAY),
            audiences=(names[number],),
            flags=tuple(FlagOverride(flag=each, value="event") for each in flags),
        )
        await make(LIVE_EVENT_KIND, f"event-{number}", event, author=AUTHOR)
    body = experiment(["flag-000", "flag-001", "flag-100", "flag-101"], now_s, launched=False)
    await make(EXPERIMENT_KIND, "draft", body, author=AUTHOR)


def experiment(flags: list[str], now_s: int, *, launched: bool = True) -> ExperimentDefinition:
    """Half of all players have other values of these flags."""
    values = tuple(FlagValue(flag=each, value="variant") for each in flags)
    variants = (
        PhaseVariant(name="control", weight_permille=500),
        PhaseVariant(name="other", weight_permille=500, flags=values),
    )
    phase = Phase(
        id="one",
        name="one",
        start_time_sec=now_s - DAY,
        end_time_sec=now_s + DAY,
        variants=variants,
    )
    return ExperimentDefinition(phases=(phase,), launched=launched)


async def bare(paths: Paths, players: int) -> float:
    """Seconds to load everybody, in the same order and the same steps."""
    control = SqliteDatabase(paths.control, read_only=True)
    history = SqliteDatabase(paths.history, read_only=True)
    begun = time.perf_counter()
    count = await control.read(count_players)
    keys = await control.read(lambda c: draw_keys(c, players=count, keys_max=players, seed=0))
    for start in range(0, len(keys), STEP):
        some = keys[start : start + STEP]
        await control.read(lambda c, s=some: load_identities(c, s))
        await history.read(lambda c, s=some: load_profiles(c, s))
    seconds = time.perf_counter() - begun
    await control.close()
    await history.close()
    return seconds


async def wait_for_turns(waits: list[float]) -> None:
    """How many milliseconds late the event loop is, every time."""
    while True:
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        waits.append(1000 * (time.perf_counter() - due))


async def count(server: InProcess, change: dict[str, Any]) -> tuple[float, float, Any]:
    """Seconds, the 99th percentile of waits, and the answer."""
    waits: list[float] = []
    other = asyncio.create_task(wait_for_turns(waits))
    begun = time.perf_counter()
    reply = await server.request(
        "POST", "/v1/console/impact", body={"changes": [change]}, auth=basic(SERVER_KEY)
    )
    seconds = time.perf_counter() - begun
    other.cancel()
    assert reply.status == 200, reply.body
    return seconds, sorted(waits)[len(waits) * 99 // 100], reply.json


async def measure(players: int, rounds: int) -> None:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with in_process(folder, impact_exact_players_max=players) as server:
            await define(server)
            await populate(server, players)
            paths = Paths(settings_for(folder).data_path)
            loads = [await bare(paths, players) for _ in range(rounds)]
            ceiling = players / statistics.median(loads)
            print(f"| ceiling: loading players | {ceiling:,.0f} | 1 | | |", flush=True)
            for what, change in CHANGES.items():
                runs = [await count(server, change) for _ in range(rounds)]
                rate = players / statistics.median(each[0] for each in runs)
                wait = statistics.median(each[1] for each in runs)
                found = runs[0][2]
                assert found["looked_at"] == players, found
                changed = found["changed"]["count"]
                print(
                    f"| {what} | {rate:,.0f} | {ceiling / rate:.1f} | {wait:.1f} | {changed:,} |",
                    flush=True,
                )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    # As in the API process (``matsuri.app``).
    sys.setswitchinterval(0.0005)
    print("| what is changed | players/s | times the ceiling | wait p99 ms | players changed |")
    print("|---|---|---|---|---|")
    asyncio.run(measure(options.players, options.rounds))


if __name__ == "__main__":
    main()
