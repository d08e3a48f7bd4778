"""Replacing whole lists of audiences (``/v1/console/audience/{id}/include/import``)."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matsuri.audiences.import_store import audience_import_entries, audience_imports
from matsuri.audiences.list_imports import ImportLimits, ImportNews, ListImports
from matsuri.audiences.model import Listing
from matsuri.definitions.service import Author
from tests.api.audiences import ADMIN, ask, done, listed, put
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import bearer

LIST = "All-Spenders/include"


async def begin(server: Server, path: str = LIST, *, auth: str = ADMIN) -> str:
    found = await done(server, "POST", f"{path}/import", auth=auth)
    return f"{path}/import/{found['id']}"


async def add(server: Server, path: str, *ids: str, until: int = 0, auth: str = ADMIN) -> Any:
    return await put(server, path, *ids, until=until, auth=auth)


async def commit(server: Server, path: str, **body: Any) -> Any:
    return await done(server, "POST", f"{path}/commit", body)


async def rows(server: Server) -> tuple[int, int]:
    """How many imports are stored, and how many of their entries."""
    counts = [
        select(func.count()).select_from(t) for t in (audience_imports, audience_import_entries)
    ]
    found = [
        await server.node.control.read(lambda c, q=q: c.execute(q).scalar_one()) for q in counts
    ]
    return found[0], found[1]


def names(*numbers: int) -> list[str]:
    return [f"player-{number:04}" for number in numbers]


async def test_a_list_is_replaced_at_once(server: Server) -> None:
    await put(server, LIST, *names(1, 2, 3))
    await put(server, LIST, *names(4), until=NOW + 100)
    await put(server, "All-Spenders/exclude", *names(1, 2))
    begun = await done(server, "POST", f"{LIST}/import")
    path = f"{LIST}/import/{begun.pop('id')}"
    assert begun == {
        "list": "include",
        "state": "open",
        "count": 0,
        "part_ids_max": 5000,
        "ids_max": 300_000,
        "expire_time_sec": str(NOW + 86_400),
    }
    assert (await add(server, path, *names(3, 5)))["count"] == 2
    assert (await add(server, path, *names(3, 5)))["count"] == 2, "the same again"
    assert (await add(server, path, *names(2), until=NOW + 50))["count"] == 3
    assert (await done(server, "GET", path))["count"] == 3
    assert await listed(server, LIST) == names(1, 2, 3, 4), "nobody sees it yet"
    result = await commit(server, path, note="of last night")
    assert result == {"added": 1, "changed": 1, "removed": 2, "count": 3}
    found = await done(server, "GET", LIST)
    assert found["entries"] == [
        {"identity_id": "player-0002", "until_time_sec": str(NOW + 50)},
        {"identity_id": "player-0003"},
        {"identity_id": "player-0005"},
    ]
    assert await listed(server, "All-Spenders/exclude") == names(1, 2)
    change, *before = (await done(server, "GET", "All-Spenders/list-change"))["changes"]
    assert len(before) == 3
    assert (change["note"], change["changed_by"]) == ("of last night", "server_key:default")
    assert {(each["identity_id"], each["what"]) for each in change["ids"]} == {
        ("player-0005", "added"),
        ("player-0002", "changed"),
        ("player-0001", "removed"),
        ("player-0004", "removed"),
    }
    # An answer that was lost is asked for again.
    assert await commit(server, path) == result
    assert (await done(server, "GET", path))["state"] == "committed"
    refused(await ask(server, "PUT", path, {"entries": [{"identity_id": "player-9"}]}), 400, 9)
    assert len((await done(server, "GET", "All-Spenders/list-change"))["changes"]) == 4
    assert await rows(server) == (1, 0)


@pytest.mark.parametrize("seed", range(5))
async def test_what_is_imported_is_the_list(server: Server, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(4):
        wanted: dict[str, int] = {}
        path = await begin(server)
        for _ in range(chance.randint(0, 4)):
            until = chance.choice([0, NOW + 100, NOW + 200])
            part = names(*chance.sample(range(12), chance.randint(1, 6)))
            await add(server, path, *part, until=until)
            wanted |= dict.fromkeys(part, until)
        entries = (await done(server, "GET", LIST))["entries"]
        before = {each["identity_id"]: int(each.get("until_time_sec", 0)) for each in entries}
        result = await commit(server, path)
        entries = (await done(server, "GET", LIST))["entries"]
        assert {e["identity_id"]: int(e.get("until_time_sec", 0)) for e in entries} == wanted
        both = before.keys() & wanted.keys()
        assert result == {
            "added": len(wanted.keys() - before.keys()),
            "changed": sum(before[each] != wanted[each] for each in both),
            "removed": len(before.keys() - wanted.keys()),
            "count": len(wanted),
        }


async def test_membership_follows_the_commit(server: Server) -> None:
    await server.authenticate("player-0001")
    await server.settle()
    await server.worker.memberships.run_pass()
    path = await begin(server)
    await add(server, path, "player-0001")
    await commit(server, path)
    await server.settle()
    found = await done(server, "GET", "All-Spenders/members")
    assert [each["identity_id"] for each in found["members"]] == ["player-0001"]
    found = await done(server, "GET", "All-Spenders")
    assert (found["include_count"], found["member_count"]) == (1, 1)


async def test_few_are_named_and_of_many_it_is_said_that_they_changed(server: Server) -> None:
    told: list[Sequence[str]] = []
    imports = ListImports(
        database=server.node.control,
        definitions=server.node.definitions,
        clock=server.clock,
        limits=ImportLimits(part_ids_max=10_000, ids_max=10_000, seconds_max=60),
        news=ImportNews(told.append, lambda: told.append("everybody")),
    )
    place = ("All-Spenders", Listing.INCLUDE)
    for ids in (names(1, 2), names(2), names(2), names(*range(2, 5003)), names(2)):
        begun, _ = await imports.begin(*place, is_key=True)
        await imports.add(*place, begun.id, dict.fromkeys(ids, 0), is_key=True)
        author = Author("server_key:default", "")
        await imports.commit(*place, begun.id, author=author, is_key=True)
    assert told == [names(1, 2), names(1), [], names(*range(3, 5003)), names(*range(3, 5003))]
    begun, _ = await imports.begin(*place, is_key=True)
    await imports.add(*place, begun.id, dict.fromkeys(names(*range(3, 5004)), 0), is_key=True)
    await imports.commit(*place, begun.id, author=author, is_key=True)
    assert told[5:] == ["everybody"]


async def test_imports_follow_players(server: Server) -> None:
    path = await begin(server)
    guest = await server.authenticate("guest-0001")
    await add(server, path, "guest-0001", "guest-0002", "player-0003")
    await add(server, path, "player-0001", until=NOW + 100)
    await server.identify(guest["token"], "player-0001")
    # An id that was merged already stands for what it was merged into.
    other = await server.authenticate("guest-0009")
    await server.identify(other["token"], "player-0009")
    assert (await add(server, path, "guest-0009"))["count"] == 4
    gone = (await server.authenticate("player-0003"))["token"]
    assert (await server.delete(gone)).status == 200
    assert (await done(server, "GET", path))["count"] == 3
    await commit(server, path)
    assert (await done(server, "GET", LIST))["entries"] == [
        {"identity_id": "guest-0002"},
        {"identity_id": "player-0001"},
        {"identity_id": "player-0009"},
    ]


async def test_only_server_keys_import_managed_lists(server: Server) -> None:
    user = bearer(await server.sign_in())
    await done(server, "POST", "", {"name": "Churning", "managed": True}, auth=user)
    refused(await ask(server, "POST", "Churning/exclude/import", auth=user), 403, 7)
    path = await begin(server, "Churning/exclude")
    part = {"entries": [{"identity_id": "player-0001"}]}
    for method, beneath, body in (
        ("GET", "", None),
        ("PUT", "", part),
        ("POST", "/commit", {}),
        ("DELETE", "", None),
    ):
        refused(await ask(server, method, f"{path}{beneath}", body, auth=user), 403, 7)
    await add(server, path, "player-0001")
    await commit(server, path)
    assert await listed(server, "Churning/exclude") == names(1)
    await begin(server, LIST, auth=user)


async def test_an_import_is_of_one_list(server: Server) -> None:
    path = await begin(server)
    import_id = path.rsplit("/", 1)[1]
    for other in (f"All-Spenders/exclude/import/{import_id}", f"{LIST}/import/none"):
        refused(await ask(server, "GET", other), 404, 5)
        refused(await ask(server, "POST", f"{other}/commit", {}), 404, 5)
    # The list has one import at a time.
    second = await begin(server)
    await begin(server, "All-Spenders/exclude")
    refused(await ask(server, "PUT", path, {"entries": [{"identity_id": "player-0001"}]}), 404, 5)
    await add(server, second, "player-0001")
    await done(server, "DELETE", second)
    refused(await ask(server, "POST", f"{second}/commit", {}), 404, 5)
    assert await listed(server, LIST) == []
    assert await rows(server) == (1, 0)


async def test_limits(tmp_path: Path) -> None:
    async with running(tmp_path, audience_list_ids_max=3, audience_import_ids_max=5) as server:
        path = await begin(server)
        await add(server, path, *names(1, 2, 3))
        reply = await ask(
            server, "PUT", path, {"entries": [{"identity_id": each} for each in names(4, 5, 6, 7)]}
        )
        refused(reply, 400, 3, "entries: has 4 ids (at most 3)")
        reply = await ask(
            server, "PUT", path, {"entries": [{"identity_id": each} for each in names(4, 5, 6)]}
        )
        refused(reply, 400, 9)
        assert (await done(server, "GET", path))["count"] == 3, "all of a part, or nothing"
        for entries in (
            [],
            None,
            [{"identity_id": "x"}],
            [{"identity_id": "player-1", "until_time_sec": "1"}],
        ):
            refused(await ask(server, "PUT", path, {"entries": entries}), 400, 3)
        await add(server, path, *names(4, 5))
        assert (await commit(server, path))["count"] == 5


async def test_what_is_not_committed_expires(tmp_path: Path) -> None:
    async with running(tmp_path, audience_import_seconds_max=3600) as server:
        path = await begin(server)
        await add(server, path, *names(*range(20)))
        server.clock.advance(3599)
        assert (await done(server, "GET", path))["count"] == 20
        server.clock.advance(1)
        refused(await ask(server, "POST", f"{path}/commit", {}), 404, 5)
        await server.node.refresh()
        assert await rows(server) == (0, 0)
        # So does what is left of a deleted audience.
        await done(server, "POST", "", {"name": "Gone"})
        await add(server, await begin(server, "Gone/include"), "player-0001")
        await done(server, "DELETE", "Gone")
        server.clock.advance(60)
        await server.node.refresh()
        assert await rows(server) == (0, 0)
