"""When the runs of a live event are: from its definition and an instant alone. Pure.

A run that is stopped ends then. When it is resumed within its time, it goes on under its key: so
runs of the same key follow each other. Each question takes a bounded time, however many runs lie
between.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import END_S, FIRST_S
from matsuri.live_events.eras import Eras
from matsuri.live_events.model import LiveEventDefinition, Run
from matsuri.live_events.scheduled import Span

# Keys come from callers; what is longer is none.
_KEY = re.compile(r"-?\d{1,12}", re.ASCII)


class _Stop(NamedTuple):
    """From ``since_s`` to before ``until_s`` there is no run; only not that one if it has a key."""

    since_s: int
    until_s: int
    key_s: int | None = None


class Timeline:
    """The runs of a live event in the order of time; they never overlap.

    ``created_us`` is when the event was made; a draft has no runs. ``zone`` is that of the player
    where times are local to players; the one that the schedule names without. Instants are in
    microseconds since the epoch. There is nothing from the year 3000 on.
    """

    def __init__(self, body: LiveEventDefinition, created_us: int, zone: str = "") -> None:
        since_s = max(created_us // MICROSECONDS, body.launched_time_sec)
        self._eras = Eras(body, since_s, zone)
        self._stops = _stops_of_event(body)
        self._run_stops = [
            _Stop(each.at_time_sec, each.resumed_time_sec or END_S, int(each.run))
            for each in body.run_stops
        ]
        every = [*self._stops, *self._run_stops]
        # Where a run can go on, and so begin once more.
        self._resumptions = sorted({each.until_s for each in every if each.until_s < END_S})

    def run_at(self, instant_us: int) -> Run | None:
        """The run that is on."""
        found = self._before(instant_us // MICROSECONDS + 1)
        return None if found is None or found.end_us <= instant_us else found

    def next_boundary_us(self, instant_us: int) -> int | None:
        """When a run starts or ends next, after the instant; ``None`` for never."""
        on = self.run_at(instant_us)
        if on is not None:
            return on.end_us
        following = self._from(instant_us // MICROSECONDS + 1)
        return None if following is None else following.start_us

    def starting_from(self, instant_us: int) -> Iterator[Run]:
        """The runs that start at the instant or later, the earliest first; there may be millions.

        Take as many as are needed.
        """
        found = self._from(-(-instant_us // MICROSECONDS))
        while found is not None:
            yield found
            found = self._from(found.start_us // MICROSECONDS + 1)

    def starting_before(self, instant_us: int) -> Iterator[Run]:
        """The runs that start before the instant, the latest first."""
        found = self._before(-(-instant_us // MICROSECONDS))
        while found is not None:
            yield found
            found = self._before(found.start_us // MICROSECONDS)

    def between(self, start_us: int, end_us: int) -> Iterator[Run]:
        """The runs that are on at any time from start to before end, the earliest first."""
        on = self.run_at(start_us)
        if on is not None and on.start_us < start_us < end_us:
            yield on
        for run in self.starting_from(start_us):
            if run.start_us >= end_us:
                return
            yield run

    def runs_of(self, key: str) -> list[Run]:
        """The run of that key; several if it was stopped and resumed, none if there is none."""
        if not _KEY.fullmatch(key):
            return []
        span = self._eras.of_key(int(key))
        if span is None:
            return []
        resumed = [
            each
            for each in self._resumptions
            if span.start_s < each < span.end_s and self._stop_at(each - 1, span.key_s) is not None
        ]
        pieces = (self._piece(span, each) for each in (span.start_s, *resumed))
        return [each for each in pieces if each is not None]

    def _from(self, instant_s: int) -> Run | None:
        """The first that starts at that second or later."""
        resumed = next(self._resumed(self._resumptions[self._resumption(instant_s) :]), None)
        span = self._eras.from_(instant_s)
        while span is not None and (
            resumed is None or span.start_s < resumed.start_us // MICROSECONDS
        ):
            found = self._piece(span, span.start_s)
            if found is not None:
                return found
            stop = self._stop_at(span.start_s, None)
            span = self._eras.from_(span.start_s + 1 if stop is None else stop.until_s)
        return resumed

    def _before(self, instant_s: int) -> Run | None:
        """The last that starts before that second."""
        until = self._resumptions[: self._resumption(instant_s)]
        resumed = next(self._resumed(until[::-1]), None)
        span = self._eras.before(instant_s)
        while span is not None and (
            resumed is None or span.start_s > resumed.start_us // MICROSECONDS
        ):
            found = self._piece(span, span.start_s)
            if found is not None:
                return found
            stop = self._stop_at(span.start_s, None)
            span = self._eras.before(span.start_s if stop is None else stop.since_s)
        return resumed

    def _resumption(self, instant_s: int) -> int:
        return bisect_left(self._resumptions, instant_s)

    def _resumed(self, instants: list[int]) -> Iterator[Run]:
        """The runs that go on at these instants."""
        for instant_s in instants:
            span = self._eras.before(instant_s)
            # Where the run was not stopped up to then, it does not begin once more.
            if span is not None and self._stop_at(instant_s - 1, span.key_s) is not None:
                found = self._piece(span, instant_s)
                if found is not None:
                    yield found

    def _piece(self, span: Span, start_s: int) -> Run | None:
        """The run from ``start_s`` on, up to where it is stopped; ``None`` if it is by then."""
        if not span.start_s <= start_s < span.end_s or self._stop_at(start_s, span.key_s):
            return None
        ends = [
            each.since_s
            for each in (*self._stops, *self._run_stops)
            if each.since_s > start_s and each.key_s in {None, span.key_s}
        ]
        end_s = min([span.end_s, *ends])
        return Run(str(span.key_s), start_s * MICROSECONDS, end_s * MICROSECONDS)

    def _stop_at(self, instant_s: int, key_s: int | None) -> _Stop | None:
        """The stop of the event or of that run which holds at an instant."""
        for each in self._stops:
            if each.since_s <= instant_s < each.until_s:
                return each
        if key_s is None:
            return None
        for each in self._run_stops:
            if each.key_s == key_s and each.since_s <= instant_s < each.until_s:
                return each
        return None


def _stops_of_event(body: LiveEventDefinition) -> list[_Stop]:
    stops = [_Stop(each.from_time_sec, each.until_time_sec) for each in body.pauses]
    if body.draft:
        stops.append(_Stop(FIRST_S, END_S))
    elif body.stopped_time_sec:
        stops.append(_Stop(body.stopped_time_sec, END_S))
    return stops


def runs(
    body: LiveEventDefinition, created_us: int, start_us: int, end_us: int, zone: str = ""
) -> Iterator[Run]:
    """The runs that are on at any time from start to before end; see ``Timeline``."""
    return Timeline(body, created_us, zone).between(start_us, end_us)


def run_at(
    body: LiveEventDefinition, created_us: int, instant_us: int, zone: str = ""
) -> Run | None:
    """The run that is on at an instant; see ``Timeline``."""
    return Timeline(body, created_us, zone).run_at(instant_us)


def next_boundary_us(
    body: LiveEventDefinition, created_us: int, instant_us: int, zone: str = ""
) -> int | None:
    """When a run starts or ends next; see ``Timeline``."""
    return Timeline(body, created_us, zone).next_boundary_us(instant_us)
