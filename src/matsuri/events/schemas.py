"""Named JSON Schemas (2020-12) that refer to one another: checked, compiled, applied. Pure.

A ``$ref`` is the name of another schema, perhaps with a pointer into it (``Level#/$defs/step``),
or a pointer within the same one. Nothing is ever fetched. Patterns run in linear time.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import unquote

import jsonschema_rs
import msgspec

JsonSchema = Mapping[str, Any] | bool

# A name is resolved against this; no schema ever leaves or enters under it.
_BASE = "matsuri://validator/"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PATTERNS = jsonschema_rs.RegexOptions(size_limit=1024 * 1024, dfa_size_limit=1024 * 1024)
_META = jsonschema_rs.Draft202012Validator({"$ref": _DIALECT}, offline=True)
_PROBLEM_CHARS_MAX = 300
_PROBLEMS_MAX = 20
# The validator makes all errors before it shows the first: about one for each step and value.
_STEPS_TIMES_BYTES_MAX = 20_000

_ONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_LIST = frozenset(["allOf", "anyOf", "oneOf", "prefixItems"])
_BY_NAME = frozenset(
    ["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"]
)
_REFER = "refer to a validator by its name, or to #/$defs/…"
# The first ones make references that mean something else depending on where one comes from. The
# last one is of older dialects; references within it would not be followed.
_NOT_HERE = {
    "$anchor": _REFER,
    "$dynamicAnchor": _REFER,
    "$dynamicRef": _REFER,
    "$recursiveAnchor": _REFER,
    "$recursiveRef": _REFER,
    "dependencies": "it is dependentSchemas or dependentRequired in 2020-12",
}
_NUMBER_TYPES = frozenset({"number", "integer"})
_VALUE_KEYWORDS = frozenset({"const", "enum"})
_NUMBER_KEYWORDS = frozenset(
    ["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"]
)


class SchemaLimits(msgspec.Struct, frozen=True):
    """How large a schema may be.

    ``steps_max`` limits its subschemas, where those of another schema count each time that one is
    referred to: about as much work as one check may make.
    """

    bytes_max: int = 65_536
    depth_max: int = 32
    steps_max: int = 2_000


class _LeadsBackError(Exception):
    """A schema refers to itself, if by way of others."""


class _LeadsNowhereError(Exception):
    """A reference leads to what is no subschema, such as a part of an example."""


class SchemaProblem(NamedTuple):
    """What is wrong, and where: keys and indexes from the root."""

    place: tuple[str | int, ...]
    problem: str


def short(text: str) -> str:
    """``text`` within the length of a message."""
    return text if len(text) <= _PROBLEM_CHARS_MAX else f"{text[:_PROBLEM_CHARS_MAX]}…"


class Schema:
    """One compiled schema.

    ``wants_number`` says whether it speaks of numbers and not of texts, ``allows_text`` whether it
    speaks of texts: both as far as its root tells.
    """

    def __init__(
        self,
        name: str,
        compiled: jsonschema_rs.Validator,
        *,
        wants_number: bool,
        allows_text: bool,
    ) -> None:
        self.name = name
        self.wants_number = wants_number
        self.allows_text = allows_text
        self._compiled = compiled

    def problem(self, instance: Any) -> SchemaProblem | None:
        """The first thing that is wrong with ``instance``; ``None`` if it is valid."""
        try:
            if self._compiled.is_valid(instance):
                return None
            self._compiled.validate(instance)
        except jsonschema_rs.ValidationError as error:
            return SchemaProblem(tuple(error.instance_path), short(error.message))
        except ValueError:  # nested more deeply, or a text more broken, than can be looked at
            pass
        return SchemaProblem((), "cannot be checked")

    def problems(self, instance: Any, *, steps: int) -> list[SchemaProblem]:
        """What is wrong with ``instance``, the first few of it; nothing if it is valid.

        Only the first where more would be much work. ``steps`` are those of the schema.
        """
        try:
            size = len(msgspec.json.encode(instance))
        except RecursionError:
            return [SchemaProblem((), "cannot be checked")]
        if steps * size > _STEPS_TIMES_BYTES_MAX:
            first = self.problem(instance)
            return [] if first is None else [first]
        found: dict[SchemaProblem, None] = {}
        try:
            for error in self._compiled.iter_errors(instance):
                found[SchemaProblem(tuple(error.instance_path), short(error.message))] = None
                if len(found) >= _PROBLEMS_MAX:
                    break
        except ValueError as error:
            found[SchemaProblem((), short(str(error)))] = None
        return list(found)


class Schemas:
    """Schemas by name, each compiled when it is first asked for."""

    def __init__(self, schemas: Mapping[str, JsonSchema]) -> None:
        self.sources = schemas
        self._compiled: dict[str, Schema] = {}

    def find(self, name: str) -> Schema | None:
        """The schema of that name; ``None`` where there is none, or none that can be compiled."""
        schema = self._compiled.get(name)
        if schema is None and name in self.sources:
            try:
                schema = self.compile(name, self.sources[name])
            except ValueError:
                return None
            self._compiled[name] = schema
        return schema

    def compile(self, name: str, schema: JsonSchema) -> Schema:
        """``schema`` compiled among these; raises ``jsonschema_rs.ValidationError``."""
        compiled = jsonschema_rs.Draft202012Validator(
            _without_id(schema),
            retriever=self._retrieve,
            base_uri=_BASE + name,
            pattern_options=_PATTERNS,
            validate_formats=True,
        )
        return Schema(
            name,
            compiled,
            wants_number=_wants_number(schema, self.sources),
            allows_text=_allows_text(schema, self.sources),
        )

    def _retrieve(self, uri: str) -> Any:
        """What a reference leads to: one of these, or nothing."""
        name = uri.removeprefix(_BASE)
        if name not in self.sources:
            raise ValueError(f"there is no validator {short(name)!r}")
        return _without_id(self.sources[name])

    def with_schema(self, name: str, schema: JsonSchema) -> "Schemas":
        """These, and one more or another one under that name."""
        return Schemas({**self.sources, name: schema})


def schema_problems(
    name: str, schema: JsonSchema, others: Mapping[str, JsonSchema], limits: SchemaLimits
) -> list[SchemaProblem]:
    """What is wrong with ``schema`` as the one of that name among ``others``."""
    size = len(msgspec.json.encode(schema))
    if size > limits.bytes_max:
        return [SchemaProblem((), f"has {size} bytes, at most {limits.bytes_max} are allowed")]
    if _depth(schema, limits.depth_max) > limits.depth_max:
        return [SchemaProblem((), f"is nested more than {limits.depth_max} levels deep")]
    together = {**others, name: schema}
    found = (
        _form_problems(schema)
        or list(_unsupported(schema))
        or list(_unknown_names(schema, together))
        or use_problems(name, together, limits)
    )
    return found[:_PROBLEMS_MAX]


def use_problems(
    name: str, schemas: Mapping[str, JsonSchema], limits: SchemaLimits
) -> list[SchemaProblem]:
    """Why the schema of that name cannot be used together with those that it refers to."""
    try:
        Schemas(schemas).compile(name, schemas[name])
    except jsonschema_rs.ValidationError as error:
        return [SchemaProblem(tuple(error.instance_path), short(error.message))]
    return _size_problems(name, schemas, limits)


def schema_steps(name: str, schemas: Mapping[str, JsonSchema], limits: SchemaLimits) -> int:
    """How many subschemas the schema of that name has, one without problems."""
    return _steps(name, schemas, limits)


def _size_problems(
    name: str, schemas: Mapping[str, JsonSchema], limits: SchemaLimits
) -> list[SchemaProblem]:
    """Whether a small event could cause a lot of work."""
    try:
        steps = _steps(name, schemas, limits)
    except _LeadsBackError:
        # Without this limit the work would grow with the power of an event's depth.
        return [SchemaProblem((), "must not lead back to itself through its references")]
    except _LeadsNowhereError as error:
        return [SchemaProblem((), f"refers to {short(str(error))!r}, which is no subschema")]
    if steps > limits.steps_max:
        text = f"has more than {limits.steps_max} subschemas, counting those that it refers to"
        return [SchemaProblem((), text)]
    return []


def references(schema: JsonSchema) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every ``$ref`` of a schema with the place of the subschema that has it."""
    for place, part in _parts(schema):
        if isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
            yield place, part["$ref"]


def names_referred_to(schema: JsonSchema) -> list[str]:
    """The names of the other schemas that a schema refers to."""
    names = (ref.partition("#")[0] for _, ref in references(schema))
    return list(dict.fromkeys(name for name in names if name))


def _parts(
    schema: Any, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The schema and all schemas within it, with their places."""
    yield place, schema
    for where, part in _children(schema):
        yield from _parts(part, (*place, *where))


def _children(schema: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in _ONE:
            yield (keyword,), value
        elif keyword in _LIST and isinstance(value, list):
            for index, part in enumerate(value):
                yield (keyword, index), part
        elif keyword in _BY_NAME and isinstance(value, Mapping):
            for key, part in value.items():
                yield (keyword, key), part


def _form_problems(schema: JsonSchema) -> list[SchemaProblem]:
    """Where ``schema`` is no JSON Schema."""
    return list(
        dict.fromkeys(
            SchemaProblem(tuple(error.instance_path), short(error.message))
            for error in _META.iter_errors(schema)
        )
    )


def _unknown_names(
    schema: JsonSchema, schemas: Mapping[str, JsonSchema]
) -> Iterator[SchemaProblem]:
    for place, ref in references(schema):
        name = ref.partition("#")[0]
        if name and name not in schemas:
            text = f"refers to {short(name)!r}, which is no validator"
            yield SchemaProblem((*place, "$ref"), text)


def _unsupported(schema: JsonSchema) -> Iterator[SchemaProblem]:
    for place, part in _parts(schema):
        if not isinstance(part, Mapping):
            continue
        for keyword in part:
            if keyword in _NOT_HERE or (keyword == "$id" and place):
                text = f"is not supported; {_NOT_HERE.get(keyword, _REFER)}"
                yield SchemaProblem((*place, keyword), text)
        if str(part.get("$schema", _DIALECT)).rstrip("#") != _DIALECT:
            yield SchemaProblem((*place, "$schema"), f"must be {_DIALECT}")


def _steps(name: str, schemas: Mapping[str, JsonSchema], limits: SchemaLimits) -> int:
    """How many subschemas one check may go through, each reference followed each time.

    Gives up, with one more than the limit, where the limit is passed. Raises ``_LeadsBackError``
    and ``_LeadsNowhereError``.
    """
    parts: dict[str, dict[tuple[str, ...], Any]] = {}
    counted: dict[tuple[str, str], int] = {}
    under_way: list[tuple[str, str]] = [(name, "")]
    too_many = limits.steps_max + 1

    def count(owner: str, part: Any) -> int:
        total = 1
        for _, child in _children(part):
            total += count(owner, child)
        ref = part.get("$ref") if isinstance(part, Mapping) else None
        if isinstance(ref, str):
            total += follow(owner, ref)
        return min(total, too_many)

    def follow(owner: str, ref: str) -> int:
        target, _, pointer = ref.partition("#")
        # A pointer is spelled as URIs are.
        place = (target or owner, unquote(pointer))
        # A pointer into what is being counted leads back only if that part is; the root always is.
        if place in under_way:
            raise _LeadsBackError(place)
        if place not in counted:
            if len(under_way) > limits.depth_max:
                return too_many
            if place[0] not in parts:
                parts[place[0]] = dict(_pointed_at(schemas[place[0]]))
            steps = _pointer_steps(place[1])
            # Only subschemas are looked through for references, and for what is not supported.
            if steps not in parts[place[0]]:
                raise _LeadsNowhereError(ref)
            under_way.append(place)
            counted[place] = count(place[0], parts[place[0]][steps])
            under_way.pop()
        return counted[place]

    return count(name, schemas[name])


def _pointed_at(schema: JsonSchema) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The schema and all schemas within it, by the steps of JSON pointers that lead to them."""
    return ((tuple(map(str, place)), part) for place, part in _parts(schema))


def _pointer_steps(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON pointer."""
    return tuple(raw.replace("~1", "/").replace("~0", "~") for raw in pointer.split("/")[1:])


def _wants_number(schema: Any, schemas: Mapping[str, JsonSchema]) -> bool:
    """Whether a schema speaks of numbers and not of texts, as far as its root tells."""
    for root in _roots(schema, schemas):
        allowed = _types(root)
        if allowed:
            return bool(allowed & _NUMBER_TYPES) and "string" not in allowed
        if _NUMBER_KEYWORDS & root.keys():
            return True
    return False


def _allows_text(schema: Any, schemas: Mapping[str, JsonSchema]) -> bool:
    """Whether a schema speaks of texts, as far as its root tells."""
    for root in _roots(schema, schemas):
        if "string" in _types(root) or _VALUE_KEYWORDS & root.keys():
            return True
    return False


def _types(schema: Mapping[str, Any]) -> set[str]:
    types = schema.get("type", [])
    return {types} if isinstance(types, str) else set(types)


def _roots(schema: Any, schemas: Mapping[str, JsonSchema]) -> Iterator[Mapping[str, Any]]:
    """The schema, the one that its root refers to by name, and so on."""
    followed: set[str] = set()
    while isinstance(schema, Mapping):
        yield schema
        name = str(schema.get("$ref", ""))
        if name in followed:
            return
        followed.add(name)
        schema = schemas.get(name)


def _depth(value: Any, most: int) -> int:
    """How deep ``value`` is nested; looks no deeper than ``most`` and one."""
    level, depth = [value], 0
    while level and depth <= most:
        depth += 1
        level = [
            child
            for each in level
            if isinstance(each, Mapping | list)
            for child in (each.values() if isinstance(each, Mapping) else each)
        ]
    return depth


def _without_id(schema: JsonSchema) -> Any:
    """The schema without the ``$id`` of its root: here its name is what it goes by."""
    if isinstance(schema, Mapping):
        return {key: value for key, value in schema.items() if key != "$id"}
    return schema


def number_instance(number: Decimal) -> int | float | Decimal:
    """A number as schemas see it."""
    return int(number) if number == number.to_integral_value() else number
