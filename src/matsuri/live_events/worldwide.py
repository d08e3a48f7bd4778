"""The runs of a live event as the whole world sees them: where times are local, from zone to zone.

A run whose times are local to players is on as long as it is on anywhere: from its start in the
zone that is furthest ahead to its end in the one that is furthest behind. Around the time at which
the event is made, or its schedule changed, one of the two may not have it: it is then on from that
time on, or ends as it does where it began last before that time. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from typing import Protocol

import msgspec

from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LiveEventDefinition, Run
from matsuri.live_events.schedule import Timeline

EARLIEST_ZONE = "+14:00"
LATEST_ZONE = "-12:00"

_APART_US = 26 * 3600 * MICROSECONDS
_NEVER_S = 2**40


class WorldRuns(Protocol):
    """The runs of a live event; those of players' local times may overlap."""

    def between(self, start_us: int, end_us: int) -> Iterator[Run]:
        """Those that are on at any time from start to before end, the earliest first."""
        ...

    def runs_of(self, key: str) -> Sequence[Run]:
        """Those of that key; several if it was stopped and resumed."""
        ...

    def next_boundary_us(self, instant_us: int) -> int | None:
        """A time after the instant, before which no run starts or ends; ``None`` for never."""
        ...


def world_runs(body: LiveEventDefinition, created_us: int) -> WorldRuns:
    """The runs of a live event that was made at ``created_us``."""
    former = (each.schedule for each in body.former_schedules)
    if any(schedule.player_local for schedule in (body.schedule, *former)):
        return _LocalRuns(body, created_us)
    return Timeline(body, created_us)


def last_begun(body: LiveEventDefinition, created_us: int, instant_us: int) -> Run | None:
    """The last run, as scheduled, that has begun by an instant anywhere in the world."""
    world = world_runs(body, created_us)
    begun = list(world.between(instant_us, instant_us + 1))
    # Around a change, either of the two may miss one that is over.
    for zone in (EARLIEST_ZONE, LATEST_ZONE):
        latest = next(Timeline(body, created_us, zone).starting_before(instant_us + 1), None)
        begun += [] if latest is None else world.runs_of(latest.key)
    # Around the time the event was made, a later one may have begun before an earlier one.
    return max(
        (run for run in begun if run.start_us <= instant_us),
        key=lambda run: (int(run.key), run.start_us),
        default=None,
    )


class _LocalRuns:
    def __init__(self, body: LiveEventDefinition, created_us: int) -> None:
        plain = msgspec.structs.replace(body, run_stops=(), pauses=(), stopped_time_sec=0)
        self._body = body
        self._first = Timeline(plain, created_us, EARLIEST_ZONE)
        self._last = Timeline(plain, created_us, LATEST_ZONE)
        made_us = max(created_us, body.launched_time_sec * MICROSECONDS)
        changed = (each.until_time_sec * MICROSECONDS for each in body.former_schedules)
        # In the order of time; which runs there are, is one thing or another from then on.
        self._changes = [made_us, *changed]

    def between(self, start_us: int, end_us: int) -> Iterator[Run]:
        """See ``WorldRuns``."""
        known: set[str] = set()
        if self._body.stopped_time_sec:
            # Nothing begins after the stop, and schedules may go on for centuries.
            end_us = min(end_us, self._body.stopped_time_sec * MICROSECONDS)
        begun = merge(
            self._first.between(start_us - _APART_US, end_us),
            self._last.between(start_us, end_us + _APART_US),
            key=_start_us,
        )
        # As a run of the first zone comes up, none can still come that begins much earlier.
        waiting: list[Run] = []
        for run in begun:
            if run.key in known:
                continue
            known.add(run.key)
            waiting += (
                each
                for each in self.runs_of(run.key)
                if each.start_us < end_us and each.end_us > start_us
            )
            waiting.sort(key=_start_us)
            while waiting and waiting[0].start_us < run.start_us - _APART_US:
                yield waiting.pop(0)
        yield from waiting

    def runs_of(self, key: str) -> Sequence[Run]:
        """See ``WorldRuns``."""
        first = next(iter(self._first.runs_of(key)), None)
        last = next(iter(self._last.runs_of(key)), None)
        if first is not None and last is not None:
            whole = Run(key, first.start_us, max(first.end_us, last.end_us))
        elif last is not None:
            whole = self._begun_late(last)
        elif first is not None:
            whole = self._ended_early(first)
        else:
            return []
        return [
            Run(key, start_us, end_us) for start_us, end_us in _without(whole, self._stops(key))
        ]

    def _begun_late(self, last: Run) -> Run:
        """A run that the first zone does not have."""
        since_us = max((each for each in self._changes if each <= last.start_us), default=0)
        start_us = max(last.start_us - _APART_US, since_us)
        return Run(last.key, min(start_us, last.start_us), last.end_us)

    def _ended_early(self, first: Run) -> Run:
        """A run that the last zone does not have."""
        until_us = min((each for each in self._changes if each > first.start_us), default=0)
        apart_us = max(0, min(until_us - first.start_us, _APART_US))
        return Run(first.key, first.start_us, first.end_us + apart_us)

    def next_boundary_us(self, instant_us: int) -> int | None:
        """See ``WorldRuns``."""
        near = list(self.between(instant_us, instant_us + 1))
        for zone in (self._first, self._last):
            following = next(zone.starting_from(instant_us + 1), None)
            near += [] if following is None else self.runs_of(following.key)
        times = (time for run in near for time in (run.start_us, run.end_us))
        return min((time for time in times if time > instant_us), default=None)

    def _stops(self, key: str) -> list[tuple[int, int]]:
        """When it was stopped, in seconds."""
        body = self._body
        stops = [(each.from_time_sec, each.until_time_sec) for each in body.pauses]
        stops += [
            (each.at_time_sec, each.resumed_time_sec or _NEVER_S)
            for each in body.run_stops
            if each.run == key
        ]
        if body.stopped_time_sec:
            stops.append((body.stopped_time_sec, _NEVER_S))
        return sorted(stops)


def _without(run: Run, stops: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of a run; ``stops`` are in the order of time, in seconds."""
    start_us = run.start_us
    for since_s, until_s in stops:
        until_us = min(since_s * MICROSECONDS, run.end_us)
        if start_us < until_us:
            yield start_us, until_us
        start_us = max(start_us, until_s * MICROSECONDS)
    if start_us < run.end_us:
        yield start_us, run.end_us


def _start_us(run: Run) -> int:
    return run.start_us
