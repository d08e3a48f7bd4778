"""What is not HTTP, or hardly, meets limits and the shape of every other error."""

import json
import socket
import time
from collections.abc import Iterator

import pytest

from matsuri.web.protocol import tidy_request_line
from tests.support.in_process import API_KEY, basic
from tests.support.served import Served, served

HEAD_SECONDS = 1
HEAD_BYTES = 8192


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("protocol") / "data"
    with served(folder, head_seconds_max=HEAD_SECONDS, head_bytes_max=HEAD_BYTES) as running:
        yield running


def connect(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server hangs up."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def read_answer(connection: socket.socket) -> bytes:
    """One answer, whole."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def check_error(answer: bytes, status: int) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert b"content-type: application/json" in head
    assert b"access-control-allow-origin: *" in head
    said = json.loads(body)
    assert set(said) == {"code", "message", "details"}
    assert said["code"] == 3


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"hello\r\n\r\n"])
def test_what_is_not_http(server: Served, garbage: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(garbage)
        check_error(read_all(connection), 400)


def test_a_head_without_an_end_is_refused_at_its_limit(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /healthcheck HTTP/1.1\r\n")
        sent = 0
        try:
            while sent < 100 * 1024 * 1024:
                connection.sendall(b"x-filler: " + b"a" * 1000 + b"\r\n")
                sent += 1012
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 10 * 1024 * 1024


def test_a_large_head_is_told_why(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /healthcheck HTTP/1.1\r\nx-filler: " + b"a" * (HEAD_BYTES + 1))
        check_error(read_all(connection), 431)


def test_a_slow_head_is_told_why(server: Served) -> None:
    with connect(server) as connection:
        began = time.monotonic()
        connection.sendall(b"GET /healthcheck HTTP/1.1\r\nhost: x\r\n")
        check_error(read_all(connection), 408)
        assert HEAD_SECONDS - 0.2 < time.monotonic() - began < HEAD_SECONDS + 5


def test_a_client_that_says_nothing_is_let_go(server: Served) -> None:
    with connect(server) as connection:
        began = time.monotonic()
        assert read_all(connection) == b""
        assert time.monotonic() - began < HEAD_SECONDS + 5


def test_an_idle_connection_may_go_on_later(server: Served) -> None:
    """The time for a head begins with its first byte, not with the answer before."""
    request = b"GET /healthcheck HTTP/1.1\r\nhost: x\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(request)
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")
        time.sleep(HEAD_SECONDS + 0.5)
        connection.sendall(request)
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_bodies_far_larger_than_a_head_may_be(server: Served) -> None:
    """And the connection goes on after each, whatever pieces they come in."""
    body = json.dumps({"id": "player-0001", "custom": {}, "ignored": "x" * 600_000}).encode()
    head = (
        f"POST /v1/authenticate HTTP/1.1\r\nauthorization: {basic(API_KEY)}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode()
    with connect(server) as connection:
        for _ in range(3):
            connection.sendall(head + body)
            answer = read_answer(connection)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
        for piece in (head, body[:300_000], body[300_000:]):
            connection.sendall(piece)
            time.sleep(0.05)
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /healthcheck?names=a b HTTP/1.1\r\nhost: x\r\n\r\n")
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("keep", [b"", b"connection: close\r\n"])
def test_head_and_body_come_in_one_piece(server: Served, keep: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET /healthcheck HTTP/1.1\r\n" + keep + b"\r\n")
        assert connection.recv(65_536).endswith(b"\r\n\r\n{}")


@pytest.mark.parametrize("keep", [b"", b"connection: close\r\n"])
def test_an_answer_without_a_body_comes_too(server: Served, keep: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(b"HEAD /healthcheck HTTP/1.1\r\n" + keep + b"\r\n")
        answer = connection.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"\r\n\r\n")


def test_a_client_that_waits_for_leave_gets_it(server: Served) -> None:
    body = b'{"id": "player-0001"}'
    head = (
        f"POST /v1/authenticate HTTP/1.1\r\nauthorization: {basic(API_KEY)}\r\n"
        f"content-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
    ).encode()
    with connect(server) as connection:
        connection.sendall(head)
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_requests_sent_before_the_answers(server: Served) -> None:
    request = b"GET /healthcheck HTTP/1.1\r\nhost: x\r\n\r\n"
    last = b"GET /healthcheck HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with connect(server) as connection:
        connection.sendall(request * 20 + last)
        assert read_all(connection).count(b"HTTP/1.1 200 ") == 21


@pytest.mark.parametrize(
    "target", [b"/healthcheck?names=a b", "/healthcheck?names=größe".encode(), b"//healthcheck?&"]
)
def test_targets_that_some_sdks_do_not_encode(server: Served, target: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nconnection: close\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("line", "tidy"),
    [
        (b"GET /a?b=c%20d HTTP/1.1\r\nx: y", b"GET /a?b=c%20d HTTP/1.1\r\nx: y"),
        (b"GET /a?b=c d HTTP/1.1\r\nx: y", b"GET /a?b=c%20d HTTP/1.1\r\nx: y"),
        (b"GET /\xc3\xa4 HTTP/1.1\r\n", b"GET /%C3%A4 HTTP/1.1\r\n"),
        (b"GET /a b", b"GET /a b"),
        (b"hello there you\r\n", b"hello there you\r\n"),
    ],
)
def test_request_lines(line: bytes, tidy: bytes) -> None:
    assert tidy_request_line(line) == tidy
