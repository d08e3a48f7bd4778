"""A real server in a process of its own, as an operator would run it."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.in_process import (
    API_KEY,
    EMAIL,
    PASSWORD,
    SERVER_KEY,
    SIGNING_KEY,
    Reply,
    basic,
)

_START_SECONDS_MAX = 30.0
_STOP_SECONDS_MAX = 60.0
_ADDRESS = re.compile(r"address\s+http://127\.0\.0\.1:(\d+)")


class Served:
    """A running server: ``url``, ``port``, and the process to signal."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
        self.process = process
        self.port = port
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"

    def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        auth: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            sent = dict(headers or {})
            if auth is not None:
                sent["authorization"] = auth
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, path, body=data, headers=sent)
            answer = connection.getresponse()
            return Reply(
                status=answer.status,
                headers={key.lower(): value for key, value in answer.getheaders()},
                body=answer.read(),
            )
        finally:
            connection.close()

    def authenticate(self, identity_id: str, **fields: object) -> Any:
        """A session of ``identity_id``."""
        reply = self.request(
            "POST", "/v1/authenticate", body={"id": identity_id, **fields}, auth=basic(API_KEY)
        )
        assert reply.status == 200, reply.body
        return reply.json

    def stop(self) -> int:
        """Ask the server to stop and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_SECONDS_MAX)

    def kill(self) -> None:
        """End the API process as a power cut would."""
        self.process.kill()
        self.process.wait(_STOP_SECONDS_MAX)


_SERVE = ("matsuri", "serve")


def start(
    folder: Path,
    *,
    log: Path | None = None,
    module: Sequence[str] = _SERVE,
    **settings: Any,
) -> Served:
    """Start a server with its data in ``folder`` and wait until it listens.

    ``module`` is the Python module to run, with its arguments.
    """
    variables = {
        "MATSURI_DATA_DIR": str(folder),
        "MATSURI_PORT": "0",
        "MATSURI_METRICS_PORT": "-1",
        "MATSURI_API_KEY": API_KEY,
        "MATSURI_SERVER_KEY": SERVER_KEY,
        "MATSURI_SIGNING_KEY": SIGNING_KEY,
        "MATSURI_ADMIN_EMAIL": EMAIL,
        "MATSURI_ADMIN_PASSWORD": PASSWORD,
        **{f"MATSURI_{name.upper()}": str(value) for name, value in settings.items()},
    }
    log = log or folder.with_suffix(".log")
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MATSURI_")}
    with log.open("ab") as sink:
        begin = sink.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            env={**clean, **variables},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < deadline:
        text = log.read_bytes()[begin:].decode()
        found = _ADDRESS.search(text)
        if found:
            return Served(process, int(found[1]), folder)
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}: {text}")
        time.sleep(0.02)
    process.kill()
    raise AssertionError(f"the server did not start: {log.read_text()}")


@contextlib.contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Served]:
    """A server that ends, however the test does."""
    server = start(folder, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
