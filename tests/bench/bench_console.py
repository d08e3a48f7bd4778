"""How quick the web console is with many definitions, in a real browser.

    .venv/bin/python -m tests.bench.bench_console [--flags 500] [--events 2000] [--rounds 5]

What is measured is the time from a click on a place in the side bar to the first frame that shows
its rows, with the data there (the second visit, so that nothing is waited for but the browser),
and the same for a key typed into a search field. The ceiling is a visit to a place without rows.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.console import Console, need_built_console
from tests.support.chromium import chromium
from tests.support.in_process import SERVER_KEY, basic
from tests.support.served import Served, served

_WRITERS = 4

# Clicks, and tells how many milliseconds pass until something is there and the next frame is drawn.
_TIMED = """
([act, shown]) => new Promise((resolve) => {
  const began = performance.now();
  const look = () => {
    if (document.querySelector(shown)) {
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
    } else {
      requestAnimationFrame(look);
    }
  };
  document.querySelector(act).click();
  look();
})
"""
_TYPED = """
([field, text, shown]) => new Promise((resolve) => {
  const input = document.querySelector(field);
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const began = performance.now();
  set.call(input, text);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  const look = () => {
    if (document.querySelector("table")?.rows.length === shown) {
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
    } else {
      requestAnimationFrame(look);
    }
  };
  look();
})
"""


def define(server: Served, flags: int, events: int) -> None:
    """So many definitions of each kind."""
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("flag", {"name": f"bench-flag-{each:04}", "value": {"number": each}})
        for each in range(flags)
    ]
    wanted += [
        ("taxonomy/event", {"name": f"benchEvent{each:04}", "value_type": "numeric"})
        for each in range(events)
    ]

    def make(one: tuple[str, dict[str, Any]]) -> None:
        path, body = one
        made = server.request("POST", f"/v1/console/{path}", body=body, auth=basic(SERVER_KEY))
        assert made.status == 200, made.body

    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(make, wanted))


def visits(page: Page, place: str, shown: str, rounds: int) -> list[float]:
    """Milliseconds of each visit to a place from the health of the server."""
    times = []
    for _ in range(rounds + 1):
        page.goto("/settings/health") if not times else None
        page.click('nav a[href="/settings"]')
        page.wait_for_selector("text=Running since")
        times.append(page.evaluate(_TIMED, [f'nav a[href="{place}"]', shown]))
    # The first one loads the code and the data.
    return times[1:]


def report(name: str, measure: Callable[[], list[float]]) -> None:
    """Print the median and the worst."""
    times = measure()
    print(f"{name:42} median {statistics.median(times):6.1f} ms   worst {max(times):6.1f} ms")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flags", type=int, default=500)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    need_built_console()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "data") as server,
        chromium() as browser,
    ):
        define(server, wanted.flags, wanted.events)
        console = Console(browser, server, pictures=Path(folder))
        console.sign_in()
        page = console.open("/settings/health")
        rows = "main table tbody tr"
        report(
            "ceiling: changes, which has no rows",
            lambda: visits(page, "/changes", "main [role=tab][data-active]", wanted.rounds),
        )
        report(
            f"flags, {wanted.flags} defined",
            lambda: visits(page, "/flags", rows, wanted.rounds),
        )
        report(
            f"events, {wanted.events} defined",
            lambda: visits(page, "/taxonomy", rows, wanted.rounds),
        )
        page.goto("/taxonomy/events")
        page.wait_for_selector(rows)
        field = "main input[type=search]"
        times = []
        for each in range(wanted.rounds):
            name = f"benchEvent{each:04}"
            times.append(page.evaluate(_TYPED, [field, name, 2]))
            page.evaluate(_TYPED, [field, "", 51])
        report("a search in the events (150 ms of it wait)", lambda: times)
        console.close()


if __name__ == "__main__":
    main()
