from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.kit.timestamps import (
    EARLIEST_US,
    EPOCH,
    LATEST_US,
    format_timestamp,
    parse_timestamp,
)
from tests.unit.strategies import any_text

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOON_US = (NOON - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "expected_us"),
    [
        ("2026-01-31T12:00:00Z", NOON_US),
        ("2026-01-31T12:00:00", NOON_US),
        ("2026-01-31 12:00:00Z", NOON_US),
        ("2026-01-31t12:00:00z", NOON_US),
        ("2026-01-31T13:00:00+01:00", NOON_US),
        ("2026-01-31T13:00:00+0100", NOON_US),
        ("2026-01-31T13:00:00+01", NOON_US),
        ("2026-01-31T06:30:00-05:30", NOON_US),
        ("2026-01-31T12:00:00.5Z", NOON_US + 500_000),
        ("2026-01-31T12:00:00.602Z", NOON_US + 602_000),
        ("2026-01-31T12:00:00.602102Z", NOON_US + 602_102),
        ("2026-01-31T12:00:00.6021029Z", NOON_US + 602_102),
        ("2026-01-31T12:00:00.602102999Z", NOON_US + 602_102),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("0001-01-01T00:00:00Z", EARLIEST_US),
        ("9999-12-31T23:59:59.999999Z", LATEST_US),
    ],
)
def test_texts_that_clients_send(text: str, expected_us: int) -> None:
    assert parse_timestamp(text) == expected_us


@pytest.mark.parametrize(
    ("number", "expected_us"),
    [
        (0, 0),
        (-1, -1_000_000),
        (1_700_000_000, 1_700_000_000_000_000),
        (1_700_000_000.25, 1_700_000_000_250_000),
        (1_700_000_000_123, 1_700_000_000_123_000),
        (1_700_000_000_123.5, 1_700_000_000_123_500),
        (253_402_300_799, LATEST_US - 999_999),
    ],
)
def test_numbers_are_seconds_or_milliseconds(number: float, expected_us: int) -> None:
    assert parse_timestamp(number) == expected_us


@pytest.mark.parametrize(
    "value",
    [
        "",
        "now",
        "1700000000",
        "2026-01-31",
        "20260131T120000Z",
        "2026-W05-6T12:00:00",
        "2026-01-31T12:00Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00,5Z",
        "2026-01-31T12:00:00.1234567890Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T24:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00Z\n",
        "٢٠٢٦-01-31T12:00:00Z",  # digits, but not ASCII ones
        "0000-01-01T00:00:00Z",
        "\ud800026-01-31T12:00:00Z",
        True,
        float("nan"),
        float("inf"),
        float("-inf"),
    ],
)
def test_what_is_no_time(value: str | float) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_timestamp(value)


@pytest.mark.parametrize(
    "value",
    [
        10**400,
        -(10**400),
        1e300,
        -62_135_596_801,
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_what_no_calendar_has(value: str | float) -> None:
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        parse_timestamp(value)


@given(any_text | st.integers() | st.floats() | st.booleans() | st.integers(-(10**400), 10**400))
def test_whatever_comes_is_a_time_that_can_be_written_or_a_value_error(value: str | float) -> None:
    try:
        moment_us = parse_timestamp(value)
    except ValueError:
        return
    assert parse_timestamp(format_timestamp(moment_us)) == moment_us


@given(st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-9]{2}:[0-9]{2}[Z+-]?[0-9:]*"))
def test_what_looks_like_a_time_is_one_or_a_value_error(text: str) -> None:
    try:
        moment_us = parse_timestamp(text)
    except ValueError:
        return
    assert EARLIEST_US <= moment_us <= LATEST_US


@given(st.integers(EARLIEST_US, LATEST_US))
def test_what_is_written_reads_back(moment_us: int) -> None:
    assert parse_timestamp(format_timestamp(moment_us)) == moment_us


@given(
    st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(-1439, 1439),
)
def test_every_offset_names_the_same_instant(local: datetime, offset_minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    assert EPOCH + timedelta(microseconds=parse_timestamp(moment.isoformat())) == moment


def test_format() -> None:
    assert format_timestamp(0) == "1970-01-01T00:00:00Z"
    assert format_timestamp(NOON_US + 5) == "2026-01-31T12:00:00.000005Z"
