"""Where experiments give the same flags values, perhaps to the same players. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from matsuri.audiences.overlap import Targeting, may_intersect
from matsuri.experiments.lifecycle import Experiment, end_time_sec
from matsuri.experiments.model import ExperimentDefinition, Phase


class Stretch(NamedTuple):
    """What is left of a phase: from when, until before when, seconds; for whom; and which flags.

    A flag that any of the phase's variants gives a value is one of them.
    """

    experiment: Experiment
    phase: Phase
    start_s: int
    end_s: int
    targeting: Targeting
    flags: frozenset[str]


class Overlap(NamedTuple):
    """Two phases that give ``flags`` values from ``start_s`` until before ``end_s``, seconds.

    ``other`` is that of another experiment. For who is in both, the one that ``wins`` counts.
    """

    own: Stretch
    other: Stretch
    flags: tuple[str, ...]
    start_s: int
    end_s: int

    @property
    def place(self) -> tuple[int, str, str, str]:
        """Its place among the others of an experiment: the earliest comes first."""
        other = self.other
        return (self.start_s, other.experiment.name, other.phase.id, self.own.phase.id)

    @property
    def wins(self) -> Experiment:
        """The experiment that was defined last."""
        both = (self.own.experiment, self.other.experiment)
        return max(both, key=lambda each: (each.created_us, each.name))


class LaunchedPhases:
    """The phases of launched experiments that are not over, by the flags that they give values."""

    def __init__(self, experiments: Iterable[Experiment], now_s: int) -> None:
        self._now_s = now_s
        self._by_flag: dict[str, list[Stretch]] = {}
        for experiment in experiments:
            if experiment.body.launched:
                for each in stretches(experiment, now_s):
                    for flag in each.flags:
                        self._by_flag.setdefault(flag, []).append(each)

    def overlaps(self, experiment: Experiment) -> list[Overlap]:
        """Where an experiment, if only a draft, meets others; the earliest first."""
        found = [
            overlap
            for own in stretches(experiment, self._now_s)
            for other in self._others(own)
            if (overlap := _overlap(own, other)) is not None
        ]
        return sorted(found, key=lambda each: each.place)

    def users_of(self, flag: str) -> list[Stretch]:
        """The phases that give this flag values."""
        return self._by_flag.get(flag, [])

    def _others(self, own: Stretch) -> Iterator[Stretch]:
        seen = set()
        for flag in sorted(own.flags):
            for each in self.users_of(flag):
                key = (each.experiment.id, each.phase.id)
                if each.experiment.id != own.experiment.id and key not in seen:
                    seen.add(key)
                    yield each


def targeting(body: ExperimentDefinition, phase: Phase) -> Targeting:
    """Whom a phase is for: what it says itself goes before what the experiment says."""
    excludes = phase.exclude_audiences
    return Targeting(
        body.audiences if phase.audiences is None else phase.audiences,
        body.exclude_audiences if excludes is None else excludes,
    )


def stretches(experiment: Experiment, now_s: int) -> Iterator[Stretch]:
    """What is left of an experiment's phases; nothing of one that is archived."""
    body = experiment.body
    for phase in () if body.archived else body.phases:
        start_s, end_s = max(now_s, phase.start_time_sec), end_time_sec(phase)
        if start_s < end_s:
            flags = frozenset(flag.flag for each in phase.variants for flag in each.flags)
            yield Stretch(experiment, phase, start_s, end_s, targeting(body, phase), flags)


def _overlap(own: Stretch, other: Stretch) -> Overlap | None:
    start_s, end_s = max(own.start_s, other.start_s), min(own.end_s, other.end_s)
    flags = tuple(sorted(own.flags & other.flags))
    if not flags or start_s >= end_s:
        return None
    if _share_no_player(own.experiment.body, other.experiment.body):
        return None
    if not may_intersect(own.targeting, other.targeting):
        return None
    return Overlap(own, other, flags, start_s, end_s)


def _share_no_player(one: ExperimentDefinition, other: ExperimentDefinition) -> bool:
    """Whether an exclusion group keeps them apart: by its places, or when a place is given."""
    return bool(one.exclusion_group) and one.exclusion_group == other.exclusion_group
