from pathlib import Path
from typing import Any

import pytest

from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import bearer


async def put(server: Server, token: str, body: object) -> Any:
    return await server.request("PUT", "/v1/properties", body=body, auth=bearer(token))


async def test_what_is_named_changes_and_the_rest_stays(server: Server) -> None:
    session = await server.authenticate("player-0001", default={"platform": "iOS"})
    reply = await put(server, session["token"], {"default": {"language": "de"}})
    assert (reply.status, reply.json) == (200, {})
    properties = await server.properties(session["token"])
    assert sorted(properties) == ["computed", "custom", "default"]
    assert properties["default"] == {
        "apiKeyName": "default",
        "city": "",
        "countryCode": "",
        "firstOpen": str(NOW),
        "language": "de",
        "platform": "iOS",
        "region": "",
        "state": "",
        "subRegion": "",
    }
    assert properties["custom"] == {}


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"default": None, "custom": None, "recompute": None},
        {"default": {}, "custom": {}, "recompute": False},
        {"default": [], "custom": [], "recompute": True},
        {"unknown": {"a": [1]}},
        {"default": {"platform": None}},
    ],
)
async def test_bodies_that_change_nothing(server: Server, body: object) -> None:
    session = await server.authenticate("player-0001", default={"platform": "iOS"})
    before = await server.properties(session["token"])
    reply = await put(server, session["token"], body)
    assert (reply.status, reply.json) == (200, {})
    assert await server.properties(session["token"]) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("135", "135"),
        (135, "135"),
        (1.5, "1.5"),
        ("-0.25", "-0.25"),
        ("", ""),
        ("9" * 18, "9" * 18),
    ],
)
async def test_numeric_properties(server: Server, given: object, kept: str) -> None:
    session = await server.authenticate("player-0001")
    assert (await put(server, session["token"], {"default": {"buildNumber": given}})).status == 200
    assert (await server.properties(session["token"]))["default"]["buildNumber"] == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    [(5, "5"), (True, "true"), (False, "false"), (1.25, "1.25"), ("日本", "日本"), ("", "")],
)
async def test_values_of_other_types_become_texts(server: Server, given: object, kept: str) -> None:
    session = await server.authenticate("player-0001")
    assert (await put(server, session["token"], {"default": {"platform": given}})).status == 200
    assert (await server.properties(session["token"]))["default"]["platform"] == kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"custom": {"undeclared": "1"}}, "custom.undeclared"),
        ({"default": {"undeclared": "1"}}, "default.undeclared"),
        ({"default": {"platform": "Web", "buildNumber": "x"}}, "default.buildNumber"),
        ({"default": {"buildNumber": True}}, "default.buildNumber"),
        ({"default": {"buildNumber": "9" * 19}}, "default.buildNumber"),
        ({"default": {"apiKeyName": "mine"}}, "default.apiKeyName"),
        ({"default": {"platform": "x" * 1025}}, "default.platform"),
        ({"default": {"platform": "\x00"}}, "default.platform"),
        ({"default": ["platform"]}, "default"),
        ({"default": {"platform": {}}}, "default[...]"),
        ({"default": "platform"}, "default"),
        ({"recompute": "yes"}, "recompute"),
    ],
)
async def test_a_refused_update_changes_nothing(server: Server, body: object, field: str) -> None:
    session = await server.authenticate("player-0001", default={"platform": "iOS"})
    before = await server.properties(session["token"])
    details = refused(await put(server, session["token"], body), 400, 3)
    assert [detail["field"] for detail in details] == [field]
    assert await server.properties(session["token"]) == before


async def test_what_the_server_sets_may_be_sent_back(server: Server) -> None:
    session = await server.authenticate("player-0001")
    properties = await server.properties(session["token"])
    body = {"default": properties["default"], "custom": properties["custom"]}
    assert (await put(server, session["token"], body)).status == 200


async def test_custom_properties_where_anything_is_accepted(tmp_path: Path) -> None:
    async with running(tmp_path, accept_undeclared=True, properties_max=3) as server:
        session = await server.authenticate("player-0001", custom={"earlyAccess": True})
        await put(server, session["token"], {"custom": {"b": "1", "c": "2"}})
        properties = await server.properties(session["token"])
        assert properties["custom"] == {"earlyAccess": "true", "b": "1", "c": "2"}
        reply = await put(server, session["token"], {"custom": {"d": "1"}})
        assert refused(reply, 400, 3)[0]["field"] == "custom"
        assert (await put(server, session["token"], {"custom": {"b": "9"}})).status == 200
        assert (await server.properties(session["token"]))["custom"]["b"] == "9"


async def test_a_game_server_creates_the_profile(server: Server) -> None:
    token = server.game_server_token("player-0001")
    assert (await put(server, token, {"default": {"platform": "Web"}})).status == 200
    properties = await server.properties(token)
    assert properties["default"]["platform"] == "Web"
    assert properties["default"]["apiKeyName"] == "default"
    assert properties["computed"]["identityCreateCount"] == "1"
    assert "sessionStartCount" not in properties["computed"]


async def test_a_refused_update_creates_nobody(server: Server) -> None:
    token = server.game_server_token("player-0001")
    refused(await put(server, token, {"custom": {"undeclared": "1"}}), 400, 3)
    assert await server.status_of(token) == 404
    assert not await server.exists("player-0001")


async def test_a_read_needs_a_token(server: Server) -> None:
    for method in ("GET", "PUT"):
        for header in (None, KEY):
            reply = await server.request(method, "/v1/properties", auth=header)
            refused(reply, 401, 16, "Auth token required")


async def test_computed_properties_of_values(server: Server) -> None:
    session = await server.authenticate("player-0001")
    times = ("2023-11-14T22:13:10Z", "2023-11-14T22:13:00Z", "2023-11-14T22:13:20Z")
    await server.publish(
        session["token"],
        *(
            {"name": "purchaseCompleted", "value": value, "timestamp": time}
            for value, time in zip(("2.5", "10", "0.1"), times, strict=True)
        ),
        {"name": "gameStarted", "value": "level-1"},
        {"name": "achievementClaimed"},
    )
    computed = await server.computed(session["token"])
    expected = {
        "purchaseCompletedCount": "3",
        "purchaseCompletedSeenFirst": str(NOW - 20),
        "purchaseCompletedSeenLast": str(NOW),
        "purchaseCompletedValueSum": "12.6",
        "purchaseCompletedValueHigh": "10",
        "purchaseCompletedValueLow": "0.1",
        "purchaseCompletedValueAverage": "4.2",
        "purchaseCompletedValueFirst": "10",
        "purchaseCompletedValueLast": "0.1",
        "gameStartedCount": "1",
        "gameStartedSeenFirst": str(NOW),
        "gameStartedSeenLast": str(NOW),
        "gameStartedValueFirst": "level-1",
        "gameStartedValueLast": "level-1",
        "achievementClaimedCount": "1",
        "achievementClaimedSeenFirst": str(NOW),
        "achievementClaimedSeenLast": str(NOW),
    }
    given = {n: v for n, v in computed.items() if not n.startswith(("session", "identity"))}
    assert given == expected


async def test_a_change_stays_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001")
        await put(server, session["token"], {"default": {"language": "ja"}})
    async with running(tmp_path, clock=server.clock) as server:
        assert (await server.properties(session["token"]))["default"]["language"] == "ja"
