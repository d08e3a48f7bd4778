"""Calls between the processes of a server, over a real socket."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from matsuri.adapters.process_calls import CallClient, CallFailed, CallServer
from matsuri.errors import Unavailable, invalid_field


async def echo(argument: bytes) -> AsyncGenerator[bytes, None]:
    yield argument


async def count(argument: bytes) -> AsyncGenerator[bytes, None]:
    for number in range(int(argument)):
        yield str(number).encode()


async def refuse(argument: bytes) -> AsyncGenerator[bytes, None]:
    yield b"the beginning"
    raise invalid_field("limit", "is not right", argument.decode())


async def break_down(argument: bytes) -> AsyncGenerator[bytes, None]:
    yield argument
    raise RuntimeError("a fault of ours")


async def wait(argument: bytes) -> AsyncGenerator[bytes, None]:
    yield argument
    await asyncio.sleep(60)


HANDLERS = {"echo": echo, "count": count, "refuse": refuse, "break": break_down, "wait": wait}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # Longer than the kernel lets the path of a socket be.
    folder = tmp_path / ("d" * 100)
    folder.mkdir()
    return folder / "worker.sock"


@pytest.fixture
async def server(path: Path) -> AsyncIterator[CallServer]:
    server = CallServer(path, HANDLERS)
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def client(path: Path) -> AsyncIterator[CallClient]:
    client = CallClient(path)
    yield client
    await client.close()


@pytest.mark.usefixtures("server")
async def test_an_answer_comes_back(client: CallClient, path: Path) -> None:
    assert os.stat(path).st_mode & 0o777 == 0o600  # noqa: PTH116 # a look at a mode
    for argument in (b"", b"hello", b"\x00" * 3_000_000):
        assert await client.call("echo", argument, seconds_max=5) == argument
    pieces = [piece async for piece in client.stream("count", b"1000")]
    assert pieces == [str(number).encode() for number in range(1000)]


@pytest.mark.usefixtures("server")
async def test_many_calls_at_once(client: CallClient) -> None:
    calls = [client.call("echo", str(n).encode(), seconds_max=5) for n in range(50)]
    assert await asyncio.gather(*calls) == [str(n).encode() for n in range(50)]


@pytest.mark.usefixtures("server")
async def test_an_error_arrives_as_it_was_raised(client: CallClient) -> None:
    with pytest.raises(CallFailed) as caught:
        await client.call("refuse", b"1 to 10", seconds_max=5)
    assert (caught.value.code, caught.value.status) == (3, 400)
    assert caught.value.message == "limit: is not right (1 to 10)"
    assert caught.value.details[0]["field"] == "limit"
    # The connection is good for the next call.
    assert await client.call("echo", b"again", seconds_max=5) == b"again"


@pytest.mark.usefixtures("server")
async def test_a_fault_tells_nothing_of_itself(client: CallClient) -> None:
    for name in ("break", "no-such-call"):
        with pytest.raises(CallFailed) as caught:
            await client.call(name, b"", seconds_max=5)
        assert caught.value.status == 500
        assert "fault of ours" not in caught.value.message


async def test_nobody_there(client: CallClient) -> None:
    with pytest.raises(Unavailable, match="not there"):
        await client.call("echo", b"", seconds_max=5)


@pytest.mark.usefixtures("server")
async def test_an_answer_that_does_not_come(client: CallClient) -> None:
    with pytest.raises(Unavailable, match="in time"):
        await client.call("wait", b"", seconds_max=0.05)
    assert await client.call("echo", b"on another connection", seconds_max=5)


async def test_the_worker_goes_in_the_middle(server: CallServer, client: CallClient) -> None:
    async def go_in_the_middle() -> None:
        async for _ in client.stream("wait", b"x"):
            await server.close()

    with pytest.raises(Unavailable, match="in the middle"):
        await go_in_the_middle()


async def test_a_new_worker_is_found(server: CallServer, client: CallClient, path: Path) -> None:
    assert await client.call("echo", b"1", seconds_max=5) == b"1"
    await server.close()
    other = CallServer(path, HANDLERS)
    await other.start()
    try:
        assert await client.call("echo", b"2", seconds_max=5) == b"2"
    finally:
        await other.close()
