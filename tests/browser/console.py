"""The web console in a browser, as somebody at a desk has it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from matsuri.web.console_site import BUILT_CONSOLE
from tests.support.in_process import EMAIL, PASSWORD
from tests.support.served import Served

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
# Where pictures go that somebody wants to look at; a folder of the test otherwise.
_PICTURES = "PICTURES"
_DESK = {"width": 1280, "height": 800}
_WAIT_MS_MAX = 10_000
_NOT_MODIFIED = 304
_GRAVE = {"serious", "critical"}
# A refusal that a test provokes is a line in the browser's log, not a fault of the page.
_REFUSED = "Failed to load resource"


class Console:
    """One browser window of its own: cookies, log and all.

    ``faults`` is what the page did that it should not: errors it threw and did not catch, errors
    that it logged, and what the security policy had to stop. ``refusals`` is what the server
    answered without success, which may be as it should.
    """

    def __init__(
        self, browser: Browser, server: Served, *, pictures: Path, dark: bool = False
    ) -> None:
        self.server = server
        self.faults: list[str] = []
        self.refusals: list[str] = []
        self._pictures = Path(os.environ.get(_PICTURES, pictures))
        self.context: BrowserContext = browser.new_context(
            base_url=server.url,
            viewport=_DESK,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        self.context.set_default_timeout(_WAIT_MS_MAX)
        self.page: Page = self.new_page()

    def new_page(self) -> Page:
        """One more tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"thrown: {error}"))
        page.on("console", self._logged)
        page.on("response", self._answered)
        return page

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REFUSED):
            self.faults.append(f"logged: {message.text}")

    def _answered(self, response: Response) -> None:
        if not response.ok and response.status != _NOT_MODIFIED:
            self.refusals.append(
                f"{response.status} {response.request.method} {response.request.url}"
            )

    def open(self, path: str) -> Page:
        """Go to a path of the console and wait until it has what it asked the server for."""
        self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> Mapping[str, Any]:
        """Sign in as the form does, without the form; what the server answered."""
        reply = self.context.request.post(
            "/v1/console/authenticate",
            data={"email": email, "password": password, "cookie": True},
        )
        assert reply.status == 200, reply.text()
        answer: dict[str, Any] = reply.json()
        return answer

    def picture(self, name: str) -> Path:
        """The whole page as it looks now, in a PNG file."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        path = self._pictures / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def barriers(self) -> list[str]:
        """What axe finds serious or worse in the page for people who see or move otherwise."""
        # By the debugger, which no security policy stops.
        debugger = self.context.new_cdp_session(self.page)
        debugger.send("Runtime.evaluate", {"expression": _AXE.read_text("utf-8")})
        debugger.detach()
        found = self.page.evaluate("() => axe.run({ resultTypes: ['violations'] })")
        return [
            f"{each['id']}: {each['help']}: {node['html']}"
            for each in found["violations"]
            if each["impact"] in _GRAVE
            for node in each["nodes"]
        ]

    def close(self) -> None:
        """Close the window."""
        self.context.close()


def need_built_console() -> None:
    """Fail with what to do where there is no console to look at."""
    assert (BUILT_CONSOLE / "index.html").is_file(), (
        "these tests look at the built web console: run scripts/build-console (scripts/test does)"
    )
