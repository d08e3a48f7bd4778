"""Which encodings of an answer a caller takes. Pure."""

import re

_ACCEPTED = {
    # The name in a list of encodings, but not with the weight 0, which refuses it.
    name: re.compile(rf"\b{name}\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
    for name in ("gzip", "br")
}


def accepts_gzip(header: str) -> bool:
    """Whether an ``Accept-Encoding`` takes gzip."""
    return _ACCEPTED["gzip"].search(header) is not None


def accepts_brotli(header: str) -> bool:
    """Whether an ``Accept-Encoding`` takes Brotli."""
    return _ACCEPTED["br"].search(header) is not None
