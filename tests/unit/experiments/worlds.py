"""Small worlds of experiments and players."""

from collections.abc import Iterable

from hypothesis import strategies as st

from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import Target
from matsuri.definitions.model import Catalog, Definition, Kind
from matsuri.enrolments.model import Admission, Enrolment, Enrolments, Part
from matsuri.experiments.compile import compile_phases
from matsuri.experiments.kinds import ExperimentLimits, experiment_kinds
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    ExclusionGroup,
    ExperimentDefinition,
    FlagValue,
    HoldoutGroup,
    Phase,
    PhaseVariant,
)
from matsuri.experiments.source import ExperimentSet
from matsuri.filters.compile import compile_filter
from matsuri.kit.clock import MICROSECONDS

NOW_S = 1_700_000_000
NOW_US = NOW_S * MICROSECONDS
DAY_S = 86_400

KINDS: dict[str, Kind[object]] = {kind.name: kind for kind in experiment_kinds(ExperimentLimits())}
FILTERS = {
    "all": "true",
    "none": "false",
    "high": 'PropertiesCustom("level", 0) > 5',
    "half": "Sample(50)",
}
AUDIENCES = AudienceSet(
    {name: Audience(f"id of {name}", name, compile_filter(text)) for name, text in FILTERS.items()}
)


def variant(name: str, weight: int, **flags: str) -> PhaseVariant:
    values = tuple(FlagValue(flag=flag, value=value) for flag, value in flags.items())
    return PhaseVariant(name=name, weight_permille=weight, value=f"value of {name}", flags=values)


HALVES = (variant("control", 500), variant("test", 500, shop="blue"))


def phase(name: str = "first", start: int = -DAY_S, end: int = DAY_S, **fields: object) -> Phase:
    """A phase; ``start`` and ``end`` in seconds from now."""
    fields.setdefault("id", f"id of {name}")
    fields.setdefault("variants", HALVES)
    return Phase(  # type: ignore[misc] # the fields of a phase
        name=name,
        start_time_sec=NOW_S + start,
        end_time_sec=NOW_S + end,
        **fields,  # type: ignore[arg-type] # the same
    )


def experiment(
    name: str = "e", *phases: Phase, created_us: int = 0, **body: object
) -> Definition[ExperimentDefinition]:
    body.setdefault("launched", True)
    return Definition(
        id=f"id of {name}",
        kind=EXPERIMENT_KIND,
        name=name,
        body=ExperimentDefinition(phases=phases or (phase(),), **body),  # type: ignore[arg-type] # its fields
        created_us=created_us,
    )


def exclusion_group(name: str) -> Definition[ExclusionGroup]:
    return Definition(
        id=f"id of {name}", kind=EXCLUSION_GROUP_KIND, name=name, body=ExclusionGroup()
    )


def holdout_group(name: str, permille: int) -> Definition[HoldoutGroup]:
    return Definition(
        id=f"id of {name}",
        kind=HOLDOUT_GROUP_KIND,
        name=name,
        body=HoldoutGroup(holdout_permille=permille),
    )


def catalog(*definitions: Definition[object]) -> Catalog:
    return Catalog(KINDS, definitions)


def experiments(*definitions: Definition[object]) -> ExperimentSet:
    return ExperimentSet(compile_phases(catalog(*definitions)))


def player(
    name: str = "player-0001",
    *,
    now_s: int = NOW_S,
    level: int = 0,
    held: Iterable[Enrolment] = (),
    full: Iterable[Part] = (),
) -> Memberships:
    target = Target(
        identity_id=name,
        sample_key=name,
        created_s=NOW_S,
        updated_s=NOW_S,
        default={},
        custom={"level": str(level)},
        computed={},
        enrolments=Enrolments({each.part: each for each in held}, frozenset(full)),
    )
    return Memberships(AUDIENCES, target, now_s * MICROSECONDS)


def admitted(admission: Admission) -> Enrolment:
    """What is kept of an admission."""
    return Enrolment(part=admission.part, enrolled_us=NOW_US, variant=admission.variant)


def variants_of(source: ExperimentSet, who: Memberships) -> dict[str, str]:
    """What the player has in each experiment."""
    return {
        each.phase.experiment.name: each.variant.variant.name
        for each in source.placements(who)
        if each.variant is not None
    }


names = st.integers(0, 10**9).map(lambda number: f"player-{number:010}")
