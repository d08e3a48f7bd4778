"""Short words for tests of audiences in the console API."""

from typing import Any

from tests.api.running import Server
from tests.support.in_process import SERVER_KEY, Reply, basic

ADMIN = basic(SERVER_KEY)
AUDIENCE = "/v1/console/audience"


async def ask(
    server: Server, method: str, path: str, body: object = None, *, auth: str = ADMIN
) -> Reply:
    """The answer of a path beneath that of audiences."""
    return await server.request(
        method, f"{AUDIENCE}/{path}".removesuffix("/"), body=body, auth=auth
    )


async def done(
    server: Server, method: str, path: str, body: object = None, *, auth: str = ADMIN
) -> Any:
    """The same, which must be 200."""
    reply = await ask(server, method, path, body, auth=auth)
    assert reply.status == 200, reply.body
    return reply.json


async def put(
    server: Server, path: str, *ids: str, auth: str = ADMIN, until: int = 0, **fields: object
) -> Any:
    """Put ids on a list."""
    entries = [
        {"identity_id": each, **({"until_time_sec": str(until)} if until else {})} for each in ids
    ]
    return await done(server, "PUT", path, {"entries": entries, **fields}, auth=auth)


async def listed(server: Server, path: str) -> list[str]:
    """The ids on a list."""
    found = await done(server, "GET", path)
    return [each["identity_id"] for each in found["entries"]]
