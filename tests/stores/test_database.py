"""The SQLite database: writes are committed together, and one that fails harms no other."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from matsuri.adapters.database import SqliteDatabase
from matsuri.errors import NotFound, Unavailable


async def make(database: SqliteDatabase) -> None:
    await database.write(
        lambda c: c.exec_driver_sql("CREATE TABLE t (x INTEGER PRIMARY KEY)").close()
    )


def add(number: int, *, fail: bool = False) -> object:
    def work(connection: Connection) -> int:
        connection.exec_driver_sql("INSERT INTO t VALUES (?)", (number,))
        if fail:
            raise NotFound("no")
        return number

    return work


def numbers(connection: Connection) -> list[int]:
    return [row[0] for row in connection.exec_driver_sql("SELECT x FROM t ORDER BY x")]


async def test_writes_at_once_each_stand_or_fall_alone(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    await make(database)
    results = await asyncio.gather(
        *(database.write(add(n, fail=n % 3 == 0)) for n in range(30)),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    for number, result in enumerate(results):
        assert isinstance(result, NotFound) if number % 3 == 0 else result == number
    assert await database.read(numbers) == [n for n in range(30) if n % 3]
    await database.close()


async def test_what_a_full_disk_undoes_is_told_to_nobody_as_written(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")

    def make_blobs(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE b (x INTEGER PRIMARY KEY, blob BLOB)")

    def leave_pages(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 8}").close()

    def put(number: int, size: int) -> Callable[[Connection], int]:
        def work(connection: Connection) -> int:
            connection.exec_driver_sql("INSERT INTO b VALUES (?, zeroblob(?))", (number, size))
            return number

        return work

    await database.write(make_blobs)
    await database.write(leave_pages)
    # The one that is too big makes SQLite undo the whole transaction that all of them share.
    results = await asyncio.gather(
        *(database.write(put(n, 200_000 if n == 3 else 1)) for n in range(1, 7)),
        return_exceptions=True,
    )
    assert isinstance(results[2], Unavailable)
    written = [result for result in results if not isinstance(result, BaseException)]
    query = "SELECT x FROM b ORDER BY x"
    assert await database.read(lambda c: list(c.exec_driver_sql(query).scalars())) == written
    assert await database.write(put(7, 1)) == 7
    assert await database.read(lambda c: list(c.exec_driver_sql(query).scalars())) == [*written, 7]
    await database.close()


async def test_a_file_that_cannot_be_opened_is_told_and_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    database = SqliteDatabase(folder / "a.db")
    for _ in range(2):
        with pytest.raises(Unavailable):
            async with asyncio.timeout(5):
                await database.write(numbers)
    folder.mkdir()
    await make(database)
    await database.write(add(1))  # type: ignore[arg-type]
    assert await database.read(numbers) == [1]
    await database.close()


async def test_a_locked_file_is_unavailable(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    await make(database)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        # Reading goes on beside a writer.
        assert await database.read(numbers) == []
    finally:
        other.execute("ROLLBACK")
        other.close()
    await database.close()


async def test_after_closing_nothing_is_taken(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "a.db")
    await make(database)
    await database.close()
    with pytest.raises(Unavailable):
        await database.write(numbers)
