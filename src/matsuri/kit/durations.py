"""Lengths of time as texts, such as ``1d2h30m``: Go's notation, and days and weeks."""

import re
from fractions import Fraction
from typing import Final

_UNIT_SECONDS: Final = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86_400),
    "w": Fraction(7 * 86_400),
}
_PART: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(ns|us|µs|ms|[smhdw])")
_TEXT_CHARS_MAX: Final = 64

DURATION_ALLOWED: Final = "a duration such as 30m, 14d or 1d12h, with units of ms, s, m, h, d, w"


def parse_duration(text: str) -> int | float | None:
    """The seconds that ``text`` spells, or ``None``; an ``int`` where they are whole.

    Numbers may have fractions (``1.5h``) and the whole a sign. ``0`` needs no unit.
    """
    if len(text) > _TEXT_CHARS_MAX:
        return None
    rest = text[1:] if text[:1] in {"-", "+"} else text
    if rest == "0":
        return 0
    seconds, offset = Fraction(0), 0
    while offset < len(rest):
        found = _PART.match(rest, offset)
        if found is None:
            return None
        seconds += Fraction(found[1]) * _UNIT_SECONDS[found[2]]
        offset = found.end()
    if not rest:
        return None
    signed = -seconds if text[0] == "-" else seconds
    return signed.numerator if signed.denominator == 1 else float(signed)
