"""The web console's page and files as a browser gets them, from a build that the test writes."""

import gzip
import re
from collections.abc import AsyncIterator, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from matsuri.console.attempts import Attempt
from matsuri.web.application import Application, RequestLimits
from matsuri.web.console_site import ConsoleSite
from matsuri.web.routes import HTML, PUBLIC, Request, Response, Route, Stream
from tests.support.in_process import Reply

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-encoding": "gzip, br"}
SCRIPT = b"console.log('matsuri');" * 100
ICON = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
INDEX = """<!doctype html><html><head><base href="__BASE__/">
<meta name="base-path" content="__BASE__"><meta name="csp-nonce" content="__NONCE__">
<script type="module" src="./assets/index-1a2b.js"></script></head></html>"""

Ask = Callable[..., Any]


class Counted:
    """Keeps what was counted."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []

    def request_done(self, *, method: str, path: str, status: int, seconds: float) -> None:
        assert method
        assert seconds >= 0
        self.done.append((path, status))


class NoAttempts:
    """None of these routes is one of the console's."""

    async def end(self, attempt: Attempt, status: int, message: str) -> None:
        raise AssertionError((attempt, status, message))


async def thing(request: Request, _caller: None, _body: None) -> Response:
    return Response(request.params["id"].encode(), "text/plain")


async def pieces() -> AsyncIterator[bytes]:
    yield b"piece"


async def flow(_request: Request, _caller: None, _body: None) -> Stream:
    return Stream(pieces(), "text/plain")


ROUTES: list[Route[Any, Any]] = [
    Route("GET", "/v1/thing/{id}", PUBLIC, thing, "thing", "A thing", "Things"),
    Route("GET", "/healthcheck", PUBLIC, flow, "health", "Health", "Health"),
]


def build(folder: Path) -> Path:
    assets = folder / "assets"
    assets.mkdir()
    (folder / "index.html").write_text(INDEX)
    (folder / "favicon.svg").write_bytes(ICON)
    (folder / "secret.env").write_text("not for browsers")
    (assets / "index-1a2b.js").write_bytes(SCRIPT)
    (assets / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "index-1a2b.js.br").write_bytes(b"brotli bytes")
    (assets / "index-1a2b.js.map").write_text("{}")
    return folder


def application(folder: Path, *, base_path: str = "", counts: Counted | None = None) -> Ask:
    app = Application(
        ROUTES,
        site=ConsoleSite(folder, base_path=base_path),
        counts=counts or Counted(),
        attempts=NoAttempts(),
        trusted_proxies=[],
        base_path=base_path,
        limits=RequestLimits(1000, 1.0, 1, 1),
        log_requests=False,
    )

    async def ask(
        path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
    ) -> Reply:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        await app(scope, receive, send)
        names = [name for name, _ in sent[0]["headers"]]
        assert len(names) == len(set(names)), "a header came twice"
        return Reply(
            sent[0]["status"],
            {k.decode(): v.decode() for k, v in sent[0]["headers"]},
            b"".join(each["body"] for each in sent[1:]),
        )

    return ask


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    return application(build(tmp_path))


@pytest.mark.parametrize(
    "path", ["/", "/flags", "/flags/new-shop", "/players/a.b:c", "//flags", "/vivid", "/docsearch"]
)
async def test_a_browser_gets_the_page_wherever_it_goes(ask: Ask, path: str) -> None:
    reply = await ask(path, BROWSER)
    assert (reply.status, reply.headers["content-type"]) == (200, HTML)
    assert reply.headers["cache-control"] == "no-cache"
    assert b"__BASE__" not in reply.body
    assert b"__NONCE__" not in reply.body
    assert b'<base href="/">' in reply.body


async def test_the_page_may_do_little_and_nobody_may_frame_it(ask: Ask) -> None:
    reply = await ask("/", BROWSER)
    policy = dict(
        directive.split(" ", 1)
        for directive in reply.headers["content-security-policy"].split("; ")
    )
    nonce = policy.pop("style-src").removeprefix("'self' 'nonce-").removesuffix("'")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", nonce)
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'self'",
        "frame-ancestors": "'none'",
    }
    assert f'<meta name="csp-nonce" content="{nonce}">'.encode() in reply.body
    assert reply.headers["x-frame-options"] == "DENY"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in reply.headers["permissions-policy"]
    assert "access-control-allow-origin" not in reply.headers


async def test_every_answer_has_a_nonce_of_its_own(ask: Ask) -> None:
    pages = {(await ask("/", BROWSER)).body for _ in range(5)}
    assert len(pages) == 5


async def test_programs_are_told_that_a_path_is_not_there(ask: Ask) -> None:
    for headers in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
        reply = await ask("/flags", headers)
        assert (reply.status, reply.json["code"]) == (404, 5)
        assert (await ask("/", headers)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/unknown",
        "/v1",
        "//v1/unknown",
        "/ofrep/v1/unknown",
        "/docs/unknown",
        "/openapi.json/x",
        "/assets/gone-1a2b.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/index-1a2b.js.map",
        "/assets/index-1a2b.js.gz",
    ],
)
async def test_what_is_no_page_is_not_found_by_browsers_either(ask: Ask, path: str) -> None:
    reply = await ask(path, BROWSER)
    assert (reply.status, reply.json["code"]) == (404, 5)


@pytest.mark.parametrize(
    "path", ["/../secret.env", "/secret.env", "/assets/../secret.env", "/./secret.env", "/%2e%2e"]
)
async def test_no_path_leads_to_other_files(ask: Ask, path: str) -> None:
    assert b"not for browsers" not in (await ask(path, BROWSER)).body


async def test_other_methods_find_nothing(ask: Ask) -> None:
    for path in ("/", "/flags", "/assets/index-1a2b.js"):
        reply = await ask(path, BROWSER, method="POST")
        assert (reply.status, reply.json["code"]) == (404, 5)


async def test_files_with_a_checksum_in_their_names_are_kept_forever(ask: Ask) -> None:
    reply = await ask("/assets/index-1a2b.js")
    assert (reply.status, reply.body) == (200, SCRIPT)
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["vary"] == "Accept-Encoding"
    assert "access-control-allow-origin" not in reply.headers
    icon = await ask("/favicon.svg")
    assert (icon.body, icon.headers["content-type"]) == (ICON, "image/svg+xml")
    assert icon.headers["cache-control"] == "no-cache"
    assert "vary" not in icon.headers


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("identity", None),
    ],
)
async def test_files_come_as_small_as_the_browser_takes(
    ask: Ask, accepted: str, encoding: str | None
) -> None:
    reply = await ask("/assets/index-1a2b.js", {"accept-encoding": accepted})
    assert reply.headers.get("content-encoding") == encoding
    assert int(reply.headers["content-length"]) == len(reply.body)
    bodies = {"br": b"brotli bytes", None: SCRIPT}
    assert (gzip.decompress(reply.body) if encoding == "gzip" else reply.body) == bodies.get(
        encoding, SCRIPT
    )


async def test_a_file_that_is_known_is_not_sent_again(ask: Ask) -> None:
    etag = (await ask("/favicon.svg")).headers["etag"]
    for seen in (etag, f'"other", {etag}'):
        reply = await ask("/favicon.svg", {"if-none-match": seen})
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in reply.headers
    assert (await ask("/favicon.svg", {"if-none-match": '"other"'})).status == 200


async def test_head_answers_as_get_without_a_body(ask: Ask) -> None:
    for path in ("/", "/assets/index-1a2b.js"):
        get = await ask(path, BROWSER)
        head = await ask(path, BROWSER, method="HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize("sent", ["/live/ops", "/live/ops/", ""])
async def test_behind_a_prefix_the_addresses_of_the_page_have_it(tmp_path: Path, sent: str) -> None:
    """Whether the proxy leaves the prefix in front or takes it away."""
    ask = application(build(tmp_path), base_path="/live/ops/")
    prefix = sent.rstrip("/")
    for path, headers in ((sent or "/", {}), (f"{prefix}/flags", BROWSER)):
        page = (await ask(path, headers)).body
        assert b'<base href="/live/ops/">' in page
        assert b'<meta name="base-path" content="/live/ops">' in page
    assert (await ask(f"{prefix}/assets/index-1a2b.js")).body == SCRIPT
    assert (await ask(f"{prefix}/v1/thing/7")).body == b"7"
    assert (await ask(f"{prefix}/v1/unknown", BROWSER)).status == 404


async def test_a_prefix_is_no_markup(tmp_path: Path) -> None:
    ask = application(build(tmp_path), base_path='/"><script>')
    assert b"<script>" not in (await ask("/", BROWSER)).body


async def test_without_a_build_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    ask = application(tmp_path / "nowhere", base_path="/live")
    reply = await ask("/", BROWSER)
    assert (reply.status, reply.headers["content-type"]) == (404, HTML)
    assert b"scripts/build-console" in reply.body
    assert b'href="/live/docs"' in reply.body
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert (await ask("/v1/thing/7")).body == b"7"


async def test_routes_go_first_and_requests_are_counted_by_what_answers(tmp_path: Path) -> None:
    counts = Counted()
    ask = application(build(tmp_path), counts=counts)
    assert (await ask("/v1/thing/7", BROWSER)).body == b"7"
    assert (await ask("/healthcheck", BROWSER)).body == b"piece"
    await ask("/players/7", BROWSER)
    await ask("/v1/unknown", BROWSER)
    assert counts.done == [
        ("/v1/thing/{id}", 200),
        ("/healthcheck", 200),
        ("(console)", 200),
        ("(none)", 404),
    ]


async def test_pages_of_other_origins_cannot_call_with_the_cookie(ask: Ask) -> None:
    """Games call from anywhere, with tokens; what a cookie needs is not theirs to send."""
    reply = await ask("/v1/thing/7", {"origin": "https://game.example"}, method="OPTIONS")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    assert "csrf" not in reply.headers["access-control-allow-headers"].lower()
