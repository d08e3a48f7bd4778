"""How many of all players a part of them speaks for. Pure."""

from math import sqrt

import msgspec

CONFIDENCE_PERCENT = 95
# How many standard deviations around the middle hold that share of a normal distribution.
_DEVIATIONS = 1.959964


class Estimate(msgspec.Struct, frozen=True):
    """How many there are, probably, and between which bounds, with ``CONFIDENCE_PERCENT``.

    Where everybody was looked at, all three are the same.
    """

    count: int
    low: int
    high: int


def estimate(matched: int, looked: int, population: int) -> Estimate:
    """What ``matched`` of ``looked`` players, taken at random, say of ``population``.

    The bounds are Wilson's, which hold for shares near 0 and 1, too, narrowed for how much of the
    whole population was looked at. Nobody looked at says nothing: anything is possible.
    """
    if looked >= population:
        return Estimate(matched, matched, matched)
    if not looked:
        return Estimate(0, 0, population)
    share = matched / looked
    # The part that was looked at is known: only the rest is uncertain.
    deviations = _DEVIATIONS * sqrt((population - looked) / (population - 1))
    weight = deviations**2 / looked
    middle = (share + weight / 2) / (1 + weight)
    reach = deviations * sqrt(share * (1 - share) / looked + weight / (4 * looked)) / (1 + weight)
    at_least, at_most = matched, population - (looked - matched)
    return Estimate(
        round(share * population),
        max(at_least, min(round((middle - reach) * population), round(share * population))),
        min(at_most, max(round((middle + reach) * population), round(share * population))),
    )
