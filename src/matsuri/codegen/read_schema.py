"""The shape of the values that a JSON Schema lets through, where it is simple enough. Pure.

A shape may be wider than its schema, never narrower: what only narrows (``minimum``, ``allOf``) is
left to the server. What has no simple shape is any JSON value.
"""

from collections.abc import Mapping
from typing import Any

from matsuri.codegen.shapes import (
    AnyJson,
    Choice,
    Field,
    ListOf,
    Nullable,
    Number,
    Record,
    Shape,
    Text,
    Truth,
    Whole,
)

_DEPTH_MAX = 16
_SHAPES_MAX = 2000
_PLAIN: Mapping[str, Shape] = {
    "string": Text(),
    "number": Number(),
    "integer": Whole(),
    "boolean": Truth(),
}
_NULL = "null"


class SchemaReader:
    """Reads schemas that may refer to the others of ``schemas`` by name."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas
        self._left = 0

    def shape(self, name: str) -> Shape:
        """The shape of what the validator of that name lets through."""
        self._left = _SHAPES_MAX
        schema = self._schemas.get(name, True)
        return self._read(schema, schema, 0)

    def _read(self, schema: Any, root: Any, depth: int) -> Shape:
        self._left -= 1
        if not isinstance(schema, dict) or depth > _DEPTH_MAX or self._left < 0:
            return AnyJson()
        if "$ref" in schema:
            found, root = self._referred(schema["$ref"], root)
            return self._read(found, root, depth + 1)
        if "anyOf" in schema and "type" not in schema:
            return self._read_any_of(schema["anyOf"], root, depth)
        if "const" in schema:
            return _choice([schema["const"]])
        if "enum" in schema:
            return _choice(schema["enum"])
        return self._read_type(schema, root, depth)

    def _referred(self, ref: Any, root: Any) -> tuple[Any, Any]:
        if not isinstance(ref, str):
            return True, root
        name, _, pointer = ref.partition("#")
        root = found = self._schemas.get(name, True) if name else root
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            found = found.get(key, True) if isinstance(found, dict) else True
        return found, root

    def _read_any_of(self, choices: Any, root: Any, depth: int) -> Shape:
        others = [each for each in _items(choices) if each != {"type": _NULL}]
        if len(others) != 1:
            return AnyJson()
        shape = self._read(others[0], root, depth + 1)
        return shape if len(others) == len(choices) else _nullable(shape)

    def _read_type(self, schema: dict[str, Any], root: Any, depth: int) -> Shape:
        told = schema.get("type", "object" if "properties" in schema else [])
        types = [told] if isinstance(told, str) else _items(told)
        others = [each for each in types if each != _NULL]
        if len(others) != 1:
            return AnyJson()
        shape = self._read_one_type(others[0], schema, root, depth)
        return shape if len(others) == len(types) else _nullable(shape)

    def _read_one_type(self, type_: Any, schema: dict[str, Any], root: Any, depth: int) -> Shape:
        properties = schema.get("properties")
        if type_ == "object" and isinstance(properties, dict):
            must = _items(schema.get("required"))
            return Record(
                tuple(
                    Field(
                        name=name,
                        shape=self._read(properties[name], root, depth + 1),
                        required=name in must,
                        description=_description(properties[name]),
                    )
                    for name in sorted(properties)
                    if properties[name] is not False
                )
            )
        if type_ == "array" and "prefixItems" not in schema:
            return ListOf(self._read(schema.get("items", True), root, depth + 1))
        return _PLAIN.get(type_, AnyJson()) if isinstance(type_, str) else AnyJson()


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _description(schema: Any) -> str:
    told = schema.get("description", "") if isinstance(schema, dict) else ""
    return told if isinstance(told, str) else ""


def _nullable(shape: Shape) -> Shape:
    return shape if isinstance(shape, Nullable | AnyJson) else Nullable(shape)


def _choice(values: Any) -> Shape:
    texts = [each for each in _items(values) if each is not None]
    if not texts or not all(isinstance(each, str) for each in texts):
        return AnyJson()
    shape = Choice(tuple(dict.fromkeys(texts)))
    return shape if len(texts) == len(values) else Nullable(shape)
