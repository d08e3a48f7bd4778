"""Pages of runs: whoever walks them, in either direction, sees each run of the window once."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.errors import InvalidArgument
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, decode_cursor
from matsuri.live_events.model import LiveEventDefinition, Pause, Run, RunStop, Schedule
from matsuri.live_events.run_pages import Runs, Window, page_of_runs
from matsuri.live_events.schedule import Timeline
from matsuri.live_events.worldwide import world_runs
from tests.unit.live_events.histories import CREATED, HOUR, local_schedules, schedules

spans = st.tuples(st.integers(-50, 150), st.integers(1, 250))


def window(start: int, end: int) -> Window:
    return Window(start * MICROSECONDS, end * MICROSECONDS)


def walked(runs: Runs, span: Window, limit: int, *, backward: bool = False) -> list[list[Run]]:
    """All pages, from the first to the last one; ``backward`` as found on the way back."""
    pages = [page_of_runs(runs, span, limit=limit)]
    while pages[-1].next_cursor:
        cursor = decode_cursor(pages[-1].next_cursor)
        pages.append(page_of_runs(runs, span, limit=limit, cursor=cursor))
    if not backward:
        return [page.items for page in pages]
    back = [pages[-1]]
    while back[-1].prev_cursor:
        cursor = decode_cursor(back[-1].prev_cursor)
        back.append(page_of_runs(runs, span, limit=limit, cursor=cursor))
    return [page.items for page in back[::-1]]


@given(st.one_of(schedules, local_schedules), spans, st.integers(1, 7))
def test_a_walk_sees_each_run_once(schedule: Schedule, span: tuple[int, int], limit: int) -> None:
    pause = Pause(from_time_sec=CREATED + 20 * HOUR, until_time_sec=CREATED + 31 * HOUR)
    stop = RunStop(run=str(CREATED + 40 * HOUR), at_time_sec=CREATED + 40 * HOUR + 60)
    body = LiveEventDefinition(schedule=schedule, pauses=(pause,), run_stops=(stop,))
    runs = world_runs(body, CREATED * MICROSECONDS)
    start = CREATED + span[0] * HOUR
    within = window(start, start + span[1] * HOUR)
    every = list(runs.between(*within))
    for backward in (False, True):
        pages = walked(runs, within, limit, backward=backward)
        assert [run for page in pages for run in page] == every
        assert all(0 < len(page) <= limit for page in pages) or not every


def test_a_page_looks_at_few_runs_however_many_there_are() -> None:
    minutely = Schedule(start_time_sec=CREATED, reset_cron="* * * * *", duration_sec=60)
    timeline = Timeline(LiveEventDefinition(schedule=minutely), CREATED * MICROSECONDS)

    class Counting:
        looked = 0

        def between(self, start_us: int, end_us: int) -> Iterator[Run]:
            for run in timeline.between(start_us, end_us):
                self.looked += 1
                yield run

    runs, ten_years = Counting(), window(CREATED, CREATED + 10 * 365 * 24 * HOUR)
    far = (CREATED + 9 * 365 * 24 * HOUR) * MICROSECONDS
    for backward in (False, True):
        page = page_of_runs(runs, ten_years, limit=100, cursor=Cursor(backward, (far, 0)))
        assert len(page.items) == 100
        assert page.next_cursor
        assert page.prev_cursor
    assert runs.looked < 1000


def test_the_only_run_of_years_is_found_from_the_end() -> None:
    once = Schedule(start_time_sec=CREATED, end_time_sec=CREATED + HOUR)
    timeline = Timeline(LiveEventDefinition(schedule=once), CREATED * MICROSECONDS)
    span = window(CREATED - 1, CREATED + 300 * 366 * 24 * HOUR)
    page = page_of_runs(timeline, span, limit=10, cursor=Cursor(True, (span.end_us, 0)))
    assert [run.key for run in page.items] == [str(CREATED)]
    assert page.prev_cursor == ""


@pytest.mark.parametrize(
    "key", [(), (1,), (1, 2, 3), ("a", 1), (1, "a"), (-1, 1), (2**70, 1)], ids=str
)
def test_cursors_of_other_lists_are_refused(key: tuple[str | int, ...]) -> None:
    once = Schedule(start_time_sec=CREATED, end_time_sec=CREATED + HOUR)
    runs = Timeline(LiveEventDefinition(schedule=once), 0)
    with pytest.raises(InvalidArgument, match="is a cursor of something else"):
        page_of_runs(runs, window(0, CREATED), limit=1, cursor=Cursor(False, key))


def test_a_run_that_is_on_as_the_window_begins_is_on_the_first_page_alone() -> None:
    daily = Schedule(start_time_sec=CREATED, reset_cron="0 0 * * *", duration_sec=24 * HOUR)
    timeline = Timeline(LiveEventDefinition(schedule=daily), CREATED * MICROSECONDS)
    midnight = CREATED // (24 * HOUR) * 24 * HOUR + 24 * HOUR
    span = window(midnight + HOUR, midnight + 60 * HOUR)
    pages = walked(timeline, span, 1)
    starts = [page[0].start_us // MICROSECONDS for page in pages]
    assert starts == [midnight + day * 24 * HOUR for day in range(3)]
    assert walked(timeline, span, 1, backward=True) == pages


def test_runs_are_told_apart_that_begin_at_once() -> None:
    local = Schedule(
        start_time_sec=CREATED, reset_cron="0 */6 * * *", duration_sec=6 * HOUR, player_local=True
    )
    # Where all are stopped and resumed, several go on at the same instant somewhere in the world.
    pause = Pause(from_time_sec=CREATED, until_time_sec=CREATED + 100 * HOUR)
    body = msgspec.structs.replace(LiveEventDefinition(schedule=local), pauses=(pause,))
    runs = world_runs(body, CREATED * MICROSECONDS)
    span = window(CREATED, CREATED + 150 * HOUR)
    every = list(runs.between(*span))
    assert len({run.start_us for run in every}) < len(every)
    assert [run for page in walked(runs, span, 2) for run in page] == every
    assert [run for page in walked(runs, span, 2, backward=True) for run in page] == every
