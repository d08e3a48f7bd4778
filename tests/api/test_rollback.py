"""Whatever kind a definition is of, it is again what it was."""

from typing import Any

import pytest

from matsuri.publishing.revision_api import PATH_OF
from tests.api.change_sets import Person, administrator, create, delete, key_of, update
from tests.api.running import NOW, Server

WEEK = {"start_time_sec": NOW + 86_400, "end_time_sec": NOW + 8 * 86_400}
HALVES = [
    {"name": each, "weight_permille": 500, "flags": [{"flag": "shop", "value": [each]}]}
    for each in ("red", "blue")
]
DEFINITIONS: dict[str, dict[str, Any]] = {
    "audience": {"filter": 'Properties("platform", "") == "ios"', "labels": ["spring"]},
    "event": {"value_type": "numeric", "value_validator": "number"},
    "exclusion_group": {"labels": ["spring"]},
    "experiment": {
        "hypothesis": "red sells",
        "audiences": ["Everybody"],
        "holdout_group": "never",
        "phases": [
            {"name": "first", **WEEK, "variants": HALVES, "exclude_audiences": ["Nobody"]},
        ],
    },
    "flag": {
        "value": {"price": 1},
        "variants": [
            {"name": "some", "value": [1], "audiences": ["Everybody"], "rollout_percent": 12.5}
        ],
        "schedule": [{"at_time_sec": NOW + 86_400, "enabled": False}],
    },
    "holdout_group": {"holdout_permille": 100},
    "label": {"colour": "#112233"},
    "live_event": {
        "schedule": {**WEEK, "reset_cron": "0 12 * * *", "duration_sec": 3600},
        "flags": [
            {
                "flag": "shop",
                "variants": [{"name": "v", "value": "x", "audiences": ["Everybody"]}],
            }
        ],
        "participants_max": 10,
        "explicit_join": True,
    },
    "property": {"value_type": "numeric"},
    "validator": {"schema": {"type": "number", "minimum": 0}},
}


async def furnish(me: Person) -> None:
    made = await me.draft(
        create("label", name="spring"),
        create("validator", name="number", schema={"type": "number"}),
        create("audience", name="Everybody", filter="true"),
        create("audience", name="Nobody", filter="false"),
        create("holdout_group", name="never", holdout_permille=50),
        create("flag", name="shop", value="plain"),
        name="Furniture",
    )
    await me.act("publish", made)


async def read(me: Person, kind: str, ref: str) -> Any:
    """What there is, but for what every change changes."""
    found = await me.call("GET", f"/v1/console/{PATH_OF[kind]}/{ref}")
    return {
        key: value
        for key, value in found.items()
        if key not in {"version", "update_time_sec", "create_time_sec"}
    }


def test_every_kind_is_tried() -> None:
    assert DEFINITIONS.keys() == PATH_OF.keys()


@pytest.mark.parametrize("kind", PATH_OF)
async def test_what_is_taken_back_is_what_it_was(server: Server, kind: str) -> None:
    me = await administrator(server)
    await furnish(me)
    definition = DEFINITIONS[kind]
    created = await me.draft(create(kind, name="Made", description="why", **definition))
    created = await me.act("publish", created)
    was = await read(me, kind, "Made")
    changed = await me.draft(update(kind, "Made", name="Changed", description=""))
    await me.act("publish", changed)
    assert (await read(me, kind, "Changed"))["description"] == ""
    await me.act("rollback", changed)
    assert await read(me, kind, "Made") == was
    gone = await me.draft(delete(kind, "Made"))
    await me.act("publish", gone)
    await me.refused(404, "GET", f"/v1/console/{PATH_OF[kind]}/Made")
    await me.act("rollback", gone)
    assert await read(me, kind, "Made") == was
    # It is made by somebody else's hand by now: what made it first does not take it away.
    await me.not_allowed(409, "rollback", created)


@pytest.mark.parametrize("kind", PATH_OF)
async def test_a_diff_of_every_kind_tells_the_new_definition(server: Server, kind: str) -> None:
    me = await administrator(server)
    await furnish(me)
    made = await me.draft(create(kind, name="Made", **DEFINITIONS[kind]))
    found = await me.diff(made)
    assert found["ready"], found
    [definition] = found["definitions"]
    assert definition["after"]["name"] == "Made"
    assert [each["path"] for each in definition["changes"]] == [""]


async def test_a_live_event_that_was_stopped_comes_back_stopped(server: Server) -> None:
    # People would be signed out by then.
    me = key_of(server)
    await furnish(me)
    place = "/v1/console/live-event"
    await me.call("POST", place, {"name": "Broken", **DEFINITIONS["live_event"]})
    await me.call("POST", f"{place}/Broken/stop", {})
    was = await read(me, "live_event", "Broken")
    gone = await me.draft(delete("live_event", "Broken"))
    await me.act("publish", gone)
    server.clock.advance(2 * 86_400)
    await me.act("rollback", gone)
    found = await read(me, "live_event", "Broken")
    assert found["stopped_time_sec"] == was["stopped_time_sec"] != "0"
    assert (found["active_runs"], "next_run" in found) == ([], False)


async def test_an_experiment_that_is_over_comes_back_with_its_phases(server: Server) -> None:
    # People would be signed out by then.
    me = key_of(server)
    await furnish(me)
    place = "/v1/console/experiment"
    definition = {**DEFINITIONS["experiment"], "launched": True}
    await me.call("POST", place, {"name": "Over", **definition})
    server.clock.advance(30 * 86_400)
    await me.call("POST", f"{place}/Over/archive", {})
    was = await read(me, "experiment", "Over")
    gone = await me.draft(delete("experiment", "Over"))
    await me.act("publish", gone)
    await me.act("rollback", gone)
    assert await read(me, "experiment", "Over") == was
    # By hand as well.
    await me.call("DELETE", f"{place}/Over")
    history = (await me.call("GET", f"{place}/{was['id']}/revision"))["revisions"]
    last = history[0]["version"]
    await me.call("POST", f"{place}/{was['id']}/revision/{last}/restore")
    assert await read(me, "experiment", "Over") == was


async def test_an_experiment_comes_back_running_only_where_it_could_be_launched(
    server: Server,
) -> None:
    # People would be signed out by then.
    me = key_of(server)
    await furnish(me)
    place = "/v1/console/experiment"
    definition = {**DEFINITIONS["experiment"], "launched": True}
    made = await me.call("POST", place, {"name": "Over", **definition})
    server.clock.advance(30 * 86_400)
    await me.call("POST", f"{place}/Over/archive", {})
    await me.call("DELETE", f"{place}/Over")
    launched = f"{place}/{made['id']}/revision/{made['version']}/restore"
    refused = await me.refused(400, "POST", launched)
    assert "over already" in refused["message"]
