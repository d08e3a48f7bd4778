"""Phases among those of their experiment: found, added, changed, taken away. Pure."""

from collections.abc import Callable
from typing import Any

from matsuri.errors import FailedPrecondition, NotFound
from matsuri.experiments.model import ExperimentDefinition, Phase

Changes = dict[str, Any]


def found(body: ExperimentDefinition, ref: str) -> Phase:
    """The phase of that id or name; raises ``NotFound``."""
    by_name = None
    for each in body.phases:
        if each.id == ref:
            return each
        if each.name == ref:
            by_name = each
    if by_name is None:
        raise NotFound(f"There is no phase {ref[:128]!r} of this experiment")
    return by_name


def added(body: ExperimentDefinition, phase: Phase) -> Changes:
    """One phase more; raises ``FailedPrecondition`` where the experiment is archived."""
    if body.archived:
        problem = "an archived experiment gets no new phases"
        raise FailedPrecondition(problem, details=[{"field": "archived", "problem": problem}])
    return {"phases": (*body.phases, phase)}


def changed(body: ExperimentDefinition, ref: str, change: Callable[[Phase], Phase]) -> Changes:
    """One phase as ``change`` makes it; raises ``NotFound``."""
    phase = found(body, ref)
    return {"phases": tuple(change(each) if each is phase else each for each in body.phases)}


def removed(body: ExperimentDefinition, ref: str) -> Changes:
    """One phase less; raises ``NotFound``."""
    phase = found(body, ref)
    return {"phases": tuple(each for each in body.phases if each is not phase)}
