"""What the code of every language has, before names are given. Pure."""

import msgspec

from matsuri.codegen.catalog import Catalog, Event, Flag, Property, version_of
from matsuri.codegen.read_schema import SchemaReader
from matsuri.codegen.shapes import (
    AnyJson,
    Choice,
    Number,
    Record,
    Shape,
    Text,
    Truth,
    fits,
    required,
)
from matsuri.flags.values import ValueType, value_of, value_type

_BY_VALUE_TYPE: dict[ValueType, Shape] = {
    ValueType.STRING: Text(),
    ValueType.NUMBER: Number(),
    ValueType.BOOLEAN: Truth(),
    ValueType.OBJECT: AnyJson(),
    ValueType.ARRAY: AnyJson(),
}
_NUMERIC = "numeric"


class FlagPlan(msgspec.Struct, frozen=True):
    """A flag, its shape, and its default as it goes on the wire, which is of that shape."""

    name: str
    description: str
    shape: Shape
    default: str


class EventPlan(msgspec.Struct, frozen=True):
    """An event; ``metadata`` is ``None`` where nothing is known but that it is texts by name."""

    name: str
    description: str
    value: Shape
    metadata: Record | None


class PropertyPlan(msgspec.Struct, frozen=True):
    """A custom property."""

    name: str
    description: str
    shape: Shape


class Plan(msgspec.Struct, frozen=True):
    """Everything that is written, each list by name."""

    version: str
    flags: list[FlagPlan]
    events: list[EventPlan]
    properties: list[PropertyPlan]
    experiments: dict[str, str]
    live_events: dict[str, str]


def is_text(shape: Shape) -> bool:
    """Whether a value of that shape goes on the wire as the text that it is, not as JSON."""
    return isinstance(shape, Text | Choice)


def plan_of(catalog: Catalog) -> Plan:
    """The plan for the definitions of a tidied ``catalog``."""
    reader = SchemaReader({each.name: each.schema for each in catalog.validators})
    return Plan(
        version=version_of(catalog),
        flags=[_flag(each, reader) for each in catalog.flags],
        events=[_event(each, reader) for each in catalog.events],
        properties=[_property(each) for each in catalog.properties],
        experiments={each.name: each.description for each in catalog.experiments},
        live_events={each.name: each.description for each in catalog.live_events},
    )


def _flag(flag: Flag, reader: SchemaReader) -> FlagPlan:
    types = {value_type(text) for text in flag.values()}
    shape = required(reader.shape(flag.validator)) if flag.validator else AnyJson()
    if isinstance(shape, AnyJson) or not _fits_text(shape, flag.value):
        # A flag of values of several types is read as the text that it is.
        shape = _BY_VALUE_TYPE[types.pop()] if len(types) == 1 else Text()
    return FlagPlan(flag.name, flag.description, shape, flag.value)


def _fits_text(shape: Shape, text: str) -> bool:
    return fits(shape, text if is_text(shape) else value_of(text))


def _event(event: Event, reader: SchemaReader) -> EventPlan:
    value: Shape = Number() if event.value_type == _NUMERIC else Text()
    if event.value_validator:
        told = required(reader.shape(event.value_validator))
        value = value if isinstance(told, AnyJson) else told
    metadata = reader.shape(event.metadata_validator) if event.metadata_validator else None
    return EventPlan(
        name=event.name,
        description=event.description,
        value=value,
        metadata=metadata if isinstance(metadata, Record) else None,
    )


def _property(told: Property) -> PropertyPlan:
    shape: Shape = Number() if told.value_type == _NUMERIC else Text()
    return PropertyPlan(told.name, told.description, shape)
