"""What an operator meets: signals, restarts, two servers, wrong settings, logs, secrets."""

import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.in_process import (
    API_KEY,
    EMAIL,
    PASSWORD,
    SERVER_KEY,
    SIGNING_KEY,
    basic,
    bearer,
)
from tests.support.processes import (
    command_line,
    find_worker,
    is_running,
    kill_worker,
    matsuri,
    started,
    wait_for,
    worker_of,
)
from tests.support.served import Served, served, start

_SENDERS = 6


def computed(server: Served, token: str) -> dict[str, str]:
    reply = server.request("GET", "/v1/properties", auth=bearer(token))
    assert reply.status == 200, reply.body
    found: dict[str, str] = reply.json["computed"]
    return found


def send_events(server: Served, token: str, count: int = 1) -> None:
    reply = server.request(
        "POST",
        "/v1/event",
        body={"events": [{"name": "gameStarted"}] * count},
        auth=bearer(token),
    )
    assert (reply.status, reply.json) == (200, {})


def wait_for_count(server: Served, token: str, count: int) -> None:
    wait_for(lambda: computed(server, token).get("gameStartedCount") == str(count))


def half_a_request(server: Served, token: str) -> tuple[socket.socket, bytes]:
    """A request of one event whose second half has yet to be sent."""
    body = json.dumps({"events": [{"name": "gameStarted"}]}).encode()
    head = (
        f"POST /v1/event HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=15)
    connection.sendall(head + body[:5])
    return connection, body[5:]


class Load:
    """Connections that send events one after another; counts those that were acknowledged."""

    def __init__(self, server: Served, token: str) -> None:
        self.acknowledged = 0
        self.failed: list[object] = []
        self._server = server
        self._token = token
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send) for _ in range(_SENDERS)]

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Sends until the server listens no more."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            for thread in self._threads:
                thread.join()

    def _send(self) -> None:
        body = json.dumps({"events": [{"name": "gameStarted"}]})
        headers = {"authorization": f"Bearer {self._token}"}
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=15)
            try:
                while True:
                    connection.request("POST", "/v1/event", body=body, headers=headers)
                    answer = connection.getresponse()
                    told = answer.read()
                    with self._lock:
                        if answer.status == 200:
                            self.acknowledged += 1
                        else:
                            self.failed.append((answer.status, told))
            except ConnectionRefusedError:
                return
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # An idle connection that the server closed: whoever sends on it tries again.
                continue
            finally:
                connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_finish_and_loses_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "data"
    with served(folder) as server:
        token = server.authenticate("player-0001")["token"]
        load = Load(server, token)
        with load.running():
            wait_for(lambda: int(computed(server, token).get("gameStartedCount", 0)) > 50)
            worker = worker_of(server)
            connection, rest = half_a_request(server, token)
            time.sleep(0.1)
            if number is signal.SIGINT:
                # A supervisor may signal all processes: the worker leaves it to the server.
                os.kill(worker, number)
            server.process.send_signal(number)
        # No new connection is taken, and the one under way is not forgotten.
        assert server.process.poll() is None
        connection.sendall(rest)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.close()
        assert server.process.wait(30) == 0
        assert not is_running(worker)
        assert load.failed == []
    assert folder.with_suffix(".log").read_text().rstrip().endswith("stopped")
    with served(folder) as server:
        # The worker had applied all of it before the server ended.
        assert computed(server, token)["gameStartedCount"] == str(load.acknowledged + 1)


def test_a_request_that_never_ends_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with served(tmp_path / "data", drain_seconds_max=1) as server:
        token = server.authenticate("player-0001")["token"]
        connection, _ = half_a_request(server, token)
        time.sleep(0.1)
        began = time.monotonic()
        assert server.stop() == 0
        assert 0.5 < time.monotonic() - began < 10
        answer = connection.recv(4096)
        connection.close()
        # Told to try elsewhere or later, in the shape of every error.
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in answer
        assert b'{"code":14,"message":"The server is stopping","details":[]}' in answer
        assert b"Traceback" not in (tmp_path / "data.log").read_bytes()


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with served(tmp_path / "data", drain_seconds_max=30) as server:
        token = server.authenticate("player-0001")["token"]
        connection, _ = half_a_request(server, token)
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert server.process.poll() is None
        assert server.stop() == 0
        connection.close()


def test_a_worker_that_dies_is_started_again_and_goes_on(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        token = server.authenticate("player-0001")["token"]
        send_events(server, token, 3)
        wait_for_count(server, token, 3)
        killed = kill_worker(server)
        send_events(server, token, 4)
        wait_for_count(server, token, 7)
        assert worker_of(server) != killed
        send_events(server, token, 5)
        wait_for_count(server, token, 12)
    assert "the worker died" in (tmp_path / "data.log").read_text()


def test_the_worker_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder) as server:
        token = server.authenticate("player-0001")["token"]
        send_events(server, token, 3)
        worker = worker_of(server)
        server.kill()
        wait_for(lambda: not is_running(worker))
    with served(folder) as server:
        wait_for_count(server, token, 3)


def test_api_and_worker_as_processes_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder, role="api") as server:
        token = server.authenticate("player-0001")["token"]
        send_events(server, token, 3)
        assert find_worker(server) is None
        with started("serve", "--role", "worker", folder=folder) as worker:
            wait_for_count(server, token, 3)
            with started("serve", "--role", "worker", folder=folder) as second:
                assert second.stderr is not None
                assert b"waiting for another worker" in second.stderr.readline()
                worker.send_signal(signal.SIGTERM)
                assert worker.wait(30) == 0
                send_events(server, token, 4)
                wait_for_count(server, token, 7)
                second.send_signal(signal.SIGINT)
                assert second.wait(30) == 0


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder) as server:
        second = matsuri("serve", "--port", "0", "--metrics-port", "-1", folder=folder)
        assert second.returncode == 1
        assert "another server is using the data folder" in second.stderr
        assert str(folder) in second.stderr
        assert "Traceback" not in second.stderr
        assert "listening" not in second.stdout
        assert server.request("GET", "/readycheck").status == 200


@pytest.mark.parametrize("setting", ["port", "metrics_port"])
def test_a_port_that_is_taken(tmp_path: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = {"port": 0, "metrics_port": -1, setting: port}
        ended = matsuri("serve", folder=tmp_path / "data", **settings)
    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_wrong_setting(tmp_path: Path) -> None:
    ended = matsuri(
        "serve", folder=tmp_path / "data", port=0, metrics_port=-1, geo_database="/nonexistent.mmdb"
    )
    assert ended.returncode == 2
    assert "geo_database" in ended.stderr
    assert "/nonexistent.mmdb" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("something else")
    ended = matsuri("serve", "--port", "0", "--metrics-port", "-1", folder=file)
    assert ended.returncode == 2
    assert str(file) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_the_server_keeps_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder) as server:
        token = server.authenticate("player-0001")["token"]
        body = {"events": [{"name": "gameStarted"}]}
        assert server.request("POST", "/v1/event", body=body, auth=bearer(token)).status == 200
        wait_for((folder / "analytics" / "hot.duckdb.wal").exists)
        for path in folder.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_database_that_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "control.db").write_bytes(b"something else " * 1000)
    ended = matsuri("serve", "--port", "0", "--metrics-port", "-1", folder=folder)
    assert ended.returncode == 1
    assert f"control database {folder / 'control.db'}: file is not a database" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_command() -> None:
    said = matsuri("version")
    assert (said.returncode, said.stderr) == (0, "")
    assert re.fullmatch(r"matsuri \d+\.\d+\.\d+\S*\n", said.stdout)


def test_the_doctor_beside_a_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder) as server:
        token = server.authenticate("player-0001")["token"]
        send_events(server, token)
        wait_for_count(server, token, 1)
        said = matsuri("doctor", folder=folder)
    assert said.returncode == 0, said.stdout
    assert "PROBLEM" not in said.stdout
    # _identityCreate, _sessionStart and the one that was sent.
    assert "3 events applied" in said.stdout


def test_metrics_are_on_a_port_of_their_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = start(tmp_path / "data", log=log, metrics_port=0)
    try:
        token = server.authenticate("player-0001")["token"]
        send_events(server, token, 3)
        found = re.search(r"metrics\s+http://127\.0\.0\.1:(\d+)/metrics", log.read_text())
        assert found is not None
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=15)

        def read() -> dict[tuple[str, str], float]:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.headers["content-type"].startswith("text/plain; version=")
            families = text_string_to_metric_families(answer.read().decode())
            return {
                (sample.name, sample.labels.get("path") or sample.labels.get("source") or ""): (
                    sample.value
                )
                for family in families
                for sample in family.samples
            }

        wait_for(lambda: read()["matsuri_pipeline_events_applied", ""] == 5)
        samples = read()
        assert samples["matsuri_requests_total", "/v1/event"] == 1
        assert samples["matsuri_events_accepted_total", "session"] == 3
        assert samples["matsuri_pipeline_lag_bytes", ""] == 0
        assert samples["matsuri_worker_up", ""] == 1
        connection.close()
        assert server.request("GET", "/metrics").status == 404
        assert API_KEY not in str(samples)
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_log_lines_and_arguments_tell_no_secrets(tmp_path: Path, log_format: str) -> None:
    log = tmp_path / "log"
    secrets = [API_KEY, SERVER_KEY, SIGNING_KEY, PASSWORD]
    server = start(
        tmp_path / "data",
        log=log,
        log_format=log_format,
        log_level="debug",
        log_requests=True,
        accept_undeclared=True,
        unknown_setting="x",
    )
    try:
        session = server.authenticate("player-0001")
        token, refresh_token = session["token"], session["refresh_token"]
        signed_in = server.request(
            "POST", "/v1/console/authenticate", body={"email": EMAIL, "password": PASSWORD}
        ).json["token"]
        made = server.request(
            "POST", "/v1/console/apikey", body={"name": "second"}, auth=bearer(signed_in)
        ).json["value"]
        wrong = "a-wrong-secret-0001"
        secrets += [token, refresh_token, signed_in, made, wrong, token.split(".")[2]]
        secrets += [base64.b64encode(f"{key}:".encode()).decode() for key in (API_KEY, made)]
        ways: list[tuple[str, str, Any, str | None]] = [
            ("POST", "/v1/console/authenticate", {"email": EMAIL, "password": wrong}, None),
            ("POST", "/v1/authenticate", {"id": "player-0001"}, basic(wrong)),
            ("POST", "/v1/authenticate", {"id": ["x"]}, basic(API_KEY)),
            ("POST", "/v1/authenticate", {"id": "player-0002"}, basic(made)),
            ("POST", "/v1/authenticate/refresh", {"refresh_token": wrong}, basic(API_KEY)),
            ("POST", "/v1/authenticate/refresh", {"refresh_token": refresh_token}, bearer(token)),
            ("GET", f"/v1/flag?http_key={API_KEY}", None, bearer(token)),
            ("POST", "/v1/event", {"events": [{"name": "gameStarted"}]}, bearer(token)),
            ("POST", "/v1/event", {"events": [{"name": token}]}, bearer(token)),
            ("POST", "/v1/event", {"events": [{"name": 1}]}, bearer(token)),
            ("POST", "/v1/server-event", {"events": [{"name": "x"}]}, bearer(signed_in)),
            ("POST", "/v1/authenticate/logout", {"token": token}, bearer(token)),
            ("GET", "/v1/properties", None, bearer(token)),
        ]
        for method, path, body, auth in ways:
            server.request(method, path, body=body, auth=auth)
        server.request("GET", "/nowhere", headers={"x-request-id": "mine-0001"})
        with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
            connection.sendall(b"no HTTP at all\r\n\r\n")
            connection.recv(1024)
        kill_worker(server)
        wait_for(lambda: "the worker died" in log.read_text())
        seen = [command_line(pid) for pid in (server.process.pid, worker_of(server))]
    finally:
        assert server.stop() == 0
    text = log.read_text()
    for secret in secrets:
        assert secret not in text
        assert not any(secret in arguments for arguments in seen)
    for told in (
        "UNKNOWN_SETTING",
        "mine-0001",
        "/nowhere",
        "/v1/console/authenticate",
        "Invalid HTTP request",
        "the worker died; starting it again",
        "stopping",
    ):
        assert told in text
    if log_format == "json":
        check_json_lines(text)


def check_json_lines(text: str) -> None:
    # What is for the person who starts the server is no log line; it goes to standard output.
    begin = text.index("Matsuri ")
    end = text.index("\n{", begin) + 1
    lines = [json.loads(line) for line in (text[:begin] + text[end:]).splitlines()]
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    (nowhere,) = [line for line in lines if line.get("request_id") == "mine-0001"]
    assert (nowhere["status"], nowhere["path"], nowhere["method"]) == (404, "/nowhere", "GET")


def test_what_is_made_at_first_start_is_shown_once(tmp_path: Path) -> None:
    folder, log = tmp_path / "data", tmp_path / "log"
    nothing = {"api_key": "", "server_key": "", "signing_key": "", "admin_password": ""}
    start(folder, log=log, **nothing).stop()
    text = log.read_text()
    shown = dict(
        re.findall(r"^  (API key|server key|signing key|password) +(\S+)$", text, re.MULTILINE)
    )
    assert set(shown) == {"API key", "server key", "signing key", "password"}
    assert all(text.count(secret) == 1 for secret in shown.values())
    again = tmp_path / "again"
    server = start(folder, log=again, **nothing)
    try:
        reply = server.request(
            "POST", "/v1/authenticate", body={"id": "player-0001"}, auth=basic(shown["API key"])
        )
        assert reply.status == 200
        reply = server.request(
            "POST", "/v1/console/authenticate", body={"email": EMAIL, "password": shown["password"]}
        )
        assert reply.status == 200
    finally:
        assert server.stop() == 0
    assert not any(secret in again.read_text() for secret in shown.values())


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_shows_no_values(log_format: str) -> None:
    script = f"""
import logging, structlog
from matsuri.adapters.telemetry import set_up_logging
from matsuri.config import LogFormat, LogLevel

set_up_logging(level=LogLevel.INFO, log_format=LogFormat("{log_format}"))
for logger in (structlog.get_logger(), logging.getLogger("some.library")):
    try:
        token = "secret" + "-of-a-player"
        raise ValueError("told")
    except ValueError:
        logger.exception("a request failed")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ended.stderr.count("told") >= 2
    assert "secret-of-a-player" not in ended.stderr
    if log_format == "json":
        lines = [json.loads(line) for line in ended.stderr.splitlines()]
        assert [line["event"] for line in lines] == ["a request failed"] * 2
        assert [line["level"] for line in lines] == ["error"] * 2
