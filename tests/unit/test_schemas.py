"""Named JSON Schemas: what is refused, how they refer to one another; that none is dangerous."""

import time
from typing import Any

import pytest

from matsuri.events.predefined import CORE_VALIDATORS
from matsuri.events.schemas import (
    SchemaLimits,
    Schemas,
    names_referred_to,
    schema_problems,
    schema_steps,
)

LIMITS = SchemaLimits(bytes_max=4096, depth_max=12, steps_max=50)
OTHERS: dict[str, Any] = {
    **CORE_VALIDATORS,
    "Level": {"type": "integer", "minimum": 1, "$defs": {"step": {"enum": ["a", "b"]}}},
}


def problems(schema: Any, *, name: str = "New", **more: Any) -> list[tuple[str, str]]:
    found = schema_problems(name, schema, {**OTHERS, **more}, LIMITS)
    return [("/".join(map(str, each.place)), each.problem) for each in found]


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"$ref": "Level"},
        {"$ref": "Level#/$defs/step"},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://game/x"},
        {"$id": "https://game/x", "$ref": "Level"},
        {"properties": {"$id": {"type": "string"}, "$ref": {"type": "string"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"pattern": "^a+$"}}},
        {"default": {"$ref": "nothing that is looked at"}},
        {"$ref": "#/%24defs/a%20b~1c", "$defs": {"a b/c": {"type": "string"}}},
        {"$ref": "#/prefixItems/1", "prefixItems": [True, {"type": "string"}]},
        {"dependentSchemas": {"c": {"$ref": "Level"}}},
        {"properties": {"dependencies": {"$ref": "Level"}}},
    ],
)
def test_schemas_that_are_taken(schema: Any) -> None:
    assert problems(schema) == []


@pytest.mark.parametrize(
    ("schema", "place", "word"),
    [
        ({"type": "text"}, "type", "text"),
        ({"minLength": -1}, "minLength", "minimum"),
        ({"properties": {"a": {"type": 5}}}, "properties/a/type", ""),
        ({"pattern": "("}, "pattern", "regex"),
        # No linear-time engine can look ahead.
        ({"pattern": "(?=a)b"}, "pattern", "regex"),
        ({"$ref": "Nothing"}, "$ref", "'Nothing', which is no validator"),
        ({"items": {"$ref": "http://example.com/x"}}, "items/$ref", "no validator"),
        ({"$ref": "file:///etc/passwd"}, "$ref", "no validator"),
        ({"$ref": "Level#/$defs/nothing"}, "", "nothing"),
        ({"$ref": "#/$defs/nothing"}, "", "nothing"),
        ({"$dynamicRef": "#a"}, "$dynamicRef", "not supported"),
        ({"items": {"$anchor": "a"}}, "items/$anchor", "not supported"),
        ({"items": {"$id": "http://example.com/x"}}, "items/$id", "not supported"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema", "2020-12"),
        ({"enum": ["x" * 5000]}, "", "bytes"),
        ({"$ref": "New"}, "", "lead back"),
        ({"properties": {"next": {"$ref": "#"}}}, "", "lead back"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "", "lead back"),
        ({"$ref": "#/%24defs/a", "$defs": {"a": {"not": {"$ref": "#/%24defs/a"}}}}, "", "back"),
        ({"dependencies": {"a": {"$ref": "Level"}}}, "dependencies", "dependentSchemas"),
        # What is not looked at could refer to anything.
        ({"$ref": "#/x", "x": {"$ref": "Level"}}, "", "'#/x', which is no subschema"),
        ({"$ref": "#/examples/0", "examples": [{"type": "string"}]}, "", "no subschema"),
    ],
)
def test_schemas_that_are_refused(schema: Any, place: str, word: str) -> None:
    (first, *_) = problems(schema)
    assert first[0] == place
    assert word in first[1]


def test_everything_that_is_wrong_is_told() -> None:
    schema = {"minLength": -1, "maxLength": -1, "minItems": "x"}
    assert {place for place, _ in problems(schema)} == set(schema)


def test_schemas_that_are_nested_too_deeply() -> None:
    schema: Any = {}
    for _ in range(13):
        schema = {"not": schema}
    ((_, problem),) = problems(schema)
    assert "12 levels" in problem


def test_a_way_back_through_others() -> None:
    ((_, problem),) = problems({"$ref": "There"}, There={"items": {"$ref": "New"}})
    assert "lead back" in problem


def test_what_is_referred_to_again_and_again_counts_each_time() -> None:
    doubling: dict[str, Any] = {"D0": {}}
    for number in range(1, 5):
        doubling[f"D{number}"] = {"allOf": [{"$ref": f"D{number - 1}"}] * 2}
    assert problems({"$ref": "D3"}, **doubling) == []
    ((_, problem),) = problems({"allOf": [{"$ref": "D4"}] * 2}, **doubling)
    assert "more than 50 subschemas" in problem


def test_doubling_by_pointers_counts_however_they_are_spelled() -> None:
    definitions: dict[str, Any] = {"d0": {}}
    for number in range(1, 9):
        definitions[f"d{number}"] = {"allOf": [{"$ref": f"#/%24defs/d{number - 1}"}] * 2}
    ((_, problem),) = problems({"$ref": "#/$defs/d8", "$defs": definitions})
    assert "more than 50 subschemas" in problem


def test_a_long_way_is_refused_and_not_walked_to_the_end() -> None:
    chain: dict[str, Any] = {"C0": {}}
    for number in range(1, 2000):
        chain[f"C{number}"] = {"$ref": f"C{number - 1}"}
    assert problems({"$ref": "C5"}, **chain) == []
    assert problems({"$ref": "C1999"}, **chain) != []


def test_names_referred_to() -> None:
    schema = {
        "$ref": "A",
        "allOf": [{"$ref": "B#/$defs/x"}, {"$ref": "#/$defs/y"}, {"$ref": "A"}],
        "const": {"$ref": "C"},
        "dependentSchemas": {"x": {"$ref": "D"}},
    }
    assert names_referred_to(schema) == ["A", "B", "D"]


def test_names_resolve_wherever_a_schema_came_from() -> None:
    schemas = Schemas({**OTHERS, "Id": {"$id": "https://game/x", "$ref": "Level"}})
    schema = schemas.find("Id")
    assert schema is not None
    assert schema.problem(3) is None
    assert schema.problem(0) is not None


def test_a_schema_that_cannot_be_compiled_is_not_found() -> None:
    schemas = Schemas({"Bad": {"$ref": "Nothing"}, "Fetch": {"$ref": "http://127.0.0.1:9/x"}})
    assert schemas.find("Bad") is None
    assert schemas.find("Fetch") is None
    # And does not take the others with it.
    assert Schemas({**OTHERS, "Bad": {"$ref": "Nothing"}}).find("Level") is not None
    assert Schemas({}).find("Level") is None


def test_patterns_take_linear_time() -> None:
    schema = Schemas({"P": {"pattern": "^(a+)+$"}}).find("P")
    assert schema is not None
    began = time.process_time()
    assert schema.problem("a" * 50_000 + "b") is not None
    assert time.process_time() - began < 1


def test_an_instance_that_is_nested_too_deeply_is_no_crash() -> None:
    schema = Schemas({"A": {"enum": [1]}}).find("A")
    assert schema is not None
    instance: Any = 1
    for _ in range(2000):
        instance = [instance]
    problem = schema.problem(instance)
    assert problem is not None
    assert problem.problem
    assert schema.problems(instance, steps=1)


def test_problems_have_places() -> None:
    schema = Schemas({"A": {"items": {"type": "string"}, "maxItems": 1}}).find("A")
    assert schema is not None
    assert schema.problems(["a"], steps=2) == []
    assert {each.place for each in schema.problems(["a", 1, 2], steps=2)} == {(), (1,), (2,)}


def test_a_large_instance_that_is_all_wrong_is_told_its_first_problem_soon() -> None:
    source: dict[str, Any] = {"items": {"allOf": [{"type": "object"}] * 1000}}
    steps = schema_steps("A", {"A": source}, SchemaLimits())
    schema = Schemas({"A": source}).find("A")
    assert schema is not None
    assert steps == 1002
    began = time.process_time()
    assert [each.place for each in schema.problems([1] * 150, steps=steps)] == [(0,)]
    assert time.process_time() - began < 0.5
    assert schema.problems([{}] * 150, steps=steps) == []


@pytest.mark.parametrize(
    ("schema", "wants"),
    [
        ({"type": "number"}, True),
        ({"type": ["integer", "null"]}, True),
        ({"minimum": 3}, True),
        ({"$ref": "Level"}, True),
        ({"type": ["integer", "string"]}, False),
        ({"type": "string"}, False),
        ({"enum": ["1"]}, False),
        (True, False),
    ],
)
def test_which_schemas_want_numbers(schema: Any, wants: bool) -> None:
    found = Schemas({**OTHERS, "It": schema}).find("It")
    assert found is not None
    assert found.wants_number is wants
