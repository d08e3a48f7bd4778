"""Change sets: written, published in one transaction, and taken back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.change_sets import (
    SETS,
    Person,
    administrator,
    create,
    delete,
    key_of,
    update,
)
from tests.api.running import NOW, Server, running
from tests.support.in_process import basic, bearer

FLAG = "/v1/console/flag"
AUDIENCE = "/v1/console/audience"
IOS = 'Properties("platform", "") == "ios"'


async def flag(server: Server, name: str, value: str = "plain", **fields: Any) -> Any:
    return await key_of(server).call("POST", FLAG, {"name": name, "value": value, **fields})


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


async def test_an_audience_and_a_flag_variant_for_it_are_published_together(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(
        # The variant comes first, and needs the audience after it.
        update("flag", "shop", variants=[{"name": "ios", "value": "new", "audiences": ["Ios"]}]),
        create("audience", name="Ios", filter=IOS),
    )
    assert (made["state"], made["version"], made["change_count"]) == ("draft", "1", 2)
    assert (await me.call("GET", f"{FLAG}/shop"))["variants"] == []
    published = await me.act("publish", made, note="at last")
    assert published["state"] == "published"
    assert published["publication"]["note"] == "at last"
    assert [each["name"] for each in published["outcomes"]] == ["Ios", "shop"]
    found = await me.call("GET", f"{FLAG}/shop")
    assert [each["audiences"] for each in found["variants"]] == [["Ios"]]
    # A new definition has the id that the set has told.
    assert (await me.call("GET", f"{AUDIENCE}/Ios"))["id"] == made["changes"][1]["id"]
    history = (await me.call("GET", f"{FLAG}/shop/revision"))["revisions"]
    assert history[0]["note"] == "Change set 'Spring': at last"


async def test_all_or_nothing(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(
        update("flag", "shop", value="other"),
        create("audience", name="Broken", filter="no filter at all ("),
    )
    found = await me.not_allowed(400, "publish", made)
    assert found["details"][0]["change"] == 2
    assert found["details"][0]["field"] == "filter"
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "plain"
    assert (await me.read(made))["state"] == "draft"


async def test_what_changed_since_is_a_conflict_until_rebased(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="mine"))
    await me.call("PUT", f"{FLAG}/shop", {"description": "somebody else's"})
    refused = await me.not_allowed(409, "publish", made)
    assert refused["details"][0]["problem"] == "was changed"
    rebased = await me.act("rebase", made)
    assert rebased["changes"][0]["base_version"] != made["changes"][0]["base_version"]
    await me.act("publish", made)
    found = await me.call("GET", f"{FLAG}/shop")
    assert (found["value"], found["description"]) == ("mine", "somebody else's")


async def test_a_rollback_gives_back_all_that_was(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop", description="the shop")
    gone = await flag(server, "gone", "bye")
    made = await me.draft(
        update("flag", "shop", value="new", name="store"),
        create("audience", name="Ios", filter=IOS),
        delete("flag", "gone"),
    )
    await me.act("publish", made)
    back = await me.act("rollback", made, note="too loud")
    assert (back["state"], back["rolls_back"]) == ("published", made["id"])
    found = await me.call("GET", f"{FLAG}/shop")
    assert (found["value"], found["description"]) == ("plain", "the shop")
    assert (await me.call("GET", f"{FLAG}/gone"))["id"] == gone["id"]
    await me.refused(404, "GET", f"{AUDIENCE}/Ios")
    assert (await me.read(made))["rolled_back_by"] == back["id"]
    await me.not_allowed(400, "rollback", made)
    # What was taken back is published again by taking that back.
    await me.act("rollback", back)
    assert (await me.call("GET", f"{FLAG}/store"))["value"] == "new"


async def test_a_diff_tells_before_and_after_by_path(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop", variants=[{"name": "all", "value": "a", "rollout_percent": 10}])
    made = await me.draft(
        update("flag", "shop", variants=[{"name": "all", "value": "b", "rollout_percent": 10}]),
        create("audience", name="Ios", filter="wrong ("),
    )
    found = await me.diff(made)
    shop, ios = found["definitions"]
    assert shop["changes"] == [{"path": 'body.variants["all"].value', "before": "a", "after": "b"}]
    assert ios["problems"][0]["field"] == "filter"
    assert not found["ready"]


async def test_a_published_set_tells_what_it_has_changed(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="b"), create("flag", name="new", value="x"))
    published = await me.act("publish", made)
    # Whatever becomes of them later.
    await me.call("PUT", f"{FLAG}/shop", {"value": "c"})
    found = await me.diff(made)
    assert [(each["number"], each["name"]) for each in found["definitions"]] == [
        (2, "new"),
        (1, "shop"),
    ]
    new, shop = found["definitions"]
    assert shop["changes"] == [{"path": "body.value", "before": "plain", "after": "b"}]
    assert "before" not in new
    assert [each["action"] for each in published["deeds"]] == ["create", "publish"]


async def test_a_conflict_tells_who_has_changed_what(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    gone = await flag(server, "gone")
    made = await me.draft(
        update("flag", "shop", value="mine"),
        update("flag", "gone", value="mine"),
        create("flag", name="same", value="mine"),
    )
    key = key_of(server)
    await key.call("PUT", f"{FLAG}/shop", {"description": "theirs", "value": "theirs"})
    await key.call("DELETE", f"{FLAG}/gone")
    await key.call("POST", FLAG, {"name": "same", "value": "theirs"})
    found = await me.diff(made)
    shop, lost, same = (each["conflict"] for each in found["definitions"])
    assert (shop["problem"], shop["changed_by"]) == ("was changed", "server_key:default")
    assert {each["path"] for each in shop["changes"]} == {"body.description", "body.value"}
    assert (lost["problem"], lost["current_version"]) == ("was deleted", "")
    assert same["problem"] == "the name is taken by another one"
    # What the change would make of what is there now.
    assert found["definitions"][0]["changes"] == [
        {"path": "body.value", "before": "theirs", "after": "mine"}
    ]
    details = (await me.not_allowed(409, "publish", made))["details"]
    assert [each["change"] for each in details] == [1, 2, 3]
    await me.not_allowed(400, "rebase", made)
    await me.not_allowed(409, "rebase", made, changes=[1], definitions_version="1")
    seen = found["definitions_version"]
    await me.act("rebase", made, changes=[1], definitions_version=seen)
    for number in (2, 3):
        await me.call("DELETE", f"{SETS}/{made['id']}/change/{number}")
    await me.act("publish", made)
    assert (await me.call("GET", f"{FLAG}/shop"))["description"] == "theirs"
    await me.refused(404, "GET", f"{FLAG}/{gone['id']}")


async def test_a_rollback_is_refused_where_something_has_changed(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="b"), create("flag", name="new", value="x"))
    await me.act("publish", made)
    await me.call("PUT", f"{FLAG}/shop", {"value": "c"})
    found = await me.not_allowed(409, "rollback", made)
    assert [each["name"] for each in found["details"]] == ["shop"]
    await me.call("GET", f"{FLAG}/new")
    # Unless somebody has looked, and takes it upon them.
    back = await me.act("rollback", made, draft=True)
    assert [each["whole"] for each in back["changes"]] == [True, False]
    await me.not_allowed(409, "publish", back)
    await me.act("rebase", back)
    await me.act("publish", back)
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "plain"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "nothing"}, "changes[0].kind"),
        (update("flag", "shop", valeu="x"), "changes[0].definition.valeu"),
        (update("flag", "shop", note="x"), "changes[0].definition.note"),
        (update("flag", "shop", enabled="x"), "changes[0].definition.enabled"),
        (update("flag", "nothing", value="x"), "changes[0].id"),
        ({"kind": "flag", "definition": {}}, "changes[0].id"),
        (create("flag", value="x"), "changes[0].definition.name"),
        (create("flag", name="x", value="x") | {"id": "shop"}, "changes[0].id"),
        (delete("flag", "nothing"), "changes[0].id"),
        (create("flag", name="x", value=nested(200)), "changes[0].definition"),
    ],
)
async def test_what_cannot_be_read_is_refused_at_once(
    server: Server, change: Any, field: str
) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    found = await me.refused(400, "POST", SETS, {"name": "Spring", "changes": [change]})
    assert found["details"][0]["field"] == field
    assert (await me.call("GET", SETS))["change_sets"] == []


async def test_changes_are_replaced_and_taken_out(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(create("audience", name="Ios", filter=IOS))
    new_id = made["changes"][0]["id"]
    # Called otherwise, it is still the same new definition.
    renamed = await me.put(made, create("audience", name="Apple", filter=IOS) | {"id": new_id})
    assert [(each["number"], each["name"]) for each in renamed["changes"]] == [(1, "Apple")]
    await me.put(made, update("flag", "shop", value="a"))
    replaced = await me.put(made, delete("flag", "shop"))
    assert [each["action"] for each in replaced["changes"]] == ["create", "delete"]
    refused = await me.refused(
        400,
        "PUT",
        f"{SETS}/{made['id']}/change",
        {"changes": [update("audience", "Apple", filter="")]},
    )
    assert "change 1" in refused["message"]
    stale = {"name": "Autumn", "version": made["version"]}
    await me.refused(409, "PUT", f"{SETS}/{made['id']}", stale)
    whole = await me.call(
        "PUT", f"{SETS}/{made['id']}", {"name": "Autumn", "changes": [update("flag", "shop")]}
    )
    assert (whole["name"], [each["number"] for each in whole["changes"]]) == ("Autumn", [2])
    await me.refused(404, "DELETE", f"{SETS}/{made['id']}/change/1")


async def test_new_overlaps_are_told(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    week = {"start_time_sec": NOW, "end_time_sec": NOW + 7 * 86_400}
    event = {"schedule": week, "flags": [{"flag": "shop", "value": "festive"}]}
    await me.call("POST", "/v1/console/live-event", {"name": "Festival", **event})
    halves = [
        {"name": each, "weight_permille": 500, "flags": [{"flag": "shop", "value": each}]}
        for each in ("red", "blue")
    ]
    made = await me.draft(
        create(
            "experiment",
            name="colours",
            launched=True,
            phases=[{"name": "first", **week, "variants": halves}],
        )
    )
    found = await me.diff(made)
    [overlap] = found["overlaps"]
    assert (overlap["wins"]["name"], overlap["flags"]) == ("colours", ["shop"])
    [shared] = found["shared_flags"]
    assert [each["name"] for each in shared["sources"]] == ["colours", "Festival"]
    await me.act("publish", made)
    other = await me.draft(update("live_event", "Festival", description="the same"))
    found = await me.diff(other)
    assert (found["overlaps"], found["shared_flags"]) == ([], [])


async def test_what_is_on_keeps_its_own_rules(server: Server) -> None:
    me = await administrator(server)
    schedule = {"start_time_sec": NOW - 100, "end_time_sec": NOW + 86_400}
    event = {"name": "Festival", "schedule": schedule, "draft": True}
    await me.call("POST", "/v1/console/live-event", event)
    made = await me.draft(update("live_event", "Festival", draft=False))
    await me.act("publish", made)
    refused = await me.not_allowed(400, "rollback", made)
    assert refused["details"][0]["problem"].startswith("what was launched is no draft any more")
    # It is on: stopped or archived, but not deleted.
    gone = await me.draft(delete("live_event", "Festival"))
    refused = await me.not_allowed(400, "publish", gone)
    assert "is on" in refused["message"]
    archived = await me.draft(update("live_event", "Festival", archived=True))
    await me.act("publish", archived)
    await me.act("rollback", archived)
    assert not (await me.call("GET", "/v1/console/live-event/Festival"))["archived"]


async def test_the_impact_of_a_set_is_what_it_does(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    for number in range(40):
        await server.authenticate(f"player-{number:04}")
    await server.settle()
    made = await me.draft(
        create(
            "flag",
            name="lottery",
            value="none",
            variants=[{"name": "winner", "value": "gold", "rollout_percent": 50}],
        ),
        update("flag", "shop", value="new"),
    )
    found = await me.act("impact", made)
    flags = {each["name"]: each for each in found["flags"]}
    assert flags["shop"]["count"] == 40
    gold = next(x for x in flags["lottery"]["changes"] if x["after"] == "gold")
    assert found["notes"] == []
    await me.act("publish", made)
    winners = 0
    for number in range(40):
        session = await server.authenticate(f"player-{number:04}")
        reply = await server.request("GET", "/v1/flag", auth=bearer(session["token"]))
        values = {each["name"]: each["value"] for each in reply.json["flags"]}
        winners += values["lottery"] == "gold"
    # New definitions have had their ids already.
    assert winners == gold["count"]


async def test_there_is_a_most_of_everything(tmp_path: Path) -> None:
    async with running(
        tmp_path, change_set_changes_max=2, change_set_bytes_max=400, change_sets_open_max=1
    ) as server:
        me = await administrator(server)
        flags = [create("flag", name=f"flag{each}", value="x") for each in range(3)]
        await me.refused(400, "POST", SETS, {"name": "Spring", "changes": flags})
        long = create("flag", name="long", value="x" * 500)
        await me.refused(400, "POST", SETS, {"name": "Spring", "changes": [long]})
        made = await me.draft(flags[0])
        await me.refused(400, "PUT", f"{SETS}/{made['id']}/change", {"changes": [long]})
        await me.refused(400, "POST", SETS, {"name": "Summer"})
        await me.act("discard", made)
        await me.draft(name="Summer")


async def test_who_may_not_see_a_definition_does_not_see_it_in_a_set(server: Server) -> None:
    me = await administrator(server)
    made = await me.draft(create("flag", name="secret", value="x"))
    created = await me.call(
        "POST",
        "/v1/console/serverkey",
        {"name": "sets", "permissions": ["change_set:read", "audience:read"]},
    )
    sets_only = Person(server, basic(created["value"]))
    [listed] = (await sets_only.call("GET", SETS))["change_sets"]
    assert "changes" not in listed
    for path in ("", "/diff"):
        await sets_only.refused(403, "GET", f"{SETS}/{made['id']}{path}")
    kinds = {x["kind"] for x in (await sets_only.call("GET", "/v1/console/history"))["changes"]}
    assert kinds <= {"audience"}


async def test_of_several_who_publish_it_at_once_one_does(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="b"))
    place = f"{SETS}/{made['id']}/publish"
    asked = (server.request("POST", place, body={}, auth=me.auth) for _ in range(4))
    statuses = sorted(reply.status for reply in await asyncio.gather(*asked))
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {400, 409}
    assert len((await me.call("GET", f"{FLAG}/shop/revision"))["revisions"]) == 2


async def test_a_set_that_is_changed_while_it_is_published_is_not(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="b"))
    place = f"{SETS}/{made['id']}"
    edited, published = await asyncio.gather(
        server.request("PUT", place, body={"name": "Other"}, auth=me.auth),
        server.request("POST", f"{place}/publish", body={"version": made["version"]}, auth=me.auth),
    )
    # Whoever comes first; what nobody has seen is not published.
    assert (edited.status, published.status) in {(200, 409), (400, 200)}
    value = (await me.call("GET", f"{FLAG}/shop"))["value"]
    assert value == ("b" if published.status == 200 else "plain")


async def test_what_is_done_with_a_set_is_in_the_audit_log(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="b"))
    await me.act("publish", made, note="at last")
    await me.act("rollback", made)
    place = f"/v1/console/audit?search.subject_id.exact={made['id']}"
    entries = (await me.call("GET", place))["entries"]
    assert [each["action"] for each in entries] == [
        "change_set.roll_back",
        "change_set.publish",
        "change_set.create",
    ]
    published = entries[1]
    assert (published["actor"], published["note"]) == ("admin@example.com", "at last")
    assert (published["before"]["state"], published["after"]["state"]) == ("draft", "published")
