"""What clocks on walls show, compared with the zones of Python."""

from datetime import UTC, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.kit.wall_clock import END_S, FIRST_S, Stretch, wall_clock

ZONES = [
    "UTC",
    "Africa/Casablanca",
    "America/New_York",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Kwajalein",
]
instants = st.integers(0, 2_500_000_000)
zones = st.sampled_from(ZONES)


def shown(zone: str, instant_s: int) -> int:
    """What a clock shows, told as if it were in UTC."""
    offset = datetime.fromtimestamp(instant_s, ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return instant_s + int(offset.total_seconds())


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@given(zones, instants)
def test_stretches_follow_each_other_and_tell_the_offset(zone: str, instant_s: int) -> None:
    clock = wall_clock(zone)
    on = list(islice(clock.stretches_from(instant_s), 5))
    back = list(islice(clock.stretches_back_from(instant_s), 5))
    assert on[0] == back[0]
    assert on[0].since_s <= instant_s < on[0].until_s
    every = [*back[::-1], *on[1:]]
    assert all(first.until_s == second.since_s for first, second in pairwise(every))
    for each in every:
        for moment in (each.since_s, (each.since_s + each.until_s) // 2, each.until_s - 1):
            assert moment + each.ahead_s == shown(zone, moment)


@given(zones, instants)
def test_what_was_reached_and_when(zone: str, instant_s: int) -> None:
    clock = wall_clock(zone)
    reached = clock.reached(instant_s)
    assert reached >= shown(zone, instant_s)
    # Clocks are put back by no more than a few hours.
    assert reached >= max(shown(zone, instant_s - hour * 900) for hour in range(100))
    first = clock.first_instant(reached)
    assert first <= instant_s
    assert clock.reached(first) >= reached
    assert clock.reached(first - 1) < reached


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("2026-03-29T01:59", "2026-03-29T00:59"),
        # 2:30 is left out: clocks go from 2 to 3 …
        ("2026-03-29T02:30", "2026-03-29T01:00"),
        ("2026-03-29T03:00", "2026-03-29T01:00"),
        ("2026-03-29T03:01", "2026-03-29T01:01"),
        # … and 2:30 comes twice, as they go from 3 to 2.
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-10-25T03:00", "2026-10-25T02:00"),
    ],
)
def test_the_first_instant_in_berlin(asked: str, first: str) -> None:
    assert wall_clock("Europe/Berlin").first_instant(seconds(asked)) == seconds(first)


def test_a_day_that_was_left_out() -> None:
    # There was no 30 December 2011 in Samoa.
    clock = wall_clock("Pacific/Apia")
    change = seconds("2011-12-30T10:00")
    assert clock.first_instant(seconds("2011-12-30T18:00")) == change
    assert clock.first_instant(seconds("2011-12-31T00:00")) == change
    assert clock.reached(change - 1) == seconds("2011-12-29T23:59") + 59


def test_where_time_begins_and_ends() -> None:
    clock = wall_clock("Asia/Tokyo")
    assert clock.first_instant(END_S) == END_S - 9 * 3600
    assert next(clock.stretches_from(FIRST_S)).ahead_s == 9 * 3600
    assert clock.first_instant(END_S * 2) == END_S
    assert next(wall_clock("+05:30").stretches_from(0)) == Stretch(0, 31_536_000, 19_800)
    # What names no zone is in UTC.
    assert wall_clock("Moon/Tycho").reached(1000) == 1000
