"""The whole API in this process: real stores and log in a folder, a clock that tests move."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

from argon2 import PasswordHasher

from matsuri.bootstrap.api import ApiNode, open_api
from matsuri.bootstrap.worker import WorkerNode, open_worker
from matsuri.config import Settings
from matsuri.console.passwords import Passwords
from matsuri.data_folder import migrate_all
from matsuri.identities.tokens import Claims, TokenSigner
from matsuri.kit.clock import MICROSECONDS, ManualClock

API_KEY = "6f1d7e3a-0b5c-4d52-9a53-1f6a1f0c9d10"
SERVER_KEY = "0e3f5c88-7a52-4f0e-8f6c-3f2b6f0a7c21"
SIGNING_KEY = "a-signing-key-shared-with-the-game-server"
EMAIL = "admin@example.com"
PASSWORD = "correct horse battery staple"
FAST_HASHES = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Reply(NamedTuple):
    """One answer: ``body`` is what came, ``json`` what it says."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def bearer(token: str) -> str:
    return f"Bearer {token}"


class InProcess:
    """A server and its worker, driven by hand."""

    def __init__(self, node: ApiNode, worker: WorkerNode, clock: ManualClock) -> None:
        self.node = node
        self.worker = worker
        self.pipeline = worker.pipeline
        self.clock = clock

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        raw: bytes | None = None,
        auth: str | None = None,
        headers: Mapping[str, str] | None = None,
        chunks: int = 1,
        client: str = "127.0.0.1",
        stays: bool = False,
    ) -> Reply:
        """Send one request; ``body`` goes as JSON, ``raw`` as it is, in ``chunks`` pieces.

        A client that ``stays`` waits for the end of an answer that comes piece by piece.
        """
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        sent = {key.lower(): value for key, value in (headers or {}).items()}
        if auth is not None:
            sent["authorization"] = auth
        path, _, query = path.partition("?")
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items()],
            "client": (client, 50_000),
            "server": ("127.0.0.1", 7450),
        }
        size = max(1, -(-len(data) // chunks))
        pieces = [data[i : i + size] for i in range(0, len(data), size)] or [b""]
        incoming = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
            for number, piece in enumerate(pieces, start=1)
        ]
        answers: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if not incoming and stays:
                await asyncio.Event().wait()
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            answers.append(message)

        await self.node.application(scope, receive, send)
        return Reply(
            status=answers[0]["status"],
            headers={k.decode(): v.decode() for k, v in answers[0]["headers"]},
            body=b"".join(answer.get("body", b"") for answer in answers[1:]),
        )

    async def authenticate(self, identity_id: str, **fields: object) -> Any:
        """A session of ``identity_id``: the answer of ``/v1/authenticate``, which must be 200."""
        reply = await self.request(
            "POST", "/v1/authenticate", body={"id": identity_id, **fields}, auth=basic(API_KEY)
        )
        assert reply.status == 200, reply.body
        return reply.json

    async def sign_in(self) -> str:
        """A console token of the administrator."""
        reply = await self.request(
            "POST", "/v1/console/authenticate", body={"email": EMAIL, "password": PASSWORD}
        )
        assert reply.status == 200, reply.body
        return str(reply.json["token"])

    async def properties(self, token: str) -> Any:
        """The properties of the caller, once the pipeline has applied everything."""
        await self.settle()
        reply = await self.request("GET", "/v1/properties", auth=bearer(token))
        assert reply.status == 200, reply.body
        return reply.json

    async def settle(self) -> None:
        """Let everything promised reach the log, and the pipeline apply all of it.

        Memberships of the players that were heard of are stored then, too.
        """
        await self.node.outbox.drain()
        await self.node.membership_news.drain()
        await self.worker.refresh()
        while await self.pipeline.run_once():
            pass
        await self.worker.memberships.settle()

    async def settle_analytics(self) -> None:
        """``settle``, and let the analytics store have all of it."""
        await self.settle()
        while await self.worker.feed.run_once():
            pass

    def game_server_token(
        self, identity_id: str, *, api: str = "default", key: str = SIGNING_KEY, lives: int = 3600
    ) -> str:
        """A token as Nakama signs it: no session id."""
        now = self.clock.now_us() // MICROSECONDS
        claims = Claims(iid=identity_id, exp=now + lives, iat=now - 500, api=api)
        return TokenSigner(key).sign(claims)


def settings_for(folder: Path, **changes: Any) -> Settings:
    """Settings of a server for tests in ``folder``."""
    values: dict[str, Any] = {
        "data_dir": str(folder),
        "api_key": API_KEY,
        "server_key": SERVER_KEY,
        "signing_key": SIGNING_KEY,
        "admin_email": EMAIL,
        "admin_password": PASSWORD,
        # Tests have the experiments that they make, but for those of the sample.
        "sample_experiment": False,
        **changes,
    }
    return Settings(**values)


@contextlib.asynccontextmanager
async def in_process(
    folder: Path,
    *,
    clock: ManualClock | None = None,
    migrate: Callable[[Settings], object] = migrate_all,
    **changes: Any,
) -> AsyncIterator[InProcess]:
    """A server with its data in ``folder``; the same folder again is the same server restarted."""
    settings = settings_for(folder, **changes)
    clock = clock or ManualClock()
    migrate(settings)
    async with (
        open_worker(settings, clock=clock) as worker,
        open_api(
            settings,
            clock=clock,
            passwords=Passwords(FAST_HASHES),
            analytics=worker.analytics,
            memberships=worker.memberships,
            # What these tests see does not depend on whether the console was built.
            console=folder / "no-console",
        ) as node,
    ):
        yield InProcess(node, worker, clock)
