"""A server in this process whose every answer is held against the wire contract."""

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from matsuri.config import Settings
from matsuri.data_folder import migrate_all
from matsuri.events.model import RejectedEvent
from matsuri.events.store import Progress, list_rejected, seen_events
from matsuri.identities.profile_store import StoredSession
from matsuri.identities.store import find_identities, find_identity
from matsuri.kit.clock import ManualClock
from tests.support.in_process import (
    API_KEY,
    SIGNING_KEY,
    InProcess,
    Reply,
    basic,
    bearer,
    in_process,
    settings_for,
)

NOW = 1_700_000_000
KEY = basic(API_KEY)
HTTP_STATUS = {3: {400, 408, 413, 415}, 5: {404}, 6: {409}, 7: {403}, 8: {429}, 12: {405}}
HTTP_STATUS |= {9: {400}, 10: {409}, 14: {503}, 16: {401}}


def has_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(has_null(item) for item in value.values())
    if isinstance(value, list):
        return any(has_null(item) for item in value)
    return value is None


def check(reply: Reply, *, method: str) -> None:
    """What every answer of the API must be."""
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"] == "no-store, no-cache, must-revalidate"
    assert reply.headers["x-request-id"]
    if not reply.headers["content-type"].startswith("text/html"):
        assert reply.headers["content-type"] == "application/json"
    if method == "HEAD":
        assert reply.body == b""
        return
    assert int(reply.headers["content-length"]) == len(reply.body)
    if reply.headers["content-type"] != "application/json" or "content-encoding" in reply.headers:
        return
    assert not has_null(reply.json)
    if reply.status == 200:
        assert isinstance(reply.json, dict)
        return
    assert list(reply.json) == ["code", "message", "details"]
    assert reply.status in HTTP_STATUS[reply.json["code"]]
    assert reply.json["message"]
    assert isinstance(reply.json["message"], str)
    assert all(isinstance(detail, dict) for detail in reply.json["details"])


class Server(InProcess):
    """A server with short words for what tests do often."""

    async def request(self, method: str, path: str, **fields: Any) -> Reply:
        reply = await super().request(method, path, **fields)
        check(reply, method=method)
        return reply

    async def publish(self, token: str, *events: Mapping[str, Any]) -> Reply:
        return await self.request("POST", "/v1/event", body={"events": events}, auth=bearer(token))

    async def publish_as_server(self, *events: Mapping[str, Any], auth: str = KEY) -> Reply:
        return await self.request("POST", "/v1/server-event", body={"events": events}, auth=auth)

    async def identify(self, token: str, identity_id: str, **fields: Any) -> Any:
        reply = await self.request(
            "PUT", "/v1/identify", body={"id": identity_id, **fields}, auth=bearer(token)
        )
        assert reply.status == 200, reply.body
        return reply.json

    async def refresh(self, refresh_token: str) -> Reply:
        return await self.request(
            "POST", "/v1/authenticate/refresh", body={"refresh_token": refresh_token}, auth=KEY
        )

    async def log_out(self, caller: str, /, **tokens: str) -> Reply:
        return await self.request(
            "POST", "/v1/authenticate/logout", body=tokens, auth=bearer(caller)
        )

    async def delete(self, token: str) -> Reply:
        return await self.request("DELETE", "/v1/identity", auth=bearer(token))

    async def status_of(self, token: str) -> int:
        """The status of a read with ``token``."""
        return (await self.request("GET", "/v1/properties", auth=bearer(token))).status

    async def computed(self, token: str) -> dict[str, str]:
        return dict((await self.properties(token))["computed"])

    async def rejected(self) -> list[RejectedEvent]:
        await self.settle()
        return await self.node.history.read(lambda c: list_rejected(c, limit=1000))

    async def progress(self) -> Progress:
        await self.settle()
        return await self.pipeline.progress()

    async def sessions_of(self, identity_id: str) -> list[StoredSession]:
        await self.settle()
        identity = await self.node.control.read(
            lambda c: find_identities(c, [identity_id]).get(identity_id)
        )
        assert identity is not None
        return await self.node.identities.sessions_of(identity.key, limit=100)

    async def seen_events_of(self, profile_key: int) -> int:
        """How many event ids of a profile are remembered."""
        count = select(func.count()).where(seen_events.c.profile_key == profile_key)
        return int(await self.node.history.read(lambda c: c.execute(count).scalar_one()))

    async def exists(self, identity_id: str) -> bool:
        found = await self.node.control.read(lambda c: find_identity(c, identity_id))
        return found is not None


@functools.cache
def _empty_databases() -> dict[str, bytes]:
    """The files of a server that was never started; made once, for migrating takes its time."""
    with tempfile.TemporaryDirectory() as folder:
        migrate_all(settings_for(Path(folder)))
        return {path.name: path.read_bytes() for path in Path(folder).glob("*.db")}


def _lay_out(settings: Settings) -> None:
    folder = settings.data_path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in _empty_databases().items():
        if not (folder / name).exists():
            (folder / name).write_bytes(content)


@contextlib.asynccontextmanager
async def running(
    folder: Path, *, clock: ManualClock | None = None, **changes: Any
) -> AsyncIterator[Server]:
    """A server with its data in ``folder``; the same folder again is the same one restarted."""
    async with in_process(folder, clock=clock, migrate=_lay_out, **changes) as plain:
        yield Server(plain.node, plain.worker, plain.clock)


def refused(reply: Reply, status: int, code: int, message: str | None = None) -> Any:
    """The details of an error answer, which must have this status, code and message."""
    assert (reply.status, reply.json["code"]) == (status, code), reply.body
    if message is not None:
        assert reply.json["message"] == message
    return reply.json["details"]


def parts(token: str) -> tuple[Any, Any]:
    """Header and claims of a token, read as an SDK does."""
    header, payload, _ = token.split(".")
    return _part(header), _part(payload)


def _part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def forge(claims: Mapping[str, Any] | bytes, *, key: str = SIGNING_KEY, header: Any = None) -> str:
    """A token of any claims, signed with HMAC-SHA256 whatever its header says."""
    head = json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode()
    payload = claims if isinstance(claims, bytes) else json.dumps(dict(claims)).encode()
    signed = f"{_base64url(head)}.{_base64url(payload)}"
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64url(signature)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
