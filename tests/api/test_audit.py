"""The audit log in the console API."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from matsuri.console import store as console_store
from matsuri.console.audit import AuditLog
from matsuri.console.model import Role
from tests.api.running import NOW, Server, refused
from tests.api.test_erasure import CONSOLE, erase, erasure, places_of, scrub
from tests.support.in_process import InProcess, bearer

GUEST = "canary-guest-0001"
PLAYER = "canary-player-01"


async def note(server: Server, subject_id: str, **fields: Any) -> None:
    values: dict[str, Any] = {
        "at_us": server.clock.now_us(),
        "actor": "anna@example.com",
        "actor_is_key": False,
        "action": "test_device.set",
        "subject_kind": "identity",
        "note": "canary-note",
        **fields,
    }
    await server.node.control.write(lambda c: AuditLog.note(c, subject_id=subject_id, **values))


async def audit(server: Server, **query: Any) -> Any:
    path = f"/v1/console/audit?{urlencode(query)}"
    reply = await server.request("GET", path, auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def test_entries_are_told_the_latest_first(server: Server) -> None:
    before = await audit(server)
    assert all(each["actor"] == "server" for each in before["entries"])
    last = max((int(each["number"]) for each in before["entries"]), default=0)
    server.clock.advance(60)
    await note(server, PLAYER, after={"clock_offset_sec": "60"})
    server.clock.advance(60)
    await note(
        server,
        PLAYER,
        actor="default",
        actor_is_key=True,
        action="test_device.remove",
        before={"clock_offset_sec": "60"},
    )
    removed, made = (await audit(server))["entries"][:2]
    assert made == {
        "number": str(last + 1),
        "time_sec": str(NOW + 60),
        "actor": "anna@example.com",
        "actor_kind": "user",
        "action": "test_device.set",
        "outcome": "ok",
        "subject_kind": "identity",
        "subject_id": PLAYER,
        "note": "canary-note",
        "after": {"clock_offset_sec": "60"},
    }
    assert removed["actor_kind"] == "server_key"
    assert removed["before"] == {"clock_offset_sec": "60"}
    assert "after" not in removed
    queries: list[tuple[dict[str, Any], list[Any]]] = [
        ({"search.actor.exact": "default"}, [removed]),
        ({"search.action.exact": "test_device.set"}, [made]),
        ({"search.subject_id.exact": PLAYER}, [removed, made]),
        ({"search.subject_kind.exact": "flag", "from": NOW + 60}, []),
        ({"search.action.prefix": "test_device."}, [removed, made]),
        ({"search.action.prefix": "device."}, []),
        ({"search.outcome.exact": "refused"}, []),
        ({"search.outcome.exact": "ok", "from": NOW + 60}, [removed, made]),
        ({"search.text": "CANARY-note"}, [removed, made]),
        ({"search.text": "_anary-note"}, []),
        ({"search.address.exact": "127.0.0.1"}, []),
        ({"from": NOW + 120}, [removed]),
        ({"from": NOW + 60, "until": NOW + 120}, [made]),
        ({"from": "2023-11-14T22:14:00Z", "until": "2023-11-15"}, [removed, made]),
    ]
    for query, expected in queries:
        assert (await audit(server, **query))["entries"] == expected, query
    page = await audit(server, **{"pagination.limit": 1})
    assert page["entries"] == [removed]
    cursor = page["page_options"]["next_cursor"]
    page = await audit(server, **{"pagination.limit": 1, "pagination.cursor": cursor})
    assert page["entries"] == [made]
    one = await server.request("GET", f"/v1/console/audit/{made['number']}", auth=CONSOLE)
    assert one.json == made
    for unknown in ("999999", "x", "9" * 30, "-1"):
        reply = await server.request("GET", f"/v1/console/audit/{unknown}", auth=CONSOLE)
        refused(reply, 404, 5)


@pytest.mark.parametrize("query", ["pagination.cursor=x", "from=yesterday", "pagination.limit=0"])
async def test_bad_questions_are_refused(server: Server, query: str) -> None:
    reply = await server.request("GET", f"/v1/console/audit?{query}", auth=CONSOLE)
    [detail] = refused(reply, 400, 3)
    assert detail["field"] == query.partition("=")[0]


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_read_it(server: Server, role: Role) -> None:
    token = await server.sign_in()
    await server.node.control.write(
        lambda c: c.execute(console_store.users.update().values(role=role.value))
    )
    reply = await server.request("GET", "/v1/console/audit", auth=bearer(token))
    if role in {Role.ADMIN, Role.DEBUGGER, Role.DEVELOPER}:
        assert reply.status == 200
    else:
        assert refused(reply, 403, 7) == [{"permission": "audit:read"}]
    for method in ("POST", "PUT", "DELETE"):
        reply = await server.request(method, "/v1/console/audit", auth=bearer(token))
        assert reply.status == 405


async def test_it_follows_a_player_to_the_end(server: Server, tmp_path: Path) -> None:
    guest = await server.authenticate(GUEST)
    await note(server, GUEST, after={"note": "canary-state"})
    await server.identify(guest["token"], PLAYER)
    await note(server, PLAYER)
    await note(server, "player-other", note="another's")
    await server.settle()
    path = f"/v1/console/identity/{PLAYER}/export"
    export = (await InProcess.request(server, "GET", path, auth=CONSOLE)).json
    assert [each["id"] for each in export["audit"]] == [GUEST, PLAYER, PLAYER]
    assert "anna" not in str(export["audit"])
    erasure_id = await erase(server, PLAYER)
    await scrub(server)
    assert list(places_of(tmp_path, "canary-")) == []
    receipt = (await erasure(server, erasure_id))["receipt"]
    [control] = [each for each in receipt["stores"] if each["store"] == "control.db"]
    assert control["removed"]["audit_entries"] == 3
    erased, exported, other, *gone = [
        each for each in (await audit(server))["entries"] if each["actor"] != "server"
    ]
    assert (erased["action"], erased["subject_id"]) == ("identity.erase", erasure_id)
    assert (exported["action"], exported["subject_erased"]) == ("identity.export", True)
    assert (other["subject_id"], other["note"]) == ("player-other", "another's")
    for each in gone:
        assert (each["subject_id"], each["note"], each["subject_erased"]) == ("", "", True)
        assert (each["actor"], each["action"]) == ("anna@example.com", "test_device.set")
        assert "after" not in each
