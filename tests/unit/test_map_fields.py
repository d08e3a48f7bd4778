"""Columns become fields."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from matsuri.transfer.map_fields import (
    COLUMNS_KNOWN_MAX,
    event_map,
    event_of,
    identity_map,
    identity_of,
    parse_maps,
)
from matsuri.transfer.rows import INVALID_FIELD, Refusal


def event(**fields: Any) -> Any:
    return event_of(event_map({}).place(fields), derived_id="derived")


def test_an_event_of_texts() -> None:
    fields = {
        "name": "purchase",
        "id": "e1",
        "value": "1.50",
        "metadata": '{"sku":"a","n":2}',
        "metadata.colour": "red",
        "timestamp": "2024-01-02T03:04:05Z",
        "identityId": "player-0001",
        "session_id": "s1",
        "session_issued_at": "1700000000",
    }
    assert event(**fields) == {
        "name": "purchase",
        "id": "e1",
        "value": "1.50",
        "metadata": {"sku": "a", "n": "2", "colour": "red"},
        "timestamp": "2024-01-02T03:04:05Z",
        "identity_id": "player-0001",
        "session_id": "s1",
        "session_issued_at": 1700000000,
    }


def test_what_is_not_given_is_not_sent() -> None:
    assert event(name="launch", value="", metadata=" ", timestamp="") == {
        "name": "launch",
        "id": "derived",
    }
    assert event() == {"name": "", "id": "derived"}


def test_reserved_events_are_left_out() -> None:
    assert event(name="_sessionStart") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        (Decimal("1.50"), "1.5"),
        (["a"], '["a"]'),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, tzinfo=UTC), "2024-01-02T00:00:00Z"),
    ],
)
def test_values_become_texts(value: object, text: str) -> None:
    assert event(name="a", value=value)["value"] == text
    assert event(name="a", metadata={"k": value})["metadata"] == {"k": text}


@pytest.mark.parametrize(
    "given",
    [
        "2023-11-14T22:13:20Z",
        "2023-11-14T23:13:20+01:00",
        1_700_000_000,
        1_700_000_000_000,
        "1700000000",
        " 1700000000.0 ",
        Decimal(1_700_000_000),
        datetime(2023, 11, 14, 22, 13, 20),  # noqa: DTZ001 # Parquet's own times have no zone
        datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
    ],
)
def test_times_in_every_form(given: object) -> None:
    assert event(name="a", timestamp=given)["timestamp"] == "2023-11-14T22:13:20Z"


def test_the_epoch_is_a_time() -> None:
    assert event(name="a", timestamp="0")["timestamp"] == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"timestamp": "yesterday"}, "timestamp is no time"),
        ({"timestamp": "1e999"}, "timestamp is no time"),
        ({"timestamp": []}, "timestamp is no time"),
        ({"timestamp": True}, "timestamp is no time"),
        ({"session_issued_at": "soon"}, "session_issued_at is no time"),
        ({"metadata": "{"}, "metadata is no JSON"),
        ({"metadata": "[1]"}, "metadata is no JSON object"),
        ({"metadata": 5}, "metadata is no JSON object"),
        ({"value": b"x"}, "value has bytes"),
        ({"value": "a\x00"}, "value has NUL"),
        ({"metadata": {"k": "\udc80"}}, "metadata.k has NUL"),
        ({"value": Decimal("NaN")}, "value is NaN"),
        ({"value": math.nan}, "value is nan"),
        ({"metadata.k": -math.inf}, "metadata.k is -inf"),
    ],
)
def test_what_can_be_no_field_is_refused(fields: dict[str, Any], problem: str) -> None:
    refusal = event(name="a", **fields)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == INVALID_FIELD
    assert refusal.problem.startswith(problem)


def test_rows_that_all_have_other_columns_are_not_remembered() -> None:
    fields = event_map({})
    for number in range(COLUMNS_KNOWN_MAX + 10):
        assert fields.place({f"c{number}": 1, "name": "launch"}) == {"name": "launch"}
    assert len(fields.ignored()) == COLUMNS_KNOWN_MAX - 1


def test_columns_of_other_names() -> None:
    fields = event_map(parse_maps(["event=name", "a=b=metadata.k", "when=timestamp"]))
    placed = fields.place({"event": "launch", "name": "ignored", "a=b": "v", "when": "0", "x": 1})
    assert placed == {"name": "launch", "metadata.k": "v", "timestamp": "0"}
    assert fields.ignored() == ["name", "x"]


@pytest.mark.parametrize(
    "given", [["name"], ["=name"], ["a="], ["a=name", "b=name"], ["a=b", "a=c"]]
)
def test_maps_that_are_none(given: list[str]) -> None:
    with pytest.raises(ValueError, match="="):
        parse_maps(given)


def test_a_field_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no field"):
        event_map({"a": "colour"})
    with pytest.raises(ValueError, match="no field"):
        identity_map({"a": "metadata.k"})


def test_an_identity() -> None:
    fields = {
        "id": "player-0001",
        "default": {"email": "a@example.com"},
        "custom": '{"level":3}',
        "custom.guild": "red",
        "create_time_sec": "1700000000",
        "page": 1,
    }
    assert identity_of(identity_map({}).place(fields)) == {
        "id": "player-0001",
        "default": {"email": "a@example.com"},
        "custom": {"level": "3", "guild": "red"},
        "create_time": "2023-11-14T22:13:20Z",
    }
    assert isinstance(identity_of({"custom": "["}), Refusal)
