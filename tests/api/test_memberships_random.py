"""Whatever happens in whatever order: after a pass, stored membership is what it should be."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from matsuri.adapters.database import SqliteDatabase
from matsuri.audiences.member_store import load_progress
from matsuri.audiences.model import Entry, Listing
from matsuri.audiences.store import put_entries, remove_entries
from matsuri.errors import Unavailable
from matsuri.kit.clock import ManualClock
from tests.api.running import KEY, Server, running
from tests.support.in_process import SERVER_KEY, basic
from tests.support.memberships import expected_members, stored_members

CONSOLE = basic(SERVER_KEY)
PLAYERS = [f"player-{number:04}" for number in range(8)]
NAMES = [f"Audience-{number}" for number in range(5)]
FILTERS = [
    "",
    "true",
    'PropertiesComputed("purchaseCompletedCount", 0) > 2',
    'PropertiesComputed("purchaseCompletedValueSum", 0) >= 20',
    'Now() - PropertiesComputed("sessionStartSeenLast", 0) < Duration("1d")',
    "Now() - updateTime > 3600",
    'PropertiesCustom("level", 0) > 5',
    'Properties("platform", "") == "Web" or LocalHour() < 12',
    "Sample(50)",
    'EventCount("gameStarted", "2d") > 1',
    'EventLast("gameFinished") > 0 and EventDays("gameStarted", "30d") < 2',
    'Audience("New-Players") and not Audience("All-Spenders")',
]
EVENTS = ("purchaseCompleted", "gameStarted", "gameFinished")


class Flaky:
    """A database whose writes fail now and then: before, or after they were done."""

    def __init__(self, database: SqliteDatabase, chance: random.Random) -> None:
        self._database = database
        self._chance = chance
        self.broken = False

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        if self.broken and self._chance.random() < 0.3:
            raise Unavailable("before")
        done = await self._database.write(work)
        if self.broken and self._chance.random() < 0.2:
            raise Unavailable("after")
        return done


class Random:
    """A server to which anything may happen."""

    def __init__(self, server: Server, chance: random.Random) -> None:
        self.server = server
        self.chance = chance
        keeper = server.worker.memberships
        self.database = Flaky(keeper._database, chance)  # type: ignore[arg-type] # noqa: SLF001 # where it breaks
        keeper._database = self.database  # type: ignore[assignment] # noqa: SLF001 # the same
        self.steps: list[Callable[[], Awaitable[object]]] = [
            *[self.authenticate, self.publish, self.publish] * 2,
            *[self.update_properties, self.declare, self.let_time_pass],
            *[self.change_list] * 3,
            *[self.identify, self.delete, self.drop, self.settle, self.apply, self.turn],
            self.fill_windows,
        ]

    async def check(self) -> None:
        """After a pass everything is as it should be, and another one finds nothing to do."""
        keeper = self.server.worker.memberships
        if self.chance.random() < 0.5:
            await self.fill_windows()
        await self.server.settle()
        await self.server.node.refresh()
        await keeper.run_pass()
        stored = await stored_members(self.server)
        assert stored == await expected_members(self.server)
        evaluated = (await self.server.node.history.read(load_progress)).evaluated
        await keeper.run_pass()
        assert (await self.server.node.history.read(load_progress)).evaluated == evaluated

    async def step(self) -> None:
        await self.chance.choice(self.steps)()

    async def console(self, method: str, path: str, body: object = None) -> None:
        reply = await self.server.request(method, f"/v1/console/{path}", body=body, auth=CONSOLE)
        assert reply.status < 500, reply.body

    async def authenticate(self) -> str:
        session = await self.server.authenticate(
            self.chance.choice(PLAYERS), custom={"level": str(self.chance.randrange(10))}
        )
        return str(session["token"])

    async def publish(self) -> None:
        event = {
            "identity_id": self.chance.choice(PLAYERS),
            "name": self.chance.choice(EVENTS),
            "value": str(self.chance.randrange(20)),
        }
        await self.server.publish_as_server(event, auth=KEY)

    async def update_properties(self) -> None:
        await self.console(
            "PUT",
            f"identity/{self.chance.choice(PLAYERS)}/properties",
            {
                "default": {"platform": self.chance.choice(["Web", "iOS"])},
                "custom": {"level": str(self.chance.randrange(10))},
                "recompute": self.chance.random() < 0.5,
            },
        )

    async def change_list(self) -> None:
        """Where nobody hears of it, as if the worker had been away."""
        audience = self.chance.choice(list(self.server.node.targeting.audiences().by_name.values()))
        listing = self.chance.choice(list(Listing))
        player = self.chance.choice(PLAYERS)
        until_us = self.server.clock.now_us() + self.chance.randrange(7 * 86_400) * 1_000_000
        entry = Entry(audience.id, listing, player, self.chance.choice([0, until_us]))

        def work(connection: Connection) -> None:
            if self.chance.random() < 0.3:
                remove_entries(connection, audience.id, listing, [player])
            else:
                put_entries(connection, [entry])

        await self.server.node.control.write(work)

    async def declare(self) -> None:
        name, text = self.chance.choice(NAMES), self.chance.choice(FILTERS)
        await self.console("POST", "audience", {"name": name, "filter": text})
        await self.console("PUT", f"audience/{name}", {"filter": text})

    async def drop(self) -> None:
        await self.console("DELETE", f"audience/{self.chance.choice(NAMES)}")

    async def let_time_pass(self) -> None:
        self.server.clock.advance(self.chance.choice([1, 3_600, 86_400, 10 * 86_400]))

    async def identify(self) -> None:
        await self.server.identify(await self.authenticate(), self.chance.choice(PLAYERS))

    async def delete(self) -> None:
        await self.console("DELETE", f"identity/{self.chance.choice(PLAYERS)}")

    async def settle(self) -> None:
        await self.server.settle()

    async def apply(self) -> None:
        """The pipeline goes on, and memberships stay behind."""
        await self.server.node.outbox.drain()
        await self.server.pipeline.run_once()

    async def fill_windows(self) -> None:
        """Windows that filters ask about become ready, after history was read."""
        await self.server.worker.refresh()
        await self.server.settle_analytics()
        await self.server.worker.windows.series.refresh()
        await self.server.worker.windows.backfill.run_once()
        await self.server.worker.refresh()
        await self.server.node.refresh()

    async def turn(self) -> None:
        """Some work, in the middle of which the database may break."""
        self.database.broken = True
        try:
            await self.server.worker.refresh()
            for _ in range(self.chance.randrange(4)):
                await self.server.worker.memberships.turn()
        except Unavailable:
            pass
        finally:
            self.database.broken = False


@pytest.mark.parametrize("seed", range(6))
async def test_after_a_pass_stored_is_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # So that passes and what waits come in several parts.
    monkeypatch.setattr("matsuri.audiences.refresh_memberships.PLAYERS_AT_ONCE", 2)
    monkeypatch.setattr("matsuri.audiences.refresh_memberships._STRETCH_PLAYERS", 3)
    monkeypatch.setattr("matsuri.audiences.refresh_memberships._DROPPED_ROWS", 2)
    chance, clock = random.Random(seed), ManualClock()
    # The same server again and again: it is stopped at any point, with whatever was under way.
    for _ in range(4):
        async with running(tmp_path, clock=clock, accept_undeclared=True) as server:
            it = Random(server, chance)
            for _ in range(chance.randrange(4)):
                for _ in range(chance.randrange(1, 20)):
                    await it.step()
                await it.check()
            for _ in range(chance.randrange(10)):
                await it.step()
