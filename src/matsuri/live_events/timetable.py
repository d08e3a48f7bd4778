"""Which runs of which live events are on. Pure; what was found is remembered while it holds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import END_S
from matsuri.live_events.compile import CompiledLiveEvent
from matsuri.live_events.model import Run
from matsuri.live_events.schedule import Timeline

NEVER_US = 2**63 - 1
# Most ask about now; some about an instant of their own, as test devices do.
_INSTANTS_KEPT = 8
_ZONES_CACHED_MAX = 1024
# By live event and time zone; those of an event that has not changed outlive changes of others.
_TIMELINES_CACHED_MAX = 16_384
_NEIGHBOURS_CACHED_MAX = 16_384
_RUNS_CACHED_MAX = 65_536

TimelineOf = Callable[[CompiledLiveEvent], Timeline]


class RunsOn(NamedTuple):
    """The runs that are on from ``since_us`` until ``until_us``, by name of the live event."""

    since_us: int
    until_us: int
    runs: Mapping[str, Run]


class _State(NamedTuple):
    """What holds of one live event from ``since_us`` until ``until_us``."""

    since_us: int
    until_us: int
    run: Run | None


class Timetable:
    """The runs of some live events where the clocks are the same."""

    def __init__(self, events: Sequence[CompiledLiveEvent], timeline_of: TimelineOf) -> None:
        self._events = events
        self._timeline_of = timeline_of
        self._states: dict[str, _State] = {}
        self._last = RunsOn(0, NEVER_US if not events else 0, {})
        self._kept = [self._last]

    def on_at(self, now_us: int) -> RunsOn:
        """The runs that are on."""
        last = self._last
        if last.since_us <= now_us < last.until_us:
            return last
        found = next((x for x in self._kept if x.since_us <= now_us < x.until_us), None)
        if found is None:
            found = self._find(now_us)
            self._kept = [found, *self._kept[: _INSTANTS_KEPT - 1]]
        self._last = found
        return found

    def _find(self, now_us: int) -> RunsOn:
        until_us = NEVER_US
        runs = {}
        for event in self._events:
            state = self._state(event, now_us)
            until_us = min(until_us, state.until_us)
            if state.run is not None:
                runs[event.name] = state.run
        return RunsOn(now_us, until_us, runs)

    def _state(self, event: CompiledLiveEvent, now_us: int) -> _State:
        known = self._states.get(event.name)
        if known is not None and known.since_us <= now_us < known.until_us:
            return known
        timeline = self._timeline_of(event)
        run = timeline.run_at(now_us)
        if run is not None:
            state = _State(run.start_us, run.end_us, run)
        else:
            following = next(timeline.starting_from(now_us + 1), None)
            state = _State(now_us, NEVER_US if following is None else following.start_us, None)
        self._states[event.name] = state
        return state

    def until_us(self, event: CompiledLiveEvent, now_us: int) -> int:
        """When a run of that one starts or ends next."""
        return self._state(event, now_us).until_us


class Neighbours:
    """The runs before and after an instant, found as far as somebody asked for them.

    Only one thread may ask: what was found is shared by all.
    """

    def __init__(self, timeline: Timeline, instant_us: int) -> None:
        ended = (run for run in timeline.starting_before(instant_us) if run.end_us <= instant_us)
        self._past: tuple[list[Run], Iterator[Run]] = ([], ended)
        self._future: tuple[list[Run], Iterator[Run]] = ([], timeline.starting_from(instant_us))

    def past(self) -> Iterator[Run]:
        """Those that have ended, the latest first."""
        return _remembered(*self._past)

    def future(self) -> Iterator[Run]:
        """Those that are still to start, the earliest first."""
        return _remembered(*self._future)


def _remembered(known: list[Run], further: Iterator[Run]) -> Iterator[Run]:
    place = 0
    while True:
        if place == len(known):
            known.extend(islice(further, 1))
            if place == len(known):
                return
        yield known[place]
        place += 1


class Timetables:
    """The timetable of the whole world, and those of time zones for what is local to players."""

    def __init__(self, events: Sequence[CompiledLiveEvent]) -> None:
        self._local = [each for each in events if each.local]
        worldwide = [each for each in events if not each.local]
        self.world = Timetable(worldwide, lambda event: timeline_of(event, ""))
        self.of_zone = lru_cache(maxsize=_ZONES_CACHED_MAX)(self._of_zone)

    def neighbours(self, event: CompiledLiveEvent, zone: str, now_us: int) -> Neighbours:
        """The runs of a live event before and after now, beside the one that is on."""
        table = self.of_zone(zone) if event.local else self.world
        return _neighbours(event, zone, table.until_us(event, now_us))

    def _of_zone(self, zone: str) -> Timetable:
        return Timetable(self._local, lambda event: timeline_of(event, zone))


@lru_cache(maxsize=_TIMELINES_CACHED_MAX)
def timeline_of(event: CompiledLiveEvent, zone: str) -> Timeline:
    """The runs of a live event; ``zone`` matters where its times are local to players."""
    return Timeline(event.body, event.definition.created_us, zone)


@lru_cache(maxsize=_RUNS_CACHED_MAX)
def runs_of(event: CompiledLiveEvent, zone: str, key: str) -> Sequence[Run]:
    """The runs of that key, as ``Timeline.runs_of`` has them."""
    return timeline_of(event, zone).runs_of(key)


@lru_cache(maxsize=_NEIGHBOURS_CACHED_MAX)
def _neighbours(event: CompiledLiveEvent, zone: str, until_us: int) -> Neighbours:
    """They are the same at all instants from when a run started or ended to when one does next."""
    instant_us = min(until_us, END_S * MICROSECONDS) - 1
    return Neighbours(timeline_of(event, zone), instant_us)
