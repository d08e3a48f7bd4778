"""The JSON Schema of each kind's files: what editors complete by, and what files are held against.

They are made of the types that the console API decodes requests with. Pure.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from matsuri.as_code.documents import SCHEMA_FIELD, TIME_SUFFIX, VALUE_FIELD
from matsuri.as_code.kinds import FileKind

SCHEMA_FOLDER = "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NOT_IN_FILES = frozenset({"version", "note", "force"})
# What the server keeps of a phase itself.
_STATE_OF_PARTS = {"PhaseRequest": frozenset({"id", "ended_time_sec"})}
_NULL = {"type": "null"}
_DESCRIPTION = "What is left out is as it is for a new one."
_TIME = {
    "description": "A time with its zone, as 2026-11-24T18:00:00Z.",
    "type": ["string", "integer"],
}
_VALUE = {
    "description": "A text, or any other JSON value but null.",
    "type": ["string", "number", "boolean", "object", "array"],
}
_VALIDATOR_SCHEMA = {
    "description": "A JSON Schema, 2020-12. `$ref` takes the name of another validator.",
    "type": ["object", "boolean"],
}


def schema_file_name(kind: FileKind) -> str:
    """The name of the file with the schema of a kind."""
    return f"{kind.name.replace('_', '-')}.json"


def schema_text(kind: FileKind) -> bytes:
    """That file, always the same for the same version of Matsuri."""
    return msgspec.json.format(msgspec.json.encode(file_schema(kind)), indent=2) + b"\n"


@cache
def file_schema(kind: FileKind) -> Mapping[str, Any]:
    """The JSON Schema of the files of a kind."""
    _, parts = msgspec.json.schema_components([kind.request_type], ref_template="#/$defs/{name}")
    root_name = kind.request_type.__name__
    made = {name: _part(name, part) for name, part in parts.items()}
    root = made.pop(root_name)
    properties = root["properties"]
    return {
        "$schema": _DIALECT,
        "title": kind.name.replace("_", " "),
        "description": _DESCRIPTION,
        **root,
        "properties": {"name": properties.pop("name"), **properties},
        "required": ["name"],
        **({"$defs": made} if made else {}),
    }


def _part(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object, or of something else that fields refer to."""
    if "properties" not in part:
        return {key: value for key, value in part.items() if key != "description"}
    left_out = _NOT_IN_FILES | _STATE_OF_PARTS.get(name, frozenset())
    properties = {
        _name_in_files(field): _property(field, schema)
        for field, schema in part["properties"].items()
        if field not in left_out
    }
    required = [_name_in_files(each) for each in part.get("required", ())]
    return {
        "type": "object",
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _name_in_files(field: str) -> str:
    return field.removesuffix("_sec") if field.endswith(TIME_SUFFIX) else field


def _property(field: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    if field.endswith(TIME_SUFFIX):
        return dict(_TIME)
    if field == VALUE_FIELD:
        return dict(_VALUE)
    if field == SCHEMA_FIELD:
        return dict(_VALIDATOR_SCHEMA)
    told = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    choices = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(choices) == 1:
        return {**_property(field, choices[0]), **told}
    types = [each.get("type") for each in choices]
    if sorted(map(str, types)) == ["integer", "string"]:
        # Numbers of 64 bits are texts on the wire for the sake of JavaScript only.
        return {**told, "type": "integer"}
    return {**told, **({"anyOf": choices} if choices else {})}
