"""Every call of the console that is no pure read leaves an entry in the audit log."""

import csv
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from matsuri.console import store as console_store
from matsuri.console.model import Role
from matsuri.web.attempts import action_of
from tests.api.running import Server
from tests.support.in_process import (
    EMAIL,
    PASSWORD,
    SERVER_KEY,
    InProcess,
    Reply,
    basic,
    bearer,
)

CONSOLE = basic(SERVER_KEY)
PLAYER = "player-0001"

# Calls that change nothing although they are no GET: what they say is in their bodies.
READS = {
    "console_check_taxonomy_validator",
    "console_check_filter",
    "console_impact",
    "console_impact_of_change_set",
    "console_preview_audience",
    "console_preview_live_event",
    "console_preview_rejected_events",
    "console_propose_event",
    "console_resolve",
}
# Reads that take data about people out of the server.
EXPORTS = {"console_export_audit", "console_export_events", "console_export_identity"}
# Where a provider sends people back to: their browser asks with GET.
SIGN_INS = {"console_end_single_sign_on"}


async def send(server: InProcess, method: str, path: str, **fields: Any) -> Reply:
    """Also of answers that are no messages."""
    return await InProcess.request(server, method, path, **{"auth": CONSOLE, **fields})


async def entries(server: InProcess, **query: Any) -> list[dict[str, Any]]:
    reply = await send(server, "GET", f"/v1/console/audit?{urlencode(query)}")
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json["entries"]
    return found


async def of_call(server: InProcess, reply: Reply) -> list[dict[str, Any]]:
    return await entries(server, **{"search.request_id.exact": reply.headers["x-request-id"]})


def console_routes(server: InProcess) -> list[Any]:
    return [each for each in server.node.routes if each.path.startswith("/v1/console/")]


async def test_every_route_is_a_read_or_leaves_an_entry(server: Server) -> None:
    routes = console_routes(server)
    silent = {each.operation for each in routes if each.method != "GET" and not each.is_audited}
    assert silent == READS
    noisy = {each.operation for each in routes if each.method == "GET" and each.is_audited}
    assert noisy == EXPORTS | SIGN_INS
    for each in routes:
        if each.is_audited:
            subject, _, verb = action_of(each).partition(".")
            assert subject, each.operation
            assert verb, each.operation
            assert len(action_of(each)) <= 64


async def test_every_refused_call_leaves_an_entry(server: Server) -> None:
    routes = [each for each in console_routes(server) if each.is_audited]
    for each in routes:
        path = each.path.replace("{", "some-").replace("}", "")
        reply = await send(server, each.method, path, auth=None, body={})
        assert reply.status in {400, 401}, each.operation
        [entry] = await of_call(server, reply)
        assert entry["operation"] == each.operation
        assert entry["action"] == action_of(each)
        assert (entry["actor"], entry["actor_kind"]) == ("", "nobody")
        assert (entry["outcome"], entry["status"]) == ("refused", reply.status)
        assert entry["message"] == reply.json["message"]
        assert entry["address"] == "127.0.0.1"
        # What nobody has typed is not kept.
        assert entry["subject_id"] == ""


WRITES: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    (
        "POST",
        "/v1/console/taxonomy/label",
        {"name": "spring"},
        "label.create",
        {"subject_kind": "label", "subject_name": "spring"},
    ),
    (
        "POST",
        "/v1/console/audience",
        {"name": "payers", "filter": "false", "note": "for spring"},
        "audience.create",
        {"subject_kind": "audience", "subject_name": "payers", "note": "for spring"},
    ),
    (
        "POST",
        "/v1/console/flag",
        {"name": "sale", "value": "off"},
        "flag.create",
        {"subject_kind": "flag", "subject_name": "sale"},
    ),
    (
        "PUT",
        "/v1/console/flag/sale",
        {"value": "on"},
        "flag.update",
        {"subject_name": "sale", "before": {"value": "off"}, "after": {"value": "on"}},
    ),
    (
        "POST",
        "/v1/console/flag/sale/variant",
        {"name": "some", "value": "10", "audiences": ["payers"]},
        "flag.add_variant",
        {"subject_name": "sale", "before": {"variants": []}},
    ),
    (
        "PUT",
        "/v1/console/audience/payers/include",
        {"entries": [{"identity_id": PLAYER}]},
        "audience.change_includes",
        {
            "subject_id": "payers",
            "after": {"added": 1, "changed": 0, "removed": 0, "count": 1},
        },
    ),
    (
        "PUT",
        f"/v1/console/identity/{PLAYER}/properties",
        {"default": {"email": "one@example.com"}},
        "identity.update_properties",
        {"subject_id": PLAYER, "before": {}, "after": {"default": {"email": "one@example.com"}}},
    ),
    (
        "POST",
        "/v1/console/identity/import",
        {"identities": [{"id": "player-0002"}, {"id": "?"}]},
        "identity.import",
        {"after": {"created": 1, "updated": 0, "refused": 1}},
    ),
    (
        "PUT",
        f"/v1/console/identity/{PLAYER}/test-device",
        {"clock_offset_sec": "60", "note": "sees more"},
        "test_device.set",
        {"subject_id": PLAYER, "note": "sees more", "after": {"clock_offset_sec": "60"}},
    ),
    (
        "POST",
        "/v1/console/dead-letter/replay",
        {"all": True},
        "dead_letter.replay",
        {"subject_kind": "dead_letter", "after": {"replayed": 0}},
    ),
    ("POST", "/v1/console/apikey", {"name": "spring"}, "api_key.create", {}),
    (
        "POST",
        "/v1/console/change-set",
        {"name": "spring"},
        "change_set.create",
        {"subject_kind": "change_set"},
    ),
    ("DELETE", f"/v1/console/identity/{PLAYER}", {}, "identity.erase", {"subject_kind": "erasure"}),
    ("GET", "/v1/console/identity/player-0002/export", {}, "identity.export", {}),
    ("GET", "/v1/console/export/event", {}, "event.export", {}),
]


async def test_writes_of_every_slice_are_told(server: Server) -> None:
    await server.authenticate(PLAYER)
    token = bearer(await server.sign_in())
    headers = {"user-agent": "a test " + 300 * "x"}
    for method, path, body, action, expected in WRITES:
        reply = await send(server, method, path, body=body, auth=token, headers=headers)
        assert reply.status == 200, (path, reply.body)
        found = await of_call(server, reply)
        assert [each["action"] for each in found] == [action], path
        [entry] = found
        assert {key: entry[key] for key in expected} == expected, path
        assert (entry["actor"], entry["actor_kind"]) == (EMAIL, "user")
        assert (entry["outcome"], entry["address"]) == ("ok", "127.0.0.1")
        assert entry["user_agent"] == ("a test " + 300 * "x")[:200]
        assert entry["operation"].startswith("console_")
        assert "status" not in entry
        if action == "api_key.create":
            assert len(reply.json["value"]) >= 32
            assert reply.json["value"] not in str(entry)


async def test_a_change_and_its_revision_lead_to_each_other(server: Server) -> None:
    await send(server, "POST", "/v1/console/flag", body={"name": "sale", "value": "x" * 2000})
    reply = await send(server, "PUT", "/v1/console/flag/sale", body={"description": "Spring"})
    [entry] = await of_call(server, reply)
    assert entry["before"] == {"description": ""}
    assert entry["after"] == {"description": "Spring"}
    assert entry["actor_kind"] == "server_key"
    revisions = await send(server, "GET", "/v1/console/flag/sale/revision")
    assert entry["revision"] == revisions.json["revisions"][0]["version"]
    [made] = await entries(server, **{"search.action.exact": "flag.create", "search.text": "sale"})
    assert made["after"]["value"] == {"left_out_bytes": 2002}
    same = await send(server, "PUT", "/v1/console/flag/sale", body={"description": "Spring"})
    [nothing] = await of_call(server, same)
    assert (nothing["action"], nothing["outcome"]) == ("flag.update", "ok")
    assert "revision" not in nothing
    gone = await send(server, "DELETE", "/v1/console/flag/sale")
    [deleted] = await of_call(server, gone)
    assert deleted["action"] == "flag.delete"
    assert deleted["before"]["name"] == "sale"
    assert "after" not in deleted


async def test_what_is_refused_is_told_and_changes_nothing(server: Server) -> None:
    body = {"name": "sale", "value": "off"}
    await send(server, "POST", "/v1/console/flag", body=body)
    for path, body, status in (
        ("/v1/console/flag/sale", {"value": "on", "version": "1"}, 409),
        ("/v1/console/flag/nothing", {"value": "on"}, 404),
        ("/v1/console/flag/sale", {"variants": 7}, 400),
    ):
        reply = await send(server, "PUT", path, body=body)
        assert reply.status == status
        [entry] = await of_call(server, reply)
        assert (entry["outcome"], entry["status"]) == ("refused", status)
        assert entry["subject_id"] == path.rpartition("/")[2]
        assert "before" not in entry


async def test_the_id_of_an_erased_player_does_not_come_back(server: Server) -> None:
    for method, path in (
        ("DELETE", f"/v1/console/identity/{PLAYER}"),
        ("PUT", f"/v1/console/identity/{PLAYER}/properties"),
        ("GET", f"/v1/console/identity/{PLAYER}/export"),
    ):
        reply = await send(server, method, path, body={"custom": {"vip": "yes"}})
        assert reply.status == 404
        [entry] = await of_call(server, reply)
        assert entry["status"] == 404
        assert PLAYER not in str(entry)


async def test_a_sign_in_that_fails_names_only_who_is_known(server: Server) -> None:
    for email, name in ((EMAIL, EMAIL), ("stranger@example.com", "")):
        reply = await send(
            server,
            "POST",
            "/v1/console/authenticate",
            body={"email": email, "password": f"not {PASSWORD}"},
            auth=None,
            client=f"192.0.2.{len(name)}",
        )
        assert reply.status == 401
        [entry] = await of_call(server, reply)
        assert (entry["action"], entry["actor_kind"]) == ("user.sign_in", "nobody")
        assert entry.get("subject_name", "") == name
        assert "stranger" not in str(entry)
    assert PASSWORD not in str(await entries(server))


async def test_a_flood_is_counted(server: Server) -> None:
    path = "/v1/console/flag/nothing"
    replies = [await send(server, "PUT", path, body={"value": "on"}) for _ in range(20)]
    assert len(await of_call(server, replies[0])) == 1
    assert await of_call(server, replies[1]) == []
    server.clock.advance(60)
    await server.node.audit.keep_tidy()
    counted, first = await entries(server, **{"search.outcome.exact": "refused"})
    assert (first.get("calls", 1), counted["calls"]) == (1, 19)
    assert counted["action"] == first["action"] == "flag.update"
    assert counted["actor"] == first["actor"]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.GAME_DESIGNER])
async def test_that_somebody_wanted_what_they_may_not_is_told_of_reads_too(
    server: Server, role: Role
) -> None:
    token = bearer(await server.sign_in())
    await server.node.control.write(
        lambda c: c.execute(console_store.users.update().values(role=role.value))
    )
    reply = await send(server, "GET", "/v1/console/audit", auth=token)
    assert reply.status == 403
    [entry] = await of_call(server, reply)
    assert (entry["actor"], entry["status"]) == (EMAIL, 403)
    allowed = await send(server, "GET", "/v1/console/flag", auth=token)
    assert allowed.status == 200
    assert await of_call(server, allowed) == []


async def test_exports_are_whole_and_harmless(server: Server) -> None:
    note = '=HYPERLINK("http://example.com")'
    for number in range(3):
        await send(server, "POST", "/v1/console/flag", body={"name": f"f{number}", "note": note})
    path = "/v1/console/audit/export?search.action.exact=flag.create&search.actor.exact=default"
    lines = [
        json.loads(each) for each in (await send(server, "GET", path, stays=True)).body.splitlines()
    ]
    assert [each["subject_name"] for each in lines[:-1]] == ["f2", "f1", "f0"]
    assert lines[-1] == {"export_end": {"entries": 3}}
    reply = await send(server, "GET", f"{path}&format=csv", stays=True)
    assert reply.headers["content-type"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    assert [row["subject_name"] for row in rows] == ["f2", "f1", "f0"]
    assert {row["note"] for row in rows} == {f"'{note}"}
    assert {row["number"] for row in rows} == {each["number"] for each in lines[:-1]}
    assert json.loads(rows[0]["after"])["name"] == "f2"
    [exported, _] = await entries(server, **{"search.action.exact": "audit.export"})
    assert exported["outcome"] == "ok"
