"""The worker tells starts and ends of runs once, whoever it is and whenever it comes."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.definitions.model import Kind
from matsuri.definitions.service import Author, Definitions
from matsuri.definitions.snapshot import Snapshot
from matsuri.errors import Unavailable
from matsuri.kit.clock import MICROSECONDS, ManualClock
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition, Schedule
from matsuri.live_events.tell_transitions import TellTransitions, TransitionLimits
from matsuri.live_events.transition_outbox import Claim, acknowledge, claim
from matsuri.live_events.transition_store import list_transitions
from matsuri.migrations.run import DatabaseName, migrate

ME = Author("test")
START = 1_700_000_000
HOUR = 3600
KIND = Kind(
    name=LIVE_EVENT_KIND,
    body_type=LiveEventDefinition,
    check=lambda _definition, _catalog: [],
    references=lambda _body: (),
)


def schedule(start: int, end: int) -> dict[str, Any]:
    return {"schedule": Schedule(start_time_sec=START + start, end_time_sec=START + end)}


class World:
    """Live events in one database, and what is told of them in the other."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(START * MICROSECONDS)
        self.control = SqliteDatabase(folder / "control.db")
        self.history = SqliteDatabase(folder / "history.db")
        self.definitions = Definitions(
            database=self.control,
            clock=self.clock,
            snapshot=self.snapshot(),
            definitions_max=1000,
        )

    def snapshot(self) -> Snapshot:
        return Snapshot(database=self.control, kinds=[KIND])

    def worker(self, *, keep_seconds: int = 30 * 86_400, most: int = 1000) -> TellTransitions:
        return TellTransitions(
            snapshot=self.snapshot(),
            database=self.history,
            clock=self.clock,
            limits=TransitionLimits(keep_seconds * MICROSECONDS, most),
        )

    async def create(self, name: str, start: int, end: int) -> None:
        body = LiveEventDefinition(**schedule(start, end))
        await self.definitions.create(LIVE_EVENT_KIND, name, body, author=ME)

    async def repeat(self, name: str, cron: str, duration: int) -> None:
        body = LiveEventDefinition(
            schedule=Schedule(start_time_sec=START, reset_cron=cron, duration_sec=duration)
        )
        await self.definitions.create(LIVE_EVENT_KIND, name, body, author=ME)

    async def change(self, name: str, **changes: Any) -> None:
        await self.definitions.update(LIVE_EVENT_KIND, name, changes, author=ME)

    async def told(self) -> list[tuple[str, str, int]]:
        found = await self.history.read(lambda c: list_transitions(c, limit=10_000))
        return [
            (
                each.payload.live_event_name,
                each.payload.type.removeprefix("LIVE_EVENT_"),
                int(each.payload.time_sec) - START,
            )
            for each in reversed(found)
        ]

    async def claim(self, *, limit: int = 100, lease: int = 60) -> Claim | None:
        now_us = self.clock.now_us()
        return await self.history.write(
            lambda c: claim(
                c, "webhooks", limit=limit, now_us=now_us, until_us=now_us + lease * MICROSECONDS
            )
        )

    async def acknowledge(self, claimed: Claim, number: int) -> bool:
        return await self.history.write(lambda c: acknowledge(c, claimed, number))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    for name in DatabaseName:
        engine = sqlite_engine(tmp_path / f"{name.value}.db")
        migrate(engine, name)
        engine.dispose()
    world = World(tmp_path)
    yield world
    await world.control.close()
    await world.history.close()


async def test_a_run_is_told_as_it_starts_and_as_it_ends(world: World) -> None:
    worker = world.worker()
    await world.create("festival", HOUR, 3 * HOUR)
    assert await worker.tell() == 0
    world.clock.advance(HOUR)
    assert await worker.tell() == 1
    assert await worker.tell() == 0
    world.clock.advance(2 * HOUR - 1)
    assert await worker.tell() == 0
    world.clock.advance(1)
    assert await worker.tell() == 1
    assert await world.told() == [("festival", "STARTED", HOUR), ("festival", "ENDED", 3 * HOUR)]


async def test_what_is_told_names_the_event_and_its_run(world: World) -> None:
    worker = world.worker()
    await world.create("festival", 0, HOUR)
    await worker.tell()
    event = world.definitions.get(LIVE_EVENT_KIND, "festival")
    (row,) = await world.history.read(lambda c: list_transitions(c, limit=10))
    assert msgspec.to_builtins(row.payload) == {
        "type": "LIVE_EVENT_STARTED",
        "live_event_id": event.id,
        "live_event_name": "festival",
        "run": str(START),
        "time_sec": str(START),
        "start_time_sec": str(START),
        "end_time_sec": str(START + HOUR),
    }


async def test_runs_while_no_worker_was_there_are_told_by_the_next_one(world: World) -> None:
    await world.create("short", HOUR, 2 * HOUR)
    await world.create("long", HOUR, 9 * HOUR)
    await world.worker().tell()
    world.clock.advance(5 * HOUR)
    assert await world.worker().tell() == 3
    assert sorted(await world.told()) == [
        ("long", "STARTED", HOUR),
        ("short", "ENDED", 2 * HOUR),
        ("short", "STARTED", HOUR),
    ]
    world.clock.advance(5 * HOUR)
    assert await world.worker().tell() == 1


async def test_two_workers_in_turn_tell_each_run_once(world: World) -> None:
    one, other = world.worker(), world.worker()
    await world.repeat("hourly", "0 * * * *", 600)
    for _ in range(12):
        await one.tell()
        world.clock.advance(HOUR / 2)
        await other.tell()
        world.clock.advance(7)
    told = await world.told()
    assert len(told) == len(set(told)) == 12
    assert [kind for _, kind, _ in told] == ["STARTED", "ENDED"] * 6


async def test_more_runs_than_a_turn_takes_are_all_told(world: World) -> None:
    await world.repeat("minutes", "* * * * *", 30)
    world.clock.advance(600 * 60 + 30)
    worker = world.worker()
    assert await worker.tell() == 1200
    assert await worker.tell() == 0
    told = await world.told()
    assert len(set(told)) == 1200
    assert [at for _, _, at in told] == sorted(at for _, _, at in told)


async def test_a_run_that_was_on_ends_with_its_event(world: World) -> None:
    worker = world.worker()
    for name in ("deleted", "stopped"):
        await world.create(name, 0, HOUR)
    await worker.tell()
    world.clock.advance(60)
    await world.definitions.delete(LIVE_EVENT_KIND, "deleted", author=ME)
    await world.change("stopped", stopped_time_sec=START + 60, archived=True)
    assert await worker.tell() == 2
    assert sorted(await world.told())[::2] == [("deleted", "ENDED", 60), ("stopped", "ENDED", 60)]
    world.clock.advance(2 * HOUR)
    assert await worker.tell() == 0


async def test_an_event_that_was_deleted_while_no_worker_was_there(world: World) -> None:
    await world.create("deleted", 0, HOUR)
    await world.worker().tell()
    await world.definitions.delete(LIVE_EVENT_KIND, "deleted", author=ME)
    world.clock.advance(60)
    assert await world.worker().tell() == 1
    assert (await world.told())[-1] == ("deleted", "ENDED", 60)
    world.clock.advance(2 * HOUR)
    assert await world.worker().tell() == 0


async def test_a_definition_that_becomes_known_late_is_told_of(world: World) -> None:
    """It was made, with a short run, just before the worker looked and did not see it yet."""
    await world.create("other", 0, 9 * HOUR)
    worker = world.worker()
    world.clock.advance(100)
    await world.create("late", 0, 150)
    world.clock.advance(100)
    assert await worker.tell() == 3
    assert ("late", "ENDED", 150) in await world.told()


async def test_nothing_is_read_while_nothing_is_due(world: World) -> None:
    worker = world.worker()
    await world.create("festival", 10, HOUR)
    await worker.tell()
    writes = 0
    write = world.history.write

    async def counted(work: Any) -> Any:
        nonlocal writes
        writes += 1
        return await write(work)

    world.history.write = counted  # type: ignore[method-assign] # counts, and writes as before
    for _ in range(9):
        world.clock.advance(1)
        await worker.tell()
    assert writes == 0
    world.clock.advance(1)
    assert await worker.tell() == 1
    assert writes == 1


async def test_what_cannot_be_written_is_told_later(world: World) -> None:
    worker = world.worker()
    await world.create("festival", 0, HOUR)
    write = world.history.write

    def failing(work: Any) -> Any:
        def broken(connection: Any) -> None:
            work(connection)
            raise Unavailable("The database does not take writes")

        return write(broken)

    world.history.write = failing  # type: ignore[method-assign] # fails before its commit
    with pytest.raises(Unavailable):
        await worker.tell()
    world.history.write = write  # type: ignore[method-assign] # as before
    assert await world.told() == []
    assert await worker.tell() == 1


async def test_what_is_too_old_is_neither_kept_nor_told(world: World) -> None:
    worker = world.worker(keep_seconds=86_400)
    await world.repeat("hourly", "0 * * * *", 600)
    world.clock.advance(48 * HOUR)
    await worker.tell()
    told = await world.told()
    assert told[0][2] >= 24 * HOUR - 600
    assert len(told) in {48, 49}
    world.clock.advance(36 * HOUR)
    await worker.tell()
    await worker.tell()
    world.clock.advance(61)
    await worker.tell()
    assert (await world.told())[0][2] >= 48 * HOUR


async def test_there_are_no_more_transitions_than_allowed(world: World) -> None:
    worker = world.worker(most=10)
    await world.repeat("minutes", "* * * * *", 30)
    world.clock.advance(3600)
    await worker.tell()
    world.clock.advance(61)
    await worker.tell()
    told = await world.told()
    assert 10 <= len(told) <= 14
    assert told[-1][2] > 3500


async def outbox_of(world: World, runs: int) -> None:
    await world.repeat("minutes", "* * * * *", 30)
    # The clock begins within a minute; the last run is to be over, too.
    world.clock.advance(runs * 60 + 30)
    assert await world.worker().tell() == 2 * runs


async def test_a_reader_gets_every_transition_in_order(world: World) -> None:
    await outbox_of(world, 5)
    numbers = []
    while (claimed := await world.claim(limit=3)) is not None:
        numbers += [each.number for each in claimed.transitions]
        assert await world.acknowledge(claimed, numbers[-1])
    assert numbers == list(range(1, 11))


async def test_a_claim_is_nobody_elses_until_it_runs_out(world: World) -> None:
    await outbox_of(world, 2)
    first = await world.claim(lease=60)
    assert first is not None
    assert await world.claim() is None
    world.clock.advance(60)
    second = await world.claim(lease=60)
    assert second is not None
    assert second.transitions == first.transitions
    assert not await world.acknowledge(first, 4)
    assert await world.acknowledge(second, 4)
    assert not await world.acknowledge(second, 3)
    assert await world.claim() is None


async def test_a_part_of_a_claim_can_be_acknowledged(world: World) -> None:
    await outbox_of(world, 2)
    first = await world.claim()
    assert first is not None
    assert not await world.acknowledge(first, 5)
    assert await world.acknowledge(first, 1)
    rest = await world.claim()
    assert rest is not None
    assert [each.number for each in rest.transitions] == [2, 3, 4]


@pytest.mark.parametrize("crash", ["before_claim", "after_claim", "after_acting", "after_ack"])
async def test_a_reader_that_crashes_loses_nothing(world: World, crash: str) -> None:
    await outbox_of(world, 4)
    acted: list[int] = []
    crashed = False
    for _ in range(20):
        claimed = None
        with contextlib.suppress(KeyboardInterrupt):
            if crash == "before_claim" and not crashed:
                crashed = True
                raise KeyboardInterrupt
            claimed = await world.claim(limit=3)
            if claimed is None:
                world.clock.advance(20)
                continue
            if crash == "after_claim" and not crashed:
                crashed = True
                raise KeyboardInterrupt
            acted += [each.number for each in claimed.transitions]
            if crash == "after_acting" and not crashed:
                crashed = True
                raise KeyboardInterrupt
            assert await world.acknowledge(claimed, acted[-1])
            if crash == "after_ack" and not crashed:
                crashed = True
                raise KeyboardInterrupt
    assert crashed
    assert sorted(set(acted)) == list(range(1, 9))
    repeated = 3 if crash == "after_acting" else 0
    assert len(acted) == 8 + repeated
