"""Console users for tests: made by a server key, signed in by token or as a browser is."""

from typing import Any

from matsuri.console.totp import STEP_SECONDS, code_at
from matsuri.kit.clock import MICROSECONDS
from tests.api.running import Server
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

KEY = basic(SERVER_KEY)
GOOD_PASSWORD = "a horse of another colour"


async def create(server: Server, email: str, auth: str = KEY, **fields: Any) -> Reply:
    return await server.request(
        "POST", "/v1/console/user", body={"email": email, **fields}, auth=auth
    )


async def authenticate(server: Server, email: str, password: str, **fields: Any) -> Reply:
    headers = fields.pop("headers", None)
    client = fields.pop("client", "127.0.0.1")
    return await server.request(
        "POST",
        "/v1/console/authenticate",
        body={"email": email, "password": password, **fields},
        headers=headers,
        client=client,
    )


async def person(server: Server, email: str, **fields: Any) -> tuple[str, str]:
    """A new user who has replaced the first password: the id, and a console token as Bearer."""
    reply = await create(server, email, **fields)
    assert reply.status == 200, reply.body
    first = reply.json["one_time_password"]
    signed = await authenticate(server, email, first, new_password=GOOD_PASSWORD)
    assert signed.status == 200, signed.body
    return reply.json["user"]["id"], bearer(signed.json["token"])


def code_now(server: Server, secret: bytes, *, steps: int = 0) -> str:
    """What the app shows now, or so many steps later."""
    return code_at(secret, server.clock.now_us() // MICROSECONDS // STEP_SECONDS + steps)


class Browser:
    """Keeps the cookie of a session, and the token against forged requests, as our pages do."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.cookie = ""
        self.csrf_token = ""

    async def sign_in(self, email: str, password: str, **fields: Any) -> Reply:
        headers = {"cookie": self.cookie} if self.cookie else None
        reply = await authenticate(
            self._server, email, password, cookie=True, headers=headers, **fields
        )
        self.take(reply)
        return reply

    def take(self, reply: Reply) -> None:
        """Keep what an answer sets."""
        if "set-cookie" in reply.headers:
            self.cookie = reply.headers["set-cookie"].partition(";")[0]
            self.csrf_token = reply.json.get("csrf_token", "")

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> Reply:
        sent = {"cookie": self.cookie, "x-csrf-token": self.csrf_token, **(headers or {})}
        reply = await self._server.request(method, path, headers=sent, **fields)
        self.take(reply)
        return reply
