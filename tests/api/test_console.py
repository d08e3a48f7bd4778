"""Signing in, and making keys (``/v1/console/…``)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from matsuri.console.model import Role
from matsuri.console.passwords import Passwords
from matsuri.console.permissions import Action, Entity, permission
from matsuri.console.store import add_user
from tests.api.running import KEY, NOW, Server, parts, refused, running
from tests.support.in_process import (
    EMAIL,
    FAST_HASHES,
    PASSWORD,
    SERVER_KEY,
    Reply,
    basic,
    bearer,
)

WRONG = "E-mail or password is wrong"


async def sign_in(server: Server, email: object, password: object, **fields: Any) -> Reply:
    return await server.request(
        "POST",
        "/v1/console/authenticate",
        body={"email": email, "password": password},
        **fields,
    )


async def create_key(server: Server, name: object, auth: str | None) -> Reply:
    return await server.request("POST", "/v1/console/apikey", body={"name": name}, auth=auth)


async def test_the_administrator_signs_in(server: Server) -> None:
    reply = await sign_in(server, EMAIL, PASSWORD)
    assert reply.status == 200
    assert list(reply.json) == ["token", "csrf_token", "user"]
    assert reply.json["csrf_token"] == ""
    assert "set-cookie" not in reply.headers
    assert (await sign_in(server, " ADMIN@example.com ", PASSWORD)).status == 200
    assert (await create_key(server, "by-console", bearer(reply.json["token"]))).status == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), (EMAIL, PASSWORD.upper()), ("nobody@example.com", PASSWORD), ("x", "y")],
)
async def test_a_wrong_pair(server: Server, email: str, password: str) -> None:
    refused(await sign_in(server, email, password), 401, 16, WRONG)


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("", PASSWORD, "email"),
        (None, PASSWORD, "email"),
        (EMAIL, "", "password"),
        (EMAIL, None, "password"),
        ("x" * 321, PASSWORD, "email"),
        (EMAIL, "x" * 1025, "password"),
        (5, PASSWORD, "email"),
    ],
)
async def test_missing_or_odd_fields(
    server: Server, email: object, password: object, field: str
) -> None:
    assert refused(await sign_in(server, email, password), 400, 3)[0]["field"] == field


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "é" * 300])
async def test_odd_texts(server: Server, text: str) -> None:
    assert (await sign_in(server, text, text)).status in {400, 401}


async def test_failures_are_counted_by_e_mail(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3, sign_in_window_seconds=60) as server:
        for number in range(3):
            reply = await sign_in(server, EMAIL, "wrong", client=f"10.0.0.{number}")
            refused(reply, 401, 16, WRONG)
            server.clock.advance(10)
        reply = await sign_in(server, EMAIL, PASSWORD, client="10.0.0.9")
        refused(reply, 429, 8, "Too many failed sign-ins; try again later")
        assert reply.headers["retry-after"] == "30"
        server.clock.advance(30)
        assert (await sign_in(server, EMAIL, PASSWORD, client="10.0.0.9")).status == 200


async def test_failures_are_counted_by_address(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3, sign_in_window_seconds=60) as server:
        for number in range(3):
            await sign_in(server, f"user{number}@example.com", "wrong", client="10.0.0.1")
        refused(await sign_in(server, EMAIL, PASSWORD, client="10.0.0.1"), 429, 8)
        assert (await sign_in(server, EMAIL, PASSWORD, client="10.0.0.2")).status == 200
        server.clock.advance(60)
        assert (await sign_in(server, EMAIL, PASSWORD, client="10.0.0.1")).status == 200


async def test_a_success_forgets_the_failures_of_that_e_mail(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3) as server:
        for number in range(6):
            reply = await sign_in(server, EMAIL, "wrong", client=f"10.0.0.{number}")
            assert reply.status == 401
            if number % 2:
                assert (await sign_in(server, EMAIL, PASSWORD, client="10.9.9.9")).status == 200


async def test_a_token_ends(tmp_path: Path) -> None:
    async with running(tmp_path, console_session_seconds=3600) as server:
        token = await server.sign_in()
        server.clock.advance(3599)
        assert (await create_key(server, "one", bearer(token))).status == 200
        server.clock.advance(1)
        refused(await create_key(server, "two", bearer(token)), 401, 16)


async def test_a_token_stays_after_a_restart_but_not_after_a_new_password(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = await server.sign_in()
    async with running(tmp_path, clock=server.clock) as server:
        assert (await create_key(server, "one", bearer(token))).status == 200
    async with running(tmp_path, clock=server.clock, admin_password="another one") as server:
        refused(await create_key(server, "two", bearer(token)), 401, 16)
        refused(await sign_in(server, EMAIL, PASSWORD), 401, 16, WRONG)
        assert (await sign_in(server, EMAIL, "another one")).status == 200


async def test_a_new_key_works_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        reply = await create_key(server, "second game", basic(SERVER_KEY))
        assert reply.status == 200
        assert {"create_time_sec", "name", "value"} <= set(reply.json)
        assert (reply.json["name"], reply.json["create_time_sec"]) == ("second game", str(NOW))
        key = reply.json["value"]
        assert len(key) == 36
    async with running(tmp_path, clock=server.clock) as server:
        reply = await server.request(
            "POST", "/v1/authenticate", body={"id": "player-0001"}, auth=basic(key)
        )
        assert parts(reply.json["token"])[1]["api"] == "second game"
        assert reply.json["properties"]["default"]["apiKeyName"] == "second game"
        assert await server.status_of(reply.json["token"]) == 200
        foreign = server.game_server_token("player-0001", api="second game")
        assert await server.status_of(foreign) == 200


@pytest.mark.parametrize("name", ["default", "game"])
async def test_a_name_is_taken_once(server: Server, name: str) -> None:
    first = await create_key(server, name, basic(SERVER_KEY))
    assert first.status == (409 if name == "default" else 200)
    refused(await create_key(server, name, basic(SERVER_KEY)), 409, 6)


@pytest.mark.parametrize("name", ["", None, " x", "x ", "x" * 65, "a?b", "a~b", "a>b", "é", "a\nb"])
async def test_names_that_cannot_be(server: Server, name: str | None) -> None:
    assert refused(await create_key(server, name, basic(SERVER_KEY)), 400, 3)[0]["field"] == "name"


@pytest.mark.parametrize("auth", [basic(SERVER_KEY), bearer(SERVER_KEY), SERVER_KEY])
async def test_the_server_key_in_every_form(server: Server, auth: str) -> None:
    assert (await create_key(server, "game", auth)).status == 200


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        (None, "Server key or console token required"),
        (KEY, "Server key or console token invalid"),
        (bearer("wrong"), "Server key or console token invalid"),
        (basic("wrong"), "Server key or console token invalid"),
    ],
)
async def test_who_may_not_make_keys(server: Server, auth: str | None, message: str) -> None:
    refused(await create_key(server, "game", auth), 401, 16, message)


async def test_a_players_token_makes_no_keys(server: Server) -> None:
    session = await server.authenticate("player-0001")
    refused(await create_key(server, "game", bearer(session["token"])), 401, 16)


async def test_a_console_token_is_no_players(server: Server) -> None:
    assert await server.status_of(await server.sign_in()) == 401


@pytest.mark.parametrize("role", list(Role))
async def test_roles(server: Server, role: Role) -> None:
    password_hash = Passwords(FAST_HASHES).hash("a password")
    await server.node.control.write(
        lambda c: add_user(
            c,
            email="someone@example.com",
            password_hash=password_hash,
            role=role,
            created_us=server.clock.now_us(),
        )
    )
    token = (await sign_in(server, "someone@example.com", "a password")).json["token"]
    reply = await create_key(server, "game", bearer(token))
    if role in {Role.ADMIN, Role.DEBUGGER, Role.DEVELOPER}:
        assert reply.status == 200
    else:
        details = refused(reply, 403, 7, "This needs the permission api_key:write")
        assert details == [{"permission": "api_key:write"}]
    reply = await server.publish_as_server({"name": "appLaunched"}, auth=bearer(token))
    assert reply.status == (403 if role is Role.SUPPORT else 200)


async def test_guesses_at_once_are_counted_one_by_one(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=5, sign_ins_waiting_max=3) as server:
        guess = {"email": EMAIL, "password": "wrong"}
        replies = await asyncio.gather(
            *(server.request("POST", "/v1/console/authenticate", body=guess) for _ in range(40))
        )
        statuses = [reply.status for reply in replies]
        assert set(statuses) == {401, 429}
        assert 1 <= statuses.count(401) <= 5
        right = {"email": EMAIL, "password": PASSWORD}
        for _ in range(5):
            reply = await server.request("POST", "/v1/console/authenticate", body=guess)
        assert reply.status == 429
        reply = await server.request("POST", "/v1/console/authenticate", body=right)
        assert reply.status == 429
        server.clock.advance(301)
        reply = await server.request("POST", "/v1/console/authenticate", body=right)
        assert reply.status == 200


WITHOUT_PERMISSION = {
    # Who signs in is nobody yet, and who signs out may always do so.
    "POST /v1/console/authenticate",
    "POST /v1/console/sign-out",
    "GET /v1/console/sign-in/methods",
    "GET /v1/console/oidc/begin",
    "GET /v1/console/oidc/callback",
    # The table of roles is in the documentation of every server: it names no person.
    "GET /v1/console/role",
    # A user's own: each is about the user who calls, and nobody else.
    "GET /v1/console/me",
    "PUT /v1/console/me/password",
    "POST /v1/console/me/totp",
    "POST /v1/console/me/totp/confirm",
    "DELETE /v1/console/me/totp",
    "POST /v1/console/me/recovery-code",
    "GET /v1/console/me/session",
    "DELETE /v1/console/me/session",
    "DELETE /v1/console/me/session/{id}",
}


async def test_every_console_route_names_a_permission(server: Server) -> None:
    routes = [route for route in server.node.routes if route.path.startswith("/v1/console")]
    without = {f"{r.method} {r.path}" for r in routes if not r.auth.permission}
    assert without == WITHOUT_PERMISSION
    known = {permission(entity, action) for entity in Entity for action in Action}
    assert {r.auth.permission for r in routes if r.auth.permission} <= known
