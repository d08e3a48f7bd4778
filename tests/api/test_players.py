"""Players as operators see them: lists, properties, sessions, events, import."""

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.api.running import KEY, NOW, Server, parts, refused, running
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

X = basic(SERVER_KEY)
LAUNCH = {"name": "appLaunched"}


async def get(server: Server, path: str, **query: Any) -> Any:
    reply = await ask(server, path, **query)
    assert reply.status == 200, reply.body
    return reply.json


async def ask(server: Server, path: str, **query: Any) -> Reply:
    text = urlencode({name.replace("__", "."): value for name, value in query.items()}, doseq=True)
    return await server.request("GET", f"/v1/console/{path}?{text}", auth=X)


async def take(server: Server, *identities: Any) -> Any:
    reply = await server.request(
        "POST", "/v1/console/identity/import", body={"identities": identities}, auth=X
    )
    assert reply.status == 200, reply.body
    return reply.json


async def walk(server: Server, path: str, plural: str, **query: Any) -> list[Any]:
    """Every item of a list, page by page, forwards; and back again to the first page."""
    first = page = await get(server, path, **query)
    pages = [page[plural]]
    while page["page_options"]["next_cursor"]:
        cursor = page["page_options"]["next_cursor"]
        page = await get(server, path, **query, pagination__cursor=cursor)
        pages.append(page[plural])
    for before in reversed(pages[:-1]):
        cursor = page["page_options"]["prev_cursor"]
        page = await get(server, path, **query, pagination__cursor=cursor)
        assert page[plural] == before
    assert page == first
    return [item for items in pages for item in items]


async def test_only_operators_see_players(server: Server) -> None:
    session = await server.authenticate("player-0001")
    for path in ("identity", "identity/player-0001", "identity/player-0001/export"):
        for auth in (KEY, bearer(session["token"]), None):
            reply = await server.request("GET", f"/v1/console/{path}", auth=auth)
            refused(reply, 401, 16)
    token = await server.sign_in()
    reply = await server.request("GET", "/v1/console/identity", auth=bearer(token))
    assert reply.status == 200


async def test_the_newest_come_first(server: Server) -> None:
    for number in (3, 1, 2):
        await server.authenticate(f"player-000{number}")
        server.clock.advance(10)
    listed = await get(server, "identity")
    assert [one["id"] for one in listed["identities"]] == [
        "player-0002",
        "player-0001",
        "player-0003",
    ]
    assert listed["identities"][0] == {
        "id": "player-0002",
        "create_time_sec": str(NOW + 20),
        "update_time_sec": str(NOW + 20),
        "active_time_sec": "0",
        "country_code": "",
        "platform": "",
        "api_key": "default",
        "is_test": False,
    }
    assert listed["page_options"] == {"next_cursor": "", "prev_cursor": ""}
    listed = await get(server, "identity", order="id")
    assert [one["id"][-1] for one in listed["identities"]] == ["1", "2", "3"]


async def test_lists_tell_when_players_were_last_seen_and_on_what(server: Server) -> None:
    await server.authenticate("player-0001", default={"platform": "ios"})
    server.clock.advance(10)
    await server.authenticate("player-0001")
    await take(server, {"id": "player-0002"})
    await server.settle()
    one, two = (await get(server, "identity", order="id"))["identities"]
    assert (one["active_time_sec"], one["platform"]) == (str(NOW + 10), "ios")
    assert (two["active_time_sec"], two["platform"]) == ("0", "")


@pytest.mark.parametrize("order", ["newest", "oldest", "id"])
async def test_pages_lead_on_and_back(server: Server, order: str) -> None:
    ids = [f"player-{number * 7 % 11:04}" for number in range(11)]
    await take(server, *({"id": one} for one in ids))
    found = await walk(server, "identity", "identities", order=order, pagination__limit=3)
    wanted = {"newest": ids[::-1], "oldest": ids, "id": sorted(ids)}[order]
    assert [one["id"] for one in found] == wanted


async def test_search_by_id(server: Server) -> None:
    await take(
        server, *({"id": one} for one in ("alpha-001", "alpha-002", "alphb-001", "Alpha-003"))
    )
    one = await get(server, "identity", search__id__exact="alpha-002")
    assert [each["id"] for each in one["identities"]] == ["alpha-002"]
    assert (await get(server, "identity", search__id__exact="nobody-00"))["identities"] == []
    found = await walk(
        server, "identity", "identities", search__id__like="alpha", pagination__limit=1
    )
    assert [each["id"] for each in found] == ["alpha-001", "alpha-002"]
    assert (await get(server, "identity", search__id__like="%"))["identities"] == []
    refused(await ask(server, "identity", search__id__like="a", order="newest"), 400, 3)


async def test_a_cursor_from_elsewhere_stays_within_the_prefix(server: Server) -> None:
    await take(server, *({"id": one} for one in ("aaaa-0001", "bbbb-0001", "cccc-0001")))
    for number, start in enumerate("ab"):
        page = await get(server, "identity", order="id", pagination__limit=number + 1)
        cursor = page["page_options"]["next_cursor"]
        for prefix in "abc":
            found = await get(
                server, "identity", search__id__like=prefix, pagination__cursor=cursor
            )
            ids = [one["id"][0] for one in found["identities"]]
            assert ids == ([] if prefix == start else [prefix])


async def test_a_cursor_belongs_to_its_list(server: Server) -> None:
    await take(server, *({"id": f"player-000{number}"} for number in range(3)))
    page = await get(server, "identity", order="id", pagination__limit=1)
    cursor = page["page_options"]["next_cursor"]
    for path in ("identity", "identity/player-0001/session", "identity/player-0001/event"):
        [detail] = refused(await ask(server, path, pagination__cursor=cursor), 400, 3)
        assert detail["field"] == "pagination.cursor"


@pytest.mark.parametrize("key", ["[9223372036854775808]", "[9223372036854775808,1,1]", "[1e5]"])
async def test_forged_cursors_are_refused(server: Server, key: str) -> None:
    await take(server, {"id": "player-0001"})
    for head in ("false", "true"):
        cursor = base64.urlsafe_b64encode(f"[{head},{key}]".encode()).decode().rstrip("=")
        for path in ("identity", "identity/player-0001/session", "identity/player-0001/event"):
            refused(await ask(server, path, pagination__cursor=cursor), 400, 3)


async def test_one_player(server: Server) -> None:
    session = await server.authenticate("player-0001", default={"email": "a@example.com"})
    await server.publish(session["token"], LAUNCH)
    await server.settle()
    shown = await get(server, "identity/player-0001")
    assert shown["id"] == "player-0001"
    assert shown["create_time_sec"] == str(NOW)
    assert shown["default"]["email"] == "a@example.com"
    assert shown["computed"]["appLaunchedCount"] == "1"
    assert shown["current_session"] == {
        "session_id": parts(session["token"])[1]["sid"],
        "active_time_sec": str(NOW),
        "ended": False,
    }
    assert shown["aliases"] == []
    assert "merged_id" not in shown
    await server.log_out(session["token"])
    assert (await get(server, "identity/player-0001"))["current_session"]["ended"]


async def test_nobody_is_not_found(server: Server) -> None:
    for path in ("", "/session", "/event", "/export"):
        refused(await ask(server, f"identity/nobody-0001{path}"), 404, 5, "Identity not found")
    reply = await server.request(
        "PUT", "/v1/console/identity/nobody-0001/properties", body={}, auth=X
    )
    refused(reply, 404, 5)
    odd = quote("no such % id, ünknown", safe="")
    refused(await ask(server, f"identity/{odd}"), 404, 5)


async def test_an_alias_leads_to_the_player_of_today(server: Server) -> None:
    guest = await server.authenticate("guest-0001")
    server.clock.advance(5)
    await server.identify(guest["token"], "player-0001")
    await server.settle()
    shown = await get(server, "identity/guest-0001")
    assert (shown["id"], shown["merged_id"]) == ("player-0001", "guest-0001")
    assert shown["aliases"] == [{"id": "guest-0001", "merge_time_sec": str(NOW + 5)}]
    sessions = await get(server, "identity/guest-0001/session")
    assert len(sessions["sessions"]) == 2


async def test_properties_are_edited_by_the_rules_of_games(server: Server) -> None:
    await server.authenticate("player-0001", default={"email": "a@example.com"})
    path = "/v1/console/identity/player-0001/properties"
    reply = await server.request(
        "PUT", path, body={"default": {"email": "b@example.com"}, "custom": None}, auth=X
    )
    assert reply.status == 200
    assert reply.json["default"]["email"] == "b@example.com"
    assert (await get(server, "identity/player-0001"))["default"]["email"] == "b@example.com"
    [detail] = refused(
        await server.request("PUT", path, body={"default": {"firstOpen": "1"}}, auth=X), 400, 3
    )
    assert detail["field"] == "default.firstOpen"
    reply = await server.request("PUT", path, body={"custom": {"noSuch": "1"}}, auth=X)
    [detail] = refused(reply, 400, 3)
    assert detail["field"] == "custom.noSuch"


async def test_sessions_of_a_player(server: Server) -> None:
    for number in range(5):
        session = await server.authenticate("player-0001")
        for _ in range(number):
            server.clock.advance(10)
            await server.publish(session["token"], LAUNCH)
        server.clock.advance(1000)
    await server.settle()
    path = "identity/player-0001/session"
    found = await walk(server, path, "sessions", pagination__limit=2)
    assert [one["duration_sec"] for one in found] == ["40", "30", "20", "10", "0"]
    assert [one["event_count"] for one in found] == [4, 3, 2, 1, 0]
    assert found[-1]["start_time_sec"] == found[-1]["end_time_sec"] == str(NOW)
    assert found[0]["api_key"] == "default"


async def test_import_creates_and_updates(server: Server) -> None:
    await server.authenticate("player-0001", default={"email": "a@example.com"})
    created = NOW - 86_400
    result = await take(
        server,
        {"id": "player-0001", "default": {"email": "b@example.com"}, "create_time": created},
        {
            "id": "player-0002",
            "create_time": "2023-11-13T22:13:20Z",
            "default": {"apiKeyName": "old-game", "firstOpen": "17", "email": "c@example.com"},
        },
        {"id": "player-0003", "create_time": str(NOW + 100)},
        {"id": "bad id"},
        {"id": "player-0004", "custom": {"noSuch": "1"}},
        {"id": "player-0005", "create_time": "yesterday"},
    )
    assert (result["created"], result["updated"]) == (1, 1)
    assert [(one["index"], one["id"], one["field"]) for one in result["refused"]] == [
        (2, "player-0003", "create_time"),
        (3, "bad id", "id"),
        (4, "player-0004", "custom.noSuch"),
        (5, "player-0005", "create_time"),
    ]
    await server.settle()
    known = await get(server, "identity/player-0001")
    assert known["create_time_sec"] == known["default"]["firstOpen"] == str(created)
    assert known["default"]["email"] == "b@example.com"
    new = await get(server, "identity/player-0002")
    assert new["create_time_sec"] == new["default"]["firstOpen"] == str(created)
    assert new["default"]["apiKeyName"] == "old-game"
    assert new["computed"]["identityCreateSeenFirst"] == str(created)


async def test_the_same_import_again_changes_nothing(server: Server) -> None:
    given = [
        {"id": f"player-000{number}", "create_time": NOW - number, "default": {"email": "e"}}
        for number in range(5)
    ]
    assert (await take(server, *given))["created"] == 5
    server.clock.advance(100)
    await server.settle()
    before = [await get(server, f"identity/{one['id']}") for one in given]
    result = await take(server, *given)
    assert (result["created"], result["updated"], result["refused"]) == (0, 5, [])
    await server.settle()
    assert [await get(server, f"identity/{one['id']}") for one in given] == before


async def test_an_import_is_bounded(tmp_path: Path) -> None:
    async with running(tmp_path, import_identities_max=2) as server:
        body = {"identities": [{"id": f"player-000{number}"} for number in range(3)]}
        reply = await server.request("POST", "/v1/console/identity/import", body=body, auth=X)
        [detail] = refused(reply, 400, 3)
        assert detail["field"] == "identities"
        assert (await get(server, "identity"))["identities"] == []
