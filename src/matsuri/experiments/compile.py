"""All experiments made ready: which phases are on, and what each of their variants gives. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from matsuri.definitions.model import Catalog, Definition
from matsuri.enrolments.model import Part
from matsuri.experiments.assign import exclusion_salt, holdout_salt, split_salt
from matsuri.experiments.lifecycle import end_time_sec
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    ExperimentDefinition,
    Phase,
    PhaseVariant,
)
from matsuri.flags.model import Override, OverrideType
from matsuri.kit.clock import MICROSECONDS

NEVER_US = 2**63 - 1


class Share(NamedTuple):
    """The places from ``first`` to below ``last``, of 1,000, in the order that ``salt`` makes."""

    salt: str
    first: int
    last: int


class CompiledVariant(NamedTuple):
    """A variant, and what it gives, by flag name."""

    variant: PhaseVariant
    overrides: Mapping[str, Override]


class CompiledPhase(msgspec.Struct, frozen=True):
    """A phase; times in microseconds. ``flags`` are those that any of its variants gives a value.

    Nobody is admitted from ``admits_until_us`` on. ``held_out`` and ``share`` are of the
    experiment's groups; ``None`` where it has none.
    """

    experiment: Definition[ExperimentDefinition]
    phase: Phase
    part: Part
    start_us: int
    end_us: int
    admits_until_us: int
    audiences: tuple[str, ...]
    exclude_audiences: tuple[str, ...]
    salt: str
    variants: Mapping[str, CompiledVariant]
    flags: frozenset[str]
    exclusion_group: str
    share: Share | None
    held_out: Share | None
    exposure: Mapping[str, Mapping[str, str]]


class ActivePhases(NamedTuple):
    """The phases that are on from ``since_us`` until ``until_us``, in the order of names.

    ``not_with`` has, by part, the others of its exclusion group.
    """

    since_us: int
    until_us: int
    phases: Sequence[CompiledPhase]
    not_with: Mapping[Part, tuple[Part, ...]]


class Timetable:
    """Which phases are on when; what was found last is remembered until a phase comes or goes."""

    def __init__(self, phases: Iterable[CompiledPhase]) -> None:
        self._phases = tuple(phases)
        times = {time for each in self._phases for time in _times(each)}
        self._times = sorted(times)
        self._last = ActivePhases(0, 0, (), {})

    def active_at(self, now_us: int) -> ActivePhases:
        """The phases that are on."""
        last = self._last
        if last.since_us <= now_us < last.until_us:
            return last
        found = [each for each in self._phases if each.start_us <= now_us < each.end_us]
        active = ActivePhases(
            since_us=max((time for time in self._times if time <= now_us), default=0),
            until_us=min((time for time in self._times if time > now_us), default=NEVER_US),
            phases=found,
            not_with={each.part: _others(each, found) for each in found},
        )
        # Instants of past and future are asked about, too: the newest question is the usual one.
        self._last = active
        return active


def _times(phase: CompiledPhase) -> Iterable[int]:
    yield phase.start_us
    yield phase.end_us
    if phase.admits_until_us < phase.end_us:
        yield phase.admits_until_us


def _others(phase: CompiledPhase, active: Iterable[CompiledPhase]) -> tuple[Part, ...]:
    if not phase.exclusion_group:
        return ()
    return tuple(
        each.part
        for each in active
        if each.exclusion_group == phase.exclusion_group and each.part != phase.part
    )


def compile_experiment(
    definition: Definition[ExperimentDefinition], catalog: Catalog
) -> list[CompiledPhase]:
    """The phases of an experiment that can be on; none of a draft or of what is archived."""
    body = definition.body
    if not body.launched or body.archived:
        return []
    return [_phase(definition, phase, catalog) for phase in body.phases]


def _phase(
    definition: Definition[ExperimentDefinition], phase: Phase, catalog: Catalog
) -> CompiledPhase:
    body = definition.body
    deadline = phase.admission_deadline_time_sec or phase.end_time_sec
    audiences = body.audiences if phase.audiences is None else phase.audiences
    excludes = (
        body.exclude_audiences if phase.exclude_audiences is None else phase.exclude_audiences
    )
    return CompiledPhase(
        experiment=definition,
        phase=phase,
        part=Part(definition.id, phase.id),
        start_us=phase.start_time_sec * MICROSECONDS,
        end_us=end_time_sec(phase) * MICROSECONDS,
        admits_until_us=deadline * MICROSECONDS,
        audiences=audiences,
        exclude_audiences=excludes,
        salt=split_salt(definition.id, phase),
        variants={each.name: _variant(definition, each) for each in phase.variants},
        flags=frozenset(flag.flag for each in phase.variants for flag in each.flags),
        exclusion_group=body.exclusion_group,
        share=_share(body, catalog),
        held_out=_held_out(body, catalog),
        exposure={
            each.name: {
                "experimentId": definition.id,
                "experimentName": definition.name,
                "phaseId": phase.id,
                "phaseName": phase.name,
                "variantName": each.name,
            }
            for each in phase.variants
        },
    )


def _variant(
    definition: Definition[ExperimentDefinition], variant: PhaseVariant
) -> CompiledVariant:
    return CompiledVariant(
        variant,
        {
            each.flag: Override(
                OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG,
                definition.name,
                variant.name,
                each.value,
                definition.created_us,
            )
            for each in variant.flags
        },
    )


def _share(body: ExperimentDefinition, catalog: Catalog) -> Share | None:
    group = catalog.find(EXCLUSION_GROUP_KIND, body.exclusion_group)
    if group is None:
        return None
    return Share(exclusion_salt(group.id), body.exclusion_from_permille, body.exclusion_to_permille)


def _held_out(body: ExperimentDefinition, catalog: Catalog) -> Share | None:
    group = catalog.find(HOLDOUT_GROUP_KIND, body.holdout_group)
    return None if group is None else Share(holdout_salt(group.id), 0, group.body.holdout_permille)


def compile_phases(catalog: Catalog) -> list[CompiledPhase]:
    """The phases of all experiments that can be on, in the order of the experiments' names."""
    return [
        phase
        for definition in catalog.of_kind(EXPERIMENT_KIND).values()
        for phase in compile_experiment(definition, catalog)
    ]
