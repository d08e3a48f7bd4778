"""Experiments as games read them, and as the console declares them."""

import asyncio
from typing import Any

import pytest

from matsuri.enrolments.model import Part
from tests.api.flags import (
    change_flag,
    define_audience,
    define_flag,
    define_label,
    define_property,
    remove_default_flags,
)
from tests.api.running import KEY, NOW, Server
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
HOUR = 3600
HALVES = [
    {"name": "control", "weight_permille": 500},
    {
        "name": "blue",
        "weight_permille": 500,
        "value": {"n": 1},
        "flags": [
            {"flag": "shop", "value": "blue"},
        ],
    },
]
ALL_BLUE = [{**HALVES[0], "weight_permille": 0}, {**HALVES[1], "weight_permille": 1000}]


def phase(name: str = "first", **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "start_time_sec": NOW - HOUR,
        "end_time_sec": str(NOW + HOUR),
        "variants": ALL_BLUE,
        **fields,
    }


async def ask(
    server: Server, method: str, path: str, body: object = None, *, auth: str = ADMIN
) -> Reply:
    return await server.request(method, f"/v1/console/{path}", body=body, auth=auth)


async def done(server: Server, method: str, path: str, body: object = None) -> Any:
    reply = await ask(server, method, path, body)
    assert reply.status == 200, reply.body
    return reply.json


async def create(server: Server, name: str = "colours", *phases: Any, **fields: Any) -> Any:
    body = {"name": name, "launched": True, "phases": phases or [phase()], **fields}
    return await done(server, "POST", "experiment", body)


async def token_of(server: Server, identity_id: str) -> str:
    return bearer((await server.authenticate(identity_id))["token"])


async def flag_of(server: Server, token: str, name: str = "shop") -> Any:
    reply = await server.request("GET", f"/v1/flag?names={name}", auth=token)
    (flag,) = reply.json["flags"]
    return flag


async def experiments_of(server: Server, token: str, query: str = "") -> list[Any]:
    reply = await server.request("GET", f"/v1/experiment{query}", auth=token)
    assert reply.status == 200, reply.body
    found: list[Any] = reply.json["experiments"]
    return found


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    await define_flag(server, "other", "x")
    await define_property(server, "fan")
    await define_audience(server, "fans", 'PropertiesCustom("fan", "") == "yes"')
    await define_label(server, "season")
    return server


async def test_a_participant_gets_the_variant_and_the_reason(studio: Server) -> None:
    await create(studio, labels=["season"])
    token = await token_of(studio, "player-0001")
    assert await flag_of(studio, token) == {
        "name": "shop",
        "value": "blue",
        "condition_changed": True,
        "change_reason": {"type": 3, "name": "colours", "variant_name": "blue"},
        "labels": [],
    }
    assert await experiments_of(studio, token) == [
        {
            "name": "colours",
            "value": '{"n":1}',
            "labels": ["season"],
            "phase_name": "first",
            "phase_variant_name": "blue",
            "flag_names": ["shop"],
        }
    ]
    reply = await studio.request("GET", "/v1/flag/override?names=shop", auth=token)
    (flag,) = reply.json["flags"]
    assert [(each["type"], each["value"]) for each in flag["overrides"]] == [
        (0, "red"),
        (4, "blue"),
    ]


async def test_names_and_labels_narrow(studio: Server) -> None:
    await create(studio, "one", labels=["season"])
    await create(studio, "two")
    token = await token_of(studio, "player-0001")

    async def names(query: str) -> list[str]:
        return [each["name"] for each in await experiments_of(studio, token, query)]

    assert await names("?names=two") == ["two"]
    assert await names("?labels=season") == ["one"]
    assert await names("?names=two&labels=season") == []
    assert await names("?names=&labels=") == ["one", "two"]


async def test_an_unknown_player_is_not_found_and_nobody_is_refused(studio: Server) -> None:
    foreign = studio.game_server_token("never-seen-0001")
    reply = await studio.request("GET", "/v1/experiment", auth=bearer(foreign))
    assert (reply.status, reply.json["code"]) == (404, 5)
    assert (await studio.request("GET", "/v1/experiment", auth=basic(KEY))).status == 401
    assert (await studio.request("GET", "/v1/experiment")).status == 401


async def test_a_place_sticks_when_the_player_leaves_the_audience(studio: Server) -> None:
    await create(studio, audiences=["fans"])
    token = await token_of(studio, "player-0001")
    assert (await flag_of(studio, token))["value"] == "red"
    assert await experiments_of(studio, token) == []

    async def update(fan: str) -> None:
        body = {"custom": {"fan": fan}}
        reply = await studio.request("PUT", "/v1/properties", body=body, auth=token)
        assert reply.status == 200, reply.body

    await update("yes")
    assert (await flag_of(studio, token))["value"] == "blue"
    await update("no")
    assert (await flag_of(studio, token))["value"] == "blue"
    assert len(await experiments_of(studio, token)) == 1


async def test_other_flags_give_no_place(studio: Server) -> None:
    made = await create(studio, "colours", phase(participants_max=1))
    first, second = [await token_of(studio, f"player-000{n}") for n in (1, 2)]
    assert (await flag_of(studio, first, "other"))["value"] == "x"
    assert (await flag_of(studio, second))["value"] == "blue"
    assert (await flag_of(studio, first))["value"] == "red"
    (found,) = (await done(studio, "GET", f"experiment/{made['id']}"))["phases"]
    assert found["participants"] == found["participants_max"] == 1
    assert [each["participants"] for each in found["variants"]] == [0, 1]


async def test_flags_that_are_off_give_no_place_until_they_are_on(studio: Server) -> None:
    await change_flag(studio, "shop", enabled=False)
    variants = [{**ALL_BLUE[1], "flags": [*ALL_BLUE[1]["flags"], {"flag": "other", "value": "y"}]}]
    made = await create(studio, "colours", phase(variants=variants))
    token = await token_of(studio, "player-0001")
    counts = studio.node.targeting.enrolments.counts
    for path in ("flag", "flag/override"):
        reply = await studio.request("GET", f"/v1/{path}?names=shop", auth=token)
        assert reply.status == 200, reply.body
        assert await counts(made["id"]) == {}
    await change_flag(studio, "shop", enabled=True)
    assert (await flag_of(studio, token))["value"] == "blue"
    assert sum((await counts(made["id"])).values()) == 1
    # Of a variant with some flags off, the others tell.
    await change_flag(studio, "shop", enabled=False)
    assert (await flag_of(studio, await token_of(studio, "player-0002"), "other"))["value"] == "y"
    assert sum((await counts(made["id"])).values()) == 2


async def test_more_places_are_there_at_once(studio: Server) -> None:
    await create(studio, "colours", phase(participants_max=1))
    first, second = [await token_of(studio, f"player-000{n}") for n in (1, 2)]
    assert [(await flag_of(studio, each))["value"] for each in (first, second)] == ["blue", "red"]
    await done(studio, "PUT", "experiment/colours/phase/first", {"participants_max": 2})
    assert (await flag_of(studio, second))["value"] == "blue"


async def test_the_cap_holds_exactly_when_all_come_at_once(studio: Server) -> None:
    await create(studio, "colours", phase(participants_max=7))
    tokens = [await token_of(studio, f"player-{number:04}") for number in range(30)]
    every = await asyncio.gather(*(flag_of(studio, token) for token in tokens * 2))
    values = [flag["value"] for flag in every]
    assert values[:30].count("blue") == 7
    assert values[30:] == values[:30]
    again = [(await flag_of(studio, token))["value"] for token in tokens]
    assert again == values[:30]


async def test_the_first_exposure_is_told_to_the_log_once(studio: Server) -> None:
    made = await create(studio)
    token = await token_of(studio, "player-0001")
    await asyncio.gather(*(flag_of(studio, token) for _ in range(5)))
    await experiments_of(studio, token)
    await studio.settle()
    reply = await studio.request("GET", "/v1/properties", auth=token)
    assert reply.json["computed"]["experimentExposureCount"] == "1"
    part = Part(made["id"], made["phases"][0]["id"])
    enrolments = studio.node.targeting.enrolments
    assert await enrolments.counts(made["id"]) == {(part, "blue"): 1}


async def test_who_identifies_takes_the_place_along(studio: Server) -> None:
    await create(studio, "colours", phase(variants=HALVES))
    guest = (await studio.authenticate("guest-000001"))["token"]
    before = await experiments_of(studio, bearer(guest))
    reply = await studio.request(
        "PUT", "/v1/identify", body={"id": "player-known-1"}, auth=bearer(guest)
    )
    assert reply.status == 200, reply.body
    assert await experiments_of(studio, bearer(reply.json["token"])) == before


async def test_biasing_edits_need_force_and_are_noted(studio: Server) -> None:
    made = await create(studio)
    (first,) = made["phases"]
    start = first["start_time_sec"]
    phases = [{**phase(variants=HALVES, start_time_sec=start), "id": first["id"]}]
    reply = await ask(studio, "PUT", "experiment/colours", {"phases": phases})
    assert reply.status == 400, reply.body
    assert reply.json["code"] == 9
    assert reply.json["details"][0]["field"] == "variants"
    body = {"phases": phases, "force": True, "note": "too dear"}
    changed = await done(studio, "PUT", "experiment/colours", body)
    (note,) = changed["bias_notes"]
    assert (note["fields"], note["note"]) == (["variants"], "too dear")
    assert changed["state"] == changed["phases"][0]["state"] == "running"


async def test_phases_follow_each_other(studio: Server) -> None:
    later = phase("second", start_time_sec=NOW + HOUR, end_time_sec=NOW + 2 * HOUR)
    await create(studio, "colours", phase(audiences=["fans"]), later)
    token = await token_of(studio, "player-0001")
    assert await experiments_of(studio, token) == []
    studio.clock.advance(HOUR)
    token = await token_of(studio, "player-0001")
    (found,) = await experiments_of(studio, token)
    assert found["phase_name"] == "second"
    studio.clock.advance(HOUR)
    token = await token_of(studio, "player-0001")
    assert await experiments_of(studio, token) == []
    assert (await done(studio, "GET", "experiment/colours"))["state"] == "ended"


async def test_a_flag_in_use_stays_and_goes_once_the_experiment_is_archived(
    studio: Server,
) -> None:
    await create(studio, "colours", phase(end_time_sec=NOW + 1))
    reply = await ask(studio, "DELETE", "flag/shop")
    assert reply.json["code"] == 9
    assert reply.json["details"][0]["kind"] == "experiment"
    studio.clock.advance(2)
    await done(studio, "PUT", "experiment/colours", {"archived": True})
    await done(studio, "DELETE", "flag/shop")


async def test_groups(studio: Server) -> None:
    await done(studio, "POST", "exclusion-group", {"name": "shop tests"})
    await done(studio, "POST", "holdout-group", {"name": "untouched", "holdout_permille": 1000})
    await create(studio, "one", exclusion_group="shop tests", exclusion_to_permille=500)
    await create(studio, "two", exclusion_group="shop tests", exclusion_from_permille=500)
    await create(studio, "three", holdout_group="untouched")
    for number in range(10):
        token = await token_of(studio, f"player-{number:04}")
        found = {each["name"] for each in await experiments_of(studio, token)}
        assert found in ({"one"}, {"two"})
    reply = await ask(studio, "DELETE", "holdout-group/untouched")
    assert reply.json["code"] == 9


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phases": [phase(variants=HALVES[:1])]}, "phases[0].variants"),
        ({"phases": [phase(end_time_sec=1)]}, "phases[0].end_time_sec"),
        ({"audiences": ["nobody"]}, "audiences[0]"),
        ({"holdout_group": "none"}, "holdout_group"),
        ({"phases": [phase(), phase("second")]}, "phases[1].start_time_sec"),
    ],
)
async def test_what_is_wrong_is_told_by_field(
    studio: Server, fields: dict[str, Any], field: str
) -> None:
    reply = await ask(studio, "POST", "experiment", {"name": "e", **fields})
    assert reply.status == 400, reply.body
    assert field in [each["field"] for each in reply.json["details"]]


async def test_the_trace_tells_of_experiments(studio: Server) -> None:
    await create(studio, audiences=["fans"])
    await token_of(studio, "player-0001")
    body = {"identity_id": "player-0001", "names": ["shop"]}
    (flag,) = (await done(studio, "POST", "resolve", body))["flags"]
    candidate = flag["candidates"][0]
    assert (candidate["type"], candidate["applies"]) == (4, False)
    assert candidate["problem"] == "the player is in none of the audiences"
    made = await done(studio, "GET", "experiment/colours")
    assert made["phases"][0]["participants"] == 0
