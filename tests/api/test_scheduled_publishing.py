"""Change sets published at a time: also after a time in which nothing ran, and by one alone."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.change_sets import SETS, Person, administrator, create, person, update
from tests.api.running import NOW, Server, running
from tests.support.in_process import basic

FLAG = "/v1/console/flag"
HOUR = 3600


async def scheduled(me: Person) -> Any:
    await me.call("POST", FLAG, {"name": "shop", "value": "a"})
    made = await me.draft(update("flag", "shop", value="b"))
    return await me.act("publish", made, at_time_sec=NOW + HOUR)


async def test_it_is_published_at_its_time(server: Server) -> None:
    me = await administrator(server)
    made = await scheduled(me)
    assert (made["state"], made["publish_time_sec"]) == ("scheduled", str(NOW + HOUR))
    assert made["scheduled_by"] == "admin@example.com"
    # What is to be published is changed no more, unless it is cancelled.
    await me.refused(400, "PUT", f"{SETS}/{made['id']}", {"name": "Other"})
    server.clock.advance(HOUR - 1)
    await server.node.refresh()
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "a"
    server.clock.advance(1)
    await server.node.refresh()
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "b"
    found = await me.read(made)
    assert (found["state"], found["publication"]["by"]) == ("published", "admin@example.com")


async def test_it_is_published_after_a_time_in_which_nothing_ran(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        made = await scheduled(await administrator(server))
        clock = server.clock
    clock.advance(3 * HOUR)
    async with running(tmp_path, clock=clock) as server:
        await server.node.refresh()
        me = await administrator(server)
        assert (await me.read(made))["state"] == "published"
        assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "b"


async def test_of_several_one_publishes_it(server: Server) -> None:
    me = await administrator(server)
    await scheduled(me)
    server.clock.advance(HOUR)
    publisher = server.node.publisher
    await asyncio.gather(*(publisher.publish_due() for _ in range(5)))
    history = (await me.call("GET", f"{FLAG}/shop/revision"))["revisions"]
    assert len(history) == 2
    [found] = (await me.call("GET", SETS))["change_sets"]
    assert found["state"] == "published"


async def test_one_that_is_cancelled_is_not_published(server: Server) -> None:
    me = await administrator(server)
    made = await scheduled(me)
    cancelled = await me.act("cancel", made)
    assert (cancelled["state"], cancelled["publish_time_sec"]) == ("draft", "0")
    server.clock.advance(HOUR)
    await server.node.refresh()
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "a"


USER = "/v1/console/user"
KEYS = "/v1/console/serverkey"


async def published_at_its_time(server: Server, me: Person, made: Any) -> Any:
    server.clock.advance(HOUR)
    await server.node.refresh()
    return await me.read(made)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"disabled": True}, "no access any more"),
        ({"role": "support"}, "flag:write"),
        ({"taken": ["flag:write"]}, "flag:write"),
        ({"taken": ["change_set:write"]}, "change_set:write"),
        (None, "no access any more"),
    ],
)
async def test_who_scheduled_it_must_still_be_allowed_to(
    server: Server, body: Any, reason: str
) -> None:
    me = await administrator(server)
    ben = await person(server, "ben@example.com")
    made = await scheduled(ben)
    [user] = (await me.call("GET", f"{USER}?search.email.like=ben"))["users"]
    await me.call("DELETE" if body is None else "PUT", f"{USER}/{user['id']}", body)
    failed = await published_at_its_time(server, me, made)
    assert failed["state"] == "failed"
    assert "ben@example.com" in failed["failure"]["message"]
    assert reason in failed["failure"]["message"]
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "a"
    # Somebody who may does it.
    assert (await me.act("publish", made))["state"] == "published"


@pytest.mark.parametrize("verb", ["disable", "restrict", "nothing"])
async def test_so_must_a_server_key(server: Server, verb: str) -> None:
    me = await administrator(server)
    key = await me.call("POST", KEYS, {"name": "deploy"})
    made = await scheduled(Person(server, basic(key["value"])))
    if verb == "disable":
        await me.call("POST", f"{KEYS}/{key['id']}/disable")
    elif verb == "restrict":
        await me.call("PUT", f"{KEYS}/{key['id']}", {"permissions": ["flag:read"]})
    found = await published_at_its_time(server, me, made)
    assert found["state"] == ("published" if verb == "nothing" else "failed")


async def test_one_that_cannot_be_published_tells_why(server: Server) -> None:
    me = await administrator(server)
    made = await scheduled(me)
    await me.call("PUT", f"{FLAG}/shop", {"value": "somebody else's"})
    server.clock.advance(HOUR)
    await server.node.refresh()
    failed = await me.read(made)
    assert failed["state"] == "failed"
    [detail] = failed["failure"]["details"]
    assert (detail["name"], detail["problem"]) == ("shop", "was changed")
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "somebody else's"
    # It goes again once somebody has looked.
    await me.act("rebase", made)
    assert (await me.act("publish", made))["state"] == "published"
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "b"


async def test_one_does_not_keep_others_from_being_published(server: Server) -> None:
    me = await administrator(server)
    await scheduled(me)
    other = await me.draft(create("flag", name="other", value="x"))
    await me.act("schedule", other, at_time_sec=NOW + HOUR)
    await me.call("PUT", f"{FLAG}/shop", {"value": "somebody else's"})
    server.clock.advance(HOUR)
    await server.node.refresh()
    assert (await me.call("GET", f"{FLAG}/other"))["value"] == "x"


async def test_times_are_to_come(server: Server) -> None:
    me = await administrator(server)
    made = await me.draft(create("flag", name="shop", value="x"))
    for at in (NOW, "yesterday", 10**12):
        found = await me.not_allowed(400, "schedule", made, at_time_sec=at)
        assert found["details"][0]["field"] == "at_time_sec"
