from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.events.model import Event, EventBatch, Reason, Source, decode_entries, encode_entries
from matsuri.events.taxonomy import Taxonomy, ValueType, core_taxonomy
from matsuri.events.validate import EventLimits, Rejection, validate
from matsuri.kit.numbers import parse_number
from matsuri.kit.timestamps import EARLIEST_US, LATEST_US
from tests.unit.strategies import any_text, numeric_text

NOW_US = 1_700_000_000_000_000
SMALL = EventLimits(value_chars_max=8, metadata_keys_max=3, metadata_bytes_max=24)


def check(
    name: str = "gameStarted",
    *,
    event_id: str = "",
    value: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp_us: int | None = NOW_US,
    accept_undeclared: bool = False,
    limits: EventLimits = SMALL,
) -> Event | Rejection:
    return validate(
        name=name,
        event_id=event_id,
        new_id="new",
        value=value,
        metadata=metadata,
        timestamp_us=timestamp_us,
        received_us=NOW_US,
        taxonomy=core_taxonomy(accept_undeclared=accept_undeclared),
        limits=limits,
    )


def accepted(result: Event | Rejection) -> Event:
    assert isinstance(result, Event), result
    return result


def reason(result: Event | Rejection) -> Reason:
    assert isinstance(result, Rejection), result
    assert result.problem
    return result.reason


def test_a_plain_event() -> None:
    assert check(value="chess", metadata={"mode": "blitz"}) == Event(
        id="new",
        name="gameStarted",
        timestamp_us=NOW_US,
        value="chess",
        metadata={"mode": "blitz"},
        id_given=False,
    )


def test_the_producer_s_id_is_kept() -> None:
    event = accepted(check(event_id="mine"))
    assert event.id == "mine"
    assert event.id_given


@pytest.mark.parametrize("name", ["", "gamestarted", "GameStarted", "gameStarted ", "coinsSpent"])
def test_undeclared_names_are_refused(name: str) -> None:
    assert reason(check(name)) is Reason.INVALID_NAME


@pytest.mark.parametrize("name", ["coinsSpent", "a", "shop.open", "x-1:y_2", "a" * 128])
def test_undeclared_names_pass_where_that_is_set(name: str) -> None:
    assert accepted(check(name, accept_undeclared=True)).name == name


@pytest.mark.parametrize("name", ["", "1up", "a b", "a" * 129, "é", "a\x00", "a\n", "\ud800"])
def test_undeclared_names_have_a_form(name: str) -> None:
    assert reason(check(name, accept_undeclared=True)) is Reason.INVALID_NAME


@pytest.mark.parametrize("accept_undeclared", [True, False])
def test_reserved_names_are_never_taken(*, accept_undeclared: bool) -> None:
    result = check("_sessionStart", accept_undeclared=accept_undeclared)
    assert reason(result) is Reason.INVALID_NAME
    assert isinstance(result, Rejection)
    assert "reserved" in result.problem


def test_a_declaration_cannot_open_a_reserved_name() -> None:
    taxonomy = Taxonomy(
        events={"_sessionStart": ValueType.ANY}, default_properties={}, custom_properties={}
    )
    result = validate(
        name="_sessionStart",
        event_id="",
        new_id="new",
        value=None,
        metadata=None,
        timestamp_us=None,
        received_us=NOW_US,
        taxonomy=taxonomy,
        limits=SMALL,
    )
    assert reason(result) is Reason.INVALID_NAME


@pytest.mark.parametrize("event_id", ["x" * 129, "a\x00b", "\ud800"])
def test_ids_that_cannot_be_kept(event_id: str) -> None:
    assert reason(check(event_id=event_id)) is Reason.INVALID_ID


def test_the_longest_id() -> None:
    assert accepted(check(event_id="x" * 128)).id == "x" * 128


@pytest.mark.parametrize("value", ["499", "-1.5", "1e3", "0.1"])
def test_numeric_events_take_numbers(value: str) -> None:
    assert accepted(check("purchaseCompleted", value=value)).value == value


def test_numeric_events_take_the_floats_that_programs_print() -> None:
    value = str(0.1 + 0.2)
    event = accepted(check("purchaseCompleted", value=value, limits=EventLimits()))
    assert event.value == value


@pytest.mark.parametrize("value", ["gold", "NaN", "inf", "1e99", " "])
def test_numeric_events_take_nothing_else(value: str) -> None:
    assert reason(check("purchaseCompleted", value=value)) is Reason.INVALID_VALUE


@pytest.mark.parametrize("name", ["purchaseCompleted", "gameStarted", "adImpression"])
@pytest.mark.parametrize("value", ["", None])
def test_an_empty_value_is_no_value(name: str, value: str | None) -> None:
    assert accepted(check(name, value=value)).value is None


def test_string_events_take_numbers_too() -> None:
    assert accepted(check("tutorialCompleted", value="3")).value == "3"


def test_values_have_a_longest() -> None:
    assert accepted(check(value="é" * 8)).value == "é" * 8
    assert reason(check(value="x" * 9)) is Reason.VALUE_LENGTH_EXCEEDED


@pytest.mark.parametrize("value", ["a\x00", "a\udfff"])
def test_values_that_cannot_be_kept(value: str) -> None:
    assert reason(check(value=value)) is Reason.INVALID_VALUE


def test_metadata_become_texts() -> None:
    event = accepted(check(metadata={"a": 1, "b": True, "c": None, "d": [1, "é"]}))
    assert event.metadata == {"a": "1", "b": "true", "d": '[1,"é"]'}


@pytest.mark.parametrize("metadata", [None, {}, {"a": None}])
def test_no_metadata(metadata: dict[str, Any] | None) -> None:
    assert accepted(check(metadata=metadata)).metadata is None


def test_metadata_have_a_largest() -> None:
    assert accepted(check(metadata={"k": "x" * 23})).metadata == {"k": "x" * 23}
    assert reason(check(metadata={"k": "x" * 24})) is Reason.METADATA_SIZE_EXCEEDED
    # Bytes count, not characters.
    assert accepted(check(metadata={"kk": "é" * 11})).metadata == {"kk": "é" * 11}
    assert reason(check(metadata={"k": "é" * 12})) is Reason.METADATA_SIZE_EXCEEDED
    four_keys = dict.fromkeys("abcd", "")
    assert reason(check(metadata=four_keys)) is Reason.METADATA_SIZE_EXCEEDED


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": "\x00"},
        {"\x00": "a"},
        {"a": "\ud800"},
        {"\ud800": "a"},
        {"a": ["\ud800"]},
        {"a": object()},
        {"a": 10**5000},
    ],
)
def test_metadata_that_cannot_be_kept(metadata: dict[str, Any]) -> None:
    assert reason(check(metadata=metadata)) is Reason.INVALID_METADATA


def test_metadata_without_a_bottom() -> None:
    deep: list[Any] = []
    deep.append(deep)
    assert reason(check(metadata={"a": deep})) is Reason.INVALID_METADATA


@pytest.mark.parametrize(
    ("timestamp_us", "expected_us"),
    [
        (None, NOW_US),
        (EARLIEST_US, EARLIEST_US),
        (NOW_US + 300_000_000, NOW_US + 300_000_000),
        (NOW_US + 300_000_001, NOW_US),
        (LATEST_US, NOW_US),
    ],
)
def test_times(timestamp_us: int | None, expected_us: int) -> None:
    assert accepted(check(timestamp_us=timestamp_us)).timestamp_us == expected_us


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["gameStarted", "purchaseCompleted", "adImpression"]) | any_text


@given(
    name=names,
    event_id=any_text,
    value=st.none() | any_text | numeric_text,
    metadata=st.none() | st.dictionaries(any_text, json_values, max_size=5),
    timestamp_us=st.none() | st.integers(EARLIEST_US, LATEST_US),
    accept_undeclared=st.booleans(),
)
def test_every_event_is_refused_for_a_reason_or_keeps_the_limits(
    *,
    name: str,
    event_id: str,
    value: str | None,
    metadata: dict[str, Any] | None,
    timestamp_us: int | None,
    accept_undeclared: bool,
) -> None:
    result = check(
        name,
        event_id=event_id,
        value=value,
        metadata=metadata,
        timestamp_us=timestamp_us,
        accept_undeclared=accept_undeclared,
    )
    if isinstance(result, Rejection):
        assert result.reason in Reason
        assert msgspec.json.encode(result)
        return
    assert result.name == name
    assert result.id == (event_id or "new")
    assert len(result.id) <= 128
    assert result.value == (value or None)
    assert len(result.value or "") <= SMALL.value_chars_max
    if name == "purchaseCompleted" and result.value is not None:
        assert parse_number(result.value) is not None
    kept = result.metadata or {}
    assert set(kept) == {key for key, item in (metadata or {}).items() if item is not None}
    assert len(kept) <= SMALL.metadata_keys_max
    size = sum(len(key.encode()) + len(text.encode()) for key, text in kept.items())
    assert size <= SMALL.metadata_bytes_max
    assert result.timestamp_us <= NOW_US + SMALL.event_future_us_max
    batch = EventBatch(NOW_US, Source.SESSION, "key", "player", 1, "session", 0, 0, [result])
    assert decode_entries(encode_entries([batch])) == [batch]
    assert "\x00" not in f"{result.id}{result.value}{kept}"


@given(st.text("aé€𝄞", max_size=30))
def test_the_quick_measure_of_metadata_is_the_exact_one(text: str) -> None:
    fits = len(text.encode()) + 1 <= SMALL.metadata_bytes_max
    assert isinstance(check(metadata={"k": text}), Event) is fits
