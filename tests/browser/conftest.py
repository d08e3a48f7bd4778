"""A real server with the built console, and a browser at it.

A server and a browser live as long as a module of tests; a window as long as one test.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.console import Console, need_built_console
from tests.support.chromium import chromium
from tests.support.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    need_built_console()
    with served(tmp_path_factory.mktemp("console") / "data", accept_undeclared=True) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def console(browser: Browser, server: Served, tmp_path: Path) -> Iterator[Console]:
    """A window that must have had no fault by the end of the test."""
    window = Console(browser, server, pictures=tmp_path)
    try:
        yield window
        assert window.faults == []
    finally:
        window.close()
