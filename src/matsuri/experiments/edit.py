"""What may be changed of experiments, by where they stand. Pure."""

from collections.abc import Iterator, Sequence

import msgspec

from matsuri.definitions.model import Edit
from matsuri.errors import FailedPrecondition
from matsuri.experiments.bias import with_bias_noted
from matsuri.experiments.lifecycle import (
    Experiment,
    end_time_sec,
    launch_problems,
    over_already,
    phase_state,
    state,
)
from matsuri.experiments.model import ExperimentDefinition, Phase, State
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.ids import derived_id


def edited(before: Experiment | None, after: Experiment, edit: Edit) -> ExperimentDefinition:
    """What is stored of an experiment as somebody wants it.

    Phases are put in the order of their times and get their ids; one that would have begun before
    it is launched begins now, and one that is ended ends no earlier. What biases a running phase
    is noted down. Raises ``FailedPrecondition`` for what cannot be launched, for what may not be
    changed any more, and for what biases unless the edit is ``forced``.
    """
    now_s = edit.now_us // MICROSECONDS
    if before is None and edit.restored:
        # What players were in, and what biased it, is known by these ids.
        was = after.body
        if was.archived or not was.launched:
            return was
    else:
        was = ExperimentDefinition() if before is None else before.body
    body = msgspec.structs.replace(
        after.body,
        phases=_with_ids(after.id, was.phases, after.body.phases),
        bias_notes=was.bias_notes,
    )
    if body.launched:
        _check_launch(before, body, now_s)
        body = _started_now(before, body, now_s)
    if before is None:
        return body
    body = _ended_now(before.body, body, now_s)
    _check_state(before.body, body, now_s)
    _check_phases(before.body, body, now_s)
    return with_bias_noted(before, body, edit)


def deletable(definition: Experiment, edit: Edit) -> None:
    """Raise ``FailedPrecondition`` unless it is a draft, or archived."""
    now = state(definition.body, edit.now_us // MICROSECONDS)
    if now not in {State.DRAFT, State.ARCHIVED}:
        raise FailedPrecondition(
            f"Experiment {definition.name!r} is {now.value}: only drafts and archived experiments "
            "can be deleted"
        )


def _with_ids(
    experiment_id: str, known: Sequence[Phase], phases: Sequence[Phase]
) -> tuple[Phase, ...]:
    """The phases in the order of their times, each with the id that it has or is to have.

    A phase without an id is the one that had its name before, or a new one.
    """
    by_name = {each.name: each.id for each in known}
    known_ids = {each.id for each in known}
    taken = known_ids | {each.id for each in phases if each.id}
    given = {each.id for each in phases if each.id in known_ids}
    made = []
    for phase in phases:
        phase_id = phase.id if phase.id in known_ids else ""
        if not phase_id:
            same = by_name.get(phase.name, "")
            phase_id = same if same not in given else ""
        if not phase_id:
            phase_id = _new_id(experiment_id, phase, taken)
        given.add(phase_id)
        taken.add(phase_id)
        made.append(msgspec.structs.replace(phase, id=phase_id))
    # What was ended in the second in which it began comes before what begins then.
    return tuple(sorted(made, key=lambda each: (each.start_time_sec, end_time_sec(each), each.id)))


def _new_id(experiment_id: str, phase: Phase, taken: set[str]) -> str:
    """An id that no phase of the experiment has; players in it could not be told apart else."""
    number = 0
    while True:
        found = derived_id(
            f"experiment.phase.{experiment_id}", f"{phase.name}/{phase.start_time_sec}/{number}"
        )
        if found not in taken:
            return found
        number += 1


def _started_now(
    before: Experiment | None, body: ExperimentDefinition, now_s: int
) -> ExperimentDefinition:
    """Phases that begin by this change do so now, not in a past in which nobody had them."""
    begun = _begun(before, now_s)
    phases = tuple(
        phase
        if phase.id in begun or phase.start_time_sec >= now_s or phase.end_time_sec <= now_s
        else msgspec.structs.replace(phase, start_time_sec=now_s)
        for phase in body.phases
    )
    return msgspec.structs.replace(body, phases=phases)


def _begun(before: Experiment | None, now_s: int) -> set[str]:
    if before is None or not before.body.launched:
        return set()
    return {each.id for each in before.body.phases if each.start_time_sec <= now_s}


def _ended_now(
    before: ExperimentDefinition, body: ExperimentDefinition, now_s: int
) -> ExperimentDefinition:
    """Running phases that are ended by this change end now, not in a past in which players were.

    What was decided a moment ago may be a second late.
    """
    ended_before = {
        each.id: each.ended_time_sec
        for each in before.phases
        if phase_state(before, each, now_s) is State.RUNNING
    }
    phases = tuple(
        msgspec.structs.replace(each, ended_time_sec=now_s)
        if 0 < each.ended_time_sec < now_s
        and each.ended_time_sec != ended_before.get(each.id, each.ended_time_sec)
        else each
        for each in body.phases
    )
    return msgspec.structs.replace(body, phases=phases)


def _check_launch(before: Experiment | None, body: ExperimentDefinition, now_s: int) -> None:
    """Phases that begin to count, by a launch or later, are not over by then."""
    if before is None or not before.body.launched:
        what, problems = "The experiment cannot be launched", launch_problems(body, now_s)
    else:
        what, problems = "The phases cannot be those", _late_phases(before, body, now_s)
    details = [{"field": field, "problem": text} for field, text in problems]
    if details:
        told = "; ".join(each["problem"] for each in details)
        raise FailedPrecondition(f"{what}: {told}", details=details)


def _late_phases(
    before: Experiment, body: ExperimentDefinition, now_s: int
) -> Iterator[tuple[str, str]]:
    """New phases, and those that were still to come, of which nothing would be left.

    Who ends an experiment early ends phases that were to come as well: their plan stays.
    """
    begun = _begun(before, now_s)
    for index, phase in enumerate(body.phases):
        if phase.id not in begun and phase.end_time_sec <= now_s:
            yield over_already(index, phase)


def _check_state(before: ExperimentDefinition, after: ExperimentDefinition, now_s: int) -> None:
    if before.launched and not after.launched and _any_begun(before, now_s):
        raise _refused("launched", "an experiment that has begun is no draft any more")
    if before.archived and after.archived and before != after:
        raise _refused("archived", "what is archived stays as it is until it is taken out again")
    now = state(before, now_s)
    if after.archived and now in {State.RUNNING, State.SCHEDULED}:
        raise _refused("archived", f"the experiment is {now.value}: end it first")


def _any_begun(body: ExperimentDefinition, now_s: int) -> bool:
    return any(phase.start_time_sec <= now_s for phase in body.phases)


def _check_phases(before: ExperimentDefinition, after: ExperimentDefinition, now_s: int) -> None:
    """Phases that are over stay as they were; running ones have begun, and end no earlier than now.

    Nobody can change when a phase has begun, not by force either: players have been in it since.
    """
    if not before.launched:
        return
    by_id = {each.id: each for each in after.phases}
    index_of = {each.id: index for index, each in enumerate(after.phases)}
    for phase in before.phases:
        if phase.start_time_sec > now_s:
            continue
        changed = by_id.get(phase.id)
        is_over = now_s >= end_time_sec(phase)
        if changed is None:
            raise _refused("phases", f"phase {phase.name!r} has begun and cannot be taken away")
        field = f"phases[{index_of[phase.id]}]"
        if is_over and changed != phase:
            raise _refused(field, f"phase {phase.name!r} is over and cannot be changed")
        if changed.start_time_sec != phase.start_time_sec:
            told = f"phase {phase.name!r} has begun and cannot begin at another time"
            raise _refused(f"{field}.start_time_sec", told)
        if not is_over and changed != phase and changed.end_time_sec < now_s:
            raise _refused(f"{field}.end_time_sec", "must not be in the past")


def _refused(field: str, problem: str) -> FailedPrecondition:
    return FailedPrecondition(f"{field}: {problem}", details=[{"field": field, "problem": problem}])
