"""Exact decimal numbers as texts, as event values and numeric properties carry them.

Sums are exact whatever the order of their terms: a number has at most 18 digits before and 15
after the point, and the context below holds 10^30 such terms.
"""

import re
from decimal import Context, Decimal

_FORM = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TEXT_CHARS_MAX = 64
_INTEGER_DIGITS_MAX = 18
_FRACTION_DIGITS_MAX = 15
_AVERAGE_STEP = Decimal("1e-6")

EXACT = Context(prec=64)


def parse_number(text: str) -> Decimal | None:
    """The number that ``text`` spells, or ``None`` where it spells none that can be kept exactly.

    At most 18 digits before the point and 15 after it; no NaN and no infinity.
    """
    if len(text) > _TEXT_CHARS_MAX or not _FORM.fullmatch(text):
        return None
    number = Decimal(text)
    if number == 0:
        return Decimal(0)
    exponent = number.as_tuple().exponent
    if number.adjusted() >= _INTEGER_DIGITS_MAX:
        return None
    if isinstance(exponent, int) and exponent < -_FRACTION_DIGITS_MAX:
        return None
    return number


def format_number(number: Decimal) -> str:
    """Plain decimal notation without an exponent or trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def average(total: Decimal, count: int) -> Decimal:
    """``total / count``, rounded to six decimals. ``count`` is at least 1."""
    return EXACT.quantize(EXACT.divide(total, Decimal(count)), _AVERAGE_STEP)
