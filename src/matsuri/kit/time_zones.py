"""How far a clock is ahead of UTC, by the name of its zone."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)", re.ASCII)
_ZONES_CACHED_MAX = 1024


def offset_seconds(zone: str, now_s: int) -> int:
    """Seconds ahead of UTC at that time of an IANA zone or of an offset such as ``+03:00``.

    0 for an empty text, and for one that names no zone.
    """
    found = find_zone(zone)
    if found is None:
        return 0
    offset = datetime.fromtimestamp(now_s, UTC).astimezone(found).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


@lru_cache(maxsize=_ZONES_CACHED_MAX)
def find_zone(name: str) -> tzinfo | None:
    """The zone of an IANA name or of an offset such as ``+03:00``; ``None`` where it names none."""
    fixed = _OFFSET.fullmatch(name)
    if fixed is not None:
        ahead = timedelta(hours=int(fixed[2]), minutes=int(fixed[3]))
        return timezone(-ahead if fixed[1] == "-" else ahead)
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        # No such zone, or no name of one: it comes from players.
        return None
