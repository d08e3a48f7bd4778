"""Taking a chunk into the embedded analytics store. All functions belong in one transaction."""

from collections.abc import Iterable, Mapping

from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters.analytics_duckdb_tables import (
    COLUMNS,
    EVENTS,
    SESSIONS,
    Number,
    insert_hot,
    insert_merges,
    read_number,
    write_number,
)
from matsuri.events.analytics import Chunk, Merge
from matsuri.events.analytics_rows import rows_of


def append_chunk(cursor: Cursor, chunk: Chunk) -> None:
    """Add what a chunk tells, unless the store has it."""
    if chunk.last_seq <= read_number(cursor, Number.LAST_SEQ):
        return
    rows = rows_of(chunk.items)
    insert_hot(cursor, EVENTS, rows.events, seq=chunk.last_seq)
    insert_hot(cursor, SESSIONS, rows.sessions, seq=chunk.last_seq)
    if rows.merges:
        insert_merges(cursor, rows.merges)
        _follow(cursor, rows.merges)
    for profile_key in rows.erased:
        _erase(cursor, profile_key)
    write_number(cursor, Number.LAST_SEQ, chunk.last_seq)


def closure(cursor: Cursor, profile_key: int) -> list[int]:
    """``profile_key`` and every key that was merged into it, at however many removes."""
    found = cursor.execute(
        "WITH RECURSIVE keys(key) AS (SELECT $key::BIGINT UNION SELECT m.from_key "
        "FROM merges m JOIN keys ON m.into_key = keys.key) SELECT key FROM keys ORDER BY key",
        {"key": profile_key},
    ).fetchall()
    return [key for (key,) in found]


def final_keys(merges: Iterable[Merge], known: Mapping[int, int]) -> dict[int, int]:
    """Where keys lead in the end that are merged now.

    ``known`` says so for keys that were merged before. A key leads elsewhere once and for ever:
    what would lead it elsewhere again, or round in a circle, is left out.
    """
    found: dict[int, int] = {}

    def end_of(key: int) -> int:
        while (after := found.get(key, known.get(key, key))) != key:
            key = after
        return key

    for merge in merges:
        if merge.from_key not in found and merge.from_key not in known:
            into_key = end_of(merge.into_key)
            if into_key != merge.from_key:
                found[merge.from_key] = into_key
    return {key: end_of(key) for key in found}


def _follow(cursor: Cursor, merges: Iterable[Merge]) -> None:
    merges = list(merges)
    keys = sorted({key for merge in merges for key in (merge.from_key, merge.into_key)})
    known = dict(
        cursor.execute(
            "SELECT from_key, final_key FROM final_keys "
            "WHERE from_key IN (SELECT unnest($keys::BIGINT[]))",
            {"keys": keys},
        ).fetchall()
    )
    found = final_keys(merges, known)
    if not found:
        return
    parameters = {"from": list(found), "into": list(found.values())}
    pairs = "SELECT unnest($from::BIGINT[]) AS from_key, unnest($into::BIGINT[]) AS final_key"
    cursor.execute(
        f"UPDATE final_keys SET final_key = p.final_key FROM ({pairs}) p "  # noqa: S608 # no input
        "WHERE final_keys.final_key = p.from_key",
        parameters,
    )
    cursor.execute(f"INSERT INTO final_keys {pairs}", parameters)


def _erase(cursor: Cursor, profile_key: int) -> None:
    keys = {"keys": closure(cursor, profile_key)}
    for table in COLUMNS:
        cursor.execute(
            f"DELETE FROM hot_{table} "  # noqa: S608 # names of our own tables
            "WHERE profile_key IN (SELECT unnest($keys::BIGINT[]))",
            keys,
        )
    cursor.execute(
        "INSERT INTO erased_keys SELECT unnest($keys::BIGINT[]) EXCEPT SELECT profile_key "
        "FROM erased_keys",
        keys,
    )
