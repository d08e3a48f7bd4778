"""What is kept of a live event when it is changed, so that what was stays what it was. Pure.

Former schedules, pauses and when something was stopped are the server's own: they follow from what
is changed, whatever a caller says of them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from matsuri.definitions.model import Definition, Edit
from matsuri.errors import FailedPrecondition
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import (
    FormerSchedule,
    LiveEventDefinition,
    Pause,
    RunStop,
)
from matsuri.live_events.schedule import Timeline

# Local times are at most this far from what they are in UTC.
_LOCAL_US_MAX = 26 * 3600 * MICROSECONDS


class EditLimits(NamedTuple):
    """How much is kept: of former schedules; and of stops, where the oldest are forgotten."""

    former_schedules_max: int
    stops_max: int


def edited(
    before: Definition[LiveEventDefinition] | None,
    after: Definition[LiveEventDefinition],
    edit: Edit,
    limits: EditLimits,
) -> LiveEventDefinition:
    """The body to store; raises ``FailedPrecondition`` for the one change of schedule too many.

    A live event that is archived is stopped. What was launched is no draft any more, which is
    refused in the same way.
    """
    body = after.body
    now_s = edit.now_us // MICROSECONDS
    if before is None and edit.restored:
        # What was stopped stays so.
        return body
    if before is None or before.body.draft:
        return _without_past(body, now_s, was_draft=before is not None)
    was = before.body
    if body.draft:
        told = "what was launched is no draft any more: stop or archive it"
        raise FailedPrecondition(f"draft: {told}", details=[{"field": "draft", "problem": told}])
    stopped = bool(body.stopped_time_sec) or (body.archived and not was.archived)
    pauses = was.pauses
    if was.stopped_time_sec and not stopped and now_s > was.stopped_time_sec:
        pauses = (*pauses, Pause(from_time_sec=was.stopped_time_sec, until_time_sec=now_s))
    former = was.former_schedules
    if body.schedule != was.schedule:
        former = _former(before, edit.now_us)
        if len(former) > limits.former_schedules_max:
            raise FailedPrecondition(
                f"The schedule was changed {limits.former_schedules_max} times, and each is kept; "
                "copy the live event to go on"
            )
    return msgspec.structs.replace(
        body,
        former_schedules=former,
        pauses=pauses[-limits.stops_max :],
        run_stops=_run_stops(was.run_stops, body.run_stops, now_s)[-limits.stops_max :],
        stopped_time_sec=(was.stopped_time_sec or now_s) if stopped else 0,
        launched_time_sec=was.launched_time_sec,
    )


def _without_past(body: LiveEventDefinition, now_s: int, *, was_draft: bool) -> LiveEventDefinition:
    """A live event to which nothing has happened: it is new, or was a draft up to now.

    One that is archived by then was not launched: it stays a draft.
    """
    draft = body.draft or body.archived
    return msgspec.structs.replace(
        body,
        former_schedules=(),
        run_stops=(),
        pauses=(),
        stopped_time_sec=0,
        draft=draft,
        launched_time_sec=now_s if was_draft and not draft else 0,
    )


def _former(before: Definition[LiveEventDefinition], now_us: int) -> tuple[FormerSchedule, ...]:
    """The former schedules of a live event whose schedule changes."""
    body = before.body
    # What starts within this second has started.
    until_s = now_us // MICROSECONDS + 1
    ends = FormerSchedule(schedule=body.schedule, until_time_sec=until_s)
    if not body.former_schedules:
        return (ends,)
    *earlier, last = body.former_schedules
    merged = msgspec.structs.replace(last, until_time_sec=until_s)
    began_s = max(before.created_us // MICROSECONDS, body.launched_time_sec)
    since_s = earlier[-1].until_time_sec if earlier else began_s
    every = (*body.former_schedules, ends)
    if _has_none(before, every, since_s) and _has_none(before, (*earlier, merged), since_s):
        return (*earlier, merged)
    return every


def _has_none(
    definition: Definition[LiveEventDefinition], former: Sequence[FormerSchedule], since_s: int
) -> bool:
    """Whether there is no run from ``since_s`` to the end of the last of the schedules."""
    body = msgspec.structs.replace(
        definition.body, former_schedules=tuple(former), run_stops=(), pauses=(), stopped_time_sec=0
    )
    timeline = Timeline(body, definition.created_us)
    wider_us = _LOCAL_US_MAX if any(each.schedule.player_local for each in former) else 0
    start_us = since_s * MICROSECONDS - wider_us
    end_us = former[-1].until_time_sec * MICROSECONDS + wider_us
    return next(timeline.between(start_us, end_us), None) is None


def _run_stops(
    was: Sequence[RunStop], wanted: Sequence[RunStop], now_s: int
) -> tuple[RunStop, ...]:
    """The stops of runs: what is new begins now, what is gone ends now.

    One that would end in the second in which it began has never been.
    """
    stopped = {each.run for each in wanted if not each.resumed_time_sec}
    kept = [
        each
        if each.resumed_time_sec or each.run in stopped
        else msgspec.structs.replace(each, resumed_time_sec=now_s)
        for each in was
        if each.resumed_time_sec or each.run in stopped or each.at_time_sec < now_s
    ]
    still = {each.run for each in kept if not each.resumed_time_sec}
    new = (each.run for each in wanted if not each.resumed_time_sec and each.run not in still)
    return (*kept, *(RunStop(run=run, at_time_sec=now_s) for run in dict.fromkeys(new)))


def deletable(definition: Definition[LiveEventDefinition], edit: Edit) -> None:
    """Raise ``FailedPrecondition`` for a live event that is on."""
    body = definition.body
    timeline = Timeline(body, definition.created_us)
    wider_us = _LOCAL_US_MAX if body.schedule.player_local else 0
    on = timeline.between(edit.now_us - wider_us, edit.now_us + wider_us + 1)
    if not body.archived and next(on, None) is not None:
        raise FailedPrecondition(
            f"live_event {definition.name!r} is on: stop or archive it before it is deleted"
        )
