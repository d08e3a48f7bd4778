"""The pipeline goes on: past what cannot be applied, and after what is not there for a while."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection

from matsuri.errors import Unavailable
from matsuri.events.model import EventBatch, decode_entries, encode_entries
from matsuri.events.pipeline import Pipeline, Work
from matsuri.events.store import dead_letters, rejected_events
from matsuri.steps import fold_step, pipeline_steps
from tests.support.in_process import InProcess, bearer, in_process, settings_for


class Trip:
    """A step that falls over events of one name, or says that a store is away for a while."""

    def __init__(self, *, poison: str = "", unavailable: int = 0) -> None:
        self.poison = poison
        self.unavailable = unavailable
        self.settled: list[bool] = []

    def apply(self, work: Work, _connection: Connection) -> None:
        if self.unavailable:
            self.unavailable -= 1
            raise Unavailable("The store is away")
        for entry in work.entries:
            if isinstance(entry, EventBatch) and any(e.name == self.poison for e in entry.events):
                raise ZeroDivisionError("cannot be applied")

    def settle(self, *, committed: bool) -> None:
        self.settled.append(committed)


def with_trip(server: InProcess, folder: Path, trip: Trip) -> None:
    """Put ``trip`` behind the real steps: what they did has to be undone when it falls."""
    settings = settings_for(folder)
    server.pipeline = Pipeline(
        log=server.node.log_reader,
        database=server.pipeline.database,
        steps=[*pipeline_steps(settings, fold_step(settings)), trip],
        clock=server.clock,
        read_bytes_max=1024 * 1024,
    )


async def publish(server: InProcess, token: str, *events: dict[str, Any]) -> None:
    reply = await server.request(
        "POST", "/v1/event", body={"events": list(events)}, auth=bearer(token)
    )
    assert reply.status == 200


@pytest.mark.parametrize("ids", [True, False])
async def test_one_poisonous_event_holds_up_nothing(tmp_path: Path, ids: bool) -> None:
    async with in_process(tmp_path) as server:
        trip = Trip(poison="gameFinished")
        with_trip(server, tmp_path, trip)
        token = (await server.authenticate("player-0001"))["token"]
        names = ["gameStarted", "gameFinished", "gameStarted", "screenViewed"]
        events = [{"name": n, **({"id": f"e{i}"} if ids else {})} for i, n in enumerate(names)]
        await publish(server, token, *events)
        await publish(server, token, {"name": "gameStarted"})
        computed = (await server.properties(token))["computed"]
        assert computed["gameStartedCount"] == "3"
        assert computed["screenViewedCount"] == "1"
        assert computed["sessionStartCount"] == "1"
        assert "gameFinishedCount" not in computed
        progress = await server.pipeline.progress()
        assert progress.dead_letters == 1
        assert progress.position == await server.node.log_reader.end()
        rows = await server.pipeline.database.read(lambda c: c.execute(select(dead_letters)).all())
        [row] = rows
        assert row.error == "ZeroDivisionError: cannot be applied"
        [entry] = decode_entries(row.payload)
        assert isinstance(entry, EventBatch)
        assert [event.name for event in entry.events] == ["gameFinished"]
        assert False in trip.settled
        assert trip.settled[-1]


async def test_a_store_that_is_away_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        trip = Trip(unavailable=3)
        with_trip(server, tmp_path, trip)
        token = (await server.authenticate("player-0001"))["token"]
        await publish(server, token, {"name": "gameStarted"}, {"name": "gameStarted"})
        await server.node.outbox.drain()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await server.pipeline.run_once()
        assert (await server.properties(token))["computed"]["gameStartedCount"] == "2"
        assert (await server.pipeline.progress()).dead_letters == 0


class Stumble(Trip):
    """Falls over what is whole the first two times; the store is away for some of the parts."""

    def __init__(self, *, poison: str, away_at: set[int]) -> None:
        super().__init__(poison=poison)
        self.away_at = away_at
        self.calls = 0

    def apply(self, work: Work, connection: Connection) -> None:
        self.calls += 1
        if self.calls <= 2:
            raise ZeroDivisionError("for now")
        if self.calls in self.away_at:
            raise Unavailable("The store is away")
        super().apply(work, connection)


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("part", [1, 2, 3, 4, 5])
async def test_a_record_taken_apart_counts_once_whatever_interrupts_it(
    tmp_path: Path, part: int, restarted: bool
) -> None:
    async with in_process(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        await server.settle()
        # None has an id of its own, so none can be told from one that was applied before.
        names = ["gameFinished", "gameStarted", "notDeclared", "gameStarted", "screenViewed"]
        reply = await server.request(
            "POST",
            "/v1/event",
            body={"events": [{"name": name} for name in names]},
            auth=bearer(token),
        )
        assert reply.status == 400
        with_trip(server, tmp_path, Stumble(poison="gameFinished", away_at={2 + part}))
        with pytest.raises(Unavailable):
            await server.settle()
        if not restarted:
            await check_counted_once(server, token, dead_letters_kept=1)
    if restarted:
        # What was not applied yet meets no poison any more: only the first was a dead letter.
        async with in_process(tmp_path) as server:
            await check_counted_once(server, token, dead_letters_kept=0 if part == 1 else 1)


async def check_counted_once(server: InProcess, token: str, *, dead_letters_kept: int) -> None:
    computed = (await server.properties(token))["computed"]
    assert computed["gameStartedCount"] == "2"
    assert computed["screenViewedCount"] == "1"
    assert computed.get("gameFinishedCount", "0") == str(1 - dead_letters_kept)
    read = server.pipeline.database.read
    assert len(await read(lambda c: c.execute(select(rejected_events)).all())) == 1
    assert len(await read(lambda c: c.execute(select(dead_letters)).all())) == dead_letters_kept
    progress = await server.pipeline.progress()
    # With those of the new player and of the session.
    assert (progress.events_applied, progress.events_rejected) == (6 - dead_letters_kept, 1)
    assert (progress.dead_letters, progress.parts_applied) == (dead_letters_kept, 0)


async def test_a_record_that_is_none_of_ours_is_kept_aside(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        await server.node.outbox.drain()
        garbage = b"\x93" + encode_entries([])
        await server.node.log.append(garbage)
        await publish(server, token, {"name": "gameStarted"})
        assert (await server.properties(token))["computed"]["gameStartedCount"] == "1"
        assert (await server.pipeline.progress()).dead_letters == 1
        rows = await server.pipeline.database.read(lambda c: c.execute(select(dead_letters)).all())
        assert [row.payload for row in rows] == [garbage]


async def test_positions_survive_a_restart(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        await publish(server, token, {"name": "gameStarted"})
        await server.settle()
        before = await server.pipeline.progress()
    async with in_process(tmp_path) as server:
        assert await server.pipeline.progress() == before
        assert await server.pipeline.run_once() == 0
