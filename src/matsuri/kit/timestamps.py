"""RFC 3339 text and epoch numbers to microseconds since the Unix epoch, and back."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What ``format_timestamp`` can write: years 1 to 9999.
EARLIEST_US = (datetime.min.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND
LATEST_US = (datetime.max.replace(tzinfo=UTC) - EPOCH) // _MICROSECOND
# Year 9999 in seconds; a larger epoch number can only be milliseconds.
_EPOCH_SECONDS_MAX = LATEST_US // 1_000_000
_EPOCH_MILLISECONDS_MAX = LATEST_US // 1_000
# ``fromisoformat`` alone takes more (week dates, commas), and other things in other Pythons.
_FORM = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


def parse_timestamp(value: str | float) -> int:
    """Microseconds since the epoch of an RFC 3339 text or an epoch number.

    Texts may have 0 to 9 fraction digits (beyond microseconds they are cut), an offset, ``Z``, or
    no zone (UTC). Numbers are seconds, or milliseconds where seconds would pass the year 9999.
    Raises ``ValueError`` for anything else.
    """
    if isinstance(value, str):
        return microseconds(_parse_text(value))
    if isinstance(value, bool):
        raise ValueError("not a time")  # noqa: TRY004 # callers expect one kind of error
    if abs(value) <= _EPOCH_SECONDS_MAX:
        moment_us = round(value * 1_000_000)
    elif abs(value) <= _EPOCH_MILLISECONDS_MAX:
        moment_us = round(value * 1_000)
    else:
        raise ValueError("outside the years 1 to 9999")
    if not EARLIEST_US <= moment_us <= LATEST_US:
        raise ValueError("outside the years 1 to 9999")
    return moment_us


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch of ``moment``, which without a zone is in UTC.

    Raises ``ValueError`` outside the years 1 to 9999 of UTC.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    moment_us = (moment - EPOCH) // _MICROSECOND
    if not EARLIEST_US <= moment_us <= LATEST_US:
        raise ValueError("outside the years 1 to 9999")
    return moment_us


def _parse_text(text: str) -> datetime:
    if not _FORM.fullmatch(text):
        raise ValueError("not an RFC 3339 time")
    return datetime.fromisoformat(text.upper())


def parse_datetime(value: str | float) -> datetime:
    """``parse_timestamp`` as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=parse_timestamp(value))


def format_timestamp(moment_us: int) -> str:
    """RFC 3339 in UTC with ``Z``, with microseconds only where there are any.

    ``moment_us`` is in the years 1 to 9999, as ``parse_timestamp`` makes sure.
    """
    return (EPOCH + timedelta(microseconds=moment_us)).isoformat().replace("+00:00", "Z")
