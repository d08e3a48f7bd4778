"""Which shapes schemas and values have."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.codegen.catalog import (
    Catalog,
    CatalogUnreadable,
    Change,
    Event,
    Flag,
    Property,
    Validator,
    Value,
    decode_catalog,
    encode_catalog,
    tidied,
    version_of,
)
from matsuri.codegen.generate import Language, generate
from matsuri.codegen.plan import plan_of
from matsuri.codegen.read_schema import SchemaReader
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
    fits,
)

PLAIN = st.sampled_from(["string", "number", "integer", "boolean", "null"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["a", "b", 0.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(["object", ["object", "null"]]),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "required": st.lists(st.sampled_from("abc"), unique=True, max_size=2),
        }
    )


SCHEMAS = st.recursive(
    st.fixed_dictionaries({"type": PLAIN | st.lists(PLAIN, unique=True, min_size=1)})
    | st.fixed_dictionaries({"enum": st.lists(st.sampled_from(["a", "b", None, 1]), min_size=1)})
    | st.sampled_from([True, {}, {"type": "number", "minimum": 3}, {"const": "a"}]),
    lambda inner: (
        objects(inner)
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries({"anyOf": st.tuples(inner, st.just({"type": "null"})).map(list)})
    ),
    max_leaves=6,
)


def shape(schema: Any, **others: Any) -> Shape:
    return SchemaReader({"X": schema, **others}).shape("X")


@given(SCHEMAS, VALUES)
def test_a_shape_is_never_narrower_than_its_schema(schema: Any, value: Any) -> None:
    if jsonschema_rs.is_valid(schema, value):
        assert fits(shape(schema), value)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 1}, Whole()),
        ({"type": ["string", "null"]}, Nullable(Text())),
        ({"type": ["string", "number"]}, AnyJson()),
        ({"enum": ["a", "b", "a"]}, Choice(("a", "b"))),
        ({"enum": ["a", None]}, Nullable(Choice(("a",)))),
        ({"enum": ["a", 1]}, AnyJson()),
        ({"type": "array", "items": {"type": "boolean"}}, ListOf(Truth())),
        ({"type": "array", "prefixItems": [{}]}, AnyJson()),
        ({"anyOf": [{"$ref": "N"}, {"type": "null"}]}, Nullable(Number())),
        ({"$ref": "#/$defs/t", "$defs": {"t": {"type": "string"}}}, Text()),
        ({"$ref": "missing"}, AnyJson()),
        ({"$ref": "X"}, AnyJson()),
        (
            {"properties": {"b": False, "a": {"$ref": "N"}}, "required": ["a"]},
            Record((Field(name="a", shape=Number(), required=True, description=""),)),
        ),
    ],
)
def test_the_shape_of(schema: Any, expected: Shape) -> None:
    assert shape(schema, N={"type": "number"}) == expected


def test_a_schema_that_grows_without_end_has_a_shape() -> None:
    twice = {"properties": {"a": {"$ref": "X"}, "b": {"$ref": "X"}}}
    assert isinstance(shape(twice), Record)


def flag_shape(schema: dict[str, Any] | None = None, **fields: Any) -> Shape:
    validators = [Validator(name="V", schema=schema or {})]
    catalog = Catalog(flags=[Flag(name="f", **fields)], validators=validators)
    return plan_of(catalog).flags[0].shape


def test_a_flag_is_of_the_type_that_all_its_values_are_of() -> None:
    assert flag_shape(value="1") == Number()
    assert flag_shape(value="1", variants=[Value("2.5")]) == Number()
    assert flag_shape(value="1", variants=[Value("off")]) == Text()
    assert flag_shape(value="1", schedule=[Change("2", [Value("true")])]) == Text()
    assert flag_shape(value="1", schedule=[Change(None, None)]) == Number()
    assert flag_shape(value="null") == Text()
    assert flag_shape(value="[]") == AnyJson()


def test_a_validator_tells_more_unless_the_default_is_of_another_shape() -> None:
    whole = {"type": ["integer", "null"]}
    assert flag_shape(whole, validator="V", value="1") == Whole()
    assert flag_shape(whole, validator="V", value="1.5") == Number()
    assert flag_shape({"type": "string"}, validator="V", value="9") == Text()
    assert flag_shape({"enum": ["9"]}, validator="V", value="9") == Choice(("9",))


def test_what_games_do_not_send_is_left_out() -> None:
    catalog = Catalog(
        events=[Event(name="b"), Event(name="a"), Event(name="_s"), Event(name="h", pack="hiro")],
        properties=[Property(name="rank"), Property(name="email", core=True)],
    )
    found = tidied(catalog)
    assert [each.name for each in found.events] == ["a", "b"]
    assert [each.name for each in found.properties] == ["rank"]


CATALOGS = st.builds(
    Catalog,
    flags=st.lists(
        st.builds(Flag, name=st.text(), description=st.text(), value=st.text()), max_size=4
    ),
    events=st.lists(st.builds(Event, name=st.text(), description=st.text()), max_size=4),
)


@given(CATALOGS, st.sampled_from(Language))
def test_the_same_definitions_make_the_same_code(catalog: Catalog, language: Language) -> None:
    first = tidied(catalog)
    again = decode_catalog(encode_catalog(first))
    assert again == first
    assert generate(language, again) == generate(language, first)
    assert version_of(first) in generate(language, first)
    other = tidied(Catalog(flags=first.flags[::-1], events=first.events[::-1]))
    assert generate(language, other) == generate(language, first)


@pytest.mark.parametrize("text", [b"", b"[]", b'{"flags": 1}', b"\xff", b'{"flags": [{}]}'])
def test_a_file_of_something_else_is_refused(text: bytes) -> None:
    with pytest.raises(CatalogUnreadable, match="no definitions"):
        decode_catalog(text)
