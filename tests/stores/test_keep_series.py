"""Series are registered and tidied whatever there is to remove, and whatever the clock does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from matsuri.identities import keep_series
from matsuri.identities.series import DAY_S
from matsuri.identities.series_store import load_series, save_series
from matsuri.identities.window_store import event_windows
from tests.stores.windows_world import LONG, NOW_S, SHORT, STAGES, World
from tests.unit.plain_windows import PlainEvent

YEAR_S = 365 * DAY_S
ROWS = 1000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path, 1)
    try:
        yield world
    finally:
        await world.database.close()


async def rows_left(world: World) -> int:
    count = select(func.count()).select_from(event_windows)
    return await world.database.read(lambda c: c.execute(count).scalar_one())


async def test_a_new_window_does_not_wait_until_everything_old_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_series, "_ROWS_PER_TURN", 1)
    world.wanted = (SHORT,)
    await world.settle()
    [gone] = await world.database.read(load_series)

    def give_up(connection: Connection) -> None:
        save_series(connection, msgspec.structs.replace(gone, removing=True))
        row = {"series_id": gone.id, "day": 1, "events": 1, "entries": b""}
        connection.execute(
            insert(event_windows), [{**row, "profile_key": key} for key in range(ROWS)]
        )

    await world.database.write(give_up)
    world.wanted = ()
    task = asyncio.create_task(world.keep.run())
    try:
        async with asyncio.timeout(5):
            while await rows_left(world) == ROWS:  # noqa: ASYNC110 # nobody tells of it
                await asyncio.sleep(0.01)
            world.wanted = (LONG,)
            while len(await world.database.read(load_series)) < 2:  # noqa: ASYNC110 # as above
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert await rows_left(world) > 0


async def test_a_clock_that_was_ahead_costs_nothing_for_good(world: World) -> None:
    for days in range(12):
        world.send(1, [PlainEvent("buy", NOW_S - days * DAY_S, "5"), PlainEvent("play", NOW_S)])
    world.wanted = STAGES[4][:2]
    await world.settle()
    world.clock.advance(YEAR_S)
    world.wanted = STAGES[4]
    await world.settle()
    world.clock.advance(-YEAR_S)
    # What is lost is not answered as if it were there.
    await world.keep.refresh()
    assert {each.ready_s for each in await world.database.read(load_series)} <= {0, 2**40}
    await world.settle()
    await world.is_as_sent()


async def test_a_clock_that_is_set_back_a_little_at_midnight_costs_nothing(world: World) -> None:
    world.clock.advance((-NOW_S) % DAY_S - DAY_S - 30)
    for days in range(6):
        world.send(1, [PlainEvent("buy", world.now_s() - days * DAY_S, "5")])
    world.wanted = (SHORT,)
    await world.settle()
    before = await world.database.read(load_series)
    world.clock.advance(60)
    await world.settle()
    world.clock.advance(-60)
    await world.settle()
    assert await world.database.read(load_series) == before
    await world.is_as_sent()
