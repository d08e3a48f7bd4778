"""When runs are, found as a person would who watches a clock on the wall, step by step.

The rules:

1. A cron names times that a clock on the wall shows. Whoever watches it notes the latest time that
   it has shown so far. As that reaches a time of the cron, there is a tick; so there is one also
   where the clock is put forward past the time, and none as it shows the time once more after it
   was put back.
2. Where the clock is put forward past several times of the cron, there is one tick, which stands
   for the first of them.
3. A cron that has times in every hour of a day goes by the hours that pass, not by what they are
   called: there is a tick whenever the clock shows one of its times. In an hour that is left out
   there is none, in one that comes twice there are those of both. Where times are local to
   players it is not so, for the runs of all places are the same: rules 1 and 2 hold for all.
4. A run begins at a tick. It lasts its duration: whole days of it until the latest time noted is
   that many days later than what the tick stands for, the rest by a stopwatch; by rule 3, all of
   it. It ends as the next one begins, if that is sooner.
5. The key of a run is its start, in seconds; where times are local, the time that its tick
   stands for.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from time import gmtime, struct_time
from typing import NamedTuple

DAY_S = 86_400
Asked = Callable[[struct_time], bool]


class Shown(NamedTuple):
    """What a clock can show: in seconds, told as if it were in UTC, and as it is read."""

    shown_s: int
    read: struct_time


class Look(NamedTuple):
    """A look at the clock: when, what it showed, the latest that it has shown, and what of that
    it had not shown or passed at the look before."""

    at_s: int
    shown: Shown
    latest_s: int
    new: Sequence[Shown]


class PlainRun(NamedTuple):
    key_s: int
    start_s: int
    end_s: int


def watch(zone: tzinfo, from_s: int, to_s: int, *, step_s: int = 300) -> list[Look]:
    """Look at the clock at every step; all that is asked for and all changes must be at one.

    At the first look it must be steady.
    """
    looks: list[Look] = []
    latest_s = None
    for at_s in range(from_s - from_s % step_s, to_s, step_s):
        offset = datetime.fromtimestamp(at_s, zone).utcoffset()
        assert offset is not None
        shown_s = at_s + offset.days * DAY_S + offset.seconds
        assert shown_s % step_s == 0
        if latest_s is None:
            latest_s = shown_s - step_s
        new = [Shown(each, gmtime(each)) for each in range(latest_s + step_s, shown_s + 1, step_s)]
        latest_s = max(latest_s, shown_s)
        looks.append(Look(at_s, new[-1] if new else Shown(shown_s, gmtime(shown_s)), latest_s, new))
    return looks


def plain_runs(
    looks: Sequence[Look], asked: Asked, duration_s: int, *, real: bool, local: bool = False
) -> list[PlainRun]:
    """The runs whose starts and ends were seen."""
    ticks = _every_tick(looks, asked) if real else _first_ticks(looks, asked)
    found = []
    for place, (at_s, stands_for_s) in enumerate(ticks):
        days_s = 0 if real else duration_s // DAY_S * DAY_S
        days_end_s = at_s
        if days_s:
            days_end_s = next(
                (each.at_s for each in looks if each.latest_s >= stands_for_s + days_s),
                looks[-1].at_s + DAY_S,
            )
        end_s = days_end_s + duration_s - days_s
        if place + 1 < len(ticks):
            end_s = min(end_s, ticks[place + 1][0])
        if end_s <= looks[-1].at_s:
            found.append(PlainRun(stands_for_s if local else at_s, at_s, end_s))
    return found


def _every_tick(looks: Sequence[Look], asked: Asked) -> list[tuple[int, int]]:
    return [(each.at_s, each.shown.shown_s) for each in looks if asked(each.shown.read)]


def _first_ticks(looks: Sequence[Look], asked: Asked) -> list[tuple[int, int]]:
    ticks = []
    for look in looks:
        first = next((each.shown_s for each in look.new if asked(each.read)), None)
        if first is not None:
            ticks.append((look.at_s, first))
    return ticks
