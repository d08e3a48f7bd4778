"""Requests to a running server, on connections that are kept, and patiently."""

import base64
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from matsuri.transfer.rows import TransferFailed

_OK = 200
_AGAIN = frozenset({429, 502, 503, 504})
_REFUSED_FOR_GOOD = {
    401: "the key is not accepted",
    403: "the key may not do this",
    404: "there is no such thing there",
    405: "this server is too old or too new for this command",
}
_WAIT_SECONDS_MAX = 30.0
_PIECE_BYTES = 256 * 1024


class Answer(NamedTuple):
    """What a server answered: 200, or a refusal of this request alone."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body; raises ``TransferFailed`` where it is no JSON object."""
        try:
            found = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            found = None
        if not isinstance(found, dict):
            raise TransferFailed(f"what answers with {self.status} there is no Matsuri server")
        return found

    @property
    def message(self) -> str:
        """What the server says of an error."""
        return str(self.json.get("message", ""))


class ServerClient:
    """A server by its address and a key. Threads may share it: each has its connection.

    What cannot be served right now (429, 502 to 504, no connection) is asked again for
    ``patience_seconds``, when the server says or later and later.
    """

    def __init__(
        self, url: str, key: str, *, patience_seconds: float, timeout_seconds: float = 60.0
    ) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in {"http", "https"} or not parts.hostname or port == -1:
            raise TransferFailed(f"{url!r} is no http or https address")
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._connect = _connector(parts.scheme, parts.hostname, port, timeout_seconds)
        self._base_path = parts.path.rstrip("/")
        self._headers = {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        self._patience_seconds = patience_seconds
        self._own = threading.local()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Be patient no more."""
        self._stopped.set()

    def post(self, path: str, body: bytes) -> Answer:
        """The answer to a JSON body; raises ``TransferFailed`` where there will be none."""
        headers = {**self._headers, "content-type": "application/json"}

        def ask(connection: http.client.HTTPConnection) -> tuple[http.client.HTTPResponse, bytes]:
            connection.request("POST", self._base_path + path, body=body, headers=headers)
            response = connection.getresponse()
            return response, response.read()

        response, content = self._patiently(ask)
        return Answer(response.status, content)

    def stream(self, path: str) -> Iterator[bytes]:
        """The pieces of a long answer; raises ``TransferFailed``, also in the middle of it."""

        def ask(connection: http.client.HTTPConnection) -> tuple[http.client.HTTPResponse, bytes]:
            connection.request("GET", self._base_path + path, headers=self._headers)
            response = connection.getresponse()
            return response, b"" if response.status == _OK else response.read()

        response, content = self._patiently(ask)
        if response.status != _OK:
            raise TransferFailed(Answer(response.status, content).message)
        try:
            while piece := response.read1(_PIECE_BYTES):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise TransferFailed(f"the answer broke off: {error}") from error
        finally:
            self._hang_up()

    def _patiently(
        self,
        ask: Callable[[http.client.HTTPConnection], tuple[http.client.HTTPResponse, bytes]],
    ) -> tuple[http.client.HTTPResponse, bytes]:
        deadline = time.monotonic() + self._patience_seconds
        wait_seconds = 0.25
        while True:
            try:
                response, content = ask(self._connection())
            except (OSError, http.client.HTTPException) as error:
                self._hang_up()
                problem, told_seconds = f"no answer ({error})", 0.0
            else:
                if response.status not in _AGAIN:
                    if response.status in _REFUSED_FOR_GOOD:
                        why = _REFUSED_FOR_GOOD[response.status]
                        raise TransferFailed(f"{self.url} answers {response.status}: {why}")
                    return response, content
                problem = f"the answer {response.status}"
                told_seconds = _seconds(response.getheader("retry-after"))
            wait_seconds = min(_WAIT_SECONDS_MAX, max(wait_seconds * 2, told_seconds))
            if time.monotonic() + wait_seconds > deadline or self._stopped.wait(wait_seconds):
                raise TransferFailed(f"{self.url} gives {problem}")

    def _connection(self) -> http.client.HTTPConnection:
        kept: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if kept is None:
            kept = self._own.connection = self._connect()
        return kept

    def _hang_up(self) -> None:
        kept = getattr(self._own, "connection", None)
        if kept is not None:
            kept.close()
            self._own.connection = None


def _connector(
    scheme: str, host: str, port: int | None, timeout_seconds: float
) -> Callable[[], http.client.HTTPConnection]:
    def connect() -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout_seconds)
        return http.client.HTTPConnection(host, port, timeout=timeout_seconds)

    return connect


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdigit() else 0.0
