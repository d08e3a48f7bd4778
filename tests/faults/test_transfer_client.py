"""What sends to a server, and one that is busy, goes away, or breaks off."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matsuri.transfer.export_file import export_events, export_player
from matsuri.transfer.rows import FileFormat, TransferFailed
from matsuri.transfer.server_client import ServerClient

TIME = b'"2024-01-01T00:00:00Z"'
EVENT = b'{"id":"e1","name":"a","timestamp":%s,"receive_time":%s}\n' % (TIME, TIME)
Reply = tuple[int, dict[str, str], bytes]


@contextlib.contextmanager
def answering(answer: Callable[[int], Reply]) -> Iterator[str]:
    """A server that gives ``answer(n)`` to its nth request; its address."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", "0")))
            status, headers, body = answer(len(asked))
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _reply  # noqa: N815 # the names of http.server

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(url: str, *, patience_seconds: float = 5.0) -> ServerClient:
    return ServerClient(url, "key", patience_seconds=patience_seconds)


def busy_twice(number: int) -> Reply:
    return (503, {"retry-after": "0"}, b"{}") if number < 3 else (200, {}, b'{"ok":true}')


def test_a_busy_server_is_asked_again() -> None:
    with answering(busy_twice) as url:
        assert client(url).post("/v1/x", b"{}").json == {"ok": True}


def test_patience_ends() -> None:
    with (
        answering(lambda _number: (429, {"retry-after": "60"}, b"{}")) as url,
        pytest.raises(TransferFailed, match="429"),
    ):
        client(url).post("/v1/x", b"{}")
    with pytest.raises(TransferFailed, match="no answer"):
        client(url, patience_seconds=0).post("/v1/x", b"{}")


def test_who_is_stopped_waits_no_longer() -> None:
    with answering(lambda _number: (503, {}, b"{}")) as url:
        waiting = ServerClient(url, "key", patience_seconds=600)
        threading.Timer(0.1, waiting.stop).start()
        with pytest.raises(TransferFailed, match="503"):
            waiting.post("/v1/x", b"{}")


@pytest.mark.parametrize(
    "body",
    [
        EVENT,
        EVENT + EVENT + b'{"export_end":{"events":1}}\n',
        EVENT + b'{"export_end":{"events":1}}',
        b"",
    ],
)
@pytest.mark.parametrize("form", list(FileFormat))
def test_an_export_that_was_cut_off_leaves_no_file(
    tmp_path: Path, body: bytes, form: FileFormat
) -> None:
    output = tmp_path / "out"
    output.write_text("as it was")
    with (
        answering(lambda _number: (200, {}, body)) as url,
        pytest.raises(TransferFailed, match="not complete"),
    ):
        export_events(client(url), output, form, query=[], on_progress=lambda _count: None)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert output.read_text() == "as it was"


def test_an_answer_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    longer = {"content-length": str(len(EVENT) + 100)}
    with (
        answering(lambda _number: (200, longer, EVENT)) as url,
        pytest.raises(TransferFailed, match=r"not complete|broke off"),
    ):
        export_events(
            client(url), tmp_path / "out", FileFormat.CSV, query=[], on_progress=lambda _count: None
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("body", [b'{"format":"matsuri-player","events":[', b"<html>"])
def test_half_a_player_is_none(tmp_path: Path, body: bytes) -> None:
    with (
        answering(lambda _number: (200, {}, body)) as url,
        pytest.raises(TransferFailed, match="not complete"),
    ):
        export_player(client(url), tmp_path / "out", path="/v1/x")
    assert list(tmp_path.iterdir()) == []


def test_a_page_of_something_else_is_no_export(tmp_path: Path) -> None:
    with (
        answering(lambda _number: (200, {}, b"<html>\n</html>\n")) as url,
        pytest.raises(TransferFailed, match="no Matsuri server"),
    ):
        export_events(
            client(url), tmp_path / "out", FileFormat.CSV, query=[], on_progress=lambda _count: None
        )
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    output = tmp_path / "pipe"
    os.mkfifo(output)
    body = EVENT + b'{"export_end":{"events":1}}\n'
    with (
        answering(lambda _number: (200, {}, body)) as url,
        pytest.raises(TransferFailed, match="no file"),
    ):
        export_events(
            client(url), output, FileFormat.CSV, query=[], on_progress=lambda _count: None
        )
    assert output.is_fifo()
