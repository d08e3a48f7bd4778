"""Runs of local times, and players who go from zone to zone for more of them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.enrolments.model import Enrolment
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LiveEventDefinition, Run, Schedule
from matsuri.live_events.schedule import Timeline
from matsuri.live_events.source import LiveEventSet
from tests.unit.live_events.worlds import DAY_S, HOUR_S, live_event, live_events, place, player

# Clocks in Europe are put forward at the end of the second day, in America three weeks before.
START_S = 1_774_656_000
ZONES = [
    "",
    "+14:00",
    "-12:00",
    "Africa/Casablanca",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
]
CRONS = ["", "0 18 * * *", "30 2 * * *", "0 0 * * *", "0 */3 * * *", "20,40 * * * *"]

schedules = st.builds(
    lambda cron, days, duration, zone: Schedule(
        start_time_sec=START_S,
        end_time_sec=START_S + days * DAY_S,
        reset_cron=cron,
        duration_sec=duration if cron else 0,
        time_zone=zone,
        player_local=True,
    ),
    st.sampled_from(CRONS),
    st.integers(1, 5),
    st.sampled_from([600, 2 * HOUR_S, DAY_S, 3 * DAY_S]),
    st.sampled_from(["", "Europe/Berlin"]),
)
hops = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 50 * 60), st.integers(0, 30).map(lambda hours: hours * HOUR_S)),
        st.sampled_from(ZONES),
    ),
    min_size=1,
    max_size=40,
)


class Had(NamedTuple):
    """A place that a player got, in which zone, and the run as it was then."""

    enrolment: Enrolment
    run: Run


def travel(source: LiveEventSet, journey: Sequence[tuple[int, str]]) -> list[Had]:
    """Go from zone to zone, and take each place that there is."""
    had: list[Had] = []
    now_s = START_S - DAY_S
    for after_s, zone in journey:
        now_s += after_s
        held = [each.enrolment for each in had]
        found = place(source, player(now_s=now_s, zone=zone, held=held))
        if not found.takes_part:
            continue
        assert found.run is not None
        assert found.run.start_us <= now_s * MICROSECONDS < found.run.end_us
        if found.admission is None:
            # It goes on where it was begun, as long as it would have there.
            (same,) = (each for each in had if each.enrolment.part.part == found.run.key)
            assert (found.run, found.zone) == (same.run, same.enrolment.time_zone)
            continue
        assert found.admission.time_zone == zone
        enrolment = Enrolment(
            part=found.admission.part, enrolled_us=now_s * MICROSECONDS, time_zone=zone
        )
        had.append(Had(enrolment, found.run))
    return had


@given(schedules, hops)
def test_who_hops_gains_nothing(schedule: Schedule, journey: list[tuple[int, str]]) -> None:
    definition = live_event(schedule=schedule)
    had = travel(live_events(definition), journey)
    keys = [each.run.key for each in had]
    assert len(keys) == len(set(keys))
    for each in had:
        there = Timeline(definition.body, 0, each.enrolment.time_zone)
        assert there.runs_of(each.run.key) == [each.run]
    # No two at once: a place is given only after the run before has ended.
    assert all(first.run.end_us <= second.enrolment.enrolled_us for first, second in pairwise(had))


@given(schedules, st.sampled_from(ZONES[1:]))
def test_runs_are_the_same_everywhere(schedule: Schedule, zone: str) -> None:
    body = LiveEventDefinition(schedule=schedule)
    here, in_utc = (
        [run.key for run in Timeline(body, 0, each).starting_from(0)] for each in (zone, "+00:00")
    )
    # Clocks that are put forward may leave out some.
    assert set(here) <= set(in_utc)
    assert sorted(here, key=int) == here
    if zone in {"+14:00", "-12:00", "Asia/Tokyo", "America/Los_Angeles"}:
        assert here == in_utc


def test_from_the_first_zone_to_the_last_there_is_each_evening_once() -> None:
    evenings = Schedule(
        start_time_sec=START_S, reset_cron="0 18 * * *", duration_sec=HOUR_S, player_local=True
    )
    source = live_events(live_event(schedule=evenings))
    # Somewhere it is always six.
    westward = [(HOUR_S, f"{14 - hour:+03d}:00") for hour in range(27)]
    journey = [(DAY_S + 3 * HOUR_S, "+14:00"), *westward]
    had = travel(source, journey)
    assert [(each.run.key, each.enrolment.time_zone) for each in had] == [
        (str(START_S + 18 * HOUR_S), "+14:00"),
    ]
    # Two days of hopping are the two evenings of those days.
    again = [(HOUR_S, ZONES[1 + hour % 8]) for hour in range(72)]
    days = [int(each.run.key) // DAY_S for each in travel(source, again)]
    assert days == sorted(set(days))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "-12:00"])
def test_a_run_is_not_longer_for_who_moves_west(zone: str) -> None:
    day = Schedule(
        start_time_sec=START_S, reset_cron="0 0 * * *", duration_sec=DAY_S, player_local=True
    )
    source = live_events(live_event(schedule=day))
    midnight_s = START_S - 14 * HOUR_S
    wait = midnight_s - (START_S - DAY_S)
    journey = [(wait, "+14:00"), *((HOUR_S, zone) for _ in range(30))]
    first, *others = travel(source, journey)
    assert first.run.end_us == (midnight_s + DAY_S) * MICROSECONDS
    assert [each.run.key for each in others] in ([], [str(START_S + DAY_S)])
