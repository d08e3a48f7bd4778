"""Revisions of definitions: told with what they changed, compared, restored, and all together."""

from typing import Any

import pytest

from matsuri.publishing.revision_api import PATH_OF
from tests.api.change_sets import Person, administrator
from tests.api.running import Server

FLAG = "/v1/console/flag"


async def make(me: Person, **fields: Any) -> Any:
    return await me.call("POST", FLAG, {"name": "shop", "value": "a", **fields})


async def versions(me: Person, ref: str) -> list[str]:
    """The oldest first."""
    found = (await me.call("GET", f"{FLAG}/{ref}/revision"))["revisions"]
    return [each["version"] for each in reversed(found)]


async def test_one_revision_tells_what_it_changed(server: Server) -> None:
    me = await administrator(server)
    made = await make(me)
    await me.call("PUT", f"{FLAG}/shop", {"value": "b", "note": "better"})
    created, changed = await versions(me, "shop")
    found = await me.call("GET", f"{FLAG}/shop/revision/{changed}")
    assert found["action"] == "update"
    assert found["changes"] == [{"path": "body.value", "before": "a", "after": "b"}]
    assert (found["before"]["body"]["value"], found["after"]["body"]["value"]) == ("a", "b")
    assert (found["id"], found["note"]) == (made["id"], "better")
    first = await me.call("GET", f"{FLAG}/shop/revision/{created}")
    assert first["action"] == "create"
    assert "before" not in first
    await me.refused(404, "GET", f"{FLAG}/shop/revision/999999")
    await me.refused(404, "GET", f"/v1/console/audience/shop/revision/{changed}")


async def test_any_two_are_compared(server: Server) -> None:
    me = await administrator(server)
    await make(me)
    await me.call("PUT", f"{FLAG}/shop", {"value": "b"})
    await me.call("PUT", f"{FLAG}/shop", {"description": "the shop"})
    first, second, third = await versions(me, "shop")
    place = f"{FLAG}/shop/revision/{first}/compare"
    with_second = await me.call("GET", f"{place}?to={second}")
    assert [each["path"] for each in with_second["changes"]] == ["body.value"]
    with_now = await me.call("GET", place)
    assert (with_now["from_version"], with_now["to_version"]) == (first, third)
    assert {each["path"] for each in with_now["changes"]} == {"body.value", "body.description"}


async def test_restoring_is_a_change_like_any_other(server: Server) -> None:
    me = await administrator(server)
    await make(me)
    changed = await me.call("PUT", f"{FLAG}/shop", {"value": "b", "name": "store"})
    first, _ = await versions(me, "store")
    place = f"{FLAG}/store/revision/{first}/restore"
    stale = {"version": first}
    await me.refused(409, "POST", place, stale)
    restored = await me.call("POST", place, {"version": changed["version"], "note": "oh"})
    found = await me.call("GET", f"{FLAG}/shop")
    assert (found["value"], found["version"]) == ("a", restored["version"])
    last = (await me.call("GET", f"{FLAG}/shop/revision"))["revisions"][0]
    assert last["note"] == f"Restored revision {first}: oh"


async def test_what_was_deleted_comes_back_under_its_id(server: Server) -> None:
    me = await administrator(server)
    made = await make(me)
    await me.call("DELETE", f"{FLAG}/shop")
    _, deleted = await versions(me, made["id"])
    restored = await me.call("POST", f"{FLAG}/{made['id']}/revision/{deleted}/restore")
    assert (restored["id"], restored["name"]) == (made["id"], "shop")
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "a"


async def test_its_name_may_be_taken_by_then(server: Server) -> None:
    me = await administrator(server)
    made = await make(me)
    await me.call("DELETE", f"{FLAG}/shop")
    await make(me, value="another one")
    _, deleted = await versions(me, made["id"])
    await me.refused(409, "POST", f"{FLAG}/{made['id']}/revision/{deleted}/restore")
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "another one"


async def test_what_is_wrong_by_now_is_not_restored(server: Server) -> None:
    me = await administrator(server)
    await me.call("POST", "/v1/console/audience", {"name": "Old", "filter": ""})
    await make(me, variants=[{"name": "v", "value": "x", "audiences": ["Old"]}])
    await me.call("PUT", f"{FLAG}/shop", {"variants": []})
    await me.call("DELETE", "/v1/console/audience/Old")
    first, _ = await versions(me, "shop")
    found = await me.refused(400, "POST", f"{FLAG}/shop/revision/{first}/restore")
    assert found["details"][0]["field"] == "variants[0].audiences[0]"


async def history(me: Person, query: str) -> list[tuple[str, str]]:
    found = await me.call("GET", f"/v1/console/history{query}")
    return [(each["name"], each["action"]) for each in found["changes"]]


async def test_the_history_of_everything(server: Server) -> None:
    me = await administrator(server)
    label = "/v1/console/taxonomy/label"
    await me.call("POST", label, {"name": "spring"})
    server.clock.advance(100)
    await make(me, labels=["spring"])
    await me.call("PUT", f"{FLAG}/shop", {"labels": []})
    await me.call("PUT", f"{FLAG}/shop", {"value": "c"})
    everything = await history(me, "?pagination.limit=4")
    assert everything == [
        ("shop", "update"),
        ("shop", "update"),
        ("shop", "create"),
        ("spring", "create"),
    ]
    # Whatever had the label before, or after.
    labelled = await history(me, "?search.label_name.exact=spring")
    assert labelled == [("shop", "update"), ("shop", "create")]
    assert await history(me, "?search.kind.or=label") == [("spring", "create")]
    mine = await history(me, "?search.author.exact=admin@example.com&search.name.like=SPR")
    assert mine == [("spring", "create")]
    assert await history(me, "?search.author.exact=nobody") == []
    later = await history(me, f"?from={server.clock.now_us() // 1_000_000}")
    assert later == [("shop", "update"), ("shop", "update"), ("shop", "create")]
    paths = (await me.call("GET", "/v1/console/history?pagination.limit=1"))["changes"][0]["paths"]
    assert paths == ["body.value"]
    await me.refused(400, "GET", "/v1/console/history?search.kind.or=nothing")


async def test_pages_of_the_history(server: Server) -> None:
    me = await administrator(server)
    await make(me)
    first = await me.call("GET", "/v1/console/history?pagination.limit=1")
    cursor = first["page_options"]["next_cursor"]
    second = await me.call(
        "GET", f"/v1/console/history?pagination.limit=1&pagination.cursor={cursor}"
    )
    assert int(second["changes"][0]["version"]) == int(first["changes"][0]["version"]) - 1
    back = second["page_options"]["prev_cursor"]
    again = await me.call("GET", f"/v1/console/history?pagination.limit=1&pagination.cursor={back}")
    assert again["changes"] == first["changes"]


@pytest.mark.parametrize("kind", PATH_OF)
async def test_every_kind_has_them(server: Server, kind: str) -> None:
    me = await administrator(server)
    await me.refused(404, "GET", f"/v1/console/{PATH_OF[kind]}/nothing/revision/1")
