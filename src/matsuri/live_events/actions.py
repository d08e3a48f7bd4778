"""What is done to live events as a whole or to a run: what becomes of one by it, or why not. Pure.

Each function makes the fields of a body that change. When something was stopped is noted down as
the change is made (``edit``).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from matsuri.definitions.model import Definition
from matsuri.errors import FailedPrecondition
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import wall_clock
from matsuri.live_events.model import LiveEventDefinition, RunStop, Schedule
from matsuri.live_events.worldwide import world_runs

_DAY_S = 86_400

Changes = Mapping[str, Any]


def launched(body: LiveEventDefinition) -> Changes:
    """A draft begins to count: it has runs from now on.

    Raises ``FailedPrecondition`` for what is no draft.
    """
    if not body.draft:
        raise _refused("draft", "it was launched before")
    return {"draft": False}


def stopped(body: LiveEventDefinition, now_us: int) -> Changes:
    """There are no runs from now on, until it is resumed.

    Raises ``FailedPrecondition`` where it is stopped by now, or archived.
    """
    if body.archived:
        raise _refused("archived", "the live event is archived: there is nothing to stop")
    if body.draft:
        raise _refused("draft", "the live event is a draft: there is nothing to stop")
    if body.stopped_time_sec:
        raise _refused("stopped_time_sec", "the live event is stopped already")
    return {"stopped_time_sec": now_us // MICROSECONDS}


def resumed(body: LiveEventDefinition) -> Changes:
    """It has runs again, from now on; what was to be on meanwhile was not.

    Raises ``FailedPrecondition`` where it is not stopped, or is archived.
    """
    if body.archived:
        raise _refused("archived", "the live event is archived: take it out of the archive first")
    if not body.stopped_time_sec:
        raise _refused("stopped_time_sec", "the live event is not stopped")
    return {"stopped_time_sec": 0}


def run_stopped(definition: Definition[LiveEventDefinition], run: str, now_us: int) -> Changes:
    """One run ends now, or does not begin; the others are as they were.

    Raises ``FailedPrecondition`` for a run that is neither on nor to come.
    """
    body = definition.body
    if body.archived or not _goes_on(definition, run, now_us):
        told = f"no run {run[:64]!r} is on or to come"
        raise _refused("run", told, "the key of a run that is not over")
    return {"run_stops": (*body.run_stops, RunStop(run=run, at_time_sec=now_us // MICROSECONDS))}


def run_resumed(definition: Definition[LiveEventDefinition], run: str, now_us: int) -> Changes:
    """A run that was stopped goes on from now to the end it would have had.

    Raises ``FailedPrecondition`` for a run that is not stopped, or would be over.
    """
    stops = definition.body.run_stops
    if not any(each.run == run and not each.resumed_time_sec for each in stops):
        told = f"no run {run[:64]!r} is stopped"
        raise _refused("run", told, "the key of a run that was stopped")
    kept = tuple(each for each in stops if each.run != run or each.resumed_time_sec)
    unstopped = msgspec.structs.replace(definition.body, run_stops=kept, stopped_time_sec=0)
    if not _goes_on(msgspec.structs.replace(definition, body=unstopped), run, now_us):
        raise _refused("run", f"the time of run {run!r} is over")
    return {"run_stops": kept}


def _goes_on(definition: Definition[LiveEventDefinition], run: str, now_us: int) -> bool:
    """Whether a run is on after that time, or to come."""
    runs = world_runs(definition.body, definition.created_us).runs_of(run)
    return any(each.end_us > now_us for each in runs)


def archived(body: LiveEventDefinition) -> Changes:
    """It is kept, but has no runs and refers to nothing any more."""
    if body.archived:
        raise _refused("archived", "the live event is archived already")
    return {"archived": True}


def unarchived(body: LiveEventDefinition) -> Changes:
    """It refers to what it did, and stays stopped until it is resumed."""
    if not body.archived:
        raise _refused("archived", "the live event is not archived")
    return {"archived": False}


def copied(
    body: LiveEventDefinition, now_us: int, *, start_s: int | None = None
) -> LiveEventDefinition:
    """A draft like a live event, with nothing of what has happened to that.

    Its schedule begins at ``start_s``; without that at its old time, or if that is no longer to
    come, at the same time of the day in its time zone within a day or so from now. If it has an
    end, it is as far from the start as it was, by the clocks of the zone.
    """
    return msgspec.structs.replace(
        body,
        schedule=_moved(body.schedule, now_us // MICROSECONDS, start_s),
        former_schedules=(),
        run_stops=(),
        pauses=(),
        stopped_time_sec=0,
        draft=True,
        launched_time_sec=0,
        archived=False,
    )


def _moved(schedule: Schedule, now_s: int, start_s: int | None) -> Schedule:
    clock = wall_clock("" if schedule.player_local else schedule.time_zone)
    shown_s = clock.reached(schedule.start_time_sec)
    if start_s is not None:
        by_s = clock.reached(start_s) - shown_s
    else:
        by_s = 0
        start_s = schedule.start_time_sec
        while start_s <= now_s:
            by_s += max(1, (now_s - start_s) // _DAY_S) * _DAY_S
            start_s = clock.first_instant(shown_s + by_s)
    end_s = schedule.end_time_sec
    return msgspec.structs.replace(
        schedule,
        start_time_sec=start_s,
        end_time_sec=clock.first_instant(clock.reached(end_s) + by_s) if end_s else 0,
    )


def _refused(field: str, problem: str, allowed: str = "") -> FailedPrecondition:
    detail = {"field": field, "problem": problem}
    if allowed:
        detail["allowed"] = allowed
    return FailedPrecondition(f"{field}: {problem}", details=[detail])
