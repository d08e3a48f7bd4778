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
    """One run ends now; those that come later are as they were.

    Raises ``FailedPrecondition`` for a run that is not on.
    """
    body = definition.body
    pieces = () if body.archived else world_runs(body, definition.created_us).runs_of(run)
    if not any(each.start_us <= now_us < each.end_us for each in pieces):
        raise _refused("run", f"no run {run!r} is on", "the key of a run that is on")
    return {"run_stops": (*body.run_stops, RunStop(run=run, at_time_sec=now_us // MICROSECONDS))}


def run_resumed(definition: Definition[LiveEventDefinition], run: str) -> Changes:
    """A run that was stopped goes on from now to the end it would have had.

    Raises ``FailedPrecondition`` for a run that is not stopped.
    """
    stops = definition.body.run_stops
    if not any(each.run == run and not each.resumed_time_sec for each in stops):
        raise _refused("run", f"no run {run!r} is stopped", "the key of a run that was stopped")
    kept = (each for each in stops if each.run != run or each.resumed_time_sec)
    return {"run_stops": tuple(kept)}


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
    come, at the same time of the day (UTC) within a day from now. If it has an end, it is as far
    from the start as it was.
    """
    schedule = body.schedule
    if start_s is None:
        behind_s = now_us // MICROSECONDS - schedule.start_time_sec
        start_s = schedule.start_time_sec + max(0, behind_s // _DAY_S + 1) * _DAY_S
    return msgspec.structs.replace(
        body,
        schedule=_moved(schedule, start_s),
        former_schedules=(),
        run_stops=(),
        pauses=(),
        stopped_time_sec=0,
        draft=True,
        launched_time_sec=0,
        archived=False,
    )


def _moved(schedule: Schedule, start_s: int) -> Schedule:
    by_s = start_s - schedule.start_time_sec
    return msgspec.structs.replace(
        schedule,
        start_time_sec=start_s,
        end_time_sec=schedule.end_time_sec + by_s if schedule.end_time_sec else 0,
    )


def _refused(field: str, problem: str, allowed: str = "") -> FailedPrecondition:
    detail = {"field": field, "problem": problem}
    if allowed:
        detail["allowed"] = allowed
    return FailedPrecondition(f"{field}: {problem}", details=[detail])
