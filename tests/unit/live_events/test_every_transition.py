"""Runs around every change of clocks from 2024 to 2035, in all zones of the IANA database.

Where zones change their clocks alike at the same time, one of them is looked at. What is expected
is found by watching the clock: see ``plain_schedule``.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest

from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LiveEventDefinition, Run, Schedule
from matsuri.live_events.schedule import Timeline
from tests.unit.live_events.plain_schedule import Asked, Look, PlainRun, plain_runs, watch

HOUR_S = 3600
DAY_S = 86_400
YEARS = range(2024, 2036)
# As they come in this many years, a database without them would show nothing.
TRANSITIONS_OF_YEAR_MIN = 50


class Transition(NamedTuple):
    """From ``at_s`` on, clocks of ``zone`` are ``ahead_s`` ahead of UTC, not ``before_s``."""

    zone: str
    at_s: int
    before_s: int
    ahead_s: int


class Case(NamedTuple):
    """A cron, what it asks for, and around the change, which runs to look at.

    With ``local`` they are looked at as times local to players, too.
    """

    cron: str
    asked: Asked
    duration_s: int
    from_s: int
    to_s: int
    real: bool = False
    local: bool = False


def transitions_of(year: int) -> list[Transition]:
    """The changes of the year, each of one of the zones that have it."""
    found: dict[tuple[int, int, int], str] = {}
    for zone in sorted(available_timezones()):
        for change in _changes(ZoneInfo(zone), year):
            found.setdefault(change, zone)
    return [Transition(zone, *change) for change, zone in found.items()]


def _changes(zone: ZoneInfo, year: int) -> Iterator[tuple[int, int, int]]:
    start_s = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    end_s = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    before = _ahead_s(zone, start_s)
    for day_s in range(start_s + DAY_S, end_s + 1, DAY_S):
        after = _ahead_s(zone, day_s)
        if before != after:
            at_s = day_s - DAY_S
            while _ahead_s(zone, at_s) == before:
                at_s += 300
            yield at_s, before, after
        before = after


def _ahead_s(zone: ZoneInfo, at_s: int) -> int:
    offset = datetime.fromtimestamp(at_s, zone).utcoffset()
    assert offset is not None
    return offset.days * DAY_S + offset.seconds


def cases(change: Transition) -> Iterator[Case]:
    """Daily, hourly, weekly, and in the very time that is left out or comes twice."""
    yield Case("0 0 * * *", daily(0, 0), DAY_S, -27 * HOUR_S, 4 * HOUR_S, local=True)
    yield Case("30 2 * * *", daily(2, 30), 26 * HOUR_S, -27 * HOUR_S, 4 * HOUR_S)
    yield Case("0 * * * *", lambda t: t.tm_min == 0, HOUR_S, -2 * HOUR_S, 3 * HOUR_S, True, True)
    yield Case("*/20 * * * *", lambda t: t.tm_min % 20 == 0, 900, -HOUR_S, 2 * HOUR_S, real=True)
    yield Case(
        "15 */2 * * *",
        lambda t: t.tm_min == 15 and t.tm_hour % 2 == 0,
        2 * HOUR_S,
        -5 * HOUR_S,
        6 * HOUR_S,
    )
    inside = datetime.fromtimestamp(change.at_s + (change.before_s + change.ahead_s) // 2, UTC)
    minute, hour, day, month = inside.minute, inside.hour, inside.day, inside.month
    yield Case(
        f"{minute} {hour} * * *", daily(hour, minute), 5400, -27 * HOUR_S, 27 * HOUR_S, local=True
    )
    yield Case(
        f"{minute} {hour} {day} {month} *",
        lambda t: (t.tm_min, t.tm_hour, t.tm_mday, t.tm_mon) == (minute, hour, day, month),
        DAY_S + 5400,
        -27 * HOUR_S,
        27 * HOUR_S,
    )
    often = f"*/10 {hour} * * *"
    yield Case(
        often,
        lambda t: t.tm_hour == hour and t.tm_min % 10 == 0,
        120,
        -HOUR_S,
        2 * HOUR_S,
        local=True,
    )


WEEKLY = Case(
    "0 18 * * FRI",
    lambda t: (t.tm_min, t.tm_hour, t.tm_wday) == (0, 18, 4),
    7 * DAY_S,
    -7 * DAY_S,
    7 * DAY_S,
)


def daily(hour: int, minute: int) -> Asked:
    return lambda t: t.tm_hour == hour and t.tm_min == minute


def check(change: Transition, case: Case, looks: Sequence[Look], *, local: bool) -> None:
    expected = _expected(looks, case, change.at_s, local=local)
    schedule = Schedule(
        start_time_sec=1,
        reset_cron=case.cron,
        duration_sec=case.duration_s,
        time_zone="" if local else change.zone,
        player_local=local,
    )
    timeline = Timeline(LiveEventDefinition(schedule=schedule), 0, change.zone if local else "")
    from_us = (change.at_s + case.from_s) * MICROSECONDS
    to_us = (change.at_s + case.to_s) * MICROSECONDS
    told = (change, case.cron, local)
    assert _starting(timeline, from_us, to_us) == expected, told
    assert _starting_backwards(timeline, from_us, to_us) == expected, told
    # Asked in the very time that comes twice, or follows what is left out.
    now_s = change.at_s + 20 * 60
    on = [each for each in expected if each.start_s <= now_s < each.end_s]
    found = timeline.run_at(now_s * MICROSECONDS)
    assert on == ([] if found is None else [_plain(found)]), told
    following = [each for each in expected if each.start_s >= now_s][:1]
    if following:
        assert _plain(next(timeline.starting_from(now_s * MICROSECONDS))) == following[0], told


def _expected(looks: Sequence[Look], case: Case, at_s: int, *, local: bool) -> list[PlainRun]:
    first_s = at_s + case.from_s
    last_s = at_s + case.to_s + case.duration_s + 3 * HOUR_S
    near = [each for each in looks if first_s <= each.at_s <= last_s]
    real = case.real and not local
    every = plain_runs(near, case.asked, case.duration_s, real=real, local=local)
    return [each for each in every if each.start_s < at_s + case.to_s]


def _starting(timeline: Timeline, from_us: int, to_us: int) -> list[PlainRun]:
    return [_plain(each) for each in timeline.between(from_us, to_us) if from_us <= each.start_us]


def _starting_backwards(timeline: Timeline, from_us: int, to_us: int) -> list[PlainRun]:
    found = []
    for run in timeline.starting_before(to_us):
        if run.start_us < from_us:
            break
        assert timeline.runs_of(run.key) == [run]
        found.insert(0, _plain(run))
    return found


def _plain(run: Run) -> PlainRun:
    return PlainRun(int(run.key), run.start_us // MICROSECONDS, run.end_us // MICROSECONDS)


@pytest.mark.parametrize("year", YEARS)
def test_runs_around_every_transition(year: int) -> None:
    transitions = transitions_of(year)
    assert len(transitions) >= TRANSITIONS_OF_YEAR_MIN
    for change in transitions:
        zone = ZoneInfo(change.zone)
        looks = watch(zone, change.at_s - 30 * HOUR_S, change.at_s + 60 * HOUR_S)
        for case in cases(change):
            check(change, case, looks, local=False)
            if case.local:
                check(change, case, looks, local=True)
        seldom = watch(zone, change.at_s - 7 * DAY_S, change.at_s + 15 * DAY_S, step_s=900)
        check(change, WEEKLY, seldom, local=False)
