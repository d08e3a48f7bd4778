"""Which day gets its file next. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from matsuri.events.analytics import DAY_US
from matsuri.kit.clock import MICROSECONDS


class DayLimits(msgspec.Struct, frozen=True):
    """When a day moves from the hot part to a file.

    It is closed ``grace_seconds`` after its end. It gets a file once it has ``day_rows_min``:
    fewer rows may stay in the hot part for ever, so that clocks gone wrong do not make thousands
    of files. What comes later is put into its file when it is a tenth of it and at least
    ``late_rows_min``, or has waited ``late_seconds``.
    """

    grace_seconds: int = 2 * 3600
    day_rows_min: int = 1000
    late_rows_min: int = 10_000
    late_seconds: int = 86_400


class HotDay(msgspec.Struct, frozen=True):
    """What the hot part has of a day: rows, and when the first of them was received."""

    day: int
    rows: int
    received_us: int


def next_day(
    hot_days: Iterable[HotDay], file_rows: Mapping[int, int], limits: DayLimits, *, now_us: int
) -> int | None:
    """The day that most deserves a new file now, if any."""
    due = [hot for hot in hot_days if _is_due(hot, file_rows.get(hot.day), limits, now_us)]
    return max(due, key=lambda hot: hot.rows).day if due else None


def first_kept_day(now_us: int, keep_days: int) -> int | None:
    """The first day that is kept when ``keep_days`` are; ``None`` where all are."""
    return now_us // DAY_US - keep_days if keep_days else None


def _is_due(hot: HotDay, in_file: int | None, limits: DayLimits, now_us: int) -> bool:
    if now_us < (hot.day + 1) * DAY_US + limits.grace_seconds * MICROSECONDS:
        return False
    if in_file is None:
        return hot.rows >= limits.day_rows_min
    return (
        hot.rows >= max(limits.late_rows_min, in_file // 10)
        or now_us - hot.received_us >= limits.late_seconds * MICROSECONDS
    )
