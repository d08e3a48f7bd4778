"""The kinds of definitions that experiments consist of: what makes one wrong. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.descriptions import description_problems
from matsuri.definitions.model import Catalog, Definition, Kind, Problem, Reference
from matsuri.events.schemas import Schemas
from matsuri.events.taxonomy import LABEL_KIND, VALIDATOR_KIND
from matsuri.experiments.bias import biased_by
from matsuri.experiments.edit import deletable, edited
from matsuri.experiments.lifecycle import end_time_sec
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    PERMILLE_ALL,
    ExclusionGroup,
    ExperimentDefinition,
    HoldoutGroup,
    Phase,
    PhaseVariant,
)
from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.flags.model import FLAG_KIND
from matsuri.flags.values import value_problem
from matsuri.kit.texts import NOT_STORABLE, is_storable

NAME_ALLOWED = "1 to 64 of A-Z a-z 0-9 _ . - and space, beginning and ending with no space"
TEXT_ALLOWED = "1 to 64 printable characters, no slash, no space at either end"
DESCRIPTION_CHARS_MAX = 2000

_NAME = re.compile(r"[A-Za-z0-9_.-](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?", re.ASCII)
_PATH_STEPS = frozenset({".", ".."})
_TEXT_CHARS_MAX = 64
_PARTICIPANTS_MAX = 10**12


class ExperimentLimits(msgspec.Struct, frozen=True):
    """How large an experiment may be; each of its values counts by itself."""

    value_bytes_max: int = 128 * 1024
    phases_max: int = 50
    variants_max: int = 100
    flags_max: int = 100
    audiences_max: int = 100
    metrics_max: int = 100


def experiment_kinds(limits: ExperimentLimits) -> list[Kind[Any]]:
    """The kinds ``experiment``, ``exclusion_group`` and ``holdout_group``."""
    return [
        Kind(
            name=EXPERIMENT_KIND,
            body_type=ExperimentDefinition,
            check=lambda definition, catalog: list(_problems(definition, catalog, limits)),
            references=_references,
            # Whether a value is good, its flag says by its validator.
            depends_on=frozenset({VALIDATOR_KIND, FLAG_KIND}),
            edited=edited,
            deletable=deletable,
            follows=biased_by,
        ),
        Kind(
            name=EXCLUSION_GROUP_KIND,
            body_type=ExclusionGroup,
            check=lambda definition, _: list(_group_problems(definition)),
            references=_label_references,
        ),
        Kind(
            name=HOLDOUT_GROUP_KIND,
            body_type=HoldoutGroup,
            check=lambda definition, _: list(_holdout_problems(definition)),
            references=_label_references,
        ),
    ]


def _label_references(body: ExclusionGroup | HoldoutGroup) -> Iterable[Reference]:
    for index, label in enumerate(body.labels):
        yield Reference(LABEL_KIND, label, f"labels[{index}]")


def _references(body: ExperimentDefinition) -> Iterable[Reference]:
    if body.archived:
        return
    for index, label in enumerate(body.labels):
        yield Reference(LABEL_KIND, label, f"labels[{index}]")
    for field, names in _audience_lists(body):
        for index, name in enumerate(names):
            yield Reference(AUDIENCE_KIND, name, f"{field}[{index}]")
    if body.exclusion_group:
        yield Reference(EXCLUSION_GROUP_KIND, body.exclusion_group, "exclusion_group")
    if body.holdout_group:
        yield Reference(HOLDOUT_GROUP_KIND, body.holdout_group, "holdout_group")
    for field, variant in _every_variant(body):
        for index, flag in enumerate(variant.flags):
            yield Reference(FLAG_KIND, flag.flag, f"{field}.flags[{index}].flag")


def _audience_lists(body: ExperimentDefinition) -> Iterator[tuple[str, Sequence[str]]]:
    yield "audiences", body.audiences
    yield "exclude_audiences", body.exclude_audiences
    for index, phase in enumerate(body.phases):
        yield f"phases[{index}].audiences", phase.audiences or ()
        yield f"phases[{index}].exclude_audiences", phase.exclude_audiences or ()


def _every_variant(body: ExperimentDefinition) -> Iterator[tuple[str, PhaseVariant]]:
    for index, phase in enumerate(body.phases):
        for place, variant in enumerate(phase.variants):
            yield f"phases[{index}].variants[{place}]", variant


def _group_problems(
    definition: Definition[ExclusionGroup] | Definition[HoldoutGroup],
) -> Iterator[Problem]:
    yield from _name_problems(definition.name)
    yield from description_problems(definition.body.description, chars_max=DESCRIPTION_CHARS_MAX)


def _holdout_problems(definition: Definition[HoldoutGroup]) -> Iterator[Problem]:
    yield from _group_problems(definition)
    if not 0 <= definition.body.holdout_permille <= PERMILLE_ALL:
        yield Problem("holdout_permille", "is out of range", f"0 to {PERMILLE_ALL}")


def _name_problems(name: str) -> Iterator[Problem]:
    if not _NAME.fullmatch(name) or name in _PATH_STEPS:
        told = "cannot be a name" if name else "is missing"
        yield Problem("name", told, NAME_ALLOWED)


def _problems(
    definition: Definition[ExperimentDefinition], catalog: Catalog, limits: ExperimentLimits
) -> Iterator[Problem]:
    body = definition.body
    yield from _name_problems(definition.name)
    for field in ("description", "hypothesis"):
        yield from description_problems(
            getattr(body, field), chars_max=DESCRIPTION_CHARS_MAX, field=field
        )
    too_long = list(_length_problems(body, limits))
    if too_long:
        # To look at each of so many would help nobody.
        yield from too_long
        return
    if body.launched and not body.phases:
        yield Problem("phases", "must not be empty once the experiment is launched")
    yield from _list_problems(body)
    yield from _range_problems(body)
    for index in _repeated([each.name for each in body.phases]):
        yield Problem(f"phases[{index}].name", "is the name of an earlier phase")
    for index in _repeated([each.id for each in body.phases]):
        yield Problem(f"phases[{index}].id", "is the id of an earlier phase")
    for index, phase in enumerate(body.phases):
        yield from _phase_problems(f"phases[{index}]", phase)
    for index, (before, after) in enumerate(pairwise(body.phases)):
        if after.start_time_sec < end_time_sec(before):
            yield Problem(
                f"phases[{index + 1}].start_time_sec", f"is before the end of {before.name!r}"
            )
    if not body.archived:
        yield from _value_problems(body, catalog, limits)
        yield from _exclusion_problems(definition, catalog)


def _length_problems(body: ExperimentDefinition, limits: ExperimentLimits) -> Iterator[Problem]:
    lists: list[tuple[str, Sequence[object], int]] = [
        ("goal_metrics", body.goal_metrics, limits.metrics_max),
        ("monitor_metrics", body.monitor_metrics, limits.metrics_max),
        ("phases", body.phases, limits.phases_max),
        *(
            (f"phases[{index}].variants", phase.variants, limits.variants_max)
            for index, phase in enumerate(body.phases)
        ),
        *(
            (f"phases[{index}].goal_metrics", phase.goal_metrics or (), limits.metrics_max)
            for index, phase in enumerate(body.phases)
        ),
        *((f"{field}.flags", each.flags, limits.flags_max) for field, each in _every_variant(body)),
        *((field, names, limits.audiences_max) for field, names in _audience_lists(body)),
    ]
    for field, items, most in lists:
        if len(items) > most:
            yield Problem(field, f"has {len(items)} entries", f"at most {most}")


def _list_problems(body: ExperimentDefinition) -> Iterator[Problem]:
    metrics: list[tuple[str, Sequence[str]]] = [
        ("goal_metrics", body.goal_metrics),
        ("monitor_metrics", body.monitor_metrics),
        *(
            (f"phases[{index}].goal_metrics", phase.goal_metrics or ())
            for index, phase in enumerate(body.phases)
        ),
    ]
    for field, names in metrics:
        for index, metric in enumerate(names):
            if not _is_text(metric):
                yield Problem(f"{field}[{index}]", "cannot be a metric", TEXT_ALLOWED)
    for field, names in [*metrics, *_audience_lists(body)]:
        for index in _repeated(names):
            yield Problem(f"{field}[{index}]", "is there twice")


def _range_problems(body: ExperimentDefinition) -> Iterator[Problem]:
    first, last = body.exclusion_from_permille, body.exclusion_to_permille
    if not 0 <= first < PERMILLE_ALL:
        yield Problem("exclusion_from_permille", "is out of range", f"0 to {PERMILLE_ALL - 1}")
    if not first < last <= PERMILLE_ALL:
        yield Problem(
            "exclusion_to_permille",
            "is out of range",
            f"more than exclusion_from_permille, at most {PERMILLE_ALL}",
        )


def _phase_problems(field: str, phase: Phase) -> Iterator[Problem]:
    if not _is_text(phase.name):
        told = "cannot be a name" if phase.name else "is missing"
        yield Problem(f"{field}.name", told, TEXT_ALLOWED)
    yield from description_problems(
        phase.description, chars_max=DESCRIPTION_CHARS_MAX, field=f"{field}.description"
    )
    for name in ("start_time_sec", "end_time_sec"):
        if not 1 <= getattr(phase, name) <= TIME_SEC_MAX:
            yield Problem(f"{field}.{name}", "is no time", "seconds since the epoch")
    if phase.end_time_sec <= phase.start_time_sec:
        yield Problem(f"{field}.end_time_sec", "must be later than start_time_sec")
    if not 0 <= phase.ended_time_sec <= TIME_SEC_MAX:
        yield Problem(f"{field}.ended_time_sec", "is no time", "seconds since the epoch, or 0")
    deadline = phase.admission_deadline_time_sec
    if deadline and not phase.start_time_sec < deadline <= phase.end_time_sec:
        yield Problem(
            f"{field}.admission_deadline_time_sec",
            "is outside the phase",
            "after its start, not after its end, or 0 for none",
        )
    if not 0 <= phase.participants_max <= _PARTICIPANTS_MAX:
        yield Problem(f"{field}.participants_max", "is out of range", f"0 to {_PARTICIPANTS_MAX}")
    yield from _variants_problems(f"{field}.variants", phase.variants)


def _variants_problems(field: str, variants: Sequence[PhaseVariant]) -> Iterator[Problem]:
    if not variants:
        yield Problem(field, "must have a control", "the control, and any number of others")
        return
    for index in _repeated([each.name for each in variants]):
        yield Problem(f"{field}[{index}].name", "is the name of an earlier variant")
    for index, variant in enumerate(variants):
        one = f"{field}[{index}]"
        if not _is_text(variant.name):
            told = "cannot be a name" if variant.name else "is missing"
            yield Problem(f"{one}.name", told, TEXT_ALLOWED)
        yield from description_problems(
            variant.description, chars_max=DESCRIPTION_CHARS_MAX, field=f"{one}.description"
        )
        if not 0 <= variant.weight_permille <= PERMILLE_ALL:
            yield Problem(f"{one}.weight_permille", "is out of range", f"0 to {PERMILLE_ALL}")
        for place in _repeated([each.flag for each in variant.flags]):
            yield Problem(f"{one}.flags[{place}].flag", "is there twice")
    total = sum(each.weight_permille for each in variants)
    if total != PERMILLE_ALL:
        yield Problem(field, f"have weights of {total} in all", f"{PERMILLE_ALL}")


def _value_problems(
    body: ExperimentDefinition, catalog: Catalog, limits: ExperimentLimits
) -> Iterator[Problem]:
    schemas = Schemas(
        {name: each.body.schema for name, each in catalog.of_kind(VALIDATOR_KIND).items()}
    )
    for field, variant in _every_variant(body):
        yield from _text_problems(f"{field}.value", variant.value, limits)
        for index, given in enumerate(variant.flags):
            place = f"{field}.flags[{index}].value"
            wrong = list(_text_problems(place, given.value, limits))
            yield from wrong
            flag = catalog.find(FLAG_KIND, given.flag)
            if wrong or flag is None or not flag.body.validator:
                continue
            problem = value_problem(schemas.find(flag.body.validator), given.value)
            if problem:
                yield Problem(
                    place, f"is not what validator {flag.body.validator} asks for: {problem}"
                )


def _text_problems(field: str, text: str, limits: ExperimentLimits) -> Iterator[Problem]:
    if not is_storable(text):
        yield Problem(field, f"must not contain {NOT_STORABLE}")
        return
    size = len(text.encode())
    if size > limits.value_bytes_max:
        yield Problem(field, f"has {size} bytes", f"at most {limits.value_bytes_max}")


def _exclusion_problems(
    definition: Definition[ExperimentDefinition], catalog: Catalog
) -> Iterator[Problem]:
    """Who shares places of an exclusion group must not run at the same time."""
    body = definition.body
    if not (body.exclusion_group and body.launched):
        return
    for other in catalog.of_kind(EXPERIMENT_KIND).values():
        if other.id == definition.id or not _shares_places(body, other.body):
            continue
        for index, phase in enumerate(body.phases):
            if any(_overlap(phase, each) for each in other.body.phases):
                yield Problem(
                    "exclusion_from_permille",
                    f"phases[{index}] runs beside experiment {other.name!r}, which has some of "
                    "these places of the exclusion group",
                    f"places outside {other.body.exclusion_from_permille} to "
                    f"{other.body.exclusion_to_permille}, or other times",
                )
                break


def _shares_places(one: ExperimentDefinition, other: ExperimentDefinition) -> bool:
    return (
        other.launched
        and not other.archived
        and one.exclusion_group == other.exclusion_group
        and one.exclusion_from_permille < other.exclusion_to_permille
        and other.exclusion_from_permille < one.exclusion_to_permille
    )


def _overlap(one: Phase, other: Phase) -> bool:
    return one.start_time_sec < end_time_sec(other) and other.start_time_sec < end_time_sec(one)


def _is_text(text: str) -> bool:
    fits = text.isprintable() and text == text.strip() and "/" not in text
    return fits and text not in _PATH_STEPS and 1 <= len(text) <= _TEXT_CHARS_MAX


def _repeated(items: Iterable[object]) -> Iterator[int]:
    """The places of the items that come a second time."""
    seen: set[object] = set()
    for index, item in enumerate(items):
        if item in seen:
            yield index
        seen.add(item)
