"""What becomes of runs where clocks are put forward or back, in words. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import wall_clock
from matsuri.live_events.cron import Cron, cron_of
from matsuri.live_events.model import Run, Schedule
from matsuri.live_events.plain_words import duration_words

_TIMES_TOLD_MAX = 4


class _Change(NamedTuple):
    """At ``at_s``, clocks that show ``from_s`` are put to ``to_s``."""

    at_s: int
    from_s: int
    to_s: int

    @property
    def forward(self) -> bool:
        return self.to_s > self.from_s

    @property
    def words(self) -> str:
        way = "forward" if self.forward else "back"
        day = datetime.fromtimestamp(self.from_s, UTC).date()
        return f"Clocks are put {way} on {day} from {_shown(self.from_s)} to {_shown(self.to_s)}"


def run_notes(schedule: Schedule, run: Run, zone: str) -> list[str]:
    """What clocks make of a run of a schedule in ``zone``; that zone matters for crons alone."""
    if not schedule.reset_cron:
        return []
    start_s, end_s = run.start_us // MICROSECONDS, run.end_us // MICROSECONDS
    cron = cron_of(schedule.reset_cron)
    notes = [] if _is_real(schedule, cron) else list(_start_notes(cron, start_s, zone))
    lasts_s = end_s - start_s
    if lasts_s != schedule.duration_sec:
        # One that would end at a time that is left out ends with the change.
        if _put_by(zone, start_s + 1, end_s):
            notes.append(f"Clocks are changed meanwhile: it lasts {duration_words(lasts_s)}.")
    elif _put_by(zone, start_s + 1, end_s - 1):
        notes.append(f"Clocks are changed meanwhile: it ends at {_shown(_local(end_s, zone))}.")
    return notes


def schedule_notes(schedule: Schedule, runs: Sequence[Run], zone: str) -> list[str]:
    """What is special about runs that follow each other, and about those that are not among them.

    ``runs`` are of the schedule in ``zone``, in the order of time.
    """
    if not schedule.reset_cron or not runs:
        return []
    notes = []
    if any(
        run.end_us == following.start_us
        and run.end_us - run.start_us < schedule.duration_sec * MICROSECONDS
        and not run_notes(schedule, run, zone)
        for run, following in pairwise(runs)
    ):
        notes.append(
            f"Runs end where the next one begins, before {duration_words(schedule.duration_sec)} "
            "are over."
        )
    cron = cron_of(schedule.reset_cron)
    if _is_real(schedule, cron):
        first_s, last_s = (each.start_us // MICROSECONDS for each in (runs[0], runs[-1]))
        for change in _changes(zone, first_s, last_s):
            times = _asked(cron, *sorted((change.from_s, change.to_s)))
            if times:
                what = "are left out" if change.forward else "come twice"
                notes.append(f"{change.words}: runs of {_times(times)} {what}.")
    return notes


def _is_real(schedule: Schedule, cron: Cron) -> bool:
    """Whether ticks follow real time (``ticks``)."""
    return cron.every_hour and not schedule.player_local


def _start_notes(cron: Cron, start_s: int, zone: str) -> Iterator[str]:
    for change in _changes(zone, start_s, start_s):
        asked = _asked(cron, change.from_s, change.to_s + 1)
        if len(asked) > 1:
            yield (
                f"{change.words}: the runs of {_times(asked)} are one, which starts at "
                f"{_shown(change.to_s)}."
            )
        elif asked and asked[0] < change.to_s:
            yield (
                f"{change.words}: the run of {_shown(asked[0])} starts at {_shown(change.to_s)}."
            )
    shown_s = _local(start_s, zone)
    # Where clocks are put back to before a time that they showed, they show it again.
    for change in _changes(zone, start_s + 1, start_s + 86_400):
        if change.to_s <= shown_s < change.from_s:
            yield (
                f"{change.words}: {_shown(shown_s)} comes twice, and the run starts the first time."
            )


def _asked(cron: Cron, since_s: int, until_s: int) -> list[int]:
    """The times that a cron asks for, as clocks show them."""
    found = []
    tick = cron.tick_after(since_s - 1)
    while tick is not None and tick < until_s:
        found.append(tick)
        tick = cron.tick_after(tick)
    return found


def _changes(zone: str, first_s: int, last_s: int) -> Iterator[_Change]:
    """The changes of clocks from one instant to another, both inclusive."""
    for before, after in pairwise(wall_clock(zone).stretches_from(first_s - 1)):
        if after.since_s > last_s:
            return
        if after.since_s >= first_s and after.ahead_s != before.ahead_s:
            at_s = after.since_s
            yield _Change(at_s, at_s + before.ahead_s, at_s + after.ahead_s)


def _put_by(zone: str, first_s: int, last_s: int) -> int:
    """By how much clocks are put forward from one instant to another, both inclusive."""
    return sum(each.to_s - each.from_s for each in _changes(zone, first_s, last_s))


def _local(instant_s: int, zone: str) -> int:
    stretch = next(wall_clock(zone).stretches_from(instant_s))
    return instant_s + stretch.ahead_s


def _times(times: Sequence[int]) -> str:
    if len(times) > _TIMES_TOLD_MAX:
        return f"{_shown(times[0])} to {_shown(times[-1])}"
    *others, last = map(_shown, times)
    return f"{', '.join(others)} and {last}" if others else last


def _shown(shown_s: int) -> str:
    return f"{datetime.fromtimestamp(shown_s, UTC):%H:%M}"
