"""The kinds of definitions that make the taxonomy: events, properties, validators, labels. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from matsuri.definitions.model import (
    Catalog,
    Definition,
    Kind,
    Origin,
    Problem,
    Reference,
    predefined_id,
)
from matsuri.events.predefined import (
    CORE_EVENTS,
    CORE_VALIDATORS,
    DEFAULT_PROPERTIES,
    PACKS,
    ValueType,
)
from matsuri.events.schemas import (
    SchemaLimits,
    SchemaProblem,
    names_referred_to,
    schema_problems,
    use_problems,
)
from matsuri.events.taxonomy import (
    EVENT_KIND,
    LABEL_KIND,
    PROPERTY_KIND,
    VALIDATOR_KIND,
    EventDefinition,
    LabelDefinition,
    PropertyDefinition,
    Taxonomy,
    ValidatorDefinition,
    taxonomy_of,
)

NAME_ALLOWED = "1 to 128 of A-Z a-z 0-9 _ . : -, beginning with a letter"
VALIDATOR_NAME_ALLOWED = "1 to 64 of A-Z a-z 0-9 _ . -, beginning with a letter"
LABEL_NAME_ALLOWED = "1 to 64 printable characters, no slash, no space at either end"
COLOUR_ALLOWED = "#rrggbb"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,127}", re.ASCII)
_VALIDATOR_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_LABEL_CHARS_MAX = 64
# In the path of a validator it stands for the check of a schema.
_CHECK = "check"
_LABELS = frozenset({"labels"})


def taxonomy_kinds(*, packs: Iterable[str], limits: SchemaLimits) -> list[Kind[Any]]:
    """The kinds of the taxonomy, with the predefined events of ``packs`` beside the core ones."""
    events = _predefined_events(Origin.CORE, CORE_EVENTS)
    for pack in packs:
        events += _predefined_events(pack, PACKS[pack])
    return [
        Kind(
            name=EVENT_KIND,
            body_type=EventDefinition,
            check=_check_event,
            references=_event_references,
            predefined=tuple(events),
            amendable=_LABELS,
        ),
        Kind(
            name=PROPERTY_KIND,
            body_type=PropertyDefinition,
            check=_check_property,
            references=_label_references,
            predefined=tuple(
                _predefined(Origin.CORE, PROPERTY_KIND, name, PropertyDefinition(value_type=each))
                for name, each in DEFAULT_PROPERTIES.items()
            ),
            amendable=_LABELS,
        ),
        Kind(
            name=VALIDATOR_KIND,
            body_type=ValidatorDefinition,
            check=lambda definition, catalog: _check_validator(definition, catalog, limits),
            references=_validator_references,
            predefined=tuple(
                _predefined(
                    Origin.CORE, VALIDATOR_KIND, name, ValidatorDefinition(schema=dict(schema))
                )
                for name, schema in CORE_VALIDATORS.items()
            ),
            amendable=_LABELS,
        ),
        Kind(
            name=LABEL_KIND,
            body_type=LabelDefinition,
            check=_check_label,
            references=lambda _body: (),
        ),
    ]


def compile_taxonomy(catalog: Catalog, *, accept_undeclared: bool) -> Taxonomy:
    """The taxonomy of the catalog's definitions."""

    def bodies(kind: str, *, locked: bool | None = None) -> dict[str, Any]:
        return {
            name: each.body
            for name, each in catalog.of_kind(kind).items()
            if locked is None or each.locked is locked
        }

    return taxonomy_of(
        events=bodies(EVENT_KIND),
        default_properties=bodies(PROPERTY_KIND, locked=True),
        custom_properties=bodies(PROPERTY_KIND, locked=False),
        validators=bodies(VALIDATOR_KIND),
        accept_undeclared=accept_undeclared,
    )


def _predefined_events(
    origin: str, events: Mapping[str, ValueType]
) -> list[Definition[EventDefinition]]:
    return [
        _predefined(origin, EVENT_KIND, name, EventDefinition(value_type=each))
        for name, each in events.items()
    ]


def _predefined(origin: str, kind: str, name: str, body: Any) -> Definition[Any]:
    return Definition(id=predefined_id(kind, name), kind=kind, name=name, body=body, origin=origin)


def _label_references(body: Any) -> Iterable[Reference]:
    return [
        Reference(LABEL_KIND, name, f"labels[{index}]") for index, name in enumerate(body.labels)
    ]


def _event_references(body: EventDefinition) -> Iterable[Reference]:
    yield from _label_references(body)
    if body.value_validator:
        yield Reference(VALIDATOR_KIND, body.value_validator, "value_validator")
    if body.metadata_validator:
        yield Reference(VALIDATOR_KIND, body.metadata_validator, "metadata_validator")


def _validator_references(body: ValidatorDefinition) -> Iterable[Reference]:
    yield from _label_references(body)
    for name in names_referred_to(body.schema):
        yield Reference(VALIDATOR_KIND, name, "schema")


def _check_event(definition: Definition[EventDefinition], _catalog: Catalog) -> list[Problem]:
    return _name_problems(definition.name, _NAME, NAME_ALLOWED)


def _check_property(definition: Definition[PropertyDefinition], _: Catalog) -> list[Problem]:
    problems = _name_problems(definition.name, _NAME, NAME_ALLOWED)
    if definition.body.value_type is ValueType.ANY:
        problems.append(Problem("value_type", "is not for properties", "string or numeric"))
    return problems


def _check_validator(
    definition: Definition[ValidatorDefinition], catalog: Catalog, limits: SchemaLimits
) -> list[Problem]:
    problems = _name_problems(definition.name, _VALIDATOR_NAME, VALIDATOR_NAME_ALLOWED)
    if definition.name == _CHECK:
        problems = [_bad_name(definition.name, f"{VALIDATOR_NAME_ALLOWED}, and not {_CHECK}")]
    if problems:
        return problems
    others = {name: each.body.schema for name, each in catalog.of_kind(VALIDATOR_KIND).items()}
    name, schema = definition.name, definition.body.schema
    problems = [schema_field(each) for each in schema_problems(name, schema, others, limits)]
    if problems:
        return problems
    together = {**others, name: schema}
    return [
        Problem("schema", f"validator {user} refers to this, and then {each.problem}")
        for user in _users(name, catalog)
        for each in use_problems(user, together, limits)
    ]


def schema_field(problem: SchemaProblem) -> Problem:
    """A problem of a schema as one of the field that holds it."""
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.place)
    return Problem(f"schema{where}", problem.problem)


def _users(name: str, catalog: Catalog) -> list[str]:
    """The validators that refer to one, directly or by way of others."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        for user in catalog.users_of(VALIDATOR_KIND, waiting.pop()):
            if user.kind == VALIDATOR_KIND and user.name not in found and user.name != name:
                found[user.name] = None
                waiting.append(user.name)
    return list(found)


def _check_label(definition: Definition[LabelDefinition], _catalog: Catalog) -> list[Problem]:
    problems = []
    name = definition.name
    fits = name.isprintable() and name == name.strip() and "/" not in name
    if not fits or not 1 <= len(name) <= _LABEL_CHARS_MAX:
        problems.append(_bad_name(name, LABEL_NAME_ALLOWED))
    if definition.body.colour and not _COLOUR.fullmatch(definition.body.colour):
        problems.append(Problem("colour", "is no colour", COLOUR_ALLOWED))
    return problems


def _name_problems(name: str, form: re.Pattern[str], allowed: str) -> list[Problem]:
    return [] if form.fullmatch(name) else [_bad_name(name, allowed)]


def _bad_name(name: str, allowed: str) -> Problem:
    if name.startswith("_"):
        return Problem("name", "begins with _, which is reserved for the server", allowed)
    return Problem("name", "cannot be a name" if name else "is missing", allowed)
