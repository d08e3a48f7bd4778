"""When a cron has its ticks by the clocks of a zone. Pure.

A cron has one tick for each time that it asks for: the first time that the clocks show it; or the
instant at which they are put forward past it, where several that are left out together are one.

One that has ticks in every hour may rather follow ``real`` time: each instant at which the clocks
show a time that it asks for is a tick. So there is none in an hour that is left out as clocks are
put forward, and one more in an hour that comes twice.
"""

from typing import NamedTuple

from matsuri.kit.wall_clock import WallClock
from matsuri.live_events.cron import Cron


class Tick(NamedTuple):
    """The instant of a tick and what the cron asked for, both in seconds."""

    instant_s: int
    shown_s: int


class Ticks:
    """The ticks of a cron by the clocks of a zone; from both sides the same."""

    def __init__(self, cron: Cron, clock: WallClock, *, real: bool) -> None:
        self._cron = cron
        self._clock = clock
        self._real = real and cron.every_hour

    def after(self, instant_s: int) -> Tick | None:
        """The first one after the instant."""
        if self._real:
            return self._real_after(instant_s)
        return self._first_shown_after(self._clock.reached(instant_s))

    def before(self, instant_s: int) -> Tick | None:
        """The last one before the instant."""
        if self._real:
            return self._real_before(instant_s)
        shown = self._cron.tick_before(self._clock.reached(instant_s - 1) + 1)
        if shown is None:
            return None
        # Of several that are left out together, it is the first that is the tick.
        before = self._clock.reached(self._clock.first_instant(shown) - 1)
        return self._first_shown_after(before)

    def _first_shown_after(self, shown_s: int) -> Tick | None:
        shown = self._cron.tick_after(shown_s)
        return None if shown is None else Tick(self._clock.first_instant(shown), shown)

    def _real_after(self, instant_s: int) -> Tick | None:
        searched, found = None, None
        for stretch in self._clock.stretches_from(instant_s + 1):
            first = max(stretch.since_s, instant_s + 1) + stretch.ahead_s
            if searched is None or found is None or not searched <= first <= found:
                searched, found = first, self._cron.tick_after(first - 1)
                if found is None:
                    return None
            if found - stretch.ahead_s < stretch.until_s:
                return Tick(found - stretch.ahead_s, found)
        return None

    def _real_before(self, instant_s: int) -> Tick | None:
        searched, found = None, None
        for stretch in self._clock.stretches_back_from(instant_s - 1):
            last = min(stretch.until_s, instant_s) - 1 + stretch.ahead_s
            if searched is None or found is None or not found <= last <= searched:
                searched, found = last, self._cron.tick_before(last + 1)
                if found is None:
                    return None
            if found - stretch.ahead_s >= stretch.since_s:
                return Tick(found - stretch.ahead_s, found)
        return None
