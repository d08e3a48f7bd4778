"""Where experiments and their phases stand, and what may be changed of them by then. Pure."""

from collections.abc import Iterator, Sequence

import msgspec

from matsuri.definitions.model import Definition, Edit
from matsuri.errors import FailedPrecondition
from matsuri.experiments.model import BiasNote, ExperimentDefinition, Phase, State
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.ids import derived_id

BIAS_NOTES_MAX = 1000

# What may be changed of a phase while it runs; anything else would bias it.
_FREE = frozenset(
    {
        "name",
        "description",
        "end_time_sec",
        "ended_time_sec",
        "goal_metrics",
        "participants_max",
        "admission_deadline_time_sec",
        "locked",
    }
)
# What would bias every running phase of an experiment; audiences only of those without their own.
_BIASING = ("exclusion_group", "exclusion_from_permille", "exclusion_to_permille", "holdout_group")
_AUDIENCES = ("audiences", "exclude_audiences")

Experiment = Definition[ExperimentDefinition]


def end_time_sec(phase: Phase) -> int:
    """When a phase is over: as planned, or when somebody ended it before."""
    if phase.ended_time_sec:
        return min(phase.ended_time_sec, phase.end_time_sec)
    return phase.end_time_sec


def phase_state(body: ExperimentDefinition, phase: Phase, now_s: int) -> State:
    """Where a phase stands."""
    if body.archived:
        return State.ARCHIVED
    if not body.launched:
        return State.DRAFT
    if now_s >= end_time_sec(phase):
        return State.ENDED
    return State.RUNNING if now_s >= phase.start_time_sec else State.SCHEDULED


def state(body: ExperimentDefinition, now_s: int) -> State:
    """Where an experiment stands: between two phases it is scheduled."""
    if body.archived:
        return State.ARCHIVED
    if not body.launched:
        return State.DRAFT
    states = {phase_state(body, phase, now_s) for phase in body.phases}
    for each in (State.RUNNING, State.SCHEDULED):
        if each in states:
            return each
    return State.ENDED


def edited(before: Experiment | None, after: Experiment, edit: Edit) -> ExperimentDefinition:
    """What is stored of an experiment as somebody wants it.

    Phases are put in the order of their times and get their ids; one that would have begun before
    it is launched begins now. What biases a running phase is noted down. Raises
    ``FailedPrecondition`` for what may not be changed any more, and for what biases unless the edit
    is ``forced``.
    """
    now_s = edit.now_us // MICROSECONDS
    known = () if before is None else before.body.phases
    body = msgspec.structs.replace(
        after.body,
        phases=_with_ids(after.id, known, after.body.phases),
        bias_notes=() if before is None else before.body.bias_notes,
    )
    if body.launched:
        body = _started_now(before, body, now_s)
    if before is None:
        return body
    _check_state(before.body, body, now_s)
    _check_phases(before.body, body, now_s)
    notes = list(_biases(before.body, body, edit, now_s))
    if notes and not edit.forced:
        raise FailedPrecondition(
            f"A running phase of experiment {before.name!r} would be biased; "
            "to do it all the same, and have it noted with the results, force the change",
            details=[
                {"field": field, "problem": "would bias a running phase", "phase": note.phase}
                for note in notes
                for field in note.fields
            ],
        )
    return msgspec.structs.replace(body, bias_notes=(*body.bias_notes, *notes)[-BIAS_NOTES_MAX:])


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


def _check_state(before: ExperimentDefinition, after: ExperimentDefinition, now_s: int) -> None:
    if before.launched and not after.launched and _any_begun(before, now_s):
        raise _refused("launched", "an experiment that has begun is no draft any more")
    now = state(before, now_s)
    if after.archived and now in {State.RUNNING, State.SCHEDULED}:
        raise _refused("archived", f"the experiment is {now.value}: end it first")


def _any_begun(body: ExperimentDefinition, now_s: int) -> bool:
    return any(phase.start_time_sec <= now_s for phase in body.phases)


def _check_phases(before: ExperimentDefinition, after: ExperimentDefinition, now_s: int) -> None:
    """Phases that are over stay as they were; running ones stay, and end no earlier than now."""
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
        if not is_over and changed != phase and changed.end_time_sec < now_s:
            raise _refused(f"{field}.end_time_sec", "must not be in the past")


def _biases(
    before: ExperimentDefinition, after: ExperimentDefinition, edit: Edit, now_s: int
) -> Iterator[BiasNote]:
    by_id = {each.id: each for each in after.phases}
    common = [each for each in _BIASING if getattr(before, each) != getattr(after, each)]
    for phase in before.phases:
        if phase_state(before, phase, now_s) is not State.RUNNING:
            continue
        changed = by_id.get(phase.id, phase)
        fields = [
            each
            for each in Phase.__struct_fields__
            if each not in _FREE and getattr(phase, each) != getattr(changed, each)
        ]
        fields += [
            each
            for each in _AUDIENCES
            if each not in fields
            and getattr(changed, each) is None
            and getattr(before, each) != getattr(after, each)
        ]
        if fields or common:
            yield BiasNote(
                at_time_sec=now_s,
                changed_by=edit.author,
                phase=phase.id,
                fields=(*fields, *common),
                note=edit.note,
            )


def _refused(field: str, problem: str) -> FailedPrecondition:
    return FailedPrecondition(f"{field}: {problem}", details=[{"field": field, "problem": problem}])
