"""New windows are filled beside live events, and each event counts once, whatever stops it."""

from pathlib import Path
from typing import cast

import msgspec
import pytest
from sqlalchemy.engine import Connection

from matsuri.events.analytics import AnalyticsStore
from matsuri.events.pipeline import PIPELINE
from matsuri.events.store import save_progress
from matsuri.filters.facts import Window
from matsuri.identities.backfill_windows import BackfillWindows
from matsuri.identities.series import DAY_S
from matsuri.identities.series_store import load_series
from matsuri.identities.window_store import event_moments, event_windows
from matsuri.kit.clock import MICROSECONDS
from tests.stores.windows_world import GRACE_S, LONG, NOW_S, PLAYERS, SHORT, STAGES, World
from tests.unit.plain_windows import PlainEvent


@pytest.mark.parametrize("seed", range(16))
async def test_each_event_counts_once_whatever_is_interrupted(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    try:
        for _ in range(world.chance.randint(0, 30)):
            world.send(world.chance.choice(PLAYERS), world.random_events())
        world.database.crashes = world.chance.choice([0, 0.05, 0.3])
        for _ in range(200):
            await world.act()
        world.wanted = STAGES[-1] if seed % 3 else world.chance.choice(STAGES)
        await world.settle()
        await world.is_as_sent()
    finally:
        await world.database.close()


async def test_a_longer_window_is_filled_with_the_older_part_alone(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        for days in range(12):
            world.send(1, [PlainEvent("buy", NOW_S - days * DAY_S, "1")])
        world.wanted = (SHORT,)
        await world.settle()
        # What was kept is not read again: it stays as it is even if history loses it.
        first_kept = (NOW_S - SHORT.seconds) // DAY_S
        events = world.store.model.events
        events[:] = [e for e in events if e.time_us // MICROSECONDS // DAY_S < first_kept]
        world.wanted = (LONG,)
        await world.settle()
        await world.is_as_sent()
    finally:
        await world.database.close()


async def test_what_no_filter_asks_about_goes_after_a_while(tmp_path: Path) -> None:
    world = World(tmp_path, 1)

    async def rows() -> int:
        def count(connection: Connection) -> int:
            tables = (event_windows, event_moments)
            return sum(len(connection.execute(table.select()).all()) for table in tables)

        return await world.database.read(count)

    try:
        world.send(1, [PlainEvent("buy", NOW_S - 9 * 3600, "1"), PlainEvent("play", NOW_S)])
        world.wanted = STAGES[3]
        await world.settle()
        assert await rows() > 2
        [first, *_] = await world.database.read(load_series)
        # Edited back and forth: nothing is read again.
        world.wanted = ()
        await world.settle()
        world.clock.advance(GRACE_S / 2)
        world.wanted = STAGES[3]
        await world.settle()
        assert (await world.database.read(load_series))[0].id == first.id
        world.wanted = ()
        await world.settle()
        world.clock.advance(GRACE_S + 1)
        await world.settle()
        assert await world.database.read(load_series) == []
        assert await rows() == 0
        world.wanted = STAGES[3]
        await world.settle()
        await world.is_as_sent()
    finally:
        await world.database.close()


async def test_days_that_no_window_reaches_go(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        world.wanted = (SHORT,)
        await world.settle()
        for days in range(12):
            world.send(1, [PlainEvent("buy", NOW_S - days * DAY_S, "1")])
        await world.settle()
        stored = await world.database.read(lambda c: c.execute(event_windows.select()).all())
        assert sorted(row.day for row in stored) == [19_997, 19_998, 19_999, 20_000]
        world.clock.advance(2 * DAY_S)
        await world.settle()
        stored = await world.database.read(lambda c: c.execute(event_windows.select()).all())
        assert sorted(row.day for row in stored) == [19_999, 20_000]
        await world.is_as_sent()
    finally:
        await world.database.close()


async def test_erased_players_are_not_brought_back(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        for player in (1, 2, 3):
            world.send(player, [PlainEvent("buy", NOW_S, "1"), PlainEvent("play", NOW_S)])
        await world.settle()
        world.backfill = BackfillWindows(
            history=world.database,
            store=cast("AnalyticsStore", world.store),
            feed=world.feed,
            clock=world.clock,
            rows_max=2,
        )
        world.wanted = STAGES[3]
        await world.keep.refresh()
        assert await world.backfill.run_once()
        # The pipeline erases them, before and behind where the backfill is; analytics come later.
        world.merge(3, 2)
        world.erase(1)
        world.erase(2)
        while await world.pipeline.run_once():
            pass
        while await world.backfill.run_once():
            pass
        for table in (event_windows, event_moments):
            assert await world.database.read(lambda c, t=table: c.execute(t.select()).all()) == []
        await world.is_as_sent()
    finally:
        await world.database.close()


async def test_a_sequence_is_found_in_events_that_come_late(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        world.wanted = (Window("sequence", "play", 2 * DAY_S, then="buy"),)
        await world.settle()
        world.send(1, [PlainEvent("play", NOW_S - 8 * DAY_S)])
        world.send(2, [PlainEvent("buy", NOW_S - 6 * DAY_S - 1)])
        await world.settle()
        world.send(1, [PlainEvent("buy", NOW_S - 6 * DAY_S - 1)])
        world.send(2, [PlainEvent("play", NOW_S - 8 * DAY_S)])
        world.send(3, [PlainEvent("buy", NOW_S - 100 * DAY_S), PlainEvent("play", NOW_S)])
        world.send(4, [PlainEvent("play", NOW_S - 100 * DAY_S), PlainEvent("buy", NOW_S)])
        world.send(
            5, [PlainEvent("play", NOW_S - 98 * DAY_S), PlainEvent("buy", NOW_S - 97 * DAY_S)]
        )
        await world.settle()
        await world.is_as_sent()
    finally:
        await world.database.close()


async def test_nothing_begins_in_the_middle_of_a_record(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        world.send(1, [PlainEvent("buy", NOW_S)])
        await world.settle()
        whole = await world.pipeline.progress()
        half = msgspec.structs.replace(whole, parts_applied=1)
        await world.database.write(lambda c: save_progress(c, PIPELINE, half))
        world.wanted = (SHORT,)
        await world.keep.refresh()
        assert await world.database.read(load_series) == []
        await world.database.write(lambda c: save_progress(c, PIPELINE, whole))
        await world.settle()
        await world.is_as_sent()
    finally:
        await world.database.close()
