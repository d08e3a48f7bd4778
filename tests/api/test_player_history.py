"""A player's events, one player's export, all events as lines, counts and values."""

import json
from typing import Any

import pytest

from tests.api.running import NOW, Server, refused
from tests.api.test_players import X, ask, get
from tests.support.in_process import InProcess, Reply, bearer

LAUNCH = {"name": "appLaunched"}
DAY = "2023-11-14"


def purchase(number: int, value: str = "100") -> dict[str, Any]:
    return {"name": "purchaseCompleted", "id": f"p{number}", "value": value}


async def stream(server: Server, path: str) -> Reply:
    """An answer that comes in pieces: it has no length."""
    reply = await InProcess.request(server, "GET", f"/v1/console/{path}", auth=X, stays=True)
    assert reply.status == 200, reply.body
    return reply


async def lines(server: Server, query: str = "") -> list[Any]:
    reply = await stream(server, f"export/event?{query}")
    assert reply.headers["content-type"] == "application/x-ndjson"
    *events, tail = [json.loads(line) for line in reply.body.splitlines()]
    assert tail == {"export_end": {"events": len(events)}}
    return events


async def play(server: Server, identity_id: str = "player-0001", events: int = 5) -> str:
    session = await server.authenticate(identity_id)
    for number in range(events):
        server.clock.advance(10)
        await server.publish(session["token"], purchase(number, str(number)))
    await server.settle_analytics()
    return str(session["token"])


async def test_events_of_a_player_the_latest_first(server: Server) -> None:
    await play(server, events=5)
    await play(server, "player-0002", events=1)
    page = await get(server, "identity/player-0001/event", pagination__limit=3)
    assert [one["id"] for one in page["events"]] == ["p4", "p3", "p2"]
    assert page["events"][0]["timestamp"] == "2023-11-14T22:14:10Z"
    assert page["events"][0]["value"] == "4"
    assert page["page_options"]["prev_cursor"] == ""
    found = list(page["events"])
    while page["page_options"]["next_cursor"]:
        page = await get(
            server,
            "identity/player-0001/event",
            pagination__limit=3,
            pagination__cursor=page["page_options"]["next_cursor"],
        )
        found += page["events"]
    assert [one["name"] for one in found] == ["purchaseCompleted"] * 5 + [
        "_sessionStart",
        "_identityCreate",
    ] or [one["name"] for one in found] == ["purchaseCompleted"] * 5 + [
        "_identityCreate",
        "_sessionStart",
    ]


async def test_events_that_are_looked_for(server: Server) -> None:
    token = await play(server, events=3)
    await server.publish(token, LAUNCH, {**LAUNCH, "metadata": {"mood": "Cheerful"}})
    await server.settle_analytics()
    path = "identity/player-0001/event"
    names = ["appLaunched", "_sessionStart"]
    page = await get(server, path, search__name__or=names)
    assert {one["name"] for one in page["events"]} == set(names)
    assert len((await get(server, path, search__text="cheer"))["events"]) == 1
    [one] = (await get(server, path, search__id__exact="p1"))["events"]
    assert one["id"] == "p1"
    session_id = one["session_id"]
    assert len((await get(server, path, search__session_id__exact=session_id))["events"]) == 6
    assert (await get(server, path, search__session_id__exact="other"))["events"] == []
    times = {"from": NOW + 10, "until": "2023-11-14T22:13:50Z"}
    page = await get(server, path, **times)
    assert [one["id"] for one in page["events"]] == ["p1", "p0"]


@pytest.mark.parametrize("path", ["identity/player-0001/event", "export/event"])
async def test_times_must_be_times(server: Server, path: str) -> None:
    await server.authenticate("player-0001")
    for name in ("from", "until"):
        [detail] = refused(await ask(server, path, **{name: "soon"}), 400, 3)
        assert detail["field"] == name


async def test_a_merged_players_events_belong_to_the_player_of_today(server: Server) -> None:
    token = await play(server, "guest-0001", events=2)
    await server.identify(token, "player-0001")
    await server.settle_analytics()
    page = await get(server, "identity/guest-0001/event", search__name__or="purchaseCompleted")
    assert [one["identity_id"] for one in page["events"]] == ["guest-0001"] * 2


async def test_everything_of_one_player(server: Server) -> None:
    token = await play(server, "guest-0001", events=3)
    session = await server.identify(token, "player-0001", default={"email": "a@example.com"})
    await server.publish(session["token"], {"name": "noSuchEvent", "value": "kept"})
    await play(server, "player-0002", events=4)
    reply = await stream(server, "identity/player-0001/export")
    document = reply.json
    assert reply.body.endswith(b',"complete":true}\n')
    assert (document["format"], document["version"]) == ("matsuri-player", 1)
    assert document["identity"]["id"] == "player-0001"
    assert [one["id"] for one in document["aliases"]] == ["guest-0001"]
    assert document["properties"]["default"]["email"] == "a@example.com"
    assert document["properties"]["computed"]["purchaseCompletedCount"] == "3"
    stats = document["profile"]["events"]["purchaseCompleted"]
    assert (stats["count"], stats["value_sum"], stats["value_last"]) == (3, "3", "2")
    assert len(document["sessions"]) == len(document["opened_sessions"]) == 2
    assert [one["id"] for one in document["events"] if one["name"] == "purchaseCompleted"] == [
        "p2",
        "p1",
        "p0",
    ]
    assert {one["name"] for one in document["events"]} == {
        "purchaseCompleted",
        "_identityCreate",
        "_sessionStart",
        "_identify",
    }
    [rejected] = document["rejected_events"]
    assert rejected["reason"] == "INVALID_NAME"
    assert json.loads(rejected["payload"]) == {"name": "noSuchEvent", "value": "kept"}
    assert document["dead_letters"] == []
    assert "player-0002" not in reply.body.decode()


async def test_a_long_history_comes_whole(server: Server) -> None:
    session = await server.authenticate("player-0001")
    for start in range(0, 2300, 100):
        await server.publish(
            session["token"],
            *(purchase(number) for number in range(start, start + 100)),
        )
    await server.settle_analytics()
    document = (await stream(server, "identity/player-0001/export")).json
    ids = [one["id"] for one in document["events"] if one["name"] == "purchaseCompleted"]
    assert sorted(ids) == sorted(f"p{number}" for number in range(2300))


async def test_a_player_without_anything(server: Server) -> None:
    await server.authenticate("player-0001", no_session=True)
    document = (await stream(server, "identity/player-0001/export")).json
    assert document["events"] == document["sessions"] == document["aliases"] == []
    assert document["complete"] is True


async def test_events_as_lines(server: Server) -> None:
    await play(server, "player-0001", events=2)
    await play(server, "player-0002", events=2)
    found = await lines(server)
    assert [one["timestamp"] for one in found] == sorted(one["timestamp"] for one in found)
    named = await lines(server, "name=purchaseCompleted&name=appLaunched")
    assert [one["value"] for one in named] == ["0", "1", "0", "1"]
    assert named[0] == {
        "id": "p0",
        "name": "purchaseCompleted",
        "timestamp": "2023-11-14T22:13:30Z",
        "receive_time": "2023-11-14T22:13:30Z",
        "identity_id": "player-0001",
        "session_id": named[0]["session_id"],
        "value": "0",
        "source": "session",
        "api_key": "default",
    }
    part = await lines(server, f"name=purchaseCompleted&from={NOW + 20}&until={NOW + 40}")
    assert [one["identity_id"] for one in part] == ["player-0001", "player-0002"]


async def test_late_events_are_found_by_their_own_time_or_by_receipt(server: Server) -> None:
    token = await play(server, events=0)
    await server.publish(token, {**LAUNCH, "timestamp": "2020-01-01T00:00:00Z"})
    await server.settle_analytics()
    assert len(await lines(server, "until=2020-06-01T00:00:00Z")) == 1
    assert await lines(server, "until=2020-06-01T00:00:00Z&by_receive_time=true") == []


async def test_nothing_is_an_export_too(server: Server) -> None:
    assert await lines(server) == []


async def test_counts_by_name_and_day(server: Server) -> None:
    await play(server, "player-0001", events=2)
    token = await play(server, "player-0002", events=1)
    await server.publish(token, {**LAUNCH, "timestamp": "2023-11-10T00:00:00Z"})
    await server.settle_analytics()
    names = ["purchaseCompleted", "appLaunched"]
    found = await get(server, "analytics/count", search__name__or=names)
    assert found["counts"] == [
        {"date": "2023-11-10", "name": "appLaunched", "events": 1, "players": 1},
        {"date": DAY, "name": "purchaseCompleted", "events": 3, "players": 2},
    ]
    one_day = await get(server, "analytics/count", **{"from": DAY, "until": DAY})
    assert {one["date"] for one in one_day["counts"]} == {DAY}


async def test_top_values(server: Server) -> None:
    token = await play(server, events=0)
    values = ["7", "7", "9"]
    await server.publish(
        token,
        *(
            {**purchase(number, value), "metadata": {"sku": value}}
            for number, value in enumerate(values)
        ),
    )
    await server.publish(token, {"name": "appLaunched"})
    await server.settle_analytics()
    for query in ({}, {"metadata_key": "sku"}):
        found = await get(server, "analytics/top-value", name="purchaseCompleted", **query)
        assert found["values"] == [
            {"events": 2, "players": 1, "value": "7"},
            {"events": 1, "players": 1, "value": "9"},
        ]
    found = await get(server, "analytics/top-value", name="purchaseCompleted", limit=1)
    assert len(found["values"]) == 1
    found = await get(server, "analytics/top-value", name="appLaunched")
    assert found["values"] == [{"events": 1, "players": 1}]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "14.11.2023"},
        {"until": "20231114"},
        {"from": "2023-13-01"},
        {"from": "2024-01-02", "until": "2024-01-01"},
        {"from": "2020-01-01", "until": "2024-01-01"},
    ],
)
async def test_days_must_be_days_and_not_too_many(server: Server, query: dict[str, str]) -> None:
    for path, more in (("count", {}), ("top-value", {"name": "appLaunched"})):
        [detail] = refused(await ask(server, f"analytics/{path}", **query, **more), 400, 3)
        assert detail["field"] in query


async def test_top_values_need_a_name(server: Server) -> None:
    [detail] = refused(await ask(server, "analytics/top-value"), 400, 3)
    assert detail["field"] == "name"


async def test_games_and_their_players_ask_nothing_here(server: Server) -> None:
    session = await server.authenticate("player-0001")
    for path in ("analytics/count", "analytics/top-value?name=a", "export/event"):
        reply = await server.request("GET", f"/v1/console/{path}", auth=bearer(session["token"]))
        refused(reply, 401, 16)
