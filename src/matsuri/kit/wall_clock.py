"""What clocks on walls show, and when they show it: time zones with their changes. Pure.

An instant is in seconds since the epoch. What a clock shows is told as the instant at which a clock
in UTC shows the same. A zone is a row of stretches, in each of which its clocks are the same number
of seconds ahead of UTC; where one gives way to the next, clocks are put forward or back.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from matsuri.kit.time_zones import find_zone

FIRST_S = 0
END_S = 32_503_680_000  # the year 3000

_DAY_S = 86_400
# No clock is further than this from UTC, nor is put forward or back by more.
_AWAY_S_MAX = 26 * 3600
_YEARS = range(1968, 3001)
_CLOCKS_CACHED_MAX = 4096
_ROWS_CACHED_MAX = 16_384


class Stretch(NamedTuple):
    """From ``since_s`` to before ``until_s``, clocks are ``ahead_s`` ahead of UTC."""

    since_s: int
    until_s: int
    ahead_s: int


class WallClock:
    """The clocks of a zone, from 1970 to the year 3000."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def stretches_from(self, instant_s: int) -> Iterator[Stretch]:
        """Those from the one that the instant is in, in the order of time.

        One that lasts longer than a year comes in several pieces.
        """
        for year in range(_year(instant_s), _YEARS.stop):
            for each in _row(self._zone, year):
                if each.until_s > instant_s:
                    yield each

    def stretches_back_from(self, instant_s: int) -> Iterator[Stretch]:
        """Those from the one that the instant is in, back in time."""
        for year in range(_year(instant_s), _YEARS.start - 1, -1):
            for each in reversed(_row(self._zone, year)):
                if each.since_s <= instant_s:
                    yield each

    def reached(self, instant_s: int) -> int:
        """The latest that the clocks have ever shown up to and with the instant.

        It is what they show, but for the time after they were put back.
        """
        latest = instant_s - _AWAY_S_MAX
        for each in self.stretches_from(instant_s - 2 * _AWAY_S_MAX):
            if each.since_s > instant_s:
                break
            latest = max(latest, min(each.until_s - 1, instant_s) + each.ahead_s)
        return latest

    def first_instant(self, shown_s: int) -> int:
        """The first instant at which the clocks show at least that.

        Of a time that comes twice that is the first; one that is left out as clocks are put
        forward, they pass at the instant of that.
        """
        for each in self.stretches_from(shown_s - _AWAY_S_MAX):
            if shown_s - each.ahead_s < each.until_s:
                return max(each.since_s, shown_s - each.ahead_s)
        return END_S


@lru_cache(maxsize=_CLOCKS_CACHED_MAX)
def wall_clock(zone: str) -> WallClock:
    """The clocks of an IANA zone, or of an offset; of UTC where the text names no zone."""
    return WallClock(find_zone(zone) or UTC)


def _year(instant_s: int) -> int:
    clamped = min(max(instant_s, FIRST_S - _DAY_S * 366), END_S)
    return datetime.fromtimestamp(clamped, UTC).year


@lru_cache(maxsize=_ROWS_CACHED_MAX)
def _row(zone: tzinfo, year: int) -> Sequence[Stretch]:
    """The stretches of a year, in UTC."""
    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    after = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
    row = []
    since, ahead = first, _ahead(zone, first)
    for day in range(first, after, _DAY_S):
        # No zone changes its clocks twice within a day.
        if _ahead(zone, day + _DAY_S - 1) != ahead:
            change = _change(zone, max(since, day - 1), day + _DAY_S - 1)
            row.append(Stretch(since, change, ahead))
            since, ahead = change, _ahead(zone, change)
    return (*row, Stretch(since, after, ahead))


def _change(zone: tzinfo, before_s: int, after_s: int) -> int:
    """The first second from which on the zone is as it is ``after_s``, not as ``before_s``."""
    after = _ahead(zone, after_s)
    while after_s - before_s > 1:
        middle = (before_s + after_s) // 2
        if _ahead(zone, middle) == after:
            after_s = middle
        else:
            before_s = middle
    return after_s


def _ahead(zone: tzinfo, instant_s: int) -> int:
    offset = datetime.fromtimestamp(instant_s, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
