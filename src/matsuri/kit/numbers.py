"""Exact decimal numbers as texts, as event values and numeric properties carry them.

Sums are exact whatever the order of their terms: a number has at most 18 digits before and 15
after the point, and the context below holds 10^30 such terms.
"""

import re
from decimal import Context, Decimal
from functools import lru_cache

_FORM = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_TEXT_CHARS_MAX = 64
_INTEGER_DIGITS_MAX = 18
_FRACTION_DIGITS_MAX = 15
_FRACTION_STEP = Decimal(f"1e-{_FRACTION_DIGITS_MAX}")
_AVERAGE_STEP = Decimal("1e-6")

EXACT = Context(prec=64)


@lru_cache(maxsize=8192)
def parse_number(text: str) -> Decimal | None:
    """The number that ``text`` spells, or ``None`` where it spells none that can be kept.

    At most 64 characters and 18 digits before the point; no NaN and no infinity. What lies beyond
    15 digits after the point is rounded off: programs print floats as ``0.30000000000000004``.
    """
    if len(text) > _TEXT_CHARS_MAX or not _FORM.fullmatch(text):
        return None
    number = Decimal(text)
    # Short texts without an exponent, the common case, have no more digits than may be kept.
    if len(text) > _FRACTION_DIGITS_MAX or "e" in text or "E" in text:
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -_FRACTION_DIGITS_MAX:
            number = EXACT.quantize(number, _FRACTION_STEP)
        if number.adjusted() >= _INTEGER_DIGITS_MAX and number:
            return None
    return number or Decimal(0)


def format_number(number: Decimal) -> str:
    """Plain decimal notation without an exponent or trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def average(total: Decimal, count: int) -> Decimal:
    """``total / count``, rounded to six decimals. ``count`` is at least 1."""
    return EXACT.quantize(EXACT.divide(total, Decimal(count)), _AVERAGE_STEP)
