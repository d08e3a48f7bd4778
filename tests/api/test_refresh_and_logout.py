from pathlib import Path

import pytest

from tests.api.running import KEY, NOW, Server, forge, parts, refused, running
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer

INVALID = "Refresh token invalid or expired"
DAY = 86_400


async def test_a_refresh_keeps_the_session(server: Server) -> None:
    session = await server.authenticate("player-0001", default={"platform": "iOS"})
    server.clock.advance(1000)
    reply = await server.refresh(session["refresh_token"])
    assert reply.status == 200
    before, after = parts(session["token"])[1], parts(reply.json["token"])[1]
    assert after == {**before, "exp": NOW + 1000 + 3600, "iat": NOW + 1000}
    assert parts(reply.json["refresh_token"])[1] == {
        "sid": before["sid"],
        "iid": "player-0001",
        "exp": NOW + 1000 + 7 * DAY,
        "iat": NOW + 1000,
    }
    assert reply.json["properties"]["default"]["platform"] == "iOS"
    assert await server.status_of(session["token"]) == 200
    assert await server.status_of(reply.json["token"]) == 200
    assert (await server.computed(session["token"]))["sessionStartCount"] == "1"


async def test_a_refresh_token_can_be_used_again_and_again(server: Server) -> None:
    session = await server.authenticate("player-0001")
    for _ in range(3):
        server.clock.advance(2 * DAY)
        assert (await server.refresh(session["refresh_token"])).status == 200
    server.clock.advance(DAY - 1)
    assert (await server.refresh(session["refresh_token"])).status == 200
    server.clock.advance(1)
    refused(await server.refresh(session["refresh_token"]), 401, 16, INVALID)


async def test_a_refreshed_refresh_token_goes_on_for_ever(server: Server) -> None:
    refresh_token = (await server.authenticate("player-0001"))["refresh_token"]
    for _ in range(5):
        server.clock.advance(6 * DAY)
        reply = await server.refresh(refresh_token)
        assert reply.status == 200
        refresh_token = reply.json["refresh_token"]
    assert await server.status_of(reply.json["token"]) == 200


@pytest.mark.parametrize("name", ["refresh_token", "refreshToken"])
@pytest.mark.parametrize("header", [KEY, bearer(API_KEY), API_KEY, bearer("expired.or.foreign")])
async def test_forms_of_the_call(server: Server, name: str, header: str) -> None:
    session = await server.authenticate("player-0001")
    reply = await server.request(
        "POST", "/v1/authenticate/refresh", body={name: session["refresh_token"]}, auth=header
    )
    assert reply.status == 200
    assert parts(reply.json["token"])[1]["iid"] == "player-0001"


async def test_an_expired_session_token_as_bearer(server: Server) -> None:
    session = await server.authenticate("player-0001")
    server.clock.advance(4000)
    assert await server.status_of(session["token"]) == 401
    reply = await server.request(
        "POST",
        "/v1/authenticate/refresh",
        body={"refresh_token": session["refresh_token"]},
        auth=bearer(session["token"]),
    )
    assert reply.status == 200


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "API key required"),
        (basic("wrong"), "API key invalid"),
        (basic(SERVER_KEY), "API key invalid"),
        (bearer("wrong"), "API key invalid"),
    ],
)
async def test_the_header_must_make_sense(server: Server, header: str | None, message: str) -> None:
    session = await server.authenticate("player-0001")
    reply = await server.request(
        "POST",
        "/v1/authenticate/refresh",
        body={"refresh_token": session["refresh_token"]},
        auth=header,
    )
    refused(reply, 401, 16, message)


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": ""}, {"refresh_token": None}])
async def test_no_refresh_token(server: Server, body: object) -> None:
    reply = await server.request("POST", "/v1/authenticate/refresh", body=body, auth=KEY)
    assert refused(reply, 400, 3)[0]["field"] == "refresh_token"


async def test_other_texts_are_no_refresh_tokens(server: Server) -> None:
    session = await server.authenticate("player-0001")
    claims = parts(session["refresh_token"])[1]
    for token in (
        session["token"],
        "nonsense",
        server.game_server_token("player-0001"),
        forge(claims, key="another-key"),
        forge(claims, header={"alg": "none"}),
        forge({**claims, "sid": ""}),
        forge({**claims, "sid": "unknown"}),
        forge({**claims, "exp": NOW}),
        session["refresh_token"][:-2],
    ):
        refused(await server.refresh(token), 401, 16, INVALID)


async def test_logout_of_both_tokens(server: Server) -> None:
    session = await server.authenticate("player-0001")
    other = await server.authenticate("player-0001")
    reply = await server.log_out(
        session["token"], token=session["token"], refresh_token=session["refresh_token"]
    )
    assert (reply.status, reply.json) == (200, {})
    refused(
        await server.request("GET", "/v1/properties", auth=bearer(session["token"])),
        401,
        16,
        "Auth token invalid",
    )
    refused(await server.refresh(session["refresh_token"]), 401, 16, INVALID)
    assert await server.status_of(other["token"]) == 200


async def test_logout_of_the_session_token(server: Server) -> None:
    session = await server.authenticate("player-0001")
    later = (await server.refresh(session["refresh_token"])).json
    assert (await server.log_out(session["token"], token=session["token"])).status == 200
    for token in (session["token"], later["token"]):
        assert await server.status_of(token) == 401
    assert (await server.refresh(session["refresh_token"])).status == 401
    assert (await server.refresh(later["refresh_token"])).status == 401


async def test_logout_of_the_refresh_token(server: Server) -> None:
    session = await server.authenticate("player-0001")
    reply = await server.log_out(session["token"], refresh_token=session["refresh_token"])
    assert reply.status == 200
    assert await server.status_of(session["token"]) == 200
    refused(await server.refresh(session["refresh_token"]), 401, 16, INVALID)


async def test_logout_with_the_refresh_token_in_camel_case(server: Server) -> None:
    session = await server.authenticate("player-0001")
    await server.log_out(session["token"], refreshToken=session["refresh_token"])
    refused(await server.refresh(session["refresh_token"]), 401, 16, INVALID)


@pytest.mark.parametrize("body", [None, {}, {"token": "", "refresh_token": None}])
async def test_logout_of_everything(server: Server, body: object) -> None:
    sessions = [await server.authenticate("player-0001") for _ in range(2)]
    other = await server.authenticate("player-0002")
    reply = await server.request(
        "POST", "/v1/authenticate/logout", body=body, auth=bearer(sessions[0]["token"])
    )
    assert (reply.status, reply.json) == (200, {})
    for session in sessions:
        assert await server.status_of(session["token"]) == 401
        assert (await server.refresh(session["refresh_token"])).status == 401
    assert await server.status_of(other["token"]) == 200
    assert await server.status_of((await server.authenticate("player-0001"))["token"]) == 200


async def test_logout_stays_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001")
        kept = await server.authenticate("player-0001")
        foreign = server.game_server_token("player-0001")
        await server.log_out(session["token"], token=session["token"])
        await server.log_out(foreign, token=foreign)
    async with running(tmp_path, clock=server.clock) as server:
        assert await server.status_of(session["token"]) == 401
        assert await server.status_of(foreign) == 401
        assert (await server.refresh(session["refresh_token"])).status == 401
        assert await server.status_of(kept["token"]) == 200
        assert (await server.refresh(kept["refresh_token"])).status == 200


@pytest.mark.parametrize("sid", [None, "", "a-session-opened-elsewhere"])
@pytest.mark.parametrize("names_itself", [True, False])
async def test_logout_of_a_game_servers_token(
    server: Server, sid: str | None, *, names_itself: bool
) -> None:
    await server.authenticate("player-0001", no_session=True)
    claims = {"sid": sid, "iid": "player-0001", "exp": NOW + 9000, "iat": NOW, "api": "default"}
    token, other = forge(claims), forge({**claims, "iat": NOW - 1})
    body = {"token": token} if names_itself else {}
    assert (await server.log_out(token, **body)).status == 200
    assert await server.status_of(token) == 401
    assert await server.status_of(other) == 200


async def test_logout_of_a_token_that_never_ends(server: Server) -> None:
    await server.authenticate("player-0001", no_session=True)
    token = forge({"iid": "player-0001", "exp": 2**80, "api": "default"})
    assert (await server.log_out(token, token=token)).status == 200
    assert await server.status_of(token) == 401


@pytest.mark.parametrize("field", ["token", "refresh_token"])
async def test_logout_of_what_is_not_the_callers(server: Server, field: str) -> None:
    mine = await server.authenticate("player-0001")
    theirs = await server.authenticate("player-0002")
    for text in ("nonsense", theirs[field]):
        reply = await server.log_out(mine["token"], **{field: text})
        assert refused(reply, 400, 3)[0]["field"] == field
    assert await server.status_of(mine["token"]) == 200
    assert await server.status_of(theirs["token"]) == 200
    assert (await server.refresh(theirs["refresh_token"])).status == 200


async def test_logout_needs_a_token(server: Server) -> None:
    for header in (None, KEY):
        reply = await server.request("POST", "/v1/authenticate/logout", body={}, auth=header)
        refused(reply, 401, 16, "Auth token required")


async def test_a_revoked_session_stays_so_while_any_of_its_tokens_could_live(
    server: Server,
) -> None:
    session = await server.authenticate("player-0001")
    server.clock.advance(DAY // 2)
    later = (await server.refresh(session["refresh_token"])).json
    await server.log_out(later["token"], token=later["token"])
    server.clock.advance(7 * DAY - 1)
    await server.node.sessions.forget_expired()
    refused(await server.refresh(later["refresh_token"]), 401, 16, INVALID)


async def test_ended_sessions_and_tokens_are_forgotten_in_the_end(server: Server) -> None:
    session = await server.authenticate("player-0001")
    foreign = server.game_server_token("player-0001")
    await server.log_out(foreign, token=foreign)
    await server.log_out(session["token"], token=session["token"])
    server.clock.advance(9 * DAY)
    assert await server.node.sessions.forget_expired() == 2
    assert await server.status_of(session["token"]) == 401
    assert await server.status_of(foreign) == 401
