"""The runs that a schedule asks for, whatever was changed or stopped. Pure.

A run of a cron ends after its duration, or where the next one begins, if that is sooner. Whole days
of the duration are days by the clock, so that daily runs of a day follow each other without a gap
also where a day has 23 or 25 hours; what is left of it is real time, as is all of it where the cron
follows real time.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from matsuri.kit.wall_clock import END_S, WallClock, wall_clock
from matsuri.live_events.cron import cron_of
from matsuri.live_events.model import Schedule
from matsuri.live_events.ticks import Tick, Ticks

_DAY_S = 86_400
_SCHEDULES_CACHED_MAX = 16_384


class Span(NamedTuple):
    """A run as it is scheduled, from start to before end, in seconds.

    For its key see ``model.Run``.
    """

    key_s: int
    start_s: int
    end_s: int


class Scheduled(Protocol):
    """The runs of a schedule in the order of time; none overlaps another."""

    def from_(self, instant_s: int) -> Span | None:
        """The first that starts at the instant or later."""
        ...

    def before(self, instant_s: int) -> Span | None:
        """The last that starts before the instant."""
        ...

    def of_key(self, key_s: int) -> Span | None:
        """The one of that key."""
        ...


def clock_of(schedule: Schedule, player_zone: str = "") -> WallClock:
    """The clock that a schedule goes by, for a player of that zone if its times are local."""
    return wall_clock((player_zone if schedule.player_local else "") or schedule.time_zone)


@lru_cache(maxsize=_SCHEDULES_CACHED_MAX)
def scheduled(schedule: Schedule, player_zone: str = "") -> Scheduled:
    """The runs of a schedule; ``player_zone`` matters where its times are local to players.

    Raises ``ValueError`` for a cron that is none.
    """
    clock = clock_of(schedule, player_zone)
    if not schedule.reset_cron:
        return _Once(_only_span(schedule, clock))
    return _Repeated(schedule, clock)


def _only_span(schedule: Schedule, clock: WallClock) -> Sequence[Span]:
    key_s, end_s = schedule.start_time_sec, schedule.end_time_sec or END_S
    start_s = key_s
    if schedule.player_local:
        start_s, end_s = clock.first_instant(key_s), clock.first_instant(end_s)
    return (Span(key_s, start_s, end_s),) if start_s < end_s else ()


class _Once:
    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans

    def from_(self, instant_s: int) -> Span | None:
        return next((each for each in self._spans if each.start_s >= instant_s), None)

    def before(self, instant_s: int) -> Span | None:
        return next((each for each in self._spans if each.start_s < instant_s), None)

    def of_key(self, key_s: int) -> Span | None:
        return next((each for each in self._spans if each.key_s == key_s), None)


class _Repeated:
    def __init__(self, schedule: Schedule, clock: WallClock) -> None:
        cron = cron_of(schedule.reset_cron)
        self._local = schedule.player_local
        self._real = cron.every_hour and not self._local
        self._ticks = Ticks(cron, clock, real=self._real)
        self._clock = clock
        self._duration_s = schedule.duration_sec
        self._start_s = schedule.start_time_sec
        self._end_s = schedule.end_time_sec or END_S

    def from_(self, instant_s: int) -> Span | None:
        earliest_s = self._clock.first_instant(self._start_s) if self._local else self._start_s
        tick = self._ticks.after(max(instant_s, earliest_s) - 1)
        while tick is not None and self._key(tick) < self._start_s:
            # Left out by the clocks together with the start.
            tick = self._ticks.after(tick.instant_s)
        return self._span(tick)

    def before(self, instant_s: int) -> Span | None:
        latest_s = self._clock.first_instant(self._end_s) if self._local else self._end_s
        tick = self._ticks.before(min(instant_s, latest_s + 1))
        while tick is not None and self._key(tick) >= self._end_s:
            tick = self._ticks.before(tick.instant_s)
        return self._span(tick)

    def of_key(self, key_s: int) -> Span | None:
        found = self.from_(self._clock.first_instant(key_s) if self._local else key_s)
        return found if found is not None and found.key_s == key_s else None

    def _span(self, tick: Tick | None) -> Span | None:
        if tick is None or not self._asked(tick):
            return None
        end_s = self._natural_end(tick)
        following = self._ticks.after(tick.instant_s)
        if following is not None and self._asked(following):
            end_s = min(end_s, following.instant_s)
        return Span(self._key(tick), tick.instant_s, end_s)

    def _key(self, tick: Tick) -> int:
        return tick.shown_s if self._local else tick.instant_s

    def _asked(self, tick: Tick) -> bool:
        return self._start_s <= self._key(tick) < self._end_s

    def _natural_end(self, tick: Tick) -> int:
        if self._real:
            return tick.instant_s + self._duration_s
        days_s = self._duration_s // _DAY_S * _DAY_S
        if not days_s:
            return tick.instant_s + self._duration_s
        by_clock_s = self._clock.first_instant(tick.shown_s + days_s)
        return max(by_clock_s, tick.instant_s + 1) + self._duration_s - days_s
