"""The statistics that simulations are judged by, beside tables and beside chance itself."""

import random

import pytest

from tests.support.significance import (
    FALSE_ALARM,
    Sample,
    chi_square_p,
    difference_p,
    fit_p,
    independence_p,
    uniform_p,
)


@pytest.mark.parametrize(
    ("statistic", "degrees", "p"),
    [
        # Published quantiles of chi-square.
        (3.841, 1, 0.05),
        (6.635, 1, 0.01),
        (10.828, 1, 0.001),
        (5.991, 2, 0.05),
        (9.210, 2, 0.01),
        (7.815, 3, 0.05),
        (18.307, 10, 0.05),
        (29.588, 10, 0.001),
        (43.773, 30, 0.05),
        (99.334, 99, 0.4714),
        (0.0, 4, 1.0),
    ],
)
def test_tails_of_chi_square_are_those_of_the_tables(
    statistic: float, degrees: int, p: float
) -> None:
    assert chi_square_p(statistic, degrees) == pytest.approx(p, rel=1e-3)


def test_counts_fit_their_shares_or_not() -> None:
    assert fit_p([500, 500], [1, 1]) == 1.0
    # (550 - 500)² / 500, twice, is 10 with one degree of freedom.
    assert fit_p([550, 450], [1, 1]) == pytest.approx(0.001565, rel=1e-3)
    assert fit_p([700, 200, 100], [70, 20, 10]) == 1.0
    assert fit_p([660, 240, 100], [70, 20, 10]) < 0.01


def test_tables_are_independent_or_not() -> None:
    assert independence_p([[10, 20], [30, 60]]) == pytest.approx(1.0)
    # By hand: every cell is 10 from the 50 expected, 4 · 100 / 50 = 8 with one degree of freedom.
    assert independence_p([[60, 40], [40, 60]]) == pytest.approx(chi_square_p(8, 1))
    assert independence_p([[60, 0, 40], [40, 0, 60], [0, 0, 0]]) == pytest.approx(
        chi_square_p(8, 1)
    )
    assert independence_p([[5, 7]]) == 1.0


def test_means_differ_or_not() -> None:
    one, other, third = Sample(), Sample(), Sample()
    for number in range(1000):
        one.add(number % 10)
        other.add((number + 5) % 10)
        third.add(number % 10 + 0.5)
    assert difference_p(one, other) == 1.0
    # 0.5 over the root of 2 · 8.2583 / 1000.
    assert difference_p(one, third) == pytest.approx(1e-4, rel=0.05)
    assert difference_p(constant(1), constant(1)) == 1.0
    assert difference_p(constant(1), constant(2)) == 0.0


def constant(value: float) -> Sample:
    sample = Sample()
    for _ in range(3):
        sample.add(value)
    return sample


def test_even_numbers_are_told_from_uneven_ones() -> None:
    even = [(number + 0.5) / 100 for number in range(100)]
    assert uniform_p(even) > 0.999
    assert uniform_p([value**2 for value in even]) < 0.001
    # D is 0.1358 where n is large and p is 0.05.
    shifted = [max(value - 0.1358, 0.0) for value in ((n + 0.5) / 10_000 for n in range(10_000))]
    assert uniform_p(shifted) < 1e-9
    assert uniform_p([value - 0.01308 for value in even]) > 0.9


@pytest.mark.parametrize("test", ["fit", "independence", "difference"])
def test_chance_alone_makes_even_p_values(test: str) -> None:
    """So that an alarm is as rare as is said, and p values of many tests can be judged together."""
    chance = random.Random(7)
    found = []
    for _ in range(400):
        if test == "fit":
            draws = chance.choices(range(3), weights=[5, 3, 2], k=600)
            found.append(fit_p([draws.count(each) for each in range(3)], [5, 3, 2]))
        elif test == "independence":
            table = [[0] * 3 for _ in range(3)]
            for _ in range(600):
                table[chance.randrange(3)][chance.randrange(3)] += 1
            found.append(independence_p(table))
        else:
            samples = Sample(), Sample()
            for number in range(400):
                samples[number % 2].add(chance.expovariate(1))
            found.append(difference_p(*samples))
    assert uniform_p(found) > FALSE_ALARM


def test_a_bias_that_matters_is_found() -> None:
    """One point of a hundred among 100,000 players, a tenth of a spread among 10,000."""
    assert fit_p([51_000, 49_000], [1, 1]) < FALSE_ALARM
    chance = random.Random(8)
    one, other = Sample(), Sample()
    for _ in range(5_000):
        one.add(chance.gauss(0, 1))
        other.add(chance.gauss(0.1, 1))
    assert difference_p(one, other) < FALSE_ALARM
