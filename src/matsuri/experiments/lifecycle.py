"""Where experiments and their phases stand. Pure."""

from collections.abc import Iterator

from matsuri.definitions.model import Definition
from matsuri.experiments.model import ExperimentDefinition, Phase, State

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


def launch_problems(body: ExperimentDefinition, now_s: int) -> Iterator[tuple[str, str]]:
    """Why an experiment cannot be launched: fields, and what is wrong with them."""
    if body.archived:
        yield "archived", "it is archived"
    if not body.phases:
        yield "phases", "it has no phase"
    for index, phase in enumerate(body.phases):
        if end_time_sec(phase) <= now_s:
            yield over_already(index, phase)


def over_already(index: int, phase: Phase) -> tuple[str, str]:
    """What is wrong with a phase that nobody could take part in."""
    return f"phases[{index}].end_time_sec", f"phase {phase.name!r} would be over already"
