"""Uvicorn's HTTP protocol, with limits on a request's head and errors in our shape."""

import asyncio
import re
from typing import Any, cast
from urllib.parse import quote

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from matsuri.errors import InvalidArgument, MatsuriError
from matsuri.web.messages import ErrorMessage

_REQUEST_LINE = re.compile(rb"([A-Z]+) (.*) (HTTP/1\.[01])", re.DOTALL)
_SPACES = 2
_HEAD_BEGIN = b"HTTP/1.1 "
_CONTINUE = b"HTTP/1.1 100"
# What may stand in a request's target as it is; everything else is meant to be encoded.
_TARGET_SAFE = "/?#[]@!$&'()*+,;=:%-._~"
_STATUS_TEXTS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


def guarded_protocol(*, head_bytes_max: int, head_seconds_max: float) -> type[HttpToolsProtocol]:
    """The protocol for a server: heads of at most so many bytes, that arrive within that time."""

    class Guarded(GuardedProtocol):
        _head_bytes_max = head_bytes_max
        _head_seconds_max = head_seconds_max

    return Guarded


class GuardedProtocol(HttpToolsProtocol):
    """See the module; ``guarded_protocol`` sets the limits."""

    _head_bytes_max = 65_536
    _head_seconds_max = 20.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A head has begun and is not complete; a body is on its way.
        self._in_head = False
        self._in_body = False
        self._head_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        """A client has connected, and should say something soon."""
        self._corked = CorkedTransport(transport)
        super().connection_made(cast("asyncio.Transport", self._corked))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes came: of a head, of a body, or of both."""
        head_went_on = self._in_head
        fresh = not head_went_on and not self._in_body
        if fresh:
            data = tidy_request_line(data)
        super().data_received(data)
        if not self._in_head:
            return
        # What ended a body before this head is not counted.
        self._head_bytes += len(data) if head_went_on or fresh else 0
        if self._head_bytes > self._head_bytes_max:
            limit = f"The request's head is larger than {self._head_bytes_max} bytes"
            self._refuse(InvalidArgument(limit, status=431))
        elif self._head_timer is None:
            self._await_head()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is complete; a body may follow."""
        self._in_head = False
        self._in_body = True
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is complete; the next head may come."""
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer is complete; one without a body still has its head to send."""
        self._corked.flush()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What came is not HTTP."""
        self._refuse(InvalidArgument(msg))

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: whoever asks for a web socket gets an ordinary answer, and no log line."""

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self._head_seconds_max, self._head_is_late)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._head_bytes:
            self._refuse(InvalidArgument("The request's head took too long", status=408))
        else:
            self.transport.close()

    def _refuse(self, error: MatsuriError) -> None:
        """Answer without the application, and hang up."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        body = msgspec.json.encode(
            ErrorMessage(code=error.code, message=error.message, details=error.details)
        )
        head = (
            f"HTTP/1.1 {error.status} {_STATUS_TEXTS.get(error.status, 'Error')}\r\n"
            "content-type: application/json\r\n"
            "access-control-allow-origin: *\r\n"
            "cache-control: no-store, no-cache, must-revalidate\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


class CorkedTransport:
    """A transport that sends the head of an answer together with what follows it.

    One packet and one system call instead of two for every answer.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send ``data``, or keep it if it is a head, until the next."""
        if self._head:
            # Large bodies are not copied for it.
            self._transport.writelines((self._head, data))
            self._head = b""
        elif data.startswith(_HEAD_BEGIN) and not data.startswith(_CONTINUE):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send what was kept."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Send what was kept, then close."""
        self.flush()
        self._transport.close()


def tidy_request_line(data: bytes) -> bytes:
    """``data`` with a target that is encoded as it should be, if it begins with a request line.

    Some SDKs send spaces and UTF-8 in the target as they are (wire contract, section 0).
    """
    end = data.find(b"\r\n")
    line = data[:end]
    if end < 0 or (line.isascii() and line.count(b" ") == _SPACES):
        return data
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        return data
    target = quote(found[2], safe=_TARGET_SAFE).encode()
    return found[1] + b" " + target + b" " + found[3] + data[end:]
