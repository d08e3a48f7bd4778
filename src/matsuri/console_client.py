"""A client of a running server's console API, for commands."""

import http.client
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from matsuri.errors import MatsuriError, Unavailable

_TIMEOUT_SECONDS = 30.0
_FIRST_ERROR_STATUS = 400
_BUSY_STATUS = 503
_HEADER_SAFE = re.compile(r"[\x20-\x7e]*")


class RefusedByServer(MatsuriError):
    """The server answered with an error; text, details and status are the server's."""


class ConsoleClient:
    """Speaks to the server at ``url`` with a server key. Each call has a connection of its own."""

    def __init__(self, url: str, server_key: str, *, seconds_max: float = _TIMEOUT_SECONDS) -> None:
        self._seconds_max = seconds_max
        try:
            parts = urlsplit(url)
            self._port = parts.port
        except ValueError as error:
            raise RefusedByServer(f"{url!r} is no address of a server: {error}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise RefusedByServer(f"{url!r} is no address of a server: http://127.0.0.1:7450")
        if not _HEADER_SAFE.fullmatch(server_key):
            # Not shown: it may be nearly the right one.
            raise RefusedByServer("the server key has characters that no server key has")
        self._host = parts.hostname
        self._is_secure = parts.scheme == "https"
        self._base = parts.path.rstrip("/")
        self._headers = {"authorization": f"Bearer {server_key}"}

    def call(
        self,
        method: str,
        *segments: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        """What the server answers at ``/v1/console/<segments>?<query>``; ``body`` goes as JSON.

        Raises ``RefusedByServer`` for an error, and ``Unavailable`` where there is no answer or
        the server is busy.
        """
        path = "/".join([self._base, "v1", "console", *(quote(part, safe="") for part in segments)])
        if query:
            path = f"{path}?{urlencode(query)}"
        data = None if body is None else msgspec.json.encode(body)
        connection = self._connect()
        try:
            connection.request(method, path, body=data, headers=self._headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(f"no answer from {self._host}: {error}") from error
        finally:
            connection.close()
        try:
            told = msgspec.json.decode(text, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise RefusedByServer(f"{self._host} is no Matsuri server: {answer.status}") from None
        if answer.status == _BUSY_STATUS:
            raise Unavailable(str(told.get("message", "the server is busy")))
        if answer.status >= _FIRST_ERROR_STATUS:
            raise RefusedByServer(
                str(told.get("message", answer.status)),
                details=_details(told),
                status=answer.status,
            )
        return told

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_secure:
            return http.client.HTTPSConnection(
                self._host,
                self._port,
                timeout=self._seconds_max,
                context=ssl.create_default_context(),
            )
        return http.client.HTTPConnection(self._host, self._port, timeout=self._seconds_max)


def _details(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The details of an error, as far as they have the shape that ours have."""
    details = told.get("details")
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []
