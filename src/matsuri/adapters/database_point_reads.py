"""Reads of single rows, or a few, by key: for what every request asks anew."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from matsuri.errors import Unavailable

PointKey: TypeAlias = int | str | bytes
PointRead: TypeAlias = Callable[[PointKey], tuple[Any, ...] | None]
PointReadAll: TypeAlias = Callable[[PointKey], list[tuple[Any, ...]]]

_BUSY_SECONDS_MAX = 10


class PointReads(Protocol):
    """Prepares statements that read one row by its key."""

    def prepare(self, statement: Select[Any]) -> PointRead:
        """A function from the one parameter of ``statement`` to the first row; ``None`` for none.

        It sees what is committed at that moment, and raises ``Unavailable``.
        """
        ...

    def prepare_all(self, statement: Select[Any]) -> PointReadAll:
        """The same for every row."""
        ...

    def commits(self) -> int:
        """Another number after every commit of anyone; raises ``Unavailable``.

        Within one turn of the event loop it may stay the same all the same: whoever was told of
        a commit can ask only in a later one.
        """
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
        self._commits: int | None = None

    def prepare(self, statement: Select[Any]) -> PointRead:
        """See ``PointReads``."""
        text, execute = _text(statement), self._connection.execute

        def read(key: PointKey) -> tuple[Any, ...] | None:
            try:
                row: tuple[Any, ...] | None = execute(text, (key,)).fetchone()
            except sqlite3.OperationalError as error:
                raise Unavailable("The database does not answer") from error
            return row

        return read

    def prepare_all(self, statement: Select[Any]) -> PointReadAll:
        """See ``PointReads``."""
        text, execute = _text(statement), self._connection.execute

        def read(key: PointKey) -> list[tuple[Any, ...]]:
            try:
                return execute(text, (key,)).fetchall()
            except sqlite3.OperationalError as error:
                raise Unavailable("The database does not answer") from error

        return read

    def commits(self) -> int:
        """See ``PointReads``."""
        if self._commits is None:
            try:
                # Of other connections' commits; this one makes none.
                row = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.OperationalError as error:
                raise Unavailable("The database does not answer") from error
            self._commits = int(row[0])
            asyncio.get_running_loop().call_soon(self._end_turn)
        return self._commits

    def _end_turn(self) -> None:
        self._commits = None

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _text(statement: Select[Any]) -> str:
    compiled = statement.compile(dialect=SQLiteDialect_pysqlite(paramstyle="qmark"))
    if len(compiled.params) != 1:
        raise ValueError("a point read has one parameter")
    return str(compiled)
