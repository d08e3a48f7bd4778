"""Query strings as typed structures. Pure."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from matsuri.errors import InvalidArgument, invalid_field

T = TypeVar("T")

_PARAMETERS_MAX = 1000
_PLACE_PREFIX = "$."


def query_decoder(kind: type[T], *, lenient: bool = False) -> Callable[[bytes], T]:
    """A function from a raw query string to a ``kind``.

    Fields go by their encoded names (``msgspec.field(name="pagination.limit")``), or those in
    lowerCamelCase, as in protobuf's JSON (wire contract, section 0, "Query"). A field whose
    type is a list takes every value given for its name, any other takes one. The function raises
    ``InvalidArgument`` for a name that is no field, unless it is ``lenient``, for a value that
    does not fit, and for one that is given twice.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}  # type: ignore[arg-type] # any Struct
    lists = {name for name, field in fields.items() if _takes_many(field.type)}
    names = {_camel_case(name): name for name in fields} | {name: name for name in fields}
    nothing = _nothing(kind)

    def decode(query: bytes) -> T:
        if not query and nothing is not None:
            return nothing
        try:
            pairs = parse_qsl(
                query.decode("ascii"),
                keep_blank_values=True,
                max_num_fields=_PARAMETERS_MAX,
                errors="strict",
            )
        except ValueError:
            raise InvalidArgument("The query string cannot be read") from None
        given = _given(pairs, names, lists, lenient=lenient)
        try:
            return msgspec.convert(given, kind, strict=False)
        except msgspec.ValidationError as error:
            problem, _, place = str(error).partition(" - at `")
            field = place.removeprefix(_PLACE_PREFIX).rstrip("`")
            raise invalid_field(field or "query", problem) from None

    return decode


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in others)


def _given(
    pairs: list[tuple[str, str]],
    names: Mapping[str, str],
    lists: Collection[str],
    *,
    lenient: bool,
) -> dict[str, Any]:
    """The parameters by name; empty ones that take one value are left out."""
    given: dict[str, Any] = {}
    for said, value in pairs:
        name = names.get(said)
        if name is None:
            if lenient:
                continue
            allowed = ", ".join(dict.fromkeys(names.values())) or "none"
            raise invalid_field(said[:128], "is no parameter here", allowed)
        if name in lists:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise invalid_field(name, "is given twice")
        elif value:
            given[name] = value
    return given


def _nothing(kind: type[T]) -> T | None:
    """What an empty query string is; ``None`` where it is wrong, or each must be another one."""
    if not kind.__struct_config__.frozen:  # type: ignore[attr-defined] # any Struct
        return None
    try:
        return msgspec.convert({}, kind)
    except msgspec.ValidationError:
        return None


def _takes_many(kind: Any) -> bool:
    info = msgspec.inspect.type_info(kind)
    if isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    options = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    return any(isinstance(option, msgspec.inspect.ListType) for option in options)
