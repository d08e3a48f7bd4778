"""RFC 3339 text and epoch numbers to microseconds since the Unix epoch, and back."""

import math
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Year 9999 in seconds; a larger epoch number can only be milliseconds.
_EPOCH_SECONDS_MAX = 253_402_300_799


def parse_timestamp(value: str | float) -> int:
    """Microseconds since the epoch of an RFC 3339 text or an epoch number.

    Texts may have 0 to 9 fraction digits (beyond microseconds they are cut), an offset, ``Z``, or
    no zone (UTC). Numbers are seconds, or milliseconds where seconds would pass the year 9999.
    Raises ``ValueError`` for anything else.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, bool) or not math.isfinite(value):
        raise ValueError("not a time")
    seconds = value if abs(value) <= _EPOCH_SECONDS_MAX else value / 1000
    if abs(seconds) > _EPOCH_SECONDS_MAX:
        raise ValueError("outside the years 1 to 9999")
    return round(seconds * 1_000_000)


def _parse_text(text: str) -> int:
    if len(text) < len("2026-01-01T00:00:00") or text[4] != "-" or text[10] not in "Tt ":
        raise ValueError("not an RFC 3339 time")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - EPOCH) // _MICROSECOND
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error


def format_timestamp(moment_us: int) -> str:
    """RFC 3339 in UTC with ``Z``, with microseconds only where there are any."""
    return (EPOCH + timedelta(microseconds=moment_us)).isoformat().replace("+00:00", "Z")
