"""The second factor: set up, asked for, used once, lost, and demanded of roles."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from matsuri.console.totp import STEP_SECONDS
from tests.api.people import GOOD_PASSWORD, KEY, Browser, authenticate, code_now, create, person
from tests.api.running import Server, refused, running
from tests.support.in_process import EMAIL, PASSWORD, Reply, bearer

ANN = "ann@example.com"
WRONG = "E-mail or password is wrong"
NEEDED = [{"second_factor": "totp"}]


async def begin(server: Server, auth: str, **fields: Any) -> Reply:
    return await server.request("POST", "/v1/console/me/totp", body=fields, auth=auth)


async def confirm(server: Server, auth: str, code: str, **fields: Any) -> Reply:
    return await server.request(
        "POST", "/v1/console/me/totp/confirm", body={"code": code, **fields}, auth=auth
    )


async def secret_of(reply: Reply) -> bytes:
    assert reply.status == 200, reply.body
    return base64.b32decode(reply.json["secret"])


async def enrolled(server: Server) -> tuple[str, bytes, list[str]]:
    """The administrator with a second factor: Bearer, secret, recovery codes; a step later."""
    auth = bearer(await server.sign_in())
    secret = await secret_of(await begin(server, auth, password=PASSWORD))
    reply = await confirm(server, auth, code_now(server, secret))
    assert reply.status == 200, reply.body
    server.clock.advance(STEP_SECONDS)
    return auth, secret, reply.json["recovery_codes"]


async def totp_state(server: Server, auth: str) -> Any:
    return (await server.request("GET", "/v1/console/me", auth=auth)).json["totp"]


async def test_a_second_factor_is_set_up(server: Server) -> None:
    auth = bearer(await server.sign_in())
    assert await totp_state(server, auth) == {
        "enabled": False,
        "required": False,
        "since_time_sec": "",
        "recovery_codes_left": 0,
    }
    begun = await begin(server, auth, password=PASSWORD)
    assert begun.json["uri"].startswith("otpauth://totp/Matsuri:admin%40example.com?secret=")
    assert begun.json["qr_svg"].startswith("<svg ")
    secret = await secret_of(begun)
    assert not (await totp_state(server, auth))["enabled"]
    assert (await authenticate(server, EMAIL, PASSWORD)).status == 200
    wrong = await confirm(server, auth, code_now(server, secret, steps=5))
    assert refused(wrong, 400, 3)[0]["field"] == "code"
    done = await confirm(server, auth, code_now(server, secret))
    assert len(done.json["recovery_codes"]) == 10
    assert (done.json["token"], done.json["csrf_token"]) == ("", "")
    state = await totp_state(server, auth)
    assert (state["enabled"], state["recovery_codes_left"]) == (True, 10)
    refused(await confirm(server, auth, code_now(server, secret)), 400, 9)


async def test_it_is_asked_for_at_the_sign_in(server: Server) -> None:
    _, secret, _ = await enrolled(server)
    assert refused(await authenticate(server, EMAIL, PASSWORD), 401, 16) == NEEDED
    refused(await authenticate(server, EMAIL, "wrong", code=code_now(server, secret)), 401, 16)
    off = code_now(server, secret, steps=9)
    details = refused(await authenticate(server, EMAIL, PASSWORD, code=off), 401, 16)
    assert details == NEEDED
    reply = await authenticate(server, EMAIL, PASSWORD, code=code_now(server, secret))
    assert reply.status == 200
    session = (
        await server.request("GET", "/v1/console/me", auth=bearer(reply.json["token"]))
    ).json["session"]
    assert session["method"] == "password+totp"


async def test_a_code_counts_once(server: Server) -> None:
    auth, secret, _ = await enrolled(server)
    server.clock.advance(STEP_SECONDS)
    code = code_now(server, secret)
    assert (await authenticate(server, EMAIL, PASSWORD, code=code)).status == 200
    assert refused(await authenticate(server, EMAIL, PASSWORD, code=code), 401, 16) == NEEDED
    reply = await server.request("DELETE", f"/v1/console/me/totp?code={code}", auth=auth)
    assert refused(reply, 400, 3)[0]["field"] == "code"
    # Nor does that of a step before.
    before = code_now(server, secret, steps=-1)
    refused(await authenticate(server, EMAIL, PASSWORD, code=before), 401, 16)


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
async def test_a_code_sent_twice_at_once_counts_once(server: Server, kind: str) -> None:
    _, secret, codes = await enrolled(server)
    given = {kind: code_now(server, secret) if kind == "code" else codes[3]}
    replies = await asyncio.gather(
        *(authenticate(server, EMAIL, PASSWORD, **given) for _ in range(4))
    )
    assert sorted(reply.status for reply in replies) == [200, 401, 401, 401]


async def test_the_code_that_confirmed_opens_nothing(server: Server) -> None:
    auth = bearer(await server.sign_in())
    secret = await secret_of(await begin(server, auth, password=PASSWORD))
    code = code_now(server, secret)
    await confirm(server, auth, code)
    refused(await authenticate(server, EMAIL, PASSWORD, code=code), 401, 16)


async def test_a_recovery_code_opens_once(server: Server) -> None:
    auth, _, codes = await enrolled(server)
    typed = codes[0].upper().replace("-", " ")
    assert (await authenticate(server, EMAIL, PASSWORD, recovery_code=typed)).status == 200
    again = await authenticate(server, EMAIL, PASSWORD, recovery_code=codes[0])
    assert refused(again, 401, 16) == NEEDED
    assert (await totp_state(server, auth))["recovery_codes_left"] == 9
    both = await authenticate(server, EMAIL, PASSWORD, recovery_code=codes[1], code="123456")
    assert refused(both, 400, 3)[0]["field"] == "recovery_code"
    assert (await totp_state(server, auth))["recovery_codes_left"] == 9


async def test_new_recovery_codes_take_the_place_of_the_old(server: Server) -> None:
    auth, secret, old = await enrolled(server)
    path = "/v1/console/me/recovery-code"
    missing = await server.request("POST", path, body={}, auth=auth)
    assert refused(missing, 400, 3)[0]["field"] == "code"
    reply = await server.request("POST", path, body={"code": code_now(server, secret)}, auth=auth)
    new = reply.json["recovery_codes"]
    assert not set(old) & set(new)
    refused(await authenticate(server, EMAIL, PASSWORD, recovery_code=old[0]), 401, 16)
    assert (await authenticate(server, EMAIL, PASSWORD, recovery_code=new[0])).status == 200


async def test_wrong_codes_are_failures_and_a_right_password_forgives_none(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=4, sign_in_window_seconds=600) as server:
        _, secret, _ = await enrolled(server)
        for _ in range(4):
            # That the code is missing is no failure, and takes none back.
            assert refused(await authenticate(server, EMAIL, PASSWORD), 401, 16) == NEEDED
            refused(await authenticate(server, EMAIL, PASSWORD, code="000000"), 401, 16)
        right = code_now(server, secret)
        refused(await authenticate(server, EMAIL, PASSWORD, code=right), 429, 8)
        server.clock.advance(600)
        right = code_now(server, secret)
        assert (await authenticate(server, EMAIL, PASSWORD, code=right)).status == 200


async def test_two_sign_ins_in_two_steps_do_not_use_up_an_address(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=2) as server:
        _, secret, _ = await enrolled(server)
        for _ in range(4):
            server.clock.advance(STEP_SECONDS)
            refused(await authenticate(server, EMAIL, PASSWORD), 401, 16)
            code = code_now(server, secret)
            assert (await authenticate(server, EMAIL, PASSWORD, code=code)).status == 200


async def test_an_open_browser_is_not_enough_to_change_it(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3) as server:
        auth = bearer(await server.sign_in())
        for password, field in (("", "password"), ("wrong", "password")):
            reply = await begin(server, auth, password=password)
            assert refused(reply, 400, 3)[0]["field"] == field
        auth, secret, codes = await enrolled(server)
        assert refused(await begin(server, auth, password=PASSWORD), 400, 3)[0]["field"] == "code"
        server.clock.advance(600)
        for _ in range(3):
            refused(await begin(server, auth, code="000000"), 400, 3)
        refused(await begin(server, auth, code=code_now(server, secret)), 429, 8)
        server.clock.advance(600)
        begun = await begin(server, auth, recovery_code=codes[0])
        other = await secret_of(begun)
        # The old one is in force until the new one is confirmed.
        code = code_now(server, secret)
        assert (await authenticate(server, EMAIL, PASSWORD, code=code)).status == 200
        assert (await confirm(server, auth, code_now(server, other))).status == 200
        server.clock.advance(STEP_SECONDS)
        old = code_now(server, secret)
        refused(await authenticate(server, EMAIL, PASSWORD, code=old), 401, 16)
        new = code_now(server, other)
        assert (await authenticate(server, EMAIL, PASSWORD, code=new)).status == 200


async def test_who_knows_the_password_does_not_go_on_guessing_codes(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3) as server:
        _, auth = await person(server, "ben@example.com")
        secret = await secret_of(await begin(server, auth, password=GOOD_PASSWORD))
        assert (await confirm(server, auth, code_now(server, secret))).status == 200
        passwords = [GOOD_PASSWORD, f"{GOOD_PASSWORD} too"]
        for _ in range(3):
            wrong = await server.request("DELETE", "/v1/console/me/totp?code=000000", auth=auth)
            refused(wrong, 400, 3)
            body = {"current_password": passwords[0], "new_password": passwords[1]}
            reply = await server.request("PUT", "/v1/console/me/password", body=body, auth=auth)
            assert reply.status == 200
            passwords.reverse()
        right = code_now(server, secret, steps=1)
        path = f"/v1/console/me/totp?code={right}"
        refused(await server.request("DELETE", path, auth=auth), 429, 8)


async def test_doing_without_it_takes_a_code(server: Server) -> None:
    auth, secret, _ = await enrolled(server)
    path = "/v1/console/me/totp"
    assert refused(await server.request("DELETE", path, auth=auth), 400, 3)[0]["field"] == "code"
    code = code_now(server, secret)
    assert (await server.request("DELETE", f"{path}?code={code}", auth=auth)).status == 200
    assert (await authenticate(server, EMAIL, PASSWORD)).status == 200
    refused(await server.request("DELETE", f"{path}?code={code}", auth=auth), 400, 9)
    assert (await totp_state(server, auth))["recovery_codes_left"] == 0


async def test_what_was_begun_does_not_wait_forever(tmp_path: Path) -> None:
    async with running(tmp_path, console_enrolment_seconds=60) as server:
        auth = bearer(await server.sign_in())
        secret = await secret_of(await begin(server, auth, password=PASSWORD))
        server.clock.advance(60)
        refused(await confirm(server, auth, code_now(server, secret)), 400, 9)


async def test_an_administrator_helps_who_has_lost_it(server: Server) -> None:
    await enrolled(server)
    await person(server, ANN, role="admin")
    listed = await server.request("GET", "/v1/console/user?search.email.like=admin", auth=KEY)
    admin = listed.json["users"][0]
    assert admin["totp_enabled"]
    reply = await authenticate(server, ANN, GOOD_PASSWORD)
    ann = bearer(reply.json["token"])
    path = f"/v1/console/user/{admin['id']}/totp"
    assert not (await server.request("DELETE", path, auth=ann)).json["totp_enabled"]
    assert (await authenticate(server, EMAIL, PASSWORD)).status == 200


async def required(reply: Reply) -> str:
    (detail,) = refused(reply, 401, 16)
    assert detail["second_factor"] == "enrol"
    return bearer(detail["ticket"])


async def test_a_role_that_must_have_one_sets_it_up_at_the_sign_in(tmp_path: Path) -> None:
    async with running(tmp_path, console_totp_roles=["admin"]) as server:
        ticket = await required(await authenticate(server, EMAIL, PASSWORD))
        # A ticket is no session.
        refused(await server.request("GET", "/v1/console/me", auth=ticket), 401, 16)
        refused(await server.request("GET", "/v1/console/user", auth=ticket), 401, 16)
        secret = await secret_of(await begin(server, ticket))
        done = await confirm(server, ticket, code_now(server, secret))
        auth = bearer(done.json["token"])
        assert await totp_state(server, auth) | {"since_time_sec": "…"} == {
            "enabled": True,
            "required": True,
            "since_time_sec": "…",
            "recovery_codes_left": 10,
        }
        refused(await begin(server, ticket), 401, 16)
        server.clock.advance(STEP_SECONDS)
        code = code_now(server, secret)
        reply = await server.request("DELETE", f"/v1/console/me/totp?code={code}", auth=auth)
        refused(reply, 400, 9)
        assert (await authenticate(server, EMAIL, PASSWORD, code=code)).status == 200


async def test_the_same_in_a_browser(tmp_path: Path) -> None:
    async with running(tmp_path, console_totp_roles=["admin", "support"]) as server:
        browser = Browser(server)
        ticket = await required(await browser.sign_in(EMAIL, PASSWORD))
        assert browser.cookie == ""
        secret = await secret_of(await begin(server, ticket))
        done = await confirm(server, ticket, code_now(server, secret), cookie=True)
        assert done.json["token"] == ""
        browser.take(done)
        assert (await browser.request("POST", "/v1/console/sign-out")).status == 200


async def test_a_ticket_does_not_last(tmp_path: Path) -> None:
    settings = {"console_totp_roles": ["admin"], "console_enrolment_seconds": 60}
    async with running(tmp_path, **settings) as server:
        ticket = await required(await authenticate(server, EMAIL, PASSWORD))
        server.clock.advance(60)
        refused(await begin(server, ticket), 401, 16)
        first = await required(await authenticate(server, EMAIL, PASSWORD))
        await required(await authenticate(server, EMAIL, PASSWORD))
        refused(await begin(server, first), 401, 16)


async def test_a_first_password_and_a_second_factor_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, console_totp_roles=["developer"]) as server:
        made = (await create(server, ANN, role="developer")).json
        assert made["user"]["totp_required"]
        first = made["one_time_password"]
        refused(await authenticate(server, ANN, first), 401, 16, "Choose a new password")
        reply = await authenticate(server, ANN, first, new_password=GOOD_PASSWORD)
        ticket = await required(reply)
        secret = await secret_of(await begin(server, ticket))
        assert (await confirm(server, ticket, code_now(server, secret))).status == 200
        server.clock.advance(STEP_SECONDS)
        code = code_now(server, secret)
        assert (await authenticate(server, ANN, GOOD_PASSWORD, code=code)).status == 200


@pytest.mark.parametrize("path", ["setting", "role"])
async def test_who_signed_in_without_it_is_out_once_it_is_demanded(
    tmp_path: Path, path: str
) -> None:
    async with running(tmp_path, console_totp_roles=["developer"]) as server:
        user_id, auth = await person(server, ANN, role="support")
        roles = ["developer", "support"] if path == "setting" else ["developer"]
        if path == "role":
            body = {"role": "developer"}
            await server.request("PUT", f"/v1/console/user/{user_id}", body=body, auth=KEY)
    async with running(tmp_path, clock=server.clock, console_totp_roles=roles) as server:
        refused(await server.request("GET", "/v1/console/me", auth=auth), 401, 16)
        await required(await authenticate(server, ANN, GOOD_PASSWORD))


async def test_the_audit_log_tells_no_secret(server: Server) -> None:
    _, secret, codes = await enrolled(server)
    await authenticate(server, EMAIL, PASSWORD, recovery_code=codes[0])
    log = (await server.request("GET", "/v1/console/audit", auth=KEY)).body.decode()
    assert "user.confirm_totp" in log
    for text in (base64.b32encode(secret).decode(), *codes, PASSWORD):
        assert text not in log
