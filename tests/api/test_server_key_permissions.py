"""Server keys on every console endpoint: what one permission opens, and all that it does not.

Made from the route table itself, so that no endpoint can be forgotten.
"""

import re
from typing import Any

import pytest

from matsuri.console.permissions import every_permission
from matsuri.errors import PermissionDenied
from matsuri.web.routes import Request, Route
from tests.api.running import Server, refused
from tests.support.in_process import SERVER_KEY, basic

_OPEN_SEGMENT = re.compile(r"\{[^}]*\}")


def guarded_routes(server: Server) -> list[Route[Any, Any]]:
    """Every console endpoint that takes a permission."""
    return [route for route in server.node.routes if route.auth.permission]


def request_of(route: Route[Any, Any], auth: str) -> Request:
    return Request(
        method=route.method,
        path=route.path,
        headers=[(b"authorization", auth.encode())],
        address="127.0.0.1",
        request_id="test",
    )


async def key_with(server: Server, permission: str) -> str:
    body = {"name": permission.replace(":", "."), "permissions": [permission]}
    reply = await server.request("POST", "/v1/console/serverkey", body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return basic(reply.json["value"])


async def test_one_permission_opens_what_needs_it_and_nothing_else(server: Server) -> None:
    routes = guarded_routes(server)
    assert len(routes) > 100
    for permission in sorted(every_permission()):
        auth = await key_with(server, permission)
        for route in routes:
            if route.auth.permission == permission:
                caller = await route.auth.resolve(request_of(route, auth))
                assert (caller.is_key, caller.permissions) == (True, {permission})
                continue
            with pytest.raises(PermissionDenied) as caught:
                await route.auth.resolve(request_of(route, auth))
            assert caught.value.details == [{"permission": route.auth.permission}]


async def test_a_key_without_permissions_gets_403_from_every_endpoint(server: Server) -> None:
    """Over HTTP, before anything of the request is read but its header."""
    body = {"name": "nothing", "permissions": []}
    reply = await server.request("POST", "/v1/console/serverkey", body=body, auth=basic(SERVER_KEY))
    auth = basic(reply.json["value"])
    for route in guarded_routes(server):
        path = _OPEN_SEGMENT.sub("1", route.path)
        reply = await server.request(route.method, path, raw=b"{", auth=auth)
        assert refused(reply, 403, 7) == [{"permission": route.auth.permission}], route.path


async def test_the_first_server_key_is_let_in_everywhere(server: Server) -> None:
    for route in guarded_routes(server):
        caller = await route.auth.resolve(request_of(route, basic(SERVER_KEY)))
        assert (caller.name, caller.is_key) == ("default", True)
        assert "ServerKey" in route.auth.schemes
