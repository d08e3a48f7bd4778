"""Files of closed days: Parquet, sorted by player, listed in the table ``day_files``."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters.analytics_duckdb_tables import (
    COLUMNS,
    EVENTS,
    ORDERS,
    Number,
    read_number,
    write_number,
)
from matsuri.adapters.log_file_segments import sync_directory

# Small enough that a player's rows cost little to read, large enough to pack well (measured).
ROW_GROUP_ROWS: Final = 8192
_PRIVATE_FILE: Final = 0o600
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_NO_ERASED: Final = "profile_key NOT IN (SELECT profile_key FROM erased_keys)"


class DayFile(NamedTuple):
    """One row of ``day_files``. The times are ``None`` for sessions.

    ``tells_tests`` is whether events of test devices are told in it; in older files there are none.
    """

    table_name: str
    day: int
    file: str
    rows: int
    bytes: int
    min_time_us: int | None
    max_time_us: int | None
    min_received_us: int | None
    max_received_us: int | None
    tells_tests: bool = True


def list_files(cursor: Cursor, table: str, from_day: int, until_day: int) -> list[DayFile]:
    """The files of a table for days from ``from_day`` to ``until_day``, the latest first."""
    rows = cursor.execute(
        f"SELECT {', '.join(DayFile._fields)} FROM day_files "  # noqa: S608 # our own columns
        "WHERE table_name = $table AND day BETWEEN $from_day AND $until_day ORDER BY day DESC",
        {"table": table, "from_day": from_day, "until_day": until_day},
    ).fetchall()
    return [DayFile(*row) for row in rows]


def source(table: str, files: Iterable[DayFile], days: Path, where: str) -> str:
    """SQL of the rows that the hot table and ``files`` have, without those of erased players."""
    parts = [
        f"SELECT {_columns(table)} FROM hot_{table} WHERE {where}",  # noqa: S608 # no input in it
        *_filed(table, files, days, f"{where} AND {_NO_ERASED}"),
    ]
    return f"({' UNION ALL '.join(parts)})"


def write_day(cursor: Cursor, days: Path, table: str, day: int, *, seq: int) -> DayFile | None:
    """A new file with what the old one of the day has and the hot rows of chunks up to ``seq``.

    ``None`` where no rows are left. Nothing knows of the file yet.
    """
    moving = f"day = {day:d} AND seq <= {seq:d} AND {_NO_ERASED}"
    parts = [
        f"SELECT {_columns(table)} FROM hot_{table} WHERE {moving}",  # noqa: S608 # no input in it
        *_filed(table, list_files(cursor, table, day, day), days, _NO_ERASED),
    ]
    number = read_number(cursor, Number.FILES_MADE) + 1
    name = f"{table}-{date.fromordinal(_EPOCH_ORDINAL + day).isoformat()}-{number}.parquet"
    path = days / name
    try:
        cursor.execute(
            f"COPY ({' UNION ALL '.join(parts)} ORDER BY {ORDERS[table]}) TO '{quoted(path)}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS})"
        )
        written = _facts(cursor, table, day, path)
        if written.rows:
            path.chmod(_PRIVATE_FILE)
            sync_file(path)
            sync_directory(days)
            return written
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    path.unlink()
    return None


def put_in_place(
    cursor: Cursor, table: str, day: int, written: DayFile | None, *, seq: int
) -> list[str]:
    """Let ``written`` stand for what it was made of; the names of files that it replaces."""
    old = [file.file for file in list_files(cursor, table, day, day)]
    forget_files(cursor, table, [day])
    cursor.execute(
        f"DELETE FROM hot_{table} "  # noqa: S608 # names of our own tables
        f"WHERE day = $day AND seq <= $seq AND {_NO_ERASED}",
        {"day": day, "seq": seq},
    )
    if written is not None:
        places = ", ".join(["?"] * len(DayFile._fields))
        cursor.execute(f"INSERT INTO day_files VALUES ({places})", list(written))  # noqa: S608
    write_number(cursor, Number.FILES_MADE, read_number(cursor, Number.FILES_MADE) + 1)
    return old


def forget_files(cursor: Cursor, table: str, days: Sequence[int]) -> None:
    """Take files out of the list."""
    cursor.execute(
        "DELETE FROM day_files WHERE table_name = $table AND day IN (SELECT unnest($days::INT[]))",
        {"table": table, "days": list(days)},
    )


def rows_of_keys(
    cursor: Cursor, days: Path, files: Sequence[DayFile], keys: Sequence[int]
) -> Mapping[str, int]:
    """How many rows of these players each file has; files without any are left out."""
    if not files or not keys:
        return {}
    found = cursor.execute(
        "SELECT parse_filename(filename), count(*) "  # noqa: S608 # no input in it
        f"FROM {_parquet([days / file.file for file in files], 'filename = true')} "
        f"WHERE {key_condition(len(keys))} GROUP BY ALL",
        key_parameters(keys),
    ).fetchall()
    return dict(found)


def key_condition(count: int) -> str:
    """SQL of ``profile_key`` being one of ``count`` keys, as statistics of files can use it."""
    if count == 1:
        return "profile_key = $key_0"
    return f"profile_key IN ({', '.join(f'$key_{number}' for number in range(count))})"


def key_parameters(keys: Iterable[int]) -> dict[str, Any]:
    """The parameters of ``key_condition``."""
    return {f"key_{number}": key for number, key in enumerate(keys)}


def remove_orphans(cursor: Cursor, days: Path) -> None:
    """Remove files that the list does not know: a crash left them."""
    known = {file for (file,) in cursor.execute("SELECT file FROM day_files").fetchall()}
    for path in days.iterdir():
        if path.name not in known:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


def quoted(path: Path) -> str:
    """What stands between the quotes of a literal, for statements that take no parameters."""
    return str(path).replace("'", "''")


def sync_file(path: Path) -> None:
    """Make a file durable that is written and closed."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _filed(table: str, files: Iterable[DayFile], days: Path, where: str) -> Iterator[str]:
    """SQL of the rows of ``files``: of those that tell of test devices, and of all others."""
    paths: dict[bool, list[Path]] = {}
    for file in files:
        paths.setdefault(file.tells_tests, []).append(days / file.file)
    for tells_tests, some in paths.items():
        columns = _columns(table, tells_tests=tells_tests)
        yield f"SELECT {columns} FROM {_parquet(some)} WHERE {where}"  # noqa: S608 # no input in it


def _columns(table: str, *, tells_tests: bool = True) -> str:
    return ", ".join(
        "FALSE AS is_test" if name == "is_test" and not tells_tests else name
        for name in COLUMNS[table]
    )


def _facts(cursor: Cursor, table: str, day: int, path: Path) -> DayFile:
    times = (
        "min(time_us), max(time_us), min(received_us), max(received_us)"
        if table == EVENTS
        else "NULL, NULL, NULL, NULL"
    )
    row = cursor.execute(f"SELECT count(*), {times} FROM {_parquet([path])}").fetchone()  # noqa: S608
    rows, *bounds = row or (0, None, None, None, None)
    return DayFile(table, day, path.name, rows, path.stat().st_size, *bounds)


def _parquet(paths: Sequence[Path], *options: str) -> str:
    # No parameter may stand here in a COPY; the names are ours.
    names = ", ".join(f"'{quoted(path)}'" for path in paths)
    return f"read_parquet({', '.join([f'[{names}]', *options])})"
