"""What is done to experiments as a whole: what becomes of one by it, or why not. Pure.

Each function makes the fields of a body that change. That a body is right by then, and that nobody
spoils a running phase, is looked at afterwards, as with any other change.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from matsuri.errors import FailedPrecondition
from matsuri.experiments.lifecycle import end_time_sec, phase_state, state
from matsuri.experiments.model import ExperimentDefinition, Phase, State

_DAY_S = 86_400

Changes = dict[str, Any]


def launched(body: ExperimentDefinition) -> Changes:
    """A draft begins to count: its phases come, each at its time.

    Raises ``FailedPrecondition`` for what is no draft.
    """
    if body.launched:
        raise _refused("launched", "it was launched before")
    return {"launched": True}


def ended(body: ExperimentDefinition, now_s: int) -> Changes:
    """Every phase ends now, also those that were still to come.

    Raises ``FailedPrecondition`` where nothing is running or to come.
    """
    now = state(body, now_s)
    if now not in {State.RUNNING, State.SCHEDULED}:
        raise _refused("phases", f"the experiment is {now.value}: there is nothing to end")
    return {
        "phases": tuple(
            each
            if end_time_sec(each) <= now_s
            else msgspec.structs.replace(each, ended_time_sec=now_s)
            for each in body.phases
        )
    }


def archived(body: ExperimentDefinition) -> Changes:
    """It is kept, but refers to nothing any more: flags and audiences of it can be deleted."""
    if body.archived:
        raise _refused("archived", "the experiment is archived already")
    return {"archived": True}


def unarchived(body: ExperimentDefinition) -> Changes:
    """It is what it was before: a draft, or an experiment that is over."""
    if not body.archived:
        raise _refused("archived", "the experiment is not archived")
    return {"archived": False}


def copied(
    body: ExperimentDefinition, now_s: int, *, start_s: int | None = None
) -> ExperimentDefinition:
    """A draft like an experiment, with nothing of what has happened to it.

    Its phases keep their distances. The first one begins at ``start_s``; without that at its old
    time, or if that is no longer to come, at the same time of the day (UTC) within a day from now.
    """
    by_s = _shift(body.phases, now_s, start_s)
    return msgspec.structs.replace(
        body,
        phases=_apart([_fresh(each, by_s) for each in body.phases]),
        launched=False,
        archived=False,
        bias_notes=(),
    )


def _shift(phases: Sequence[Phase], now_s: int, start_s: int | None) -> int:
    if not phases:
        return 0
    first_s = min(each.start_time_sec for each in phases)
    if start_s is not None:
        return start_s - first_s
    return max(0, (now_s - first_s) // _DAY_S + 1) * _DAY_S


def _apart(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Phases of which each ends before the next begins; those for which no time is left are gone.

    Copies may not: where a phase was ended early, the next one may have begun before its planned
    end.
    """
    cut = [
        _ending(each, min(each.end_time_sec, following.start_time_sec))
        for each, following in pairwise(phases)
    ]
    return tuple(each for each in (*cut, *phases[-1:]) if each.start_time_sec < each.end_time_sec)


def _ending(phase: Phase, end_s: int) -> Phase:
    """A phase that ends then, without a deadline that would be later."""
    deadline_s = phase.admission_deadline_time_sec
    return msgspec.structs.replace(
        phase,
        end_time_sec=end_s,
        admission_deadline_time_sec=deadline_s if deadline_s <= end_s else 0,
    )


def _fresh(phase: Phase, by_s: int) -> Phase:
    """A phase as if nothing had happened to it, ``by_s`` seconds later."""
    deadline_s = phase.admission_deadline_time_sec
    return msgspec.structs.replace(
        phase,
        id="",
        start_time_sec=phase.start_time_sec + by_s,
        end_time_sec=phase.end_time_sec + by_s,
        ended_time_sec=0,
        admission_deadline_time_sec=deadline_s + by_s if deadline_s else 0,
        locked=False,
    )


def copied_phase(phase: Phase, *, name: str, start_s: int, end_s: int | None = None) -> Phase:
    """A phase like another one, at another time; as long as that one without ``end_s``.

    It has a deadline as far after its start as the other has, if it lasts so long.
    """
    made = msgspec.structs.replace(_fresh(phase, start_s - phase.start_time_sec), name=name)
    return made if end_s is None else _ending(made, end_s)


def ended_phase(phase: Phase, body: ExperimentDefinition, now_s: int) -> Phase:
    """A phase that is running ends now; raises ``FailedPrecondition`` for any other."""
    now = phase_state(body, phase, now_s)
    if now is not State.RUNNING:
        raise _refused("phase", f"phase {phase.name!r} is {now.value}: only a running one ends")
    return msgspec.structs.replace(phase, ended_time_sec=now_s)


def _refused(field: str, problem: str) -> FailedPrecondition:
    return FailedPrecondition(f"{field}: {problem}", details=[{"field": field, "problem": problem}])
