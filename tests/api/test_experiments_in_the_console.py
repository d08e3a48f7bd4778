"""What operators do with experiments: phases, states, copies, participants, overlaps, promotion."""

from typing import Any

import pytest

from matsuri.console.model import Role
from matsuri.console.permissions import Action, Entity, role_may
from matsuri.kit.paging import Cursor, encode_cursor
from tests.api.flags import (
    change_flag,
    define_audience,
    define_flag,
    define_property,
    remove_default_flags,
    values,
)
from tests.api.running import NOW, Server, refused
from tests.support.in_process import SERVER_KEY, Reply, basic

ADMIN = basic(SERVER_KEY)
HOUR = 3600
DAY = 24 * HOUR
BLUE = {"flag": "shop", "value": "blue"}
RICH = {"flag": "gems", "value": {"each": 9}}


def split(*flags: Any, blue: int = 500) -> list[dict[str, Any]]:
    return [
        {"name": "control", "weight_permille": 1000 - blue},
        {"name": "blue", "weight_permille": blue, "flags": list(flags or [BLUE]), "value": [1]},
    ]


def phase(name: str = "first", start: int = 0, end: int = DAY, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "start_time_sec": NOW + start,
        "end_time_sec": str(NOW + end),
        "variants": split(),
        **fields,
    }


async def ask(server: Server, method: str, path: str, body: object = None) -> Reply:
    return await server.request(method, f"/v1/console/experiment{path}", body=body, auth=ADMIN)


async def done(server: Server, method: str, path: str, body: object = None) -> Any:
    """The answer, which must be 200."""
    reply = await ask(server, method, path, body)
    assert reply.status == 200, reply.body
    return reply.json


async def create(server: Server, name: str = "colours", *phases: Any, **fields: Any) -> Any:
    body = {"name": name, "phases": phases or [phase()], "launched": True, **fields}
    return await done(server, "POST", "", body)


async def flag(server: Server, name: str) -> Any:
    reply = await server.request("GET", f"/v1/console/flag/{name}", auth=ADMIN)
    return reply.json


async def player(server: Server, identity_id: str) -> str:
    """A player who has read all flags."""
    token = str((await server.authenticate(identity_id))["token"])
    await values(server, token)
    return token


@pytest.fixture
async def studio(server: Server) -> Server:
    """A server with the flags ``shop`` and ``gems``, and the audiences ``fans`` and ``whales``."""
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    await define_flag(server, "gems", '{"each":1}', validator="Object")
    await define_property(server, "fan")
    await define_audience(server, "fans", 'PropertiesCustom("fan", "") == "yes"')
    await define_audience(server, "whales", 'PropertiesComputed("purchaseCompletedCount", 0) > 0')
    return server


async def test_what_is_answered_of_an_experiment(studio: Server) -> None:
    made = await create(
        studio,
        "colours",
        phase("QA", 0, HOUR, audiences=["fans"], variants=split(BLUE, RICH), participants_max=5),
        phase("all", HOUR, DAY, exclude_audiences=[], admission_deadline_time_sec=NOW + 2 * HOUR),
        hypothesis="Blue sells.",
        goal_metrics=["revenue"],
        exclude_audiences=["whales"],
        launched=False,
    )
    first, second = made.pop("phases")
    for key in ("id", "version"):
        assert made.pop(key)
    assert made == {
        "name": "colours",
        "core": False,
        "create_time_sec": str(NOW),
        "update_time_sec": str(NOW),
        "used_by": [],
        "used_by_count": 0,
        "description": "",
        "hypothesis": "Blue sells.",
        "labels": [],
        "goal_metrics": ["revenue"],
        "monitor_metrics": [],
        "audiences": [],
        "exclude_audiences": ["whales"],
        "exclusion_group": "",
        "exclusion_from_permille": 0,
        "exclusion_to_permille": 1000,
        "holdout_group": "",
        "state": "draft",
        "launched": False,
        "archived": False,
        "bias_notes": [],
        "overlaps": [],
        "overlap_count": 0,
    }
    assert first.pop("id") != second.pop("id")
    assert first == {
        "name": "QA",
        "description": "",
        "state": "draft",
        "start_time_sec": str(NOW),
        "end_time_sec": str(NOW + HOUR),
        "ended_time_sec": "0",
        "split_key": "ID",
        "variants": [
            {
                "name": "control",
                "weight_permille": 500,
                "value": "",
                "value_type": "string",
                "flags": [],
                "description": "",
                "participants": 0,
            },
            {
                "name": "blue",
                "weight_permille": 500,
                "value": "[1]",
                "value_type": "array",
                "flags": [
                    {"flag": "shop", "value": "blue", "value_type": "string"},
                    {"flag": "gems", "value": '{"each":9}', "value_type": "object"},
                ],
                "description": "",
                "participants": 0,
            },
        ],
        "audiences": ["fans"],
        "participants_max": 5,
        "participants": 0,
        "full": False,
        "admission_deadline_time_sec": "0",
        "locked": False,
        "admitting": False,
    }
    assert "audiences" not in second
    assert second["exclude_audiences"] == []
    assert second["admission_deadline_time_sec"] == str(NOW + 2 * HOUR)


async def test_null_is_no_value_of_a_variant(studio: Server) -> None:
    variants = [{"name": "control", "weight_permille": 1000, "value": None}]
    made = await create(studio, "colours", phase(variants=variants))
    (control,) = made["phases"][0]["variants"]
    assert (control["value"], control["value_type"]) == ("", "string")


async def test_what_is_answered_can_be_sent_again(studio: Server) -> None:
    made = await create(studio, "colours", phase(), phase("second", DAY, 2 * DAY, audiences=[]))
    again = await done(studio, "PUT", "/colours", {"phases": made["phases"]})
    assert again == made


async def test_experiments_are_found_by_the_flags_that_they_give_values(studio: Server) -> None:
    await create(studio, "one")
    await create(studio, "two", phase(variants=split(RICH)))
    found = await done(studio, "GET", "?search.flag_name.or=gems")
    assert [each["name"] for each in found["experiments"]] == ["two"]


async def test_a_life_from_draft_to_archive(studio: Server) -> None:
    await create(studio, "colours", phase("QA", HOUR, 2 * HOUR), launched=False)
    assert (await done(studio, "POST", "/colours/launch", {}))["state"] == "scheduled"
    refused(await ask(studio, "POST", "/colours/launch", {}), 400, 9)
    refused(await ask(studio, "POST", "/colours/archive", {}), 400, 9)
    studio.clock.advance(HOUR)
    running = await done(studio, "GET", "/colours")
    assert (running["state"], running["phases"][0]["admitting"]) == ("running", True)
    refused(await ask(studio, "DELETE", "/colours"), 400, 9)
    body = {"version": running["version"], "note": "Enough."}
    ended = await done(studio, "POST", "/colours/end", body)
    assert (ended["state"], ended["phases"][0]["ended_time_sec"]) == ("ended", str(NOW + HOUR))
    refused(await ask(studio, "POST", "/colours/end", {"version": running["version"]}), 409, 10)
    refused(await ask(studio, "POST", "/colours/end", {}), 400, 9)
    assert (await done(studio, "POST", "/colours/archive", {}))["state"] == "archived"
    assert (await done(studio, "POST", "/colours/unarchive", {}))["state"] == "ended"
    await done(studio, "POST", "/colours/archive", {})
    revisions = (await done(studio, "GET", "/colours/revision"))["revisions"]
    assert "Enough." in [each["note"] for each in revisions]
    await done(studio, "DELETE", "/colours")
    refused(await ask(studio, "POST", "/colours/launch", {}), 404, 5)


async def test_a_launch_is_refused_with_all_reasons(studio: Server) -> None:
    over = phase("QA", -2 * DAY, -DAY)
    await create(studio, "colours", over, phase(), launched=False)
    (detail,) = refused(await ask(studio, "POST", "/colours/launch", {}), 400, 9)
    assert detail["field"] == "phases[0].end_time_sec"
    await done(studio, "DELETE", "/colours/phase/QA")
    assert (await done(studio, "POST", "/colours/launch", {}))["state"] == "running"
    await create(studio, "empty", launched=False)
    await done(studio, "DELETE", "/empty/phase/first")
    details = refused(await ask(studio, "POST", "/empty/launch", {}), 400, 9)
    assert [each["field"] for each in details] == ["phases"]


async def test_a_change_launches_nothing_that_an_action_would_not(studio: Server) -> None:
    over = phase("QA", -2 * DAY, -DAY)
    body = {"name": "colours", "phases": [over, phase()]}
    (detail,) = refused(await ask(studio, "POST", "", {**body, "launched": True}), 400, 9)
    assert detail["field"] == "phases[0].end_time_sec"
    await done(studio, "POST", "", body)
    (same,) = refused(await ask(studio, "PUT", "/colours", {"launched": True}), 400, 9)
    assert same == detail
    refused(await ask(studio, "POST", "", {"name": "empty", "launched": True}), 400, 9)
    await create(studio, "running")
    refused(await ask(studio, "POST", "/running/phase", over), 400, 9)


async def test_phases_are_added_changed_and_taken_away(studio: Server) -> None:
    await create(studio, audiences=["fans"])
    later = {**phase("later", DAY, 2 * DAY), "id": "of my own"}
    added = await done(studio, "POST", "/colours/phase", later)
    first, second = added["phases"]
    assert (second["name"], second["id"] != "of my own") == ("later", True)
    path = f"/colours/phase/{second['id']}"
    change = {"name": "last", "audiences": ["whales"], "participants_max": "9"}
    changed = (await done(studio, "PUT", path, change))["phases"][1]
    assert changed == {**second, "name": "last", "audiences": ["whales"], "participants_max": 9}
    changed = (await done(studio, "PUT", path, {"audiences": None}))["phases"][1]
    assert "audiences" not in changed
    refused(await ask(studio, "PUT", path, {"start_time_sec": NOW}), 400, 3)
    refused(await ask(studio, "PUT", path, {"end_time_sec": "soon"}), 400, 3)
    refused(await ask(studio, "POST", "/colours/phase", phase("x", 0, 5)), 400, 3)
    refused(await ask(studio, "DELETE", f"/colours/phase/{first['id']}"), 400, 9)
    refused(await ask(studio, "DELETE", "/colours/phase/none"), 404, 5)
    left = await done(studio, "DELETE", "/colours/phase/last?note=no")
    assert [each["name"] for each in left["phases"]] == ["first"]


async def test_what_biases_a_running_phase_needs_force_and_is_noted(studio: Server) -> None:
    await create(studio)
    body = {"variants": split(blue=900), "note": "Blue it is."}
    details = refused(await ask(studio, "PUT", "/colours/phase/first", body), 400, 9)
    assert [each["field"] for each in details] == ["variants"]
    changed = await done(studio, "PUT", "/colours/phase/first", {**body, "force": True})
    (note,) = changed["bias_notes"]
    assert note == {
        "change_time_sec": str(NOW),
        "changed_by": "server_key:default",
        "phase": changed["phases"][0]["id"],
        "kind": "experiment",
        "name": "colours",
        "fields": ["variants"],
        "note": "Blue it is.",
    }
    free = {"end_time_sec": NOW + 2 * DAY, "participants_max": 100, "description": "Longer."}
    assert len((await done(studio, "PUT", "/colours/phase/first", free))["bias_notes"]) == 1


async def test_a_phase_is_copied_with_a_new_name_and_new_dates(studio: Server) -> None:
    await create(studio, "colours", phase("QA", 0, HOUR, audiences=["fans"], participants_max=3))
    body = {"name": "all", "start_time_sec": str(NOW + DAY), "end_time_sec": NOW + 9 * DAY}
    qa, made = (await done(studio, "POST", "/colours/phase/QA/copy", body))["phases"]
    times = {"start_time_sec": str(NOW + DAY), "end_time_sec": str(NOW + 9 * DAY)}
    copy = {**qa, **times, "id": made["id"], "name": "all"}
    assert made == {**copy, "state": "scheduled", "admitting": False}
    body = {"name": "again", "start_time_sec": NOW + 10 * DAY}
    again = (await done(studio, "POST", "/colours/phase/all/copy", body))["phases"][2]
    assert again["end_time_sec"] == str(NOW + 18 * DAY)
    refused(await ask(studio, "POST", "/colours/phase/all/copy", body), 400, 3)


async def test_a_phase_ends_early_and_the_next_one_comes_in_its_time(studio: Server) -> None:
    await create(studio, "colours", phase("a", 0, HOUR), phase("b", HOUR, 2 * HOUR))
    refused(await ask(studio, "POST", "/colours/phase/b/end", {}), 400, 9)
    ended = await done(studio, "POST", "/colours/phase/a/end", {})
    assert [each["state"] for each in ended["phases"]] == ["ended", "scheduled"]
    assert ended["state"] == "scheduled"
    refused(await ask(studio, "POST", "/colours/phase/a/end", {}), 400, 9)
    refused(await ask(studio, "POST", "/colours/phase/a/unlock", {"note": "\x00"}), 400, 3)
    studio.clock.advance(HOUR)
    assert (await done(studio, "GET", "/colours"))["state"] == "running"


async def test_what_ends_in_its_first_second_makes_room_for_the_next(studio: Server) -> None:
    await create(studio, "colours", phase("a", 0, HOUR), phase("b", HOUR, 2 * HOUR))
    await done(studio, "POST", "/colours/phase/a/end", {})
    changed = await done(studio, "PUT", "/colours/phase/b", {"start_time_sec": NOW})
    assert [(each["name"], each["state"]) for each in changed["phases"]] == [
        ("a", "ended"),
        ("b", "running"),
    ]


async def test_nobody_comes_into_a_locked_phase(studio: Server) -> None:
    await create(studio, "colours", phase(variants=split(blue=1000)))
    early = await player(studio, "player-0001")
    locked = (await done(studio, "POST", "/colours/phase/first/lock", {}))["phases"][0]
    assert (locked["locked"], locked["admitting"], locked["participants"]) == (True, False, 1)
    late = await player(studio, "player-0002")
    assert (await values(studio, early))["shop"] == "blue"
    assert (await values(studio, late))["shop"] == "red"
    await done(studio, "POST", "/colours/phase/first/unlock", {})
    assert (await values(studio, late))["shop"] == "blue"


async def test_a_copy_is_a_draft_of_its_own(studio: Server) -> None:
    await create(studio, "colours", phase("QA", 0, HOUR), phase("all", HOUR, DAY))
    await done(studio, "POST", "/colours/phase/QA/end", {})
    studio.clock.advance(60)
    made = await done(studio, "POST", "/colours/copy", {"name": "colours 2", "note": "Again."})
    assert (made["state"], made["bias_notes"]) == ("draft", [])
    starts = [int(each["start_time_sec"]) for each in made["phases"]]
    assert starts == [NOW + DAY, NOW + HOUR + DAY]
    assert [each["ended_time_sec"] for each in made["phases"]] == ["0", "0"]
    at = {"name": "colours 3", "start_time_sec": NOW + 5 * DAY}
    (first, _) = (await done(studio, "POST", "/colours/copy", at))["phases"]
    assert first["start_time_sec"] == str(NOW + 5 * DAY)
    refused(await ask(studio, "POST", "/colours/copy", {"name": "colours"}), 409, 6)
    refused(await ask(studio, "POST", "/none/copy", {"name": "x"}), 404, 5)


async def test_participants_are_listed_by_phase_and_variant(studio: Server) -> None:
    made = await create(studio, "colours", phase(participants_max=4))
    names = [f"player-{number:04}" for number in range(6)]
    for name in names:
        await player(studio, name)
    found = await done(studio, "GET", "/colours/participant")
    assert (found["phase_id"], found["phase"]) == (made["phases"][0]["id"], "first")
    assert [each["identity_id"] for each in found["participants"]] == names[:4]
    assert found["participant_count"] == 4
    of = {each["variant"]: each["participants"] for each in found["variants"]}
    (told,) = (await done(studio, "GET", "/colours"))["phases"]
    assert (told["participants"], told["full"], told["admitting"]) == (4, True, False)
    # Chance may give all four the same variant: the other one is not listed then.
    assert {each["name"]: each["participants"] for each in told["variants"]} == {
        "control": 0,
        "blue": 0,
        **of,
    }
    for variant, number in of.items():
        page = await done(studio, "GET", f"/colours/participant?phase=first&variant={variant}")
        assert {each["variant"] for each in page["participants"]} == {variant}
        assert len(page["participants"]) == number
    page = await done(studio, "GET", "/colours/participant?pagination.limit=3")
    options = page["page_options"]
    assert options["prev_cursor"] == ""
    path = "/colours/participant?pagination.limit=3&pagination.cursor="
    rest = await done(studio, "GET", path + options["next_cursor"])
    assert [each["identity_id"] for each in rest["participants"]] == [names[3]]
    back = await done(studio, "GET", path + rest["page_options"]["prev_cursor"])
    assert back["participants"] == page["participants"]
    refused(await ask(studio, "GET", "/colours/participant?phase=none"), 404, 5)
    other = encode_cursor(Cursor(backward=False, key=(1,)))
    refused(await ask(studio, "GET", f"/colours/participant?pagination.cursor={other}"), 400, 3)


async def test_of_a_draft_there_are_no_participants(studio: Server) -> None:
    await create(studio, launched=False)
    refused(await ask(studio, "GET", "/colours/participant"), 400, 9)


async def test_one_player_s_places(studio: Server) -> None:
    await create(
        studio,
        "colours",
        phase("QA", 0, HOUR, variants=split(blue=1000)),
        phase("all", HOUR, DAY, audiences=["fans"]),
    )
    await studio.authenticate("player-0001")
    path = "/colours/participant/player-0001"
    # To ask gives no place.
    for _ in range(2):
        found = await done(studio, "GET", path)
        assert found["places"] == []
        assert (found["now"]["enrolled"], found["now"]["variant"]) == (False, "blue")
    await player(studio, "player-0001")
    found = await done(studio, "GET", path)
    (place,) = found["places"]
    qa = place["phase_id"]
    assert place == {
        "phase_id": qa,
        "phase": "QA",
        "variant": "blue",
        "enrol_time_sec": str(NOW),
    }
    assert found["now"] == {"phase_id": qa, "phase": "QA", "enrolled": True, "variant": "blue"}
    studio.clock.advance(HOUR)
    found = await done(studio, "GET", path)
    assert found["places"] == [place]
    assert found["now"]["problem"] == "the player is in none of the audiences"
    studio.clock.advance(DAY)
    assert "now" not in await done(studio, "GET", path)
    refused(await ask(studio, "GET", "/colours/participant/nobody-0001"), 404, 5)


async def test_overlaps_are_told_with_flags_times_and_players(studio: Server) -> None:
    for number, fan in enumerate(["yes", "yes", "no"]):
        await studio.authenticate(f"player-{number:04}", custom={"fan": fan})
    await studio.settle()
    await create(studio, "one", phase("a", 0, DAY), audiences=["fans"])
    await create(studio, "other", phase("b", HOUR, 2 * DAY), exclude_audiences=["whales"])
    await create(studio, "apart", phase("c"), exclude_audiences=["fans"])
    found = await done(studio, "GET", "/one")
    (overlap,) = found["overlaps"]
    assert found["overlap_count"] == 1
    assert overlap == {
        "phase": "a",
        "other_id": (await done(studio, "GET", "/other"))["id"],
        "other": "other",
        "other_phase": "b",
        "flags": ["shop"],
        "start_time_sec": str(NOW + HOUR),
        "end_time_sec": str(NOW + DAY),
        "audiences": ["fans"],
        "other_exclude_audiences": ["whales"],
        "wins": "other",
    }
    page = await done(studio, "GET", "/one/overlap")
    assert page["overlaps"] == [{**overlap, "players_in_both": 2}]
    # Where both are for everybody, nobody has counted them.
    (told,) = (await done(studio, "GET", "/apart/overlap"))["overlaps"]
    assert (told["other"], "players_in_both" in told) == ("other", False)
    await done(studio, "POST", "/other/end", {})
    assert (await done(studio, "GET", "/one/overlap"))["overlaps"] == []


async def test_players_in_both_are_those_in_one_audience_of_each(studio: Server) -> None:
    await define_audience(studio, "all", "true")
    await define_property(studio, "early")
    await define_audience(studio, "early", 'PropertiesCustom("early", "") == "yes"')
    for number in range(6):
        custom = {"early": "yes" if number < 4 else "no"}
        await studio.authenticate(f"player-{number:04}", custom=custom)
    await studio.settle()
    await create(studio, "one", audiences=["all", "fans"])
    await create(studio, "two", audiences=["early", "whales"])
    await create(studio, "three", exclude_audiences=["early"])
    found = (await done(studio, "GET", "/one/overlap"))["overlaps"]
    counts = {each["other"]: each["players_in_both"] for each in found}
    assert counts == {"two": 4, "three": 2}
    page = await done(studio, "GET", "/one/overlap?pagination.limit=1")
    path = f"/one/overlap?pagination.cursor={page['page_options']['next_cursor']}"
    rest = await done(studio, "GET", path)
    assert [*page["overlaps"], *rest["overlaps"]] == found
    refused(await ask(studio, "GET", "/one/overlap?pagination.cursor=x"), 400, 3)


async def test_an_exclusion_group_tells_whose_its_places_are(studio: Server) -> None:
    path = "/v1/console/exclusion-group"
    made = await studio.request("POST", path, body={"name": "shop tests"}, auth=ADMIN)
    assert (made.json["experiments"], made.json["free"]) == (
        [],
        [{"from_permille": 0, "to_permille": 1000}],
    )
    places = {"exclusion_from_permille": 200, "exclusion_to_permille": 700}
    one = await create(studio, "one", exclusion_group="shop tests", **places)
    body = {"name": "two", "exclusion_group": "shop tests", "phases": [phase()], "launched": True}
    details = refused(await ask(studio, "POST", "", body), 400, 3)
    assert [each["field"] for each in details] == ["exclusion_from_permille"]
    found = (await studio.request("GET", f"{path}/shop tests", auth=ADMIN)).json
    share = {"from_permille": 200, "to_permille": 700, "id": one["id"], "name": "one"}
    assert found["experiments"] == [{**share, "state": "running"}]
    assert found["free"] == [
        {"from_permille": 0, "to_permille": 200},
        {"from_permille": 700, "to_permille": 1000},
    ]


async def test_a_winner_becomes_what_its_flags_have(studio: Server) -> None:
    made = await create(studio, "colours", phase(variants=split(BLUE, RICH, blue=500)))
    others = [await player(studio, f"player-{number:04}") for number in range(8)]
    before = [(await values(studio, each))["shop"] for each in others]
    assert {"red", "blue"} == set(before)
    body = {"phase": "first", "variant": "blue", "note": "It won.", "version": made["version"]}
    found = await done(studio, "POST", "/colours/promote", body)
    assert [(each["name"], each["value"]) for each in found["flags"]] == [
        ("shop", "blue"),
        ("gems", '{"each":9}'),
    ]
    assert found["experiment"]["state"] == "running"
    assert "still running" in found["told"][0]
    for promoted in found["flags"]:
        current = await flag(studio, promoted["name"])
        assert (current["value"], current["version"]) == (promoted["value"], promoted["version"])
        path = f"/v1/console/flag/{promoted['name']}/revision"
        revisions = (await studio.request("GET", path, auth=ADMIN)).json["revisions"]
        assert [each["note"] for each in revisions][:1] == ["It won."]
    assert {(await values(studio, each))["shop"] for each in others} == {"blue"}


async def test_all_flags_are_promoted_or_none(studio: Server) -> None:
    await create(studio, "colours", phase(variants=split(BLUE, RICH)))
    await done(studio, "POST", "/colours/end", {})
    await done(studio, "POST", "/colours/archive", {})
    # An archived experiment holds nothing any more: this flag can ask for what its value is not.
    await change_flag(studio, "gems", value="1", validator="Number")
    body = {"phase": "first", "variant": "blue"}
    refused(await ask(studio, "POST", "/colours/promote", body), 400, 3)
    assert (await flag(studio, "shop"))["value"] == "red"
    only = await done(studio, "POST", "/colours/promote", {**body, "flags": ["shop"]})
    assert [each["name"] for each in only["flags"]] == ["shop"]
    assert (await flag(studio, "shop"))["value"] == "blue"
    assert "archived" in only["told"][0]


async def test_promoting_can_end_the_experiment_with_it(studio: Server) -> None:
    await create(studio, "colours", phase(), phase("next", DAY, 2 * DAY))
    others = [await player(studio, f"player-{number:04}") for number in range(8)]
    body = {"phase": "first", "variant": "control", "end": True}
    refused(await ask(studio, "POST", "/colours/promote", body), 400, 9)
    assert (await done(studio, "GET", "/colours"))["state"] == "running"
    found = await done(studio, "POST", "/colours/promote", {**body, "variant": "blue"})
    assert found["experiment"]["state"] == "ended"
    assert found["told"] == ["Experiment 'colours' is ended: it changes no flag any more"]
    assert {(await values(studio, each))["shop"] for each in others} == {"blue"}


async def test_a_winner_can_become_a_variant_for_an_audience(studio: Server) -> None:
    await create(studio, "colours", phase(audiences=["fans"]))
    body = {"phase": "first", "variant": "blue", "as_variant": {"name": "won"}}
    await done(studio, "POST", "/colours/promote", body)
    body["as_variant"] = {"name": "for whales", "audiences": ["whales"]}
    await done(studio, "POST", "/colours/promote", body)
    await done(studio, "POST", "/colours/promote", body)
    shop = await flag(studio, "shop")
    assert shop["value"] == "red"
    assert [(each["name"], each["value"], each["audiences"]) for each in shop["variants"]] == [
        ("for whales", "blue", ["whales"]),
        ("won", "blue", ["fans"]),
    ]
    await create(studio, "everybody")
    body = {"phase": "first", "variant": "blue", "as_variant": {"name": "won"}}
    refused(await ask(studio, "POST", "/everybody/promote", body), 400, 3)


async def test_what_still_stands_between_players_and_a_promoted_value_is_told(
    studio: Server,
) -> None:
    shop = {
        "variants": [{"name": "dear", "value": "gold", "audiences": ["whales"]}],
        "schedule": [{"at_time_sec": NOW + DAY, "value": "green"}],
    }
    await studio.request("PUT", "/v1/console/flag/shop", body=shop, auth=ADMIN)
    await create(studio, "colours", phase("first", 0, HOUR))
    await create(studio, "other")
    studio.clock.advance(HOUR)
    body = {"phase": "first", "variant": "blue"}
    assert (await done(studio, "POST", "/colours/promote", body))["told"] == [
        "Experiment 'colours' is ended: it changes no flag any more",
        "Flag 'shop': players of its variants keep those values: 'dear'",
        f"Flag 'shop': a change at {NOW + DAY} is to set it again",
        "Flag 'shop': experiment 'other' gives it values, too, which go before",
    ]
    await change_flag(studio, "shop", enabled=False)
    told = (await done(studio, "POST", "/colours/promote", body))["told"]
    assert "Flag 'shop' is off: everybody has its own value" in told


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"phase": "first", "variant": "green"}, 404, 5),
        ({"phase": "none", "variant": "blue"}, 404, 5),
        ({"phase": "first", "variant": "control"}, 400, 9),
        ({"phase": "first", "variant": "blue", "flags": ["gems"]}, 400, 3),
        ({"phase": "first", "variant": "blue", "flags": []}, 400, 3),
        ({"phase": "first", "variant": "blue", "version": "1"}, 409, 10),
        ({"phase": "first"}, 400, 3),
    ],
)
async def test_what_cannot_be_promoted(
    studio: Server, body: dict[str, Any], status: int, code: int
) -> None:
    await create(studio)
    refused(await ask(studio, "POST", "/colours/promote", body), status, code)
    assert (await flag(studio, "shop"))["value"] == "red"


async def test_a_draft_has_no_winner(studio: Server) -> None:
    await create(studio, launched=False)
    body = {"phase": "first", "variant": "blue"}
    refused(await ask(studio, "POST", "/colours/promote", body), 400, 9)


def test_who_may_write_flags_may_write_experiments() -> None:
    # Promoting asks for the one, and may end an experiment.
    for role in Role:
        assert role_may(role, Entity.FLAG, Action.WRITE) == role_may(
            role, Entity.EXPERIMENT, Action.WRITE
        )
