from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.kit.numbers import EXACT, average, format_number, parse_number
from tests.unit.strategies import any_text, numeric_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", "0"),
        ("-0.0", "0"),
        ("0e999", "0"),
        ("499", "499"),
        ("+5", "5"),
        ("5.", "5"),
        (".5", "0.5"),
        ("-12.50", "-12.5"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("999999999999999999", "999999999999999999"),
        ("0.000000000000001", "0.000000000000001"),
    ],
)
def test_numbers(text: str, expected: str) -> None:
    number = parse_number(text)
    assert number is not None
    assert format_number(number) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.30000000000000004", "0.3"),
        ("1.2345678901234567e-05", "0.000012345678901"),
        ("1.0000000000000000000", "1"),
        ("0.0000000000000009", "0.000000000000001"),
        ("1e-999", "0"),
        ("-1e-16", "0"),
    ],
)
def test_digits_that_floats_leave_behind_are_rounded_off(text: str, expected: str) -> None:
    number = parse_number(text)
    assert number is not None
    assert format_number(number) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "e5",
        "1e",
        "1e1000",
        "1_000",
        "1,5",
        " 1",
        "1\n",
        "0x10",
        "NaN",
        "Infinity",
        "-inf",
        "٣",  # a digit, but not an ASCII one
        "½",
        "1000000000000000000",
        "1e18",
        "1e999",
        "999999999999999999.9999999999999999",
        "0." + "1" * 63,
    ],
)
def test_what_is_no_number_that_can_be_kept(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("text", ["0", "-0", "-0.00", "0e5", "-1e-20"])
def test_there_is_one_zero(text: str) -> None:
    assert str(parse_number(text)) == "0"


@given(any_text | st.from_regex(r"[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]*)?", fullmatch=True))
def test_every_number_is_within_its_bounds_and_reads_back(text: str) -> None:
    number = parse_number(text)
    if number is None:
        return
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent >= -15
    assert abs(number) < 10**18
    written = format_number(number)
    assert "e" not in written.lower()
    assert parse_number(written) == number


@given(numeric_text)
def test_what_is_kept_is_what_was_said(text: str) -> None:
    number = parse_number(text)
    assert number is not None
    assert abs(Fraction(number) - Fraction(text)) <= Fraction(1, 2 * 10**15)


@given(st.floats(-1e17, 1e17))
def test_every_float_of_ordinary_size_is_a_number(value: float) -> None:
    assert parse_number(repr(value)) is not None


@given(st.lists(numeric_text, max_size=30))
def test_sums_are_exact(texts: list[str]) -> None:
    numbers = [parse_number(text) for text in texts]
    total = Decimal(0)
    for number in numbers:
        assert number is not None
        total = EXACT.add(total, number)
    assert Fraction(total) == sum((Fraction(n) for n in numbers if n is not None), Fraction(0))


@given(numeric_text, st.integers(1, 10**9))
def test_average_is_right_to_six_decimals(text: str, count: int) -> None:
    total = parse_number(text)
    assert total is not None
    off = abs(Fraction(average(total, count)) - Fraction(total) / count)
    assert off <= Fraction(1, 2 * 10**6)
