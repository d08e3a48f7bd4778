"""How large a request may be, packed and unpacked."""

import gzip
import json
import tracemalloc
import zlib
from pathlib import Path

import pytest

from tests.api.running import KEY, Server, refused, running

LIMIT = 10_000


def body_of(size: int) -> bytes:
    """A request of exactly ``size`` bytes that is good but for its size."""
    start = json.dumps({"events": [{"name": "appLaunched"}]}).encode()
    return start[:-1] + b" " * (size - len(start)) + b"}"


@pytest.mark.parametrize(("size", "status"), [(LIMIT - 1, 200), (LIMIT, 200), (LIMIT + 1, 413)])
@pytest.mark.parametrize("chunks", [1, 13])
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
async def test_the_body_limit(
    tmp_path: Path, size: int, status: int, chunks: int, encoding: str
) -> None:
    async with running(tmp_path, body_bytes_max=LIMIT) as server:
        body = body_of(size)
        if encoding:
            body = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
        reply = await server.request(
            "POST",
            "/v1/server-event",
            raw=body,
            chunks=chunks,
            auth=KEY,
            headers={"Content-Encoding": encoding},
        )
        assert reply.status == status
        if status != 200:
            refused(reply, 413, 3, f"The request body is larger than {LIMIT} bytes")
        assert (await server.progress()).events_applied == (1 if status == 200 else 0)


async def test_a_bomb_is_never_unpacked(server: Server) -> None:
    packer = zlib.compressobj(level=9, wbits=31)
    zeros = b"\0" * 1_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()
    assert len(bomb) < 1024 * 1024
    tracemalloc.start()
    try:
        reply = await server.request(
            "POST",
            "/v1/server-event",
            raw=bomb,
            auth=KEY,
            headers={"Content-Encoding": "gzip"},
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    refused(reply, 413, 3)
    assert peak < 16 * 1024 * 1024


async def test_a_caller_who_goes_away_leaves_nothing(server: Server) -> None:
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/server-event",
        "headers": [(b"authorization", KEY.encode())],
        "client": ("127.0.0.1", 1),
    }
    await server.node.application(scope, receive, send)
    assert sent == []
    assert server.node.application.bodies_in_flight == 0
    assert (await server.progress()).events_applied == 0


async def test_little_is_kept_of_a_huge_refused_event(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001")
        huge = {"name": "n" * 500_000, "value": "v" * 100_000, "id": "i" * 50_000}
        reply = await server.publish(session["token"], huge)
        refused(reply, 400, 3)
        await server.settle()
        [kept] = await server.rejected()
        assert len(kept.name) == len(kept.event_id) == 256
        assert len(kept.payload) == 16 * 1024
