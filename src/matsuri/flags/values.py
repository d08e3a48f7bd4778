"""The values of flags: any JSON value, as the text that goes on the wire. Pure."""

from enum import StrEnum
from typing import Any

import msgspec

from matsuri.errors import invalid_field
from matsuri.events.schemas import Schema, SchemaProblem, number_instance
from matsuri.kit.numbers import parse_number

_UNUSABLE = "the validator cannot be used"
_PLACE_CHARS_MAX = 128


class ValueType(StrEnum):
    """What a value is."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"


def value_text(value: Any, field: str) -> str:
    """A value as it goes on the wire: a text stays itself, anything else becomes its JSON text.

    That text has no needless spaces, and the keys of objects in order. Raises ``InvalidArgument``
    that names ``field`` for what is nested too deeply.
    """
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value, order="deterministic").decode()
    except RecursionError:
        raise invalid_field(field, "is nested too deeply") from None


def value_of(text: str) -> Any:
    """The value that a text on the wire stands for; the text itself where it is no JSON.

    JSON texts in quotes and ``null`` are texts like any other.
    """
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text
    return text if value is None or isinstance(value, str) else value


def value_type(text: str) -> ValueType:
    """What the value is that a text on the wire stands for."""
    value = value_of(text)
    if isinstance(value, bool):
        return ValueType.BOOLEAN
    if isinstance(value, int | float):
        return ValueType.NUMBER
    if isinstance(value, dict):
        return ValueType.OBJECT
    return ValueType.ARRAY if isinstance(value, list) else ValueType.STRING


def value_problem(schema: Schema | None, text: str) -> str:
    """What a validator finds wrong with a value, beginning with where; empty if it is good.

    The value is looked at as what it stands for, and where the schema speaks of texts also as the
    text that it is. A validator that cannot be used lets nothing through.
    """
    if schema is None:
        return _UNUSABLE
    value = value_of(text)
    number = parse_number(text) if type(value) in {int, float} else None
    problem = schema.problem(value if number is None else number_instance(number))
    if problem is None or (schema.allows_text and schema.problem(text) is None):
        return ""
    return _said(problem)


def _said(problem: SchemaProblem) -> str:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.place)
    place = where.removeprefix(".")[:_PLACE_CHARS_MAX]
    return f"{place}: {problem.problem}" if place else problem.problem
