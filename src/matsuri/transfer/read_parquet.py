"""Rows out of Parquet files."""

import glob
from collections.abc import Iterator
from pathlib import Path

import duckdb

from matsuri.transfer.rows import Row, TransferFailed

_ROWS_AT_ONCE = 1000
_ZONED = "TIMESTAMP WITH TIME ZONE"


class ParquetRows:
    """The rows of a Parquet file in their order; nulls are absent."""

    def __init__(self, path: Path, *, after: int) -> None:
        # DuckDB takes patterns for names; the file's own name is none.
        self._path = glob.escape(str(path))
        self._name = path.name
        self._after = after
        self._read = after
        self._connection = duckdb.connect(config={"threads": 1})
        try:
            self._columns = self._connection.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [self._path]
            ).fetchall()
            self._count = self._number("SELECT count(*) FROM read_parquet(?)")
        except duckdb.Error as error:
            self._connection.close()
            raise TransferFailed(f"{path.name}: is no Parquet file: {error}") from error

    def __iter__(self) -> Iterator[Row]:
        """See ``RowReader``."""
        names = [name for name, *_ in self._columns]
        chosen = ", ".join(_column(name, kind) for name, kind, *_ in self._columns)
        statement = f"SELECT {chosen} FROM read_parquet(?) OFFSET ?"  # noqa: S608 # quoted names
        try:
            found = self._connection.execute(statement, [self._path, self._after])
            while rows := found.fetchmany(_ROWS_AT_ONCE):
                for values in rows:
                    self._read += 1
                    present = zip(names, values, strict=True)
                    yield Row(self._read, {k: value for k, value in present if value is not None})
        except duckdb.Error as error:
            raise TransferFailed(f"{self._name}: cannot be read to its end: {error}") from error

    def share(self) -> float:
        """See ``RowReader``."""
        return self._read / self._count if self._count else 1.0

    def close(self) -> None:
        """See ``RowReader``."""
        self._connection.close()

    def _number(self, statement: str) -> int:
        found = self._connection.execute(statement, [self._path]).fetchone()
        return int(found[0]) if found else 0


def _column(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    # DuckDB gives times with a zone to Python only with a library that we do not have.
    return f"make_timestamp(epoch_us({quoted})) AS {quoted}" if kind == _ZONED else quoted
