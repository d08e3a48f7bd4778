"""Live events as games read and join them."""

import asyncio
from pathlib import Path

import pytest

from matsuri.config import Settings
from matsuri.enrolments.model import Part
from tests.api.flags import define_audience, define_flag, define_label, define_property, values
from tests.api.live_events import (
    DAY,
    EVENINGS,
    HOUR,
    MIDNIGHT,
    NIGHTS,
    ON,
    SHOP,
    change_live_event,
    define_live_event,
    join,
    names_of,
    read_live_events,
    token_of,
)
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import bearer

PLAYER = "player-0001"


@pytest.fixture
async def studio(server: Server) -> Server:
    await define_flag(server, "shop", "red")
    await define_flag(server, "other", "x")
    await define_property(server, "fan")
    await define_property(server, "timeZone")
    await define_audience(server, "fans", 'PropertiesCustom("fan", "") == "yes"')
    await define_label(server, "season")
    return server


async def test_everything_that_is_told_of_a_run(studio: Server) -> None:
    made = await define_live_event(
        studio,
        "night market",
        NIGHTS,
        description="Lanterns",
        value='{"stalls":3}',
        labels=("season",),
        flags=SHOP,
    )
    token = await token_of(studio, PLAYER)
    starts = MIDNIGHT + 22 * HOUR
    assert await read_live_events(studio, token) == {
        "live_events": [
            {
                "name": "night market",
                "description": "Lanterns",
                "value": '{"stalls":3}',
                "active_start_time_sec": str(starts),
                "active_end_time_sec": str(starts + 2 * HOUR),
                "id": made.id,
                "start_time_sec": str(MIDNIGHT),
                "end_time_sec": "0",
                "duration_sec": str(2 * HOUR),
                "reset_cron": "0 22 * * *",
                "status": 1,
                "labels": ["season"],
                "flag_names": ["shop"],
            }
        ],
        "explicit_join_live_events": [],
    }


async def test_the_value_and_its_reason(studio: Server) -> None:
    await define_live_event(studio, flags=SHOP)
    token = await token_of(studio, PLAYER)
    reply = await studio.request("GET", "/v1/flag?names=shop", auth=bearer(token))
    assert reply.json["flags"] == [
        {
            "name": "shop",
            "value": "blue",
            "condition_changed": True,
            "change_reason": {"type": 2, "name": "festival", "variant_name": ""},
            "labels": [],
        }
    ]
    reply = await studio.request("GET", "/v1/flag/override?names=shop", auth=bearer(token))
    (flag,) = reply.json["flags"]
    assert [(each["type"], each["value"]) for each in flag["overrides"]] == [
        (0, "red"),
        (2, "blue"),
    ]


async def test_runs_come_one_by_one(studio: Server) -> None:
    await define_live_event(studio, schedule=NIGHTS)
    token = await token_of(studio, PLAYER)
    told = await read_live_events(studio, token, "?past_run_count=2&future_run_count=2")
    days = [(int(each["active_start_time_sec"]) - MIDNIGHT) // DAY for each in told["live_events"]]
    assert days == [0, 1, 2]
    assert [each["status"] for each in told["live_events"]] == [1, 2, 2]
    studio.clock.advance(3 * DAY)
    token = await token_of(studio, PLAYER)
    told = await read_live_events(studio, token, "?pastRunCount=2")
    assert [each["status"] for each in told["live_events"]] == [3, 3, 1]


async def test_a_run_comes_and_goes_by_the_clock(studio: Server) -> None:
    await define_live_event(studio, flags=SHOP)
    token = await token_of(studio, PLAYER)
    assert (await values(studio, token))["shop"] == "blue"
    studio.clock.advance(HOUR)
    token = await token_of(studio, PLAYER)
    assert (await values(studio, token))["shop"] == "red"
    assert await names_of(studio, token) == ([], [])
    assert await names_of(studio, token, "?past_run_count=1") == (["festival"], [])


async def test_names_labels_and_times_narrow(studio: Server) -> None:
    await define_live_event(studio, "one", labels=("season",))
    await define_live_event(studio, "two")
    token = await token_of(studio, PLAYER)
    assert await names_of(studio, token) == (["one", "two"], [])
    assert await names_of(studio, token, "?names=") == (["one", "two"], [])
    assert await names_of(studio, token, "?names=two&names=three&") == (["two"], [])
    assert await names_of(studio, token, "?labels=season") == (["one"], [])
    assert await names_of(studio, token, "?labels=season&names=two") == ([], [])
    within = f"?start_time_sec={NOW}&end_time_sec={NOW}"
    assert await names_of(studio, token, within) == (["one", "two"], [])
    after = f"?start_time_sec={NOW + HOUR}&end_time_sec={NOW + DAY}"
    assert await names_of(studio, token, after) == ([], [])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("start_time_sec=10", "start_time_sec and end_time_sec must be greater than 0"),
        ("end_time_sec=10", "start_time_sec and end_time_sec must be greater than 0"),
        (
            "start_time_sec=-1&end_time_sec=5",
            "start_time_sec and end_time_sec must be greater than 0",
        ),
        (
            "start_time_sec=6&end_time_sec=5",
            "start_time_sec: must not be after end_time_sec (1 to 5)",
        ),
        ("past_run_count=-1", "past_run_count: is out of range (0 to 100)"),
        ("future_run_count=101", "future_run_count: is out of range (0 to 100)"),
    ],
)
async def test_what_cannot_be_asked(server: Server, query: str, message: str) -> None:
    token = await token_of(server, PLAYER)
    reply = await server.request("GET", f"/v1/live-event?{query}", auth=bearer(token))
    refused(reply, 400, 3)
    assert reply.json["message"] == message


@pytest.mark.parametrize("query", ["past_run_count=x", "start_time_sec=1.5", "end_time_sec=9e99"])
async def test_what_is_no_number(server: Server, query: str) -> None:
    token = await token_of(server, PLAYER)
    refused(await server.request("GET", f"/v1/live-event?{query}", auth=bearer(token)), 400, 3)


async def test_any_time_can_be_asked_about(studio: Server) -> None:
    await define_live_event(studio, schedule=NIGHTS)
    token = await token_of(studio, PLAYER)
    far = "?start_time_sec=1&end_time_sec=9223372036854775807&past_run_count=1"
    assert await names_of(studio, token, far) == (["festival"], [])


async def test_who_the_event_is_not_for_sees_nothing(studio: Server) -> None:
    made = await define_live_event(studio, audiences=("fans",), flags=SHOP)
    other = await token_of(studio, PLAYER)
    assert await names_of(studio, other, "?past_run_count=5&future_run_count=5") == ([], [])
    reply = await join(studio, other, made.id)
    refused(reply, 403, 7)
    assert reply.json["message"] == "Not eligible for live event 'festival'"
    assert reply.json["details"] == [{"reason": "the player is in none of the audiences"}]


async def test_who_was_told_stays_in_the_run(studio: Server) -> None:
    await define_live_event(studio, audiences=("fans",), flags=SHOP)
    for identity_id, first in ((PLAYER, "list"), ("player-0002", "flag")):
        token = await token_of(studio, identity_id, custom={"fan": "yes"})
        if first == "list":
            assert await names_of(studio, token) == (["festival"], [])
        else:
            assert (await values(studio, token))["shop"] == "blue"
        body = {"custom": {"fan": "no"}}
        await studio.request("PUT", "/v1/properties", body=body, auth=bearer(token))
        assert (await values(studio, token))["shop"] == "blue"
        assert await names_of(studio, token) == (["festival"], [])
    # Who was told nothing has no place.
    token = await token_of(studio, "player-0003", custom={"fan": "yes"})
    await studio.request("GET", "/v1/flag?names=other", auth=bearer(token))
    await studio.request(
        "PUT", "/v1/properties", body={"custom": {"fan": "no"}}, auth=bearer(token)
    )
    assert (await values(studio, token))["shop"] == "red"


async def test_joining(studio: Server) -> None:
    made = await define_live_event(studio, explicit_join=True, flags=SHOP)
    token = await token_of(studio, PLAYER)
    assert await names_of(studio, token) == ([], ["festival"])
    assert (await values(studio, token))["shop"] == "red"
    for _ in range(2):
        reply = await join(studio, token, made.id)
        assert (reply.status, reply.json) == (200, {})
        assert await names_of(studio, token) == (["festival"], [])
        assert (await values(studio, token))["shop"] == "blue"
    counts = await studio.node.targeting.enrolments.counts(made.id)
    assert list(counts.values()) == [1]


async def test_joining_what_needs_no_joining(studio: Server) -> None:
    made = await define_live_event(studio)
    token = await token_of(studio, PLAYER)
    assert (await join(studio, token, made.id)).status == 200
    assert await studio.node.targeting.enrolments.counts(made.id) == {}


async def test_what_cannot_be_joined(studio: Server) -> None:
    over = await define_live_event(studio, "tonight", NIGHTS, explicit_join=True)
    gone = await define_live_event(studio, "gone", explicit_join=True, archived=True)
    studio.clock.advance(6 * HOUR)
    token = await token_of(studio, PLAYER)
    reply = await join(studio, token, over.id)
    refused(reply, 400, 9)
    assert reply.json["message"] == "Live event 'tonight' is not active"
    for event_id in (gone.id, "nothing", "a%20b"):
        reply = await join(studio, token, event_id)
        refused(reply, 404, 5)
        assert reply.json["message"] == "Live event not found"
    refused(await join(studio, "nobody", over.id), 401, 16)


async def test_the_cap_holds_when_many_join_at_once(studio: Server) -> None:
    made = await define_live_event(studio, explicit_join=True, participants_max=3)
    tokens = [await token_of(studio, f"player-{number:04}") for number in range(10)]
    replies = await asyncio.gather(*(join(studio, token, made.id) for token in tokens))
    assert sorted(each.status for each in replies) == [200] * 3 + [400] * 7
    for reply, token in zip(replies, tokens, strict=True):
        if reply.status == 200:
            assert await names_of(studio, token) == (["festival"], [])
        else:
            refused(reply, 400, 9)
            assert reply.json["message"] == "Live event 'festival' is full"
            assert await names_of(studio, token) == ([], [])
    assert list((await studio.node.targeting.enrolments.counts(made.id)).values()) == [3]


async def test_each_run_has_places_of_its_own(studio: Server) -> None:
    made = await define_live_event(studio, schedule=NIGHTS, participants_max=1, flags=SHOP)
    first, second = [await token_of(studio, f"player-000{number}") for number in (1, 2)]
    assert (await values(studio, first))["shop"] == "blue"
    assert (await values(studio, second))["shop"] == "red"
    studio.clock.advance(DAY)
    first, second = [await token_of(studio, f"player-000{number}") for number in (1, 2)]
    assert (await values(studio, second))["shop"] == "blue"
    assert (await values(studio, first))["shop"] == "red"
    tonight = MIDNIGHT + 22 * HOUR
    assert await studio.node.targeting.enrolments.counts(made.id) == {
        (Part(made.id, str(tonight)), ""): 1,
        (Part(made.id, str(tonight + DAY)), ""): 1,
    }


async def test_a_place_that_became_free_is_found_in_time(studio: Server) -> None:
    await define_live_event(studio, participants_max=1, flags=SHOP)
    first, second = [await token_of(studio, f"player-000{number}") for number in (1, 2)]
    assert (await values(studio, first))["shop"] == "blue"
    assert (await values(studio, second))["shop"] == "red"
    assert (await studio.delete(first)).status == 200
    recheck_seconds = Settings().enrolments_full_recheck_seconds
    studio.clock.advance(recheck_seconds - 1)
    assert (await values(studio, second))["shop"] == "red"
    studio.clock.advance(1)
    assert (await values(studio, second))["shop"] == "blue"


async def test_an_evening_where_the_player_is(studio: Server) -> None:
    await define_live_event(studio, schedule=EVENINGS, flags=SHOP)
    # It is 22:13 in UTC, and 19:13 in Sao Paulo.
    token = await token_of(studio, PLAYER, custom={"timeZone": "America/Sao_Paulo"})
    (told,) = (await read_live_events(studio, token))["live_events"]
    assert told["active_start_time_sec"] == str(MIDNIGHT + 21 * HOUR)
    assert told["start_time_sec"] == str(MIDNIGHT + 3 * HOUR)
    body = {"custom": {"timeZone": "America/Los_Angeles"}}
    await studio.request("PUT", "/v1/properties", body=body, auth=bearer(token))
    assert (await values(studio, token))["shop"] == "blue"
    # Over in Sao Paulo, to come in Los Angeles: who had it does not get it once more.
    studio.clock.advance(4 * HOUR)
    token = await token_of(studio, PLAYER)
    assert await names_of(studio, token) == ([], [])
    assert (await values(studio, token))["shop"] == "red"
    other = await token_of(studio, "player-0002", custom={"timeZone": "America/Los_Angeles"})
    assert (await values(studio, other))["shop"] == "blue"


async def test_what_is_stopped_is_over_at_once(studio: Server) -> None:
    made = await define_live_event(studio, flags=SHOP)
    token = await token_of(studio, PLAYER)
    assert (await values(studio, token))["shop"] == "blue"
    studio.clock.advance(60)
    await change_live_event(studio, made, stopped_time_sec=1)
    assert (await values(studio, token))["shop"] == "red"
    told = await read_live_events(studio, token, "?past_run_count=1")
    assert [each["status"] for each in told["live_events"]] == [3]
    assert told["live_events"][0]["active_end_time_sec"] == str(NOW + 60)


async def test_a_token_of_nobody(studio: Server) -> None:
    made = await define_live_event(studio)
    token = studio.game_server_token("who-is-not-here")
    refused(await studio.request("GET", "/v1/live-event", auth=bearer(token)), 404, 5)
    refused(await join(studio, token, made.id), 404, 5)


async def test_participants_stay_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await define_flag(server, "shop", "red")
        made = await define_live_event(server, explicit_join=True, flags=SHOP)
        token = await token_of(server, PLAYER)
        assert (await join(server, token, made.id)).status == 200
    async with running(tmp_path) as server:
        token = await token_of(server, PLAYER)
        assert await names_of(server, token) == (["festival"], [])
        assert (await values(server, token))["shop"] == "blue"


async def test_a_schedule_that_ends_is_told_whole(studio: Server) -> None:
    await define_live_event(studio)
    (told,) = (await read_live_events(studio, await token_of(studio, PLAYER)))["live_events"]
    assert (told["start_time_sec"], told["end_time_sec"]) == (
        str(ON.start_time_sec),
        str(ON.end_time_sec),
    )
    assert told["duration_sec"] == str(2 * HOUR)
