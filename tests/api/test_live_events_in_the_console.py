"""Live events as the console declares, stops, copies and tells them."""

from typing import Any

import pytest

from matsuri.console.model import Role
from matsuri.console.permissions import Action, Entity, role_may
from matsuri.kit.paging import Cursor, encode_cursor
from tests.api.flags import define_audience, define_flag, define_property
from tests.api.live_events import DAY, HOUR, MIDNIGHT, join, names_of, read_live_events, token_of
from tests.api.running import NOW, Server
from tests.support.in_process import SERVER_KEY, Reply, basic

ADMIN = basic(SERVER_KEY)
PATH = "live-event/festival"
WEEKEND = {
    "start_time_sec": NOW - HOUR,
    "end_time_sec": str(NOW + HOUR),
}
NIGHTS = {
    "start_time_sec": MIDNIGHT,
    "reset_cron": "0  22 * * *",
    "duration_sec": 2 * HOUR,
    "time_zone": "UTC",
}


async def ask(server: Server, method: str, path: str, body: object = None) -> Reply:
    return await server.request(method, f"/v1/console/{path}", body=body, auth=ADMIN)


async def done(server: Server, method: str, path: str, body: object = None) -> Any:
    reply = await ask(server, method, path, body)
    assert reply.status == 200, reply.body
    return reply.json


async def create(server: Server, **fields: Any) -> Any:
    body = {"name": "festival", "schedule": WEEKEND, **fields}
    return await done(server, "POST", "live-event", body)


def problems_of(reply: Reply, status: int = 400, code: int = 3) -> list[str]:
    assert (reply.status, reply.json["code"]) == (status, code), reply.body
    return [each["field"] for each in reply.json["details"]]


@pytest.fixture
async def studio(server: Server) -> Server:
    await define_flag(server, "shop", "red")
    await define_property(server, "fan")
    await define_audience(server, "fans", 'PropertiesCustom("fan", "") == "yes"')
    return server


async def test_everything_that_is_declared_is_told(studio: Server) -> None:
    flags = [
        {"flag": "shop", "variants": [{"name": "good", "value": {"n": 1}, "audiences": ["fans"]}]},
    ]
    made = await create(
        studio,
        description="Lanterns",
        template="night market",
        color="#ffcc00",
        value={"stalls": 3},
        metrics=["sales"],
        audiences=["fans"],
        flags=flags,
        sticky_membership=False,
        explicit_join=True,
        participants_max="7",
        schedule=NIGHTS,
    )
    assert await done(studio, "GET", PATH) == made
    listed = await done(studio, "GET", "live-event?search.flag_name.or=shop")
    assert listed["live_events"] == [made]
    told = {name: made[name] for name in ("description", "template", "color", "metrics")}
    assert told == {
        "description": "Lanterns",
        "template": "night market",
        "color": "#ffcc00",
        "metrics": ["sales"],
    }
    assert (made["value"], made["value_type"]) == ('{"stalls":3}', "object")
    (flag,) = made["flags"]
    assert list(flag) == ["flag", "variants"]
    assert flag["variants"][0]["value"] == '{"n":1}'
    assert (made["sticky_membership"], made["explicit_join"]) == (False, True)
    assert made["participants_max"] == 7
    assert made["schedule"] == {
        "start_time_sec": str(MIDNIGHT),
        "end_time_sec": "0",
        "reset_cron": "0 22 * * *",
        "duration_sec": str(2 * HOUR),
        "time_zone": "UTC",
        "player_local": False,
        "words": "Every day at 22:00 (UTC) for 2 hours, from 2023-11-14 00:00 on.",
    }
    assert made["state"] == "active"
    start = MIDNIGHT + 22 * HOUR
    run = {
        "run": str(start),
        "status": "active",
        "start_time_sec": str(start),
        "end_time_sec": str(start + 2 * HOUR),
        "stopped": False,
        "participants": 0,
        "full": False,
    }
    assert made["active_runs"] == [run]
    assert made["next_run"]["run"] == str(start + DAY)
    assert made["next_run"]["status"] == "upcoming"
    assert {each["name"] for each in (await done(studio, "GET", "flag/shop"))["used_by"]} == {
        "festival"
    }


async def test_what_is_wrong_is_told_by_field(studio: Server) -> None:
    reply = await ask(studio, "POST", "live-event", {"name": "festival"})
    assert "schedule.start_time_sec" in problems_of(reply)
    body = {
        "name": "x" * 65,
        "color": "red",
        "audiences": ["nobody"],
        "schedule": {**NIGHTS, "reset_cron": "0 22 * *", "duration_sec": 1, "time_zone": "Moon"},
    }
    reply = await ask(studio, "POST", "live-event", body)
    assert {"name", "color", "schedule.reset_cron", "schedule.duration_sec"} <= set(
        problems_of(reply)
    )
    reply = await ask(studio, "POST", "live-event", {"name": "a", "schedule": {"end_time_sec": 1}})
    assert reply.status == 400
    reply = await ask(
        studio, "POST", "live-event", {"name": "a", "schedule": {"start_time_sec": "x"}}
    )
    assert problems_of(reply) == ["schedule.start_time_sec"]


async def test_revisions_have_no_nulls(studio: Server) -> None:
    await create(
        studio,
        flags=[
            {
                "flag": "shop",
                "value": None,
                "variants": [{"name": "good", "value": "x", "audiences": ["fans"]}],
            }
        ],
    )
    revisions = (await done(studio, "GET", f"{PATH}/revision"))["revisions"]
    assert "value" not in revisions[0]["after"]["body"]["flags"][0]


async def test_a_draft_is_for_nobody_until_it_is_launched(studio: Server) -> None:
    made = await create(studio, draft=True)
    assert (made["state"], made["active_runs"]) == ("draft", [])
    token = await token_of(studio, "player-0001")
    assert await names_of(studio, token) == ([], [])
    launched = await done(studio, "POST", f"{PATH}/launch", {})
    assert (launched["state"], launched["launched_time_sec"]) == ("active", str(NOW))
    assert await names_of(studio, token) == (["festival"], [])
    assert problems_of(await ask(studio, "POST", f"{PATH}/launch", {}), 400, 9) == ["draft"]
    assert problems_of(await ask(studio, "PUT", PATH, {"draft": True}), 400, 9) == ["draft"]


async def test_stopping_and_resuming(studio: Server) -> None:
    await create(studio, flags=[{"flag": "shop", "value": "blue"}])
    token = await token_of(studio, "player-0001")
    assert await names_of(studio, token) == (["festival"], [])
    assert problems_of(await ask(studio, "POST", f"{PATH}/resume", {}), 400, 9)
    studio.clock.advance(60)
    stopped = await done(studio, "POST", f"{PATH}/stop", {"note": "Too wild."})
    assert (stopped["state"], stopped["stopped_time_sec"]) == ("stopped", str(NOW + 60))
    assert await names_of(studio, token) == ([], [])
    assert problems_of(await ask(studio, "POST", f"{PATH}/stop", {}), 400, 9)
    studio.clock.advance(60)
    resumed = await done(studio, "POST", f"{PATH}/resume", {})
    assert resumed["state"] == "active"
    assert resumed["pauses"] == [
        {"stop_time_sec": str(NOW + 60), "resume_time_sec": str(NOW + 120)}
    ]
    assert await names_of(studio, token) == (["festival"], [])
    revisions = (await done(studio, "GET", f"{PATH}/revision"))["revisions"]
    assert [each["note"] for each in revisions] == ["", "Too wild.", ""]


async def test_one_run_can_be_stopped(studio: Server) -> None:
    made = await create(studio, schedule=NIGHTS)
    run = made["active_runs"][0]["run"]
    token = await token_of(studio, "player-0001")
    assert problems_of(await ask(studio, "POST", f"{PATH}/stop", {"run": "7"}), 400, 9) == ["run"]
    stopped = await done(studio, "POST", f"{PATH}/stop", {"run": run})
    assert (stopped["state"], stopped["active_runs"]) == ("upcoming", [])
    assert await names_of(studio, token) == ([], [])
    studio.clock.advance(60)
    resumed = await done(studio, "POST", f"{PATH}/resume", {"run": run})
    assert resumed["active_runs"][0]["run"] == run
    # It went on under its key.
    parts = (await done(studio, "GET", f"{PATH}/run?pagination.limit=2"))["runs"]
    assert [(each["run"], each["status"], each["stopped"]) for each in parts] == [
        (run, "terminated", True),
        (run, "active", False),
    ]
    assert problems_of(await ask(studio, "POST", f"{PATH}/resume", {"run": run}), 400, 9)
    assert await names_of(studio, token) == (["festival"], [])


async def test_archiving(studio: Server) -> None:
    await create(studio, flags=[{"flag": "shop", "value": "blue"}])
    assert (await ask(studio, "DELETE", PATH)).json["code"] == 9
    archived = await done(studio, "POST", f"{PATH}/archive", {})
    assert archived["state"] == "archived"
    await done(studio, "DELETE", "flag/shop")
    assert (await ask(studio, "POST", f"{PATH}/unarchive", {})).status == 400
    await define_flag(studio, "shop", "red")
    back = await done(studio, "POST", f"{PATH}/unarchive", {})
    assert back["state"] == "stopped"
    await done(studio, "POST", f"{PATH}/archive", {})
    await done(studio, "DELETE", PATH)
    assert (await ask(studio, "GET", PATH)).status == 404


async def test_it_is_archived_by_its_field_as_well(studio: Server) -> None:
    await create(studio)
    assert (await done(studio, "PUT", PATH, {"description": "A feast."}))["state"] == "active"
    archived = await done(studio, "PUT", PATH, {"archived": True})
    assert (archived["state"], archived["stopped_time_sec"]) == ("archived", str(NOW))
    back = await done(studio, "PUT", PATH, {"archived": False})
    assert (back["state"], back["archived"]) == ("stopped", False)
    put_away = await create(studio, name="later", archived=True)
    assert (put_away["state"], put_away["draft"]) == ("archived", True)


async def test_a_copy_is_a_draft(studio: Server) -> None:
    made = await create(studio, schedule=NIGHTS, explicit_join=True)
    copied = await done(studio, "POST", f"{PATH}/copy", {"name": "again"})
    assert copied["state"] == "draft"
    assert copied["id"] != made["id"]
    assert copied["explicit_join"]
    assert copied["schedule"]["start_time_sec"] == str(MIDNIGHT + DAY)
    later = {"name": "later", "start_time_sec": str(NOW + DAY)}
    later = await done(studio, "POST", f"{PATH}/copy", later)
    assert later["schedule"]["start_time_sec"] == str(NOW + DAY)
    assert (await ask(studio, "POST", f"{PATH}/copy", {"name": "again"})).status == 409


async def test_runs_past_and_to_come(studio: Server) -> None:
    await create(studio, schedule=NIGHTS, participants_max=5)
    token = await token_of(studio, "player-0001")
    assert await names_of(studio, token) == (["festival"], [])
    told = await done(studio, "GET", f"{PATH}/run?pagination.limit=2")
    first = told["runs"]
    assert [(each["status"], each["participants"]) for each in first] == [
        ("active", 1),
        ("upcoming", 0),
    ]
    following = told["page_options"]["next_cursor"]
    told = await done(studio, "GET", f"{PATH}/run?pagination.cursor={following}")
    assert told["runs"][0]["start_time_sec"] == str(MIDNIGHT + 22 * HOUR + 2 * DAY)
    assert told["page_options"]["next_cursor"] == ""
    back = told["page_options"]["prev_cursor"]
    told = await done(studio, "GET", f"{PATH}/run?pagination.cursor={back}&pagination.limit=2")
    assert told["runs"] == first
    for query in (
        "start_time_sec=5&end_time_sec=5",
        "end_time_sec=-1",
        "time_zone=Moon",
        "pagination.limit=0",
        "pagination.cursor=WzEsWyJhIl1d",
    ):
        assert (await ask(studio, "GET", f"{PATH}/run?{query}")).status == 400, query


async def test_local_runs_by_zone(studio: Server) -> None:
    await create(studio, schedule={**NIGHTS, "player_local": True})
    evening = MIDNIGHT + DAY + 22 * HOUR
    query = f"{PATH}/run?start_time_sec={evening}&end_time_sec={evening + 1}"
    (world,) = [
        each for each in (await done(studio, "GET", query))["runs"] if each["run"] == str(evening)
    ]
    assert (world["start_time_sec"], world["end_time_sec"]) == (
        str(evening - 14 * HOUR),
        str(evening + 14 * HOUR),
    )
    told = await done(studio, "GET", f"{PATH}/run?time_zone=Asia/Tokyo")
    assert told["runs"][-1]["start_time_sec"].endswith(str(13 * HOUR % 100))
    assert (int(told["runs"][0]["start_time_sec"]) - MIDNIGHT) % DAY == 13 * HOUR


async def test_participants(studio: Server) -> None:
    made = await create(studio, explicit_join=True)
    run = made["active_runs"][0]["run"]
    for number in (1, 2, 3):
        token = await token_of(studio, f"player-000{number}")
        assert (await join(studio, token, made["id"])).status == 200
    told = await done(studio, "GET", f"{PATH}/participant?pagination.limit=2")
    assert (told["run"], told["participant_count"]) == (run, 3)
    assert [each["identity_id"] for each in told["participants"]] == ["player-0001", "player-0002"]
    cursor = told["page_options"]["next_cursor"]
    told = await done(studio, "GET", f"{PATH}/participant?pagination.cursor={cursor}")
    assert [each["identity_id"] for each in told["participants"]] == ["player-0003"]
    told = await done(studio, "GET", f"{PATH}/participant/player-0003")
    assert [each["run"] for each in told["places"]] == [run]
    assert told["now"] == {
        "run": run,
        "start_time_sec": run,
        "end_time_sec": str(NOW + HOUR),
        "takes_part": True,
        "eligible": True,
        "enrolled": True,
    }
    await studio.authenticate("player-0004")
    told = await done(studio, "GET", f"{PATH}/participant/player-0004")
    assert told["places"] == []
    assert told["now"]["problem"] == "the player has not joined"
    await create(studio, name="later", schedule={**WEEKEND, "start_time_sec": NOW + 60})
    assert problems_of(await ask(studio, "GET", "live-event/later/participant"), 400, 9) == ["run"]


async def test_participants_of_the_day_on_which_a_local_event_is_made(studio: Server) -> None:
    # For two hours, by the clock: it is over where clocks are ahead, to come where they are behind.
    at = NOW - HOUR
    schedule = {"start_time_sec": at, "end_time_sec": at + 2 * HOUR, "player_local": True}
    made = await create(studio, schedule=schedule)
    (run,) = (each["run"] for each in made["active_runs"])
    token = await token_of(studio, "player-0001")
    assert (await names_of(studio, token))[0] == ["festival"]
    told = await done(studio, "GET", f"{PATH}/participant")
    assert (told["run"], told["participant_count"]) == (run, 1)


async def test_a_preview_stores_nothing(studio: Server) -> None:
    schedule = {
        "start_time_sec": 1_774_600_000,  # 2026-03-27
        "reset_cron": "30 2 * * *",
        "duration_sec": DAY,
        "time_zone": "Europe/Berlin",
    }
    told = await done(
        studio,
        "POST",
        "live-event/preview",
        {"schedule": schedule, "count": 3, "from_time_sec": "1774600000"},
    )
    assert told["words"] == (
        "Every day at 02:30 (Europe/Berlin) for 1 day, from 2026-03-27 09:26 on."
    )
    assert told["time_zone"] == "Europe/Berlin"
    assert [each["local_start"] for each in told["runs"]] == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    moved = (
        "Clocks are put forward on 2026-03-29 from 02:00 to 03:00: "
        "the run of 02:30 starts at 03:00."
    )
    assert [each["notes"] for each in told["runs"]] == [
        ["Clocks are changed meanwhile: it lasts 23 hours 30 minutes."],
        [moved],
        [],
    ]
    assert (await done(studio, "GET", "live-event"))["live_events"] == []
    schedule["reset_cron"] = "nonsense"
    reply = await ask(studio, "POST", "live-event/preview", {"schedule": schedule})
    assert problems_of(reply) == ["schedule.reset_cron"]


async def test_a_change_of_the_schedule_leaves_what_was(studio: Server) -> None:
    await create(studio, schedule=NIGHTS)
    studio.clock.advance(DAY)
    before = (await done(studio, "GET", f"{PATH}/run"))["runs"][:2]
    changed = {**NIGHTS, "reset_cron": "0 6 * * *"}
    told = await done(studio, "PUT", PATH, {"schedule": changed})
    assert [each["schedule"]["reset_cron"] for each in told["former_schedules"]] == ["0 22 * * *"]
    runs = (await done(studio, "GET", f"{PATH}/run"))["runs"]
    assert runs[:2] == before
    assert int(runs[2]["start_time_sec"]) % DAY == 6 * HOUR
    token = await token_of(studio, "player-0001")
    told = await read_live_events(studio, token, "?past_run_count=5")
    assert len(told["live_events"]) == 2


async def test_starts_and_ends_that_were_told(studio: Server) -> None:
    made = await create(studio)
    await studio.worker.transitions.tell()
    studio.clock.advance(2 * HOUR)
    await studio.worker.transitions.tell()
    for path in (f"{PATH}/transition", "live-event-transition"):
        told = (await done(studio, "GET", path))["transitions"]
        assert [each["type"] for each in told] == ["LIVE_EVENT_ENDED", "LIVE_EVENT_STARTED"]
        assert {each["live_event_id"] for each in told} == {made["id"]}
    first = await done(studio, "GET", "live-event-transition?pagination.limit=1")
    cursor = first["page_options"]["next_cursor"]
    told = await done(studio, "GET", f"live-event-transition?pagination.cursor={cursor}")
    assert [each["type"] for each in told["transitions"]] == ["LIVE_EVENT_STARTED"]
    reply = await ask(studio, "GET", f"{PATH}/transition?pagination.cursor=WzEsWyJhIl1d")
    assert reply.status == 400


async def test_a_draft_is_told_of_once_it_is_launched(studio: Server) -> None:
    await create(studio, draft=True)
    await studio.worker.transitions.tell()
    assert (await done(studio, "GET", f"{PATH}/transition"))["transitions"] == []
    studio.clock.advance(60)
    await done(studio, "POST", f"{PATH}/launch", {})
    await studio.worker.transitions.tell()
    (told,) = (await done(studio, "GET", f"{PATH}/transition"))["transitions"]
    assert (told["type"], told["start_time_sec"]) == ("LIVE_EVENT_STARTED", str(NOW - HOUR))


async def test_a_run_that_is_to_come_can_be_left_out(studio: Server) -> None:
    made = await create(studio, schedule=NIGHTS)
    following = made["next_run"]["run"]
    stopped = await done(studio, "POST", f"{PATH}/stop", {"run": following})
    assert (stopped["state"], stopped["next_run"]["run"]) == ("active", str(int(following) + DAY))
    resumed = await done(studio, "POST", f"{PATH}/resume", {"run": following})
    assert resumed["next_run"]["run"] == following


async def test_what_is_not_there_is_not_found(studio: Server) -> None:
    for path in ("", "/run", "/participant", "/transition", "/revision"):
        assert (await ask(studio, "GET", f"live-event/nothing{path}")).status == 404, path
    for verb in ("launch", "stop", "resume", "archive", "unarchive"):
        assert (await ask(studio, "POST", f"live-event/nothing/{verb}", {})).status == 404, verb
    await create(studio)
    reply = await ask(studio, "GET", f"{PATH}/participant?run=7")
    assert (reply.status, reply.json["code"]) == (404, 5)
    too_long = {"run": "9" * 5000}
    assert problems_of(await ask(studio, "POST", f"{PATH}/stop", too_long), 400, 9) == ["run"]
    cursor = encode_cursor(Cursor(backward=False, key=(2**70,)))
    reply = await ask(studio, "GET", f"{PATH}/transition?pagination.cursor={cursor}")
    assert problems_of(reply) == ["pagination.cursor"]


async def test_a_change_on_top_of_another_one_is_refused(studio: Server) -> None:
    made = await create(studio)
    await done(studio, "POST", f"{PATH}/stop", {"version": made["version"]})
    for verb in ("resume", "archive"):
        reply = await ask(studio, "POST", f"{PATH}/{verb}", {"version": made["version"]})
        assert (reply.status, reply.json["code"]) == (409, 10), verb


async def test_a_preview_tells_of_runs_that_are_left_out(studio: Server) -> None:
    schedule = {
        "start_time_sec": 1_774_738_800,  # 2026-03-29 in Berlin
        "reset_cron": "0 * * * *",
        "duration_sec": 2 * HOUR,
        "time_zone": "Europe/Berlin",
    }
    told = await done(studio, "POST", "live-event/preview", {"schedule": schedule, "count": 4})
    assert [each["local_start"][11:16] for each in told["runs"]] == [
        "00:00",
        "01:00",
        "03:00",
        "04:00",
    ]
    assert told["notes"] == [
        "Runs end where the next one begins, before 2 hours are over.",
        "Clocks are put forward on 2026-03-29 from 02:00 to 03:00: runs of 02:00 are left out.",
    ]


async def test_who_may_change_flags_may_change_live_events() -> None:
    for role in Role:
        for action in Action:
            assert role_may(role, Entity.FLAG, action) == role_may(role, Entity.LIVE_EVENT, action)
