"""The kind of definitions ``flag``: what makes one wrong. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.descriptions import description_problems
from matsuri.definitions.model import Catalog, Definition, Kind, Problem, Reference
from matsuri.events.schemas import Schemas
from matsuri.events.taxonomy import LABEL_KIND, VALIDATOR_KIND
from matsuri.flags.model import (
    FLAG_KIND,
    PERCENT_ALL,
    FlagDefinition,
    ScheduledChange,
    Variant,
)
from matsuri.flags.values import value_problem
from matsuri.kit.texts import NOT_STORABLE, is_storable

T = TypeVar("T")

FLAG_NAME_ALLOWED = (
    "1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter, ending with a letter or a digit, "
    "and not stale"
)
VARIANT_NAME_ALLOWED = "1 to 64 printable characters, no slash, no space at either end"
DESCRIPTION_CHARS_MAX = 128
TIME_SEC_MAX = 253_402_300_799  # the last second of the year 9999

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)
_VARIANT_NAME_CHARS_MAX = 64
# Paths of the console API that stand where the name of a flag could.
_RESERVED = frozenset({"stale"})
# Steps of paths that clients and proxies take out: no path would lead to such a variant.
_PATH_STEPS = frozenset({".", ".."})


class FlagLimits(msgspec.Struct, frozen=True):
    """How large a flag may be; each of its values counts by itself."""

    value_bytes_max: int = 128 * 1024
    variants_max: int = 100
    audiences_max: int = 100
    changes_max: int = 100


def flag_kind(*, limits: FlagLimits) -> Kind[FlagDefinition]:
    """The kind ``flag``."""
    return Kind(
        name=FLAG_KIND,
        body_type=FlagDefinition,
        check=lambda definition, catalog: list(_problems(definition, catalog, limits)),
        references=_references,
        depends_on=frozenset({VALIDATOR_KIND}),
    )


def _references(body: FlagDefinition) -> Iterable[Reference]:
    for index, label in enumerate(body.labels):
        yield Reference(LABEL_KIND, label, f"labels[{index}]")
    if body.validator:
        yield Reference(VALIDATOR_KIND, body.validator, "validator")
    for field, variant in _every_variant(body):
        for index, name in enumerate(variant.audiences):
            yield Reference(AUDIENCE_KIND, name, f"{field}.audiences[{index}]")


def _every_variant(body: FlagDefinition) -> Iterator[tuple[str, Variant]]:
    """The variants there are and will be, each with the field that it is in."""
    for field, variants in _variant_lists(body):
        for index, variant in enumerate(variants):
            yield f"{field}[{index}]", variant


def _variant_lists(body: FlagDefinition) -> Iterator[tuple[str, Sequence[Variant]]]:
    yield "variants", body.variants
    for index, change in enumerate(body.schedule):
        if change.variants is not None:
            yield f"schedule[{index}].variants", change.variants


def _every_value(body: FlagDefinition) -> Iterator[tuple[str, str]]:
    """The values there are and will be, each with the field that it is in."""
    yield "value", body.value
    for index, change in enumerate(body.schedule):
        if change.value is not None:
            yield f"schedule[{index}].value", change.value
    for field, variant in _every_variant(body):
        yield f"{field}.value", variant.value


def _problems(
    definition: Definition[FlagDefinition], catalog: Catalog, limits: FlagLimits
) -> Iterator[Problem]:
    name, body = definition.name, definition.body
    if not _NAME.fullmatch(name) or name in _RESERVED:
        told = "cannot be a name" if name else "is missing"
        yield Problem("name", told, FLAG_NAME_ALLOWED)
    yield from description_problems(body.description, chars_max=DESCRIPTION_CHARS_MAX)
    too_long = list(_length_problems(body, limits))
    if too_long:
        # To look at each of so many would help nobody.
        yield from too_long
        return
    for field, variants in _variant_lists(body):
        for index in _repeated([each.name for each in variants]):
            yield Problem(f"{field}[{index}].name", "is the name of an earlier variant")
    for field, variant in _every_variant(body):
        yield from _variant_problems(field, variant)
    yield from _schedule_problems(body.schedule)
    yield from _value_problems(body, catalog, limits)


def _length_problems(body: FlagDefinition, limits: FlagLimits) -> Iterator[Problem]:
    lists: list[tuple[str, Sequence[object], int]] = [
        ("schedule", body.schedule, limits.changes_max),
        *((field, variants, limits.variants_max) for field, variants in _variant_lists(body)),
        *(
            (f"{field}.audiences", variant.audiences, limits.audiences_max)
            for field, variant in _every_variant(body)
        ),
    ]
    for field, items, most in lists:
        if len(items) > most:
            yield Problem(field, f"has {len(items)} entries", f"at most {most}")


def _repeated(items: Iterable[T]) -> Iterator[int]:
    """The places of the items that come a second time."""
    seen: set[T] = set()
    for index, item in enumerate(items):
        if item in seen:
            yield index
        seen.add(item)


def _variant_problems(field: str, variant: Variant) -> Iterator[Problem]:
    name = variant.name
    fits = name.isprintable() and name == name.strip() and "/" not in name
    fits = fits and name not in _PATH_STEPS
    if not fits or not 1 <= len(name) <= _VARIANT_NAME_CHARS_MAX:
        told = "cannot be a name" if name else "is missing"
        yield Problem(f"{field}.name", told, VARIANT_NAME_ALLOWED)
    yield from description_problems(
        variant.description, chars_max=DESCRIPTION_CHARS_MAX, field=f"{field}.description"
    )
    if not 0 <= variant.rollout_percent <= PERCENT_ALL:
        yield Problem(f"{field}.rollout_percent", "is no percentage", "0 to 100")
    for index in _repeated(variant.audiences):
        yield Problem(f"{field}.audiences[{index}]", "is there twice")


def _schedule_problems(schedule: Sequence[ScheduledChange]) -> Iterator[Problem]:
    before = 0
    for index, change in enumerate(schedule):
        field = f"schedule[{index}]"
        if not 1 <= change.at_time_sec <= TIME_SEC_MAX:
            yield Problem(f"{field}.at_time_sec", "is no time", "seconds since the epoch")
        elif change.at_time_sec <= before:
            yield Problem(f"{field}.at_time_sec", "must be later than that of the change before")
        before = max(before, change.at_time_sec)
        if change.value is None and change.enabled is None and change.variants is None:
            yield Problem(field, "changes nothing", "value, enabled or variants")


def _value_problems(
    body: FlagDefinition, catalog: Catalog, limits: FlagLimits
) -> Iterator[Problem]:
    validator = catalog.find(VALIDATOR_KIND, body.validator) if body.validator else None
    schema = None
    if validator is not None:
        every = catalog.of_kind(VALIDATOR_KIND)
        schema = Schemas({name: each.body.schema for name, each in every.items()}).find(
            validator.name
        )
    for field, text in _every_value(body):
        if not is_storable(text):
            yield Problem(field, f"must not contain {NOT_STORABLE}")
            continue
        size = len(text.encode())
        if size > limits.value_bytes_max:
            yield Problem(field, f"has {size} bytes", f"at most {limits.value_bytes_max}")
        elif validator is not None:
            problem = value_problem(schema, text)
            if problem:
                yield Problem(field, f"is not what validator {body.validator} asks for: {problem}")
