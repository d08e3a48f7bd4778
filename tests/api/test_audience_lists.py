"""Includes and excludes (``/v1/console/audience/{id}/include`` and ``exclude``)."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.audiences.membership import Memberships
from matsuri.audiences.target import target_of
from matsuri.identities.computed import EMPTY
from matsuri.identities.store import find_identities
from matsuri.kit.paging import Cursor, encode_cursor
from tests.api.audiences import ADMIN, AUDIENCE, ask, done, listed, put
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import InProcess, basic, bearer

GONE = {"added": 0, "changed": 0, "removed": 0}


async def belongs(server: Server, identity_id: str, audience: str) -> bool:
    """Whether a player without events is in an audience now, as decisions see it."""
    found = await server.node.control.read(lambda c: find_identities(c, [identity_id]))
    identity = found[identity_id]
    entries = await server.node.targeting.entries.of(identity.id)
    target = target_of(identity, EMPTY, entries)
    audiences = server.node.targeting.audiences()
    return Memberships(audiences, target, server.clock.now_us()).in_audience(audience)


async def test_ids_come_change_and_go(server: Server) -> None:
    path = "All-Spenders/include"
    answer = await put(server, path, "player-0002", "player-0001", until=NOW + 60)
    assert answer == {**GONE, "added": 2, "count": 2}
    answer = await put(
        server, path, "player-0001", "player-0003", remove=["player-0002", "nobody-1"]
    )
    assert answer == {"added": 1, "changed": 1, "removed": 1, "count": 2}
    assert (await done(server, "GET", path))["entries"] == [
        {"identity_id": "player-0001"},
        {"identity_id": "player-0003"},
    ]
    answer = await done(server, "DELETE", f"{path}?id=player-0001&id=player-0009")
    assert answer == {**GONE, "removed": 1, "count": 1}
    assert await listed(server, "All-Spenders/exclude") == []
    assert (await done(server, "GET", "All-Spenders"))["include_count"] == 1
    answer = await put(server, path, "player-0007", replace=True)
    assert answer == {**GONE, "added": 1, "removed": 1, "count": 1}
    answer = await done(server, "PUT", path, {"replace": True})
    assert answer == {**GONE, "removed": 1, "count": 0}


async def test_a_list_decides_at_once_and_until_its_end(server: Server) -> None:
    await server.authenticate("player-0001")
    version = server.node.targeting.entries.version()
    assert not await belongs(server, "player-0001", "All-Spenders")
    await put(server, "All-Spenders/include", "player-0001", until=NOW + 60)
    assert await belongs(server, "player-0001", "All-Spenders")
    assert server.node.targeting.entries.version() > version
    await put(server, "All-Spenders/exclude", "player-0001", until=NOW + 30)
    assert not await belongs(server, "player-0001", "All-Spenders")
    server.clock.advance(30)
    assert await belongs(server, "player-0001", "All-Spenders")
    server.clock.advance(30)
    assert not await belongs(server, "player-0001", "All-Spenders")


async def test_a_list_is_searched_and_paged(server: Server) -> None:
    path = "All-Spenders/include"
    await put(server, path, *[f"abc-{n:05}" for n in range(7)], "abd-00001", "Abc-00001")
    assert await listed(server, f"{path}?search.id.like=abd") == ["abd-00001"]
    found: list[str] = []
    cursor = ""
    while True:
        query = f"search.id.like=abc-&pagination.limit=3&pagination.cursor={cursor}"
        page = await done(server, "GET", f"{path}?{query}")
        found += [each["identity_id"] for each in page["entries"]]
        cursor = page["page_options"]["next_cursor"]
        if not cursor:
            break
    assert found == [f"abc-{n:05}" for n in range(7)]
    back = page["page_options"]["prev_cursor"]
    query = f"search.id.like=abc-&pagination.limit=2&pagination.cursor={back}"
    assert await listed(server, f"{path}?{query}") == ["abc-00004", "abc-00005"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "entries"),
        ({"entries": []}, "entries"),
        ({"entries": [{}]}, "entries[0].identity_id"),
        ({"entries": [{"identity_id": "short"}]}, "entries[0].identity_id"),
        (
            {"entries": [{"identity_id": "player-0001"}, {"identity_id": "a b c d e f"}]},
            "entries[1].identity_id",
        ),
        ({"remove": ["player-0001", "x"]}, "remove[1]"),
        (
            {"entries": [{"identity_id": "player-0001", "until_time_sec": str(NOW)}]},
            "entries[0].until_time_sec",
        ),
        (
            {"entries": [{"identity_id": "player-0001", "until_time_sec": "-5"}]},
            "entries[0].until_time_sec",
        ),
        (
            {"entries": [{"identity_id": "player-0001", "until_time_sec": "soon"}]},
            "entries[0].until_time_sec",
        ),
        (
            {"entries": [{"identity_id": "player-0001", "until_time_sec": str(2**62)}]},
            "entries[0].until_time_sec",
        ),
        (
            # Milliseconds, and so a year that no export could tell.
            {"entries": [{"identity_id": "player-0001", "until_time_sec": str(NOW * 1000)}]},
            "entries[0].until_time_sec",
        ),
        ({"entries": [{"identity_id": "player-0001"}], "remove": ["player-0001"]}, "remove"),
        ({"remove": ["player-0001"], "replace": True}, "remove"),
        ({"entries": [{"identity_id": "player-0001"}], "note": "\x00"}, "note"),
    ],
)
async def test_bad_changes_change_nothing(server: Server, body: Any, field: str) -> None:
    (detail, *_) = refused(await ask(server, "PUT", "All-Spenders/include", body), 400, 3)
    assert detail["field"] == field
    assert await listed(server, "All-Spenders/include") == []
    assert (await done(server, "GET", "All-Spenders/list-change"))["changes"] == []


async def test_unknown_audiences_and_cursors_of_other_lists(server: Server) -> None:
    for path in ("Nobody/include", "Nobody/list-change", "Nobody/usage"):
        refused(await ask(server, "GET", path), 404, 5)
    refused(await ask(server, "PUT", "Nobody/include", {"replace": True}), 404, 5)
    refused(await ask(server, "DELETE", "All-Spenders/include"), 400, 3)
    number = encode_cursor(Cursor(backward=False, key=(5,)))
    text = encode_cursor(Cursor(backward=False, key=("a",)))
    for path, cursor in (("include", number), ("list-change", number), ("list-change", text)):
        reply = await ask(server, "GET", f"All-Spenders/{path}?pagination.cursor={cursor}")
        assert refused(reply, 400, 3)[0]["field"] == "pagination.cursor"


async def test_limits(tmp_path: Path) -> None:
    async with running(tmp_path, audience_list_ids_max=3, audience_entries_max=4) as server:
        path = "All-Spenders/include"
        many = [f"player-{n:04}" for n in range(5)]
        body = {"entries": [{"identity_id": each} for each in many[:3]], "remove": many[3:4]}
        refused(await ask(server, "PUT", path, body), 400, 3)
        await put(server, path, *many[:3])
        body = {"entries": [{"identity_id": each} for each in many[3:]]}
        refused(await ask(server, "PUT", path, body), 400, 9)
        assert await listed(server, path) == many[:3]
        await put(server, path, many[3])
        # More than can be replaced at once: in parts, or with ends.
        refused(await ask(server, "PUT", path, {"replace": True}), 400, 9)


async def test_only_server_keys_change_managed_lists(server: Server) -> None:
    user = bearer(await server.sign_in())
    await done(server, "POST", "", {"name": "Churning", "managed": True}, auth=user)
    await put(server, "Churning/include", "player-0001")
    for method, path, body in (
        ("PUT", "Churning/include", {"entries": [{"identity_id": "player-0002"}]}),
        ("DELETE", "Churning/include?id=player-0001", None),
        ("PUT", "Churning/exclude", {"replace": True}),
    ):
        refused(await ask(server, method, path, body, auth=user), 403, 7)
    assert await listed(server, "Churning/include") == ["player-0001"]
    # Other lists are the user's to change, and so is what is said of the audience.
    await put(server, "All-Spenders/include", "player-0001", auth=user)
    told = {"description": "Told by the warehouse.", "managed": True}
    await done(server, "PUT", "Churning", told, auth=user)


@pytest.mark.parametrize(("permission", "status"), [("audience:write", 200), ("flag:write", 403)])
async def test_a_tool_that_keeps_lists_needs_that_permission_only(
    server: Server, permission: str, status: int
) -> None:
    await done(server, "POST", "", {"name": "Churning", "managed": True})
    body = {"name": "warehouse", "permissions": [permission]}
    made = await server.request("POST", "/v1/console/serverkey", body=body, auth=ADMIN)
    entries = {"entries": [{"identity_id": "player-0001"}]}
    key = basic(made.json["value"])
    assert (await ask(server, "PUT", "Churning/include", entries, auth=key)).status == status


async def test_only_server_keys_make_audiences_managed_and_no_longer_so(server: Server) -> None:
    user = bearer(await server.sign_in())
    await done(server, "POST", "", {"name": "Churning", "managed": True}, auth=user)
    for name, managed in (("Churning", False), ("All-Spenders", True)):
        body = {"managed": managed, "filter": "", "description": "Mine now."}
        reply = await ask(server, "PUT", name, body, auth=user)
        refused(reply, 403, 7)
        assert "server key" in reply.json["message"]
        assert (await done(server, "GET", name))["description"] != "Mine now."
        assert (await done(server, "PUT", name, body))["managed"] is managed
        await done(server, "PUT", name, {"managed": managed, "labels": []}, auth=user)


async def test_every_change_is_noted_down(server: Server) -> None:
    user = bearer(await server.sign_in())
    await put(server, "All-Spenders/include", "player-0001", "player-0002", note="a test")
    await put(server, "All-Spenders/exclude", *[f"player-{n:04}" for n in range(60)], auth=user)
    await put(server, "All-Spenders/include", "player-0001")
    await put(server, "All-Spenders/include", "player-0001", until=NOW + 9, remove=["player-0002"])
    changes = (await done(server, "GET", "All-Spenders/list-change"))["changes"]
    assert len(changes) == 3, "what changes nothing is no change"
    assert changes[0]["ids"] == [
        {"identity_id": "player-0001", "what": "changed"},
        {"identity_id": "player-0002", "what": "removed"},
    ]
    assert (changes[1]["list"], changes[1]["added"], len(changes[1]["ids"])) == ("exclude", 60, 50)
    assert changes[1]["changed_by"] == "user:admin@example.com"
    assert (changes[2]["changed_by"], changes[2]["note"]) == ("server_key:default", "a test")
    assert changes[2]["change_time_sec"] == str(NOW)
    page = await done(server, "GET", "All-Spenders/list-change?pagination.limit=2")
    cursor = page["page_options"]["next_cursor"]
    rest = await done(server, "GET", f"All-Spenders/list-change?pagination.cursor={cursor}")
    assert rest["changes"] == changes[2:]


async def test_places_follow_the_player(server: Server) -> None:
    guest = await server.authenticate("guest-00001")
    await put(server, "All-Spenders/include", "guest-00001", until=NOW + 60)
    await server.identify(guest["token"], "player-0001")
    assert await listed(server, "All-Spenders/include") == ["player-0001"]
    # The old id still names the player.
    await put(server, "All-Spenders/exclude", "guest-00001")
    assert await listed(server, "All-Spenders/exclude") == ["player-0001"]
    assert not await belongs(server, "guest-00001", "All-Spenders")
    answer = await done(server, "DELETE", "All-Spenders/exclude?id=guest-00001")
    assert answer["removed"] == 1
    assert await belongs(server, "player-0001", "All-Spenders")


async def test_places_are_there_before_the_player(server: Server) -> None:
    await put(server, "All-Spenders/include", "player-0001")
    await server.authenticate("player-0001")
    assert await belongs(server, "player-0001", "All-Spenders")


async def test_places_are_in_the_export(server: Server) -> None:
    await server.authenticate("player-0001")
    await put(server, "All-Spenders/include", "player-0001", until=NOW + 60)
    await put(server, "New-Players/exclude", "player-0001", "player-0002")
    await server.settle_analytics()
    # It comes piece by piece, without the length that other answers have.
    reply = await InProcess.request(
        server, "GET", "/v1/console/identity/player-0001/export", auth=ADMIN
    )
    found = sorted(reply.json["audience_lists"], key=lambda each: str(each["audience"]))
    assert found == [
        {"audience": "All-Spenders", "list": "include", "until_time": "2023-11-14T22:14:20Z"},
        {"audience": "New-Players", "list": "exclude", "until_time": ""},
    ]
    assert reply.json["complete"] is True


async def test_what_is_over_goes(server: Server) -> None:
    await done(server, "POST", "", {"name": "Gone"})
    await put(server, "Gone/include", "player-0001")
    await put(server, "All-Spenders/include", "player-0001", until=NOW + 60)
    await put(server, "All-Spenders/include", "player-0002")
    lists = server.node.targeting.audience_services.lists
    assert await lists.tidy() == 0
    await done(server, "DELETE", "Gone")
    server.clock.advance(60)
    assert await lists.tidy() == 2
    assert await listed(server, "All-Spenders/include") == ["player-0002"]
    server.clock.advance(401 * 86_400)
    # The newest change stays: it is the version of all lists.
    assert await lists.tidy() == 2
    version = server.node.targeting.entries.version()
    assert version == 3
    await server.node.refresh()
    assert server.node.targeting.entries.version() == version


async def test_an_audience_of_the_same_name_begins_anew(server: Server) -> None:
    await done(server, "POST", "", {"name": "Again"})
    await put(server, "Again/include", "player-0001")
    await done(server, "DELETE", "Again")
    await done(server, "POST", "", {"name": "Again"})
    assert await listed(server, "Again/include") == []
    reply = await server.request("GET", f"{AUDIENCE}/Again/list-change", auth=ADMIN)
    assert reply.json["changes"] == []
