"""Which events and properties exist, compiled for the check of what comes in. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from matsuri.events.predefined import CORE_EVENTS, DEFAULT_PROPERTIES, PACKS, ValueType
from matsuri.events.schemas import JsonSchema, Schema, Schemas

__all__ = [
    "CORE_EVENTS",
    "DEFAULT_PROPERTIES",
    "EVENT_KIND",
    "LABEL_KIND",
    "PACKS",
    "PROPERTY_KIND",
    "VALIDATOR_KIND",
    "EventDefinition",
    "EventValidators",
    "LabelDefinition",
    "PropertyDefinition",
    "Taxonomy",
    "ValidatorDefinition",
    "ValueType",
    "core_taxonomy",
    "taxonomy_of",
    "with_event",
    "with_validator",
]

EVENT_KIND = "event"
PROPERTY_KIND = "property"
VALIDATOR_KIND = "validator"
LABEL_KIND = "label"


class EventDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of an event, beside its name. Validators go by name; empty for none."""

    description: str = ""
    labels: tuple[str, ...] = ()
    value_type: ValueType = ValueType.ANY
    value_validator: str = ""
    metadata_validator: str = ""


class PropertyDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of a property, beside its name."""

    description: str = ""
    labels: tuple[str, ...] = ()
    value_type: ValueType = ValueType.STRING


class ValidatorDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of a validator, beside its name: a JSON Schema."""

    description: str = ""
    labels: tuple[str, ...] = ()
    schema: dict[str, Any] | bool = {}


class LabelDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of a category label, beside its name; the colour as ``#rrggbb``."""

    description: str = ""
    colour: str = ""


class EventValidators(NamedTuple):
    """The validators of one event, and their names for messages.

    A name without a schema is that of a validator that cannot be used: it lets nothing through.
    """

    value_name: str
    value: Schema | None
    metadata_name: str
    metadata: Schema | None


class Taxonomy(msgspec.Struct, frozen=True):
    """The declared events and properties.

    ``validators`` has those events that have any. ``accept_undeclared`` lets anything else through
    as well: a setting for development servers.
    """

    events: Mapping[str, ValueType]
    default_properties: Mapping[str, ValueType]
    custom_properties: Mapping[str, ValueType]
    accept_undeclared: bool = False
    validators: Mapping[str, EventValidators] = {}
    schemas: Schemas = msgspec.field(default_factory=lambda: Schemas({}))


def core_taxonomy(*, accept_undeclared: bool = False, packs: Iterable[str] = ("hiro",)) -> Taxonomy:
    """The core events and properties, those of the packs, and no custom ones."""
    events = dict(CORE_EVENTS)
    for pack in packs:
        events |= PACKS[pack]
    return Taxonomy(
        events=events,
        default_properties=DEFAULT_PROPERTIES,
        custom_properties={},
        accept_undeclared=accept_undeclared,
    )


def taxonomy_of(
    *,
    events: Mapping[str, EventDefinition],
    default_properties: Mapping[str, PropertyDefinition],
    custom_properties: Mapping[str, PropertyDefinition],
    validators: Mapping[str, ValidatorDefinition],
    accept_undeclared: bool,
) -> Taxonomy:
    """The taxonomy of everything that is declared."""
    schemas = Schemas({name: each.schema for name, each in validators.items()})
    return Taxonomy(
        events={name: each.value_type for name, each in events.items()},
        default_properties={name: each.value_type for name, each in default_properties.items()},
        custom_properties={name: each.value_type for name, each in custom_properties.items()},
        accept_undeclared=accept_undeclared,
        validators={
            name: _validators(each, schemas)
            for name, each in events.items()
            if each.value_validator or each.metadata_validator
        },
        schemas=schemas,
    )


def with_event(taxonomy: Taxonomy, name: str, definition: EventDefinition) -> Taxonomy:
    """The taxonomy as it would be with that event declared so, for a look ahead."""
    validators = {key: each for key, each in taxonomy.validators.items() if key != name}
    if definition.value_validator or definition.metadata_validator:
        validators[name] = _validators(definition, taxonomy.schemas)
    return msgspec.structs.replace(
        taxonomy,
        events={**taxonomy.events, name: definition.value_type},
        validators=validators,
    )


def with_validator(taxonomy: Taxonomy, name: str, schema: JsonSchema) -> Taxonomy:
    """The taxonomy as it would be with one more validator, for ``with_event`` to refer to."""
    return msgspec.structs.replace(taxonomy, schemas=taxonomy.schemas.with_schema(name, schema))


def _validators(definition: EventDefinition, schemas: Schemas) -> EventValidators:
    return EventValidators(
        definition.value_validator,
        schemas.find(definition.value_validator),
        definition.metadata_validator,
        schemas.find(definition.metadata_validator),
    )
