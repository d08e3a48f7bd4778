"""Events against validators: texts that mean numbers, booleans and objects are taken as those."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import Event, Reason
from matsuri.events.taxonomy import (
    EventDefinition,
    Taxonomy,
    ValueType,
    core_taxonomy,
    with_event,
    with_validator,
)
from matsuri.events.validate import EventLimits, Rejection, validate
from tests.unit.strategies import storable_text

NAME = "raidFinished"


def taxonomy(
    *, value: Any = None, metadata: Any = None, value_type: ValueType = ValueType.ANY
) -> Taxonomy:
    made = core_taxonomy()
    if value is not None:
        made = with_validator(made, "Value", value)
    if metadata is not None:
        made = with_validator(made, "Meta", metadata)
    definition = EventDefinition(
        value_type=value_type,
        value_validator="" if value is None else "Value",
        metadata_validator="" if metadata is None else "Meta",
    )
    return with_event(made, NAME, definition)


def check(
    rules: Taxonomy,
    *,
    value: str | None = None,
    metadata: dict[str, Any] | None = None,
    name: str = NAME,
) -> Event | Rejection:
    return validate(
        name=name,
        event_id="",
        new_id="new",
        value=value,
        metadata=metadata,
        timestamp_us=5,
        received_us=5,
        taxonomy=rules,
        limits=EventLimits(),
    )


def reason(result: Event | Rejection) -> Reason | None:
    return result.reason if isinstance(result, Rejection) else None


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"type": "integer", "minimum": 1}, "3", True),
        ({"type": "integer", "minimum": 1}, "3.0", True),
        ({"type": "integer", "minimum": 1}, "0", False),
        ({"type": "integer"}, "3.5", False),
        ({"type": "integer"}, "three", False),
        ({"multipleOf": 0.01}, "4.35", True),
        # What spells a number is no text to a schema that speaks of numbers.
        ({"minimum": 5}, "3", False),
        ({"type": "string", "maxLength": 2}, "12", True),
        ({"type": "string", "maxLength": 2}, "123", False),
        ({"enum": ["1", "2"]}, "1", True),
        ({"enum": [1, 2]}, "1", True),
        ({"enum": [1, 2]}, "3", False),
        ({"type": ["string", "integer"]}, "3", True),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "yes", False),
        ({"type": "object", "required": ["x"]}, '{"x": 1}', True),
        ({"type": "object", "required": ["x"]}, '{"y": 1}', False),
        (False, "anything", False),
    ],
)
def test_values(schema: Any, value: str, *, fits: bool) -> None:
    result = check(taxonomy(value=schema), value=value)
    assert reason(result) is (None if fits else Reason.INVALID_VALUE)
    if isinstance(result, Event):
        assert result.value == value


def test_a_numeric_value_is_looked_at_as_a_number() -> None:
    rules = taxonomy(value={"enum": ["3"]}, value_type=ValueType.NUMERIC)
    assert reason(check(rules, value="3")) is Reason.INVALID_VALUE
    rules = taxonomy(value={"enum": [3]}, value_type=ValueType.NUMERIC)
    assert reason(check(rules, value="3.0")) is None


def test_a_value_may_be_left_out() -> None:
    rules = taxonomy(value={"type": "integer"})
    assert reason(check(rules)) is None
    assert reason(check(rules, value="")) is None


@pytest.mark.parametrize(
    ("schema", "metadata", "fits"),
    [
        ({"properties": {"level": {"type": "integer"}}}, {"level": "3"}, True),
        ({"properties": {"level": {"type": "integer"}}}, {"level": 3}, True),
        ({"properties": {"level": {"type": "integer"}}}, {"level": "3.5"}, False),
        ({"properties": {"level": {"type": "integer"}}}, {"level": "high"}, False),
        ({"properties": {"level": {"type": "integer"}}}, {"level": '"3"'}, False),
        ({"properties": {"code": {"type": "string"}}}, {"code": "0042"}, True),
        ({"properties": {"won": {"type": "boolean"}}}, {"won": "true"}, True),
        ({"properties": {"at": {"items": {"type": "number"}}}}, {"at": "[1, 2.5]"}, True),
        ({"properties": {"at": {"type": "array", "maxItems": 1}}}, {"at": "[1, 2]"}, False),
        ({"required": ["id"]}, {"level": "3"}, False),
        ({"required": ["id"]}, None, False),
        ({"additionalProperties": False, "properties": {"id": {}}}, {"id": "a"}, True),
        ({"additionalProperties": False, "properties": {"id": {}}}, {"it": "a"}, False),
        ({"minProperties": 1}, None, False),
        (
            {"anyOf": [{"properties": {"n": {"type": "integer"}}, "required": ["n"]}, False]},
            {"n": "7"},
            True,
        ),
        # What was parsed for the sake of the whole, and was right as a text, is a text again.
        (
            {
                "properties": {"code": {"type": "string"}},
                "anyOf": [{"properties": {"n": {"type": "integer"}}, "required": ["n"]}, False],
            },
            {"n": "7", "code": "42"},
            True,
        ),
        (
            {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
            {"a": "1", "b": "x"},
            False,
        ),
    ],
)
def test_metadata(schema: Any, metadata: dict[str, Any] | None, *, fits: bool) -> None:
    result = check(taxonomy(metadata=schema), metadata=metadata)
    assert reason(result) is (None if fits else Reason.INVALID_METADATA)
    if isinstance(result, Event) and metadata:
        assert result.metadata == {
            key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for key, value in metadata.items()
        }


def test_problems_are_sentences_that_say_where() -> None:
    rules = taxonomy(
        value={"type": "integer"}, metadata={"properties": {"at": {"items": {"minimum": 3}}}}
    )
    result = check(rules, value="high")
    assert isinstance(result, Rejection)
    assert result.problem == (
        f'Event {NAME}, value: "high" is not of type "integer" (validator Value)'
    )
    rules = taxonomy(metadata={"properties": {"at": {"type": "array", "items": {"minimum": 3}}}})
    result = check(rules, metadata={"at": "[5, 1]"})
    assert isinstance(result, Rejection)
    assert result.problem == (
        f"Event {NAME}, metadata.at[1]: 1 is less than the minimum of 3 (validator Meta)"
    )


def test_problems_are_short_whatever_was_sent() -> None:
    result = check(taxonomy(value={"type": "integer"}), value="x" * 1024)
    assert isinstance(result, Rejection)
    assert len(result.problem) < 500


def test_a_validator_that_cannot_be_used_lets_nothing_through() -> None:
    definition = EventDefinition(value_validator="Gone", metadata_validator="Gone")
    rules = with_event(core_taxonomy(), NAME, definition)
    assert reason(check(rules, value="1")) is Reason.INVALID_VALUE
    assert reason(check(rules)) is Reason.INVALID_METADATA


def test_a_look_ahead_changes_nothing() -> None:
    before = core_taxonomy()
    after = with_event(before, NAME, EventDefinition(value_type=ValueType.NUMERIC))
    assert reason(check(before, value="1")) is Reason.INVALID_NAME
    assert reason(check(after, value="1")) is None
    assert reason(check(after, value="x")) is Reason.INVALID_VALUE
    # Declared anew without a validator, it has none any more.
    assert (
        reason(check(with_event(taxonomy(value=False), NAME, EventDefinition()), value="x")) is None
    )


def test_other_events_are_not_touched() -> None:
    assert reason(check(taxonomy(metadata=False), name="gameStarted", value="x")) is None


@given(
    value=storable_text,
    metadata=st.dictionaries(storable_text, storable_text | st.sampled_from(["1", "[", "{}"])),
    schema=st.sampled_from(
        [
            {},
            {"type": "integer"},
            {"additionalProperties": {"type": "integer"}},
            {"anyOf": [{"type": "string"}, {"minProperties": 2}]},
            {"propertyNames": {"maxLength": 1}},
        ]
    ),
)
def test_any_text_gets_an_answer(value: str, metadata: dict[str, str], schema: Any) -> None:
    result = check(taxonomy(value=schema, metadata=schema), value=value, metadata=metadata)
    if isinstance(result, Event):
        assert result.metadata == (metadata or None)
        assert result.value == (value or None)
    else:
        assert result.problem
