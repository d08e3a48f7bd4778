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
from functools import cached_property

from matsuri.kit.wall_clock import END_S, FIRST_S
from matsuri.live_events.model import LiveEventDefinition, Schedule
from matsuri.live_events.scheduled import Scheduled, Span, clock_of, scheduled


class _Era:
    """The runs that a schedule has from ``opens_s`` to before ``until_s``.

    ``late`` is one more, which was to start before the era and has its time in it. The first and
    the last are found once, so that nothing is searched for in eras that an instant is not in,
    however many there are.
    """

    def __init__(
        self, schedule: Schedule, runs: Scheduled, opens_s: int, until_s: int, late: Span | None
    ) -> None:
        self.schedule = schedule
        self._runs = runs
        self._opens_s = opens_s
        self._until_s = until_s
        self._late = late

    def from_(self, instant_s: int) -> Span | None:
        """The first run from the instant on."""
        if self._late is not None and self._late.start_s >= instant_s:
            return self._late
        if instant_s <= self._opens_s:
            return self._first
        return self._own(self._runs.from_(instant_s))

    def before(self, instant_s: int) -> Span | None:
        """The last run that starts before the instant."""
        found = self._last
        if instant_s < self._until_s:
            found = self._own(self._runs.before(instant_s))
        if found is None and self._late is not None and self._late.start_s < instant_s:
            return self._late
        return found

    def of_key(self, key_s: int) -> Span | None:
        """The run of that key."""
        if self._late is not None and self._late.key_s == key_s:
            return self._late
        first = self._first
        if first is None or key_s < first.key_s:
            return None
        if self._until_s < END_S and (self._last is None or key_s > self._last.key_s):
            return None
        return self._own(self._runs.of_key(key_s))

    @cached_property
    def _first(self) -> Span | None:
        return self._own(self._runs.from_(self._opens_s))

    @cached_property
    def _last(self) -> Span | None:
        return self._own(self._runs.before(self._until_s))

    def _own(self, span: Span | None) -> Span | None:
        return span if span is not None and self._opens_s <= span.start_s < self._until_s else None


class Eras:
    """The runs of a live event that was created at ``created_s``, in the order of time.

    ``player_zone`` matters where its times are local to players.
    """

    def __init__(self, body: LiveEventDefinition, created_s: int, player_zone: str = "") -> None:
        self._eras: list[_Era] = []
        self._starts: list[int] = []
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
            late = self._late(schedule, runs, since_s) if on is None else None
            era = _Era(schedule, runs, opens_s, until_s, late)
            self._eras.append(era)
            self._starts.append(since_s)
            if until_s < END_S:
                on = era.before(until_s) or on
                if on is not None and on.end_s <= until_s:
                    on = None
            since_s = until_s

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
            era.of_key(key_s) is not None
            for era in self._eras
            if era.schedule.player_local == schedule.player_local
        )

    def _ended(self, span: Span) -> Span:
        end_s = self._ends.get(span.start_s)
        return span if end_s is None else span._replace(end_s=end_s)

    def from_(self, instant_s: int) -> Span | None:
        """The first run that starts at the instant or later."""
        for era in self._eras[max(0, bisect_right(self._starts, instant_s) - 1) :]:
            found = era.from_(instant_s)
            if found is not None:
                return self._ended(found)
        return None

    def before(self, instant_s: int) -> Span | None:
        """The last run that starts before the instant."""
        for era in reversed(self._eras[: max(1, bisect_left(self._starts, instant_s))]):
            found = era.before(instant_s)
            if found is not None:
                return self._ended(found)
        return None

    def of_key(self, key_s: int) -> Span | None:
        """The run of that key, the latest where times were local in some eras alone."""
        for era in reversed(self._eras):
            found = era.of_key(key_s)
            if found is not None:
                return self._ended(found)
        return None
