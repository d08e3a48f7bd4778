"""What players taken at random say of all."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.estimate import Estimate, estimate


@given(st.data())
def test_bounds_are_possible_and_hold_the_middle(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 10**7))
    looked = data.draw(st.integers(0, population))
    matched = data.draw(st.integers(0, looked))
    found = estimate(matched, looked, population)
    assert matched <= found.low <= max(found.count, matched)
    assert found.low <= found.high <= population - (looked - matched)
    if looked == population:
        assert found == Estimate(matched, matched, matched)


def test_nobody_looked_at_says_nothing() -> None:
    assert estimate(0, 0, 50) == Estimate(0, 0, 50)
    assert estimate(0, 0, 0) == Estimate(0, 0, 0)


def test_bounds_narrow_with_how_many_were_looked_at() -> None:
    widths = [
        found.high - found.low
        for looked in (100, 1000, 10_000, 99_000)
        for found in [estimate(looked // 10, looked, 100_000)]
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 100


def test_the_truth_is_between_the_bounds_about_as_often_as_is_said() -> None:
    random = Random(7)
    population, looked = 2000, 200
    for truth in (4, 200, 1000):
        players = [True] * truth + [False] * (population - truth)
        held = 0
        for _ in range(400):
            found = estimate(sum(random.sample(players, looked)), looked, population)
            held += found.low <= truth <= found.high
        assert held >= 0.92 * 400
