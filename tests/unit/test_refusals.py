"""How often refused calls are noted: each is counted once, and a flood makes few entries."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.refusals import CROWD, Refusal, Refusals
from matsuri.kit.clock import MICROSECONDS

NOW_US = 1_700_000_000 * MICROSECONDS
MINUTE_US = 60 * MICROSECONDS
HERS = Refusal(actor="anna@example.com", operation="console_update_flag", status=403)
HIS = Refusal(actor="ben@example.com", operation="console_update_flag", status=403)


def test_the_first_is_noted_and_those_of_its_minute_are_counted() -> None:
    refusals = Refusals(100)
    assert refusals.is_first(HERS, now_us=NOW_US)
    assert not refusals.is_first(HERS, now_us=NOW_US + 1)
    assert not refusals.is_first(HERS, now_us=NOW_US + 2)
    assert refusals.is_first(HIS, now_us=NOW_US + 2)
    assert list(refusals.due(now_us=NOW_US + MINUTE_US - 1)) == []
    assert list(refusals.due(now_us=NOW_US + MINUTE_US)) == [(HERS, 2)]
    assert list(refusals.due(now_us=NOW_US + 2 * MINUTE_US)) == []
    assert refusals.is_first(HERS, now_us=NOW_US + 2 * MINUTE_US)


def test_at_the_end_everything_is_told() -> None:
    refusals = Refusals(100)
    assert refusals.is_first(HERS, now_us=NOW_US)
    assert not refusals.is_first(HERS, now_us=NOW_US)
    assert list(refusals.due(now_us=NOW_US, everything=True)) == [(HERS, 1)]


def test_a_crowd_is_counted_together() -> None:
    refusals = Refusals(2)
    callers = [HERS._replace(address=f"192.0.2.{number}") for number in range(50)]
    noted = [refusals.is_first(each, now_us=NOW_US) for each in callers]
    assert noted == [True, True] + [False] * 48
    assert list(refusals.due(now_us=NOW_US + MINUTE_US)) == [(CROWD, 48)]
    # Half an hour later there is room for one of two again.
    later_us = NOW_US + 30 * MINUTE_US
    assert [refusals.is_first(each, now_us=later_us) for each in callers[:2]] == [True, False]


@given(
    calls=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60),
    most=st.integers(1, 5),
)
def test_every_call_is_told_exactly_once(calls: list[tuple[int, int]], most: int) -> None:
    refusals = Refusals(most)
    now_us, entries, told = NOW_US, 0, Counter[bool]()
    for caller, seconds in calls:
        now_us += seconds * MICROSECONDS
        first = refusals.is_first(HERS._replace(status=400 + caller), now_us=now_us)
        told["noted"] += first
        for _, count in refusals.due(now_us=now_us):
            told["counted"] += count
            entries += 1
    told["counted"] += sum(count for _, count in refusals.due(now_us=now_us, everything=True))
    assert told["noted"] + told["counted"] == len(calls)
    hours = (now_us - NOW_US) / (60 * MINUTE_US)
    assert told["noted"] <= most * (1 + hours) + 1
