"""Runs of local times as the whole world sees them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.definitions.model import Definition
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import END_S
from matsuri.live_events.model import LiveEventDefinition, Pause, Run, RunStop, Schedule
from matsuri.live_events.schedule import Timeline
from matsuri.live_events.standing import EventState, standing
from matsuri.live_events.worldwide import EARLIEST_ZONE, LATEST_ZONE, last_begun, world_runs
from tests.unit.live_events.edits import (
    CREATED_S,
    DAY_S,
    HOUR_S,
    Move,
    play,
    schedules,
)

FROM_US = (CREATED_S - 10 * DAY_S) * MICROSECONDS
TO_US = (CREATED_S + 20 * DAY_S) * MICROSECONDS
EVENINGS = Schedule(
    start_time_sec=CREATED_S, reset_cron="0 18 * * *", duration_sec=2 * HOUR_S, player_local=True
)
# Where clocks are the same offset from UTC all year, and none is further away than these.
ZONES = [EARLIEST_ZONE, LATEST_ZONE, "+00:00", "Asia/Tokyo", "+05:45", "America/Phoenix"]


def hours(run: Run) -> tuple[float, float]:
    """Since the event was made."""
    return tuple(  # type: ignore[return-value] # two
        (each / MICROSECONDS - CREATED_S) / HOUR_S for each in (run.start_us, run.end_us)
    )


def test_a_run_is_on_as_long_as_it_is_anywhere() -> None:
    world = world_runs(LiveEventDefinition(schedule=EVENINGS), 0)
    first, second = (run for run, _ in zip(world.between(FROM_US, TO_US), range(2), strict=False))
    # From six where clocks are 14 hours ahead to eight where they are 12 behind.
    assert hours(first) == (18 - 14, 20 + 12)
    assert hours(second) == (24 + 18 - 14, 24 + 20 + 12)
    assert first.key == str(CREATED_S + 18 * HOUR_S)
    assert world.runs_of(first.key) == [first]
    assert world.runs_of("17") == []


def test_what_is_stopped_is_so_in_the_whole_world() -> None:
    key = str(CREATED_S + 18 * HOUR_S)

    def at(hour: int) -> int:
        return CREATED_S + hour * HOUR_S

    def found(**fields: object) -> list[tuple[float, float]]:
        body = LiveEventDefinition(schedule=EVENINGS, **fields)  # type: ignore[arg-type] # its fields
        return [hours(run) for run in world_runs(body, 0).runs_of(key)]

    stop = RunStop(run=key, at_time_sec=at(10))
    resumed = RunStop(run=key, at_time_sec=at(10), resumed_time_sec=at(12))
    assert found(run_stops=(stop,)) == [(4, 10)]
    assert found(run_stops=(resumed,)) == [(4, 10), (12, 32)]
    assert found(pauses=(Pause(from_time_sec=at(0), until_time_sec=at(6)),)) == [(6, 32)]
    assert found(run_stops=(resumed,), stopped_time_sec=at(20)) == [(4, 10), (12, 20)]
    assert found(stopped_time_sec=at(1)) == []
    assert found(run_stops=(RunStop(run="17", at_time_sec=at(10)),)) == [(4, 32)]


def test_where_a_stopped_event_stands_is_found_at_once() -> None:
    # Its schedule goes on for a thousand years: each evening of them would be looked at.
    for hour in (0, 10, 20, 1000):
        stopped = CREATED_S + hour * HOUR_S
        body = LiveEventDefinition(schedule=EVENINGS, stopped_time_sec=stopped)
        runs = list(world_runs(body, 0).between(FROM_US, END_S * MICROSECONDS))
        longer = TO_US + 1000 * HOUR_S * MICROSECONDS
        assert runs == list(world_runs(body, 0).between(FROM_US, longer))
        assert all(run.end_us <= stopped * MICROSECONDS for run in runs)
        assert len(runs) == (0 if hour == 0 else 1 + (hour - 4) // 24)
        made = Definition(
            id="1", kind="live_event", name="Tide", body=body, created_us=0, updated_us=0
        )
        assert standing(made, (stopped + 1) * MICROSECONDS).state is EventState.STOPPED


def test_the_last_run_that_has_begun_may_be_one_that_zones_at_either_end_do_not_have() -> None:
    body = LiveEventDefinition(schedule=EVENINGS)
    # Made at seven in UTC: over where clocks are ahead, and still to come where they are behind.
    made_us = (CREATED_S + 19 * HOUR_S) * MICROSECONDS
    found = last_begun(body, made_us, made_us)
    assert found is not None
    assert found.key == str(CREATED_S + 18 * HOUR_S)
    assert last_begun(body, made_us, made_us - 1) is None
    # At six that day where clocks are 14 hours ahead, the next one begins.
    next_us = (CREATED_S + (24 + 18 - 14) * HOUR_S) * MICROSECONDS
    assert [
        hours(run)
        for run in (last_begun(body, made_us, next_us - 1), last_begun(body, made_us, next_us))
        if run is not None
    ] == [(19, 32), (28, 56)]


def test_without_local_times_there_is_one_world() -> None:
    body = LiveEventDefinition(schedule=Schedule(start_time_sec=1, end_time_sec=9))
    assert isinstance(world_runs(body, 0), Timeline)


@given(schedules(local=True), st.none() | schedules(local=True), st.sampled_from(ZONES))
def test_the_run_of_each_place_is_within_that_of_the_world(
    schedule: Schedule, edit: Schedule | None, zone: str
) -> None:
    # A change two days later: what of the one is past everywhere, then the other begins.
    history = [] if edit is None else [Move("edit", 2 * DAY_S * MICROSECONDS, edit)]
    event, _ = play(schedule, history)
    world = world_runs(event.body, event.created_us)
    changes = [each.until_time_sec * MICROSECONDS for each in event.body.former_schedules]
    about_us = 52 * HOUR_S * MICROSECONDS
    for run in Timeline(event.body, event.created_us, zone).between(FROM_US, TO_US):
        if any(run.start_us < at + about_us and run.end_us > at - about_us for at in changes):
            # What begins or ends by a change here may be over at either end of the world.
            continue
        # Before the event was made, nobody had it.
        start_us = max(run.start_us, event.created_us)
        assert any(
            each.start_us <= start_us and run.end_us <= each.end_us
            for each in world.runs_of(run.key)
        )


@given(schedules(local=True), st.integers(-3 * 24, 6 * 24))
def test_questions_of_the_world_agree(schedule: Schedule, hour: int) -> None:
    world = world_runs(LiveEventDefinition(schedule=schedule), CREATED_S * MICROSECONDS)
    runs = list(world.between(FROM_US, TO_US))
    assert all(first.start_us <= second.start_us for first, second in pairwise(runs))
    assert len({run.key for run in runs}) == len(runs)
    assert all(world.runs_of(run.key) == [run] for run in runs)
    now_us = (CREATED_S + hour * HOUR_S) * MICROSECONDS
    on = [run for run in runs if run.start_us <= now_us < run.end_us]
    begun = [run for run in runs if run.start_us <= now_us]
    latest = last_begun(LiveEventDefinition(schedule=schedule), CREATED_S * MICROSECONDS, now_us)
    assert latest == max(begun, key=lambda run: int(run.key), default=None)
    assert list(world.between(now_us, now_us + 1)) == on
    # Up to what is told as the next boundary, nothing starts or ends.
    until_us = world.next_boundary_us(now_us)
    times = [time for run in runs for time in (run.start_us, run.end_us) if time > now_us]
    if times and min(times) < TO_US:
        assert until_us is not None
        assert now_us < until_us <= min(times)


@pytest.mark.parametrize("zone", ZONES)
def test_no_zone_is_before_the_first_or_after_the_last(zone: str) -> None:
    body = LiveEventDefinition(schedule=EVENINGS)
    (first,), (here,), (last,) = (
        Timeline(body, 0, each).runs_of(str(CREATED_S + 18 * HOUR_S))
        for each in (EARLIEST_ZONE, zone, LATEST_ZONE)
    )
    assert first.start_us <= here.start_us <= last.start_us
    assert first.end_us <= here.end_us <= last.end_us
