"""What players taken at random say of all."""

from collections.abc import Iterator
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.estimate import CONFIDENCE_PERCENT, Estimate, estimate


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


@pytest.mark.parametrize(
    ("population", "looked"), [(50, 20), (300, 290), (400, 40), (1000, 100), (5000, 50)]
)
def test_the_truth_is_between_the_bounds_as_often_as_is_said(population: int, looked: int) -> None:
    found = [estimate(matched, looked, population) for matched in range(looked + 1)]
    step = max(1, population // 250)
    for truth in {*range(min(60, population)), *range(0, population + 1, step), population}:
        held = sum(
            chance
            for matched, chance in drawn(truth, looked, population)
            if found[matched].low <= truth <= found[matched].high
        )
        assert held >= CONFIDENCE_PERCENT / 100, truth


def drawn(truth: int, looked: int, population: int) -> Iterator[tuple[int, float]]:
    """How many of ``truth`` are among those looked at, and how likely that is: hypergeometric."""
    whole = comb(population, looked)
    for matched in range(max(0, looked + truth - population), min(looked, truth) + 1):
        ways = comb(truth, matched) * comb(population - truth, looked - matched)
        yield matched, ways / whole


def test_players_drawn_by_a_generator_hold_to_it_too() -> None:
    random = Random(7)
    population, looked, trials = 2000, 200, 1000
    for truth in (4, 200, 1000):
        held = 0
        for _ in range(trials):
            matched = sum(each < truth for each in random.sample(range(population), looked))
            found = estimate(matched, looked, population)
            held += found.low <= truth <= found.high
        assert held >= CONFIDENCE_PERCENT / 100 * trials, truth
