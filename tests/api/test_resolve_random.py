"""Whatever happens: for a player and now, why always tells what the game gets."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from matsuri.events.taxonomy import ValueType
from matsuri.flags.model import ScheduledChange, Variant
from matsuri.kit.clock import MICROSECONDS
from tests.api.audiences import ADMIN, put
from tests.api.flags import (
    change_flag,
    define_audience,
    define_flag,
    define_property,
    read,
)
from tests.api.running import Server, running
from tests.support.in_process import bearer

FILTERS = (
    "",
    "true",
    "Sample(50)",
    'PropertiesCustom("level", 0) > 5',
    'PropertiesComputed("gameStartedCount", 0) > 1',
    'Now() - PropertiesComputed("gameStartedSeenLast", 0) < Duration("1h")',
    'Now() - createTime >= Duration("2h")',
    'EventCount("gameStarted", "30m") > 1',
    'Audience("audience-2") and not Audience("audience-1")',
)
AUDIENCES = [f"audience-{number}" for number in range(len(FILTERS))]
FLAGS = [f"flag-{number}" for number in range(5)]
PLAYERS = [f"player-{number:04}" for number in range(3)]
STEPS = 30
HOUR_S = 3600
TOLD_BY_BOTH = ("name", "value", "condition_changed", "change_reason", "labels")


class Random:
    """A server to which anything may happen."""

    def __init__(self, server: Server, chance: random.Random) -> None:
        self.server = server
        self._chance = chance
        self.tokens: dict[str, str] = {}
        self._steps: tuple[Callable[[], Awaitable[object]], ...] = (
            self._change_flag,
            self._publish,
            self._set_level,
            self._put_on_list,
            self._let_time_pass,
        )

    async def begin(self) -> None:
        await define_property(self.server, "level", ValueType.NUMERIC)
        for name, text in zip(AUDIENCES, FILTERS, strict=True):
            await define_audience(self.server, name, text)
        for name in FLAGS:
            await define_flag(self.server, name, **self._body())
        for player in PLAYERS:
            self.tokens[player] = (await self.server.authenticate(player))["token"]

    async def step(self) -> None:
        await self._chance.choice(self._steps)()
        await self.server.settle()

    @property
    def _now_s(self) -> int:
        return self.server.clock.now_us() // MICROSECONDS

    @property
    def _token(self) -> str:
        return self._chance.choice(list(self.tokens.values()))

    def _variants(self) -> tuple[Variant, ...]:
        return tuple(
            Variant(
                name=f"v{number}",
                value=str(self._chance.random()),
                audiences=tuple(self._chance.sample(AUDIENCES, self._chance.randrange(3))),
                rollout_percent=self._chance.choice([100, 50]),
            )
            for number in range(self._chance.randrange(4))
        )

    def _body(self) -> dict[str, Any]:
        soon = range(self._now_s + 1, self._now_s + 2 * HOUR_S)
        return {
            "value": str(self._chance.random()),
            "enabled": self._chance.random() < 0.8,
            "variants": self._variants(),
            "schedule": tuple(
                ScheduledChange(at_time_sec=time, value=str(time), variants=self._variants())
                for time in sorted(self._chance.sample(soon, self._chance.randrange(3)))
            ),
        }

    async def _change_flag(self) -> None:
        await change_flag(self.server, self._chance.choice(FLAGS), **self._body())

    async def _publish(self) -> None:
        await self.server.publish(self._token, {"name": "gameStarted"})

    async def _set_level(self) -> None:
        body = {"custom": {"level": self._chance.randrange(10)}}
        await self.server.request("PUT", "/v1/properties", body=body, auth=bearer(self._token))

    async def _put_on_list(self) -> None:
        listing = self._chance.choice(["include", "exclude"])
        until = self._now_s + self._chance.randrange(1, HOUR_S)
        path = f"{self._chance.choice(AUDIENCES)}/{listing}"
        await put(self.server, path, self._chance.choice(PLAYERS), until=until)

    async def _let_time_pass(self) -> None:
        self.server.clock.advance(self._chance.choice([1, 600, HOUR_S / 2]))


async def both(server: Server, player: str, token: str) -> tuple[Any, Any]:
    """What the game gets, and what the operator is told."""
    got = await read(server, bearer(token))
    assert got.status == 200, got.body
    told = await server.request(
        "POST", "/v1/console/resolve", body={"identity_id": player}, auth=ADMIN
    )
    assert told.status == 200, told.body
    return got.json["flags"], told.json["flags"]


@pytest.mark.parametrize("seed", range(3))
async def test_why_tells_what_games_get(tmp_path: Path, seed: int) -> None:
    seen = set()
    async with running(tmp_path, session_token_seconds=1000 * HOUR_S) as server:
        world = Random(server, random.Random(seed))
        await world.begin()
        for _ in range(STEPS):
            await world.step()
            for player, token in world.tokens.items():
                got, told = await both(server, player, token)
                told_too = [
                    {key: each[key] for key in TOLD_BY_BOTH if key in each} for each in told
                ]
                assert told_too == got
                for each in told:
                    (winner,) = [one for one in each["candidates"] if one["wins"]]
                    assert winner["value"] == each["value"]
                seen.add(tuple(each["value"] for each in got))
    assert len(seen) > STEPS / 3
