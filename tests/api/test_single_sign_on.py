"""What of single sign-on needs no provider: how to sign in, where to come back to, passwords."""

from pathlib import Path

import pytest

from tests.api.people import GOOD_PASSWORD, authenticate, person
from tests.api.running import refused, running
from tests.support.in_process import EMAIL, PASSWORD

PROVIDER = {
    # Nothing listens there.
    "oidc_issuer": "http://127.0.0.1:9",
    "oidc_client_id": "matsuri",
    "oidc_label": "Studio",
    "public_url": "https://liveops.example.com",
}


async def test_without_a_provider_there_are_passwords(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        told = await server.request("GET", "/v1/console/sign-in/methods")
        assert told.json == {"password": True, "oidc": False, "oidc_label": "", "oidc_path": ""}
        for path in ("begin", "callback?state=x&code=y"):
            reply = await server.request("GET", f"/v1/console/oidc/{path}")
            refused(reply, 400, 9)


async def test_what_is_on_is_told(tmp_path: Path) -> None:
    async with running(tmp_path, **PROVIDER) as server:
        told = await server.request("GET", "/v1/console/sign-in/methods")
        assert told.json == {
            "password": True,
            "oidc": True,
            "oidc_label": "Studio",
            "oidc_path": "/v1/console/oidc/begin",
        }


@pytest.mark.parametrize(
    "return_to",
    ["//evil.example", "/%5Cevil.example", "https://evil.example", "flags", "/a%0d%0ab", "/a%20b"],
)
async def test_one_comes_back_to_the_console_only(tmp_path: Path, return_to: str) -> None:
    async with running(tmp_path, **PROVIDER) as server:
        reply = await server.request("GET", f"/v1/console/oidc/begin?return_to={return_to}")
        (detail,) = refused(reply, 400, 3)
        assert detail["field"] == "return_to"


async def test_a_provider_that_is_not_there_is_said_in_the_console(tmp_path: Path) -> None:
    async with running(tmp_path, base_path="/live", **PROVIDER) as server:
        for path in ("begin", "begin?return_to=/flags"):
            reply = await server.request("GET", f"/v1/console/oidc/{path}")
            assert reply.status == 302
            assert reply.headers["location"] == "/live/?sign_in_error=provider_unavailable"


async def test_many_ways_back_that_lead_nowhere_are_stopped(tmp_path: Path) -> None:
    async with running(tmp_path, sign_in_failures_max=3, **PROVIDER) as server:
        path = "/v1/console/oidc/callback?state=x&code=y&session_state=z"
        seen = [(await server.request("GET", path)).headers["location"] for _ in range(5)]
        codes = [each.partition("sign_in_error=")[2] for each in seen]
        assert codes == ["expired"] * 3 + ["too_many_attempts"] * 2


async def test_without_passwords_only_the_one_of_the_settings_opens(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await person(server, "anna@example.com", role="admin")
    async with running(tmp_path, console_password_sign_in=False, **PROVIDER) as server:
        told = await server.request("GET", "/v1/console/sign-in/methods")
        assert told.json["password"] is False
        anna = await authenticate(server, "anna@example.com", GOOD_PASSWORD)
        refused(anna, 401, 16, "E-mail or password is wrong")
        assert (await authenticate(server, EMAIL.upper(), PASSWORD)).status == 200
