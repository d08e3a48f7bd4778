"""Where experiments give the same flags values, perhaps to the same players."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.experiments.lifecycle import Experiment
from matsuri.experiments.overlaps import LaunchedPhases, Overlap
from tests.unit.experiments.worlds import DAY_S, NOW_S, experiment, phase, variant

GEMS = (variant("control", 500), variant("more", 500, gems="9"))
BOTH = (variant("control", 500, gems="1"), variant("more", 500, shop="red"))


def overlaps(one: Experiment, *others: Experiment, now_s: int = NOW_S) -> list[Overlap]:
    return LaunchedPhases([one, *others], now_s).overlaps(one)


def test_what_is_told_of_two_that_meet() -> None:
    one = experiment("one", phase("a", DAY_S, 3 * DAY_S, variants=BOTH), created_us=2)
    other = experiment("other", phase("b", 2 * DAY_S, 4 * DAY_S, variants=BOTH), created_us=1)
    (found,) = overlaps(one, other)
    assert (found.own.phase.name, found.other.phase.name) == ("a", "b")
    assert found.flags == ("gems", "shop")
    assert (found.start_s, found.end_s) == (NOW_S + 2 * DAY_S, NOW_S + 3 * DAY_S)
    assert found.wins is one
    assert overlaps(other, one)[0].wins is one


@pytest.mark.parametrize(
    "other",
    [
        experiment("other", phase("b", variants=GEMS)),
        experiment("other", phase("b", DAY_S, 2 * DAY_S)),
        experiment("other", phase("b", -DAY_S, 0)),
        experiment("other", phase("b", ended_time_sec=NOW_S)),
        experiment("other", phase("b"), launched=False),
        experiment("other", phase("b"), archived=True),
        experiment("other", phase("b"), exclude_audiences=("fans",)),
        experiment("other", phase("b", exclude_audiences=("fans", "whales"))),
        experiment("other", phase("b"), exclusion_group="shop tests", exclusion_to_permille=500),
    ],
    ids=[
        "other flags",
        "later",
        "over",
        "ended",
        "a draft",
        "archived",
        "left out",
        "left out of the phase",
        "one exclusion group",
    ],
)
def test_who_does_not_meet(other: Experiment) -> None:
    one = experiment("one", phase("a"), audiences=("fans",), exclusion_group="shop tests")
    assert overlaps(one, other) == []
    assert [each for each in overlaps(other, one) if other.body.launched] == []


def test_who_may_meet_in_spite_of_audiences() -> None:
    fans = experiment("one", phase("a"), audiences=("fans",), exclusion_group="a")
    for other in (
        experiment("other", phase("b")),
        experiment("other", phase("b"), audiences=("whales",)),
        experiment("other", phase("b"), exclude_audiences=("whales",), exclusion_group="b"),
        # What a phase says goes before what the experiment says.
        experiment("other", phase("b", exclude_audiences=()), exclude_audiences=("fans",)),
    ):
        assert len(overlaps(fans, other)) == 1


def test_a_draft_is_warned_before_it_is_launched_and_warns_nobody() -> None:
    draft = experiment("draft", phase("a"), launched=False)
    other = experiment("other", phase("b"))
    assert len(overlaps(draft, other)) == 1
    assert overlaps(other, draft) == []


def test_of_two_defined_at_once_the_later_name_wins() -> None:
    one, other = experiment("a", phase("a")), experiment("b", phase("b"))
    assert overlaps(one, other)[0].wins is other
    assert overlaps(other, one)[0].wins is other


spans = st.tuples(st.integers(-6, 6), st.integers(1, 6)).map(lambda each: (each[0], sum(each)))


@given(st.lists(spans, min_size=1, max_size=4), st.lists(spans, min_size=1, max_size=4))
def test_they_meet_in_those_seconds_in_which_both_are_on(
    mine: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    one = experiment("one", *(phase(f"a{n}", *span) for n, span in enumerate(mine)))
    other = experiment("other", *(phase(f"b{n}", *span) for n, span in enumerate(theirs)))
    found = overlaps(one, other)
    assert found == sorted(found, key=lambda each: each.start_s)
    for second in range(-7, 14):
        on = [
            (a, b)
            for a in mine
            for b in theirs
            if second >= 0 and a[0] <= second < a[1] and b[0] <= second < b[1]
        ]
        told = [each for each in found if each.start_s <= NOW_S + second < each.end_s]
        assert len(told) == len(on)


def test_the_users_of_a_flag() -> None:
    one, other = experiment("one", phase("a", variants=BOTH)), experiment("other", phase("b"))
    launched = LaunchedPhases([one, other], NOW_S)
    assert [each.experiment for each in launched.users_of("shop")] == [one, other]
    assert [each.experiment for each in launched.users_of("gems")] == [one]
    assert launched.users_of("none") == []
