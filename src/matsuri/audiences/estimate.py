"""How many of all players a part of them speaks for. Pure."""

from math import ceil, floor, sqrt

import msgspec

CONFIDENCE_PERCENT = 95
# How many standard deviations around the middle hold that share of a normal distribution.
_DEVIATIONS = 1.959964
_CONTINUITY = 0.5


class Estimate(msgspec.Struct, frozen=True):
    """How many there are, probably, and between which bounds, with ``CONFIDENCE_PERCENT``.

    Where everybody was looked at, all three are the same.
    """

    count: int
    low: int
    high: int


def estimate(matched: int, looked: int, population: int) -> Estimate:
    """What ``matched`` of ``looked`` players, taken at random, say of ``population``.

    The bounds are the score interval of Wilson (1927) with correction for continuity, method 4 of
    R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven
    methods", Statistics in Medicine 17 (1998), 857-872. They hold for shares near 0 and 1, too,
    where those without the correction hold less often than is said. The variance has the correction
    for a finite population, (N - n) / (N - 1): of those that were looked at, all is known (W. G.
    Cochran, Sampling Techniques, 1977, section 2.6). Nobody looked at says nothing: anything is
    possible.
    """
    if looked >= population:
        return Estimate(matched, matched, matched)
    if not looked:
        return Estimate(0, 0, population)
    squared = _DEVIATIONS**2 * (population - looked) / (population - 1)
    others = looked - matched
    low = _bound((matched - _CONTINUITY) / looked, looked, squared, -1) if matched else 0.0
    high = _bound((matched + _CONTINUITY) / looked, looked, squared, 1) if others else 1.0
    # Away from the middle, so that rounding takes nothing of the confidence.
    return Estimate(
        round(matched * population / looked),
        max(matched, floor(low * population)),
        min(population - others, ceil(high * population)),
    )


def _bound(share: float, looked: int, squared: float, side: int) -> float:
    """The lower (-1) or upper (1) score bound; ``squared`` is the square of the deviations."""
    reach = sqrt(squared * (squared + 4 * looked * share * (1 - share)))
    return (2 * looked * share + squared + side * reach) / (2 * (looked + squared))
