"""How likely it is by chance alone that counts and samples are as far off as they are.

Each function ending in ``_p`` tells the chance of something at least as far off where nothing is
wrong: small values are alarms. A check that demands more than ``FALSE_ALARM`` fails without a cause
for one of ten thousand seeds; seeds are fixed, so it fails always or never.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

FALSE_ALARM = 1e-4

# Further terms of the series for the distribution of Kolmogorov are nothing to a float.
_KOLMOGOROV_TERMS = 100
_KOLMOGOROV_SMALL = 0.2


class Sample(msgspec.Struct):
    """What is needed of some numbers to compare their mean with another one."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """One number more."""
        self.count += 1
        self.total += value
        self.squares += value * value

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def error(self) -> float:
        """The variance of the mean."""
        spread = (self.squares - self.total * self.mean) / (self.count - 1)
        return max(0.0, spread) / self.count


def chi_square_p(statistic: float, degrees: int) -> float:
    """The upper tail of the chi-square distribution."""
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    # Q(a + 1, x) = Q(a, x) + x^a e^-x / gamma(a + 1), from Q(1/2, x) = erfc(sqrt x), Q(0, x) = 0.
    tail, order = (math.erfc(math.sqrt(half)), 0.5) if degrees % 2 else (0.0, 0.0)
    while order < degrees / 2:
        tail += math.exp(order * math.log(half) - half - math.lgamma(order + 1))
        order += 1
    return min(1.0, tail)


def fit_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Whether ``counts`` are split by ``shares``, of which none is 0: chi-square."""
    total, whole = sum(counts), sum(shares)
    expected = [total * share / whole for share in shares]
    statistic = sum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True))
    return chi_square_p(statistic, len(counts) - 1)


def independence_p(table: Sequence[Sequence[int]]) -> float:
    """Whether rows and columns of a table of counts have nothing to do with each other."""
    rows = [row for row in table if sum(row)]
    columns = [column for column in zip(*rows, strict=True) if sum(column)]
    total = sum(map(sum, rows))
    statistic = 0.0
    for column in columns:
        for n, row in zip(column, rows, strict=True):
            expected = sum(row) * sum(column) / total
            statistic += (n - expected) ** 2 / expected
    degrees = (len(rows) - 1) * (len(columns) - 1)
    return chi_square_p(statistic, degrees) if degrees > 0 else 1.0


def difference_p(one: Sample, other: Sample) -> float:
    """Whether two samples have the same mean; for samples so large that means are normal."""
    error = math.sqrt(one.error + other.error)
    if not error:
        return 1.0 if one.mean == other.mean else 0.0
    return math.erfc(abs(one.mean - other.mean) / error / math.sqrt(2))


def uniform_p(values: Iterable[float]) -> float:
    """Whether numbers from 0 to 1 are spread evenly: Kolmogorov and Smirnov, by Stephens."""
    ordered = sorted(values)
    size = len(ordered)
    furthest = max(
        max((rank + 1) / size - value, value - rank / size) for rank, value in enumerate(ordered)
    )
    root = math.sqrt(size)
    scaled = furthest * (root + 0.12 + 0.11 / root)
    terms = range(1, _KOLMOGOROV_TERMS)
    tail = 2 * sum((-1) ** (term - 1) * math.exp(-2 * (term * scaled) ** 2) for term in terms)
    # The series is of no use near 0, where the tail is 1.
    return min(1.0, tail) if scaled > _KOLMOGOROV_SMALL else 1.0
