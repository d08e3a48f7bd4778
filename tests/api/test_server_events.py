"""``POST /v1/server-event``: events of many players, or of none, from scripts and servers."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.console.model import Role
from tests.api.running import KEY, NOW, Server, refused, running
from tests.api.test_audiences import sign_in
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer

LAUNCH = {"name": "appLaunched"}


async def launches(server: Server, identity_id: str) -> str | None:
    computed = await server.computed(server.game_server_token(identity_id))
    return computed.get("appLaunchedCount")


async def test_events_of_many_players_and_of_nobody(server: Server) -> None:
    await server.authenticate("player-0001")
    reply = await server.publish_as_server(
        {**LAUNCH, "identity_id": "player-0001"},
        {**LAUNCH, "identityId": "player-0002"},
        LAUNCH,
        {**LAUNCH, "identity_id": ""},
        {**LAUNCH, "identity_id": None},
        {**LAUNCH, "identity_id": "player-0001", "value": "x"},
    )
    assert (reply.status, reply.json) == (200, {})
    assert await launches(server, "player-0001") == "2"
    assert await launches(server, "player-0002") == "1"
    created = await server.properties(server.game_server_token("player-0002"))
    assert created["default"]["apiKeyName"] == "default"
    assert created["computed"]["identityCreateCount"] == "1"
    progress = await server.progress()
    # Six events, two identities created, one session started.
    assert (progress.events_applied, progress.dead_letters) == (9, 0)


async def test_a_console_token(server: Server) -> None:
    token = await server.sign_in()
    reply = await server.publish_as_server(
        {**LAUNCH, "identityId": "player-0001"}, auth=bearer(token)
    )
    assert (reply.status, reply.json) == (200, {})
    assert await launches(server, "player-0001") == "1"


@pytest.mark.parametrize("role", list(Role))
async def test_a_console_token_of_who_may_only_read(server: Server, role: Role) -> None:
    reply = await server.publish_as_server(LAUNCH, auth=await sign_in(server, role))
    if role is Role.SUPPORT:
        assert refused(reply, 403, 7) == [{"permission": "event:write"}]
    else:
        assert reply.status == 200


@pytest.mark.parametrize("header", [KEY, bearer(API_KEY), API_KEY])
async def test_an_api_key(server: Server, header: str) -> None:
    assert (await server.publish_as_server(LAUNCH, auth=header)).status == 200


@pytest.mark.parametrize("header", [bearer("games.key.1"), basic("games.key.1"), "games.key.1"])
async def test_a_key_that_looks_like_a_token(tmp_path: Path, header: str) -> None:
    async with running(tmp_path, api_key="games.key.1") as server:
        assert (await server.publish_as_server(LAUNCH, auth=header)).status == 200


async def test_a_players_token_speaks_for_that_player_only(server: Server) -> None:
    session = await server.authenticate("player-0001")
    await server.authenticate("player-0002")
    reply = await server.publish_as_server(
        {**LAUNCH, "identity_id": "player-0002"}, auth=bearer(session["token"])
    )
    assert reply.status == 200
    assert await launches(server, "player-0001") == "1"
    assert await launches(server, "player-0002") is None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "API key or token required"),
        ("Bearer ", "API key or token required"),
        (basic("wrong"), "API key or token invalid"),
        (basic(SERVER_KEY), "API key or token invalid"),
        (bearer("wrong"), "API key or token invalid"),
        (bearer("a.b.c"), "Auth token invalid"),
    ],
)
async def test_who_may_not(server: Server, header: str | None, message: str) -> None:
    reply = await server.request("POST", "/v1/server-event", body={"events": [LAUNCH]}, auth=header)
    refused(reply, 401, 16, message)


async def test_a_console_token_expires(tmp_path: Path) -> None:
    async with running(tmp_path, console_session_seconds=60) as server:
        token = await server.sign_in()
        server.clock.advance(59)
        assert (await server.publish_as_server(LAUNCH, auth=bearer(token))).status == 200
        server.clock.advance(1)
        reply = await server.publish_as_server(LAUNCH, auth=bearer(token))
        refused(reply, 401, 16, "API key or token invalid")


@pytest.mark.parametrize(
    "identity_id", ["short", "x" * 129, "a b c d e f", "00000000-0000-0000-0000-000000000000"]
)
async def test_identities_that_cannot_be(server: Server, identity_id: str) -> None:
    reply = await server.publish_as_server({**LAUNCH, "identity_id": identity_id}, LAUNCH)
    details = refused(reply, 400, 3, "Event batch contained invalid events")
    assert [(detail["index"], detail["reason"]) for detail in details] == [(0, "INVALID_ID")]
    rejected = await server.rejected()
    assert [(one.identity_id, one.source) for one in rejected] == [(identity_id, "server")]
    assert (await server.progress()).events_applied == 1


@pytest.mark.parametrize("session_id", ["x" * 129, "a\x00b"])
async def test_session_ids_that_cannot_be(server: Server, session_id: str) -> None:
    reply = await server.publish_as_server(
        {**LAUNCH, "identity_id": "player-0001", "session_id": session_id}
    )
    assert refused(reply, 400, 3)[0]["reason"] == "INVALID_ID"


@pytest.mark.parametrize(
    ("issued", "started"),
    [
        (NOW - 60, NOW - 60),
        (str(NOW - 60), NOW - 60),
        (float(NOW - 60), NOW - 60),
        (0, None),
        ("", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("camel", [True, False])
async def test_a_session_that_was_opened_elsewhere(
    server: Server, issued: object, started: int | None, *, camel: bool
) -> None:
    if camel:
        names = ("identityId", "sessionId", "sessionIssuedAt", "sessionExpiresAt")
    else:
        names = ("identity_id", "session_id", "session_issued_at", "session_expires_at")
    fields = dict(zip(names, ("player-0001", "their-session", issued, issued), strict=True))
    reply = await server.publish_as_server({**LAUNCH, **fields}, {**LAUNCH, **fields})
    assert reply.status == 200
    [facts] = await server.sessions_of("player-0001")
    assert (facts.session_id, facts.event_count) == ("their-session", 2)
    assert facts.started_us == (None if started is None else started * 1_000_000)
    assert facts.last_event_us == NOW * 1_000_000


@pytest.mark.parametrize("issued", [2**63 - 1, -(2**63), 10**15, str(2**63 - 1), -1])
async def test_times_of_a_session_that_no_clock_shows(server: Server, issued: object) -> None:
    """The C++ SDK sends whatever happens to be in memory."""
    event = {
        **LAUNCH,
        "identity_id": "player-0001",
        "session_id": "their-session",
        "session_issued_at": issued,
        "session_expires_at": issued,
    }
    assert (await server.publish_as_server(event)).status == 200
    assert await launches(server, "player-0001") == "1"
    [facts] = await server.sessions_of("player-0001")
    assert facts.event_count == 1
    assert (await server.progress()).dead_letters == 0


@pytest.mark.parametrize(
    "issued", ["soon", 1.5, 2**63, 10**30, -(2**63) - 1, "9" * 30, True, [], {}, 1e300]
)
async def test_times_of_a_session_that_are_no_numbers(server: Server, issued: object) -> None:
    reply = await server.publish_as_server({**LAUNCH, "session_issued_at": issued})
    refused(reply, 400, 3)
    assert (await server.progress()).events_applied == 0


async def test_events_join_a_session_that_they_name(server: Server) -> None:
    session = await server.authenticate("player-0001")
    [before] = await server.sessions_of("player-0001")
    fields = {"identity_id": "player-0001", "session_id": before.session_id}
    server.clock.advance(5)
    await server.publish(session["token"], LAUNCH)
    server.clock.advance(5)
    await server.publish_as_server({**LAUNCH, **fields})
    await server.publish_as_server({**LAUNCH, "identity_id": "player-0001"})
    [after] = await server.sessions_of("player-0001")
    assert after.event_count == 2
    assert after.last_event_us == (NOW + 10) * 1_000_000


async def test_ids_count_once_per_player_and_once_for_nobody(server: Server) -> None:
    events: list[dict[str, Any]] = [
        {**LAUNCH, "id": "e1"},
        {**LAUNCH, "id": "e1", "identity_id": "player-0001"},
        {**LAUNCH, "id": "e1", "identity_id": "player-0002"},
    ]
    for _ in range(2):
        assert (await server.publish_as_server(*events, *events)).status == 200
    assert await launches(server, "player-0001") == "1"
    assert await launches(server, "player-0002") == "1"
    progress = await server.progress()
    assert progress.events_duplicate == 9


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = await server.sign_in()
        await server.publish_as_server({**LAUNCH, "identity_id": "player-0001", "id": "e1"})
    async with running(tmp_path, clock=server.clock) as server:
        await server.publish_as_server(
            {**LAUNCH, "identity_id": "player-0001", "id": "e1"}, auth=bearer(token)
        )
        assert await launches(server, "player-0001") == "1"
