"""Asks other servers by HTTP: no redirects, no cookies, answers bounded in time and size."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse
from types import TracebackType
from typing import NamedTuple, Self

from matsuri.kit.addresses import is_guarded_address

_PIECE_BYTES = 64 * 1024
_THREADS = 4
_WAITING_MAX = 16


class WebAnswer(NamedTuple):
    """What another server answered."""

    status: int
    body: bytes


class NoAnswer(Exception):
    """There is no answer, or none that will do; the text says why, without secrets."""


class WebClient:
    """Asks addresses that nobody on the way can change; proxies are those of the environment.

    An answer takes at most ``seconds_max`` and has at most ``bytes_max``. Threads of its own keep
    a slow server from holding up anything else.
    """

    def __init__(self, *, seconds_max: float, bytes_max: int) -> None:
        self._seconds_max = seconds_max
        self._bytes_max = bytes_max
        self._waiting = 0
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="web-client")
        # Only these: one that opens files or follows redirects is not among them.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
        ):
            self._opener.add_handler(handler)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(
        self, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> WebAnswer:
        """The answer to a GET, or to a POST of ``body``. Raises ``NoAnswer``."""
        if not is_guarded_address(url):
            raise NoAnswer("the address is neither https nor on this machine")
        if self._waiting >= _WAITING_MAX:
            raise NoAnswer("too many questions are waiting for an answer")
        request = urllib.request.Request(url, data=body, headers=dict(headers))  # noqa: S310 # checked above
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, self._ask, request)
            return await asyncio.wait_for(asked, self._seconds_max)
        except TimeoutError:
            raise NoAnswer(f"no whole answer in {self._seconds_max} seconds") from None
        finally:
            self._waiting -= 1

    def _ask(self, request: urllib.request.Request) -> WebAnswer:
        until = time.monotonic() + self._seconds_max
        try:
            answer = self._opener.open(request, timeout=self._seconds_max)
            if answer is None:
                raise NoAnswer("the address is none of HTTP")
            with answer:
                return WebAnswer(answer.status, self._read(answer, until))
        except urllib.error.URLError as error:
            raise NoAnswer(str(error.reason)) from None
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswer(str(error) or type(error).__name__) from None

    def _read(self, answer: HTTPResponse, until: float) -> bytes:
        body = bytearray()
        while piece := answer.read(_PIECE_BYTES):
            body += piece
            if len(body) > self._bytes_max:
                raise NoAnswer(f"the answer has more than {self._bytes_max} bytes")
            if time.monotonic() > until:
                raise NoAnswer(f"no whole answer in {self._seconds_max} seconds")
        return bytes(body)
