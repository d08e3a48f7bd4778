"""Which places of an exclusion group its experiments have, and which are free. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from matsuri.experiments.lifecycle import Experiment, state
from matsuri.experiments.model import PERMILLE_ALL, State

_TAKING = frozenset({State.RUNNING, State.SCHEDULED})


class Share(NamedTuple):
    """An experiment of a group: it has the places from ``first`` to below ``last``, of 1,000."""

    first: int
    last: int
    experiment: Experiment
    state: State


def shares(group: str, experiments: Iterable[Experiment], now_s: int) -> list[Share]:
    """Those of the group that are not archived, by their places and names."""
    found = [
        Share(
            each.body.exclusion_from_permille,
            each.body.exclusion_to_permille,
            each,
            state(each.body, now_s),
        )
        for each in experiments
        if each.body.exclusion_group == group and not each.body.archived
    ]
    return sorted(found, key=lambda each: (each.first, each.last, each.experiment.name))


def free_places(taken: Sequence[Share]) -> list[tuple[int, int]]:
    """The places that no experiment has that is running or to come: each from, to below.

    ``taken`` are in the order of ``shares``.
    """
    free, upto = [], 0
    for each in taken:
        if each.state in _TAKING:
            if each.first > upto:
                free.append((upto, each.first))
            upto = max(upto, each.last)
    return [*free, (upto, PERMILLE_ALL)] if upto < PERMILLE_ALL else free
