"""Stored membership as the worker keeps it by itself, whatever fails on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from matsuri.audiences import refresh_memberships
from matsuri.audiences.evaluate_players import EvaluatePlayers, Finding, Rules
from matsuri.audiences.member_reads import member_counts
from matsuri.errors import Unavailable
from matsuri.identities.store import find_identity
from tests.support.in_process import SERVER_KEY, InProcess, basic, in_process
from tests.support.memberships import stored_members

CONSOLE = basic(SERVER_KEY)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[InProcess]:
    async with in_process(tmp_path) as it:
        yield it


@contextlib.asynccontextmanager
async def at_work(server: InProcess) -> AsyncIterator[None]:
    """The worker's task is running."""
    task = asyncio.create_task(server.worker.memberships.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def wait_for_members(server: InProcess, name: str, count: int) -> None:
    audience = server.node.targeting.audiences().by_name[name]
    async with asyncio.timeout(5):
        while True:
            found = await server.node.history.read(lambda c: member_counts(c, [audience.id]))
            if found.get(audience.id) == count:
                return
            await asyncio.sleep(0.01)


async def apply(server: InProcess) -> None:
    await server.node.outbox.drain()
    while await server.pipeline.run_once():
        pass


async def fill_windows(server: InProcess) -> None:
    await server.worker.refresh()
    await server.worker.windows.series.refresh()
    while await server.worker.windows.backfill.run_once():
        pass
    await server.worker.refresh()


async def test_it_needs_no_help(server: InProcess) -> None:
    await server.worker.refresh()
    async with at_work(server):
        await server.authenticate("player-0001")
        await apply(server)
        await wait_for_members(server, "New-Players", 1)


@pytest.mark.parametrize("error", [Unavailable("full"), OSError("gone"), ValueError("unexpected")])
async def test_what_fails_is_tried_again(
    server: InProcess, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(refresh_memberships, "_RETRY_SECONDS", 0.01)
    await server.worker.refresh()
    keeper, failures = server.worker.memberships, 3
    database = keeper._database  # noqa: SLF001 # where it fails

    class Failing:
        async def write(self, work: Any) -> Any:
            nonlocal failures
            failures -= 1
            if failures >= 0:
                raise error
            return await database.write(work)

    monkeypatch.setattr(keeper, "_database", Failing())
    async with at_work(server):
        await server.authenticate("player-0001")
        await apply(server)
        await wait_for_members(server, "New-Players", 1)


async def test_one_who_cannot_be_evaluated_holds_up_nobody(
    server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await server.authenticate(f"player-{number:04}")
    broken = await server.node.control.read(lambda c: find_identity(c, "player-0001"))
    assert broken is not None
    evaluate = EvaluatePlayers.evaluate

    async def fail_for_one(self: EvaluatePlayers, keys: Sequence[int], rules: Rules) -> Finding:
        if broken.key in keys:
            raise ValueError("a profile that nobody can read")
        return await evaluate(self, keys, rules)

    with monkeypatch.context() as broken_for_a_while:
        broken_for_a_while.setattr(EvaluatePlayers, "evaluate", fail_for_one)
        await server.settle()
        await server.worker.memberships.run_pass()
        await wait_for_members(server, "New-Players", 2)
    await server.worker.memberships.run_pass()
    assert (await stored_members(server))["New-Players"] == {
        "player-0000",
        "player-0001",
        "player-0002",
    }


async def test_it_rests_while_the_pipeline_is_behind(
    server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matsuri.events.pipeline._BEHIND_SECONDS", -1.0)
    await server.authenticate("player-0001")
    await server.node.outbox.drain()
    assert not server.pipeline.behind
    await server.pipeline.run_once()
    assert server.pipeline.behind
    while await server.pipeline.run_once():
        pass
    assert not server.pipeline.behind


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_was_found_by_a_clock_that_was_ahead_is_found_again(
    tmp_path: Path, restarted: bool
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(in_process(tmp_path))
        await server.authenticate("player-0001")
        await server.settle()
        await server.worker.memberships.run_pass()
        assert (await stored_members(server))["New-Players"] == {"player-0001"}
        server.clock.advance(400 * 86_400)
        await server.worker.memberships.run_pass()
        assert not (await stored_members(server))["New-Players"]
        server.clock.advance(-400 * 86_400)
        if restarted:
            await stack.aclose()
            server = await stack.enter_async_context(in_process(tmp_path, clock=server.clock))
            await server.worker.refresh()
        async with at_work(server):
            await wait_for_members(server, "New-Players", 1)


async def test_what_audiences_ask_is_answered_even_if_they_have_just_changed(
    server: InProcess,
) -> None:
    path = "/v1/console/audience"
    body = {"name": "Starters", "filter": 'EventCount("_sessionStart", "2d") > 0'}
    assert (await server.request("POST", path, body=body, auth=CONSOLE)).status == 200
    await server.authenticate("player-0001")
    await server.settle()
    await fill_windows(server)
    keeper = server.worker.memberships
    rules = await keeper._current_rules()  # noqa: SLF001 # what a turn begins with
    starters = rules.audiences.by_name["Starters"]
    assert starters.filter is not None
    reply = await server.request("DELETE", f"{path}/Starters", auth=CONSOLE)
    assert reply.status == 200
    await server.worker.refresh()
    player = await server.node.control.read(lambda c: find_identity(c, "player-0001"))
    assert player is not None
    found = await keeper._players.evaluate([player.key], rules)  # noqa: SLF001 # as the turn goes on
    assert starters.id in found.evaluated[0].audience_ids
