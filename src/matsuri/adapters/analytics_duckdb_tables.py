"""The tables of the embedded analytics store, and rows on their way into them.

``hot_events`` and ``hot_sessions`` have what is not in a file of a closed day. ``seq`` is the
chunk that brought a row, so that a day is moved to its file without what came meanwhile.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from duckdb import DuckDBPyConnection as Cursor

from matsuri.events.analytics import AnalyticsUnavailable, Merge
from matsuri.events.analytics_rows import EVENT_COLUMNS, SESSION_COLUMNS

EVENTS: Final = "events"
SESSIONS: Final = "sessions"
COLUMNS: Final[Mapping[str, Sequence[str]]] = {EVENTS: EVENT_COLUMNS, SESSIONS: SESSION_COLUMNS}
ORDERS: Final[Mapping[str, str]] = {
    EVENTS: "profile_key, time_us, position, place",
    SESSIONS: "profile_key, first_event_us, position, place",
}

_VERSION: Final = 2
_INSERT_ROWS_MAX: Final = 10_000
_TYPES: Final[Mapping[str, str]] = {
    "day": "INTEGER",
    "time_us": "BIGINT",
    "received_us": "BIGINT",
    "position": "BIGINT",
    "place": "BIGINT",
    "profile_key": "BIGINT",
    "identity_id": "VARCHAR",
    "session_id": "VARCHAR",
    "event_id": "VARCHAR",
    "name": "VARCHAR",
    "value": "VARCHAR",
    "metadata": "VARCHAR",
    "source": "VARCHAR",
    "api_key": "VARCHAR",
    "started_us": "BIGINT",
    "told_us": "BIGINT",
    "first_event_us": "BIGINT",
    "last_event_us": "BIGINT",
    "event_count": "BIGINT",
    "country": "VARCHAR",
    "is_test": "BOOLEAN",
}


def _hot_table(table: str) -> str:
    columns = ", ".join(f"{name} {_TYPES[name]}" for name in COLUMNS[table])
    return f"CREATE TABLE IF NOT EXISTS hot_{table} ({columns}, seq BIGINT)"


_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS meta (name VARCHAR, number BIGINT)",
    _hot_table(EVENTS),
    _hot_table(SESSIONS),
    # The times are those of events and of their receipt; sessions have none. Files that were made
    # before there were test devices do not tell them.
    """
    CREATE TABLE IF NOT EXISTS day_files (
        table_name VARCHAR, day INTEGER, file VARCHAR, rows BIGINT, bytes BIGINT,
        min_time_us BIGINT, max_time_us BIGINT, min_received_us BIGINT, max_received_us BIGINT,
        tells_tests BOOLEAN
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS merges (
        position BIGINT, place BIGINT, from_key BIGINT, into_key BIGINT
    )
    """,
    # Where the events of a merged key go in the end, so that players are counted in one step.
    "CREATE TABLE IF NOT EXISTS final_keys (from_key BIGINT, final_key BIGINT)",
    # Erased, but rows of them may be in files until they are scrubbed.
    "CREATE TABLE IF NOT EXISTS erased_keys (profile_key BIGINT)",
)


# What makes each version of the one before it.
_CHANGES: Final[Mapping[int, Sequence[str]]] = {
    2: (
        "ALTER TABLE hot_events ADD COLUMN IF NOT EXISTS is_test BOOLEAN DEFAULT FALSE",
        "ALTER TABLE day_files ADD COLUMN IF NOT EXISTS tells_tests BOOLEAN DEFAULT FALSE",
    ),
}


class Number:
    """Names in ``meta``."""

    VERSION: Final = "version"
    LAST_SEQ: Final = "last_seq"
    DROPPED: Final = "dropped"
    """1 once a day was dropped."""
    FILES_MADE: Final = "files_made"
    UNSCRUBBED: Final = "unscrubbed"
    """1 while this file may have bytes of rows that were erased."""


def prepare(cursor: Cursor) -> None:
    """Make the tables that are not there; raises ``AnalyticsUnavailable`` for a newer version's."""
    for statement in _TABLES:
        cursor.execute(statement)
    version = read_number(cursor, Number.VERSION)
    if version > _VERSION:
        raise AnalyticsUnavailable("A newer Matsuri made the analytics store")
    if version:
        for number in range(version + 1, _VERSION + 1):
            for statement in _CHANGES[number]:
                cursor.execute(statement)
    if version < _VERSION:
        write_number(cursor, Number.VERSION, _VERSION)


def read_number(cursor: Cursor, name: str) -> int:
    """A number of ``meta``; 0 where it was never written."""
    row = cursor.execute("SELECT number FROM meta WHERE name = $name", {"name": name}).fetchone()
    return row[0] if row else 0


def write_number(cursor: Cursor, name: str, number: int) -> None:
    """Set a number of ``meta``."""
    cursor.execute("DELETE FROM meta WHERE name = $name", {"name": name})
    cursor.execute("INSERT INTO meta VALUES ($name, $number)", {"name": name, "number": number})


def insert_hot(cursor: Cursor, table: str, columns: Mapping[str, list[Any]], *, seq: int) -> None:
    """Add rows, given as columns, to a hot table.

    One JSON text, taken apart by DuckDB, is far quicker than values as parameters.
    """
    names = COLUMNS[table]
    shape = msgspec.json.encode({name: [_TYPES[name]] for name in names}).decode()
    lists = ", ".join(f"unnest(rows.{name})" for name in names)
    # DuckDB takes the shape as a literal only. It is ours, and has no quotes but double ones.
    statement = (
        f"INSERT INTO hot_{table} ({', '.join(names)}, seq) "  # noqa: S608 # our own names
        f"SELECT {lists}, $seq FROM (SELECT from_json($rows::JSON, '{shape}') AS rows)"
    )
    count = len(columns[names[0]])
    for begin in range(0, count, _INSERT_ROWS_MAX):
        part = {name: columns[name][begin : begin + _INSERT_ROWS_MAX] for name in names}
        cursor.execute(statement, {"rows": msgspec.json.encode(part).decode(), "seq": seq})


def insert_merges(cursor: Cursor, merges: Sequence[Merge]) -> None:
    """Add rows to ``merges``."""
    names = Merge._fields
    lists = ", ".join(f"unnest(${name}::BIGINT[])" for name in names)
    columns = zip(names, zip(*merges, strict=True), strict=True)
    cursor.execute(
        f"INSERT INTO merges SELECT {lists}",  # names of our own columns
        {name: list(column) for name, column in columns},
    )
