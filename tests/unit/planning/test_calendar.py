"""What is on and planned between two instants."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from matsuri.flags.model import ScheduledChange
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import FlagOverride, FlagVariantValue, RunStop, Schedule
from matsuri.planning.calendar import Calendar, Entry, EntryState, calendar
from matsuri.planning.worlds import World
from tests.unit.planning.plans import (
    DAY_S,
    HOUR_S,
    NOW_S,
    NOW_US,
    experiment,
    flag,
    live_event,
    phase,
    world,
)

NIGHTLY = Schedule(start_time_sec=NOW_S - 30 * DAY_S, reset_cron="0 22 * * *", duration_sec=HOUR_S)
EVENINGS = Schedule(
    start_time_sec=NOW_S - 30 * DAY_S,
    reset_cron="0 18 * * *",
    duration_sec=HOUR_S,
    player_local=True,
)
ONCE = Schedule(start_time_sec=NOW_S - HOUR_S, end_time_sec=NOW_S + HOUR_S)

BUSY = world(
    flag(
        "shop",
        ScheduledChange(at_time_sec=NOW_S, value="new"),
        ScheduledChange(at_time_sec=NOW_S + DAY_S, enabled=False),
    ),
    flag("other", ScheduledChange(at_time_sec=NOW_S, value="new")),
    experiment(
        "colours",
        [
            phase("first", NOW_S - DAY_S, NOW_S, "shop"),
            phase("second", NOW_S, NOW_S + 2 * DAY_S, "shop", ended_time_sec=NOW_S + DAY_S),
        ],
    ),
    live_event("nightly", schedule=NIGHTLY),
    live_event("evenings", schedule=EVENINGS),
    live_event(
        "once", schedule=ONCE, color="#ff0000", flags=(FlagOverride(flag="shop", value=""),)
    ),
    live_event("gone", schedule=NIGHTLY, archived=True),
    live_event("stopped", schedule=NIGHTLY, stopped_time_sec=NOW_S),
)

instants = st.integers(-10 * DAY_S, 10 * DAY_S).map(lambda seconds: NOW_S + seconds)
spans = st.tuples(instants, instants).map(sorted).filter(lambda span: span[0] < span[1])


def told(where: World, start_s: int, end_s: int, *, entries_max: int = 10_000) -> Calendar:
    return calendar(where, start_s * MICROSECONDS, end_s * MICROSECONDS, entries_max=entries_max)


@cache
def everything() -> list[Entry]:
    """What is on and planned in more time than any span has."""
    return told(BUSY, NOW_S - 12 * DAY_S, NOW_S + 12 * DAY_S).entries


def named(entries: list[Entry]) -> list[tuple[str, str, int, int]]:
    """Names, and times in seconds from now."""
    return [
        (
            each.plan.name,
            each.part_name,
            (each.start_us - NOW_US) // MICROSECONDS,
            (each.end_us - NOW_US) // MICROSECONDS,
        )
        for each in entries
    ]


def test_what_a_span_has() -> None:
    found = told(BUSY, NOW_S - 1, NOW_S + DAY_S)
    assert found.complete_until_us is None
    assert [each for each in named(found.entries) if each[0] not in {"nightly", "evenings"}] == [
        ("colours", "first", -DAY_S, 0),
        ("once", "", -HOUR_S, HOUR_S),
        ("stopped", "", -800, 0),
        ("colours", "second", 0, DAY_S),
        ("other", "", 0, 0),
        ("shop", "", 0, 0),
    ]
    assert found.entries[-1].start_us < NOW_US + DAY_S * MICROSECONDS


def test_what_an_entry_tells() -> None:
    entries = {
        each.plan.name: each for each in told(BUSY, NOW_S + DAY_S, NOW_S + DAY_S + 1).entries
    }
    assert entries["shop"].fields == ("enabled",)
    once = world(
        live_event(
            "once",
            schedule=ONCE,
            color="#ff0000",
            audiences=("fans",),
            exclude_audiences=("whales",),
            flags=(
                FlagOverride(flag="plain", value="x", variants=(_variant("a"),)),
                FlagOverride(flag="some", variants=(_variant("a"), _variant("b"))),
            ),
        )
    )
    (entry,) = told(once, NOW_S, NOW_S + 1).entries
    assert (entry.plan.id, entry.plan.color, entry.part) == (
        "id of once",
        "#ff0000",
        str(NOW_S - HOUR_S),
    )
    assert tuple(entry.plan.targeting) == (("fans",), ("whales",))
    assert {name: list(each.audiences) for name, each in entry.plan.flags.items()} == {
        "plain": [],
        "some": ["a", "b"],
    }


def _variant(audience: str) -> FlagVariantValue:
    return FlagVariantValue(name=audience, value="x", audiences=(audience,))


def test_where_an_entry_stands() -> None:
    (run,) = told(world(live_event("once", schedule=ONCE)), NOW_S, NOW_S + 1).entries
    for at_us, state in (
        (run.start_us - 1, EntryState.SCHEDULED),
        (run.start_us, EntryState.RUNNING),
        (run.end_us - 1, EntryState.RUNNING),
        (run.end_us, EntryState.ENDED),
    ):
        assert run.state_at(at_us) is state
    change = next(each for each in told(BUSY, NOW_S, NOW_S + 1).entries if each.fields)
    assert change.state_at(NOW_US - 1) is EntryState.SCHEDULED
    assert change.state_at(NOW_US) is EntryState.ENDED


def test_a_run_that_was_stopped_and_resumed_is_there_twice() -> None:
    key = str(NOW_S - HOUR_S)
    stop = RunStop(run=key, at_time_sec=NOW_S - 60, resumed_time_sec=NOW_S + 60)
    found = told(world(live_event("once", schedule=ONCE, run_stops=(stop,))), 1, NOW_S + DAY_S)
    assert named(found.entries) == [("once", "", -HOUR_S, -60), ("once", "", 60, HOUR_S)]
    assert {each.part for each in found.entries} == {key}


@given(spans)
def test_the_order_is_that_of_places_and_no_place_comes_twice(span: list[int]) -> None:
    found = told(BUSY, *span)
    places = [each.place for each in found.entries]
    assert places == sorted(set(places))
    assert found == told(BUSY, *span)


@given(spans)
def test_what_is_told_is_on_in_the_span_and_the_rest_is_not(span: list[int]) -> None:
    start_us, end_us = (each * MICROSECONDS for each in span)
    assert told(BUSY, *span).entries == [
        each for each in everything() if each.start_us < end_us and each.until_us > start_us
    ]


@given(spans, st.integers(1, 30))
def test_of_too_many_the_first_are_told_and_until_when_none_is_missing(
    span: list[int], entries_max: int
) -> None:
    whole, some = told(BUSY, *span), told(BUSY, *span, entries_max=entries_max)
    assert some.entries == whole.entries[:entries_max]
    if len(whole.entries) <= entries_max:
        assert some.complete_until_us is None
        return
    until_us = some.complete_until_us
    assert until_us == whole.entries[entries_max].start_us
    assert [each for each in whole.entries if each.start_us < until_us] == [
        each for each in some.entries if each.start_us < until_us
    ]
