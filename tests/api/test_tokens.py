"""Which tokens are a player's (wire contract, section 3), and which are nobody's."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.running import NOW, Server, forge, parts, refused, running
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer

CLAIMS = {"iid": "player-0001", "exp": NOW + 3600, "iat": NOW - 500, "api": "default"}


async def read(server: Server, header: str | None) -> Any:
    return await server.request("GET", "/v1/properties", auth=header)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sid": ""},
        {"sid": None},
        {"sid": "no-session-of-ours"},
        {"iat": 0},
        {"tid": "x", "uid": "y", "vrs": {"a": "b"}},
        {"exp": NOW + 1},
        {"exp": 2**40},
    ],
)
async def test_tokens_of_a_game_server(server: Server, changes: dict[str, Any]) -> None:
    await server.authenticate("player-0001", no_session=True)
    assert (await read(server, bearer(forge({**CLAIMS, **changes})))).status == 200


async def test_a_token_without_the_time_of_issue(server: Server) -> None:
    await server.authenticate("player-0001", no_session=True)
    claims = {name: value for name, value in CLAIMS.items() if name != "iat"}
    assert (await read(server, bearer(forge(claims)))).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"api": "nobody's"},
        {"api": ""},
        {"api": None},
        {"api": 5},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": 0},
        {"exp": -(2**70)},
        {"exp": None},
        {"exp": str(NOW + 3600)},
        {"exp": NOW + 3600.5},
        {"iid": ""},
        {"iid": None},
        {"iid": "short"},
        {"iid": "x" * 129},
        {"iid": "player 0001"},
        {"iid": "00000000-0000-0000-0000-000000000000"},
        {"iid": ["player-0001"]},
        {"sid": 5},
        {"iat": "yesterday"},
    ],
)
async def test_claims_that_make_no_player(server: Server, changes: dict[str, Any]) -> None:
    await server.authenticate("player-0001", no_session=True)
    reply = await read(server, bearer(forge({**CLAIMS, **changes})))
    assert refused(reply, 401, 16, "Auth token invalid") == []


@pytest.mark.parametrize("missing", ["iid", "exp", "api"])
async def test_claims_that_must_be_there(server: Server, missing: str) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    refused(await read(server, bearer(forge(claims))), 401, 16, "Auth token invalid")


async def test_tokens_of_other_kinds(server: Server) -> None:
    good = forge(CLAIMS)
    head, payload, signature = good.split(".")
    none_head = forge(CLAIMS, header={"alg": "none"}).split(".")[0]
    for token in (
        forge(CLAIMS, key="another-signing-key-of-another-server"),
        forge(CLAIMS, header={"alg": "none", "typ": "JWT"}),
        f"{none_head}.{payload}.",
        forge(CLAIMS, header={"alg": "HS512", "typ": "JWT"}),
        forge(CLAIMS, header={"alg": "RS256", "typ": "JWT"}),
        forge(CLAIMS, header={"typ": "JWT"}),
        forge(CLAIMS, header={"alg": "HS256", "crit": ["exp"]}),
        forge(CLAIMS, header={"alg": "HS256", "b64": False, "crit": ["b64"]}),
        forge(CLAIMS, header=[1]),
        forge(CLAIMS, header={"alg": {}}),
        forge(b"no json"),
        forge(b"[]"),
        forge(b"[" * 2_000),
        forge(b""),
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[:-1]}",
        f"{head}.{payload}.{signature[::-1]}",
        f"{head}.{payload}",
        f"{head}..{signature}",
        "..",
        "...",
        "a.b.c",
        "not-a-token",
        "a" * 8000,
    ):
        refused(await read(server, bearer(token)), 401, 16, "Auth token invalid")
    refused(await read(server, bearer("a" * 9000)), 401, 16, "Auth token required")
    refused(await read(server, bearer(good)), 404, 5)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", basic("x"), basic(API_KEY)])
async def test_no_token(server: Server, header: str | None) -> None:
    refused(await read(server, header), 401, 16, "Auth token required")


async def test_keys_are_no_tokens(server: Server) -> None:
    for key in (API_KEY, SERVER_KEY):
        refused(await read(server, bearer(key)), 401, 16, "Auth token invalid")


async def test_a_refresh_token_opens_nothing_but_a_refresh(server: Server) -> None:
    session = await server.authenticate("player-0001")
    assert await server.status_of(session["refresh_token"]) == 401
    reply = await server.publish(session["refresh_token"], {"name": "appLaunched"})
    refused(reply, 401, 16, "Auth token invalid")
    reply = await server.publish_as_server(
        {"name": "appLaunched"}, auth=bearer(session["refresh_token"])
    )
    refused(reply, 401, 16, "Auth token invalid")


async def test_a_session_token_ends_at_its_expiry(tmp_path: Path) -> None:
    async with running(tmp_path, session_token_seconds=600) as server:
        session = await server.authenticate("player-0001")
        server.clock.advance(599)
        assert await server.status_of(session["token"]) == 200
        server.clock.advance(1)
        refused(await read(server, bearer(session["token"])), 401, 16, "Auth token invalid")
    async with running(tmp_path, clock=server.clock) as server:
        assert await server.status_of(session["token"]) == 401


async def test_a_session_id_of_another_player_opens_nothing(server: Server) -> None:
    theirs = await server.authenticate("player-0001")
    await server.authenticate("player-0002")
    sid = parts(theirs["token"])[1]["sid"]
    token = forge({**CLAIMS, "iid": "player-0002", "sid": sid})
    refused(await read(server, bearer(token)), 401, 16, "Auth token invalid")


async def test_another_signing_key_ends_every_token(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001")
    async with running(tmp_path, clock=server.clock, signing_key="quite another key") as server:
        assert await server.status_of(session["token"]) == 401
        assert (await server.refresh(session["refresh_token"])).status == 401


async def test_a_made_signing_key_stays(tmp_path: Path) -> None:
    async with running(tmp_path, signing_key="") as server:
        session = await server.authenticate("player-0001")
    async with running(tmp_path, clock=server.clock, signing_key="") as server:
        assert await server.status_of(session["token"]) == 200


async def test_an_unknown_player_of_a_game_server_is_not_found(server: Server) -> None:
    token = server.game_server_token("player-0001")
    refused(await read(server, bearer(token)), 404, 5, "Identity not found")
    refused(await server.delete(token), 404, 5, "Identity not found")
    assert not await server.exists("player-0001")


async def test_a_session_token_of_ours_signed_by_a_game_server_is_one_session(
    server: Server,
) -> None:
    session = await server.authenticate("player-0001")
    claims = parts(session["token"])[1]
    again = forge(json.dumps(claims, indent=2).encode())
    assert await server.status_of(again) == 200
    await server.log_out(session["token"], token=session["token"])
    assert await server.status_of(again) == 401
