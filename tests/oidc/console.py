"""A server whose console is signed in to at a provider."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.oidc.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    RunningProvider,
    Surfer,
    Visit,
    running_provider,
)
from tests.support.in_process import SERVER_KEY, Reply, basic
from tests.support.served import Served, served

KEY = basic(SERVER_KEY)
_BACK = "/v1/console/oidc/callback"


def free_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


class SignInDesk:
    """A server and its provider."""

    def __init__(self, server: Served, provider: RunningProvider) -> None:
        self.server = server
        self.provider = provider

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What the console's API answers a server key that may do everything."""
        reply = self.server.request(method, f"/v1/console{path}", body=body, auth=KEY)
        assert reply.status == 200, reply.body
        return reply.json

    def user(self, email: str, **fields: object) -> Any:
        """A new user of the console."""
        return self.call("POST", "/user", {"email": email, **fields})["user"]

    def users(self) -> dict[str, Any]:
        return {each["email"]: each for each in self.call("GET", "/user")["users"]}

    def begin(self, surfer: Surfer, return_to: str = "/flags") -> Visit:
        """Ask to sign in; the answer sends to the provider."""
        return surfer.get(f"{self.server.url}/v1/console/oidc/begin?return_to={return_to}")

    def visit_provider(self, surfer: Surfer, begun: Visit, subject: str) -> Visit:
        """Sign in there; the answer sends back to the console."""
        self.provider.next(subject)
        return surfer.follow(begun, until=_BACK)

    def come_back(self, surfer: Surfer, subject: str) -> Visit:
        """The whole way to the provider and back; the console's answer to it."""
        away = self.visit_provider(surfer, self.begin(surfer), subject)
        return surfer.get(away.location)

    def sign_in(self, subject: str) -> Surfer:
        """Sign in, which must succeed."""
        surfer = Surfer()
        end = self.come_back(surfer, subject)
        assert end.location == f"{self.server.url}/flags", end
        return surfer

    def refusal(self, subject: str) -> str:
        """Try to sign in; why not."""
        surfer = Surfer()
        return self.refusal_of(surfer, self.come_back(surfer, subject))

    def refusal_of(self, surfer: Surfer, end: Visit) -> str:
        assert self.me(surfer).status == 401
        assert end.location.startswith(f"{self.server.url}/?sign_in_error="), end
        return end.parameter("sign_in_error")

    def me(self, surfer: Surfer) -> Reply:
        return surfer.get(f"{self.server.url}/v1/console/me").reply

    def audited(self, action: str) -> list[Any]:
        """Entries of the audit log, the newest first."""
        told = self.call("GET", f"/audit?search.action.exact={action}")
        entries: list[Any] = next(each for each in told.values() if isinstance(each, list))
        return entries


@contextlib.contextmanager
def sign_in_desk(
    folder: Path, *, host: str = "127.0.0.1", with_page: bool = False, **settings: object
) -> Iterator[SignInDesk]:
    """A server with a provider at ``host``."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        running_provider(f"{url}{_BACK}", host=host, with_page=with_page) as provider,
        served(
            folder,
            port=port,
            public_url=url,
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            sign_in_failures_max=1000,
            **settings,
        ) as server,
    ):
        yield SignInDesk(server, provider)
