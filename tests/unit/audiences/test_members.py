"""When a stored membership has to be made again, and what that changes."""

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.members import (
    Check,
    Concerns,
    Evaluated,
    MembershipChange,
    PlayerState,
    changes,
    entries_digest,
    evaluate,
    fingerprint,
    is_due,
)
from matsuri.audiences.membership import Audience, AudienceSet
from matsuri.audiences.model import Entry, Listing
from matsuri.audiences.target import target_of
from matsuri.events.model import Event
from matsuri.filters.compile import compile_filter
from matsuri.identities.computed import COMPUTED_SUFFIXES, EMPTY, computed_properties, fold
from matsuri.identities.model import Identity
from matsuri.kit.clock import MICROSECONDS

NOW_US = 1_700_000_000 * MICROSECONDS
STATE = PlayerState(identity=3, profile=5, entries=7)
CHECK = Check(STATE, audiences_version=2)
PLAYER = Identity(
    key=1,
    id="player-0001",
    sample_id="player-0001",
    created_us=NOW_US - 10 * 86_400 * MICROSECONDS,
    updated_us=NOW_US,
    default_properties={"platform": "iOS"},
    custom_properties={"level": "12"},
)
FILTERS = {
    "Payers": 'PropertiesComputed("purchaseCompletedCount", 0) > 0',
    "Rich": 'PropertiesComputed("purchaseCompletedValueSum", 0) > 20 and Audience("Payers")',
    "Recent": 'Now() - PropertiesComputed("sessionStartSeenLast", 0) < Duration("7d")',
    "Lost": 'EventCount("gameFailed", "7d") > 2',
    "Novices": 'PropertiesCustom("level", 0) < 20',
    "Listed": "",
}


def audience_set(filters: Mapping[str, str] = FILTERS) -> AudienceSet:
    return AudienceSet(
        {
            name: Audience(f"id-{name}", name, compile_filter(text) if text else None)
            for name, text in filters.items()
        }
    )


def due(check: Check | None, state: PlayerState | None, *, version: int = 2) -> bool:
    return is_due(check, state, audiences_version=version, now_us=NOW_US)


def test_who_is_as_they_were_is_not_due() -> None:
    assert not due(CHECK, STATE)
    assert not due(None, None)


@pytest.mark.parametrize("field", ["identity", "profile", "entries"])
def test_any_other_state_is_due(field: str) -> None:
    assert due(CHECK, msgspec.structs.replace(STATE, **{field: 1}))


def test_new_players_gone_players_and_other_audiences_are_due() -> None:
    assert due(None, STATE)
    assert due(CHECK, None)
    assert due(CHECK, STATE, version=3)


@pytest.mark.parametrize(("recheck_us", "expected"), [(0, False), (NOW_US, True)])
def test_time_makes_due_when_it_has_come(recheck_us: int, expected: bool) -> None:
    assert due(msgspec.structs.replace(CHECK, recheck_us=recheck_us), STATE) is expected
    later = msgspec.structs.replace(CHECK, recheck_us=NOW_US + 1)
    assert not due(later, STATE)


def test_what_changed_is_what_is_not_in_both() -> None:
    evaluated = [
        Evaluated(1, frozenset({"a", "b"}), CHECK),
        Evaluated(2, frozenset({"a"}), CHECK),
        Evaluated(3),
    ]
    stored = {1: {"b", "c"}, 3: {"a"}}
    assert changes(evaluated, stored, at_us=9) == [
        MembershipChange("a", 1, True, 9),
        MembershipChange("c", 1, False, 9),
        MembershipChange("a", 2, True, 9),
        MembershipChange("a", 3, False, 9),
    ]


def test_a_player_is_evaluated_with_the_time_of_the_next_change() -> None:
    started = Event(id="e", name="_sessionStart", timestamp_us=NOW_US, value=None, metadata={})
    profile = fold(EMPTY, [started])
    found = evaluate(
        audience_set(),
        1,
        target_of(PLAYER, profile, ()),
        STATE,
        audiences_version=2,
        now_us=NOW_US,
    )
    assert found.audience_ids == {"id-Recent", "id-Novices"}
    assert found.check == Check(STATE, 2, NOW_US + 7 * 86_400 * MICROSECONDS)


def test_lists_have_one_number_in_whatever_order() -> None:
    entries = [
        Entry("a", Listing.INCLUDE, "player-0001"),
        Entry("a", Listing.EXCLUDE, "player-0001", NOW_US),
        Entry("b", Listing.INCLUDE, "player-0001"),
    ]
    digest = entries_digest(entries)
    assert digest == entries_digest(entries[::-1])
    assert -(2**63) <= digest < 2**63
    others = [
        [],
        entries[:2],
        [*entries[:2], Entry("b", Listing.EXCLUDE, "player-0001")],
        [*entries[:2], Entry("b", Listing.INCLUDE, "player-0001", 5)],
    ]
    assert len({digest, *map(entries_digest, others)}) == 1 + len(others)
    assert entries_digest([]) == 0


def test_a_set_is_told_apart_by_what_lets_players_in() -> None:
    known = fingerprint(audience_set())
    assert known == fingerprint(audience_set(dict(reversed(FILTERS.items()))))
    assert known != fingerprint(audience_set({**FILTERS, "Listed": "true"}))
    assert known != fingerprint(audience_set({**FILTERS, "Another": ""}))


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('PropertiesComputed("purchaseCompletedCount", 0) > 0', "purchaseCompleted", True),
        ('PropertiesComputed("purchaseCompletedCount", 0) > 0', "gameStarted", False),
        ('PropertiesComputed("purchaseCompletedCount", 0) > 0', "_sessionStart", True),
        ('EventSequence("levelStarted", "levelFailed", "1d")', "levelStarted", True),
        ('EventSequence("levelStarted", "levelFailed", "1d")', "levelFailed", True),
        ('EventLast("levelFailed") > 0', "levelStarted", False),
        ('Properties("platform", "") == "iOS"', "gameStarted", False),
        ("Now() - updateTime < 60", "gameStarted", True),
        ('PropertiesComputed("nothing", 0) > 0', "nothing", False),
    ],
)
def test_events_that_no_filter_reads_do_not_concern(text: str, name: str, expected: bool) -> None:
    assert Concerns(audience_set({"One": text}))(name) is expected


def test_every_computed_property_has_a_known_ending() -> None:
    event = Event(id="e", name="_won", timestamp_us=NOW_US, value="7", metadata={})
    found = computed_properties(fold(EMPTY, [event]))
    assert found.keys() == {f"won{ending}" for ending in COMPUTED_SUFFIXES}


names = st.sampled_from(
    ["purchaseCompleted", "gameFailed", "gameStarted", "_sessionStart", "Count"]
)


@given(st.lists(names, max_size=5), names, st.integers(1, 50))
def test_an_event_that_does_not_concern_changes_nothing(
    before: list[str], name: str, value: int
) -> None:
    audiences = audience_set()

    def event(name: str) -> Event:
        return Event(id="e", name=name, timestamp_us=NOW_US, value=str(value), metadata={})

    profile = fold(EMPTY, map(event, before))
    found = [
        evaluate(
            audiences, 1, target_of(PLAYER, each, ()), STATE, audiences_version=1, now_us=NOW_US
        )
        for each in (profile, fold(profile, [event(name)]))
    ]
    assert found[0] == found[1] or Concerns(audiences)(name)
