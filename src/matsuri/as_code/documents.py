"""Definitions as the documents that stand in files, and back. Pure.

A document has what the console API takes, under the same names, but for times, which are texts
(``start_time`` in place of ``start_time_sec``), and values, which are structures where they can be.
What is as it would be without a word is left out.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import msgspec

from matsuri.as_code.kinds import FileKind
from matsuri.as_code.values import readable_time, readable_value, wire_time, wire_value
from matsuri.errors import MatsuriError, invalid_field
from matsuri.web.bodies import decode
from matsuri.web.definitions import body_fields

TIME_SUFFIX = "_time_sec"
VALUE_FIELD = "value"
SCHEMA_FIELD = "schema"
_NAME = "name"
_UNIT = "_sec"


def document_of(kind: FileKind, name: str, body: msgspec.Struct) -> dict[str, Any]:
    """The document of a definition without what is state: see ``state.stated``."""
    document = _plain(body)
    for field in kind.lifecycle:
        document.setdefault(field, getattr(body, field))
    order = [each.name.removesuffix(_UNIT) for each in msgspec.structs.fields(body)]
    order += [each.name for each in msgspec.structs.fields(body)]
    return {_NAME: name, **{key: document[key] for key in order if key in document}}


def body_of(kind: FileKind, document: Mapping[str, Any]) -> msgspec.Struct:
    """The body that a document tells; raises ``InvalidArgument`` with the field of the document."""
    request = _request(document, "", is_schema_kind=SCHEMA_FIELD in _fields(kind))
    request.pop(_NAME, None)
    try:
        told = decode(msgspec.json.Decoder(kind.request_type), msgspec.json.encode(request))
        return kind.body_type(**kind.given(body_fields(told)))
    except MatsuriError as error:
        raise _in_words_of_files(error) from None


def request_of(
    kind: FileKind, body: msgspec.Struct, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """What the console API takes of a body: all of it, or only those of its fields."""
    wanted = _fields(kind) if fields is None else fields
    plain = msgspec.to_builtins(body)
    return {
        name: plain[name] for name in wanted if name in _fields(kind) and name not in kind.state
    }


def _fields(kind: FileKind) -> tuple[str, ...]:
    of_request = set(kind.request_type.__struct_fields__)
    return tuple(each for each in kind.body_type.__struct_fields__ if each in of_request)


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    is_local = bool(getattr(value, "player_local", False))
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(value):
        given = getattr(value, field.name)
        if given == _default(field) and type(given) is type(_default(field)):
            continue
        if field.name.endswith(TIME_SUFFIX):
            key = field.name.removesuffix(_UNIT)
            found[key] = readable_time(given, is_local=is_local)
        elif field.name == VALUE_FIELD:
            found[field.name] = readable_value(given)
        else:
            found[field.name] = _plain_value(given)
    return found


def _plain_value(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _plain(value)
    if isinstance(value, tuple):
        return [_plain_value(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _request(given: Mapping[str, Any], place: str, *, is_schema_kind: bool) -> dict[str, Any]:
    """What the console API takes, of a document or a part of it."""
    is_local = given.get("player_local") is True
    found: dict[str, Any] = {}
    for key, value in given.items():
        at = f"{place}.{key}" if place else key
        if f"{key}{_UNIT}".endswith(TIME_SUFFIX):
            try:
                found[f"{key}{_UNIT}"] = wire_time(value, is_local=is_local)
            except ValueError as error:
                raise invalid_field(at, str(error)) from None
        elif key == VALUE_FIELD:
            found[key] = wire_value(value)
        elif key == SCHEMA_FIELD and is_schema_kind:
            found[key] = value
        else:
            found[key] = _request_value(value, at)
    return found


def _request_value(value: Any, place: str) -> Any:
    if isinstance(value, dict):
        return _request(value, place, is_schema_kind=False)
    if isinstance(value, list):
        return [_request_value(each, f"{place}[{index}]") for index, each in enumerate(value)]
    return value


def _in_words_of_files(error: MatsuriError) -> MatsuriError:
    details = [
        {**each, "field": field_in_files(each["field"])} if "field" in each else each
        for each in error.details
    ]
    return type(error)(field_in_files(error.message), details=details)


def field_in_files(text: str) -> str:
    """A field of a request, or a text that names one, in the words of files."""
    return text.replace(TIME_SUFFIX, TIME_SUFFIX.removesuffix(_UNIT))
