"""Receipts: what became of an event, wherever it is."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from matsuri.adapters.log_file import FileLogReader
from matsuri.errors import Unavailable
from matsuri.events.housekeeping import Housekeeping
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import SERVER_KEY, basic, bearer, settings_for

CONSOLE = basic(SERVER_KEY)
DAY = 86_400


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as it:
        yield it


async def own(server: Server, token: str, event_id: str) -> Any:
    reply = await server.request(
        "GET", f"/v1/event-receipt?event_id={event_id}", auth=bearer(token)
    )
    assert reply.status == 200, reply.body
    return reply.json


async def receipt(server: Server, identity_id: str, event_id: str) -> Any:
    path = f"/v1/console/event-receipt?identity_id={identity_id}&event_id={event_id}"
    reply = await server.request("GET", path, auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def player(server: Server, identity_id: str = "player-0001") -> str:
    return str((await server.authenticate(identity_id))["token"])


async def test_from_the_log_to_the_profile(server: Server) -> None:
    token = await player(server)
    assert (await own(server, token, "a"))["state"] == "unknown"
    await server.publish(token, {"name": "gameStarted", "id": "a"})
    accepted = await own(server, token, "a")
    assert accepted["state"] == "accepted"
    assert accepted["receive_time_sec"] == str(NOW)
    await server.settle()
    applied = await own(server, token, "a")
    assert applied["state"] == "applied"
    assert applied["position"] == accepted["position"]
    assert applied["receive_time_sec"] == str(NOW)
    assert applied["analytics"] == "absent"
    while await server.worker.feed.run_once():
        pass
    applied = await own(server, token, "a")
    assert applied["analytics"] == "present"
    assert await receipt(server, "player-0001", "a") == applied


async def test_what_was_refused(server: Server) -> None:
    token = await player(server)
    await server.publish(token, {"name": "gameStart", "id": "a"})
    waiting = await own(server, token, "a")
    assert waiting["state"] == "rejected"
    await server.settle()
    found = await own(server, token, "a")
    assert found == {
        "state": "rejected",
        "known_seconds": 7 * DAY,
        "receive_time_sec": str(NOW),
        "reason": "INVALID_NAME",
        "problem": "Event name 'gameStart' is not declared in the taxonomy",
    }
    body = {"name": "gameStart"}
    await server.request("POST", "/v1/console/taxonomy/event", body=body, auth=CONSOLE)
    await server.request("POST", "/v1/console/taxonomy/debugger/replay", body={}, auth=CONSOLE)
    assert (await own(server, token, "a"))["state"] == "accepted"
    await server.settle()
    assert (await own(server, token, "a"))["state"] == "applied"


async def test_one_that_was_accepted_after_all_so_long_ago_that_its_id_is_forgotten(
    server: Server, tmp_path: Path
) -> None:
    token = await player(server)
    await server.publish(token, {"name": "gameStart", "id": "a"})
    await server.settle()
    body = {"name": "gameStart"}
    await server.request("POST", "/v1/console/taxonomy/event", body=body, auth=CONSOLE)
    await server.publish(token, body | {"id": "a"})
    await server.settle()
    server.clock.advance(8 * DAY)
    await player(server, "player-0002")
    await server.settle()
    await Housekeeping(
        database=server.pipeline.database,
        pipeline=server.pipeline,
        log=FileLogReader(tmp_path / "log"),
        clock=server.clock,
        settings=settings_for(tmp_path),
    ).tidy()
    found = await receipt(server, "player-0001", "a")
    assert found["state"] == "rejected"
    assert found["close_time_sec"] == str(NOW)
    while await server.worker.feed.run_once():
        pass
    assert (await receipt(server, "player-0001", "a"))["state"] == "applied"


async def test_one_player_is_told_nothing_of_another(server: Server) -> None:
    first, second = await player(server), await player(server, "player-0002")
    await server.publish(first, {"name": "gameStarted", "id": "a"}, {"name": "x", "id": "b"})
    for settled in (False, True):
        if settled:
            await server.settle()
        for event_id in ("a", "b"):
            assert (await own(server, second, event_id))["state"] == "unknown"


async def test_a_merged_identity_is_followed(server: Server) -> None:
    token = await player(server, "device-0001")
    await server.publish(token, {"name": "gameStarted", "id": "a"})
    await server.settle()
    known = await server.identify(token, "player-0001")
    await server.node.outbox.drain()
    # The log has the merge, the profiles do not yet.
    assert (await own(server, known["token"], "a"))["state"] == "applied"
    await server.settle()
    for identity_id in ("device-0001", "player-0001"):
        assert (await receipt(server, identity_id, "a"))["state"] == "applied"


async def test_events_of_nobody(server: Server) -> None:
    await server.publish_as_server({"name": "gameStarted", "id": "a"})
    assert (await receipt(server, "", "a"))["state"] == "accepted"
    await server.settle()
    assert (await receipt(server, "", "a"))["state"] == "applied"
    assert (await receipt(server, "", "b"))["state"] == "unknown"


async def test_analytics_that_does_not_answer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await player(server)
    await server.publish(token, {"name": "gameStarted", "id": "a"})
    await server.settle()

    async def away(_query: object) -> None:
        raise Unavailable("The analytics store is away")

    monkeypatch.setattr(server.node.analytics, "player_events", away)
    assert (await own(server, token, "a"))["analytics"] == "unavailable"
    unknown = await own(server, token, "b")
    assert (unknown["state"], unknown["analytics"]) == ("unknown", "unavailable")


@pytest.mark.parametrize("event_id", ["", "x" * 129])
async def test_what_is_no_event_id(server: Server, event_id: str) -> None:
    token = await player(server)
    reply = await server.request(
        "GET", f"/v1/event-receipt?event_id={event_id}", auth=bearer(token)
    )
    assert refused(reply, 400, 3)[0]["field"] == "event_id"


async def test_who_may(server: Server) -> None:
    token = await player(server)
    for auth in (None, bearer(token)):
        reply = await server.request("GET", "/v1/console/event-receipt?event_id=a", auth=auth)
        refused(reply, 401, 16)
    refused(await server.request("GET", "/v1/event-receipt?event_id=a"), 401, 16)
