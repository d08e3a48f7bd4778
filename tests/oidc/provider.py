"""A certified OpenID provider in a process of its own, and somebody who signs in with it."""

import contextlib
import functools
import http.client
import os
import subprocess
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

import msgspec

from tests.contract.sdk import install_packages, node
from tests.support.in_process import Reply

_FOLDER = Path(__file__).parent
_STEPS_MAX = 12
_REDIRECTS = {302, 303}
CLIENT_ID = "matsuri"
CLIENT_SECRET = "a secret: with % and +"


@functools.cache
def _install() -> None:
    install_packages(_FOLDER)


class RunningProvider:
    """The provider; its ``issuer`` is how it calls itself."""

    def __init__(self, process: subprocess.Popen[bytes], host: str, port: int) -> None:
        self._process = process
        self._port = port
        self.issuer = f"http://{host}:{port}"

    def person(self, subject: str, **claims: object) -> None:
        """Somebody with an account there."""
        self._put(f"/people/{subject}", msgspec.json.encode(claims))

    def next(self, subject: str) -> None:
        """Who signs in there next; ``nobody`` goes away."""
        self._put(f"/next/{subject}", b"")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _put(self, path: str, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        with contextlib.closing(connection):
            connection.request("PUT", path, body=body)
            assert connection.getresponse().status == 200


@contextlib.contextmanager
def running_provider(
    redirect_uri: str, *, host: str = "127.0.0.1", with_page: bool = False
) -> Iterator[RunningProvider]:
    """A provider that knows the client with that redirect URI; it ends, however the test does."""
    _install()
    process = subprocess.Popen(
        [node(), "provider.mjs", redirect_uri, host],
        cwd=_FOLDER,
        env={**os.environ, "PAGE": "1" if with_page else ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        with process.stdout as told:
            line = told.readline()
        assert line.strip().isdigit(), "the provider did not start"
        yield RunningProvider(process, host, int(line))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(10)


class Visit(NamedTuple):
    """One address that a browser asked, and the answer."""

    url: str
    reply: Reply

    @property
    def location(self) -> str:
        return urljoin(self.url, self.reply.headers.get("location", ""))

    def parameter(self, name: str) -> str:
        """A parameter of where the answer sends the browser."""
        return parse_qs(urlsplit(self.location).query).get(name, [""])[0]


class Surfer:
    """A browser as far as sign-ins need one: keeps cookies by host and port, follows on demand."""

    def __init__(self) -> None:
        self.cookies: dict[str, dict[str, str]] = {}

    def get(self, url: str) -> Visit:
        parts = urlsplit(url)
        cookies = self.cookies.setdefault(parts.netloc, {})
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=15)
        with contextlib.closing(connection):
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            kept = "; ".join(f"{name}={value}" for name, value in cookies.items())
            connection.request("GET", path, headers={"cookie": kept, "accept": "text/html"})
            answer = connection.getresponse()
            headers = answer.getheaders()
            for name, value in headers:
                if name.lower() == "set-cookie":
                    self._keep(cookies, value)
            told = {name.lower(): value for name, value in headers}
            return Visit(url, Reply(status=answer.status, headers=told, body=answer.read()))

    def follow(self, visit: Visit, *, until: str = "") -> Visit:
        """Go where answers send, up to an address that has ``until`` in it, which is not asked."""
        for _ in range(_STEPS_MAX):
            if visit.reply.status not in _REDIRECTS or (until and until in visit.location):
                return visit
            visit = self.get(visit.location)
        raise AssertionError(f"no end of redirects: {visit.url}")

    @staticmethod
    def _keep(cookies: dict[str, str], header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            if morsel.value and morsel["max-age"] != "0":
                cookies[name] = morsel.value
            else:
                cookies.pop(name, None)
