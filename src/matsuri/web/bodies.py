"""Request bodies: read within limits, unpacked, decoded whatever the Content-Type."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

import msgspec

from matsuri.errors import InvalidArgument, MatsuriError
from matsuri.web.wrong_values import wrong_value

T = TypeVar("T")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WINDOW_GZIP = 16 + zlib.MAX_WBITS


class ClientDisconnected(Exception):
    """The caller went away before the body was complete."""


class BodyTooLarge(MatsuriError):
    """The body passes the limit."""

    code = 3
    status = 413


async def read_body(receive: Receive, *, bytes_max: int, seconds_max: float) -> bytes:
    """The whole body as it came.

    Raises ``BodyTooLarge``, ``ClientDisconnected``, and 408 where it takes too long.
    """
    message = await receive()
    if message["type"] != "http.disconnect" and not message.get("more_body", False):
        return _within(message.get("body", b""), bytes_max)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds_max):
            while True:
                if message["type"] == "http.disconnect":
                    raise ClientDisconnected
                part = message.get("body", b"")
                size += len(part)
                parts.append(part)
                if size > bytes_max:
                    raise _too_large(bytes_max)
                if not message.get("more_body", False):
                    return b"".join(parts)
                message = await receive()
    except TimeoutError:
        raise InvalidArgument("The request body took too long to arrive", status=408) from None


def unpack(body: bytes, encoding: str, *, bytes_max: int) -> bytes:
    """``body`` without its Content-Encoding (gzip or deflate).

    A body that claims to be gzip and is not is taken as it is. Raises ``BodyTooLarge`` where the
    result would pass ``bytes_max``, and ``InvalidArgument`` for broken data.
    """
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"} or not body:
        return body
    if encoding in {"gzip", "x-gzip"}:
        if not body.startswith(_GZIP_MAGIC):
            return body
        windows: tuple[int, ...] = (_WINDOW_GZIP,)
    elif encoding == "deflate":
        # Some clients send a raw stream, others one with the zlib header that the RFC wants.
        windows = (zlib.MAX_WBITS, -zlib.MAX_WBITS)
    else:
        raise InvalidArgument(
            f"Content-Encoding {encoding[:32]!r} is not known (gzip or deflate)", status=415
        )
    for window in windows:
        unpacker = zlib.decompressobj(window)
        try:
            unpacked = unpacker.decompress(body, bytes_max + 1)
        except zlib.error:
            continue
        if len(unpacked) > bytes_max:
            raise _too_large(bytes_max)
        if unpacker.eof:
            return unpacked
    raise InvalidArgument(f"The {encoding} body is broken")


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The message in ``body``; an empty body is an empty message. Raises ``InvalidArgument``."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if not body or body.isspace():
        body = b"{}"
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise wrong_value(error, decoder.type) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidArgument(f"The body is not valid JSON: {error}") from None
    except RecursionError:
        raise InvalidArgument("The body is nested too deeply") from None


def _within(body: bytes, bytes_max: int) -> bytes:
    if len(body) > bytes_max:
        raise _too_large(bytes_max)
    return body


def _too_large(bytes_max: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {bytes_max} bytes")
