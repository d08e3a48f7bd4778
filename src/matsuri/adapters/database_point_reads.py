"""Reads of single rows, for what every request asks anew."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from matsuri.errors import Unavailable

PointRead = Callable[[int | str], tuple[Any, ...] | None]

_BUSY_SECONDS_MAX = 10


class PointReads(Protocol):
    """Prepares statements that read one row by its key."""

    def prepare(self, statement: Select[Any]) -> PointRead:
        """A function from the one parameter of ``statement`` to the first row; ``None`` for none.

        It sees what is committed at that moment, and raises ``Unavailable``.
        """
        ...

    def commits(self) -> int:
        """Another number after every commit of anyone; raises ``Unavailable``."""
        ...


class SqlitePointReads:
    """``PointReads`` of a SQLite file, on a connection of its own.

    A statement goes straight to the driver: three microseconds in place of the forty that a
    transaction through SQLAlchemy takes. One statement is a consistent view by itself.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(
            path, isolation_level=None, timeout=_BUSY_SECONDS_MAX, check_same_thread=False
        )
        self._connection.execute("PRAGMA query_only=ON")

    def prepare(self, statement: Select[Any]) -> PointRead:
        """See ``PointReads``."""
        compiled = statement.compile(dialect=SQLiteDialect_pysqlite(paramstyle="qmark"))
        if len(compiled.params) != 1:
            raise ValueError("a point read has one parameter")
        text, execute = str(compiled), self._connection.execute

        def read(key: int | str) -> tuple[Any, ...] | None:
            try:
                row: tuple[Any, ...] | None = execute(text, (key,)).fetchone()
            except sqlite3.OperationalError as error:
                raise Unavailable("The database does not answer") from error
            return row

        return read

    def commits(self) -> int:
        """See ``PointReads``."""
        try:
            # Of other connections' commits; this one makes none.
            row = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError as error:
            raise Unavailable("The database does not answer") from error
        return int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
