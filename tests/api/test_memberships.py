"""Stored membership: who enters and leaves when, and what operators see of it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matsuri.adapters.database import SqliteDatabase
from matsuri.audiences.member_store import load_progress
from matsuri.audiences.member_tables import audience_keys, audience_members, membership_checks
from matsuri.audiences.membership_calls import Look
from matsuri.errors import Unavailable
from tests.api.running import Server, refused, running
from tests.api.test_erasure import erase, erasure, scrub
from tests.support.in_process import SERVER_KEY, InProcess, basic, bearer
from tests.support.memberships import expected_members, stored_members

CONSOLE = basic(SERVER_KEY)
DAY = 86_400
HOUR = 3_600
PURCHASE = {"name": "purchaseCompleted", "value": "500", "metadata": {"currency": "EUR"}}


async def declare(server: Server, name: str, text: str) -> str:
    """A new audience; its id."""
    reply = await server.request(
        "POST", "/v1/console/audience", body={"name": name, "filter": text}, auth=CONSOLE
    )
    assert reply.status == 200, reply.body
    return str(reply.json["id"])


async def ask(server: Server, path: str) -> Any:
    reply = await server.request("GET", f"/v1/console/{path}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def members(server: Server, audience: str) -> list[str]:
    found = await ask(server, f"audience/{audience}/members")
    assert found["member_count"] == len(found["members"])
    return [each["identity_id"] for each in found["members"]]


async def all_passed(server: Server) -> None:
    await server.settle()
    await server.worker.memberships.run_pass()


async def test_a_player_enters_with_an_event_and_leaves_with_time(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await all_passed(server)
    assert await members(server, "All-Spenders") == []
    await server.publish(token, PURCHASE)
    await server.settle()
    assert await members(server, "All-Spenders") == ["player-0001"]
    assert await members(server, "Non-Spenders") == []
    server.clock.advance(2 * DAY)
    assert await members(server, "New-Players") == ["player-0001"]
    await server.worker.memberships.turn()
    assert await members(server, "New-Players") == []


async def test_a_pass_comes_after_a_pause(tmp_path: Path) -> None:
    async with running(tmp_path, audience_pass_seconds=600) as server:
        await server.authenticate("player-0001")
        await all_passed(server)
        server.clock.advance(2 * DAY)
        await server.worker.memberships.turn()
        assert await members(server, "New-Players") == []
        server.clock.advance(599)
        assert not await server.worker.memberships.turn()
        server.clock.advance(1)
        assert await server.worker.memberships.turn()


async def test_a_new_audience_has_its_members_without_waiting_for_the_next_pass(
    server: Server,
) -> None:
    await server.authenticate("player-0001", custom={})
    await all_passed(server)
    await declare(server, "Everybody", "true")
    assert not (await ask(server, "audience/Everybody/members"))["complete"]
    await server.worker.refresh()
    await server.worker.memberships.turn()
    found = await ask(server, "audience/Everybody/members")
    assert (found["member_count"], found["complete"]) == (1, True)


async def test_an_audience_that_goes_takes_everything_with_it(server: Server) -> None:
    await server.authenticate("player-0001")
    await declare(server, "Everybody", "true")
    await all_passed(server)
    before = await server.node.history.read(_rows)
    reply = await server.request("DELETE", "/v1/console/audience/Everybody", auth=CONSOLE)
    assert reply.status == 200
    refused(
        await server.request("GET", "/v1/console/audience/Everybody/members", auth=CONSOLE), 404, 5
    )
    await all_passed(server)
    after = await server.node.history.read(_rows)
    assert (after["audience_keys"], after["audience_members"]) == (
        before["audience_keys"] - 1,
        before["audience_members"] - 1,
    )


def _rows(connection: Any) -> dict[str, int]:
    tables = (audience_keys, audience_members, membership_checks)
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables
    }


async def test_lists_hold_at_once_and_until_they_end(server: Server) -> None:
    await server.authenticate("player-0001")
    await all_passed(server)
    until = server.clock.now_us() // 1_000_000 + HOUR
    entry = {"identity_id": "player-0001", "until_time_sec": str(until)}
    reply = await server.request(
        "PUT",
        "/v1/console/audience/High-Spenders/include",
        body={"entries": [entry]},
        auth=CONSOLE,
    )
    assert reply.status == 200, reply.body
    await server.settle()
    assert await members(server, "High-Spenders") == ["player-0001"]
    server.clock.advance(HOUR)
    await server.worker.memberships.turn()
    assert await members(server, "High-Spenders") == []


@pytest.mark.parametrize("path", ["/v1/properties", "/v1/console/identity/player-0001/properties"])
async def test_recompute_stores_membership_before_the_answer(server: Server, path: str) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await declare(server, "On-Web", 'Properties("platform", "") == "Web"')
    await all_passed(server)
    auth = CONSOLE if "console" in path else bearer(token)
    body = {"default": {"platform": "Web"}, "recompute": True}
    assert (await server.request("PUT", path, body=body, auth=auth)).status == 200
    assert await members(server, "On-Web") == ["player-0001"]


async def test_properties_are_looked_at_soon_without_recompute(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await declare(server, "On-Web", 'Properties("platform", "") == "Web"')
    await all_passed(server)
    body = {"default": {"platform": "Web"}, "recompute": False}
    assert (await server.request("PUT", "/v1/properties", body=body, auth=bearer(token))).json == {}
    await server.settle()
    assert await members(server, "On-Web") == ["player-0001"]


async def test_without_a_worker_properties_change_and_membership_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        await declare(server, "On-Web", 'Properties("platform", "") == "Web"')
        await all_passed(server)
        keeper = server.worker.memberships
        look, down = keeper.look, True

        async def answer(order: Look) -> None:
            if down:
                raise Unavailable("The worker is not there")
            await look(order)

        monkeypatch.setattr(keeper, "look", answer)
        body = {"default": {"platform": "Web"}, "recompute": True}
        reply = await server.request("PUT", "/v1/properties", body=body, auth=bearer(token))
        assert reply.status == 200
        assert await members(server, "On-Web") == []
        down = False
        await server.settle()
        assert await members(server, "On-Web") == ["player-0001"]


async def test_merged_and_erased_players_leave(server: Server) -> None:
    await declare(server, "Everybody", "true")
    guest = await server.authenticate("guest-00001")
    await server.publish(guest["token"], PURCHASE)
    await all_passed(server)
    assert await members(server, "Everybody") == ["guest-00001"]
    player = await server.identify(guest["token"], "player-0001")
    await server.settle()
    assert await members(server, "Everybody") == ["player-0001"]
    assert await members(server, "All-Spenders") == ["player-0001"]
    await server.delete(player["token"])
    await server.settle()
    assert await members(server, "Everybody") == []
    rows = await server.node.history.read(_rows)
    assert (rows["audience_members"], rows["membership_checks"]) == (0, 0)


async def test_a_players_export_has_their_audiences(server: Server) -> None:
    await server.authenticate("player-0001")
    await all_passed(server)
    path = "/v1/console/identity/player-0001/export"
    # It comes in pieces, without a length.
    exported = await InProcess.request(server, "GET", path, auth=CONSOLE)
    names = [each["audience"] for each in exported.json["audiences"]]
    assert "New-Players" in names
    assert names == sorted(names)
    stored = await ask(server, "identity/player-0001/audience")
    assert [each["name"] for each in stored["audiences"]] == names


async def test_a_receipt_counts_what_went_of_memberships(server: Server) -> None:
    await server.authenticate("player-0001")
    await all_passed(server)
    stored = len((await ask(server, "identity/player-0001/audience"))["audiences"])
    erasure_id = await erase(server, "player-0001")
    await scrub(server)
    receipt = (await erasure(server, erasure_id))["receipt"]
    removed = next(each for each in receipt["stores"] if each["store"] == "history.db")["removed"]
    assert (removed["audience_members"], removed["membership_checks"]) == (stored, 1)


async def test_an_erased_player_who_is_evaluated_at_that_moment_does_not_come_back(
    server: Server,
) -> None:
    """The player was read before the erasure and is stored after it."""
    token = (await server.authenticate("player-0001"))["token"]
    await all_passed(server)
    erased = False

    class Later:
        """A database that lets the erasure happen before the first write."""

        def __init__(self, database: SqliteDatabase) -> None:
            self.database = database

        async def write(self, work: Any) -> Any:
            nonlocal erased
            if not erased:
                erased = True
                await server.delete(token)
                await server.node.outbox.drain()
                while await server.pipeline.run_once():
                    pass
            return await self.database.write(work)

    keeper = server.worker.memberships
    keeper._database = Later(keeper._database)  # type: ignore[assignment, arg-type] # noqa: SLF001 # a moment that no caller can choose
    await server.publish(token, PURCHASE)
    await server.settle()
    rows = await server.node.history.read(_rows)
    assert erased
    assert (rows["audience_members"], rows["membership_checks"]) == (0, 0)


async def test_sizes_are_kept_by_the_hour_and_for_a_while(tmp_path: Path) -> None:
    async with running(tmp_path, audience_size_days=2) as server:
        await all_passed(server)
        for number in range(3):
            await server.authenticate(f"player-{number:04}")
            await all_passed(server)
            server.clock.advance(HOUR)
        found = await ask(server, "audience/New-Players/size")
        assert found["member_count"] == 3
        sizes = [each["member_count"] for each in found["sizes"]]
        assert sizes == [1, 2, 3]
        hours = [int(each["hour_time_sec"]) for each in found["sizes"]]
        assert all(hour % HOUR == 0 for hour in hours)
        later = await ask(server, f"audience/New-Players/size?from={hours[1]}&until={hours[2]}")
        assert [each["member_count"] for each in later["sizes"]] == [2]
        server.clock.advance(2 * DAY)
        await server.worker.memberships.turn()
        found = await ask(server, "audience/New-Players/size")
        assert [each["member_count"] for each in found["sizes"]] == [0]


async def test_members_come_in_pages(server: Server) -> None:
    for number in range(5):
        await server.authenticate(f"player-{number:04}")
    await all_passed(server)
    path = "audience/New-Players/members?pagination.limit=2"
    first = await ask(server, path)
    assert [each["identity_id"] for each in first["members"]] == ["player-0004", "player-0003"]
    assert first["page_options"]["prev_cursor"] == ""
    second = await ask(server, f"{path}&pagination.cursor={first['page_options']['next_cursor']}")
    assert [each["identity_id"] for each in second["members"]] == ["player-0002", "player-0001"]
    back = await ask(server, f"{path}&pagination.cursor={second['page_options']['prev_cursor']}")
    assert back["members"] == first["members"]
    cursor = (await ask(server, "audience?pagination.limit=1"))["page_options"]["next_cursor"]
    refused(
        await server.request("GET", f"/v1/console/{path}&pagination.cursor={cursor}", auth=CONSOLE),
        400,
        3,
    )


async def test_counts_are_told_with_audiences(server: Server) -> None:
    await server.authenticate("player-0001")
    await all_passed(server)
    assert (await ask(server, "audience/New-Players"))["member_count"] == 1
    listed = (await ask(server, "audience"))["audiences"]
    assert {each["name"]: each["member_count"] for each in listed}["New-Players"] == 1


async def test_the_audiences_of_a_player_are_told_stored_and_now(server: Server) -> None:
    guest = await server.authenticate("guest-00001")
    await server.identify(guest["token"], "player-0001")
    await all_passed(server)
    entered = str(server.clock.now_us() // 1_000_000)
    server.clock.advance(3 * DAY)
    found = await ask(server, "identity/guest-00001/audience?all=true")
    by_name = {each["name"]: each for each in found["audiences"]}
    assert list(by_name) == sorted(by_name)
    new = by_name["New-Players"]
    assert (new["stored"], new["member"], new["enter_time_sec"]) == (True, False, entered)
    assert new["why"]["filter"]["value"] == "false"
    assert by_name["High-Spenders"]["stored"] is False
    mine = await ask(server, "identity/player-0001/audience")
    assert "High-Spenders" not in {each["name"] for each in mine["audiences"]}
    assert mine["identity_id"] == "player-0001"
    page = await ask(server, "identity/player-0001/audience?all=true&pagination.limit=1")
    assert page["audiences"] == found["audiences"][:1]
    refused(
        await server.request("GET", "/v1/console/identity/nobody-001/audience", auth=CONSOLE),
        404,
        5,
    )
    refused(
        await server.request(
            "GET", "/v1/console/identity/player-0001/audience?pagination.cursor=x", auth=CONSOLE
        ),
        400,
        3,
    )


async def test_what_waited_when_the_worker_died_is_found_at_its_next_start(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = (await server.authenticate("player-0001"))["token"]
        await all_passed(server)
        await server.publish(token, PURCHASE)
        await server.node.outbox.drain()
        while await server.pipeline.run_once():
            pass
        clock = server.clock
    async with running(tmp_path, clock=clock) as server:
        assert await members(server, "All-Spenders") == []
        await server.worker.memberships.turn()
        assert await stored_members(server) == await expected_members(server)
        assert await members(server, "All-Spenders") == ["player-0001"]


async def test_too_many_who_wait_are_left_to_a_pass(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matsuri.audiences.refresh_memberships.WAITING_MAX", 2)
    await all_passed(server)
    for number in range(4):
        await server.authenticate(f"player-{number:04}")
    await server.settle()
    assert await members(server, "New-Players") == []
    await server.worker.memberships.turn()
    assert len(await members(server, "New-Players")) == 4


async def test_progress_tells_what_was_done(server: Server) -> None:
    await server.authenticate("player-0001")
    await all_passed(server)
    progress = await server.node.history.read(load_progress)
    assert progress.passed_version == progress.version == 1
    assert (progress.passed_us, progress.waiting) == (server.clock.now_us(), 0)
    assert progress.evaluated == 1
