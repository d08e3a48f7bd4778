"""Flags that may have had their day (``/v1/console/flag/stale``)."""

from typing import Any

import pytest

from matsuri.flags.model import Variant
from tests.api.flags import define_audience, define_flag, read, remove_default_flags
from tests.api.running import KEY, NOW, Server, refused
from tests.support.in_process import SERVER_KEY, basic, bearer

ADMIN = basic(SERVER_KEY)
DAY_S = 86_400


async def stale(server: Server, query: str = "") -> Any:
    reply = await server.request("GET", f"/v1/console/flag/stale{query}", auth=ADMIN)
    assert reply.status == 200, reply.body
    return reply.json


async def reasons(server: Server, query: str = "") -> dict[str, list[str]]:
    return {
        flag["name"]: [each["reason"] for each in flag["reasons"]]
        for flag in (await stale(server, query))["flags"]
    }


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await define_audience(server, "fans", "true")
    await define_flag(server, "asked", "1", variants={"fans": "2"})
    await define_flag(server, "everybody", "1", variants=(Variant(name="v", value="2"),))
    await define_flag(server, "off", "1", enabled=False, variants={"fans": "2"})
    return server


async def test_reads_and_their_absence(studio: Server) -> None:
    assert await reasons(studio) == {}
    studio.clock.advance(30 * DAY_S)
    unread = {name: ["unread"] for name in ("asked", "everybody", "off")}
    found = await reasons(studio)
    assert {name: each[:1] for name, each in found.items()} == unread
    token = bearer((await studio.authenticate("player-0001"))["token"])
    await read(studio, token, "?names=asked")
    await read(studio, token)
    assert await reasons(studio) == {
        "everybody": ["never_asked", "rolled_out"],
        "off": ["never_asked", "off"],
    }
    (flag, _) = (await stale(studio))["flags"]
    assert (flag["reads"], flag["asked"], flag["asked_time_sec"]) == ("1", "0", "0")
    assert flag["read_time_sec"] == str(NOW + 30 * DAY_S)
    assert flag["reasons"][1]["variant"] == "v"
    assert flag["reasons"][1]["detail"]
    assert await reasons(studio, "?days=31") == {}
    studio.clock.advance(7 * DAY_S)
    assert "asked" in await reasons(studio, "?days=7")
    assert "asked" not in await reasons(studio, "?days=8")


async def test_they_come_in_pages(studio: Server) -> None:
    studio.clock.advance(30 * DAY_S)
    page = await stale(studio, "?pagination.limit=2")
    assert [each["name"] for each in page["flags"]] == ["asked", "everybody"]
    cursor = page["page_options"]["next_cursor"]
    page = await stale(studio, f"?pagination.limit=2&pagination.cursor={cursor}")
    assert [each["name"] for each in page["flags"]] == ["off"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("days", "0"), ("days", "x"), ("days", "100000"), ("pagination.cursor", "x")],
)
async def test_bad_questions(studio: Server, field: str, value: str) -> None:
    reply = await studio.request("GET", f"/v1/console/flag/stale?{field}={value}", auth=ADMIN)
    (detail,) = refused(reply, 400, 3)
    assert detail["field"] == field


async def test_only_operators_ask(studio: Server) -> None:
    reply = await studio.request("GET", "/v1/console/flag/stale", auth=KEY)
    refused(reply, 401, 16)
