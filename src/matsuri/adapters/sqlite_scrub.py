"""What SQLite may keep of rows that are gone: found, and made to go.

Each function has a connection of its own, outside every transaction, and blocks: call it on a
thread. Writers elsewhere wait meanwhile.
"""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matsuri.adapters.byte_search import Found, Needles, search_files
from matsuri.errors import Unavailable

# Writers wait while this waits for readers; a long read is better waited for by trying again.
_BUSY_SECONDS_MAX = 5.0
# Up to this size the copy that VACUUM makes is in memory.
_COPY_BYTES_MAX = 64 * 1024 * 1024


class Scrubbed(NamedTuple):
    """What a scrub came to: the last search, matches in rows that are there, bytes made anew."""

    found: Found
    live: Mapping[str, int]
    bytes_rewritten: int


def files_of(path: Path) -> list[Path]:
    """The files of a database that there are."""
    beside = (path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))
    return [path, *(file for file in beside if file.exists())]


def scrub_sqlite(path: Path, needles: Needles, *, rewrite_bytes_max: int) -> Scrubbed:
    """Make a database anew, so that nothing is in it but its rows, and look for ``needles``.

    Every byte is searched. One that is larger than ``rewrite_bytes_max`` is made anew only where
    it has more matches than its rows. Raises ``Unavailable``.
    """
    empty_wal(path)
    rewritten = vacuum(path) if path.stat().st_size <= rewrite_bytes_max else 0
    found, live = _search(path, needles)
    if not rewritten and any(count > live[text] for text, count in found.matches.items()):
        rewritten = vacuum(path)
        found, live = _search(path, needles)
    return Scrubbed(found, live, rewritten)


def _search(path: Path, needles: Needles) -> tuple[Found, Counter[str]]:
    found = search_files(files_of(path), needles)
    if not found.matches:
        return found, Counter()
    live = live_matches(path, list(found.matches))
    # What is written meanwhile goes to the write-ahead log: copies of pages, rows and all.
    again = search_files(files_of(path)[1:], needles).matches
    return found, live + Counter({text: n for text, n in again.items() if live[text]})


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
    """Write the whole database anew, from its rows alone; how many bytes it has then.

    A large one is copied by way of a file that has no name, in SQLite's folder for such files.
    """
    place = "MEMORY" if path.stat().st_size <= _COPY_BYTES_MAX else "FILE"
    with _connection(path) as connection:
        connection.execute(f"PRAGMA temp_store={place}")
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
