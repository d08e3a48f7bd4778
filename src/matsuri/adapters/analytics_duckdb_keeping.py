"""The housekeeping of the embedded analytics store: files of days, retention, scrubbing."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters.analytics_duckdb_engine import Engine
from matsuri.adapters.analytics_duckdb_files import (
    DayFile,
    forget_files,
    list_files,
    put_in_place,
    rows_of_keys,
    write_day,
)
from matsuri.adapters.analytics_duckdb_tables import (
    COLUMNS,
    EVENTS,
    Number,
    read_number,
    write_number,
)
from matsuri.adapters.analytics_duckdb_tidy import DayLimits, HotDay, first_kept_day, next_day

_FIRST_DAY: Final = -(2**31)
_LAST_DAY: Final = 2**31 - 1


class Keeping:
    """Moves days to files, drops old ones and scrubs; one at a time."""

    def __init__(self, engine: Engine, limits: DayLimits) -> None:
        self._engine = engine
        self._limits = limits
        self._turn = asyncio.Lock()

    async def tidy(self, *, now_us: int, keep_days: int) -> None:
        """See ``AnalyticsStore.tidy``."""
        async with self._turn:
            first = first_kept_day(now_us, keep_days)
            if first is not None:
                self._unlink(await self._engine.write(lambda cursor: _drop_days(cursor, first)))
            due = await self._engine.keep(lambda cursor: self._due(cursor, now_us))
            if due is not None:
                day, seq = due
                await self._redo(COLUMNS, day, seq)

    async def scrub(self) -> int:
        """See ``AnalyticsStore.scrub``."""
        async with self._turn:
            keys, files = await self._engine.keep(self._unscrubbed)
            if keys is None:
                return 0
            redone = 0
            for file in files:
                redone += await self._redo([file.table_name], file.day, seq=0)
            await self._engine.write(lambda cursor: _forget_keys(cursor, keys))
            return redone + await self._engine.replace(_copy_all)

    def _due(self, cursor: Cursor, now_us: int) -> tuple[int, int] | None:
        hot = cursor.execute(
            "SELECT day, count(*), min(received_us) FROM hot_events WHERE profile_key NOT IN "
            "(SELECT profile_key FROM erased_keys) GROUP BY day"
        ).fetchall()
        files = list_files(cursor, EVENTS, _FIRST_DAY, _LAST_DAY)
        day = next_day(
            (HotDay(*row) for row in hot),
            {file.day: file.rows for file in files},
            self._limits,
            now_us=now_us,
        )
        return None if day is None else (day, read_number(cursor, Number.LAST_SEQ))

    def _unscrubbed(self, cursor: Cursor) -> tuple[list[int] | None, list[DayFile]]:
        """The keys to forget and the files with rows of them; no keys where nothing is to do."""
        keys = [key for (key,) in cursor.execute("SELECT profile_key FROM erased_keys").fetchall()]
        if not keys and not read_number(cursor, Number.UNSCRUBBED):
            return None, []
        found = []
        for table in COLUMNS:
            files = list_files(cursor, table, _FIRST_DAY, _LAST_DAY)
            rows = rows_of_keys(cursor, self._engine.days, files, keys)
            found += [file for file in files if file.file in rows]
        return keys, found

    async def _redo(self, tables: Iterable[str], day: int, seq: int) -> int:
        """Give a day new files; how many bytes they have."""
        days = self._engine.days
        written = {
            table: await self._engine.keep(
                lambda cursor, table=table: write_day(cursor, days, table, day, seq=seq)  # type: ignore[misc] # mypy cannot infer a default of a lambda
            )
            for table in tables
        }

        def swap(cursor: Cursor) -> list[str]:
            old = []
            for table, file in written.items():
                old += put_in_place(cursor, table, day, file, seq=seq)
            return old

        # Where this fails, the new files stay: nobody knows yet whether the list has them.
        self._unlink(await self._engine.write(swap))
        return sum(file.bytes for file in written.values() if file is not None)

    def _unlink(self, names: Sequence[str]) -> None:
        self._engine.unlink(self._engine.days / name for name in names)


def _drop_days(cursor: Cursor, first: int) -> list[str]:
    """Drop what is of days before ``first``; the names of files that go."""
    names = []
    dropped = 0
    for table in COLUMNS:
        files = list_files(cursor, table, _FIRST_DAY, first - 1)
        forget_files(cursor, table, [file.day for file in files])
        names += [file.file for file in files]
        hot = cursor.execute(
            f"DELETE FROM hot_{table} WHERE day < $first",  # noqa: S608 # names of our own tables
            {"first": first},
        ).fetchone()
        dropped += len(files) + (hot[0] if hot else 0)
    if dropped:
        write_number(cursor, Number.DROPPED, 1)
    return names


def _forget_keys(cursor: Cursor, keys: Sequence[int]) -> None:
    cursor.execute(
        "DELETE FROM erased_keys WHERE profile_key IN (SELECT unnest($keys::BIGINT[]))",
        {"keys": list(keys)},
    )
    write_number(cursor, Number.UNSCRUBBED, 1)


def _copy_all(cursor: Cursor, fresh: str) -> None:
    cursor.execute(f"COPY FROM DATABASE hot TO {fresh}")
    cursor.execute(
        f"DELETE FROM {fresh}.meta WHERE name = $name",  # noqa: S608 # a name of ours
        {"name": Number.UNSCRUBBED},
    )
