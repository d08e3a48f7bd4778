"""Puts chunks into ClickHouse, each once, whatever happens on the way.

ClickHouse has no transactions over tables, so a chunk is a row of statements that can break off
after any of them. It is sent again then, and each of its inserts has a token by which the server
leaves out what it has. The number of the chunk comes last, and then it is stored. What a token
alone cannot promise (a server whose memory of tokens was lost) is counted: see ``_repair``.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from typing import Any

import msgspec

from matsuri.adapters.analytics_clickhouse_client import Statements
from matsuri.adapters.analytics_clickhouse_schema import (
    EVENT_TYPES,
    MERGE_TYPES,
    SESSION_TYPES,
    read_number,
    write_number,
)
from matsuri.events.analytics import Chunk, Merge
from matsuri.events.analytics_rows import rows_of

LAST_SEQ = "last_seq"
_DELETED = {"lightweight_deletes_sync": 2}


class _Table(msgspec.Struct, frozen=True):
    """What a chunk adds to a table."""

    name: str
    types: Mapping[str, str]
    columns: dict[str, list[Any]]
    row_count: int


class Appender:
    """The one writer of the store."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        # A call whose caller was cancelled goes on: the next one waits for it.
        self._lock = Lock()
        # After a start, and after a failure, an earlier attempt may have left something.
        self._doubtful = True

    def append(self, chunk: Chunk) -> None:
        """See ``AnalyticsStore.append``."""
        with self._lock:
            stored = read_number(self._statements, LAST_SEQ)
            if chunk.last_seq <= stored:
                return
            if chunk.first_seq <= stored:
                raise ValueError(
                    f"chunk {chunk.first_seq} to {chunk.last_seq} overlaps what is stored: "
                    f"everything up to {stored}"
                )
            doubtful, self._doubtful = self._doubtful, True
            self._store(chunk, doubtful=doubtful)
            write_number(self._statements, LAST_SEQ, chunk.last_seq)
            self._doubtful = False

    def _store(self, chunk: Chunk, *, doubtful: bool) -> None:
        rows = rows_of(chunk.items)
        erased = merged_into(self._statements, rows.erased, also=rows.merges)
        merges = {
            "position": [merge.position for merge in rows.merges],
            "place": [merge.place for merge in rows.merges],
            "from_key": [merge.from_key for merge in rows.merges],
            "into_key": [merge.into_key for merge in rows.merges],
        }
        for table in (
            _table("events", EVENT_TYPES, rows.events, erased, chunk),
            _table("sessions", SESSION_TYPES, rows.sessions, erased, chunk),
            _table("merges", MERGE_TYPES, merges, (), chunk),
        ):
            token = f"{chunk.first_seq}-{chunk.last_seq}"
            if table.row_count:
                self._statements.insert(table.name, table.columns, table.types, token=token)
            if doubtful:
                self._repair(table, chunk)
        if erased:
            for name in ("events", "sessions"):
                erase(
                    self._statements,
                    name,
                    "profile_key IN {keys:Array(Int64)}",
                    {"keys": sorted(erased)},
                )

    def _repair(self, table: _Table, chunk: Chunk) -> None:
        """Make sure that the table has the rows of ``chunk`` once: not twice, not in part."""
        ours = {"chunk": chunk.last_seq}
        found = self._statements.number(
            f"SELECT count() FROM {table.name} WHERE chunk = {{chunk:Int64}}", ours
        )
        if found == table.row_count:
            return
        erase(self._statements, table.name, "chunk = {chunk:Int64}", ours)
        # The server knows the chunk's own token and would leave the rows out.
        token = f"{chunk.first_seq}-{chunk.last_seq}-{uuid.uuid4()}"
        if table.row_count:
            self._statements.insert(table.name, table.columns, table.types, token=token)


def erase(statements: Statements, table: str, where: str, parameters: Mapping[str, Any]) -> None:
    """Hide the rows that ``where`` names; returns once no question sees them.

    Nothing is written where there are none.
    """
    if statements.rows(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1", parameters):
        statements.run(f"DELETE FROM {table} WHERE {where}", parameters, _DELETED)


def merged_into(
    statements: Statements, keys: Iterable[int], *, also: Collection[Merge] = ()
) -> set[int]:
    """``keys`` and all that became part of them, by the stored merges and those in ``also``."""
    found: set[int] = set()
    front = set(keys)
    while front:
        found |= front
        rows = statements.rows(
            "SELECT from_key FROM merges WHERE into_key IN {keys:Array(Int64)}",
            {"keys": sorted(front)},
        )
        known = {merge.from_key for merge in also if merge.into_key in front}
        front = ({row[0] for row in rows} | known) - found
    return found


def _table(
    name: str,
    types: Mapping[str, str],
    columns: Mapping[str, list[Any]],
    erased: Collection[int],
    chunk: Chunk,
) -> _Table:
    """What ``chunk`` adds to a table, without the rows of the erased."""
    if erased:
        kept = [key not in erased for key in columns["profile_key"]]
        columns = {
            column: [value for value, keep in zip(values, kept, strict=True) if keep]
            for column, values in columns.items()
        }
    row_count = len(columns["position"])
    return _Table(name, types, {**columns, "chunk": [chunk.last_seq] * row_count}, row_count)
