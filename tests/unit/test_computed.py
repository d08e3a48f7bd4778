from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import Event
from matsuri.identities.computed import (
    EMPTY,
    computed_properties,
    decode_profile,
    encode_profile,
    fold,
    merge,
)
from matsuri.identities.model import CurrentSession, Profile
from matsuri.kit.numbers import parse_number
from tests.unit.strategies import event_lists


def event(name: str, at_seconds: float, value: str | None = None) -> Event:
    return Event(id="e", name=name, timestamp_us=round(at_seconds * 1_000_000), value=value)


def test_a_numeric_event() -> None:
    profile = fold(
        EMPTY,
        [
            event("purchaseCompleted", 20, "300"),
            event("purchaseCompleted", 10.5, "99.50"),
            event("purchaseCompleted", 30),
        ],
    )
    assert computed_properties(profile) == {
        "purchaseCompletedCount": "3",
        "purchaseCompletedSeenFirst": "10",
        "purchaseCompletedSeenLast": "30",
        "purchaseCompletedValueFirst": "99.50",
        "purchaseCompletedValueLast": "300",
        "purchaseCompletedValueSum": "399.5",
        "purchaseCompletedValueAverage": "199.75",
        "purchaseCompletedValueHigh": "300",
        "purchaseCompletedValueLow": "99.5",
    }


def test_a_text_event() -> None:
    profile = fold(EMPTY, [event("gameStarted", 1, "chess"), event("gameStarted", 2, "go")])
    assert computed_properties(profile) == {
        "gameStartedCount": "2",
        "gameStartedSeenFirst": "1",
        "gameStartedSeenLast": "2",
        "gameStartedValueFirst": "chess",
        "gameStartedValueLast": "go",
    }


def test_texts_among_numbers_count_in_first_and_last_only() -> None:
    profile = fold(EMPTY, [event("statUpdated", 1, "many"), event("statUpdated", 2, "4")])
    properties = computed_properties(profile)
    assert properties["statUpdatedValueFirst"] == "many"
    assert properties["statUpdatedValueSum"] == "4"
    assert properties["statUpdatedValueAverage"] == "4"


def test_reserved_events_lose_their_underscore() -> None:
    properties = computed_properties(fold(EMPTY, [event("_sessionStart", 1)]))
    assert properties["sessionStartCount"] == "1"


@pytest.mark.parametrize("names", [("_start", "start", "start"), ("start", "start", "_start")])
def test_a_reserved_event_hides_a_declared_one_of_its_bare_name(names: tuple[str, ...]) -> None:
    profile = fold(EMPTY, [event(name, 1, "5" if name == "start" else None) for name in names])
    assert computed_properties(profile) == {
        "startCount": "1",
        "startSeenFirst": "1",
        "startSeenLast": "1",
    }


def test_sums_keep_every_digit() -> None:
    values = ["999999999999999999", "0.000000000000001", "999999999999999999"]
    profile = fold(EMPTY, [event("a", 1, value) for value in values])
    assert computed_properties(profile)["aValueSum"] == "1999999999999999998.000000000000001"


def test_on_equal_times_the_first_to_arrive_is_first_and_the_last_is_last() -> None:
    profile = fold(EMPTY, [event("gameStarted", 1, value) for value in ("a", "b", "c")])
    stats = profile.events["gameStarted"]
    assert (stats.value_first, stats.value_last) == ("a", "c")


def test_an_empty_value_is_no_value() -> None:
    assert fold(EMPTY, [event("a", 1, "")]) == fold(EMPTY, [event("a", 1)])


def test_times_before_1970_are_rounded_down() -> None:
    properties = computed_properties(fold(EMPTY, [event("a", -0.5)]))
    assert properties["aSeenFirst"] == "-1"


def test_names_beyond_the_limit_are_dropped_and_counted() -> None:
    events = [event(name, 1) for name in ("a", "b", "c", "a", "c")]
    profile = fold(EMPTY, events, computed_names_max=2)
    assert set(profile.events) == {"a", "b"}
    assert profile.events["a"].count == 2
    assert profile.names_dropped == 2


def test_dropped_events_of_both_histories_are_counted() -> None:
    one = fold(EMPTY, [event("a", 1), event("b", 1)], computed_names_max=1)
    other = fold(EMPTY, [event(name, 1) for name in ("c", "d", "d")], computed_names_max=1)
    assert merge(one, other).names_dropped == 3


def test_the_session_last_heard_of_is_the_current_one() -> None:
    profile = fold(EMPTY, [], session_id="new", received_us=20)
    assert profile.session == CurrentSession("new", 20)
    assert fold(profile, [], session_id="old", received_us=10).session == profile.session
    assert fold(profile, [], received_us=30).session == profile.session
    later = fold(profile, [], session_id="next", received_us=20)
    assert later.session == CurrentSession("next", 20)


def test_the_profile_that_is_carried_on_is_left_as_it_is() -> None:
    before = fold(EMPTY, [event("a", 1, "1")])
    kept = decode_profile(encode_profile(before))
    fold(before, [event("a", 2, "5"), event("b", 2)])
    merge(before, before)
    assert before == kept
    assert Profile() == EMPTY


def test_merging_with_nothing_changes_nothing() -> None:
    profile = fold(EMPTY, [event("a", 1, "1")], session_id="s", received_us=3)
    assert merge(profile, EMPTY) == profile
    assert merge(EMPTY, profile) == profile


def without_ties(profile: Profile) -> Profile:
    """``profile`` without the two figures that depend on the order of arrival."""
    replace = msgspec.structs.replace
    return replace(
        profile,
        events={
            name: replace(stats, value_first=None, value_last=None)
            for name, stats in profile.events.items()
        },
    )


@given(event_lists(), st.lists(st.integers(0, 12)))
def test_any_split_into_chunks_gives_the_same(events: list[Event], cuts: list[int]) -> None:
    profile, start = EMPTY, 0
    for cut in [*sorted(cuts), len(events)]:
        profile = fold(profile, events[start:cut], session_id="s", received_us=7)
        start = max(start, cut)
    assert profile == fold(EMPTY, events, session_id="s", received_us=7)


@given(event_lists(), st.lists(st.integers(0, 12)), st.integers(0, 4))
def test_chunks_also_give_the_same_where_names_are_dropped(
    events: list[Event], cuts: list[int], names_max: int
) -> None:
    profile, start = EMPTY, 0
    for cut in [*sorted(cuts), len(events)]:
        profile = fold(profile, events[start:cut], computed_names_max=names_max)
        start = max(start, cut)
    whole = fold(EMPTY, events, computed_names_max=names_max)
    assert profile == whole
    assert whole.names_dropped + sum(s.count for s in whole.events.values()) == len(events)


@given(event_lists(), st.data())
def test_the_order_of_arrival_matters_for_ties_only(
    events: list[Event], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(events))
    assert without_ties(fold(EMPTY, other)) == without_ties(fold(EMPTY, events))


@given(event_lists(ties=False), st.data())
def test_without_ties_the_order_of_arrival_does_not_matter(
    events: list[Event], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(events))
    assert fold(EMPTY, other) == fold(EMPTY, events)
    assert computed_properties(fold(EMPTY, other)) == computed_properties(fold(EMPTY, events))


@given(event_lists(), event_lists())
def test_two_histories_merge_into_the_history_of_both(a: list[Event], b: list[Event]) -> None:
    merged = merge(
        fold(EMPTY, a, session_id="a", received_us=1), fold(EMPTY, b, session_id="b", received_us=1)
    )
    whole = fold(EMPTY, a, session_id="a", received_us=1)
    assert merged == fold(whole, b, session_id="b", received_us=1)


@given(event_lists(ties=False), st.integers(0, 12))
def test_without_ties_it_does_not_matter_who_merges_into_whom(
    events: list[Event], cut: int
) -> None:
    one, other = fold(EMPTY, events[:cut]), fold(EMPTY, events[cut:])
    assert merge(one, other) == merge(other, one) == fold(EMPTY, events)


@given(event_lists())
def test_every_figure_is_what_a_plain_count_of_the_events_gives(events: list[Event]) -> None:
    profile = fold(EMPTY, events)
    assert set(profile.events) == {one.name for one in events}
    for name, stats in profile.events.items():
        mine = [one for one in events if one.name == name]
        assert stats.count == len(mine)
        assert stats.seen_first_us == min(one.timestamp_us for one in mine)
        assert stats.seen_last_us == max(one.timestamp_us for one in mine)
        numbers = [
            Fraction(number)
            for one in mine
            if (number := parse_number(one.value or "")) is not None
        ]
        assert stats.numeric_count == len(numbers)
        if numbers:
            assert stats.value_sum is not None
            assert Fraction(stats.value_sum) == sum(numbers)
            assert stats.value_high is not None
            assert stats.value_low is not None
            assert Fraction(stats.value_high) == max(numbers)
            assert Fraction(stats.value_low) == min(numbers)
        else:
            assert stats.value_sum is stats.value_high is stats.value_low is None
        valued = [one for one in mine if one.value]
        if valued:
            # ``min`` and ``max`` both take the first of equals.
            assert stats.value_first == min(valued, key=lambda one: one.timestamp_us).value
            latest = max(reversed(valued), key=lambda one: one.timestamp_us)
            assert stats.value_last == latest.value
        else:
            assert stats.value_first is stats.value_last is None


@given(event_lists(), st.text(), st.integers(0, 2**62))
def test_profiles_round_trip(events: list[Event], session_id: str, received_us: int) -> None:
    profile = fold(EMPTY, events, session_id=session_id, received_us=received_us)
    decoded = decode_profile(encode_profile(profile))
    assert decoded == profile
    assert encode_profile(decoded) == encode_profile(profile)
    assert computed_properties(decoded) == computed_properties(profile)


@given(event_lists())
def test_computed_properties_are_texts_of_plain_numbers(events: list[Event]) -> None:
    for name, value in computed_properties(fold(EMPTY, events)).items():
        assert not name.startswith("_")
        if not name.endswith(("ValueFirst", "ValueLast")):
            Fraction(value)
            assert "e" not in value.lower()


@given(st.binary())
def test_bytes_that_are_no_profile_are_refused(state: bytes) -> None:
    try:
        profile = decode_profile(state)
    except msgspec.MsgspecError:
        return
    assert isinstance(profile, Profile)


def test_damaged_profiles_are_refused() -> None:
    state = encode_profile(fold(EMPTY, [event("gameStarted", 1, "chess")]))
    with pytest.raises(msgspec.MsgspecError):
        decode_profile(state.replace(b"chess", b"che\xff\xff"))
    with pytest.raises(msgspec.MsgspecError):
        decode_profile(b"\x95" + state[1:] + b"\x91" * 100_000 + b"\x90")
    with pytest.raises(msgspec.MsgspecError):
        decode_profile(state + b"\x00")
