"""What biases a phase while it runs, and how that is noted with its results. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import msgspec

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.model import Catalog, Changed, Edit
from matsuri.errors import FailedPrecondition
from matsuri.experiments.lifecycle import Experiment, phase_state
from matsuri.experiments.model import (
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    BiasNote,
    ExperimentDefinition,
    Phase,
    PhaseVariant,
    State,
)
from matsuri.experiments.overlaps import targeting
from matsuri.flags.compile import settled
from matsuri.flags.model import FLAG_KIND, FlagDefinition
from matsuri.kit.clock import MICROSECONDS

BIAS_NOTES_MAX = 1000

_AUDIENCES = ("audiences", "exclude_audiences")
# What may be changed of a phase while it runs; anything else would bias it. Of audiences those
# count that the phase has in the end, whether it says so or the experiment.
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
        *_AUDIENCES,
    }
)
# What of an experiment would bias every running phase of it.
_BIASING = ("exclusion_group", "exclusion_from_permille", "exclusion_to_permille", "holdout_group")

# The fields of what changed that bias this phase of an experiment.
_Biasing = Callable[[Changed, ExperimentDefinition, Phase, Edit], Sequence[str]]


def with_bias_noted(
    before: Experiment, after: ExperimentDefinition, edit: Edit
) -> ExperimentDefinition:
    """What is to be stored of an experiment, with notes of what biases a running phase.

    Raises ``FailedPrecondition`` for that unless the edit is ``forced``.
    """
    notes = [
        _note(phase, fields, edit)
        for phase in _running(before.body, edit)
        if (fields := _own_fields(before.body, after, phase))
    ]
    if notes and not edit.forced:
        raise _refused(before, notes)
    return _with_notes(after, notes)


def biased_by(changed: Changed, edit: Edit) -> Iterator[Experiment]:
    """The experiments with a note that something changed which a running phase refers to.

    Groups are for nothing but experiments: to change one is refused with ``FailedPrecondition``
    unless the edit is ``forced``. Audiences and flags are for more: their changes are only noted.
    """
    biasing = _OF_KIND.get(changed.after.kind)
    if biasing is None:
        return
    for experiment in changed.catalog.of_kind(EXPERIMENT_KIND).values():
        notes = [
            msgspec.structs.replace(
                _note(phase, fields, edit), kind=changed.after.kind, name=changed.after.name
            )
            for phase in _running(experiment.body, edit)
            if (fields := biasing(changed, experiment.body, phase, edit))
        ]
        if notes and changed.after.kind == HOLDOUT_GROUP_KIND and not edit.forced:
            raise _refused(experiment, notes)
        if notes:
            yield msgspec.structs.replace(experiment, body=_with_notes(experiment.body, notes))


def _running(body: ExperimentDefinition, edit: Edit) -> Iterator[Phase]:
    now_s = edit.now_us // MICROSECONDS
    return (each for each in body.phases if phase_state(body, each, now_s) is State.RUNNING)


def _note(phase: Phase, fields: Sequence[str], edit: Edit) -> BiasNote:
    return BiasNote(
        at_time_sec=edit.now_us // MICROSECONDS,
        changed_by=edit.author,
        phase=phase.id,
        fields=tuple(fields),
        note=edit.note,
    )


def _with_notes(body: ExperimentDefinition, notes: Sequence[BiasNote]) -> ExperimentDefinition:
    return msgspec.structs.replace(body, bias_notes=(*body.bias_notes, *notes)[-BIAS_NOTES_MAX:])


def _refused(experiment: Experiment, notes: Sequence[BiasNote]) -> FailedPrecondition:
    return FailedPrecondition(
        f"A running phase of experiment {experiment.name!r} would be biased; "
        "to do it all the same, and have it noted with the results, force the change",
        details=[
            {
                "field": field,
                "problem": "would bias a running phase",
                "experiment": experiment.name,
                "phase": note.phase,
            }
            for note in notes
            for field in note.fields
        ],
    )


def _own_fields(
    before: ExperimentDefinition, after: ExperimentDefinition, phase: Phase
) -> list[str]:
    changed = next((each for each in after.phases if each.id == phase.id), phase)
    fields = [
        each
        for each in Phase.__struct_fields__
        if each not in _FREE and _that_counts(phase, each) != _that_counts(changed, each)
    ]
    was, will_be = targeting(before, phase), targeting(after, changed)
    fields += [each for each in _AUDIENCES if {*getattr(was, each)} != {*getattr(will_be, each)}]
    return fields + [each for each in _BIASING if getattr(before, each) != getattr(after, each)]


def _that_counts(phase: Phase, field: str) -> object:
    """A field, without what is only said of the variants."""
    if field != "variants":
        return getattr(phase, field)
    return [msgspec.structs.replace(each, description="") for each in phase.variants]


def _of_holdout_group(
    changed: Changed, body: ExperimentDefinition, _phase: Phase, _edit: Edit
) -> Sequence[str]:
    if body.holdout_group != changed.before.name:
        return ()
    return _differing(changed, ("holdout_permille",))


def _of_audience(
    changed: Changed, body: ExperimentDefinition, phase: Phase, _edit: Edit
) -> Sequence[str]:
    """Who has a place keeps it; but others than before get one from now on."""
    fields = _differing(changed, ("filter", "managed"))
    wanted = targeting(body, phase)
    asked = {*wanted.audiences, *wanted.exclude_audiences}
    if not fields or asked.isdisjoint(_around(changed.catalog, changed.before.name)):
        return ()
    return fields


def _around(catalog: Catalog, audience: str) -> Collection[str]:
    """The audience, and those that ask for it in their filters, if by way of others."""
    found, waiting = {audience}, [audience]
    while waiting:
        users = catalog.users_of(AUDIENCE_KIND, waiting.pop())
        new = {user.name for user in users if user.kind == AUDIENCE_KIND} - found
        found |= new
        waiting += new
    return found


def _of_flag(
    changed: Changed, _body: ExperimentDefinition, phase: Phase, edit: Edit
) -> Sequence[str]:
    """A flag's own values are those of the variants that give it none, as controls do."""
    flag = changed.before.name
    if not any(_gives(each, flag) for each in phase.variants):
        return ()
    before, after = (settled(each.body, edit.now_us) for each in (changed.before, changed.after))
    fields = [] if before.enabled == after.enabled else ["enabled"]
    if not all(_gives(each, flag) for each in phase.variants):
        fields += [
            each
            for each in ("value", "variants", "schedule")
            if getattr(before, each) != getattr(after, each)
        ]
    elif _switches(before) != _switches(after):
        fields.append("schedule")
    return fields


def _gives(variant: PhaseVariant, flag: str) -> bool:
    return any(each.flag == flag for each in variant.flags)


def _switches(flag: FlagDefinition) -> list[tuple[int, bool]]:
    """When the flag is to go on or off, which nobody's variant can change."""
    return [(each.at_time_sec, each.enabled) for each in flag.schedule if each.enabled is not None]


def _differing(changed: Changed, fields: Sequence[str]) -> Sequence[str]:
    before, after = changed.before.body, changed.after.body
    return [each for each in fields if getattr(before, each) != getattr(after, each)]


_OF_KIND: Mapping[str, _Biasing] = {
    HOLDOUT_GROUP_KIND: _of_holdout_group,
    AUDIENCE_KIND: _of_audience,
    FLAG_KIND: _of_flag,
}
