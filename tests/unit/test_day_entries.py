"""Days of a series: the same for every order, bounded, and right to the second or the minute."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsuri.identities.day_entries import (
    SECONDS_MAX,
    DayEntries,
    Interval,
    decode_day,
    first_sequence,
    intervals,
)

Told = tuple[int, str | None]

_VALUES = st.sampled_from([None, "1", "0.1", "0.2", "-4.99", "123456789012345678", "0.000000001"])
# A day of many seconds, with some that come again and again.
_MANY = st.lists(
    st.tuples(st.integers(0, 86_399) | st.integers(0, 30), _VALUES), min_size=600, max_size=900
)
_FEW = st.lists(st.tuples(st.integers(0, 86_399), _VALUES), max_size=30)


def day_of(told: list[Told]) -> DayEntries:
    day = DayEntries()
    for second, value in told:
        day.add(second, total=None if value is None else Decimal(value))
    return day


@settings(max_examples=40)
@given(_FEW | _MANY, st.randoms(use_true_random=False), st.integers(1, 5))
def test_however_events_come_the_day_is_the_same(
    told: list[Told], chance: object, parts: int
) -> None:
    whole = day_of(told)
    mixed = list(told)
    chance.shuffle(mixed)  # type: ignore[attr-defined] # Hypothesis has no name for its type
    together = DayEntries()
    for number in range(parts):
        part = decode_day(day_of(mixed[number::parts]).encode())
        together.merge(part)
    assert together.encode() == whole.encode()
    assert decode_day(whole.encode()).encode() == whole.encode()
    assert whole.events == len(told)


@settings(max_examples=40)
@given(_FEW | _MANY)
def test_every_event_is_kept_at_its_second_or_at_its_minute(told: list[Told]) -> None:
    day = day_of(told)
    fine = len({second for second, _ in told}) <= SECONDS_MAX
    assert day.width_s == (1 if fine else 60)
    expected = Counter(second - second % day.width_s for second, _ in told)
    assert {entry.second: entry.events for entry in day} == expected
    assert len(expected) <= 1440
    for entry in day:
        values = [
            Decimal(value)
            for second, value in told
            if value is not None and second - second % day.width_s == entry.second
        ]
        assert entry.total == (sum(values, Decimal(0)) if values else None)


def test_the_largest_day_has_the_stated_size() -> None:
    plain, sums, worst = DayEntries(), DayEntries(), DayEntries()
    for second in range(0, 86_400, 180):
        plain.add(second)
        sums.add(second, total=Decimal("4.99"))
    longest = Decimal("-123456789012345678.123456789012345")
    for second in range(0, 86_400, 7):
        worst.add(second, events=10**6, total=longest)
    assert len(plain.encode()) < 1_000
    assert len(sums.encode()) < 4_000
    assert len(worst.encode()) < 72_000


@given(
    st.lists(st.integers(0, 400), max_size=8),
    st.lists(st.integers(0, 400), max_size=8),
    st.integers(1, 200),
)
def test_the_first_sequence_is_the_one_that_was_reached_first(
    firsts: list[int], seconds: list[int], within_s: int
) -> None:
    expected = min(
        (b for b in seconds for a in firsts if 0 <= b - a <= within_s),
        default=None,
    )
    told = [[Interval(time, time) for time in sorted(times)] for times in (firsts, seconds)]
    assert first_sequence(told[0], told[1], within_s=within_s) == expected


@pytest.mark.parametrize(("first", "second", "reached"), [(30, 10, 0), (10, 30, 0), (61, 10, None)])
def test_within_a_minute_the_order_is_not_known(
    first: int, second: int, reached: int | None
) -> None:
    firsts, seconds = DayEntries(), DayEntries()
    firsts.width_s = seconds.width_s = 60
    firsts.add(first)
    seconds.add(second)
    found = first_sequence(intervals({0: firsts}), intervals({0: seconds}), within_s=5)
    assert found == reached
