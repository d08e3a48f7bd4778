"""Console sessions: by token and by cookie, listed, ended, and safe from pages of others."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.people import GOOD_PASSWORD, KEY, Browser, authenticate, person
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import EMAIL, PASSWORD, Reply, bearer

ME = "/v1/console/me"
ANN = "ann@example.com"
FLAG = "/v1/console/flag"


async def me(server: Server, auth: str) -> Reply:
    return await server.request("GET", ME, auth=auth)


async def browser(server: Server) -> Browser:
    made = Browser(server)
    assert (await made.sign_in(EMAIL, PASSWORD)).status == 200
    return made


async def test_who_is_signed_in_and_how(server: Server) -> None:
    reply = await authenticate(
        server, EMAIL, PASSWORD, headers={"user-agent": "a test"}, client="10.1.2.3"
    )
    told = (await me(server, bearer(reply.json["token"]))).json
    assert told["user"] == reply.json["user"]
    assert told["user"]["sign_in_time_sec"] == str(NOW)
    assert told["permissions"] == told["user"]["permissions"]
    assert told["csrf_token"] == ""
    assert told["session"] == {
        "id": told["session"]["id"],
        "method": "password",
        "address": "10.1.2.3",
        "user_agent": "a test",
        "create_time_sec": str(NOW),
        "seen_time_sec": str(NOW),
        "expire_time_sec": str(NOW + 12 * 3600),
        "current": True,
    }


async def test_a_server_key_is_nobody(server: Server) -> None:
    for method, path in [("GET", ""), ("PUT", "/password"), ("POST", "/totp"), ("GET", "/session")]:
        refused(await server.request(method, ME + path, body={}, auth=KEY), 403, 7)
    refused(await server.request("POST", "/v1/console/sign-out", auth=KEY), 403, 7)


async def test_signing_in_by_cookie(server: Server) -> None:
    ours = Browser(server)
    reply = await ours.sign_in(EMAIL, PASSWORD)
    assert reply.json["token"] == ""
    flags = set(reply.headers["set-cookie"].split("; ")[1:])
    assert flags == {"Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"}
    told = await ours.request("GET", ME)
    assert told.json["csrf_token"] == reply.json["csrf_token"] != ""
    assert (await ours.request("POST", FLAG, body={"name": "one", "value": "1"})).status == 200


async def test_the_cookie_is_for_https_behind_a_proxy_that_speaks_it(tmp_path: Path) -> None:
    async with running(tmp_path, trusted_proxies=["10.0.0.1/32"]) as server:
        headers = {"x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
        for client, is_secure in (("10.0.0.1", True), ("10.0.0.2", False)):
            reply = await authenticate(
                server, EMAIL, PASSWORD, cookie=True, headers=headers, client=client
            )
            assert ("Secure" in reply.headers["set-cookie"]) is is_secure


@pytest.mark.parametrize("token", [None, "", "wrong", "é"])
async def test_a_forged_call_changes_nothing(server: Server, token: str | None) -> None:
    ours = await browser(server)
    headers = {"cookie": ours.cookie} | ({} if token is None else {"x-csrf-token": token})
    for method, path in [("POST", FLAG), ("DELETE", f"{ME}/session"), ("PUT", f"{ME}/password")]:
        reply = await server.request(method, path, body={}, headers=headers)
        assert refused(reply, 403, 7) == [{"header": "X-CSRF-Token"}]
    assert (await server.request("GET", FLAG, headers=headers)).status == 200


async def test_the_token_of_another_session_does_not_help(server: Server) -> None:
    ours, theirs = await browser(server), await browser(server)
    ours.csrf_token = theirs.csrf_token
    refused(await ours.request("POST", FLAG, body={"name": "one", "value": "1"}), 403, 7)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example.com", "host": "liveops.example.com"},
        {"origin": "null", "host": "liveops.example.com"},
    ],
)
async def test_pages_of_others_use_no_cookie(server: Server, headers: dict[str, str]) -> None:
    ours = await browser(server)
    for method, path in [("GET", ME), ("GET", FLAG), ("POST", FLAG)]:
        refused(await ours.request(method, path, headers=headers, body={}), 403, 7)
    # Nor do they sign anybody in, as whomever.
    reply = await authenticate(server, EMAIL, PASSWORD, cookie=True, headers=headers)
    refused(reply, 403, 7)
    assert "set-cookie" not in reply.headers
    # With a key or a token of their own they are programs as others.
    assert (await server.request("GET", FLAG, headers=headers, auth=KEY)).status == 200


async def test_answers_to_cookies_are_not_for_other_origins(server: Server) -> None:
    ours = await browser(server)
    reply = await ours.request("GET", ME)
    assert "access-control-allow-credentials" not in reply.headers
    preflight = await server.request("OPTIONS", ME, headers={"origin": "https://evil.example.com"})
    assert "access-control-allow-credentials" not in preflight.headers


async def test_what_is_sent_along_decides_before_the_cookie(server: Server) -> None:
    ours = await browser(server)
    _, auth = await person(server, "ann@example.com", role="support")
    told = await server.request("GET", ME, auth=auth, headers={"cookie": ours.cookie})
    assert told.json["user"]["email"] == "ann@example.com"
    wrong = await server.request("GET", ME, auth=bearer("x"), headers={"cookie": ours.cookie})
    refused(wrong, 401, 16)


async def test_a_sign_in_never_goes_on_with_the_session_of_before(server: Server) -> None:
    ours = await browser(server)
    before = ours.cookie
    await ours.sign_in(EMAIL, PASSWORD)
    assert ours.cookie != before
    refused(await server.request("GET", ME, headers={"cookie": before}), 401, 16)
    # A cookie that somebody planted is no session, and becomes none.
    ours.cookie = "matsuri_session=planted"
    await ours.sign_in(EMAIL, PASSWORD)
    planted = {"cookie": "matsuri_session=planted"}
    refused(await server.request("GET", ME, headers=planted), 401, 16)


async def test_signing_out(server: Server) -> None:
    ours = await browser(server)
    before = ours.cookie
    reply = await ours.request("POST", "/v1/console/sign-out")
    assert "Max-Age=0" in reply.headers["set-cookie"]
    refused(await server.request("GET", ME, headers={"cookie": before}), 401, 16)
    auth = bearer(await server.sign_in())
    assert (await server.request("POST", "/v1/console/sign-out", auth=auth)).status == 200
    refused(await me(server, auth), 401, 16)


async def test_a_session_that_is_not_used_ends(tmp_path: Path) -> None:
    settings = {"console_session_seconds": 1000, "console_session_idle_seconds": 300}
    async with running(tmp_path, **settings) as server:
        idle, used = bearer(await server.sign_in()), bearer(await server.sign_in())
        for _ in range(3):
            server.clock.advance(250)
            assert (await me(server, used)).status == 200
        refused(await me(server, idle), 401, 16)
        told = (await me(server, used)).json["session"]
        assert told["seen_time_sec"] == str(NOW + 750)
        server.clock.advance(249)
        assert (await me(server, used)).status == 200
        # Used or not, it is over at its end.
        server.clock.advance(1)
        refused(await me(server, used), 401, 16)


async def test_the_last_use_is_told_to_the_minute(server: Server) -> None:
    auth = bearer(await server.sign_in())
    for seconds, seen in ((59, NOW), (1, NOW + 60), (30, NOW + 60)):
        server.clock.advance(seconds)
        await me(server, auth)
        assert (await me(server, auth)).json["session"]["seen_time_sec"] == str(seen)


async def sessions(server: Server, auth: str, path: str = f"{ME}/session") -> Any:
    return (await server.request("GET", path, auth=auth)).json["sessions"]


async def test_ones_own_sessions_are_listed_and_ended(server: Server) -> None:
    first, second = bearer(await server.sign_in()), bearer(await server.sign_in())
    server.clock.advance(1)
    third = bearer(await server.sign_in())
    listed = await sessions(server, second)
    assert [each["current"] for each in listed].count(True) == 1
    assert len(listed) == 3
    own = (await me(server, third)).json["session"]["id"]
    assert listed[0]["id"] == own
    reply = await server.request("DELETE", f"{ME}/session/{own}", auth=second)
    assert reply.status == 200
    refused(await me(server, third), 401, 16)
    refused(await server.request("DELETE", f"{ME}/session/{own}", auth=second), 404, 5)
    assert (await server.request("DELETE", f"{ME}/session", auth=second)).status == 200
    refused(await me(server, first), 401, 16)
    assert len(await sessions(server, second)) == 1


async def test_sessions_of_others_are_ended_by_who_may(server: Server) -> None:
    user_id, auth = await person(server, "ann@example.com", role="support")
    own = (await me(server, auth)).json["session"]["id"]
    admin = bearer(await server.sign_in())
    admins = (await me(server, admin)).json["session"]["id"]
    # By the way of one's own, only one's own.
    refused(await server.request("DELETE", f"{ME}/session/{admins}", auth=auth), 404, 5)
    path = f"/v1/console/user/{user_id}/session"
    assert [each["id"] for each in await sessions(server, admin, path)] == [own]
    refused(await server.request("DELETE", f"{path}/{admins}", auth=admin), 404, 5)
    assert (await server.request("DELETE", f"{path}/{own}", auth=admin)).status == 200
    refused(await me(server, auth), 401, 16)
    again = await authenticate(server, "ann@example.com", GOOD_PASSWORD)
    assert (await server.request("DELETE", path, auth=KEY)).status == 200
    refused(await me(server, bearer(again.json["token"])), 401, 16)


async def test_the_oldest_session_ends_where_there_are_too_many(tmp_path: Path) -> None:
    async with running(tmp_path, console_sessions_max=2) as server:
        tokens = []
        for _ in range(3):
            tokens.append(bearer(await server.sign_in()))
            server.clock.advance(1)
        statuses = [(await me(server, token)).status for token in tokens]
        assert statuses == [401, 200, 200]


async def change_password(server: Server, auth: str, current: str, new: str) -> Reply:
    body = {"current_password": current, "new_password": new}
    return await server.request("PUT", f"{ME}/password", body=body, auth=auth)


async def test_changing_ones_password_ends_the_other_sessions(server: Server) -> None:
    _, other = await person(server, ANN)
    auth = bearer((await authenticate(server, ANN, GOOD_PASSWORD)).json["token"])
    for current, new, field in [
        ("", PASSWORD, "current_password"),
        ("wrong", PASSWORD, "current_password"),
        (GOOD_PASSWORD, "short", "new_password"),
        (GOOD_PASSWORD, GOOD_PASSWORD, "new_password"),
        (GOOD_PASSWORD, ANN, "new_password"),
        (GOOD_PASSWORD, "x" * 1025, "new_password"),
        ("x" * 1025, PASSWORD, "current_password"),
    ]:
        reply = await change_password(server, auth, current, new)
        assert refused(reply, 400, 3)[0]["field"] == field
    assert (await change_password(server, auth, GOOD_PASSWORD, PASSWORD)).status == 200
    assert (await me(server, auth)).status == 200
    refused(await me(server, other), 401, 16)
    refused(await authenticate(server, ANN, GOOD_PASSWORD), 401, 16)
    assert (await authenticate(server, ANN, PASSWORD)).status == 200


async def test_a_password_of_the_settings_is_changed_there(server: Server) -> None:
    auth = bearer(await server.sign_in())
    variable = {"setting": "admin_password", "variable": "MATSURI_ADMIN_PASSWORD"}
    reply = await change_password(server, auth, PASSWORD, GOOD_PASSWORD)
    assert refused(reply, 400, 9) == [variable]
    admin_id = (await me(server, auth)).json["user"]["id"]
    reset = await server.request("POST", f"/v1/console/user/{admin_id}/password", auth=KEY)
    assert refused(reset, 400, 9) == [variable]
    assert (await authenticate(server, EMAIL, PASSWORD)).status == 200


async def test_passwords_are_not_guessed_in_an_open_browser(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3, sign_in_window_seconds=60) as server:
        _, auth = await person(server, ANN)
        for _ in range(3):
            refused(await change_password(server, auth, "wrong", PASSWORD), 400, 3)
        refused(await change_password(server, auth, GOOD_PASSWORD, PASSWORD), 429, 8)
        # Whoever guesses there keeps nobody from signing in.
        assert (await authenticate(server, ANN, GOOD_PASSWORD)).status == 200
        server.clock.advance(60)
        assert (await change_password(server, auth, GOOD_PASSWORD, PASSWORD)).status == 200


async def test_a_session_outlives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        ours = await browser(server)
    async with running(tmp_path, clock=server.clock) as server:
        reply = await server.request("GET", ME, headers={"cookie": ours.cookie})
        assert reply.json["csrf_token"] == ours.csrf_token
