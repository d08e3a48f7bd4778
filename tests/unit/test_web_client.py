"""What is asked of other servers, and which answers will do."""

import http.server
import threading
import time
from collections.abc import Iterator

import pytest

from matsuri.adapters.web_client import NoAnswer, WebClient


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(1.5)
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("location", "/")
        self.end_headers()
        self.wfile.write(b"x" * (2000 if self.path == "/large" else 10))

    def log_message(self, *_arguments: object) -> None:
        """Tests need no log of it."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_answers_as_they_are(url: str) -> None:
    async with WebClient(seconds_max=5, bytes_max=1000) as web:
        assert await web.ask(url, headers={}) == (200, b"x" * 10)
        # Where it sends is not where anybody goes.
        assert (await web.ask(f"{url}/elsewhere", headers={})).status == 302


@pytest.mark.parametrize(
    ("path", "told"), [("/large", "more than 1000 bytes"), ("/slow", "no whole answer|timed out")]
)
async def test_answers_have_their_bounds(url: str, path: str, told: str) -> None:
    async with WebClient(seconds_max=1, bytes_max=1000) as web:
        with pytest.raises(NoAnswer, match=told):
            await web.ask(f"{url}{path}", headers={})


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "file:///etc/hosts", "http://x.example"])
async def test_what_cannot_be_asked(address: str) -> None:
    async with WebClient(seconds_max=1, bytes_max=1000) as web:
        with pytest.raises(NoAnswer):
            await web.ask(address, headers={})
