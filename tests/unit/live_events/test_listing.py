"""Which runs games are shown: those asked for, each once, in the order of time."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.membership import Memberships
from matsuri.definitions.model import Definition
from matsuri.enrolments.model import Enrolment, Part
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.listing import RunFilter, ShownRun, shown_runs
from matsuri.live_events.model import LiveEventDefinition, Run, RunStatus, RunStop, Schedule
from matsuri.live_events.timetable import timeline_of
from tests.unit.live_events.worlds import (
    DAY_S,
    EVENINGS,
    HOUR_S,
    MIDNIGHT_S,
    NIGHTS,
    NOW_S,
    live_event,
    live_events,
    player,
)

TONIGHT_S = MIDNIGHT_S + 22 * HOUR_S


def shown(
    definition: Definition[LiveEventDefinition], who: Memberships, **asked: int
) -> list[ShownRun]:
    source = live_events(definition)
    place = source.place(source.by_name["e"], who)
    return list(shown_runs(source, place, who, RunFilter(**asked)))


def starts(found: list[ShownRun]) -> list[int]:
    """The starts in days from tonight."""
    return [(each.run.start_us // MICROSECONDS - TONIGHT_S) // DAY_S for each in found]


def night(days: int) -> Part:
    return Part("id of e", str(TONIGHT_S + days * DAY_S))


def test_the_run_that_is_on_and_those_around_it() -> None:
    event = live_event(schedule=NIGHTS)
    assert starts(shown(event, player())) == [0]
    assert starts(shown(event, player(), past_max=2)) == [-2, -1, 0]
    assert starts(shown(event, player(), past_max=1, future_max=2)) == [-1, 0, 1, 2]
    (found,) = shown(event, player())
    assert (found.starts_s, found.ends_s) == (MIDNIGHT_S - 30 * DAY_S, 0)
    assert not found.to_join
    assert found.place is not None


def test_between_two_runs() -> None:
    noon = player(now_s=MIDNIGHT_S + 12 * HOUR_S)
    event = live_event(schedule=NIGHTS)
    assert shown(event, noon) == []
    assert starts(shown(event, noon, past_max=1, future_max=1)) == [-1, 0]


def test_no_more_than_there_are() -> None:
    schedule = msgspec.structs.replace(NIGHTS, end_time_sec=TONIGHT_S + 2 * DAY_S)
    event = live_event(schedule=schedule)
    assert starts(shown(event, player(), past_max=100, future_max=100)) == list(range(-30, 2))


def test_only_what_is_on_within_the_time() -> None:
    event = live_event(schedule=NIGHTS)

    def within(first_s: int, last_s: int) -> list[int]:
        asked = {"from_us": first_s * MICROSECONDS, "to_us": last_s * MICROSECONDS}
        return starts(shown(event, player(), past_max=3, future_max=3, **asked))

    assert within(TONIGHT_S - 2 * DAY_S, TONIGHT_S - DAY_S) == [-2, -1]
    assert within(TONIGHT_S + DAY_S + 1, TONIGHT_S + 2 * DAY_S - 1) == [1]
    # A run has ended at its end.
    assert within(TONIGHT_S - DAY_S + 2 * HOUR_S, TONIGHT_S - 1) == []
    assert within(TONIGHT_S + 10 * DAY_S, TONIGHT_S + 20 * DAY_S) == [10, 11, 12]
    assert within(TONIGHT_S - 20 * DAY_S, TONIGHT_S - 10 * DAY_S) == [-12, -11, -10]


def test_who_is_not_eligible_sees_nothing_but_what_was_theirs() -> None:
    event = live_event(schedule=NIGHTS, audiences=("high",))
    every = {"past_max": 3, "future_max": 3}
    assert shown(event, player(level=1), **every) == []
    assert starts(shown(event, player(level=6), **every)) == [-3, -2, -1, 0, 1, 2, 3]
    held = [Enrolment(part=night(-2), enrolled_us=1)]
    assert starts(shown(event, player(level=1, held=held), **every)) == [-2]


def test_what_must_be_joined_stands_apart() -> None:
    event = live_event(schedule=NIGHTS, explicit_join=True)
    every = {"past_max": 3, "future_max": 1}
    found = shown(event, player(), **every)
    assert starts(found) == [0, 1]
    assert [each.to_join for each in found] == [True, True]
    held = [Enrolment(part=night(days), enrolled_us=1) for days in (-3, 0)]
    found = shown(event, player(held=held), **every)
    assert starts(found) == [-3, 0, 1]
    assert [each.to_join for each in found] == [False, False, True]


def test_a_full_run_cannot_be_joined_and_was_never_theirs() -> None:
    event = live_event(schedule=NIGHTS, explicit_join=True, participants_max=1)
    assert shown(event, player(full=[night(0)])) == []
    capped = live_event(schedule=NIGHTS, participants_max=1)
    assert shown(capped, player(full=[night(0)]), past_max=2) == []
    held = [Enrolment(part=night(-1), enrolled_us=1)]
    assert starts(shown(capped, player(full=[night(0)], held=held), past_max=2)) == [-1]


def test_a_run_that_was_stopped_and_goes_on_is_one() -> None:
    key = str(TONIGHT_S)
    stop = RunStop(run=key, at_time_sec=TONIGHT_S + 60, resumed_time_sec=TONIGHT_S + 120)
    found = shown(live_event(schedule=NIGHTS, run_stops=(stop,)), player(), past_max=2)
    assert [each.run.key for each in found] == [
        str(TONIGHT_S - 2 * DAY_S),
        str(TONIGHT_S - DAY_S),
        key,
    ]
    assert found[-1].run.start_us == (TONIGHT_S + 120) * MICROSECONDS
    ended = msgspec.structs.replace(stop, resumed_time_sec=0)
    (last,) = shown(live_event(schedule=NIGHTS, run_stops=(ended,)), player(), past_max=1)
    assert last.run == Run(key, TONIGHT_S * MICROSECONDS, (TONIGHT_S + 60) * MICROSECONDS)


def test_local_runs_are_shown_where_the_player_is_or_was() -> None:
    event = live_event(schedule=EVENINGS)
    in_berlin = shown(event, player(zone="Europe/Berlin"), past_max=1, future_max=1)
    evening = MIDNIGHT_S + 17 * HOUR_S
    assert [each.run.start_us // MICROSECONDS for each in in_berlin] == [evening, evening + DAY_S]
    assert in_berlin[0].starts_s == MIDNIGHT_S - 30 * DAY_S - 2 * HOUR_S  # still summer time
    # Who had this evening in Tokyo has had it.
    key = Part("id of e", str(MIDNIGHT_S + 18 * HOUR_S))
    held = [Enrolment(part=key, enrolled_us=1, time_zone="Asia/Tokyo")]
    for zone in ("Europe/Berlin", "America/Los_Angeles"):
        found = shown(event, player(zone=zone, held=held), past_max=1, future_max=1)
        assert found[0].run.key == key.part
        assert found[0].run.start_us // MICROSECONDS == MIDNIGHT_S + 9 * HOUR_S
        assert found[1].run.key == str(MIDNIGHT_S + DAY_S + 18 * HOUR_S)


@pytest.mark.parametrize(("ends", "expected"), [(0, 0), (NOW_S + DAY_S, NOW_S + DAY_S + 3600 * 8)])
def test_the_whole_of_a_local_schedule_is_told_where_the_player_is(
    ends: int, expected: int
) -> None:
    schedule = msgspec.structs.replace(NIGHTS, player_local=True, end_time_sec=ends)
    found = shown(live_event(schedule=schedule), player(zone="America/Los_Angeles"), future_max=1)
    assert found[0].ends_s == expected


crons = st.sampled_from(["", "0 */5 * * *", "0 22 * * *", "*/30 * * * *"])
times = st.integers(-60, 60).map(lambda hours: NOW_S + hours * HOUR_S)


@given(
    cron=crons,
    start=st.integers(-100, 10),
    window=st.one_of(st.none(), st.tuples(times, times).map(sorted)),
    past=st.integers(0, 6),
    future=st.integers(0, 6),
)
def test_it_is_what_the_timeline_has(
    cron: str, start: int, window: list[int] | None, past: int, future: int
) -> None:
    schedule = Schedule(
        start_time_sec=NOW_S + start * HOUR_S,
        end_time_sec=NOW_S + 90 * HOUR_S,
        reset_cron=cron,
        duration_sec=2 * HOUR_S if cron else 0,
    )
    event = live_event(schedule=schedule)
    asked = {"past_max": past, "future_max": future}
    first, last = window or [0, 2**33]
    if window:
        asked |= {"from_us": first * MICROSECONDS, "to_us": last * MICROSECONDS}
    source, who = live_events(event), player()
    every = timeline_of(source.by_name["e"], "").between(0, 2**33 * MICROSECONDS)
    within = [
        run
        for run in every
        if run.start_us <= last * MICROSECONDS and run.end_us > first * MICROSECONDS
    ]
    by_status: dict[RunStatus, list[Run]] = {each: [] for each in RunStatus}
    for run in within:
        by_status[run.status_at(who.now_us)].append(run)
    ended = by_status[RunStatus.TERMINATED]
    expected = [
        *ended[max(0, len(ended) - past) :],
        *by_status[RunStatus.ACTIVE],
        *by_status[RunStatus.UPCOMING][:future],
    ]
    assert [each.run for each in shown(event, who, **asked)] == expected
