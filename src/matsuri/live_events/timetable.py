"""Which runs of which live events are on. Pure; what was found is remembered while it holds."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from matsuri.live_events.compile import CompiledLiveEvent
from matsuri.live_events.model import Run
from matsuri.live_events.schedule import Timeline

_NEVER_US = 2**63 - 1
# Most ask about now; some about an instant of their own, as test devices do.
_INSTANTS_KEPT = 8
_ZONES_CACHED_MAX = 1024
_LOCAL_TIMELINES_CACHED_MAX = 8192

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
        self._last = RunsOn(0, _NEVER_US if not events else 0, {})
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
        until_us = _NEVER_US
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
            state = _State(now_us, _NEVER_US if following is None else following.start_us, None)
        self._states[event.name] = state
        return state


class Timetables:
    """The timetable of the whole world, and those of time zones for what is local to players."""

    def __init__(self, events: Sequence[CompiledLiveEvent]) -> None:
        self._world = {
            each.name: Timeline(each.body, each.definition.created_us)
            for each in events
            if not each.local
        }
        self._local = [each for each in events if each.local]
        worldwide = [each for each in events if not each.local]
        self.world = Timetable(worldwide, lambda event: self._world[event.name])
        self.of_zone = lru_cache(maxsize=_ZONES_CACHED_MAX)(self._of_zone)
        self._timeline = lru_cache(maxsize=_LOCAL_TIMELINES_CACHED_MAX)(_timeline)

    def timeline(self, event: CompiledLiveEvent, zone: str) -> Timeline:
        """The runs of a live event; ``zone`` matters where it is local."""
        return self._timeline(event, zone) if event.local else self._world[event.name]

    def _of_zone(self, zone: str) -> Timetable:
        return Timetable(self._local, lambda event: self.timeline(event, zone))


def _timeline(event: CompiledLiveEvent, zone: str) -> Timeline:
    return Timeline(event.body, event.definition.created_us, zone)
