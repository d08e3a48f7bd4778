"""People with access to the console (``/v1/console/user``): made, changed, helped, removed."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.people import GOOD_PASSWORD, KEY, authenticate, create, person
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import EMAIL, PASSWORD, Reply, bearer

ANN, BEN = "ann@example.com", "ben@example.com"
WRONG = "E-mail or password is wrong"


async def change(server: Server, user_id: str, auth: str = KEY, **fields: Any) -> Reply:
    return await server.request("PUT", f"/v1/console/user/{user_id}", body=fields, auth=auth)


async def me(server: Server, auth: str) -> Reply:
    return await server.request("GET", "/v1/console/me", auth=auth)


async def admin(server: Server) -> tuple[str, str]:
    """The administrator of the first start: id and Bearer."""
    auth = bearer(await server.sign_in())
    return (await me(server, auth)).json["user"]["id"], auth


async def may_read_flags(server: Server, auth: str) -> bool:
    return (await server.request("GET", "/v1/console/flag", auth=auth)).status == 200


async def test_a_new_user_replaces_the_first_password(server: Server) -> None:
    reply = await create(server, " Ann@Example.com ", role="game_designer")
    assert reply.status == 200
    user, first = reply.json["user"], reply.json["one_time_password"]
    assert user == {
        "id": user["id"],
        "email": ANN,
        "role": "game_designer",
        "granted": [],
        "taken": [],
        "permissions": user["permissions"],
        "disabled": False,
        "totp_enabled": False,
        "totp_required": False,
        "has_password": True,
        "password_change_required": True,
        "create_time_sec": str(NOW),
        "sign_in_time_sec": "",
    }
    assert "flag:write" in user["permissions"]
    assert "user:read" not in user["permissions"]
    details = refused(await authenticate(server, ANN, first), 401, 16, "Choose a new password")
    assert details == [{"password": "change"}]
    weak = await authenticate(server, ANN, first, new_password="short")
    assert refused(weak, 400, 3)[0]["field"] == "new_password"
    same = await authenticate(server, ANN, first, new_password=first)
    assert refused(same, 400, 3)[0]["field"] == "new_password"
    signed = await authenticate(server, ANN, first, new_password=GOOD_PASSWORD)
    assert signed.status == 200
    assert not signed.json["user"]["password_change_required"]
    refused(await authenticate(server, ANN, first), 401, 16, WRONG)
    again = await authenticate(server, ANN, GOOD_PASSWORD, new_password=GOOD_PASSWORD + "!")
    assert refused(again, 400, 3)[0]["field"] == "new_password"
    assert (await authenticate(server, ANN, GOOD_PASSWORD)).status == 200


async def test_a_password_for_one_time_does_not_wait_forever(tmp_path: Path) -> None:
    async with running(tmp_path, console_one_time_password_seconds=3600) as server:
        first = (await create(server, ANN)).json["one_time_password"]
        server.clock.advance(3600)
        late = await authenticate(server, ANN, first, new_password=GOOD_PASSWORD)
        refused(late, 401, 16, WRONG)


async def test_an_address_is_taken_once(server: Server) -> None:
    assert (await create(server, ANN)).status == 200
    refused(await create(server, "ANN@example.com"), 409, 6)
    assert refused(await create(server, "ann"), 400, 3)[0]["field"] == "email"
    assert refused(await create(server, BEN, granted=["x"]), 400, 3)[0]["field"] == "granted[0]"
    assert refused(await create(server, BEN, role="king"), 400, 3)[0]["field"] == "role"


async def test_there_are_only_so_many(tmp_path: Path) -> None:
    async with running(tmp_path, console_users_max=2) as server:
        assert (await create(server, ANN)).status == 200
        refused(await create(server, BEN), 400, 9)


async def test_the_list_of_users(server: Server) -> None:
    for number in range(3):
        await create(server, f"user{number}@example.com", role="support")
    first = await server.request(
        "GET", "/v1/console/user?pagination.limit=2&search.email.like=USER", auth=KEY
    )
    assert [each["email"] for each in first.json["users"]] == [
        "user0@example.com",
        "user1@example.com",
    ]
    cursor = first.json["page_options"]["next_cursor"]
    second = await server.request(
        "GET", f"/v1/console/user?pagination.cursor={cursor}&search.email.like=user", auth=KEY
    )
    assert [each["email"] for each in second.json["users"]] == ["user2@example.com"]
    admins = await server.request("GET", "/v1/console/user?search.role.exact=admin", auth=KEY)
    assert [each["email"] for each in admins.json["users"]] == [EMAIL]
    odd = await server.request("GET", "/v1/console/user?pagination.cursor=x", auth=KEY)
    assert refused(odd, 400, 3)[0]["field"] == "pagination.cursor"


@pytest.mark.parametrize("user_id", ["0", "99", "x", "-1", "1.5", "9" * 30, "\uff11"])
async def test_users_that_there_are_not(server: Server, user_id: str) -> None:
    for method, path in [
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/password"),
        ("DELETE", "/totp"),
        ("GET", "/session"),
        ("DELETE", "/session"),
    ]:
        reply = await server.request(method, f"/v1/console/user/{user_id}{path}", body={}, auth=KEY)
        refused(reply, 404, 5)


async def test_a_role_and_what_differs_from_it(server: Server) -> None:
    user_id, auth = await person(server, ANN, role="support")
    assert await may_read_flags(server, auth)
    reply = await change(server, user_id, granted=["flag:write"], taken=["flag:read"])
    assert reply.status == 200
    assert "flag:write" in reply.json["permissions"]
    assert not await may_read_flags(server, auth)
    made = await server.request("POST", "/v1/console/flag", body={"name": "x"}, auth=auth)
    assert made.status != 403
    assert (await change(server, user_id, role="developer")).json["granted"] == ["flag:write"]
    assert not await may_read_flags(server, auth)
    await change(server, user_id, taken=[])
    assert await may_read_flags(server, auth)


async def test_a_disabled_user_is_out_at_once(server: Server) -> None:
    user_id, auth = await person(server, ANN, role="support")
    assert (await change(server, user_id, disabled=True)).json["disabled"]
    refused(await me(server, auth), 401, 16)
    refused(await authenticate(server, ANN, GOOD_PASSWORD), 401, 16, WRONG)
    await change(server, user_id, disabled=False)
    refused(await me(server, auth), 401, 16)
    assert (await authenticate(server, ANN, GOOD_PASSWORD)).status == 200


async def test_a_removed_user_is_gone_and_the_id_with_them(server: Server) -> None:
    user_id, auth = await person(server, ANN)
    assert (await server.request("DELETE", f"/v1/console/user/{user_id}", auth=KEY)).status == 200
    refused(await me(server, auth), 401, 16)
    refused(await authenticate(server, ANN, GOOD_PASSWORD), 401, 16, WRONG)
    refused(await server.request("GET", f"/v1/console/user/{user_id}", auth=KEY), 404, 5)
    other_id, _ = await person(server, ANN)
    assert other_id != user_id


async def test_a_reset_password_is_for_one_time(server: Server) -> None:
    user_id, auth = await person(server, ANN)
    reply = await server.request("POST", f"/v1/console/user/{user_id}/password", auth=KEY)
    assert reply.status == 200
    assert reply.json["user"]["password_change_required"]
    refused(await me(server, auth), 401, 16)
    refused(await authenticate(server, ANN, GOOD_PASSWORD), 401, 16, WRONG)
    one_time = reply.json["one_time_password"]
    signed = await authenticate(server, ANN, one_time, new_password=GOOD_PASSWORD)
    assert signed.status == 200


async def test_the_last_who_may_everything_stays(server: Server) -> None:
    admin_id, auth = await admin(server)
    for fields in ({"role": "developer"}, {"disabled": True}, {"taken": ["flag:delete"]}):
        refused(await change(server, admin_id, auth, **fields), 400, 9)
        refused(await change(server, admin_id, **fields), 400, 9)
    refused(await server.request("DELETE", f"/v1/console/user/{admin_id}", auth=KEY), 400, 9)
    ann_id, ann = await person(server, ANN, role="admin")
    assert (await change(server, admin_id, ann, role="developer")).status == 200
    refused(await change(server, ann_id, ann, role="developer"), 400, 9)


async def test_two_administrators_cannot_remove_each_other(server: Server) -> None:
    admin_id, auth = await admin(server)
    ann_id, ann = await person(server, ANN, role="admin")
    assert (await change(server, ann_id, auth, disabled=True)).status == 200
    refused(await change(server, admin_id, ann, disabled=True), 401, 16)
    refused(await change(server, admin_id, auth, disabled=True), 400, 9)


async def manager(server: Server) -> tuple[str, str]:
    """Who may do what support may, and manage users."""
    extra = ["user:read", "user:write", "user:delete"]
    return await person(server, ANN, role="support", granted=extra)


async def test_nobody_gives_more_than_they_have(server: Server) -> None:
    own_id, auth = await manager(server)
    assert (await create(server, BEN, auth, role="support")).status == 200
    for fields in (
        {"role": "admin"},
        {"role": "game_designer"},
        {"role": "support", "granted": ["flag:write"]},
    ):
        details = refused(await create(server, "c@example.com", auth, **fields), 403, 7)
        assert {"permission": "flag:write"} in details
    refused(await change(server, own_id, auth, granted=["user:write", "flag:write"]), 403, 7)
    refused(await change(server, own_id, auth, role="admin"), 403, 7)


async def test_nobody_touches_who_may_more(server: Server) -> None:
    admin_id, _ = await admin(server)
    _, auth = await manager(server)
    path = f"/v1/console/user/{admin_id}"
    for method, rest in [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/password"),
        ("DELETE", "/totp"),
        ("DELETE", "/session"),
    ]:
        body = {"role": "support"} if method == "PUT" else None
        refused(await server.request(method, path + rest, body=body, auth=auth), 403, 7)
    assert (await authenticate(server, EMAIL, PASSWORD)).status == 200
    # Reading is no harm.
    assert (await server.request("GET", path, auth=auth)).status == 200


async def test_a_server_key_gives_no_more_than_it_has(server: Server) -> None:
    made = await server.request(
        "POST",
        "/v1/console/serverkey",
        body={"name": "people", "permissions": ["user:read", "user:write", "flag:read"]},
        auth=KEY,
    )
    auth = bearer(made.json["value"])
    refused(await create(server, ANN, auth, role="support"), 403, 7)
    taken = [
        name
        for name in (await create(server, BEN, role="support")).json["user"]["permissions"]
        if name != "flag:read"
    ]
    assert (await create(server, ANN, auth, role="support", taken=taken)).status == 200
    admin_id, _ = await admin(server)
    reset = await server.request("POST", f"/v1/console/user/{admin_id}/password", auth=auth)
    refused(reset, 403, 7)


async def test_helping_oneself_takes_another_way(server: Server) -> None:
    admin_id, auth = await admin(server)
    for method, rest in [("POST", "password"), ("DELETE", "totp")]:
        reply = await server.request(method, f"/v1/console/user/{admin_id}/{rest}", auth=auth)
        refused(reply, 400, 9)
    assert (await me(server, auth)).status == 200


@pytest.mark.parametrize("role", ["debugger", "developer", "game_designer", "support"])
async def test_only_administrators_see_people(server: Server, role: str) -> None:
    user_id, auth = await person(server, ANN, role=role)
    refused(await server.request("GET", "/v1/console/user", auth=auth), 403, 7)
    refused(await change(server, user_id, auth, role="admin"), 403, 7)


async def test_roles_are_told_to_everyone_in_the_console(server: Server) -> None:
    _, auth = await person(server, ANN, role="support")
    for caller in (auth, KEY):
        told = (await server.request("GET", "/v1/console/role", auth=caller)).json
        assert [role["name"] for role in told["roles"]] == [
            "admin",
            "debugger",
            "developer",
            "game_designer",
            "support",
        ]
        audit = next(each for each in told["entities"] if each["name"] == "audit")
        assert audit["actions"] == ["read"]
    refused(await server.request("GET", "/v1/console/role"), 401, 16)


async def test_what_is_done_to_people_is_in_the_audit_log_without_secrets(server: Server) -> None:
    reply = await create(server, ANN, role="support")
    user_id, first = reply.json["user"]["id"], reply.json["one_time_password"]
    await authenticate(server, ANN, first, new_password=GOOD_PASSWORD)
    await change(server, user_id, role="developer")
    again = await server.request("POST", f"/v1/console/user/{user_id}/password", auth=KEY)
    await server.request("DELETE", f"/v1/console/user/{user_id}/session", auth=KEY)
    await server.request("DELETE", f"/v1/console/user/{user_id}", auth=KEY)
    log = await server.request(
        "GET", f"/v1/console/audit?search.subject_id.exact={user_id}", auth=KEY
    )
    actions = [entry["action"] for entry in log.json["entries"]]
    assert actions[::-1] == [
        "user.create",
        "user.sign_in",
        "user.update",
        "user.reset_password",
        "user.end_session",
        "user.delete",
    ]
    update = log.json["entries"][3]
    assert (update["before"]["role"], update["after"]["role"]) == ("support", "developer")
    for secret in (first, GOOD_PASSWORD, again.json["one_time_password"], "argon2"):
        assert secret not in log.body.decode()


async def test_failed_sign_ins_are_in_the_audit_log_by_user(server: Server) -> None:
    await person(server, ANN, role="support")
    for email in (ANN, "a-password-in-the-wrong-field@x"):
        refused(await authenticate(server, email, "wrong", client="10.9.8.7"), 401, 16)
    log = await server.request(
        "GET", "/v1/console/audit?search.action.exact=user.sign_in", auth=KEY
    )
    failed = [each for each in log.json["entries"] if each["outcome"] == "refused"]
    assert [(each.get("subject_name", ""), each["address"]) for each in failed][-1] == (
        ANN,
        "10.9.8.7",
    )
    assert "wrong-field" not in log.body.decode()
