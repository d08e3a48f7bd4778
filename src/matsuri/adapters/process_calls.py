"""Calls between the processes of one server, over a Unix socket in the data folder.

A request is a name and an argument, the answer any number of pieces; all are bytes. Whoever may
open the socket, which is its owner alone, may call. One frame is a length (u32, little endian), a
kind (one byte) and that many bytes.
"""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import structlog

from matsuri.errors import MatsuriError, Unavailable

Handler = Callable[[bytes], AsyncGenerator[bytes, None]]

logger = structlog.get_logger(__name__)

_HEAD = struct.Struct("<IB")
_FRAME_BYTES_MAX = 64 * 1024 * 1024
_PIECE, _END, _ERROR = 1, 2, 3
_IDLE_CONNECTIONS_MAX = 8
_CONNECT_SECONDS_MAX = 5.0
# The kernel's limit for the path of a socket.
_PATH_BYTES_MAX = 100


class _Call(msgspec.Struct, array_like=True):
    name: str
    argument: bytes


class _Failure(msgspec.Struct, array_like=True):
    """What the caller is to hear: an error with the same gRPC code and status as over there."""

    code: int
    status: int
    message: str
    details: list[dict[str, str]] = []


class CallFailed(MatsuriError):
    """The other process refused the call; the same code, status and message as there."""

    def __init__(self, failure: _Failure) -> None:
        super().__init__(failure.message, details=failure.details, status=failure.status)
        self.code = failure.code  # type: ignore[misc] # one class for every code


@contextlib.contextmanager
def _short_name(path: Path) -> Iterator[str]:
    """A name of ``path`` that is short enough for a socket."""
    if len(os.fsencode(path)) <= _PATH_BYTES_MAX:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class CallServer:
    """Answers calls on the socket at ``path``, which a process before this one may have left."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._handlers = handlers
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; raises ``OSError``."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short_name(self._path) as name:
                listener.bind(name)
            self._path.chmod(0o600)
            self._server = await asyncio.start_unix_server(self._serve, sock=listener)
        except BaseException:
            listener.close()
            raise

    async def close(self) -> None:
        """Stop listening and end the calls under way."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        try:
            while True:
                _, payload = await _read_frame(reader)
                await self._answer(payload, writer)
        except (EOFError, OSError, msgspec.MsgspecError, asyncio.CancelledError):
            # The caller went, or this process is about to.
            pass
        finally:
            writer.close()

    async def _answer(self, payload: bytes, writer: asyncio.StreamWriter) -> None:
        call = msgspec.msgpack.decode(payload, type=_Call)
        try:
            handler = self._handlers[call.name]
            async with contextlib.aclosing(handler(call.argument)) as pieces:
                async for piece in pieces:
                    _write_frame(writer, _PIECE, piece)
                    await writer.drain()
        except MatsuriError as error:
            details = [{str(k): str(v) for k, v in detail.items()} for detail in error.details]
            failure = _Failure(error.code, error.status, error.message, details)
            _write_frame(writer, _ERROR, msgspec.msgpack.encode(failure))
        except OSError:
            raise
        except Exception:
            logger.exception("a call between processes failed", call=call.name)
            failure = _Failure(13, 500, "Internal error in the worker; its log tells more")
            _write_frame(writer, _ERROR, msgspec.msgpack.encode(failure))
        else:
            _write_frame(writer, _END, b"")
        await writer.drain()


class CallClient:
    """Calls what listens at ``path``; idle connections are kept for the next calls."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self, name: str, argument: bytes, *, seconds_max: float) -> bytes:
        """The whole answer.

        Raises ``Unavailable`` where nobody listens or no answer comes in time, ``CallFailed``
        where the call was refused.
        """
        try:
            async with asyncio.timeout(seconds_max):
                pieces = [piece async for piece in self.stream(name, argument)]
        except TimeoutError:
            raise Unavailable("The worker does not answer in time") from None
        return b"".join(pieces)

    async def stream(self, name: str, argument: bytes) -> AsyncGenerator[bytes, None]:
        """The pieces of the answer as they come; raises as ``call``, but waits for ever."""
        message = msgspec.msgpack.encode(_Call(name, argument))
        reader, writer, kind, payload = await self._send(message)
        whole = False
        try:
            while kind == _PIECE:
                yield payload
                kind, payload = await _read_frame(reader)
            whole = True
            if kind == _ERROR:
                raise CallFailed(msgspec.msgpack.decode(payload, type=_Failure))
        except (EOFError, OSError) as error:
            raise Unavailable("The worker stopped in the middle of its answer") from error
        finally:
            if whole and len(self._idle) < _IDLE_CONNECTIONS_MAX:
                self._idle.append((reader, writer))
            else:
                writer.close()

    async def reachable(self) -> bool:
        """Whether somebody listens."""
        try:
            async with asyncio.timeout(_CONNECT_SECONDS_MAX):
                with _short_name(self._path) as name:
                    _, writer = await asyncio.open_unix_connection(name)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    async def close(self) -> None:
        """Close idle connections."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _send(
        self, message: bytes
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, int, bytes]:
        """A connection on which the call was sent, and the first frame of the answer."""
        while self._idle:
            reader, writer = self._idle.pop()
            # A kept connection may lead to a worker that is gone: then a new one is tried.
            with contextlib.suppress(EOFError, OSError):
                _write_frame(writer, _PIECE, message)
                return reader, writer, *await _read_frame(reader)
            writer.close()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS_MAX):
                with _short_name(self._path) as name:
                    reader, writer = await asyncio.open_unix_connection(name)
        except (OSError, TimeoutError) as error:
            raise Unavailable("The worker is not there") from error
        try:
            _write_frame(writer, _PIECE, message)
            return reader, writer, *await _read_frame(reader)
        except (EOFError, OSError) as error:
            writer.close()
            raise Unavailable("The worker stopped before its answer") from error
        except BaseException:
            writer.close()
            raise


def _write_frame(writer: asyncio.StreamWriter, kind: int, payload: bytes) -> None:
    writer.write(_HEAD.pack(len(payload), kind) + payload)


async def _read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame's kind and payload; raises ``EOFError`` and ``OSError``."""
    size, kind = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if size > _FRAME_BYTES_MAX:
        raise OSError(f"a frame of {size} bytes")
    return kind, await reader.readexactly(size)
