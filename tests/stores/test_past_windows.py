"""Windows out of history answer as those that are kept do, and as a plain list of events."""

from pathlib import Path

import pytest

from matsuri.errors import Unavailable
from matsuri.events.analytics import AnalyticsReader, EventRow, PastEventsQuery
from matsuri.filters.facts import Window
from matsuri.identities.read_past_windows import PastWindowsReader
from matsuri.identities.series import DAY_S
from tests.stores.windows_world import DEPTH_S, NOW_S, PLAYERS, STAGES, World
from tests.unit.plain_windows import PlainEvent, PlainWindows

EVERY = 10**6
# Kept and not kept: what the newest stages ask about, and what none does.
ASKED = (*STAGES[2], *STAGES[-1], Window("total", "play", 8 * DAY_S), Window("last", "other"))


class Store(AnalyticsReader):
    """Answers from the model of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked: list[PastEventsQuery] = []

    async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        self.asked.append(query)
        return self.world.store.model.past_events(query)


def reader_of(world: World, *, rows_per_page: int = 3) -> PastWindowsReader:
    return PastWindowsReader(
        history=world.database, analytics=Store(world), rows_per_page=rows_per_page
    )


@pytest.mark.parametrize("seed", range(12))
async def test_they_are_what_was_sent(tmp_path: Path, seed: int) -> None:
    world = World(tmp_path, seed)
    try:
        for _ in range(40):
            world.send(world.chance.choice(PLAYERS), world.random_events())
            if world.chance.random() < 0.15:
                world.merge(world.chance.choice(PLAYERS), world.chance.choice(PLAYERS))
            if world.chance.random() < 0.03:
                world.erase(world.chance.choice(PLAYERS))
        await world.settle()
        await world.feed.catch_up()
        roots = [player for player in PLAYERS if world.root(player) == player]
        found = await reader_of(world).windows_of_many(
            roots, ASKED, now_us=world.clock.now_us(), events_max=EVERY
        )
        assert found is not None
        asked = {"buy", "play", "other"}
        assert found.events == sum(
            event.name in asked for player in roots for event in world.sent[player]
        )
        for player in roots:
            plain = PlainWindows(world.sent[player])
            for window in ASKED:
                for ahead_s in (0, 100, 2 * DAY_S):
                    now_s = world.now_s() + ahead_s
                    answer = getattr(found.windows[player], window.kind)(window, now_s)
                    assert answer == getattr(plain, window.kind)(window, now_s), (player, window)
    finally:
        await world.database.close()


async def test_only_what_is_needed_is_read(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        for player in (1, 2, 3):
            world.send(player, [PlainEvent("buy", NOW_S - days * DAY_S) for days in range(8)])
            world.send(player, [PlainEvent("play", NOW_S)])
        world.merge(3, 1)
        await world.settle()
        await world.feed.catch_up()
        store = Store(world)
        reader = PastWindowsReader(history=world.database, analytics=store)
        short = Window("count", "buy", 2 * DAY_S)
        now_us = world.clock.now_us()
        found = await reader.windows_of_many([1], [short], now_us=now_us, events_max=EVERY)
        assert found is not None
        assert list(found.windows) == [1]
        # Of two days and what has begun of a third, for the player and the one merged into it.
        assert found.events == 6
        assert found.windows[1].count(short, NOW_S) == 4
        assert [each.profile_keys for each in store.asked] == [[1, 3]]
        assert await reader.windows_of_many([1], [short], now_us=now_us, events_max=5) is None
    finally:
        await world.database.close()


async def test_a_sequence_across_profiles_that_became_one(tmp_path: Path) -> None:
    world = World(tmp_path, 1)
    try:
        sequence = Window("sequence", "play", DAY_S, then="buy")
        world.send(1, [PlainEvent("play", NOW_S - DAY_S), PlainEvent("play", NOW_S - DEPTH_S)])
        world.send(2, [PlainEvent("buy", NOW_S - 3600)])
        await world.settle()
        await world.feed.catch_up()
        now_us = world.clock.now_us()
        found = await reader_of(world).windows_of_many(
            [1, 2], [sequence], now_us=now_us, events_max=EVERY
        )
        assert found is not None
        assert [each.sequence(sequence, NOW_S) for each in found.windows.values()] == [False] * 2
        world.merge(1, 2)
        await world.settle()
        found = await reader_of(world).windows_of_many(
            [2], [sequence], now_us=now_us, events_max=EVERY
        )
        assert found is not None
        assert found.windows[2].sequence(sequence, NOW_S)
        assert not found.windows[2].sequence(sequence, NOW_S - 3601)
    finally:
        await world.database.close()


async def test_an_error_of_the_store_is_told(tmp_path: Path) -> None:
    class Silent(AnalyticsReader):
        async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
            raise Unavailable(f"nothing of {query.names}")

    world = World(tmp_path, 1)
    try:
        reader = PastWindowsReader(history=world.database, analytics=Silent())
        with pytest.raises(Unavailable):
            await reader.windows_of_many([1], ASKED, now_us=1, events_max=1)
    finally:
        await world.database.close()
