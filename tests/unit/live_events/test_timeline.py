"""Runs of live events that are edited, stopped and resumed: all questions have one answer."""

from collections.abc import Sequence
from itertools import pairwise, takewhile

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import Run, Schedule
from matsuri.live_events.schedule import Timeline
from tests.unit.live_events.edits import (
    CREATED_S,
    DAY_S,
    HOUR_S,
    Change,
    Event,
    Move,
    moves,
    play,
    schedules,
    zones,
)

FROM_US = (CREATED_S - 10 * DAY_S) * MICROSECONDS
TO_US = (CREATED_S + 30 * DAY_S) * MICROSECONDS
everywhere, local = schedules(local=False), schedules(local=True)
moments = st.one_of(
    st.integers(FROM_US, TO_US - 1),
    st.integers(-72, 400).map(lambda hours: (CREATED_S + hours * HOUR_S) * MICROSECONDS),
)


def every_run(timeline: Timeline) -> list[Run]:
    return list(timeline.between(FROM_US, TO_US))


def agrees(timeline: Timeline, asked: Sequence[int]) -> None:
    """That runs follow each other, and that each question tells of the same ones."""
    runs = every_run(timeline)
    assert all(run.start_us < run.end_us for run in runs)
    assert all(first.end_us <= second.start_us for first, second in pairwise(runs))
    in_time = takewhile(lambda run: run.start_us < TO_US, timeline.starting_from(FROM_US))
    assert list(in_time) == runs
    back = takewhile(lambda run: run.start_us >= FROM_US, timeline.starting_before(TO_US))
    assert list(back)[::-1] == runs
    for key in {run.key for run in runs}:
        same = [run for run in timeline.runs_of(key) if run.start_us < TO_US]
        assert same == [run for run in runs if run.key == key]
    times = sorted({time for run in runs for time in (run.start_us, run.end_us)})
    for run in runs[:9]:
        agrees_at(timeline, runs, times, run.start_us - 1)
        agrees_at(timeline, runs, times, run.start_us)
        agrees_at(timeline, runs, times, run.end_us - 1)
        agrees_at(timeline, runs, times, run.end_us)
    for instant_us in asked:
        agrees_at(timeline, runs, times, instant_us)


def agrees_at(timeline: Timeline, runs: list[Run], times: list[int], instant_us: int) -> None:
    on = [run for run in runs if run.start_us <= instant_us < run.end_us]
    assert timeline.run_at(instant_us) == (on[0] if on else None)
    assert list(timeline.between(instant_us, instant_us + 1)) == on
    following = next((time for time in times if time > instant_us), None)
    if following is not None and following < TO_US:
        assert timeline.next_boundary_us(instant_us) == following


def keeps_the_past(change: Change, zone: str) -> None:
    """That what began by the second before the change is as it was, but for its end to come."""
    # A stop and a new run of the same second are as if the run had never begun.
    second_us = change.at_us // MICROSECONDS * MICROSECONDS
    before = Timeline(change.before.body, change.before.created_us, zone)
    after = Timeline(change.after.body, change.after.created_us, zone)
    was = [run for run in every_run(before) if run.start_us < second_us]
    now = [run for run in every_run(after) if run.start_us < second_us]
    assert [(run.key, run.start_us) for run in was] == [(run.key, run.start_us) for run in now]
    for old, new in zip(was, now, strict=True):
        assert new.end_us == old.end_us or min(old.end_us, new.end_us) >= second_us


@given(everywhere, moves(everywhere), st.lists(moments, max_size=9))
def test_all_questions_have_one_answer(
    schedule: Schedule, history: list[Move], asked: list[int]
) -> None:
    event, _ = play(schedule, history)
    agrees(Timeline(event.body, event.created_us), asked)


@given(local, moves(local), zones, st.lists(moments, max_size=9))
def test_all_questions_have_one_answer_where_times_are_local(
    schedule: Schedule, history: list[Move], zone: str, asked: list[int]
) -> None:
    event, _ = play(schedule, history, zone)
    agrees(Timeline(event.body, event.created_us, zone), asked)


def at(hours: float) -> int:
    return CREATED_S + int(hours * HOUR_S)


def spans(event: Event, zone: str = "") -> list[tuple[int, int]]:
    """When runs are, in seconds from when the event was made."""
    return [
        (
            run.start_us // MICROSECONDS - CREATED_S,
            run.end_us // MICROSECONDS - CREATED_S,
        )
        for run in every_run(Timeline(event.body, event.created_us, zone))
    ]


def test_a_run_that_is_stopped_and_resumed_within_a_second_goes_on() -> None:
    schedule = Schedule(start_time_sec=at(-1), end_time_sec=at(5))
    second_us = MICROSECONDS
    for stop, resume in (("stop_run", "resume_run"), ("stop", "resume")):
        once = [Move(stop, 10 * second_us, None), Move(resume, 9, None)]
        event, _ = play(schedule, once)
        assert spans(event) == [(-HOUR_S, 5 * HOUR_S)]
        event, _ = play(schedule, [once[0], once[1]._replace(after_us=second_us)])
        assert spans(event) == [(-HOUR_S, 10), (11, 5 * HOUR_S)]


def test_only_what_was_stopped_is_resumed() -> None:
    schedule = Schedule(start_time_sec=at(-1), reset_cron="0 * * * *", duration_sec=HOUR_S)
    minute_us = 60 * MICROSECONDS
    history = [Move("stop_run", 59 * minute_us, None), Move("resume_run", 10 * minute_us, None)]
    event, _ = play(schedule, history)
    timeline = Timeline(event.body, event.created_us)
    assert spans(event)[:2] == [(0, 59 * 60), (HOUR_S, 2 * HOUR_S)]
    assert len(timeline.runs_of(str(at(0)))) == len(timeline.runs_of(str(at(1)))) == 1


def test_of_several_schedules_of_one_second_the_last_one_holds() -> None:
    first = Schedule(start_time_sec=at(2), end_time_sec=at(3))
    second = Schedule(start_time_sec=at(-1), end_time_sec=at(4))
    third = Schedule(start_time_sec=at(1), end_time_sec=at(5))
    edits = [Move("edit", MICROSECONDS, second), Move("edit", 1, third)]
    event, _ = play(first, edits)
    assert spans(event) == [(HOUR_S, 5 * HOUR_S)]


def test_clocks_that_are_behind_do_not_bring_local_runs_back() -> None:
    daily = Schedule(
        start_time_sec=at(-24 * 7),
        reset_cron="30 9 * * *",
        duration_sec=HOUR_S,
        time_zone="Asia/Tokyo",
        player_local=True,
    )
    west = msgspec.structs.replace(daily, time_zone="America/Los_Angeles")
    # 9:40 in Tokyo, where the run is on; later 17:40 in Los Angeles, the day before.
    event, _ = play(daily, [Move("edit", 40 * 60 * MICROSECONDS, west)])
    # 9:30 in Los Angeles of the same day, 16 hours later, is left out.
    assert spans(event)[:2] == [(1800, 1800 + HOUR_S), (1800 + 40 * HOUR_S, 1800 + 41 * HOUR_S)]
    # Who is known to be in Tokyo has them as ever.
    there = [start_s for start_s, _ in spans(event, "Asia/Tokyo")]
    assert there[:3] == [1800, 1800 + DAY_S, 1800 + 2 * DAY_S]


@given(everywhere | local, moves(everywhere | local), zones)
def test_a_change_leaves_what_has_begun(schedule: Schedule, history: list[Move], zone: str) -> None:
    _, changes = play(schedule, history, zone)
    for change in changes:
        keeps_the_past(change, zone)
