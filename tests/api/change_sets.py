"""Change sets as people write, approve and publish them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from matsuri.console.model import Role
from matsuri.console.store import add_user
from tests.api.running import Server
from tests.support.in_process import FAST_HASHES, PASSWORD, SERVER_KEY, basic, bearer

SETS = "/v1/console/change-set"
KEY = basic(SERVER_KEY)

Change = Mapping[str, Any]


class Person(NamedTuple):
    """Somebody who calls the console, and is answered."""

    server: Server
    auth: str

    async def call(self, method: str, path: str, body: object = None) -> Any:
        reply = await self.server.request(method, path, body=body, auth=self.auth)
        assert reply.status == 200, reply.body
        return reply.json

    async def refused(self, status: int, method: str, path: str, body: object = None) -> Any:
        reply = await self.server.request(method, path, body=body, auth=self.auth)
        assert reply.status == status, reply.body
        return reply.json

    async def draft(self, *changes: Change, name: str = "Spring", **fields: Any) -> Any:
        return await self.call("POST", SETS, {"name": name, "changes": changes, **fields})

    async def put(self, change_set: Any, *changes: Change) -> Any:
        return await self.call("PUT", f"{SETS}/{change_set['id']}/change", {"changes": changes})

    async def act(self, verb: str, change_set: Any, **body: Any) -> Any:
        return await self.call("POST", f"{SETS}/{change_set['id']}/{verb}", body)

    async def not_allowed(self, status: int, verb: str, change_set: Any, **body: Any) -> Any:
        return await self.refused(status, "POST", f"{SETS}/{change_set['id']}/{verb}", body)

    async def read(self, change_set: Any) -> Any:
        return await self.call("GET", f"{SETS}/{change_set['id']}")

    async def diff(self, change_set: Any) -> Any:
        return await self.call("GET", f"{SETS}/{change_set['id']}/diff")


def key_of(server: Server) -> Person:
    """The server key."""
    return Person(server, KEY)


async def person(server: Server, email: str, role: Role = Role.GAME_DESIGNER) -> Person:
    """A new user of that role, signed in."""
    password_hash = FAST_HASHES.hash(PASSWORD)
    await server.node.control.write(
        lambda c: add_user(c, email=email, password_hash=password_hash, role=role, created_us=0)
    )
    reply = await server.request(
        "POST", "/v1/console/authenticate", body={"email": email, "password": PASSWORD}
    )
    assert reply.status == 200, reply.body
    return Person(server, bearer(reply.json["token"]))


async def administrator(server: Server) -> Person:
    """The user that every server begins with."""
    return Person(server, bearer(await server.sign_in()))


def create(kind: str, **definition: Any) -> Change:
    return {"kind": kind, "action": "create", "definition": definition}


def update(kind: str, ref: str, **definition: Any) -> Change:
    return {"kind": kind, "id": ref, "definition": definition}


def delete(kind: str, ref: str) -> Change:
    return {"kind": kind, "action": "delete", "id": ref}
