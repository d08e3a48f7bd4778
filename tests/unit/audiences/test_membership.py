"""Who is in an audience: exclude before include before filter, until when, and nested."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.membership import Audience, AudienceSet, Decision, Memberships
from matsuri.audiences.model import Entry, Listing, Target
from matsuri.audiences.nesting import NESTING_MAX, circle, nesting_problem
from matsuri.filters.compile import compile_filter
from matsuri.kit.clock import MICROSECONDS

NOW_S = 1_700_000_000
NOW_US = NOW_S * MICROSECONDS
TRUE, FALSE = "1 < 2", "2 < 1"


def audiences(**filters: str) -> AudienceSet:
    """Audiences whose ids are their names in lower case."""
    return AudienceSet(
        {
            name: Audience(name.lower(), name, compile_filter(text) if text else None)
            for name, text in filters.items()
        }
    )


def player(*entries: Entry, custom: dict[str, str] | None = None, created_s: int = 0) -> Target:
    return Target(
        identity_id="player-0001",
        sample_key="player-0001",
        created_s=created_s,
        updated_s=created_s,
        default={},
        custom=custom or {},
        computed={},
        entries=entries,
    )


def include(audience: str = "a", *, until_s: int = 0) -> Entry:
    return Entry(audience, Listing.INCLUDE, "player-0001", until_s * MICROSECONDS)


def exclude(audience: str = "a", *, until_s: int = 0) -> Entry:
    return Entry(audience, Listing.EXCLUDE, "player-0001", until_s * MICROSECONDS)


@pytest.mark.parametrize(
    ("text", "entries", "member", "decided_by"),
    [
        (TRUE, [], True, Decision.FILTER),
        (FALSE, [], False, Decision.FILTER),
        ("", [], False, Decision.NOTHING),
        ("", [include()], True, Decision.INCLUDE),
        (FALSE, [include()], True, Decision.INCLUDE),
        (TRUE, [exclude()], False, Decision.EXCLUDE),
        (TRUE, [include(), exclude()], False, Decision.EXCLUDE),
        (TRUE, [exclude(), include()], False, Decision.EXCLUDE),
        (FALSE, [include(), exclude(until_s=NOW_S)], True, Decision.INCLUDE),
        (TRUE, [include(), exclude(until_s=NOW_S + 1)], False, Decision.EXCLUDE),
        (FALSE, [include(until_s=NOW_S)], False, Decision.FILTER),
        (FALSE, [include("another")], False, Decision.FILTER),
    ],
)
def test_exclude_goes_before_include_before_the_filter(
    text: str, entries: list[Entry], member: bool, decided_by: Decision
) -> None:
    memberships = Memberships(audiences(A=text), player(*entries), NOW_US)
    assert memberships.in_audience("A") is member
    why = memberships.why("A")
    assert (why.member, why.decided_by) == (member, decided_by)


def test_an_audience_that_does_not_exist_has_nobody() -> None:
    memberships = Memberships(audiences(), player(), NOW_US)
    assert not memberships.in_audience("A")
    assert memberships.why("A").decided_by is Decision.NOTHING


def test_lists_decide_inside_of_filters_too() -> None:
    nested = audiences(A=TRUE, B='Audience("A")', C='not Audience("B")')
    memberships = Memberships(nested, player(exclude()), NOW_US)
    assert [memberships.in_audience(name) for name in "ABC"] == [False, False, True]
    (asked,) = memberships.why("C").audiences
    assert (asked.audience, asked.member) == ("B", False)
    assert asked.audiences[0].decided_by is Decision.EXCLUDE


def test_a_circle_that_was_let_in_ends() -> None:
    memberships = Memberships(audiences(A='Audience("B")', B='Audience("A")'), player(), NOW_US)
    assert not memberships.in_audience("A")
    assert memberships.why("A").audiences[0].audience == "B"


def test_what_many_share_is_explained_once() -> None:
    """Of 16 levels of two audiences, each of which asks about both below it."""
    filters = {"a-0": TRUE, "b-0": TRUE}
    for level in range(1, 16):
        both = f'Audience("a-{level - 1}") and Audience("b-{level - 1}")'
        filters |= {f"a-{level}": both, f"b-{level}": both}
    why = Memberships(audiences(**filters), player(), NOW_US).why("a-15")
    explained, waiting, told = [], [why], 0
    while waiting:
        trace = waiting.pop()
        told += 1
        assert trace.member
        if trace.filter is not None:
            explained.append(trace.audience)
        waiting += trace.audiences
    assert sorted(explained) == sorted(filters.keys() - {"b-15"})
    assert told < 2 * len(filters)


def test_it_changes_when_an_entry_ends_or_a_filter_flips() -> None:
    young = "Now() - createTime < 100"
    before = Memberships(audiences(A=young), player(created_s=NOW_S - 10), NOW_US)
    assert before.changes_at_us() is None, "nothing was asked yet"
    assert before.in_audience("A")
    assert before.changes_at_us() == (NOW_S + 90) * MICROSECONDS
    listed = Memberships(audiences(A=young), player(include(until_s=NOW_S + 5)), NOW_US)
    assert listed.in_audience("A")
    assert listed.changes_at_us() == (NOW_S + 5) * MICROSECONDS
    settled = Memberships(audiences(A=young), player(exclude()), NOW_US)
    assert not settled.in_audience("A")
    assert settled.changes_at_us() is None


_NAMES = ("A", "B", "C", "D")
_ends = st.sampled_from([0, NOW_S - 1, NOW_S, NOW_S + 1, NOW_S + 60])
_entries = st.lists(
    st.builds(
        lambda name, listing, end: Entry(name.lower(), listing, "player-0001", end * MICROSECONDS),
        st.sampled_from(_NAMES),
        st.sampled_from(Listing),
        _ends,
    ),
    max_size=6,
)


@st.composite
def _worlds(draw: st.DrawFn) -> AudienceSet:
    """Audiences of which each asks only about those before it."""
    filters: dict[str, str] = {}
    for name in _NAMES:
        clauses = [TRUE, FALSE, "Now() - createTime < 50", "Sample(50)", 'Audience("Gone")']
        clauses += [f'Audience("{before}")' for before in filters]
        chosen = draw(st.lists(st.sampled_from(clauses), max_size=3))
        joined = draw(st.sampled_from([" and ", " or "])).join(chosen)
        filters[name] = f"not ({joined})" if joined and draw(st.booleans()) else joined
    return audiences(**filters)


@given(_worlds(), _entries, st.integers(0, 100))
def test_why_says_what_is(world: AudienceSet, entries: list[Entry], age_s: int) -> None:
    target = player(*entries, created_s=NOW_S - age_s)
    for name in _NAMES:
        # A fresh one each time: what was asked before must make no difference.
        alone = Memberships(world, target, NOW_US)
        why = Memberships(world, target, NOW_US).why(name)
        assert why.member is alone.in_audience(name)
        held = {e.listing for e in entries if e.audience_id == name.lower() and e.holds(NOW_US)}
        if held:
            assert why.member is (held == {Listing.INCLUDE})
        elif why.filter is not None:
            assert why.member is (why.filter.value == "true")
        else:
            assert not why.member


@given(_worlds(), _entries, st.integers(0, 100))
def test_nothing_changes_before_the_time_that_is_told(
    world: AudienceSet, entries: list[Entry], age_s: int
) -> None:
    target = player(*entries, created_s=NOW_S - age_s)
    now = Memberships(world, target, NOW_US)
    answers = [now.in_audience(name) for name in _NAMES]
    end_us = now.changes_at_us() or NOW_US + 200 * MICROSECONDS
    later = Memberships(world, target, end_us - 1)
    assert [later.in_audience(name) for name in _NAMES] == answers


def test_a_circle_is_found_by_the_shortest_way() -> None:
    inside = {"A": ["B", "C"], "B": ["D"], "C": ["A"], "D": ["A"]}
    assert circle("A", lambda name: inside.get(name, [])) == ["A", "C", "A"]
    assert circle("B", lambda name: {"B": ["C"], "C": ["C"]}.get(name, [])) == []


def test_levels_above_and_below_count_together() -> None:
    chain = {f"N{i}": [f"N{i + 1}"] for i in range(NESTING_MAX - 1)}
    around = {f"N{i + 1}": [f"N{i}"] for i in range(NESTING_MAX - 1)}

    def problem(name: str) -> str:
        return nesting_problem(
            name, lambda each: chain.get(each, []), lambda each: around.get(each, [])
        )

    assert problem("N0") == problem("N8") == ""
    chain[f"N{NESTING_MAX - 1}"] = ["Last"]
    assert "more than 16" in problem("N0")
    assert "more than 16" in problem("N8")
