"""What is on and planned, and where it conflicts (``GET /v1/console/calendar``)."""

from typing import Any

import pytest

from matsuri.flags.model import ScheduledChange
from matsuri.live_events.model import Schedule
from tests.api.flags import define_flag, define_label, remove_default_flags
from tests.api.live_events import EVENINGS, HOUR, NIGHTS, ON, SHOP, define_live_event
from tests.api.running import NOW, Server, refused
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
DAY = 86_400
BLUE = [{"name": "blue", "weight_permille": 1000, "flags": [{"flag": "shop", "value": "sky"}]}]


async def ask(server: Server, *, auth: str | None = ADMIN, **query: object) -> Reply:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return await server.request("GET", f"/v1/console/calendar?{text}", auth=auth)


async def read(server: Server, start: int, end: int, **query: object) -> Any:
    """The answer, which must be 200."""
    reply = await ask(server, start_time_sec=start, end_time_sec=end, **query)
    assert reply.status == 200, reply.body
    return reply.json


def named(entries: list[Any]) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["name"], each["state"]) for each in entries]


async def create_experiment(server: Server, name: str, start: int, end: int, **body: Any) -> None:
    phase = {
        "name": "first",
        "start_time_sec": str(start),
        "end_time_sec": str(end),
        "variants": BLUE,
    }
    reply = await server.request(
        "POST",
        "/v1/console/experiment",
        body={"name": name, "launched": True, "phases": [phase], **body},
        auth=ADMIN,
    )
    assert reply.status == 200, reply.body


@pytest.fixture
async def studio(server: Server) -> Server:
    """A server with the flag ``shop``, which is to change in an hour."""
    await remove_default_flags(server)
    change = ScheduledChange(at_time_sec=NOW + HOUR, value="green")
    await define_flag(server, "shop", "red", schedule=(change,))
    return server


async def test_what_a_span_has(studio: Server) -> None:
    await define_live_event(studio, "festival", ON, flags=SHOP, color="#ff0000")
    await create_experiment(studio, "colours", NOW + HOUR, NOW + DAY, exclude_audiences=[])
    await create_experiment(studio, "draft", NOW, NOW + DAY, launched=False)
    told = await read(studio, NOW, NOW + 2 * HOUR)
    assert named(told["entries"]) == [
        ("live_event", "festival", "running"),
        ("experiment", "colours", "scheduled"),
        ("flag_change", "shop", "scheduled"),
    ]
    festival, colours, shop = told["entries"]
    assert {name: festival[name] for name in festival if name != "id"} == {
        "kind": "live_event",
        "name": "festival",
        "part": str(NOW - HOUR),
        "state": "running",
        "start_time_sec": str(NOW - HOUR),
        "end_time_sec": str(NOW + HOUR),
        "audiences": [],
        "exclude_audiences": [],
        "flags": ["shop"],
        "color": "#ff0000",
        "labels": [],
    }
    assert (colours["part_name"], colours["end_time_sec"]) == ("first", str(NOW + DAY))
    assert (shop["changes"], shop["start_time_sec"]) == (["value"], str(NOW + HOUR))
    assert told["complete_until_time_sec"] == "0"
    assert told["page_options"] == {"next_cursor": "", "prev_cursor": ""}
    studio.clock.advance(HOUR)
    told = await read(studio, NOW, NOW + 2 * HOUR)
    assert [each["state"] for each in told["entries"]] == ["ended", "running", "ended"]


async def test_what_wins_is_what_players_get(studio: Server) -> None:
    await create_experiment(studio, "colours", NOW - 2 * HOUR, NOW + 30 * 60)
    await define_live_event(studio, "festival", ON, flags=SHOP)
    told = await read(studio, NOW, NOW + 2 * HOUR)
    # The run is over just as the flag changes.
    (conflict,) = told["conflicts"]
    assert (conflict["kind"], conflict["flags"]) == ("overlap", ["shop"])
    assert {conflict["first"]["name"], conflict["second"]["name"]} == {"colours", "festival"}
    assert conflict["end_time_sec"] == str(NOW + 30 * 60)
    assert conflict["wins"]["name"] == "colours"
    assert conflict["reason"] == "an experiment goes before a live event"
    token = bearer((await studio.authenticate("player-0001"))["token"])
    for value in ("sky", "blue"):
        reply = await studio.request("GET", "/v1/flag?names=shop", auth=token)
        assert reply.json["flags"][0]["value"] == value
        studio.clock.advance(30 * 60)


async def test_a_change_that_is_hidden(studio: Server) -> None:
    await define_live_event(
        studio, "festival", Schedule(start_time_sec=NOW, end_time_sec=NOW + DAY), flags=SHOP
    )
    (conflict,) = (await read(studio, NOW, NOW + DAY))["conflicts"]
    assert conflict["kind"] == "hidden_change"
    assert (conflict["first"]["name"], conflict["second"]["kind"]) == ("festival", "flag_change")
    assert conflict["wins"]["name"] == "festival"
    assert (conflict["start_time_sec"], conflict["end_time_sec"]) == (
        str(NOW + HOUR),
        str(NOW + DAY),
    )


async def test_local_runs_are_told_as_the_world_sees_them(studio: Server) -> None:
    await define_live_event(studio, "evenings", EVENINGS)
    entries = (await read(studio, NOW + 10 * DAY, NOW + 11 * DAY))["entries"]
    # From the first evening anywhere to the last one.
    assert {int(each["end_time_sec"]) - int(each["start_time_sec"]) for each in entries} == {
        (26 + 2) * HOUR
    }


async def test_pages_have_every_entry_and_every_conflict_once(studio: Server) -> None:
    await define_live_event(studio, "nights", NIGHTS, flags=SHOP)
    await define_live_event(studio, "more nights", NIGHTS, flags=SHOP)
    whole = await read(studio, NOW, NOW + 20 * DAY)
    entries, conflicts, cursor = [], [], ""
    while True:
        page = await read(
            studio,
            NOW,
            NOW + 20 * DAY,
            **{"pagination.limit": 3, "pagination.cursor": cursor},
        )
        entries += page["entries"]
        conflicts += page["conflicts"]
        cursor = page["page_options"]["next_cursor"]
        if not cursor:
            break
    assert entries == whole["entries"]
    assert conflicts == whole["conflicts"]
    # Both nights of each day, and the change of the flag in the first one.
    assert [each["kind"] for each in conflicts].count("overlap") == 21
    assert [each["kind"] for each in conflicts].count("hidden_change") == 2
    newest = await read(
        studio, NOW, NOW + 20 * DAY, **{"pagination.cursor": page["page_options"]["prev_cursor"]}
    )
    assert newest["entries"][-1] == entries[-len(page["entries"]) - 1]


async def test_what_changes_is_told_at_once(studio: Server) -> None:
    assert named((await read(studio, NOW, NOW + 2 * HOUR))["entries"]) == [
        ("flag_change", "shop", "scheduled")
    ]
    await define_live_event(studio, "festival", ON)
    assert len((await read(studio, NOW, NOW + 2 * HOUR))["entries"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "start_time_sec"),
        ({"start_time_sec": NOW}, "end_time_sec"),
        ({"start_time_sec": NOW, "end_time_sec": NOW}, "end_time_sec"),
        ({"start_time_sec": NOW, "end_time_sec": NOW + 401 * DAY}, "end_time_sec"),
        ({"start_time_sec": -1, "end_time_sec": NOW}, "start_time_sec"),
        ({"start_time_sec": "soon", "end_time_sec": NOW}, "start_time_sec"),
        (
            {"start_time_sec": NOW, "end_time_sec": NOW + 1, "pagination.cursor": "x"},
            "pagination.cursor",
        ),
    ],
)
async def test_spans_that_cannot_be(studio: Server, query: dict[str, Any], field: str) -> None:
    (detail,) = refused(await ask(studio, **query), 400, 3)
    assert detail["field"] == field


async def test_only_who_may(studio: Server) -> None:
    reply = await ask(studio, auth=None, start_time_sec=NOW, end_time_sec=NOW + 1)
    refused(reply, 401, 16)


async def test_labels_narrow_what_is_told(studio: Server) -> None:
    await define_label(studio, "winter")
    await define_live_event(studio, "festival", ON, labels=("winter",), flags=SHOP)
    await define_live_event(studio, "another", ON, flags=SHOP)
    await create_experiment(studio, "colours", NOW, NOW + DAY, labels=["winter"])
    told = await read(studio, NOW, NOW + DAY, **{"search.label_name.or": "winter"})
    assert [each["name"] for each in told["entries"]] == ["festival", "colours"]
    assert [each["labels"] for each in told["entries"]] == [["winter"], ["winter"]]
    (conflict,) = told["conflicts"]
    assert (conflict["first"]["name"], conflict["second"]["name"]) == ("festival", "colours")
    told = await read(studio, NOW, NOW + DAY)
    assert len(told["entries"]) == 4
