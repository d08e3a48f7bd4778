"""What is wrong with a body that a decoder refused, as callers are told. Pure."""

import re
from typing import Any

import msgspec
from msgspec import inspect

from matsuri.errors import InvalidArgument, invalid_field

_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")
_NO_VALUE = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)
_STEP = re.compile(r"(?P<item>\[[^]]*\])|\.?(?P<name>[^.[]+)")
_VALUE_SHOWN_MAX = 64


def wrong_value(error: msgspec.ValidationError, kind: Any) -> InvalidArgument:
    """What is wrong with the body of a ``kind``: the field, the problem, and what is allowed."""
    text = str(error)
    found = _PLACE.search(text)
    place = found["place"] if found else ""
    problem = _PLACE.sub("", text)
    if missing := _MISSING.fullmatch(problem):
        return invalid_field(f"{place}.{missing['name']}".removeprefix("."), "is missing")
    if wrong := _NO_VALUE.fullmatch(problem):
        shown = wrong["value"][:_VALUE_SHOWN_MAX]
        return invalid_field(place, f"cannot be {shown}", _values_at(kind, place))
    if not place:
        return InvalidArgument(problem, details=[{"field": "", "problem": problem}])
    return invalid_field(place, problem)


def _values_at(kind: Any, place: str) -> str:
    """The values that there are at a place in a body; empty where they are not found."""
    at: list[inspect.Type] = _plain(inspect.type_info(kind))
    for step in _STEP.finditer(place):
        at = [
            inner
            for each in at
            for next_ in _inside(each, step["name"] or "")
            for inner in _plain(next_)
        ]
    values = (
        str(value.value) for each in at if isinstance(each, inspect.EnumType) for value in each.cls
    )
    return ", ".join(values)


def _inside(kind: inspect.Type, name: str) -> list[inspect.Type]:
    """What may be in a field of that name, or in the items of a list or map."""
    if isinstance(kind, inspect.StructType):
        return [field.type for field in kind.fields if field.encode_name == name]
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return [kind.item_type]
    return [kind.value_type] if isinstance(kind, inspect.DictType) else []


def _plain(kind: inspect.Type) -> list[inspect.Type]:
    """The kinds that a value may be of, without what is said about them."""
    if isinstance(kind, inspect.Metadata):
        return _plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [inner for each in kind.types for inner in _plain(each)]
    return [kind]
