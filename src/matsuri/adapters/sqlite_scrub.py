"""What SQLite may keep of rows that are gone: found, and made to go.

Each function has a connection of its own, outside every transaction, and blocks: call it on a
thread. Writers elsewhere wait meanwhile.
"""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from matsuri.errors import Unavailable

_BUSY_SECONDS_MAX = 30.0


@contextlib.contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS_MAX, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("PRAGMA secure_delete=ON")
            yield connection
    except sqlite3.OperationalError as error:
        raise Unavailable(f"{path.name} cannot be scrubbed now: {error}") from error


def empty_wal(path: Path) -> None:
    """Bring everything from the write-ahead log to the database, durably, and cut the log off.

    Raises ``Unavailable`` where a long read or write does not let us.
    """
    with _connection(path) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Unavailable(f"{path.name} cannot be scrubbed now: it is being read")


def vacuum(path: Path) -> int:
    """Write the whole database anew, from its rows alone; how many bytes it has then."""
    with _connection(path) as connection:
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("VACUUM")
    empty_wal(path)
    return path.stat().st_size


def live_matches(path: Path, texts: Sequence[str]) -> Counter[str]:
    """How often each text stands in rows, and again in the indexes that copy them.

    More matches than these in the bytes of the file are remains of rows that are gone.
    """
    found: Counter[str] = Counter()
    with _connection(path) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
        ).fetchall()
        for (table,) in tables:
            for column, copies in _columns(connection, table).items():
                for text in texts:
                    found[text] += copies * _occurrences(connection, table, column, text)
    return +found


def _columns(connection: sqlite3.Connection, table: str) -> Counter[str]:
    """The columns of a table, each with how many b-trees have its values."""
    columns = Counter(
        str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    )
    indexes = connection.execute(f'PRAGMA index_list("{table}")').fetchall()
    without_rowid = {
        row[0]
        for row in connection.execute(
            "SELECT name FROM pragma_table_list WHERE wr = 1 AND name = ?", (table,)
        )
    }
    for _, index, _, origin, _ in indexes:
        if origin == "pk" and table in without_rowid:
            continue
        for _, _, column, *_ in connection.execute(f'PRAGMA index_xinfo("{index}")').fetchall():
            if column is not None:
                columns[str(column)] += 1
    return columns


def _occurrences(connection: sqlite3.Connection, table: str, column: str, text: str) -> int:
    needle = text.encode("utf-8", "surrogatepass")
    rows = connection.execute(
        f'SELECT CAST("{column}" AS BLOB) FROM "{table}"'  # noqa: S608 # names of our own tables
        f" WHERE typeof(\"{column}\") IN ('text', 'blob')"
        f' AND instr(CAST("{column}" AS BLOB), ?)',
        (needle,),
    )
    total = 0
    for (value,) in rows:
        place = value.find(needle)
        while place != -1:
            total += 1
            place = value.find(needle, place + 1)
    return total
