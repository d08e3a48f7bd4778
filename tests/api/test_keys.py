"""API keys and server keys in the console (``/v1/console/apikey``, ``/v1/console/serverkey``)."""

import json
from pathlib import Path
from typing import Any

import pytest

from matsuri.console.audit_store import audit_entries
from matsuri.console.key_store import change_key
from matsuri.console.model import Role
from matsuri.console.permissions import role_permissions
from matsuri.errors import FailedPrecondition
from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import API_KEY, SERVER_KEY, Reply, basic, bearer

X = basic(SERVER_KEY)
DAY = 86_400
KINDS = ["apikey", "serverkey"]


async def make(server: Server, kind: str = "apikey", /, auth: str = X, **fields: Any) -> Any:
    body = {"name": "game", **fields}
    reply = await server.request("POST", f"/v1/console/{kind}", body=body, auth=auth)
    assert reply.status == 200, reply.body
    return reply.json


async def call(server: Server, method: str, path: str, body: Any = None, *, auth: str = X) -> Reply:
    return await server.request(method, f"/v1/console/{path}", body=body, auth=auth)


async def ok(server: Server, method: str, path: str, body: Any = None, *, auth: str = X) -> Any:
    reply = await call(server, method, path, body, auth=auth)
    assert reply.status == 200, reply.body
    return reply.json


async def opens(server: Server, value: str, player: str = "player-0001") -> bool:
    """Whether a player can authenticate with that value."""
    reply = await server.request("POST", "/v1/authenticate", body={"id": player}, auth=basic(value))
    assert reply.status in {200, 401}
    return reply.status == 200


async def works(server: Server, value: str) -> bool:
    """Whether a server key of that value that may do everything does."""
    status = (await call(server, "GET", "apikey", auth=basic(value))).status
    assert status in {200, 401}
    return status == 200


async def session(server: Server, value: str, player: str = "player-0001") -> Any:
    reply = await server.request("POST", "/v1/authenticate", body={"id": player}, auth=basic(value))
    assert reply.status == 200, reply.body
    return reply.json


async def find(server: Server, kind: str, name: str) -> Any:
    plural = {"apikey": "api_keys", "serverkey": "server_keys"}[kind]
    found = await ok(server, "GET", f"{kind}?search.name.like={name}")
    return next(each for each in found[plural] if each["name"] == name)


async def actions(server: Server) -> list[str]:
    """What was done with keys, the oldest first."""
    entries = (await ok(server, "GET", "audit"))["entries"]
    done = [each["action"] for each in entries if each["outcome"] == "ok"]
    return [action for action in done if "_key." in action][::-1]


# Making, reading, describing


async def test_a_new_api_key_tells_all_there_is(server: Server) -> None:
    made = await make(server, description="for the beta")
    assert len(made.pop("value")) == 36
    assert made == {
        "id": made["id"],
        "name": "game",
        "description": "for the beta",
        "created_by": "server_key:default",
        "create_time_sec": str(NOW),
        "rotate_time_sec": str(NOW),
        "disabled": False,
    }
    assert await ok(server, "GET", f"apikey/{made['id']}") == made


async def test_a_new_server_key_tells_its_permissions(server: Server) -> None:
    made = await make(server, "serverkey", permissions=["flag:write", "flag:read", "flag:read"])
    assert made["permissions"] == ["flag:read", "flag:write"]
    everything = await make(server, "serverkey", name="all", permissions=["*"])
    assert "permissions" not in everything
    assert "permissions" not in await make(server, "serverkey", name="all too")
    assert (await make(server, "serverkey", name="nothing", permissions=[]))["permissions"] == []


async def test_who_made_a_key_by_signing_in(server: Server) -> None:
    made = await make(server, auth=bearer(await server.sign_in()))
    assert made["created_by"] == "user:admin@example.com"


@pytest.mark.parametrize(("kind", "plural"), [("apikey", "api_keys"), ("serverkey", "server_keys")])
async def test_keys_are_listed_by_name_without_values(
    server: Server, kind: str, plural: str
) -> None:
    values = [
        (await make(server, kind, name=name))["value"] for name in ("Beta", "alpha", "gamma-beta")
    ]
    found = await ok(server, "GET", kind)
    assert [each["name"] for each in found[plural]] == ["Beta", "alpha", "default", "gamma-beta"]
    assert found["page_options"] == {"next_cursor": "", "prev_cursor": ""}
    text = json.dumps(found)
    assert not any(value in text for value in (*values, API_KEY, SERVER_KEY))
    assert '"value"' not in text
    like = await ok(server, "GET", f"{kind}?search.name.like=beta")
    assert [each["name"] for each in like[plural]] == ["Beta", "gamma-beta"]
    page = await ok(server, "GET", f"{kind}?pagination.limit=3")
    cursor = page["page_options"]["next_cursor"]
    rest = await ok(server, "GET", f"{kind}?pagination.limit=3&pagination.cursor={cursor}")
    assert [each["name"] for each in rest[plural]] == ["gamma-beta"]
    reply = await call(server, "GET", f"{kind}?pagination.cursor=x")
    assert refused(reply, 400, 3)[0]["field"] == "pagination.cursor"


async def test_only_the_description_changes(server: Server) -> None:
    made = await make(server)
    path = f"apikey/{made['id']}"
    changed = await ok(server, "PUT", path, {"name": "game", "description": "another"})
    assert changed["description"] == "another"
    assert (await ok(server, "PUT", path, {}))["description"] == "another"
    assert (await ok(server, "PUT", path, {"description": ""}))["description"] == ""
    reply = await call(server, "PUT", path, {"name": "other"})
    assert refused(reply, 400, 3)[0]["field"] == "name"
    reply = await call(server, "PUT", path, {"description": "x" * 2001})
    assert refused(reply, 400, 3)[0]["field"] == "description"
    reply = await call(server, "PUT", path, {"description": "a\x00b"})
    assert refused(reply, 400, 3)[0]["field"] == "description"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ref", ["0", "999", "-1", "game", "9" * 30, "%C2%B2", "1.0"])
async def test_keys_that_are_not_there(server: Server, kind: str, ref: str) -> None:
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/rotate"),
        ("POST", "/end-grace"),
        ("POST", "/disable"),
        ("POST", "/enable"),
    ):
        refused(await call(server, method, f"{kind}/{ref}{path}"), 404, 5)


async def test_a_key_of_one_kind_is_none_of_the_other(server: Server) -> None:
    made = await make(server)
    refused(await call(server, "GET", f"serverkey/{made['id']}"), 404, 5)
    assert not await works(server, made["value"])
    assert not await opens(server, (await make(server, "serverkey"))["value"])


async def test_there_are_not_more_keys_than_allowed(tmp_path: Path) -> None:
    async with running(tmp_path, keys_max=2) as server:
        made = await make(server)
        reply = await call(server, "POST", "apikey", {"name": "third"})
        assert "keys_max" in reply.json["message"]
        refused(reply, 400, 9)
        await make(server, "serverkey", name="third")
        await ok(server, "DELETE", f"apikey/{made['id']}")
        await make(server, name="third")


# Rotating


async def test_both_values_work_until_the_grace_is_over(server: Server) -> None:
    made = await make(server)
    server.clock.advance(100)
    rotated = await ok(server, "POST", f"apikey/{made['id']}/rotate", {"grace_sec": "60"})
    assert rotated["value"] != made["value"]
    assert rotated["rotate_time_sec"] == str(NOW + 100)
    assert rotated["grace_end_time_sec"] == str(NOW + 160)
    assert await opens(server, made["value"])
    assert await opens(server, rotated["value"])
    server.clock.advance(60)
    assert not await opens(server, made["value"])
    assert await opens(server, rotated["value"])
    assert "grace_end_time_sec" not in await ok(server, "GET", f"apikey/{made['id']}")


@pytest.mark.parametrize("body", [None, {}, {"grace_sec": None}, {"grace_sec": ""}])
async def test_the_usual_grace(server: Server, body: Any) -> None:
    made = await make(server)
    rotated = await ok(server, "POST", f"apikey/{made['id']}/rotate", body)
    assert rotated["grace_end_time_sec"] == str(NOW + DAY)


async def test_no_grace_ends_the_value_at_once(server: Server) -> None:
    made = await make(server)
    rotated = await ok(server, "POST", f"apikey/{made['id']}/rotate", {"grace_sec": 0})
    assert "grace_end_time_sec" not in rotated
    assert not await opens(server, made["value"])


async def test_the_grace_can_be_ended(server: Server) -> None:
    made = await make(server)
    rotated = await ok(server, "POST", f"apikey/{made['id']}/rotate")
    assert await opens(server, made["value"])
    ended = await ok(server, "POST", f"apikey/{made['id']}/end-grace")
    assert "grace_end_time_sec" not in ended
    assert not await opens(server, made["value"])
    assert await opens(server, rotated["value"])


@pytest.mark.parametrize("grace", [-1, 90 * DAY + 1, "soon", 0.5])
async def test_a_grace_that_cannot_be(server: Server, grace: Any) -> None:
    made = await make(server)
    reply = await call(server, "POST", f"apikey/{made['id']}/rotate", {"grace_sec": grace})
    assert refused(reply, 400, 3)[0]["field"] == "grace_sec"
    assert await opens(server, made["value"])


async def test_rotating_twice_takes_no_value_away_early(server: Server) -> None:
    made = await make(server)
    path = f"apikey/{made['id']}/rotate"
    second = await ok(server, "POST", path, {"grace_sec": 1000})
    third = await ok(server, "POST", path, {"grace_sec": 10})
    assert third["grace_end_time_sec"] == str(NOW + 1000)
    server.clock.advance(10)
    assert await opens(server, made["value"])
    assert not await opens(server, second["value"])
    assert await opens(server, third["value"])


async def test_not_more_than_ten_values_work(server: Server) -> None:
    made = await make(server)
    path = f"apikey/{made['id']}/rotate"
    for _ in range(9):
        await ok(server, "POST", path, {"grace_sec": 60})
    refused(await call(server, "POST", path), 400, 9)
    server.clock.advance(60)
    await ok(server, "POST", path)


async def test_a_server_key_rotates_itself(server: Server) -> None:
    made = await make(server, "serverkey")
    path = f"serverkey/{made['id']}"
    rotated = await ok(
        server, "POST", f"{path}/rotate", {"grace_sec": 5}, auth=basic(made["value"])
    )
    await ok(server, "POST", f"{path}/end-grace", auth=basic(rotated["value"]))
    assert not await works(server, made["value"])
    assert await works(server, rotated["value"])


# Disabling and deleting


async def test_a_disabled_key_opens_nothing_until_it_is_enabled(server: Server) -> None:
    made = await make(server)
    path = f"apikey/{made['id']}"
    rotated = await ok(server, "POST", f"{path}/rotate")
    disabled = await ok(server, "POST", f"{path}/disable")
    assert (disabled["disabled"], disabled["disable_time_sec"]) == (True, str(NOW))
    assert not await opens(server, made["value"])
    assert not await opens(server, rotated["value"])
    server.clock.advance(5)
    assert (await ok(server, "POST", f"{path}/disable"))["disable_time_sec"] == str(NOW)
    enabled = await ok(server, "POST", f"{path}/enable")
    assert (enabled["disabled"], enabled.get("disable_time_sec")) == (False, None)
    assert await opens(server, made["value"])
    assert await opens(server, rotated["value"])


@pytest.mark.parametrize("verb", ["disable", "delete"])
async def test_sessions_go_on_until_their_tokens_expire(server: Server, verb: str) -> None:
    made = await make(server)
    held = await session(server, made["value"])
    await server.authenticate("player-0002")
    signed = server.game_server_token("player-0002", api="game")
    assert await server.status_of(signed) == 200
    if verb == "delete":
        await ok(server, "DELETE", f"apikey/{made['id']}")
    else:
        await ok(server, "POST", f"apikey/{made['id']}/disable")
    assert not await opens(server, made["value"])
    assert await server.status_of(held["token"]) == 200
    assert (await server.publish(held["token"], {"name": "appLaunched"})).status == 200
    refused(await server.refresh(held["refresh_token"]), 401, 16)
    reply = await server.request(
        "PUT", "/v1/identify", body={"id": "player-0009"}, auth=bearer(held["token"])
    )
    refused(reply, 401, 16, "The API key of this session is disabled")
    # What a game server signs is a new session each time.
    assert await server.status_of(signed) == 401
    assert await server.status_of(server.game_server_token("player-0002", api="game")) == 401
    server.clock.advance(3600)
    assert await server.status_of(held["token"]) == 401


@pytest.mark.parametrize("verb", ["disable", "delete"])
async def test_sessions_can_be_ended_with_the_key(server: Server, verb: str) -> None:
    made = await make(server)
    held = await session(server, made["value"])
    other = await session(server, API_KEY, "player-0002")
    assert await server.status_of(held["token"]) == 200
    if verb == "delete":
        await ok(server, "DELETE", f"apikey/{made['id']}?end_sessions=true")
    else:
        path = f"apikey/{made['id']}/disable"
        ended = await ok(server, "POST", path, {"end_sessions": True})
        assert ended["sessions_end_time_sec"] == str(NOW)
    assert await server.status_of(held["token"]) == 401
    refused(await server.refresh(held["refresh_token"]), 401, 16)
    assert await server.status_of(other["token"]) == 200


async def test_what_was_ended_stays_ended_after_enabling(server: Server) -> None:
    made = await make(server)
    path = f"apikey/{made['id']}"
    ended = await session(server, made["value"])
    await ok(server, "POST", f"{path}/disable", {"end_sessions": True})
    server.clock.advance(2)
    await ok(server, "POST", f"{path}/enable")
    assert await server.status_of(ended["token"]) == 401
    refused(await server.refresh(ended["refresh_token"]), 401, 16)
    fresh = await session(server, made["value"])
    assert await server.status_of(fresh["token"]) == 200
    assert (await server.refresh(fresh["refresh_token"])).status == 200
    await server.authenticate("player-0002")
    assert await server.status_of(server.game_server_token("player-0002", api="game")) == 200


async def test_sessions_are_refreshed_again_after_enabling(server: Server) -> None:
    made = await make(server)
    held = await session(server, made["value"])
    await ok(server, "POST", f"apikey/{made['id']}/disable")
    refused(await server.refresh(held["refresh_token"]), 401, 16)
    await ok(server, "POST", f"apikey/{made['id']}/enable")
    assert (await server.refresh(held["refresh_token"])).status == 200


@pytest.mark.parametrize("kind", KINDS)
async def test_a_deleted_key_leaves_its_name(server: Server, kind: str) -> None:
    made = await make(server, kind)
    await ok(server, "DELETE", f"{kind}/{made['id']}")
    refused(await call(server, "GET", f"{kind}/{made['id']}"), 404, 5)
    assert not await opens(server, made["value"])
    assert not await works(server, made["value"])
    reply = await call(server, "POST", kind, {"name": "game"})
    refused(reply, 409, 6, "A key named 'game' was deleted, and its name is never used again")


async def test_a_server_key_does_not_lock_itself_out(server: Server) -> None:
    made = await make(server, "serverkey")
    own = basic(made["value"])
    path = f"serverkey/{made['id']}"
    refused(await call(server, "POST", f"{path}/disable", auth=own), 400, 9)
    refused(await call(server, "DELETE", path, auth=own), 400, 9)
    assert await works(server, made["value"])
    # With another one it goes, and an administrator can delete the last.
    await ok(server, "POST", f"{path}/disable")
    assert not await works(server, made["value"])
    await ok(server, "DELETE", path, auth=bearer(await server.sign_in()))


# Permissions of server keys


async def test_a_key_gives_no_more_than_it_has(server: Server) -> None:
    own = ["server_key:read", "server_key:write", "flag:read"]
    tool = await make(server, "serverkey", name="tool", permissions=own)
    auth = basic(tool["value"])
    for wanted in (None, ["*"], ["flag:read", "flag:write"]):
        body = {"name": "more", **({} if wanted is None else {"permissions": wanted})}
        details = refused(await call(server, "POST", "serverkey", body, auth=auth), 403, 7)
        assert {"permission": "flag:write"} in details
    less = await make(server, "serverkey", name="less", permissions=["flag:read"], auth=auth)
    path = f"serverkey/{less['id']}"
    refused(await call(server, "PUT", path, {"permissions": ["flag:write"]}, auth=auth), 403, 7)
    refused(await call(server, "PUT", path, {"permissions": ["*"]}, auth=auth), 403, 7)
    refused(
        await call(server, "PUT", f"serverkey/{tool['id']}", {"permissions": ["*"]}, auth=auth),
        403,
        7,
    )
    assert (await ok(server, "GET", path))["permissions"] == ["flag:read"]
    default = await find(server, "serverkey", "default")
    refused(await call(server, "POST", f"serverkey/{default['id']}/rotate", auth=auth), 400, 9)
    full = await make(server, "serverkey", name="full")
    refused(await call(server, "POST", f"serverkey/{full['id']}/rotate", auth=auth), 403, 7)
    assert await works(server, full["value"])
    # To close one is not to give anything; to open it again is.
    await ok(server, "POST", f"serverkey/{full['id']}/disable", auth=auth)
    refused(await call(server, "POST", f"serverkey/{full['id']}/enable", auth=auth), 403, 7)
    narrowed = await ok(
        server, "PUT", f"serverkey/{full['id']}", {"permissions": ["flag:read"]}, auth=auth
    )
    assert narrowed["permissions"] == ["flag:read"]
    await ok(server, "POST", f"serverkey/{full['id']}/enable", auth=auth)


async def test_permissions_are_in_force_at_once(server: Server) -> None:
    tool = await make(server, "serverkey", permissions=["flag:read"])
    auth = basic(tool["value"])
    assert (await call(server, "GET", "flag", auth=auth)).status == 200
    details = refused(await call(server, "GET", "audience", auth=auth), 403, 7)
    assert details == [{"permission": "audience:read"}]
    await ok(server, "PUT", f"serverkey/{tool['id']}", {"permissions": ["audience:read"]})
    assert (await call(server, "GET", "audience", auth=auth)).status == 200
    refused(await call(server, "GET", "flag", auth=auth), 403, 7)
    await ok(server, "PUT", f"serverkey/{tool['id']}", {"permissions": ["*"]})
    assert (await call(server, "GET", "flag", auth=auth)).status == 200
    assert "permissions" not in await ok(server, "PUT", f"serverkey/{tool['id']}", {})


async def test_names_that_are_no_permissions(server: Server) -> None:
    body = {"name": "tool", "permissions": ["flags:read"]}
    detail = refused(await call(server, "POST", "serverkey", body), 400, 3)[0]
    assert detail["field"] == "permissions"
    assert "flag:read" in detail["allowed"]


async def test_a_developer_s_key_cannot_be_stronger_than_a_developer(server: Server) -> None:
    own = sorted(role_permissions(Role.DEVELOPER))
    tool = await make(server, "serverkey", permissions=own)
    auth = basic(tool["value"])
    other = await make(server, "serverkey", name="other", permissions=own, auth=auth)
    refused(await call(server, "DELETE", f"serverkey/{other['id']}", auth=auth), 403, 7)
    assert (await ok(server, "DELETE", f"serverkey/{other['id']}")) == {}


# Keys whose values come from settings


@pytest.mark.parametrize(("kind", "setting"), [("apikey", "api_key"), ("serverkey", "server_key")])
async def test_what_the_settings_give_is_changed_there(
    server: Server, kind: str, setting: str
) -> None:
    default = await find(server, kind, "default")
    assert default["managed_by"] == setting
    auth = bearer(await server.sign_in())
    for method, path in (("POST", "/rotate"), ("DELETE", "")):
        reply = await call(server, method, f"{kind}/{default['id']}{path}", auth=auth)
        details = refused(reply, 400, 9)
        assert details == [{"setting": setting, "variable": f"MATSURI_{setting.upper()}"}]
    made = await make(server, kind)
    assert "managed_by" not in made


async def test_a_disabled_default_stays_disabled_when_the_server_starts_again(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as server:
        default = await find(server, "apikey", "default")
        await ok(server, "POST", f"apikey/{default['id']}/disable")
    async with running(tmp_path, clock=server.clock) as server:
        assert not await opens(server, API_KEY)
        await ok(server, "POST", f"apikey/{default['id']}/enable")
        assert await opens(server, API_KEY)


async def test_another_setting_replaces_the_value_at_start(tmp_path: Path) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    async with running(tmp_path, api_key="") as server:
        made = await find(server, "apikey", "default")
        assert "managed_by" not in made
        rotated = await ok(server, "POST", f"apikey/{made['id']}/rotate")
        assert await opens(server, rotated["value"])
    async with running(tmp_path, clock=server.clock, api_key=other) as server:
        assert await opens(server, other)
        assert not await opens(server, rotated["value"])
        now = await find(server, "apikey", "default")
        assert now["id"] == made["id"]
        assert "grace_end_time_sec" not in now
        assert await actions(server) == ["api_key.rotate", "api_key.replace"]
    async with running(tmp_path, clock=server.clock, api_key="") as server:
        assert await opens(server, other)
        assert "managed_by" not in await find(server, "apikey", "default")


async def test_a_deleted_default_comes_back_by_its_setting_only(tmp_path: Path) -> None:
    async with running(tmp_path, api_key="", server_key="") as server:
        auth = bearer(await server.sign_in())
        for kind in KINDS:
            plural = {"apikey": "api_keys", "serverkey": "server_keys"}[kind]
            (default,) = (await ok(server, "GET", kind, auth=auth))[plural]
            await ok(server, "DELETE", f"{kind}/{default['id']}", auth=auth)
    async with running(tmp_path, clock=server.clock, api_key="", server_key="") as server:
        assert server.node.first_start.made == {}
        auth = bearer(await server.sign_in())
        assert (await ok(server, "GET", "apikey", auth=auth))["api_keys"] == []
    async with running(tmp_path, clock=server.clock) as server:
        assert await opens(server, API_KEY)
        assert await works(server, SERVER_KEY)


async def test_a_value_that_another_key_has_is_refused_at_start(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        made = await make(server)
    with pytest.raises(FailedPrecondition, match=r"^server_key: this is the value of another key"):
        async with running(tmp_path, clock=server.clock, server_key=made["value"]):
            pass
    with pytest.raises(FailedPrecondition, match=r"^server_key: "):
        async with running(tmp_path / "new", server_key=API_KEY):
            pass


# Use and audit


async def test_the_last_use_is_told(server: Server) -> None:
    made = await make(server)
    assert "last_used_time_sec" not in await ok(server, "GET", f"apikey/{made['id']}")
    server.clock.advance(30)
    assert await opens(server, made["value"])
    used = await ok(server, "GET", f"apikey/{made['id']}")
    assert used["last_used_time_sec"] == str(NOW + 30)
    tool = await make(server, "serverkey", permissions=[])
    refused(await call(server, "GET", "flag", auth=basic(tool["value"])), 403, 7)
    used = await ok(server, "GET", f"serverkey/{tool['id']}")
    assert used["last_used_time_sec"] == str(NOW + 30)


async def test_the_last_use_outlasts_a_start(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        made = await make(server)
        assert await opens(server, made["value"])
    server.clock.advance(50)
    async with running(tmp_path, clock=server.clock) as server:
        used = await ok(server, "GET", f"apikey/{made['id']}")
        assert used["last_used_time_sec"] == str(NOW)


async def test_a_change_elsewhere_is_seen_when_the_keys_are_read_again(server: Server) -> None:
    made = await make(server)
    changed = {"disabled_us": server.clock.now_us()}
    await server.node.control.write(lambda c: change_key(c, int(made["id"]), changed))
    assert await opens(server, made["value"])
    # The process does this every second.
    await server.node.refresh()
    assert not await opens(server, made["value"])


async def test_every_change_is_in_the_audit_log_without_values(server: Server) -> None:
    made = await make(server, "serverkey", permissions=["flag:read"])
    path = f"serverkey/{made['id']}"
    await ok(server, "PUT", path, {"description": "for tests"})
    rotated = await ok(server, "POST", f"{path}/rotate", {"grace_sec": 60})
    await ok(server, "POST", f"{path}/end-grace")
    await ok(server, "POST", f"{path}/disable")
    await ok(server, "POST", f"{path}/enable")
    await ok(server, "DELETE", path)
    verbs = ["create", "update", "rotate", "end_grace", "disable", "enable", "delete"]
    assert await actions(server) == [f"server_key.{verb}" for verb in verbs]
    found = await ok(server, "GET", "audit?search.subject_kind.exact=server_key")
    (entry,) = [each for each in found["entries"] if each["action"] == "server_key.rotate"]
    assert (entry["actor"], entry["actor_kind"]) == ("default", "server_key")
    assert entry["subject_id"] == made["id"]
    assert entry["before"]["values"] == [{"create_time_sec": str(NOW)}]
    assert {"create_time_sec": str(NOW), "end_time_sec": str(NOW + 60)} in entry["after"]["values"]
    rows = await server.node.control.read(lambda c: c.execute(audit_entries.select()).all())
    text = repr(rows)
    for secret in (made["value"], rotated["value"], SERVER_KEY):
        assert secret not in text


async def test_what_is_refused_changes_nothing(server: Server) -> None:
    made = await make(server)
    path = f"apikey/{made['id']}"
    before = await ok(server, "GET", path)
    refused(await call(server, "PUT", path, {"name": "x", "description": "new"}), 400, 3)
    refused(await call(server, "POST", f"{path}/rotate", {"grace_sec": -1}), 400, 3)
    refused(await call(server, "POST", f"{path}/rotate", auth=KEY), 401, 16)
    assert await ok(server, "GET", path) == before
    assert await actions(server) == ["api_key.create"]
