"""The kind of definitions ``live_event``: what makes one wrong. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.descriptions import description_problems
from matsuri.definitions.model import Catalog, Definition, Kind, Problem, Reference
from matsuri.events.schemas import Schemas
from matsuri.events.taxonomy import LABEL_KIND, VALIDATOR_KIND
from matsuri.flags.model import FLAG_KIND
from matsuri.flags.values import value_problem
from matsuri.kit.texts import NOT_STORABLE, is_storable
from matsuri.live_events.check_schedule import schedule_problems
from matsuri.live_events.edit import EditLimits, deletable, edited
from matsuri.live_events.model import LIVE_EVENT_KIND, FlagOverride, LiveEventDefinition

LIVE_EVENT_NAME_ALLOWED = (
    "1 to 64 of A-Z a-z 0-9 _ . - and space, beginning and ending with no space"
)
COLOR_ALLOWED = "#rrggbb"
TEXT_ALLOWED = "1 to 64 printable characters, no space at either end"
DESCRIPTION_CHARS_MAX = 2000

_NAME = re.compile(r"[A-Za-z0-9_.-](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?", re.ASCII)
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)
# What paths have where the name of a live event could stand: one of the console API's own, and
# steps that clients and proxies take out.
_RESERVED = frozenset({"preview", ".", ".."})
_TEXT_CHARS_MAX = 64
_PARTICIPANTS_MAX = 10**12


class LiveEventLimits(msgspec.Struct, frozen=True):
    """How large a live event may be; each of its values counts by itself."""

    value_bytes_max: int = 128 * 1024
    flags_max: int = 100
    variants_max: int = 100
    audiences_max: int = 100
    labels_max: int = 100
    metrics_max: int = 100
    former_schedules_max: int = 100
    stops_max: int = 1000


def live_event_kind(limits: LiveEventLimits) -> Kind[LiveEventDefinition]:
    """The kind ``live_event``."""
    edits = EditLimits(limits.former_schedules_max, limits.stops_max)
    return Kind(
        name=LIVE_EVENT_KIND,
        body_type=LiveEventDefinition,
        check=lambda definition, catalog: list(_problems(definition, catalog, limits)),
        references=_references,
        # Whether a value is good, its flag says by its validator.
        depends_on=frozenset({VALIDATOR_KIND, FLAG_KIND}),
        edited=lambda before, after, edit: edited(before, after, edit, edits),
        deletable=deletable,
    )


def _references(body: LiveEventDefinition) -> Iterable[Reference]:
    if body.archived:
        return
    for index, label in enumerate(body.labels):
        yield Reference(LABEL_KIND, label, f"labels[{index}]")
    if body.validator:
        yield Reference(VALIDATOR_KIND, body.validator, "validator")
    for field, names in _audience_lists(body):
        for index, name in enumerate(names):
            yield Reference(AUDIENCE_KIND, name, f"{field}[{index}]")
    for index, flag in enumerate(body.flags):
        yield Reference(FLAG_KIND, flag.flag, f"flags[{index}].flag")


def _audience_lists(body: LiveEventDefinition) -> Iterator[tuple[str, Sequence[str]]]:
    yield "audiences", body.audiences
    yield "exclude_audiences", body.exclude_audiences
    for index, flag in enumerate(body.flags):
        for place, variant in enumerate(flag.variants):
            yield f"flags[{index}].variants[{place}].audiences", variant.audiences


def _problems(
    definition: Definition[LiveEventDefinition], catalog: Catalog, limits: LiveEventLimits
) -> Iterator[Problem]:
    name, body = definition.name, definition.body
    if not _NAME.fullmatch(name) or name in _RESERVED:
        told = "cannot be a name" if name else "is missing"
        yield Problem("name", told, LIVE_EVENT_NAME_ALLOWED)
    yield from description_problems(body.description, chars_max=DESCRIPTION_CHARS_MAX)
    if body.template and not _is_text(body.template):
        yield Problem("template", "cannot be a template", TEXT_ALLOWED)
    if body.color and not _COLOR.fullmatch(body.color):
        yield Problem("color", "is no colour", COLOR_ALLOWED)
    if not 0 <= body.participants_max <= _PARTICIPANTS_MAX:
        yield Problem("participants_max", "is out of range", f"0 to {_PARTICIPANTS_MAX}")
    yield from schedule_problems(body.schedule)
    too_long = list(_length_problems(body, limits))
    if too_long:
        # To look at each of so many would help nobody.
        yield from too_long
        return
    yield from _list_problems(body)
    yield from _flag_problems(body.flags)
    if not body.archived:
        yield from _value_problems(body, catalog, limits)


def _length_problems(body: LiveEventDefinition, limits: LiveEventLimits) -> Iterator[Problem]:
    lists: list[tuple[str, Sequence[object], int]] = [
        ("labels", body.labels, limits.labels_max),
        ("metrics", body.metrics, limits.metrics_max),
        ("flags", body.flags, limits.flags_max),
        *(
            (f"flags[{index}].variants", flag.variants, limits.variants_max)
            for index, flag in enumerate(body.flags)
        ),
        *((field, names, limits.audiences_max) for field, names in _audience_lists(body)),
    ]
    for field, items, most in lists:
        if len(items) > most:
            yield Problem(field, f"has {len(items)} entries", f"at most {most}")


def _list_problems(body: LiveEventDefinition) -> Iterator[Problem]:
    for index, metric in enumerate(body.metrics):
        if not _is_text(metric):
            yield Problem(f"metrics[{index}]", "cannot be a metric", TEXT_ALLOWED)
    lists = [("labels", body.labels), ("metrics", body.metrics), *_audience_lists(body)]
    for field, names in lists:
        for index in _repeated(names):
            yield Problem(f"{field}[{index}]", "is there twice")
    for index, name in enumerate(body.exclude_audiences):
        if name in body.audiences:
            yield Problem(f"exclude_audiences[{index}]", "is one of the audiences, too")


def _flag_problems(flags: Sequence[FlagOverride]) -> Iterator[Problem]:
    for index in _repeated([each.flag for each in flags]):
        yield Problem(f"flags[{index}].flag", "is there twice")
    for index, flag in enumerate(flags):
        field = f"flags[{index}]"
        if flag.value is None and not flag.variants:
            yield Problem(field, "gives the flag no value", "value or variants")
        for place in _repeated([each.name for each in flag.variants]):
            yield Problem(f"{field}.variants[{place}].name", "is the name of an earlier variant")
        for place, variant in enumerate(flag.variants):
            if not _is_text(variant.name):
                told = "cannot be a name" if variant.name else "is missing"
                yield Problem(f"{field}.variants[{place}].name", told, TEXT_ALLOWED)
            if not variant.audiences:
                told = "must name at least one: the flag's value is for everybody else"
                yield Problem(f"{field}.variants[{place}].audiences", told)


def _value_problems(
    body: LiveEventDefinition, catalog: Catalog, limits: LiveEventLimits
) -> Iterator[Problem]:
    validators = catalog.of_kind(VALIDATOR_KIND)
    schemas = Schemas({name: each.body.schema for name, each in validators.items()})
    for field, text, validator in _every_value(body, catalog):
        if not is_storable(text):
            yield Problem(field, f"must not contain {NOT_STORABLE}")
            continue
        size = len(text.encode())
        if size > limits.value_bytes_max:
            yield Problem(field, f"has {size} bytes", f"at most {limits.value_bytes_max}")
        elif validator in validators:
            problem = value_problem(schemas.find(validator), text)
            if problem:
                yield Problem(field, f"is not what validator {validator} asks for: {problem}")


def _every_value(body: LiveEventDefinition, catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """The values, each with the field that it is in and the validator that it must please."""
    yield "value", body.value, body.validator
    for index, override in enumerate(body.flags):
        flag = catalog.find(FLAG_KIND, override.flag)
        validator = "" if flag is None else flag.body.validator
        if override.value is not None:
            yield f"flags[{index}].value", override.value, validator
        for place, variant in enumerate(override.variants):
            yield f"flags[{index}].variants[{place}].value", variant.value, validator


def _is_text(text: str) -> bool:
    return 1 <= len(text) <= _TEXT_CHARS_MAX and text.isprintable() and text == text.strip()


def _repeated(items: Iterable[str]) -> Iterator[int]:
    """The places of the items that come a second time."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item in seen:
            yield index
        seen.add(item)
