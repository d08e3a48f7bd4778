"""Declaring events, properties, validators and labels (``/v1/console/taxonomy/…``)."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.console.model import Role
from matsuri.console.passwords import Passwords
from matsuri.console.store import add_user
from matsuri.events.taxonomy import CORE_EVENTS, DEFAULT_PROPERTIES, PACKS
from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import EMAIL, FAST_HASHES, SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
TAXONOMY = "/v1/console/taxonomy"


async def ask(
    server: Server, method: str, path: str, body: object = None, *, auth: str = ADMIN
) -> Reply:
    return await server.request(method, f"{TAXONOMY}/{path}", body=body, auth=auth)


def next_version(server: Server) -> int:
    """The version that the next change makes: what the server began with were changes, too."""
    return server.node.definitions.catalog.version + 1


async def done(server: Server, method: str, path: str, body: object = None) -> Any:
    """The answer, which must be 200."""
    reply = await ask(server, method, path, body)
    assert reply.status == 200, reply.body
    return reply.json


async def test_a_declared_event_is_taken_with_the_next_request(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    event = {"name": "raidFinished", "value": "3", "id": "e1"}
    assert (await server.publish(token, event)).status == 400
    made = await done(server, "POST", "event", {"name": "raidFinished", "value_type": "numeric"})
    assert (await server.publish(token, event)).status == 200
    (detail,) = refused(await server.publish(token, {**event, "value": "x"}), 400, 3)
    assert detail["reason"] == "INVALID_VALUE"
    assert (await server.computed(token))["raidFinishedValueSum"] == "3"
    await done(server, "DELETE", f"event/{made['id']}")
    (detail,) = refused(await server.publish(token, event), 400, 3)
    assert detail["reason"] == "INVALID_NAME"


async def test_what_is_answered_of_an_event(server: Server) -> None:
    first = next_version(server)
    made = await done(
        server, "POST", "event", {"name": "raidFinished", "description": "A raid is over."}
    )
    identifier = made.pop("id")
    assert len(identifier) == 36
    assert made == {
        "name": "raidFinished",
        "version": str(first),
        "core": False,
        "create_time_sec": str(NOW),
        "update_time_sec": str(NOW),
        "used_by": [],
        "used_by_count": 0,
        "description": "A raid is over.",
        "labels": [],
        "value_type": "any",
        "value_validator": "",
        "metadata_validator": "",
    }
    for ref in (identifier, "raidFinished"):
        assert await done(server, "GET", f"event/{ref}") == {**made, "id": identifier}


async def test_validators_hold_what_comes_in(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await done(server, "POST", "validator", {"name": "Level", "schema": {"type": "integer"}})
    schema = {"properties": {"level": {"$ref": "Level"}}, "required": ["level"]}
    await done(server, "POST", "validator", {"name": "Progress", "schema": schema})
    body = {"name": "raid", "value_validator": "Level", "metadata_validator": "Progress"}
    await done(server, "POST", "event", body)
    good = {"name": "raid", "value": "3", "metadata": {"level": "7"}}
    assert (await server.publish(token, good)).status == 200
    (detail,) = refused(await server.publish(token, {**good, "metadata": {"level": "up"}}), 400, 3)
    assert detail["reason"] == "INVALID_METADATA"
    assert "metadata.level" in detail["problem"]
    (detail,) = refused(await server.publish(token, {**good, "value": "3.5"}), 400, 3)
    assert detail["reason"] == "INVALID_VALUE"
    # A change of a validator reaches those that refer to it.
    await done(server, "PUT", "validator/Level", {"schema": {"type": "string"}})
    assert (await server.publish(token, {**good, "metadata": {"level": "up"}})).status == 200


async def test_a_declared_property_is_taken(server: Server) -> None:
    session = await server.authenticate("player-0001")

    async def put(value: object) -> Reply:
        return await server.request(
            "PUT", "/v1/properties", body={"custom": {"rank": value}}, auth=bearer(session["token"])
        )

    refused(await put("5"), 400, 3)
    made = await done(server, "POST", "property", {"name": "rank", "value_type": "numeric"})
    assert made["core"] is False
    assert (await put("5")).status == 200
    assert refused(await put("high"), 400, 3)[0]["field"] == "custom.rank"
    assert (await server.properties(session["token"]))["custom"] == {"rank": "5"}
    body = {"id": "player-0002", "custom": {"rank": "1", "clan": "x"}}
    reply = await server.request("POST", "/v1/authenticate", body=body, auth=KEY)
    assert refused(reply, 400, 3)[0]["field"] == "custom.clan"
    assert not await server.exists("player-0002")


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("event", {}, ["name"]),
        ("event", {"name": "_mine"}, ["name"]),
        ("event", {"name": "a b"}, ["name"]),
        ("event", {"name": "é"}, ["name"]),
        ("event", {"name": "x" * 129}, ["name"]),
        ("event", {"name": "a", "value_type": "text"}, ["value_type"]),
        ("event", {"name": "a", "labels": "b"}, ["labels"]),
        (
            "event",
            {"name": "", "labels": ["no"], "value_validator": "No", "metadata_validator": "No"},
            ["name", "labels[0]", "value_validator", "metadata_validator"],
        ),
        ("event", {"name": "a", "description": "x" * 2001}, ["description"]),
        ("event", {"name": "a", "note": "a\x00b"}, ["note"]),
        ("property", {"name": "a", "value_type": "any"}, ["value_type"]),
        ("property", {"name": "_a", "value_type": "any"}, ["name", "value_type"]),
        ("validator", {"name": "A b"}, ["name"]),
        ("validator", {"name": "check"}, ["name"]),
        ("validator", {"name": "A", "schema": 5}, ["schema"]),
        ("validator", {"name": "A", "schema": {"type": "x"}}, ["schema.type"]),
        ("validator", {"name": "A", "schema": {"items": {"$ref": "No"}}}, ["schema.items.$ref"]),
        ("validator", {"name": "A", "schema": {"$ref": "A"}}, ["schema"]),
        ("label", {"name": " a"}, ["name"]),
        ("label", {"name": "a/b"}, ["name"]),
        ("label", {"name": "a", "colour": "red"}, ["colour"]),
    ],
)
async def test_what_is_wrong_is_told_field_by_field(
    server: Server, path: str, body: Any, fields: list[str]
) -> None:
    details = refused(await ask(server, "POST", path, body), 400, 3)
    told = [detail["field"] for detail in details]
    assert [field for field in dict.fromkeys(told) if field in fields] == fields
    assert all(detail["problem"] for detail in details)
    listed = await done(server, "GET", f"{path}?search.name.exact=a")
    assert next(iter(listed.values())) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [("event", "gameStarted"), ("event", "statUpdated"), ("property", "language")],
)
async def test_a_name_is_taken_once(server: Server, path: str, name: str) -> None:
    refused(await ask(server, "POST", path, {"name": name}), 409, 6)
    await done(server, "POST", path, {"name": "mine"})
    refused(await ask(server, "POST", path, {"name": "mine"}), 409, 6)
    await done(server, "POST", path, {"name": "other"})
    refused(await ask(server, "PUT", f"{path}/other", {"name": "mine"}), 409, 6)


async def test_what_comes_with_the_server_is_listed_and_locked(server: Server) -> None:
    events = (await done(server, "GET", "event?pagination.limit=1000"))["events"]
    assert {e["name"] for e in events if e["core"]} == set(CORE_EVENTS)
    assert {e["name"] for e in events if e.get("pack") == "hiro"} == set(PACKS["hiro"])
    properties = (await done(server, "GET", "property"))["properties"]
    assert {p["name"] for p in properties if p["core"]} == set(DEFAULT_PROPERTIES)
    validators = (await done(server, "GET", "validator"))["validators"]
    assert [v["name"] for v in validators] == ["ANY", "Boolean", "Number", "Object", "String"]
    for path in ("event/gameStarted", "event/statUpdated", "property/city", "validator/String"):
        refused(await ask(server, "DELETE", path), 400, 9)
        refused(await ask(server, "PUT", path, {"description": "x"}), 400, 9)
        refused(await ask(server, "PUT", path, {"name": "other"}), 400, 9)


async def test_core_events_take_labels_and_nothing_else(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await done(server, "POST", "label", {"name": "Funnel", "colour": "#00aaFF"})
        before = await done(server, "GET", "event/tutorialStarted")
        after = await done(server, "PUT", "event/tutorialStarted", {"labels": ["Funnel"]})
        assert after["labels"] == ["Funnel"]
        assert (after["id"], after["core"]) == (before["id"], True)
        body = {"labels": [], "value_type": "any"}
        refused(await ask(server, "PUT", "event/tutorialStarted", body), 400, 9)
        await done(server, "PUT", "event/statUpdated", {"labels": ["Funnel"]})
        label = await done(server, "GET", "label/Funnel")
        assert [user["name"] for user in label["used_by"]] == ["statUpdated", "tutorialStarted"]
    # What was added to an event of a pack means nothing while that is off, and stays.
    async with running(tmp_path, clock=server.clock, taxonomy_packs=[]) as server:
        refused(await ask(server, "GET", "event/statUpdated"), 404, 5)
        assert (await done(server, "GET", "event/tutorialStarted"))["labels"] == ["Funnel"]
    async with running(tmp_path, clock=server.clock) as server:
        assert (await done(server, "GET", "event/statUpdated"))["labels"] == ["Funnel"]


async def test_without_the_pack_its_names_are_free(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await done(server, "POST", "label", {"name": "Old"})
        await done(server, "PUT", "event/statUpdated", {"labels": ["Old"]})
    async with running(tmp_path, clock=server.clock, taxonomy_packs=[]) as server:
        token = (await server.authenticate("player-0001"))["token"]
        (detail,) = refused(await server.publish(token, {"name": "statUpdated"}), 400, 3)
        assert detail["reason"] == "INVALID_NAME"
        await done(server, "POST", "event", {"name": "statUpdated", "value_type": "numeric"})
        assert (await server.publish(token, {"name": "statUpdated", "value": "1"})).status == 200
    async with running(tmp_path, clock=server.clock) as server:
        # The studio's own goes before the pack's.
        event = await done(server, "GET", "event/statUpdated")
        assert (event["value_type"], event["core"], "pack" in event) == ("numeric", False, False)


async def test_what_is_in_use_stays(server: Server) -> None:
    await done(server, "POST", "validator", {"name": "Level", "schema": {"minimum": 1}})
    await done(server, "POST", "validator", {"name": "More", "schema": {"$ref": "Level"}})
    await done(server, "POST", "event", {"name": "raid", "value_validator": "Level"})
    users = [
        {"kind": "event", "name": "raid", "field": "value_validator"},
        {"kind": "validator", "name": "More", "field": "schema"},
    ]
    level = await done(server, "GET", "validator/Level")
    assert (level["used_by"], level["used_by_count"]) == (users, 2)
    assert refused(await ask(server, "DELETE", "validator/Level"), 400, 9) == users
    assert refused(await ask(server, "PUT", "validator/Level", {"name": "L"}), 400, 9) == users
    await done(server, "DELETE", "validator/More")
    await done(server, "PUT", "event/raid", {"value_validator": ""})
    await done(server, "DELETE", "validator/Level")
    refused(await ask(server, "GET", "validator/Level"), 404, 5)


async def test_a_change_that_breaks_those_who_refer_is_refused(server: Server) -> None:
    schema = {"$defs": {"step": {"type": "integer"}}}
    await done(server, "POST", "validator", {"name": "Base", "schema": schema})
    await done(
        server, "POST", "validator", {"name": "Step", "schema": {"$ref": "Base#/$defs/step"}}
    )
    for wrong in ({"$defs": {}}, {"$ref": "Step"}):
        (detail,) = refused(await ask(server, "PUT", "validator/Base", {"schema": wrong}), 400, 3)
        assert detail["field"].startswith("schema")
    assert (await done(server, "GET", "validator/Base"))["schema"] == schema


async def test_a_change_says_what_changes(server: Server) -> None:
    first = next_version(server)
    body = {"name": "raid", "description": "A raid.", "value_type": "numeric"}
    made = await done(server, "POST", "event", body)
    server.clock.advance(60)
    changed = await done(server, "PUT", "event/raid", {"name": "raidEnded", "value_type": "any"})
    assert changed == {
        **made,
        "name": "raidEnded",
        "value_type": "any",
        "version": str(first + 1),
        "update_time_sec": str(NOW + 60),
    }
    refused(await ask(server, "GET", "event/raid"), 404, 5)
    # What changes nothing is no change.
    assert await done(server, "PUT", f"event/{made['id']}", {"value_type": "any"}) == changed


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_who_saw_an_old_version_changes_nothing(server: Server, method: str) -> None:
    first = next_version(server)
    made = await done(server, "POST", "event", {"name": "raid"})
    await done(server, "PUT", "event/raid", {"description": "x", "version": made["version"]})

    async def late(version: str) -> Reply:
        if method == "PUT":
            return await ask(server, "PUT", "event/raid", {"labels": [], "version": version})
        return await ask(server, "DELETE", f"event/raid?version={version}")

    (detail,) = refused(await late(made["version"]), 409, 10)
    assert detail == {"field": "version", "problem": f"is {first + 1} by now"}
    assert (await late(str(first + 1))).status == 200
    refused(await late("two"), 400, 3)


async def test_every_change_is_a_revision(server: Server) -> None:
    first = next_version(server)
    token = await server.sign_in()
    reply = await ask(server, "POST", "event", {"name": "raid", "note": "new"}, auth=bearer(token))
    identifier = reply.json["id"]
    server.clock.advance(5)
    await done(server, "PUT", "event/raid", {"name": "raids", "description": "x"})
    await done(server, "DELETE", "event/raids?note=unused")
    answer = await done(server, "GET", f"event/{identifier}/revision")
    deleted, changed, created = answer["revisions"]
    body = {
        "description": "",
        "labels": [],
        "value_type": "any",
        "value_validator": "",
        "metadata_validator": "",
    }
    renamed = {"name": "raids", "body": {**body, "description": "x"}}
    assert created == {
        "version": str(first),
        "after": {"name": "raid", "body": body},
        "changed_by": f"user:{EMAIL}",
        "change_time_sec": str(NOW),
        "note": "new",
    }
    assert (changed["before"], changed["after"]) == (created["after"], renamed)
    assert (changed["changed_by"], changed["version"]) == ("server_key:default", str(first + 1))
    assert (deleted["before"], deleted["note"], "after" in deleted) == (renamed, "unused", False)
    # Page by page, there and back.
    path = f"event/{identifier}/revision?pagination.limit=1"
    pages = [await done(server, "GET", path)]
    while cursor := pages[-1]["page_options"]["next_cursor"]:
        pages.append(await done(server, "GET", f"{path}&pagination.cursor={cursor}"))
    assert [page["revisions"] for page in pages] == [[deleted], [changed], [created]]
    back = pages[2]["page_options"]["prev_cursor"]
    assert await done(server, "GET", f"{path}&pagination.cursor={back}") == pages[1]
    refused(await ask(server, "GET", "event/nothing/revision"), 404, 5)
    listed = await done(server, "GET", "event?pagination.limit=1")
    other = listed["page_options"]["next_cursor"]
    refused(await ask(server, "GET", f"{path}&pagination.cursor={other}"), 400, 3)


async def test_lists_go_page_by_page_there_and_back(server: Server) -> None:
    everything = (await done(server, "GET", "event?pagination.limit=1000"))["events"]
    pages = [await done(server, "GET", "event?pagination.limit=30")]
    while cursor := pages[-1]["page_options"]["next_cursor"]:
        path = f"event?pagination.limit=30&pagination.cursor={cursor}"
        pages.append(await done(server, "GET", path))
    assert [event for page in pages for event in page["events"]] == everything
    assert pages[0]["page_options"]["prev_cursor"] == ""
    back = pages[1]["page_options"]["prev_cursor"]
    path = f"event?pagination.limit=30&pagination.cursor={back}"
    assert (await done(server, "GET", path))["events"] == pages[0]["events"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("search.name.or=raid&search.name.or=duel&search.name.or=no", ["duel", "raid"]),
        ("search.name.exact=raid", ["raid"]),
        ("search.name.exact=rai", []),
        ("search.name.like=RAI", ["raid"]),
        ("search.label_name.or=PvP&search.label_name.or=Co-op", ["duel", "raid"]),
        ("search.label_name.and=PvP&search.label_name.and=Co-op", ["raid"]),
        ("search.label_name.or=PvP&search.name.like=du", ["duel"]),
        ("search.label_name.or=no", []),
    ],
)
async def test_searches(server: Server, query: str, names: list[str]) -> None:
    for label in ("PvP", "Co-op"):
        await done(server, "POST", "label", {"name": label})
    await done(server, "POST", "event", {"name": "duel", "labels": ["PvP"]})
    await done(server, "POST", "event", {"name": "raid", "labels": ["PvP", "Co-op", "PvP"]})
    found = await done(server, "GET", f"event?{query}")
    assert [each["name"] for each in found["events"]] == names


@pytest.mark.parametrize(
    "query", ["pagination.limit=0", "pagination.limit=1001", "pagination.cursor=x", "search.x=1"]
)
async def test_queries_that_make_no_sense(server: Server, query: str) -> None:
    (detail,) = refused(await ask(server, "GET", f"event?{query}"), 400, 3)
    assert detail["field"] == query.partition("=")[0]


async def test_a_schema_can_be_tried_out(server: Server) -> None:
    body = {"schema": {"properties": {"n": {"$ref": "Number"}}}, "instance": {"n": 1}}
    path = "validator/check"
    assert await done(server, "POST", path, body) == {"valid": True, "problems": []}
    answer = await done(server, "POST", path, {**body, "instance": {"n": "1"}})
    assert answer["valid"] is False
    assert answer["problems"] == [{"place": ["n"], "problem": '"1" is not of type "number"'}]
    details = refused(await ask(server, "POST", path, {"schema": {"$ref": "No"}}), 400, 3)
    assert details[0]["field"] == "schema.$ref"
    refused(await ask(server, "POST", path, {}), 400, 3)
    large = {"schema": {}, "instance": "x" * 65_535}
    assert refused(await ask(server, "POST", path, large), 400, 3)[0]["field"] == "instance"


async def test_there_is_a_most(tmp_path: Path) -> None:
    async with running(tmp_path, definitions_max=1) as server:
        await done(server, "POST", "label", {"name": "one"})
        refused(await ask(server, "POST", "label", {"name": "two"}), 400, 9)
        await done(server, "POST", "event", {"name": "one"})


async def test_definitions_survive_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        made = await done(server, "POST", "event", {"name": "raid", "value_type": "numeric"})
    async with running(tmp_path, clock=server.clock) as server:
        assert await done(server, "GET", "event/raid") == made
        token = (await server.authenticate("player-0001"))["token"]
        assert (await server.publish(token, {"name": "raid"})).status == 200


ROLES = {
    Role.ADMIN: (200, 200, 200),
    Role.DEBUGGER: (200, 200, 403),
    Role.DEVELOPER: (200, 200, 200),
    Role.GAME_DESIGNER: (200, 200, 200),
    Role.SUPPORT: (200, 403, 403),
}


@pytest.mark.parametrize("role", list(Role))
async def test_roles(server: Server, role: Role) -> None:
    password_hash = Passwords(FAST_HASHES).hash("a password")
    email = "someone@example.com"
    await server.node.control.write(
        lambda c: add_user(c, email=email, password_hash=password_hash, role=role, created_us=0)
    )
    reply = await server.request(
        "POST", "/v1/console/authenticate", body={"email": email, "password": "a password"}
    )
    auth = bearer(reply.json["token"])
    await done(server, "POST", "label", {"name": "old"})
    replies = [
        await ask(server, "GET", "label", auth=auth),
        await ask(server, "POST", "label", {"name": "new"}, auth=auth),
        await ask(server, "DELETE", "label/old", auth=auth),
    ]
    assert tuple(each.status for each in replies) == ROLES[role]
    for each, action in zip(replies, ("read", "write", "delete"), strict=True):
        if each.status == 403:
            refused(each, 403, 7, f"This needs the permission taxonomy:{action}")
    refused(await server.request("GET", f"{TAXONOMY}/label"), 401, 16)
