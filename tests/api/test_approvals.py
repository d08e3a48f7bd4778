"""Four eyes: what is protected is changed by change sets that somebody else has approved."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from matsuri.config import DefinitionKind
from matsuri.console.model import Role
from tests.api.change_sets import (
    SETS,
    Person,
    administrator,
    create,
    delete,
    key_of,
    person,
    update,
)
from tests.api.running import Server, running
from tests.support.in_process import basic

FLAG = "/v1/console/flag"
AUDIENCE = "/v1/console/audience"
LABEL = "/v1/console/taxonomy/label"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(
        tmp_path, approval_entities=[DefinitionKind.EXPERIMENT], approval_labels=["live"]
    ) as it:
        key = key_of(it)
        await key.call("POST", LABEL, {"name": "live"})
        await key.call("POST", FLAG, {"name": "shop", "value": "a"})
        yield it


@pytest.fixture
async def anna(server: Server) -> Person:
    return await administrator(server)


@pytest.fixture
async def ben(server: Server) -> Person:
    return await person(server, "ben@example.com")


async def protected(anna: Person, ben: Person) -> Any:
    """A flag that nobody changes alone."""
    made = await anna.draft(update("flag", "shop", labels=["live"]), name="Protect")
    waiting = await anna.act("submit", made)
    await ben.act("approve", made, version=waiting["version"])
    await anna.act("publish", made)
    return await anna.call("GET", f"{FLAG}/shop")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{FLAG}/shop", {"value": "b"}),
        # Nor is the label taken away first.
        ("PUT", f"{FLAG}/shop", {"labels": []}),
        ("DELETE", f"{FLAG}/shop", None),
        ("POST", FLAG, {"name": "other", "value": "x", "labels": ["live"]}),
        ("POST", f"{FLAG}/shop/variant", {"name": "v", "value": "x"}),
        ("POST", "/v1/console/experiment", {"name": "colours"}),
        ("POST", f"{FLAG}/shop/revision/{{first}}/restore", None),
    ],
)
async def test_nobody_changes_it_directly(
    anna: Person, ben: Person, method: str, path: str, body: object
) -> None:
    await protected(anna, ben)
    history = (await anna.call("GET", f"{FLAG}/shop/revision"))["revisions"]
    path = path.replace("{first}", history[-1]["version"])
    for caller in (anna, key_of(anna.server)):
        found = await caller.refused(400, method, path, body)
        assert found["code"] == 9
        assert "change set" in found["message"]
    assert (await anna.call("GET", f"{FLAG}/shop"))["value"] == "a"
    # What carries no such label is changed as before.
    await anna.call("POST", AUDIENCE, {"name": "Free", "filter": ""})


async def test_draft_approval_publish_rollback(anna: Person, ben: Person) -> None:
    await protected(anna, ben)
    made = await anna.draft(update("flag", "shop", value="b"))
    found = await anna.diff(made)
    assert (found["approvals_needed"], found["protected"]) == (1, ["flag shop"])
    refused = await anna.not_allowed(400, "publish", made)
    assert "approval" in refused["message"]
    waiting = await anna.act("submit", made)
    assert waiting["state"] == "waiting"
    await anna.not_allowed(400, "publish", made)
    approved = await ben.act("approve", made, version=waiting["version"], note="fine")
    assert approved["state"] == "approved"
    assert [(each["by"], each["note"]) for each in approved["approvals"]] == [
        ("ben@example.com", "fine")
    ]
    await anna.act("publish", made)
    assert (await anna.call("GET", f"{FLAG}/shop"))["value"] == "b"
    # The way back is short: it gives what was there before.
    back = await anna.act("rollback", made)
    assert back["state"] == "published"
    assert (await anna.call("GET", f"{FLAG}/shop"))["value"] == "a"


async def test_who_had_a_hand_in_it_does_not_approve_it(anna: Person, ben: Person) -> None:
    cleo = await person(anna.server, "cleo@example.com")
    made = await anna.draft(update("flag", "shop", labels=["live"]))
    changed = await ben.put(made, update("flag", "shop", labels=["live"], value="b"))
    assert changed["editors"] == ["admin@example.com", "ben@example.com"]
    waiting = await anna.act("submit", made)
    for caller in (anna, ben, key_of(anna.server)):
        await caller.not_allowed(403, "approve", made, version=waiting["version"])
    assert (await anna.read(made))["approvals"] == []
    await cleo.act("approve", made, version=waiting["version"])
    await cleo.not_allowed(400, "approve", made)
    # Nor does one approve what one has not seen.
    await cleo.not_allowed(409, "approve", made, version=waiting["version"])


async def test_who_may_not_read_a_set_is_told_nothing_of_it_by_acting_on_it(anna: Person) -> None:
    made = await anna.draft(update("flag", "shop", value="secret"))
    permissions = ["change_set:read", "change_set:write", "change_set:delete"]
    fields = {"name": "blind", "permissions": permissions}
    blind = Person(anna.server, basic((await anna.call("POST", KEYS, fields))["value"]))
    one = f"{SETS}/{made['id']}"
    for method, path, body in (
        ("GET", one, None),
        ("PUT", one, {"name": "Other"}),
        ("PUT", f"{one}/change", {"changes": []}),
        ("DELETE", f"{one}/change/1", None),
        *(
            ("POST", f"{one}/{verb}", {"version": made["version"]})
            for verb in ("submit", "withdraw", "reject", "cancel", "discard", "rebase", "approve")
        ),
        ("POST", f"{one}/publish", {}),
        ("POST", f"{one}/rollback", {}),
    ):
        told = await blind.refused(403, method, path, body)
        assert told["details"] == [{"permission": "flag:read"}], (method, path)
    assert (await anna.read(made))["version"] == made["version"]


KEYS = "/v1/console/serverkey"


async def key_made_by(maker: Person, name: str) -> tuple[Person, str]:
    """A new server key, and its id."""
    made = await maker.call("POST", KEYS, {"name": name})
    return Person(maker.server, basic(made["value"])), made["id"]


async def test_who_knows_the_key_that_changed_it_does_not_approve_it(anna: Person) -> None:
    ben = await person(anna.server, "ben@example.com", Role.ADMIN)
    key, key_id = await key_made_by(anna, "deploy")
    # A key that was made with a key is known to whoever knows that one.
    second, _ = await key_made_by(key, "second")
    for author in (key, second):
        made = await author.draft(update("flag", "shop", labels=["live"]))
        waiting = await author.act("submit", made)
        refused = await anna.not_allowed(403, "approve", made, version=waiting["version"])
        assert "somebody else" in refused["message"]
        assert (await ben.act("approve", made, version=waiting["version"]))["state"] == "approved"
    # So is one that somebody has given a new value.
    rotated = await ben.call("POST", f"{KEYS}/{key_id}/rotate", {"grace_sec": 0})
    key = Person(anna.server, basic(rotated["value"]))
    changed = await key.put(made, update("flag", "shop", labels=["live"], value="b"))
    assert changed["editors"] == ["second", "deploy"]
    await ben.not_allowed(403, "approve", made, version=changed["version"])


async def test_what_a_key_has_made_is_approved_by_who_never_had_it(anna: Person) -> None:
    ben = await person(anna.server, "ben@example.com")
    made = await key_of(anna.server).draft(update("flag", "shop", labels=["live"]))
    waiting = await anna.act("submit", made)
    await ben.act("approve", made, version=waiting["version"])


async def test_a_change_after_an_approval_voids_it(anna: Person, ben: Person) -> None:
    made = await anna.draft(update("flag", "shop", labels=["live"]))
    waiting = await anna.act("submit", made)
    await ben.act("approve", made, version=waiting["version"])
    changed = await anna.put(made, update("flag", "shop", labels=["live"], value="worse"))
    assert (changed["state"], changed["approvals"]) == ("waiting", [])
    await anna.not_allowed(400, "publish", made)
    renamed = await anna.call("PUT", f"{SETS}/{made['id']}", {"name": "Other"})
    assert renamed["name"] == "Other"


async def test_only_who_may_make_the_changes_approves_them(anna: Person) -> None:
    helper = await person(anna.server, "helper@example.com", Role.SUPPORT)
    debugger = await person(anna.server, "debugger@example.com", Role.DEBUGGER)
    await anna.call("POST", AUDIENCE, {"name": "Free", "filter": ""})
    made = await anna.draft(delete("audience", "Free"), update("flag", "shop", labels=["live"]))
    waiting = await anna.act("submit", made)
    refused = await helper.not_allowed(403, "approve", made, version=waiting["version"])
    assert refused["details"] == [{"permission": "change_set:write"}]
    # A debugger writes and deletes nothing.
    refused = await debugger.not_allowed(403, "approve", made, version=waiting["version"])
    assert refused["details"] == [{"permission": "audience:delete"}]
    refused = await debugger.not_allowed(403, "publish", made)
    assert refused["details"] == [{"permission": "audience:delete"}]


async def test_a_rejected_set_is_a_draft_again(anna: Person, ben: Person) -> None:
    made = await anna.draft(update("flag", "shop", value="b"))
    await anna.act("submit", made)
    rejected = await ben.act("reject", made, note="not before the weekend")
    assert rejected["state"] == "draft"
    assert rejected["rejection"]["note"] == "not before the weekend"
    again = await anna.act("submit", made)
    assert "rejection" not in again
    assert (await anna.act("withdraw", made))["state"] == "draft"
    assert (await anna.act("discard", made))["state"] == "discarded"
    await anna.not_allowed(400, "submit", made)
    await anna.call("DELETE", f"{SETS}/{made['id']}")
    await anna.refused(404, "GET", f"{SETS}/{made['id']}")


async def test_nothing_is_slipped_into_a_rollback(anna: Person, ben: Person) -> None:
    await protected(anna, ben)
    made = await anna.draft(create("audience", name="Free", filter=""))
    await anna.act("publish", made)
    back = await anna.act("rollback", made, draft=True)
    assert back["state"] == "draft"
    await anna.put(back, update("flag", "shop", value="slipped in"))
    await anna.not_allowed(400, "publish", back)


async def test_rollbacks_need_approval_where_that_is_set(tmp_path: Path) -> None:
    async with running(
        tmp_path,
        approval_entities=[DefinitionKind.FLAG],
        approval_for_rollback=True,
        approvals_needed=2,
    ) as server:
        anna = await administrator(server)
        others = [await person(server, f"{name}@example.com") for name in ("ben", "cleo")]
        made = await anna.draft(create("flag", name="shop", value="a"))
        await anna.act("submit", made)
        for each, state in zip(others, ("waiting", "approved"), strict=True):
            version = (await each.diff(made))["version"]
            assert (await each.act("approve", made, version=version))["state"] == state
        await anna.act("publish", made)
        await anna.not_allowed(400, "rollback", made)
        back = await anna.act("rollback", made, draft=True)
        await anna.act("submit", back)
        for each in others:
            await each.act("approve", back, version=(await each.diff(back))["version"])
        await anna.act("publish", back)
        await anna.refused(404, "GET", f"{FLAG}/shop")
        assert (await anna.read(made))["rolled_back_by"] == back["id"]


async def test_server_keys_may_be_exempt(tmp_path: Path) -> None:
    async with running(
        tmp_path, approval_entities=[DefinitionKind.FLAG], approval_server_keys_exempt=True
    ) as server:
        anna, key = await administrator(server), key_of(server)
        await key.call("POST", FLAG, {"name": "shop", "value": "a"})
        made = await key.draft(update("flag", "shop", value="b"))
        await key.act("publish", made)
        await anna.refused(400, "PUT", f"{FLAG}/shop", {"value": "c"})
