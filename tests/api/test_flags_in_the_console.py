"""Declaring flags and their variants (``/v1/console/flag``)."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.console.model import Role
from matsuri.console.passwords import Passwords
from matsuri.console.store import add_user
from tests.api.flags import define_audience, define_label, remove_default_flags, values
from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import FAST_HASHES, SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
FLAG = "/v1/console/flag"
LATER = str(NOW + 100)


async def ask(
    server: Server, method: str, path: str = "", body: object = None, *, auth: str = ADMIN
) -> Reply:
    return await server.request(
        method, f"{FLAG}/{path}".removesuffix("/").replace("/?", "?"), body=body, auth=auth
    )


async def done(server: Server, method: str, path: str = "", body: object = None) -> Any:
    """The answer, which must be 200."""
    reply = await ask(server, method, path, body)
    assert reply.status == 200, reply.body
    return reply.json


async def names(server: Server, query: str = "") -> list[str]:
    return [each["name"] for each in (await done(server, "GET", f"?{query}"))["flags"]]


@pytest.fixture
async def studio(server: Server) -> Server:
    """A server without flags, with the audiences ``fans`` and ``whales``, and a label."""
    await remove_default_flags(server)
    await define_audience(server, "fans", 'PropertiesComputed("gameStartedCount", 0) > 0')
    await define_audience(server, "whales", 'PropertiesComputed("purchaseCompletedCount", 0) > 0')
    await define_label(server, "shop")
    return server


async def test_what_is_answered_of_a_flag(studio: Server) -> None:
    made = await done(
        studio,
        "POST",
        "",
        {
            "name": "price",
            "description": "What gems cost.",
            "labels": ["shop"],
            "value": 9,
            "validator": "Number",
            "variants": [
                {"name": "cheap", "value": "7", "audiences": ["fans"], "rollout_percent": 12.5},
                {"name": "all", "value": 8, "description": "For all."},
            ],
            "schedule": [
                {"at_time_sec": LATER, "value": 1},
                {"at_time_sec": NOW + 200, "enabled": False, "variants": []},
            ],
        },
    )
    identifier, version = made.pop("id"), made.pop("version")
    assert made == {
        "name": "price",
        "core": False,
        "create_time_sec": str(NOW),
        "update_time_sec": str(NOW),
        "used_by": [],
        "used_by_count": 0,
        "description": "What gems cost.",
        "labels": ["shop"],
        "value": "9",
        "value_type": "number",
        "validator": "Number",
        "enabled": True,
        "variants": [
            {
                "name": "cheap",
                "value": "7",
                "value_type": "number",
                "audiences": ["fans"],
                "rollout_percent": 12.5,
                "description": "",
            },
            {
                "name": "all",
                "value": "8",
                "value_type": "number",
                "audiences": [],
                "rollout_percent": 100.0,
                "description": "For all.",
            },
        ],
        "schedule": [
            {"at_time_sec": LATER, "value": "1", "value_type": "number"},
            {"at_time_sec": str(NOW + 200), "enabled": False, "variants": []},
        ],
    }
    for ref in (identifier, "price"):
        assert await done(studio, "GET", ref) == {**made, "id": identifier, "version": version}


async def test_a_fresh_server_has_a_flag_that_is_its_own(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        (flag,) = (await done(server, "GET"))["flags"]
        assert (flag["name"], flag["value"], flag["core"]) == ("Min-Build-Number", "1", False)
        await done(server, "PUT", "Min-Build-Number", {"value": 73})
        refused(await ask(server, "PUT", "Min-Build-Number", {"value": "new"}), 400, 3)
    async with running(tmp_path) as server:
        assert (await done(server, "GET", "Min-Build-Number"))["value"] == "73"
        await done(server, "DELETE", "Min-Build-Number")
    async with running(tmp_path) as server:
        assert await names(server) == []


@pytest.mark.parametrize(
    ("value", "text", "value_type"),
    [
        ("", "", "string"),
        ("on", "on", "string"),
        ('{"b": 1}', '{"b": 1}', "object"),
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}', "object"),
        ([1, "x"], '[1,"x"]', "array"),
        (0, "0", "number"),
        (-1.5, "-1.5", "number"),
        (False, "false", "boolean"),
    ],
)
async def test_values_of_any_kind_go_to_games_as_texts(
    studio: Server, value: Any, text: str, value_type: str
) -> None:
    made = await done(studio, "POST", "", {"name": "f", "value": value})
    assert (made["value"], made["value_type"]) == (text, value_type)
    token = (await studio.authenticate("player-0001"))["token"]
    assert await values(studio, token) == {"f": text}
    changed = await done(studio, "PUT", "f", {"variants": [{"name": "v", "value": value}]})
    assert changed["variants"][0]["value"] == text


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": "1st"}, ["name"]),
        ({"name": "stale"}, ["name"]),
        ({"name": "f", "description": "d" * 129}, ["description"]),
        ({"name": "f", "labels": ["none"]}, ["labels[0]"]),
        ({"name": "f", "validator": "none"}, ["validator"]),
        ({"name": "f", "validator": "Number", "value": "x"}, ["value"]),
        ({"name": "f", "value": "x" * (128 * 1024 + 1)}, ["value"]),
        ({"name": "f", "value": "\x00"}, ["value"]),
        ({"name": "f", "variants": [{}]}, ["variants[0].name"]),
        (
            {"name": "f", "variants": [{"name": "v"}, {"name": "v", "rollout_percent": 101}]},
            ["variants[1].name", "variants[1].rollout_percent"],
        ),
        (
            {"name": "f", "variants": [{"name": "v", "audiences": ["fans", "none"]}]},
            ["variants[0].audiences[1]"],
        ),
        ({"name": "f", "schedule": [{}]}, ["schedule[0].at_time_sec", "schedule[0]"]),
        ({"name": "f", "schedule": [{"at_time_sec": LATER}]}, ["schedule[0]"]),
        (
            {"name": "f", "schedule": [{"at_time_sec": NOW, "value": "x"}]},
            ["schedule[0].at_time_sec"],
        ),
        (
            {"name": "f", "schedule": [{"at_time_sec": "soon", "value": "x"}]},
            ["schedule[0].at_time_sec"],
        ),
        (
            {"name": "f", "schedule": [{"at_time_sec": LATER, "value": "x"}] * 2},
            ["schedule[1].at_time_sec"],
        ),
        (
            {
                "name": "f",
                "schedule": [
                    {
                        "at_time_sec": LATER,
                        "variants": [{"name": "v", "audiences": ["none"]}],
                    }
                ],
            },
            ["schedule[0].variants[0].audiences[0]"],
        ),
        ({"name": "f", "note": "\x00"}, ["note"]),
        ({"name": "f", "enabled": "yes"}, ["enabled"]),
        ({"name": "f", "variants": {}}, ["variants"]),
        (
            {"name": "f", "variants": [{"name": "v", "audiences": "fans"}]},
            ["variants[0].audiences"],
        ),
    ],
)
async def test_what_is_wrong_is_said_of_its_field(
    studio: Server, body: Any, fields: list[str]
) -> None:
    details = refused(await ask(studio, "POST", "", body), 400, 3)
    assert [each["field"] for each in details] == fields
    assert await names(studio) == []


async def test_a_change_leaves_the_rest_as_it_is(studio: Server) -> None:
    made = await done(
        studio,
        "POST",
        "",
        {"name": "f", "value": "1", "variants": [{"name": "v"}], "description": "d"},
    )
    changed = await done(studio, "PUT", "f", {"enabled": False, "version": made["version"]})
    assert changed == {**made, "enabled": False, "version": changed["version"]}
    refused(await ask(studio, "PUT", "f", {"value": "2", "version": made["version"]}), 409, 10)
    renamed = await done(studio, "PUT", "f", {"name": "g", "value": ""})
    assert (renamed["id"], renamed["name"], renamed["value"]) == (made["id"], "g", "")
    refused(await ask(studio, "GET", "f"), 404, 5)
    refused(await ask(studio, "POST", "", {"name": "g"}), 409, 6)


async def test_what_a_flag_uses_cannot_go(studio: Server) -> None:
    now = {"name": "now", "audiences": ["fans"]}
    later = {"at_time_sec": LATER, "variants": [{"name": "later", "audiences": ["whales"]}]}
    body = {"name": "f", "labels": ["shop"], "variants": [now], "schedule": [later]}
    await done(studio, "POST", "", body)
    for path, field in (
        ("audience/fans", "variants[0].audiences[0]"),
        ("audience/whales", "schedule[0].variants[0].audiences[0]"),
        ("taxonomy/label/shop", "labels[0]"),
    ):
        reply = await studio.request("DELETE", f"/v1/console/{path}", auth=ADMIN)
        assert refused(reply, 400, 9) == [{"kind": "flag", "name": "f", "field": field}]
    await done(studio, "DELETE", "f")
    reply = await studio.request("DELETE", "/v1/console/audience/fans", auth=ADMIN)
    assert reply.status == 200


async def test_a_validator_is_not_changed_so_that_a_flag_is_wrong(studio: Server) -> None:
    validators = "/v1/console/taxonomy/validator"

    async def declare(method: str, path: str, **body: object) -> Reply:
        return await studio.request(method, f"{validators}{path}", body=body, auth=ADMIN)

    amount = {"type": "integer", "minimum": 1}
    await declare("POST", "", name="Amount", schema=amount)
    await declare("POST", "", name="Price", schema={"$ref": "Amount"})
    body = {"name": "f", "validator": "Price", "value": 5, "variants": [{"name": "v", "value": 9}]}
    await done(studio, "POST", "", body)
    for name in ("Amount", "Price"):
        reply = await declare("PUT", f"/{name}", schema={"type": "integer", "minimum": 6})
        (detail,) = refused(reply, 400, 9)
        assert (detail["kind"], detail["name"], detail["field"]) == ("flag", "f", "value")
    assert (await declare("PUT", "/Amount", schema={"type": "integer", "maximum": 9})).status == 200
    # The new rule holds for what comes.
    (detail,) = refused(await ask(studio, "PUT", "f", {"value": 10}), 400, 3)
    assert detail["field"] == "value"


async def test_lists_are_searched_and_come_in_pages(studio: Server) -> None:
    for name, audiences in (("a.one", ["fans"]), ("b.one", ["whales", "fans"]), ("c", [])):
        variants = [{"name": "v", "audiences": audiences}]
        labels = ["shop"] if name == "c" else []
        await done(studio, "POST", "", {"name": name, "variants": variants, "labels": labels})
    assert await names(studio) == ["a.one", "b.one", "c"]
    assert await names(studio, "search.name.like=ONE") == ["a.one", "b.one"]
    assert await names(studio, "search.name.exact=c") == ["c"]
    assert await names(studio, "search.label_name.or=shop") == ["c"]
    assert await names(studio, "search.audience_name.or=whales") == ["b.one"]
    both = "search.audience_name.or=whales&search.audience_name.or=fans"
    assert await names(studio, both) == ["a.one", "b.one"]
    assert await names(studio, f"{both}&search.name.like=b") == ["b.one"]
    assert await names(studio, "search.audience_name.or=none") == []
    page = await done(studio, "GET", "?pagination.limit=2")
    assert [each["name"] for each in page["flags"]] == ["a.one", "b.one"]
    following = page["page_options"]["next_cursor"]
    assert await names(studio, f"pagination.limit=2&pagination.cursor={following}") == ["c"]
    refused(await ask(studio, "GET", "?pagination.cursor=x"), 400, 3)


async def test_the_history_of_a_flag(studio: Server) -> None:
    made = await done(studio, "POST", "", {"name": "f", "value": 1, "note": "to begin"})
    await done(studio, "POST", "f/variant", {"name": "v", "value": {"x": 1}, "note": "for fun"})
    await done(studio, "DELETE", "f?note=enough")
    gone, added, began = (await done(studio, "GET", f"{made['id']}/revision"))["revisions"]
    assert [each["note"] for each in (gone, added, began)] == ["enough", "for fun", "to begin"]
    assert "after" not in gone
    assert began["after"]["body"]["value"] == "1"
    assert added["before"] == began["after"]
    assert added["after"]["body"]["variants"][0]["value"] == '{"x":1}'
    assert {each["changed_by"] for each in (gone, added, began)} == {"server_key:default"}


async def test_variants_one_by_one(studio: Server) -> None:
    await done(studio, "POST", "", {"name": "f"})

    async def order() -> list[str]:
        return [each["name"] for each in (await done(studio, "GET", "f"))["variants"]]

    await done(studio, "POST", "f/variant", {"name": "first", "value": 1, "audiences": ["fans"]})
    await done(studio, "POST", "f/variant", {"name": "last of all"})
    await done(studio, "POST", "f/variant", {"name": "new first", "position": 0})
    assert await order() == ["new first", "first", "last of all"]
    names_ = ["last of all", "first", "new first"]
    await done(studio, "PUT", "f/variant_order", {"names": names_})
    assert await order() == names_
    body = {"name": "renamed", "rollout_percent": 5}
    changed = await done(studio, "PUT", "f/variant/first", body)
    (renamed,) = [each for each in changed["variants"] if each["name"] == "renamed"]
    assert (renamed["value"], renamed["audiences"], renamed["rollout_percent"]) == (
        "1",
        ["fans"],
        5,
    )
    await done(studio, "DELETE", "f/variant/last of all")
    assert await order() == ["renamed", "new first"]


async def test_what_cannot_be_done_with_variants(studio: Server) -> None:
    made = await done(studio, "POST", "", {"name": "f", "variants": [{"name": "v"}, {"name": "w"}]})
    for method, path, body, status, code in (
        ("POST", "none/variant", {"name": "x"}, 404, 5),
        ("POST", "f/variant", {"name": "v"}, 400, 3),
        ("POST", "f/variant", {}, 400, 3),
        ("POST", "f/variant", {"name": "x", "position": -1}, 400, 3),
        ("POST", "f/variant", {"name": "x", "audiences": ["none"]}, 400, 3),
        ("POST", "f/variant", {"name": "x", "version": "1"}, 409, 10),
        ("PUT", "f/variant/x", {"value": 1}, 404, 5),
        ("PUT", "f/variant/v", {"name": "w"}, 400, 3),
        ("DELETE", "f/variant/x", None, 404, 5),
        ("DELETE", "f/variant/v?version=1", None, 409, 10),
        ("PUT", "f/variant_order", {"names": ["v"]}, 400, 3),
        ("PUT", "f/variant_order", {"names": ["v", "v"]}, 400, 3),
        ("PUT", "f/variant_order", {"names": ["v", "w", "x"]}, 400, 3),
        ("PUT", "f/variant_order", {}, 400, 3),
    ):
        refused(await ask(studio, method, path, body), status, code)
    assert await done(studio, "GET", "f") == made


async def test_scheduled_changes_become_what_the_flag_is(studio: Server) -> None:
    token = (await studio.authenticate("player-0001"))["token"]
    schedule = [
        {"at_time_sec": NOW + 10, "value": "second"},
        {"at_time_sec": NOW + 20, "variants": [{"name": "v", "value": "third"}]},
    ]
    made = await done(studio, "POST", "", {"name": "f", "value": "first", "schedule": schedule})
    assert await values(studio, token) == {"f": "first"}
    studio.clock.advance(10)
    assert await values(studio, token) == {"f": "second"}
    seen = await done(studio, "GET", "f")
    assert (seen["value"], len(seen["schedule"])) == ("second", 1)
    assert seen["version"] == made["version"]
    # What is sent back as it was told stays as it is.
    again = {field: seen[field] for field in ("value", "variants", "schedule", "enabled")}
    for each in again["variants"] + again["schedule"]:
        each.pop("value_type", None)
    for change in again["schedule"]:
        for variant in change.get("variants", []):
            variant.pop("value_type")
    kept = await done(studio, "PUT", "f", again)
    for field in ("value", "variants", "schedule", "enabled"):
        assert kept[field] == (await done(studio, "GET", "f"))[field]
    # A change of something else does not undo what has taken effect.
    studio.clock.advance(10)
    assert await values(studio, token) == {"f": "third"}
    changed = await done(studio, "PUT", "f", {"value": "own"})
    assert (changed["value"], changed["schedule"]) == ("own", [])
    assert [each["name"] for each in changed["variants"]] == ["v"]
    assert await values(studio, token) == {"f": "third"}
    await done(studio, "DELETE", "f/variant/v")
    assert await values(studio, token) == {"f": "own"}


async def test_who_may_do_what(studio: Server) -> None:
    digest = Passwords(FAST_HASHES).hash("secret secret")
    await studio.node.control.write(
        lambda c: add_user(
            c, email="s@example.com", password_hash=digest, role=Role.SUPPORT, created_us=1
        )
    )
    reply = await studio.request(
        "POST",
        "/v1/console/authenticate",
        body={"email": "s@example.com", "password": "secret secret"},
    )
    support = bearer(reply.json["token"])
    await done(studio, "POST", "", {"name": "f"})
    assert (await ask(studio, "GET", "f", auth=support)).status == 200
    for method, path, permission in (
        ("POST", "", "flag:write"),
        ("PUT", "f", "flag:write"),
        ("DELETE", "f", "flag:delete"),
        ("POST", "f/variant", "flag:write"),
        ("DELETE", "f/variant/v", "flag:write"),
    ):
        body = None if method == "DELETE" else {}
        (detail,) = refused(await ask(studio, method, path, body, auth=support), 403, 7)
        assert detail == {"permission": permission}
    for auth in (KEY, None):
        reply = await studio.request("GET", FLAG, auth=auth)
        refused(reply, 401, 16)
