"""Streams that tell of changed flags: when they tell, and who may listen."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from matsuri.flags import change_stream
from matsuri.flags.model import ScheduledChange
from matsuri.flags.stream_tokens import StreamTokens, Watched
from tests.api.flags import change_flag, define_audience, define_flag, define_property
from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import SIGNING_KEY, InProcess, bearer

PURCHASE = {"name": "purchaseCompleted", "value": "499"}
ALL = "/ofrep/v1/evaluate/flags"
_QUIET_SECONDS = 0.35
_WAIT_SECONDS = 3.0


class Listener:
    """A client of a stream: what it hears, piece by piece."""

    def __init__(self, server: InProcess, path: str, headers: dict[str, str]) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self.status = 0
        self.headers: dict[str, str] = {}
        self._gone = asyncio.Event()
        path, _, query = path.partition("?")
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
        }
        self.task = asyncio.ensure_future(server.node.application(scope, self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        elif message["body"]:
            await self.pieces.put(message["body"])

    async def heard(self) -> dict[str, Any]:
        """The next event: its data, and its ``id``."""
        while True:
            piece = await asyncio.wait_for(self.pieces.get(), _WAIT_SECONDS)
            lines = dict(line.split(": ", 1) for line in piece.decode().strip().split("\n"))
            if "data" in lines:
                assert lines["event"] == "message"
                return {**json.loads(lines["data"]), "id": lines["id"]}

    async def hears_nothing(self) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(self.heard(), _QUIET_SECONDS)

    async def leave(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self.task, _WAIT_SECONDS)


@contextlib.asynccontextmanager
async def listening(
    server: InProcess, path: str, headers: dict[str, str] | None = None
) -> AsyncIterator[Listener]:
    listener = Listener(server, path, headers or {})
    try:
        yield listener
    finally:
        await listener.leave()


async def address(
    server: InProcess, context: dict[str, Any] | None = None, *, auth: str = KEY
) -> tuple[str, str]:
    """Where the stream of that answer is, and the answer's entity tag."""
    reply = await InProcess.request(server, "POST", ALL, body={"context": context or {}}, auth=auth)
    (stream,) = reply.json["eventStreams"]
    assert (stream["type"], stream["inactivityDelaySec"]) == ("sse", 120)
    return stream["endpoint"]["requestUri"], reply.headers["etag"]


@pytest.fixture
async def shop(server: Server) -> Server:
    await define_property(server, "tier")
    await define_audience(server, "gold", 'PropertiesCustom("tier", "") == "gold"')
    await define_audience(server, "spenders", 'PropertiesComputed("purchaseCompletedCount", 0) > 0')
    await define_flag(server, "price", "9", variants={"gold": "7", "spenders": "8"})
    return server


async def test_every_cause_of_a_change_is_told(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    other = (await shop.authenticate("player-0002"))["token"]
    path, etag = await address(shop, auth=bearer(token))
    async with listening(shop, path) as listener:
        first = await listener.heard()
        assert (first["type"], first["etag"], first["lastModified"]) == (
            "refetchEvaluation",
            etag,
            NOW,
        )
        assert listener.headers["content-type"] == "text/event-stream"
        assert listener.headers["x-accel-buffering"] == "no"
        # An event, once it is applied; what others do is no news.
        await shop.publish(other, PURCHASE)
        await shop.settle()
        await listener.hears_nothing()
        await shop.publish(token, PURCHASE)
        await shop.settle()
        told = await listener.heard()
        assert told["etag"] == (await address(shop, auth=bearer(token)))[1] != etag
        # The same again changes nothing.
        await shop.publish(token, PURCHASE)
        await shop.settle()
        await listener.hears_nothing()
        # A property, a definition, and the time.
        await shop.request(
            "PUT", "/v1/properties", body={"custom": {"tier": "gold"}}, auth=bearer(token)
        )
        await listener.heard()
        change = ScheduledChange(at_time_sec=NOW + 60, value="0", enabled=False)
        await change_flag(shop, "price", schedule=(change,))
        await listener.hears_nothing()
        shop.clock.advance(60)
        await listener.heard()
        await define_flag(shop, "another", "1")
        await listener.heard()
        await listener.hears_nothing()


async def test_a_caller_goes_on_where_it_was(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    path, _ = await address(shop, auth=bearer(token))
    async with listening(shop, path) as listener:
        last = (await listener.heard())["id"]
    async with listening(shop, path, {"last-event-id": last}) as listener:
        await listener.hears_nothing()
    await shop.publish(token, PURCHASE)
    await shop.settle()
    async with listening(shop, path, {"last-event-id": last}) as listener:
        assert (await listener.heard())["id"] != last


async def test_a_session_token_in_the_header_does(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    async with listening(shop, "/ofrep/v1/stream", {"authorization": bearer(token)}) as listener:
        await listener.heard()
        await shop.publish(token, PURCHASE)
        await shop.settle()
        await listener.heard()


async def test_without_a_player_definitions_count(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    change = ScheduledChange(at_time_sec=NOW + 60, value="later")
    await define_flag(shop, "timed", "now", schedule=(change,))
    path, etag = await address(shop)
    async with listening(shop, path) as listener:
        assert (await listener.heard())["etag"] == etag
        await shop.publish(token, PURCHASE)
        await shop.settle()
        await listener.hears_nothing()
        await change_flag(shop, "price", value="10")
        await listener.heard()
        shop.clock.advance(60)
        await listener.heard()


@pytest.mark.parametrize("key", ["player-0001", "nobody@example.com"])
async def test_with_a_context_whatever_moves_is_told(shop: Server, key: str) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    path, _ = await address(shop, {"targetingKey": key, "tier": "gold"})
    async with listening(shop, path) as listener:
        assert "etag" not in await listener.heard()
        if key == "player-0001":
            await shop.publish(token, {"name": "appLaunched"})
            await shop.settle()
            await listener.heard()
        await define_audience(shop, "unused", "true")
        await listener.heard()
        # It says what an attribute of the context stands for.
        await define_property(shop, "another")
        await listener.heard()
        await listener.hears_nothing()


async def test_who_becomes_a_player_is_told(shop: Server) -> None:
    context = {"targetingKey": "player-0001"}
    path, etag = await address(shop, context)
    async with listening(shop, path) as listener:
        await listener.heard()
        await shop.authenticate("player-0002")
        await listener.hears_nothing()
        await shop.authenticate("player-0001")
        await listener.heard()
    auth = {"authorization": bearer(shop.game_server_token("player-0003"))}
    async with listening(shop, "/ofrep/v1/stream", auth) as listener:
        await listener.heard()
        token = (await shop.authenticate("player-0003"))["token"]
        await listener.heard()
        # From then on it is about that player.
        await shop.publish(token, PURCHASE)
        await shop.settle()
        await listener.heard()
    known_path, known_etag = await address(shop, context)
    assert (known_path == path, known_etag == etag) == (False, False)


async def test_a_stream_ends_with_its_player(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    path, _ = await address(shop, auth=bearer(token))
    listener = Listener(shop, path, {})
    await listener.heard()
    await shop.delete(token)
    await asyncio.wait_for(listener.task, _WAIT_SECONDS)
    # A browser comes back after whatever ends, but not after an error.
    refused(await shop.request("GET", path), 404, 5, "Identity not found")


async def test_an_address_lives_for_a_while(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    path, etag = await address(shop, auth=bearer(token))
    assert (path, etag) == await address(shop, auth=bearer(token))
    listener = Listener(shop, path, {})
    await listener.heard()
    shop.clock.advance(1800)
    # There is a new one, for which the entity tag is another one too; the old one still works.
    newer = await address(shop, auth=bearer(token))
    assert newer[0] != path
    assert newer[1] != etag
    assert not listener.task.done()
    shop.clock.advance(1800)
    await asyncio.wait_for(listener.task, _WAIT_SECONDS)
    refused(await shop.request("GET", path), 401, 16)
    async with listening(shop, newer[0]) as again:
        await again.heard()


@pytest.mark.parametrize("made", ["", "x", "a" * 4096, "%C3%A4", "AAAA"])
async def test_addresses_that_are_none(shop: Server, made: str) -> None:
    refused(await shop.request("GET", f"/ofrep/v1/stream?token={made}"), 401, 16)


async def test_an_address_cannot_be_made_or_changed(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    path, _ = await address(shop, auth=bearer(token))
    given = path.partition("token=")[2]
    flipped = ("A" if given[0] != "A" else "B") + given[1:]
    other_key = StreamTokens("another-key", period_seconds=1800)
    forged = other_key.sign(Watched(1, with_context=False, expires_s=NOW + 100))
    for bad in (flipped, given[1:], forged, token):
        refused(await shop.request("GET", f"/ofrep/v1/stream?token={bad}"), 401, 16)
    # It lets nobody in anywhere else.
    refused(await shop.request("GET", "/v1/flag", auth=bearer(given)), 401, 16)
    tokens = StreamTokens(SIGNING_KEY, period_seconds=1800)
    assert tokens.verify(given, NOW) is not None
    assert tokens.verify(given, NOW + 3600) is None


async def test_so_many_streams_and_no_more(tmp_path: Path) -> None:
    async with running(tmp_path, flag_streams_max=2) as server:
        path, _ = await address(server)
        async with listening(server, path) as one, listening(server, path) as two:
            await one.heard()
            await two.heard()
            reply = await server.request("GET", path)
            refused(reply, 429, 8)
            assert reply.headers["retry-after"] == "10"
        async with listening(server, path) as again:
            await again.heard()


async def test_so_many_streams_of_one_player(tmp_path: Path) -> None:
    async with running(tmp_path, flag_streams_per_player_max=1) as server:
        one = bearer((await server.authenticate("player-0001"))["token"])
        two = bearer((await server.authenticate("player-0002"))["token"])
        path, _ = await address(server, auth=one)
        async with listening(server, path) as first:
            await first.heard()
            for again in (path, "/ofrep/v1/stream"):
                reply = await server.request("GET", again, auth=one)
                refused(reply, 429, 8, "1 change streams of this player are open already")
                assert reply.headers["retry-after"] == "10"
            path_of_two, _ = await address(server, auth=two)
            async with listening(server, path_of_two) as other:
                await other.heard()
        async with listening(server, path) as later:
            await later.heard()


async def test_so_many_streams_of_one_targeting_key(tmp_path: Path) -> None:
    async with running(tmp_path, flag_streams_per_player_max=1) as server:
        path, _ = await address(server, {"targetingKey": "player-0001"})
        async with listening(server, path) as first:
            await first.heard()
            refused(await server.request("GET", path), 429, 8)
            # Somebody else, and those about nobody in particular, as many as there are.
            async with contextlib.AsyncExitStack() as stack:
                for context in ({"targetingKey": "player-0002"}, {}, {}):
                    path_of_other, _ = await address(server, context)
                    other = await stack.enter_async_context(listening(server, path_of_other))
                    await other.heard()


async def test_a_quiet_stream_has_heartbeats(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_stream, "_HEARTBEAT_SECONDS", 0.05)
    path, _ = await address(shop)
    async with listening(shop, path) as listener:
        await listener.heard()
        assert await asyncio.wait_for(listener.pieces.get(), _WAIT_SECONDS) == b": still here\n\n"


async def test_streams_end_when_the_server_stops(shop: Server) -> None:
    path, _ = await address(shop)
    listener = Listener(shop, path, {})
    await listener.heard()
    shop.node.application.stop_streams()
    await asyncio.wait_for(listener.task, _WAIT_SECONDS)


async def test_streams_stand_still_without_profiles(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await define_flag(server, "price", "9")
        token = (await server.authenticate("player-0001"))["token"]
        path, _ = await address(server, auth=bearer(token))
        async with listening(server, path) as listener:
            await listener.heard()
            with sqlite3.connect(tmp_path / "history.db") as connection:
                connection.execute("ALTER TABLE profiles RENAME TO lost")
            await listener.hears_nothing()
            with sqlite3.connect(tmp_path / "history.db") as connection:
                connection.execute("ALTER TABLE lost RENAME TO profiles")
            await change_flag(server, "price", value="10")
            await listener.heard()


async def test_a_fault_ends_streams_but_not_later_ones(
    shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault() -> None:
        raise ZeroDivisionError

    path, _ = await address(shop)
    listener = Listener(shop, path, {})
    await listener.heard()
    with monkeypatch.context() as patch:
        patch.setattr(shop.node.targeting.ofrep.streams, "_moved", fault)
        await asyncio.wait_for(listener.task, _WAIT_SECONDS)
    async with listening(shop, path) as later:
        await later.heard()


async def test_where_clients_reach_the_server(tmp_path: Path) -> None:
    settings = {"public_url": "https://liveops.example/", "base_path": "/live"}
    async with running(tmp_path, **settings) as server:
        reply = await InProcess.request(server, "POST", ALL, body={}, auth=KEY)
        (stream,) = reply.json["eventStreams"]
        assert "endpoint" not in stream
        assert stream["url"].startswith("https://liveops.example/live/ofrep/v1/stream?token=")
