"""``POST /v1/event``: what is kept, what is refused, what counts once."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import bearer

LAUNCH = {"name": "appLaunched"}
PURCHASE = {"name": "purchaseCompleted", "value": "5"}


async def token_of(server: Server, identity_id: str = "player-0001") -> str:
    return str((await server.authenticate(identity_id))["token"])


async def launches(server: Server, token: str) -> int:
    return int((await server.computed(token)).get("appLaunchedCount", "0"))


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
async def test_batches(server: Server, count: int) -> None:
    token = await token_of(server)
    reply = await server.publish(token, *[LAUNCH] * count)
    assert (reply.status, reply.json) == (200, {})
    assert await launches(server, token) == count


@pytest.mark.parametrize("body", [None, {}, {"events": None}, {"events": []}])
async def test_no_events(server: Server, body: object) -> None:
    token = await token_of(server)
    reply = await server.request("POST", "/v1/event", body=body, auth=bearer(token))
    assert (reply.status, reply.json) == (200, {})
    assert await launches(server, token) == 0


async def test_too_many_events_and_none_is_kept(tmp_path: Path) -> None:
    async with running(tmp_path, batch_events_max=3) as server:
        token = await token_of(server)
        assert (await server.publish(token, *[LAUNCH] * 3)).status == 200
        details = refused(await server.publish(token, *[LAUNCH] * 4), 400, 3)
        assert details == [
            {"field": "events", "problem": "4 events in one request", "allowed": "at most 3"}
        ]
        assert await launches(server, token) == 3


@pytest.mark.parametrize("header", [None, KEY, bearer("nonsense")])
async def test_who_may_not(server: Server, header: str | None) -> None:
    reply = await server.request("POST", "/v1/event", body={"events": [LAUNCH]}, auth=header)
    refused(reply, 401, 16)


async def test_the_owner_is_the_caller_whatever_the_event_says(server: Server) -> None:
    token = await token_of(server)
    other = await token_of(server, "player-0002")
    event = {
        **LAUNCH,
        "identity_id": "player-0002",
        "session_id": "another",
        "session_issued_at": 1,
        "session_expires_at": "2",
    }
    assert (await server.publish(token, event)).status == 200
    assert await launches(server, token) == 1
    assert await launches(server, other) == 0
    assert [one.event_count for one in await server.sessions_of("player-0001")] == [1]


async def test_an_identity_that_cannot_be_does_not_matter_in_a_session(server: Server) -> None:
    token = await token_of(server)
    assert (await server.publish(token, {**LAUNCH, "identity_id": "x"})).status == 200


async def test_a_game_server_creates_the_player_with_its_first_event(server: Server) -> None:
    token = server.game_server_token("player-0001")
    assert (await server.publish(token, LAUNCH)).status == 200
    computed = await server.computed(token)
    assert computed["appLaunchedCount"] == "1"
    assert computed["identityCreateCount"] == "1"
    assert "sessionStartCount" not in computed


async def test_valid_events_are_kept_and_refused_ones_told(server: Server) -> None:
    token = await token_of(server)
    reply = await server.publish(
        token,
        {**LAUNCH, "id": "good"},
        {"name": "unknown", "id": "bad-1", "metadata": {"a": "b"}},
        {"name": "_sessionStart"},
        {**PURCHASE, "value": "many", "id": "bad-2"},
        LAUNCH,
    )
    details = refused(reply, 400, 3, "Event batch contained invalid events")
    assert [(d["index"], d["id"], d["name"], d["reason"]) for d in details] == [
        (1, "bad-1", "unknown", "INVALID_NAME"),
        (2, "", "_sessionStart", "INVALID_NAME"),
        (3, "bad-2", "purchaseCompleted", "INVALID_VALUE"),
    ]
    assert all(sorted(d) == ["id", "index", "name", "problem", "reason"] for d in details)
    computed = await server.computed(token)
    assert computed["appLaunchedCount"] == "2"
    assert computed["sessionStartCount"] == "1"
    assert "purchaseCompletedCount" not in computed
    kept = await server.rejected()
    assert [(one.name, one.reason, one.identity_id, one.event_id) for one in kept] == [
        ("purchaseCompleted", "INVALID_VALUE", "player-0001", "bad-2"),
        ("_sessionStart", "INVALID_NAME", "player-0001", ""),
        ("unknown", "INVALID_NAME", "player-0001", "bad-1"),
    ]
    assert kept[2].payload == b'{"name":"unknown","id":"bad-1","metadata":{"a":"b"}}'
    assert kept[2].received_us == NOW * 1_000_000
    assert (kept[2].source, kept[2].api_key) == ("session", "default")
    assert (await server.progress()).events_rejected == 3


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({}, "INVALID_NAME"),
        ({"name": ""}, "INVALID_NAME"),
        ({"name": None}, "INVALID_NAME"),
        ({"name": "unknown"}, "INVALID_NAME"),
        ({"name": "AppLaunched"}, "INVALID_NAME"),
        ({"name": "x" * 5000}, "INVALID_NAME"),
        ({"name": "_identityCreate"}, "INVALID_NAME"),
        ({"name": "_identify"}, "INVALID_NAME"),
        ({"name": "_anything"}, "INVALID_NAME"),
        ({**PURCHASE, "value": "abc"}, "INVALID_VALUE"),
        ({**PURCHASE, "value": True}, "INVALID_VALUE"),
        ({**PURCHASE, "value": "NaN"}, "INVALID_VALUE"),
        ({**LAUNCH, "value": "a\x00b"}, "INVALID_VALUE"),
        ({**LAUNCH, "value": "x" * 1025}, "VALUE_LENGTH_EXCEEDED"),
        ({**LAUNCH, "metadata": {"a": "\x00"}}, "INVALID_METADATA"),
        ({**LAUNCH, "metadata": {"a": "x" * 4096}}, "METADATA_SIZE_EXCEEDED"),
        ({**LAUNCH, "metadata": {str(i): "" for i in range(33)}}, "METADATA_SIZE_EXCEEDED"),
        ({**LAUNCH, "id": "x" * 129}, "INVALID_ID"),
        ({**LAUNCH, "id": "\x00"}, "INVALID_ID"),
    ],
)
async def test_reasons(server: Server, event: dict[str, Any], reason: str) -> None:
    token = await token_of(server)
    details = refused(await server.publish(token, event, LAUNCH), 400, 3)
    assert [(detail["index"], detail["reason"]) for detail in details] == [(0, reason)]
    assert len(details[0]["name"]) <= 128
    assert len(details[0]["id"]) <= 128
    assert await launches(server, token) == 1
    assert [one.reason for one in await server.rejected()] == [reason]


async def test_reserved_names_stay_so_where_anything_is_accepted(tmp_path: Path) -> None:
    async with running(tmp_path, accept_undeclared=True) as server:
        token = await token_of(server)
        assert (await server.publish(token, {"name": "levelUp", "value": "3"})).status == 200
        details = refused(await server.publish(token, {"name": "_levelUp"}), 400, 3)
        assert details[0]["reason"] == "INVALID_NAME"
        assert (await server.computed(token))["levelUpValueSum"] == "3"


async def test_an_id_counts_once_in_a_request(server: Server) -> None:
    token = await token_of(server)
    await server.publish(token, {**LAUNCH, "id": "e1"}, {**LAUNCH, "id": "e1"})
    assert await launches(server, token) == 1
    progress = await server.progress()
    assert (progress.events_applied, progress.events_duplicate) == (3, 1)


async def test_an_id_counts_once_across_requests_and_sessions(server: Server) -> None:
    token = await token_of(server)
    event = {**LAUNCH, "id": "0190a7f2-1111-7222-8333-444455556666"}
    assert (await server.publish(token, event)).status == 200
    await server.settle()
    assert (await server.publish(token, event)).status == 200
    later = await token_of(server)
    assert (await server.publish(later, event)).status == 200
    assert (await server.publish(server.game_server_token("player-0001"), event)).status == 200
    assert (await server.publish_as_server({**event, "identity_id": "player-0001"})).status == 200
    assert await launches(server, token) == 1
    facts = await server.sessions_of("player-0001")
    assert sorted(one.event_count for one in facts) == [0, 1]


async def test_an_id_counts_once_across_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = await token_of(server)
        await server.publish(token, {**LAUNCH, "id": "e1"})
        await server.settle()
        await server.publish(token, {**LAUNCH, "id": "e2"})
    async with running(tmp_path, clock=server.clock) as server:
        await server.publish(token, {**LAUNCH, "id": "e1"}, {**LAUNCH, "id": "e2"})
        assert await launches(server, token) == 2


async def test_ids_are_each_players_own(server: Server) -> None:
    tokens = [await token_of(server), await token_of(server, "player-0002")]
    for token in tokens:
        await server.publish(token, {**LAUNCH, "id": "e1"})
    assert [await launches(server, token) for token in tokens] == [1, 1]


async def test_ids_are_compared_as_texts(server: Server) -> None:
    token = await token_of(server)
    for event_id in ("E1", "e1", "e1 ", "0190A7F2-1111-7222-8333-444455556666"):
        await server.publish(token, {**LAUNCH, "id": event_id})
    await server.publish(token, {**LAUNCH, "id": "0190a7f2-1111-7222-8333-444455556666"})
    assert await launches(server, token) == 5


@pytest.mark.parametrize("event_id", ["", None])
async def test_no_id_is_another_event_every_time(server: Server, event_id: str | None) -> None:
    token = await token_of(server)
    await server.publish(token, {**LAUNCH, "id": event_id}, {**LAUNCH, "id": event_id})
    await server.publish(token, {**LAUNCH, "id": event_id})
    assert await launches(server, token) == 3


async def test_a_refused_id_may_come_again(server: Server) -> None:
    token = await token_of(server)
    refused(await server.publish(token, {"name": "unknown", "id": "e1"}), 400, 3)
    assert (await server.publish(token, {**LAUNCH, "id": "e1"})).status == 200
    assert await launches(server, token) == 1
