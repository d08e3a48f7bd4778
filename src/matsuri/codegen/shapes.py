"""What a value looks like, as far as types of programming languages can say it. Pure."""

import sys
from typing import Any

import msgspec

WHOLE_MAX = 2**53 - 1
_NUMBER_MAX = sys.float_info.max


class Text(msgspec.Struct, frozen=True):
    """A text."""


class Number(msgspec.Struct, frozen=True):
    """A finite number."""


class Whole(msgspec.Struct, frozen=True):
    """A whole number that all languages have exactly: up to ``WHOLE_MAX`` either way."""


class Truth(msgspec.Struct, frozen=True):
    """True or false."""


class AnyJson(msgspec.Struct, frozen=True):
    """Any JSON value."""


class Choice(msgspec.Struct, frozen=True):
    """One of some texts."""

    values: tuple[str, ...]


class ListOf(msgspec.Struct, frozen=True):
    """A list."""

    item: "Shape"


class Nullable(msgspec.Struct, frozen=True):
    """Null or what it is of, which is not nullable itself."""

    of: "Shape"


class Field(msgspec.Struct, frozen=True):
    """A member of an object."""

    name: str
    shape: "Shape"
    required: bool
    description: str


class Record(msgspec.Struct, frozen=True):
    """An object with these members, by name, and perhaps more."""

    fields: tuple[Field, ...]


Shape = Text | Number | Whole | Truth | AnyJson | Choice | ListOf | Nullable | Record


def required(shape: Shape) -> Shape:
    """``shape`` without null."""
    return shape.of if isinstance(shape, Nullable) else shape


def fits(shape: Shape, value: Any) -> bool:  # noqa: PLR0911 - one line for each shape
    """Whether ``value``, as JSON has it, is of that shape."""
    match shape:
        case Text():
            return isinstance(value, str)
        case Number():
            return _is_number(value)
        case Whole():
            return _is_number(value) and abs(value) <= WHOLE_MAX and value == int(value)
        case Truth():
            return isinstance(value, bool)
        case Choice(values):
            return isinstance(value, str) and value in values
        case ListOf(item):
            return isinstance(value, list) and all(fits(item, each) for each in value)
        case Nullable(of):
            return value is None or fits(of, value)
        case Record(fields):
            return isinstance(value, dict) and all(
                fits(each.shape, value[each.name]) if each.name in value else not each.required
                for each in fields
            )
        case _:
            return True


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= _NUMBER_MAX
