"""Debian's Chromium, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_MISSING = (
    "Chromium is needed for the tests of what browsers do: `apt-get install chromium`"
    " (scripts/test does), or name another one in the variable CHROMIUM; there is none at {0}"
)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser.

    Playwright keeps an event loop running in the thread until this ends: no test with a loop of
    its own can run there in the meantime.
    """
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    assert shutil.which(path), _MISSING.format(path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()
