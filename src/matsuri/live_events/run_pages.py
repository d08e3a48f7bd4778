"""Pages of the runs of a live event, however many it has. Pure."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, Page, page_from_store
from matsuri.kit.wall_clock import END_S
from matsuri.live_events.model import Run

# A cron has at most one tick a minute.
_APART_US = 60 * MICROSECONDS


class Runs(Protocol):
    """Finds runs (``schedule.Timeline``, ``worldwide.WorldRuns``)."""

    def between(self, start_us: int, end_us: int) -> Iterator[Run]:
        """Those that are on at any time from start to before end, the earliest first."""
        ...


class Window(NamedTuple):
    """From ``start_us`` to before ``end_us``, microseconds since the epoch."""

    start_us: int
    end_us: int


def page_of_runs(
    runs: Runs, window: Window, *, limit: int, cursor: Cursor | None = None
) -> Page[Run]:
    """A page of those that are on at any time in the window, the earliest first.

    Raises ``InvalidArgument`` for a cursor of another list.
    """
    if cursor is None:
        found = list(islice(runs.between(*window), limit + 1))
    elif cursor.backward:
        found = _before(runs, window, _place(cursor), limit + 1)
    else:
        found = _after(runs, window, _place(cursor), limit + 1)
    return page_from_store(found, key=_key, limit=limit, cursor=cursor)


def _after(runs: Runs, window: Window, place: tuple[int, int], most: int) -> list[Run]:
    # Those that are on then are found, too, and several may begin at the same time.
    found = runs.between(max(window.start_us, place[0]), window.end_us)
    return list(islice((run for run in found if _key(run) > place), most))


def _before(runs: Runs, window: Window, place: tuple[int, int], most: int) -> list[Run]:
    """The last ones, the latest first: looked for further and further back."""
    end_us = min(place[0] + 1, window.end_us)
    back_us = most * _APART_US
    while True:
        start_us = max(window.start_us, end_us - back_us)
        # What began earlier comes with the others of its time, as those go before it.
        begins_us = start_us if start_us > window.start_us else 0
        found = [
            run
            for run in runs.between(start_us, end_us)
            if begins_us <= run.start_us and _key(run) < place
        ]
        if len(found) >= most or start_us == window.start_us:
            return found[::-1][:most]
        back_us *= 2


def _place(cursor: Cursor) -> tuple[int, int]:
    key: Sequence[str | int] = cursor.key
    match key:
        case (int(start_us), int(run)) if 0 <= start_us <= END_S * MICROSECONDS:
            return start_us, run
    raise invalid_field("pagination.cursor", "is a cursor of something else")


def _key(run: Run) -> tuple[int, int]:
    return run.start_us, int(run.key)
