"""Declaring audiences (``/v1/console/audience``), and trying filters out."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.audiences.predefined import DEFAULT_AUDIENCES
from matsuri.console.model import Role
from matsuri.console.passwords import Passwords
from matsuri.console.store import add_user
from tests.api.audiences import ADMIN, AUDIENCE, ask, done
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import FAST_HASHES, bearer, in_process

SPENDERS = 'PropertiesComputed("purchaseCompletedCount", 0) > 0'


async def names(server: Server, query: str = "") -> list[str]:
    found = await done(server, "GET", f"?{query}" if query else "")
    return [each["name"] for each in found["audiences"]]


async def sign_in(server: Server, role: Role) -> str:
    email = f"one.{role.value}@example.com"
    digest = Passwords(FAST_HASHES).hash("secret secret")
    await server.node.control.write(
        lambda c: add_user(c, email=email, password_hash=digest, role=role, created_us=1)
    )
    reply = await server.request(
        "POST", "/v1/console/authenticate", body={"email": email, "password": "secret secret"}
    )
    return bearer(reply.json["token"])


async def test_what_is_answered_of_an_audience(server: Server) -> None:
    made = await done(
        server, "POST", "", {"name": "Fans", "description": "They pay.", "filter": SPENDERS}
    )
    identifier, version = made.pop("id"), made.pop("version")
    assert made == {
        "name": "Fans",
        "core": False,
        "create_time_sec": str(NOW),
        "update_time_sec": str(NOW),
        "used_by": [],
        "used_by_count": 0,
        "description": "They pay.",
        "labels": [],
        "filter": SPENDERS,
        "managed": False,
        "include_count": 0,
        "exclude_count": 0,
        "member_count": 0,
    }
    for ref in (identifier, "Fans"):
        assert await done(server, "GET", ref) == {**made, "id": identifier, "version": version}


async def test_a_filter_that_waits_for_history_says_so(server: Server) -> None:
    body = {"name": "Often", "filter": 'EventCount("gameStarted", "7d") > 3'}
    made = await done(server, "POST", "", body)
    assert made["window_backfill"] == {"percent": 0}
    assert (await done(server, "GET", "Often"))["window_backfill"] == {"percent": 0}
    changed = await done(server, "PUT", "Often", {"filter": SPENDERS})
    assert "window_backfill" not in changed


async def test_a_fresh_server_has_audiences_that_are_its_own(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        assert await names(server) == sorted(DEFAULT_AUDIENCES)
        (revision,) = (await done(server, "GET", "All-Spenders/revision"))["revisions"]
        assert revision["changed_by"] == "server"
        changed = await done(server, "PUT", "All-Spenders", {"filter": ""})
        assert changed["filter"] == ""
        for name in DEFAULT_AUDIENCES:
            await done(server, "DELETE", name)
    async with running(tmp_path) as server:
        assert await names(server) == []


async def test_default_audiences_do_not_come_beside_others(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await done(server, "DELETE", "New-Players")
    async with running(tmp_path) as server:
        assert await names(server) == sorted(DEFAULT_AUDIENCES.keys() - {"New-Players"})


async def test_lists_are_paged_and_searched(server: Server) -> None:
    for label in ("money", "time"):
        body = {"name": label}
        reply = await server.request("POST", "/v1/console/taxonomy/label", body=body, auth=ADMIN)
        assert reply.status == 200
    await done(server, "POST", "", {"name": "A1", "labels": ["money"]})
    await done(server, "POST", "", {"name": "A2", "labels": ["money", "time"]})
    assert await names(server, "search.label_name.or=money") == ["A1", "A2"]
    assert await names(server, "search.label_name.and=money&search.label_name.and=time") == ["A2"]
    assert await names(server, "search.name.like=SPENDERS") == [
        "All-Spenders",
        "High-Spenders",
        "Lapsed-Spenders",
        "Non-Spenders",
    ]
    first = await done(server, "GET", "?pagination.limit=3")
    assert [each["name"] for each in first["audiences"]] == ["A1", "A2", "Active-Players"]
    cursor = first["page_options"]["next_cursor"]
    assert (await names(server, f"pagination.limit=1&pagination.cursor={cursor}")) == [
        "All-Spenders"
    ]
    reply = await server.request("DELETE", "/v1/console/taxonomy/label/money", auth=ADMIN)
    refused(reply, 400, 9)


@pytest.mark.parametrize(
    ("text", "line", "column", "told"),
    [
        ("1 <", 1, 4, "too early"),
        ('Properties("platform", "") ==\n  Foo(1)', 2, 3, "Foo"),
        ("PropertiesCustom('x', 1) > 2", 1, 18, "no such property"),
        ('Audience("All-Spender")', 1, 10, "All-Spenders"),
        ("1 + 'a' == 2", 1, 1, ""),
    ],
)
async def test_a_wrong_filter_is_told_with_its_place(
    server: Server, text: str, line: int, column: int, told: str
) -> None:
    reply = await ask(server, "POST", "", {"name": "Wrong", "filter": text})
    (detail, *_) = refused(reply, 400, 3)
    assert (detail["field"], detail["line"], detail["column"]) == ("filter", line, column)
    assert told in detail["problem"]
    assert detail["start"] <= detail["end"]
    assert reply.json["message"].startswith(f"filter: line {line}, column {column}: ")
    refused(await ask(server, "GET", "Wrong"), 404, 5)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "preview"},
        {"name": "a/b"},
        {"name": "A", "labels": ["nobody made it"]},
        {"name": "A", "managed": True, "filter": "1 < 2"},
        {"name": "A", "filter": "(" * 500},
        {"name": "A", "filter": "1 < 2 or " * 2000 + "1 < 2"},
        {"name": "A", "filter": 5},
        {"name": "A", "managed": "yes"},
    ],
)
async def test_bad_audiences_are_refused(server: Server, body: Any) -> None:
    before = await names(server)
    refused(await ask(server, "POST", "", body), 400, 3)
    assert await names(server) == before


async def test_descriptions(server: Server) -> None:
    said = "x" * 1997 + "\t\r\n"
    made = await done(server, "POST", "", {"name": "A", "description": said})
    assert made["description"] == said
    reply = await ask(server, "PUT", "A", {"description": "x" * 2001})
    (detail,) = refused(reply, 400, 3, "description: has 2001 characters (at most 2000)")
    assert detail["allowed"] == "at most 2000"
    for bad in ("\x00", "\x1b[2J", "\x7f", "\x85", "\b"):
        reply = await ask(server, "PUT", "A", {"description": f"a{bad}b"})
        (detail,) = refused(reply, 400, 3)
        assert detail["field"] == "description"
        assert "control characters" in detail["problem"]
    assert (await done(server, "GET", "A"))["description"] == said


async def test_a_name_is_given_once(server: Server) -> None:
    await done(server, "POST", "", {"name": "A"})
    reply = await ask(server, "POST", "", {"name": "A"})
    refused(reply, 409, 6, "audience 'A' is there already")


async def test_circles_and_depth(server: Server) -> None:
    await done(server, "POST", "", {"name": "A"})
    await done(server, "POST", "", {"name": "B", "filter": 'Audience("A")'})
    reply = await ask(server, "PUT", "A", {"filter": 'not Audience("B")'})
    (detail,) = refused(reply, 400, 3)
    assert detail["problem"] == "goes round in a circle: A → B → A"
    before = "B"
    for number in range(14):
        await done(server, "POST", "", {"name": f"N{number}", "filter": f'Audience("{before}")'})
        before = f"N{number}"
    refused(await ask(server, "POST", "", {"name": "X", "filter": 'Audience("N13")'}), 400, 3)
    refused(await ask(server, "PUT", "A", {"filter": 'Audience("All-Spenders")'}), 400, 3)


async def test_who_uses_it(server: Server) -> None:
    assert await done(server, "GET", "All-Spenders/usage") == {
        "in_use": False,
        "users": [],
        "page_options": {"next_cursor": "", "prev_cursor": ""},
    }
    ids = {}
    for name in ("B", "C"):
        made = await done(server, "POST", "", {"name": name, "filter": 'Audience("All-Spenders")'})
        ids[name] = made["id"]
    found = await done(server, "GET", "All-Spenders/usage?pagination.limit=1")
    assert found["in_use"] is True
    assert found["users"] == [{"kind": "audience", "id": ids["B"], "name": "B", "field": "filter"}]
    cursor = found["page_options"]["next_cursor"]
    more = await done(
        server, "GET", f"All-Spenders/usage?pagination.limit=1&pagination.cursor={cursor}"
    )
    assert [user["name"] for user in more["users"]] == ["C"]
    shown = await done(server, "GET", "?search.name.exact=All-Spenders")
    assert shown["audiences"][0]["used_by_count"] == 2
    for method, path, body in (
        ("DELETE", "All-Spenders", None),
        ("PUT", "All-Spenders", {"name": "Payers"}),
    ):
        details = refused(await ask(server, method, path, body), 400, 9)
        assert [each["name"] for each in details] == ["B", "C"]


async def test_what_a_filter_uses_stays(server: Server) -> None:
    body = {"name": "level", "value_type": "numeric"}
    path = "/v1/console/taxonomy/property"
    assert (await server.request("POST", path, body=body, auth=ADMIN)).status == 200
    await done(server, "POST", "", {"name": "A", "filter": 'PropertiesCustom("level", 0) > 3'})
    refused(await server.request("DELETE", f"{path}/level", auth=ADMIN), 400, 9)
    await done(server, "DELETE", "A")
    assert (await server.request("DELETE", f"{path}/level", auth=ADMIN)).status == 200


async def test_two_who_change_it_at_once(server: Server) -> None:
    made = await done(server, "POST", "", {"name": "A"})
    await done(server, "PUT", "A", {"filter": SPENDERS, "version": made["version"]})
    reply = await ask(server, "PUT", "A", {"filter": "", "version": made["version"]})
    refused(reply, 409, 10)
    refused(await ask(server, "POST", "", {"name": "A"}), 409, 6)
    revisions = (await done(server, "GET", "A/revision"))["revisions"]
    assert [each["after"]["body"]["filter"] for each in revisions] == [SPENDERS, ""]


@pytest.mark.parametrize("role", list(Role))
async def test_who_may(server: Server, role: Role) -> None:
    auth = await sign_in(server, role)
    writes = role is not Role.SUPPORT
    deletes = role not in {Role.SUPPORT, Role.DEBUGGER}
    assert (await ask(server, "GET", "", auth=auth)).status == 200
    reply = await server.request(
        "POST", "/v1/console/filter/check", body={"filter": "1 < 2"}, auth=auth
    )
    assert reply.status == 200
    created = await ask(server, "POST", "", {"name": "A"}, auth=auth)
    assert created.status == (200 if writes else 403)
    if not writes:
        assert created.json["details"] == [{"permission": "audience:write"}]
    deleted = await ask(server, "DELETE", "New-Players", auth=auth)
    assert deleted.status == (200 if deletes else 403)


@pytest.mark.parametrize("path", ["", "A", "A/include", "A/list-change", "A/usage"])
async def test_nobody_else_may(server: Server, path: str) -> None:
    reply = await server.request("GET", f"{AUDIENCE}/{path}".removesuffix("/"))
    refused(reply, 401, 16)


async def check(server: Server, text: str) -> Any:
    reply = await server.request(
        "POST", "/v1/console/filter/check", body={"filter": text}, auth=ADMIN
    )
    assert reply.status == 200, reply.body
    return reply.json


async def test_a_filter_that_is_fine(server: Server) -> None:
    text = (
        "// Young spenders\n"
        'Now() - createTime < Duration("7d") and PropertiesComputed("purchaseCompletedCount", 0)>0'
        '\n and not Audience("High-Spenders") and EventCount("gameStarted", "7d") > 3'
    )
    found = await check(server, text)
    assert (found["valid"], found["problems"]) == (True, [])
    assert found["uses"] == {
        "properties": [
            {
                "function": "PropertiesComputed",
                "name": "purchaseCompletedCount",
                "kind": "number",
            }
        ],
        "audiences": ["High-Spenders"],
        "windows": [{"kind": "count", "event": "gameStarted", "seconds": 7 * 86_400}],
        "time": True,
        "sample": False,
    }
    assert 0 < found["cost"] < 100
    again = await check(server, found["printed"])
    assert again["printed"] == found["printed"]
    assert again["uses"] == found["uses"]


async def test_everything_that_is_wrong_is_told(server: Server) -> None:
    text = 'PropertiesCustom("lvl", 1) > 2 and Audience("New-Player") and "a" == 1'
    found = await check(server, text)
    assert found["valid"] is False
    by_text = {text[each["start"] : each["end"]]: each for each in found["problems"]}
    assert by_text['"lvl"']["severity"] == "error"
    assert by_text['"New-Player"']["suggestion"] == "New-Players"
    assert {each["line"] for each in found["problems"]} == {1}


async def test_a_text_that_is_no_filter(server: Server) -> None:
    found = await check(server, "1 < 2 and\n  (3")
    assert (found["valid"], found["printed"], found["cost"]) == (False, "", 0)
    (problem,) = found["problems"]
    assert (problem["severity"], problem["line"]) == ("error", 2)
    assert (await check(server, ""))["valid"] is True


async def test_warnings_are_no_errors(server: Server) -> None:
    found = await check(server, "1 < 2 and createTime > 5")
    assert found["valid"] is True
    assert [each["severity"] for each in found["problems"]] == ["warning"]
    await done(server, "POST", "", {"name": "A", "filter": "1 < 2 and createTime > 5"})


async def test_where_undeclared_things_are_accepted(tmp_path: Path) -> None:
    async with in_process(tmp_path, accept_undeclared=True) as server:
        body = {"name": "A", "filter": 'PropertiesCustom("whatever", 0) > 3'}
        assert (await server.request("POST", AUDIENCE, body=body, auth=ADMIN)).status == 200
