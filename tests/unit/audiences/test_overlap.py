"""Whether two things may be for the same player, held against every way to be in audiences."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.overlap import Targeting, may_intersect

NAMES = ("a", "b", "c", "d")
EVERY_PLAYER = [set(some) for size in range(5) for some in combinations(NAMES, size)]
TARGETINGS = st.builds(
    Targeting, st.lists(st.sampled_from(NAMES)), st.lists(st.sampled_from(NAMES))
)


def is_for(targeting: Targeting, memberships: set[str]) -> bool:
    inside = not targeting.audiences or memberships.intersection(targeting.audiences)
    return bool(inside) and not memberships.intersection(targeting.exclude_audiences)


@given(TARGETINGS, TARGETINGS)
def test_they_may_intersect_where_some_player_could_have_both(
    one: Targeting, other: Targeting
) -> None:
    shared = any(is_for(one, each) and is_for(other, each) for each in EVERY_PLAYER)
    assert may_intersect(one, other) == shared
    assert may_intersect(other, one) == shared


def test_all_players_and_those_who_are_kept_out_of_the_other() -> None:
    assert may_intersect(Targeting(), Targeting())
    assert may_intersect(Targeting(("a",)), Targeting(("b",)))
    assert not may_intersect(Targeting(("a",)), Targeting((), ("a",)))
    assert not may_intersect(Targeting(("a", "b"), ("a",)), Targeting((), ("b",)))
