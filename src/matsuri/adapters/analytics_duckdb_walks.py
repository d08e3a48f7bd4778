"""Walks over all that the embedded analytics store has: by player, and in the order of time."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters.analytics_duckdb_files import DayFile, list_files, source
from matsuri.adapters.analytics_duckdb_queries import (
    EVENT_FIELDS,
    FIRST_DAY,
    LAST_DAY,
    event_row,
)
from matsuri.adapters.analytics_duckdb_tables import EVENTS
from matsuri.events.analytics import (
    DAY_US,
    EventPlace,
    EventRow,
    ExportQuery,
    Merge,
    NamedEventsQuery,
    PastEventsQuery,
)

_KEYS_AHEAD: Final = 2
_AFTER: Final = (
    " AND profile_key >= $after_key AND (profile_key > $after_key OR "
    "position > $after_position OR (position = $after_position AND place > $after_place))"
)

Place = tuple[int, int, int]
"""Time, position, place."""


class Page(NamedTuple):
    """Events after one place, up to and with another."""

    after: Place
    until: Place


def profile_keys(cursor: Cursor, days: Path, *, after: int, limit: int) -> list[int]:
    """See ``AnalyticsStore.profile_keys``.

    Looks at ever longer stretches of keys, so that the sorted files are read in part.
    """
    files = list_files(cursor, EVENTS, FIRST_DAY, LAST_DAY)
    found: list[int] = []
    stretch = limit * _KEYS_AHEAD
    while len(found) < limit:
        nearest = _keys(cursor, days, files, (after, None), "min(profile_key)", 1)
        if not nearest or nearest[0] is None:
            break
        until = nearest[0] + stretch
        found += _keys(
            cursor,
            days,
            files,
            (after, until),
            "DISTINCT profile_key",
            limit - len(found),
        )
        after, stretch = until, stretch * _KEYS_AHEAD
    return found


def _keys(
    cursor: Cursor,
    days: Path,
    files: Sequence[DayFile],
    bounds: tuple[int, int | None],
    what: str,
    limit: int,
) -> list[int]:
    after, until = bounds
    where, parameters = "profile_key > $after", {"after": after, "limit": limit}
    if until is not None:
        where += " AND profile_key <= $until"
        parameters["until"] = until
    rows = cursor.execute(
        f"SELECT {what} FROM {source(EVENTS, files, days, where)} "  # noqa: S608 # no input in it
        "ORDER BY 1 LIMIT $limit",
        parameters,
    ).fetchall()
    return [key for (key,) in rows]


def history_of(cursor: Cursor, days: Path, keys: Sequence[int]) -> list[EventRow]:
    """See ``AnalyticsStore.history_of``."""
    if not keys:
        return []
    # The bounds are what statistics of sorted files can use, however many keys there are.
    where = "profile_key BETWEEN $low AND $high AND profile_key IN (SELECT unnest($keys::BIGINT[]))"
    files = list_files(cursor, EVENTS, FIRST_DAY, LAST_DAY)
    rows = cursor.execute(
        f"SELECT {EVENT_FIELDS} FROM {source(EVENTS, files, days, where)} "  # noqa: S608 # no input
        "ORDER BY position, place",
        {"low": min(keys), "high": max(keys), "keys": list(keys)},
    ).fetchall()
    return [event_row(row) for row in rows]


def named_events(cursor: Cursor, days: Path, query: NamedEventsQuery) -> list[EventRow]:
    """See ``AnalyticsStore.named_events``."""
    where = (
        "profile_key BETWEEN $first_key AND $last_key AND day >= $from_day "
        "AND position < $before_position AND list_contains($names::VARCHAR[], name)"
    )
    parameters: dict[str, Any] = {
        "first_key": query.first_key,
        "last_key": query.last_key,
        "before_position": query.before_position,
        "names": query.names,
    }
    return _page_by_player(cursor, days, query, where, parameters)


def past_events(cursor: Cursor, days: Path, query: PastEventsQuery) -> list[EventRow]:
    """See ``AnalyticsReader.past_events``."""
    if not query.profile_keys:
        return []
    # The bounds are for the statistics of sorted files, as in ``history_of``.
    where = (
        "profile_key BETWEEN $low AND $high AND profile_key IN (SELECT unnest($keys::BIGINT[])) "
        "AND day >= $from_day AND list_contains($names::VARCHAR[], name)"
    )
    parameters: dict[str, Any] = {
        "low": min(query.profile_keys),
        "high": max(query.profile_keys),
        "keys": query.profile_keys,
        "names": query.names,
    }
    return _page_by_player(cursor, days, query, where, parameters)


def _page_by_player(
    cursor: Cursor,
    days: Path,
    query: NamedEventsQuery | PastEventsQuery,
    where: str,
    parameters: dict[str, Any],
) -> list[EventRow]:
    """The next events that meet ``where``, by key, and for each in the order of the log."""
    parameters |= {"from_day": query.from_day, "limit": query.limit}
    if query.after is not None:
        where += _AFTER
        parameters |= _after(query.after)
    files = list_files(cursor, EVENTS, max(query.from_day, FIRST_DAY), LAST_DAY)
    rows = cursor.execute(
        f"SELECT {EVENT_FIELDS} FROM {source(EVENTS, files, days, where)} "  # noqa: S608 # no input
        "ORDER BY profile_key, position, place LIMIT $limit",
        parameters,
    ).fetchall()
    return [event_row(row) for row in rows]


def _after(after: EventPlace) -> dict[str, int]:
    return {
        "after_key": after.profile_key,
        "after_position": after.position,
        "after_place": after.place,
    }


def all_merges(cursor: Cursor) -> list[Merge]:
    """See ``AnalyticsStore.merges``."""
    rows = cursor.execute(
        f"SELECT {', '.join(Merge._fields)} FROM merges ORDER BY position, place"  # noqa: S608
    ).fetchall()
    return [Merge(*row) for row in rows]


def export_days(cursor: Cursor, query: ExportQuery) -> list[int]:
    """The days, by the query's kind of time, on which there may be events to export."""
    time = _time(query)
    where, parameters = _export_condition(query)
    # Rounded down also before 1970, where // rounds up.
    day = f"({time} - ({time} % {DAY_US} + {DAY_US}) % {DAY_US}) // {DAY_US}"
    hot = cursor.execute(
        f"SELECT DISTINCT {day} FROM hot_events WHERE {where}",  # noqa: S608 # no input in it
        parameters,
    ).fetchall()
    found = {day for (day,) in hot}
    for file in list_files(cursor, EVENTS, FIRST_DAY, LAST_DAY):
        first_us, last_us = _bounds(file, query)
        if query.from_us is not None:
            first_us = max(first_us, query.from_us)
        if query.until_us is not None:
            last_us = min(last_us, query.until_us)
        found.update(range(first_us // DAY_US, last_us // DAY_US + 1))
    return sorted(found)


def export_pages(
    cursor: Cursor, days: Path, query: ExportQuery, day: int, *, rows_max: int
) -> list[Page]:
    """One day's events in pages of at most ``rows_max``."""
    time = _time(query)
    rows, parameters = _export_rows(cursor, days, query, day)
    ends = cursor.execute(
        "SELECT at_us, position, place FROM (SELECT *, "  # noqa: S608 # no input in it
        "row_number() OVER (ORDER BY at_us, position, place) AS number, count(*) OVER () AS rows "
        f"FROM (SELECT {time} AS at_us, position, place FROM {rows})) "
        "WHERE number % $rows_max = 0 OR number = rows ORDER BY number",
        {**parameters, "rows_max": rows_max},
    ).fetchall()
    begin: Place = (day * DAY_US - 1, 0, 0)
    return [Page(after, until) for after, until in zip([begin, *ends], ends, strict=False)]


def export_page(
    cursor: Cursor, days: Path, query: ExportQuery, day: int, page: Page
) -> list[EventRow]:
    """The events of one page."""
    time = _time(query)
    rows, parameters = _export_rows(cursor, days, query, day)
    names = ("us", "position", "place")
    for end, place in (("after", page.after), ("until", page.until)):
        parameters |= {
            f"page_{end}_{name}": value for name, value in zip(names, place, strict=True)
        }
    found = cursor.execute(
        f"SELECT {EVENT_FIELDS} FROM {rows} "  # noqa: S608 # no input in it
        f"WHERE {time} BETWEEN $page_after_us AND $page_until_us "
        # Spelt out: DuckDB makes one BETWEEN of two comparisons of rows, and then refuses it.
        f"AND ({time} > $page_after_us OR position > $page_after_position "
        "OR (position = $page_after_position AND place > $page_after_place)) "
        f"AND ({time}, position, place) "
        "<= ($page_until_us, $page_until_position, $page_until_place) "
        f"ORDER BY {time}, position, place",
        parameters,
    ).fetchall()
    return [event_row(row) for row in found]


def _time(query: ExportQuery) -> str:
    return "received_us" if query.received else "time_us"


def _bounds(file: DayFile, query: ExportQuery) -> tuple[int, int]:
    bounds = (
        (file.min_received_us, file.max_received_us)
        if query.received
        else (file.min_time_us, file.max_time_us)
    )
    first_us, last_us = bounds
    assert first_us is not None  # noqa: S101 # files of events have their times
    assert last_us is not None  # noqa: S101 # the same
    return first_us, last_us


def _export_condition(query: ExportQuery) -> tuple[str, dict[str, Any]]:
    time = _time(query)
    conditions, parameters = ["TRUE"], dict[str, Any]()
    if query.from_us is not None:
        conditions.append(f"{time} >= $from_us")
        parameters["from_us"] = query.from_us
    if query.until_us is not None:
        conditions.append(f"{time} < $until_us")
        parameters["until_us"] = query.until_us
    if query.names:
        conditions.append("list_contains($names::VARCHAR[], name)")
        parameters["names"] = query.names
    return " AND ".join(conditions), parameters


def _export_rows(
    cursor: Cursor, days: Path, query: ExportQuery, day: int
) -> tuple[str, dict[str, Any]]:
    time = _time(query)
    where, parameters = _export_condition(query)
    where += f" AND {time} BETWEEN $day_begin AND $day_end"
    begin, end = day * DAY_US, (day + 1) * DAY_US - 1
    files = []
    for file in list_files(cursor, EVENTS, FIRST_DAY, LAST_DAY):
        first_us, last_us = _bounds(file, query)
        if first_us <= end and last_us >= begin:
            files.append(file)
    rows = source(EVENTS, files, days, where)
    return rows, {**parameters, "day_begin": begin, "day_end": end}
