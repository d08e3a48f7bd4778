"""The runs of a live event whose schedule was changed, whatever was stopped. Pure.

Each schedule has an era: the runs that start in it are its own. A run that is on as the schedule
changes keeps its start. Where the new schedule has the same run, it takes the end that the run has
there, but not one before the change; elsewhere it keeps its end, or ends where the first run of the
new schedule begins. If none is on, and the new schedule would have one on by then that there was
not before, that one begins with the change. A run that has ended never comes back; so where times
are local, and the clock that they go by is another one which is behind, there are no runs until it
shows what the clock before it had shown.

A new live event has what its schedule has, but for the runs that ended before it was made.
"""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from matsuri.kit.wall_clock import END_S, FIRST_S
from matsuri.live_events.model import LiveEventDefinition, Schedule
from matsuri.live_events.scheduled import Scheduled, Span, clock_of, scheduled


class _Era(NamedTuple):
    """The runs that start in it are those that a schedule has from ``opens_s`` to ``until_s``.

    ``first`` is one more, which was to start before the era and has its time in it.
    """

    since_s: int
    opens_s: int
    until_s: int
    schedule: Schedule
    runs: Scheduled
    first: Span | None


class Eras:
    """The runs of a live event that was created at ``created_s``, in the order of time.

    ``player_zone`` matters where its times are local to players.
    """

    def __init__(self, body: LiveEventDefinition, created_s: int, player_zone: str = "") -> None:
        self._eras: list[_Era] = []
        self._ends: dict[int, int] = {}
        self._zone = player_zone
        # The latest time that was shown where times were local.
        self._shown_s = FIRST_S
        since_s, on = created_s, None
        schedules = [(each.schedule, each.until_time_sec) for each in body.former_schedules]
        for schedule, until_s in [*schedules, (body.schedule, END_S)]:
            if until_s <= since_s:
                # It was changed again within the second.
                continue
            runs = scheduled(schedule, player_zone)
            opens_s = self._opens(schedule, runs, since_s, until_s)
            if on is not None:
                on = self._carried(on, schedule, runs, since_s, opens_s)
            first = self._late(schedule, runs, since_s) if on is None else None
            if on is not None and on.end_s <= since_s:
                on = None
            self._eras.append(_Era(since_s, opens_s, until_s, schedule, runs, first))
            on = self._on_at_end(self._eras[-1], on)
            since_s = until_s
        self._starts = [each.since_s for each in self._eras]

    def _opens(self, schedule: Schedule, runs: Scheduled, since_s: int, until_s: int) -> int:
        """From when on a schedule has runs of its own."""
        if not schedule.player_local:
            return since_s
        clock = clock_of(schedule, self._zone)
        opens_s = max(since_s, clock.first_instant(self._shown_s + 1))
        if opens_s > since_s:
            first = runs.from_(opens_s)
            if first is not None and first.start_s == opens_s and first.key_s <= self._shown_s:
                # The clock is put forward past times of both kinds at once.
                opens_s += 1
        if until_s < END_S:
            self._shown_s = max(self._shown_s, clock.reached(until_s - 1))
        return opens_s

    def _carried(
        self, on: Span, schedule: Schedule, runs: Scheduled, since_s: int, opens_s: int
    ) -> Span:
        """What a run comes to that is on as another schedule begins."""
        same = None
        if self._eras[-1].schedule.player_local == schedule.player_local:
            same = runs.of_key(on.key_s)
        if same is not None and same.start_s < since_s:
            on = on._replace(end_s=max(since_s, same.end_s))
        else:
            following = runs.from_(opens_s)
            if following is not None:
                on = on._replace(end_s=min(on.end_s, following.start_s))
        self._ends[on.start_s] = on.end_s
        return on

    def _late(self, schedule: Schedule, runs: Scheduled, since_s: int) -> Span | None:
        """The run of a schedule that would be on as it begins."""
        found = runs.before(since_s)
        if found is None or found.end_s <= since_s:
            return None
        if not self._eras:
            return found
        if self._was(found.key_s, schedule):
            return None
        return found._replace(start_s=since_s)

    def _was(self, key_s: int, schedule: Schedule) -> bool:
        return any(
            self._in_era(era, key_s) is not None
            for era in self._eras
            if era.schedule.player_local == schedule.player_local
        )

    def _on_at_end(self, era: _Era, on: Span | None) -> Span | None:
        """The run that is on as an era ends; ``on`` went on from the one before."""
        found = era.runs.before(era.until_s)
        if found is None or found.start_s < era.opens_s:
            found = on if on is not None else era.first
        return found if found is not None and found.end_s > era.until_s else None

    def _in_era(self, era: _Era, key_s: int) -> Span | None:
        if era.first is not None and era.first.key_s == key_s:
            return era.first
        found = era.runs.of_key(key_s)
        if found is None or not era.opens_s <= found.start_s < era.until_s:
            return None
        return found

    def _ended(self, span: Span) -> Span:
        end_s = self._ends.get(span.start_s)
        return span if end_s is None else span._replace(end_s=end_s)

    def from_(self, instant_s: int) -> Span | None:
        """The first run that starts at the instant or later."""
        for era in self._eras[max(0, bisect_right(self._starts, instant_s) - 1) :]:
            if era.first is not None and era.first.start_s >= instant_s:
                return self._ended(era.first)
            found = era.runs.from_(max(instant_s, era.opens_s))
            if found is not None and found.start_s < era.until_s:
                return self._ended(found)
        return None

    def before(self, instant_s: int) -> Span | None:
        """The last run that starts before the instant."""
        for era in reversed(self._eras[: max(1, bisect_left(self._starts, instant_s))]):
            found = era.runs.before(min(instant_s, era.until_s))
            if found is not None and found.start_s >= era.opens_s:
                return self._ended(found)
            if era.first is not None and era.first.start_s < instant_s:
                return self._ended(era.first)
        return None

    def of_key(self, key_s: int) -> Span | None:
        """The run of that key, the latest where times were local in some eras alone."""
        for era in reversed(self._eras):
            found = self._in_era(era, key_s)
            if found is not None:
                return self._ended(found)
        return None
