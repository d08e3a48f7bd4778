"""Values as texts on the wire, and what validators make of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.errors import InvalidArgument
from matsuri.events.schemas import JsonSchema, Schemas
from matsuri.flags.values import ValueType, value_of, value_problem, value_text, value_type

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5)
json_values = st.recursive(
    scalars | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(json_values.filter(lambda value: not (value is None or isinstance(value, str))))
def test_what_is_no_text_comes_back_as_it_was(value: Any) -> None:
    text = value_text(value, "value")
    assert value_of(text) == value
    assert json.loads(text) == value
    # The same value in any other spelling has the same text.
    assert value_text(json.loads(json.dumps(value, indent=2)), "value") == text


@given(st.text())
def test_a_text_stays_itself(text: str) -> None:
    assert value_text(text, "value") == text


@pytest.mark.parametrize(
    ("value", "text", "type_"),
    [
        ("a text", "a text", ValueType.STRING),
        ("", "", ValueType.STRING),
        ("null", "null", ValueType.STRING),
        ('"quoted"', '"quoted"', ValueType.STRING),
        ("007", "007", ValueType.STRING),
        (3, "3", ValueType.NUMBER),
        (-0.5, "-0.5", ValueType.NUMBER),
        (True, "true", ValueType.BOOLEAN),
        ({"b": 1, "a": [1, None]}, '{"a":[1,null],"b":1}', ValueType.OBJECT),
        ([], "[]", ValueType.ARRAY),
    ],
)
def test_what_goes_on_the_wire(value: Any, text: str, type_: ValueType) -> None:
    assert value_text(value, "value") == text
    assert value_type(text) is type_


def test_what_is_nested_too_deeply_is_said_to_be() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InvalidArgument, match="value: is nested too deeply"):
        value_text(value, "value")
    assert value_type("[" * 100_000 + "]" * 100_000) is ValueType.STRING


LEVEL: JsonSchema = {"type": "object", "required": ["hp"], "properties": {"hp": {"minimum": 1}}}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({}, ["", "x", "1", "{}"], []),
        ({"type": "string"}, ["", "x", "1", "true", '{"a":1}'], []),
        ({"type": "number"}, ["1", "-2.5", "1e3"], ["", "x", "true", "[1]", "01"]),
        ({"type": "boolean"}, ["true", "false"], ["", "True", "1"]),
        ({"type": "object"}, ["{}", ' {"a": 1} '], ["", "{", "[]", "x"]),
        ({"minimum": 5}, ["5", "x"], ["3", "4.9"]),
        ({"required": ["hp"]}, ['{"hp":1}', "x", "3"], ["{}", '{"mp":1}']),
        ({"enum": ["1", "on"]}, ["1", "on"], ["2", "off", "true"]),
        ({"$ref": "Level"}, ['{"hp":3}'], ["{}", '{"hp":0}', "", "3"]),
        ({"type": "string", "maxLength": 3}, ["abc", "123"], ["abcd", "1234"]),
        ({"type": "integer"}, ["3", "3.0", "9007199254740993"], ["3.5"]),
    ],
)
def test_values_are_held_against_what_they_stand_for(
    schema: JsonSchema, good: list[str], bad: list[str]
) -> None:
    compiled = Schemas({"Level": LEVEL, "it": schema}).find("it")
    assert [text for text in good if value_problem(compiled, text)] == []
    assert [text for text in bad if not value_problem(compiled, text)] == []


def test_a_problem_says_where() -> None:
    compiled = Schemas({"Level": LEVEL}).find("Level")
    assert value_problem(compiled, '{"hp":0}').startswith("hp: ")
    assert "required" in value_problem(compiled, "{}")
    assert "object" in value_problem(compiled, "no object")


def test_a_validator_that_cannot_be_used_lets_nothing_through() -> None:
    assert value_problem(None, "x")
