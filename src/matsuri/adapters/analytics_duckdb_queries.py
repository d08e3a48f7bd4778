"""Questions to the embedded analytics store, each within one transaction."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters.analytics_duckdb_append import closure
from matsuri.adapters.analytics_duckdb_files import (
    DayFile,
    key_condition,
    key_parameters,
    list_files,
    rows_of_keys,
    source,
)
from matsuri.adapters.analytics_duckdb_tables import EVENTS, SESSIONS
from matsuri.events.analytics import (
    DAY_US,
    CountsQuery,
    DayCount,
    EventRow,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SessionRow,
    Size,
    TopValuesQuery,
    ValueCount,
)

FIRST_DAY: Final = -(2**31)
LAST_DAY: Final = 2**31 - 1
EVENT_FIELDS: Final = ", ".join(EventRow.__struct_fields__)
_METADATA: Final = EventRow.__struct_fields__.index("metadata")
# The latest files are looked at first, some at a time and ever more.
_FILES_FIRST: Final = 8
_FILES_FACTOR: Final = 4
_COUNTED_ROWS_MAX: Final = 4_000_000
_metadata = msgspec.json.Decoder(dict[str, str])


def event_row(row: Sequence[Any]) -> EventRow:
    """An event from what ``EVENT_FIELDS`` selects."""
    metadata = row[_METADATA]
    told = None if metadata is None else _metadata.decode(metadata)
    fields: tuple[Any, ...] = (*row[:_METADATA], told, *row[_METADATA + 1 :])
    return EventRow(*fields)


def player_events(cursor: Cursor, days: Path, query: PlayerEventsQuery) -> list[EventRow]:
    """See ``AnalyticsReader.player_events``."""
    keys = closure(cursor, query.profile_key)
    conditions, parameters = _event_conditions(query)
    conditions.append(key_condition(len(keys)))
    parameters |= key_parameters(keys)
    ends = (query.until_us, None if query.before is None else query.before.time_us)
    first = FIRST_DAY if query.from_us is None else query.from_us // DAY_US
    last = min((end_us // DAY_US for end_us in ends if end_us is not None), default=LAST_DAY)
    found: list[EventRow] = []
    files = list_files(cursor, EVENTS, first, last)
    for low, high, some in _windows(files, first, last):
        where = " AND ".join([*conditions, "day BETWEEN $low AND $high"])
        rows = cursor.execute(
            f"SELECT {EVENT_FIELDS} FROM {source(EVENTS, some, days, where)} "  # noqa: S608
            "ORDER BY time_us DESC, position DESC, place DESC LIMIT $limit",
            {**parameters, "low": low, "high": high, "limit": query.limit - len(found)},
        ).fetchall()
        found += map(event_row, rows)
        if len(found) >= query.limit:
            break
    return found


def _windows(
    files: Sequence[DayFile], first: int, last: int
) -> Iterator[tuple[int, int, Sequence[DayFile]]]:
    """Days from ``first`` to ``last``, the latest first, in stretches with some files each."""
    begin, size, high = 0, _FILES_FIRST, last
    while begin + size < len(files):
        some = files[begin : begin + size]
        yield some[-1].day, high, some
        high = some[-1].day - 1
        begin, size = begin + size, size * _FILES_FACTOR
    yield first, high, files[begin:]


def _event_conditions(query: PlayerEventsQuery) -> tuple[list[str], dict[str, Any]]:
    conditions = []
    parameters: dict[str, Any] = {}
    if query.names:
        conditions.append("list_contains($names::VARCHAR[], name)")
        parameters["names"] = query.names
    for field in ("session_id", "event_id"):
        if value := getattr(query, field):
            conditions.append(f"{field} = ${field}")
            parameters[field] = value
    if query.from_us is not None:
        conditions.append("time_us >= $from_us")
        parameters["from_us"] = query.from_us
    if query.until_us is not None:
        conditions.append("time_us < $until_us")
        parameters["until_us"] = query.until_us
    if query.before is not None:
        conditions.append(
            "time_us <= $before_us AND (time_us, position, place) < "
            "($before_us, $before_position, $before_place)"
        )
        parameters |= {
            "before_us": query.before.time_us,
            "before_position": query.before.position,
            "before_place": query.before.place,
        }
    if query.text:
        found_in = "contains(lower({}), lower($text))"
        conditions.append(
            f"({found_in.format('name')} OR {found_in.format('value')} OR "
            "len(list_filter(list_concat(json_keys(metadata), "
            "json_extract_string(metadata, '$.*')), "
            f"lambda part: {found_in.format('part')})) > 0)"
        )
        parameters["text"] = query.text
    return conditions, parameters


def player_sessions(cursor: Cursor, days: Path, query: PlayerSessionsQuery) -> list[SessionRow]:
    """See ``AnalyticsReader.player_sessions``."""
    keys = closure(cursor, query.profile_key)
    rows = source(
        SESSIONS, list_files(cursor, SESSIONS, FIRST_DAY, LAST_DAY), days, key_condition(len(keys))
    )
    parameters = {"key": query.profile_key, "limit": query.limit, **key_parameters(keys)}
    having = ""
    if query.before is not None:
        having = (
            "HAVING started < $started_us OR (started = $started_us AND session_id > $session_id)"
        )
        parameters |= {
            "started_us": query.before.started_us,
            "session_id": query.before.session_id,
        }
    first = "coalesce(arg_min({0}, (position, place)) FILTER ({0} <> ''), '')"
    found = cursor.execute(
        "SELECT session_id, $key, "  # noqa: S608
        "coalesce(min(started_us), min(told_us), min(first_event_us)) AS started, "
        "min(first_event_us), max(last_event_us), sum(event_count)::BIGINT, "
        f"{first.format('country')}, {first.format('api_key')} "
        f"FROM {rows} GROUP BY session_id {having} "
        "ORDER BY started DESC, session_id LIMIT $limit",
        parameters,
    ).fetchall()
    return [SessionRow(*row) for row in found]


def _by_player(cursor: Cursor, rows: str, *groups: str) -> str:
    """SQL of one row for each player in each group: the groups, ``player`` and ``events``.

    Merged profiles are one player, nobody is ``NULL``, and test devices are left out. Unlike
    ``count(DISTINCT ...)``, this goes to the disk where memory ends.
    """
    key, join = "profile_key", ""
    if cursor.execute("SELECT 1 FROM final_keys LIMIT 1").fetchone() is not None:
        key = "coalesce(final_key, profile_key)"
        join = "LEFT JOIN final_keys ON profile_key = from_key"
    return (
        f"(SELECT {', '.join(groups)}, nullif({key}, 0) AS player, count(*) AS events "  # noqa: S608
        f"FROM {rows} {join} WHERE NOT is_test GROUP BY ALL)"
    )


def event_counts(cursor: Cursor, days: Path, query: CountsQuery) -> list[DayCount]:
    """See ``AnalyticsReader.event_counts``: some days at a time, so that memory suffices."""
    where = "day BETWEEN $low AND $high"
    parameters: dict[str, Any] = {}
    if query.names:
        where += " AND list_contains($names::VARCHAR[], name)"
        parameters["names"] = query.names
    files = list_files(cursor, EVENTS, query.from_day, query.until_day)
    found: list[DayCount] = []
    for low, high, some in _stretches(files[::-1], query.from_day, query.until_day):
        players = _by_player(cursor, source(EVENTS, some, days, where), "day", "name")
        rows = cursor.execute(
            "SELECT day, name, sum(events)::BIGINT, count(player) "  # noqa: S608 # no input in it
            f"FROM {players} GROUP BY day, name ORDER BY day, name",
            {**parameters, "low": low, "high": high},
        ).fetchall()
        found += [DayCount(*row) for row in rows]
    return found


def _stretches(
    files: Sequence[DayFile], first: int, last: int
) -> Iterator[tuple[int, int, Sequence[DayFile]]]:
    """Days from ``first`` to ``last`` in order, with files of not too many rows at once."""
    some: list[DayFile] = []
    rows = 0
    for file in files:
        if some and rows + file.rows > _COUNTED_ROWS_MAX:
            yield first, some[-1].day, some
            first, some, rows = some[-1].day + 1, [], 0
        some.append(file)
        rows += file.rows
    yield first, last, some


def top_values(cursor: Cursor, days: Path, query: TopValuesQuery) -> list[ValueCount]:
    """See ``AnalyticsReader.top_values``."""
    parameters: dict[str, Any] = {
        "name": query.name,
        "from_day": query.from_day,
        "until_day": query.until_day,
        "limit": query.limit,
    }
    value = "value"
    if query.metadata_key:
        value = "json_extract_string(metadata, $pointer)"
        parameters["pointer"] = "/" + query.metadata_key.replace("~", "~0").replace("/", "~1")
    files = list_files(cursor, EVENTS, query.from_day, query.until_day)
    rows = source(EVENTS, files, days, "day BETWEEN $from_day AND $until_day AND name = $name")
    found = cursor.execute(
        "SELECT told, sum(events)::BIGINT AS total, count(player) "  # noqa: S608 # no input in it
        f"FROM {_by_player(cursor, rows, f'{value} AS told')} "
        "GROUP BY told ORDER BY total DESC, told NULLS LAST LIMIT $limit",
        parameters,
    ).fetchall()
    return [ValueCount(*row) for row in found]


def events_held(cursor: Cursor, days: Path) -> Size:
    """How many events there are and of which days; their bytes on disk are not told."""
    rows, first, last = cursor.execute(
        "SELECT coalesce(sum(rows), 0)::BIGINT, min(day), max(day) FROM (SELECT rows, day "
        "FROM day_files WHERE table_name = 'events' UNION ALL SELECT 1, day FROM hot_events)"
    ).fetchall()[0]
    erased = [key for (key,) in cursor.execute("SELECT profile_key FROM erased_keys").fetchall()]
    if erased:
        files = list_files(cursor, EVENTS, FIRST_DAY, LAST_DAY)
        rows -= sum(rows_of_keys(cursor, days, files, erased).values())
    return Size(events=rows, bytes=0, first_day=first, last_day=last)
