"""The page itself in a real browser: its security policy, its caching, and what it weighs."""

import gzip
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from matsuri.web.console_site import BUILT_CONSOLE
from tests.browser.console import Console
from tests.support.served import Served, served

FIRST_LOAD_BYTES_MAX = 500 * 1024
# Scripts of the first load: those that the page names, and those that they import at once.
_SCRIPT = re.compile(r'<(?:script|link)[^>]*(?:src|href)="\./(assets/[^"]+\.js)"')
_IMPORT = re.compile(
    r'(?:^|[;}\s])(?:import|export)\s*(?:[^"\'();]*?from)?\s*["\']\./([^"\']+\.js)'
)


def shown(console: Console, path: str = "/") -> None:
    console.open(path)
    console.page.wait_for_selector("#root :is(form, main, nav, [role=alert])")


def test_the_page_keeps_to_its_security_policy(console: Console) -> None:
    console.page.add_init_script(
        "addEventListener('securitypolicyviolation', event =>"
        " console.error('stopped:', event.violatedDirective, event.blockedURI))"
    )
    shown(console)
    # Whatever style element the page has made has the nonce of this answer.
    nonces = console.page.eval_on_selector_all("style", "all => all.map(each => each.nonce)")
    assert nonces
    assert len(set(nonces)) == 1
    assert nonces[0]
    assert console.faults == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_who_comes_first_meets_no_barrier(
    browser: Browser, server: Served, tmp_path: Path, *, dark: bool
) -> None:
    console = Console(browser, server, pictures=tmp_path, dark=dark)
    try:
        shown(console)
        assert console.barriers() == []
    finally:
        console.close()


def test_an_injected_script_does_not_run(console: Console) -> None:
    shown(console)
    console.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = 'inline'";
            document.body.append(script);
            const picture = document.createElement("div");
            picture.innerHTML = "<img src=x onerror='window.ran = `handler`'>";
            document.body.append(picture);
            const link = document.createElement("a");
            link.href = "javascript:window.ran = 'link'";
            document.body.append(link);
            link.click();
            const style = document.createElement("style");
            style.textContent = "#root { display: none }";
            document.head.append(style);
        }"""
    )
    console.page.wait_for_timeout(200)
    assert console.page.evaluate("() => window.ran") is None
    assert console.page.locator("#root").is_visible()
    stopped = [fault for fault in console.faults if "Content Security Policy" in fault]
    assert len(stopped) == len(console.faults) >= 4
    console.faults.clear()


class _Framing(http.server.BaseHTTPRequestHandler):
    """Another site, whose page shows the address of its query in a frame."""

    def do_GET(self) -> None:
        address = self.path.partition("?")[2]
        body = f"<!doctype html><iframe src='{address}'></iframe>".encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def other_site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Framing) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}/?"
        finally:
            site.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["/", "/flags", "/docs"])
def test_no_other_site_can_frame_it(console: Console, other_site: str, path: str) -> None:
    console.page.goto(f"{other_site}{console.server.url}{path}")
    frame = console.page.frames[1]
    assert frame.url.startswith("chrome-error://")
    assert any("frame-ancestors" in fault or "X-Frame" in fault for fault in console.faults)
    console.faults.clear()


def test_the_second_visit_loads_no_file_again(console: Console) -> None:
    shown(console)
    shown(console, "/flags")
    sent = console.page.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter(each => each.name.includes("/assets/"))
            .map(each => each.transferSize)"""
    )
    assert sent
    assert set(sent) == {0}


def test_the_reference_has_its_style_under_its_policy(console: Console) -> None:
    console.page.goto("/docs")
    assert console.page.eval_on_selector("body", "each => getComputedStyle(each).maxWidth") == (
        "960px"
    )


def test_every_path_can_be_opened_behind_a_prefix(
    browser: Browser, server: Served, tmp_path: Path
) -> None:
    assert server.url
    with served(tmp_path / "data", base_path="/live/ops") as prefixed:
        console = Console(browser, prefixed, pictures=tmp_path)
        try:
            shown(console, "/live/ops/flags/some-flag")
            assert console.faults == []
        finally:
            console.close()


def first_load() -> set[str]:
    """The names of the scripts that a browser needs before it shows anything."""
    needed: set[str] = set()
    waiting = _SCRIPT.findall((BUILT_CONSOLE / "index.html").read_text("utf-8"))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            text = (BUILT_CONSOLE / name).read_text("utf-8")
            waiting += [f"assets/{each}" for each in _IMPORT.findall(text)]
    return needed


@pytest.mark.usefixtures("server")
def test_the_first_load_is_small() -> None:
    names = first_load()
    assert names
    sizes = {name: len(gzip.compress((BUILT_CONSOLE / name).read_bytes())) for name in names}
    assert sum(sizes.values()) < FIRST_LOAD_BYTES_MAX, sizes


def test_the_first_load_is_what_the_browser_loads(console: Console) -> None:
    """The budget counts every script that comes before somebody has signed in."""
    shown(console)
    loaded = console.page.evaluate(
        """() => performance.getEntriesByType("resource").map(each => new URL(each.name).pathname)
            .filter(path => path.endsWith(".js"))"""
    )
    assert {path.removeprefix("/") for path in loaded} <= first_load()
