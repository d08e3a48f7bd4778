"""``next_flip`` is never too late: until then, time changes nothing."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsuri.filters.compile import Filter, compile_filter
from matsuri.filters.syntax import Binary, Call, Literal, Node, Unary, Variable, logical
from matsuri.filters.write import write
from tests.unit.filters.players import NOW_S, PLAYER, PlainFacts, at
from tests.unit.filters.trees import EVENTS, WINDOWS, filters, players
from tests.unit.plain_windows import DAY_S, PlainEvent, PlainWindows

HOUR_S = 3_600
EXAMPLES = 200
SPANS_S = (0, 90, HOUR_S, DAY_S, 7 * DAY_S)

_moments = st.sampled_from(
    (
        Call("Now", ()),
        Call("Now", ()),
        Call("LocalHour", ()),
        Variable("createTime"),
        Variable("updateTime"),
        Call("PropertiesCustom", (Literal("seen"), Literal(0))),
        *(Call("EventLast", (Literal(name),)) for name in EVENTS),
        *(Call("EventCount", (Literal(EVENTS[0]), Literal(span))) for span in WINDOWS),
        *(Call("EventDays", (Literal(EVENTS[1]), Literal(span))) for span in WINDOWS),
        *(Call("Duration", (Literal(span),)) for span in WINDOWS),
        Literal(0),
        Literal(2),
        Literal(NOW_S),
        Literal(NOW_S + HOUR_S),
        Literal(0.5),
    )
)


def _sums(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return (
        st.builds(Binary, st.sampled_from("+-"), inner, inner)
        | st.builds(Unary, st.just("-"), inner)
        | st.builds(Binary, st.just("/"), inner, st.sampled_from([Literal(60), Literal(2.5)]))
    )


_sides = st.recursive(_moments, _sums, max_leaves=4)
_NOW = Call("Now", ())
_ages = st.builds(
    lambda operator, since, span, negated: Binary(
        operator,
        *(Unary("-", side) if negated else side for side in (Binary("-", _NOW, since), span)),
    ),
    st.sampled_from(("<", "<=", ">", ">=", "==")),
    _moments,
    st.sampled_from([Call("Duration", (Literal(span),)) for span in WINDOWS]),
    st.booleans(),
)
_hours = st.integers(0, 23).map(lambda hour: Binary("==", Call("LocalHour", ()), Literal(hour)))
_comparisons = (
    _ages
    | _hours
    | st.builds(Binary, st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), _sides, _sides)
)
_clauses = st.recursive(
    _comparisons | filters(),
    lambda inner: (
        st.builds(logical, st.sampled_from(("and", "or")), inner, inner)
        | st.builds(Unary, st.just("not"), inner)
    ),
    max_leaves=3,
)


def moments_of(facts: PlainFacts) -> list[int]:
    """Seconds after now at which something could change, and those beside them."""
    known = [event.time_s for event in facts.windows.events]
    known += [facts.create_time_s, facts.update_time_s, NOW_S, NOW_S + HOUR_S]
    known += [int(text) for text in facts.custom.values() if text.isdecimal() and len(text) < 12]
    hour = NOW_S - (NOW_S + facts.local_offset_s) % HOUR_S
    found = {time + span + beside for time in known for span in SPANS_S for beside in (-1, 0, 1)}
    found |= {hour + hours * HOUR_S + beside for hours in range(30) for beside in (-1, 0, 1)}
    found |= {NOW_S + 1, NOW_S + 2, NOW_S + 400 * DAY_S}
    return sorted(one for one in found if one > facts.now_s)


@settings(max_examples=EXAMPLES)
@given(_clauses, players())
def test_it_is_never_too_late(tree: Node, facts: PlainFacts) -> None:
    compiled = Filter(write(tree), tree)
    now = compiled.matches(facts)
    flip = compiled.next_flip(facts)
    assert flip is None or flip > facts.now_s
    for moment in moments_of(facts):
        if flip is not None and moment >= flip:
            break
        assert compiled.matches(at(facts, moment)) is now, moment - facts.now_s


@settings(max_examples=EXAMPLES)
@given(_comparisons, players())
def test_the_next_two_minutes_are_scanned_second_by_second(tree: Node, facts: PlainFacts) -> None:
    compiled = Filter(write(tree), tree)
    facts = at(facts, NOW_S - 60)
    now, flip = compiled.matches(facts), compiled.next_flip(facts)
    until = min(flip or NOW_S + 60, NOW_S + 60)
    assert {compiled.matches(at(facts, one)) for one in range(facts.now_s, until)} == {now}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("true", None),
        ('PropertiesCustom("level", 0) > 3', None),
        ('Now() - createTime <= Duration("101d")', DAY_S + 1),
        ('Now() - createTime > Duration("101d")', DAY_S + 1),
        ('Now() - createTime >= Duration("101d")', DAY_S),
        ('Now() - createTime < Duration("1d")', None),
        ('createTime + Duration("101d") < Now()', DAY_S + 1),
        ('Duration("101d") > Now() - createTime', DAY_S),
        ("(Now() - createTime) / 86400 >= 100.5", DAY_S // 2),
        (f"Now() == {NOW_S + 5}", 5),
        (f"Now() == {NOW_S}", 1),
        (f"Now() != {NOW_S - 5}", None),
        (f"{NOW_S + 5} <= Now() <= {NOW_S + 9}", 5),
        (f"{NOW_S - 5} <= Now() <= {NOW_S + 9}", 10),
        ("Now() % 2 == 0", 1),
        ("LocalHour() == 3", HOUR_S - (NOW_S + 7_200) % HOUR_S),
        ('EventCount("gameStarted", "1h") > 0', HOUR_S - 60),
        ('Now() - EventLast("gameStarted") > Duration("2h")', 2 * HOUR_S - 60 + 1),
        (f"-Now() <= -{NOW_S + 5}", 5),
        (f"Now() / 2 == {NOW_S // 2 + 1}", 1),
        # What is not come to is not asked.
        ('PropertiesCustom("level", 0) > 99 and Now() % 2 == 0', None),
        ('PropertiesCustom("level", 0) > 3 or Now() % 2 == 0', None),
        ('PropertiesCustom("level", "") > 3 and Now() % 2 == 0', None),
        ("any([1, 2], Now() % 2 == #)", 1),
        ('Now() > "soon"', None),
    ],
)
def test_it_is_solved_where_it_can_be(text: str, seconds: int | None) -> None:
    flip = compile_filter(text).next_flip(PLAYER)
    assert (None if flip is None else flip - NOW_S) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("LocalHour() == 3", 1_800 - (NOW_S % 1_800)),
        ('Now() - EventLast("gameStarted") < Duration("1h")', 600),
        ('Now() - EventLast("gameStarted") < 0', 600),
        ('PropertiesCustom("level", 0) == 0 and Now() >= createTime', 50),
        ('PropertiesCustom("level", 0) != 0 or Now() >= createTime', 50),
    ],
)
def test_a_player_with_a_future_between_full_hours(text: str, seconds: int) -> None:
    windows = PlainWindows([PlainEvent("gameStarted", NOW_S + 600)])
    facts = PlainFacts(windows=windows, local_offset_s=19_800, create_time_s=NOW_S + 50)
    assert (NOW_S + 19_800) % HOUR_S > 1_800
    assert compile_filter(text).next_flip(facts) == NOW_S + seconds


def test_what_the_facts_raise_is_asked_again_in_a_second() -> None:
    filter_ = compile_filter('EventCount("gameStarted", "1h") > 0')
    assert filter_.next_flip(PlainFacts(windows=None)) == NOW_S + 1


@pytest.mark.parametrize(
    "text",
    [
        # Each is solved by a search, which asks 35 times.
        " or ".join(["len(map(map(1..9999, # + createTime), #)) < Now() - 9e9"] * 50),
        " and ".join(["Now() > 0", *["none(1..9999, # > createTime + 1e9)"] * 90]),
    ],
)
def test_what_takes_long_to_solve_is_asked_again_in_a_second(text: str) -> None:
    filter_ = compile_filter(text)
    began_s = time.process_time()
    assert filter_.next_flip(PLAYER) == NOW_S + 1
    # An evaluation that ends with its work takes some ten milliseconds.
    assert time.process_time() - began_s < 0.15
