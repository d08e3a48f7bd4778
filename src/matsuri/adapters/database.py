"""A database as the stores see it: read with a function, write with a function.

A store's queries are plain functions of a SQLAlchemy ``Connection``. ``read`` runs one on a
consistent view; ``write`` runs one in a transaction and returns after its commit. Nothing above
this file begins or commits a transaction.
"""

import asyncio
import contextlib
import contextvars
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from matsuri.errors import Unavailable

T = TypeVar("T")

_WRITES = "matsuri_writes"
_BUSY_SECONDS_MAX = 10
_WRITES_PER_COMMIT_MAX = 256


class Database(Protocol):
    """Reads and writes, each in a transaction of its own."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` reads; raises ``Unavailable`` where the database does not answer."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, once its writes are committed.

        An exception from ``work`` undoes its writes and is raised here. ``work`` may run on
        another thread, in the context (``contextvars``) of this call, and touches nothing but its
        connection and what it was given.
        """
        ...

    async def write_durably(self, work: Callable[[Connection], T]) -> T:
        """As ``write``; this commit and all before it survive a power cut then."""
        ...

    async def close(self) -> None:
        """Finish the writes under way and let go of the database."""
        ...


class Synchronous(StrEnum):
    """What a commit of SQLite promises.

    ``FULL``: it survives a power cut. ``NORMAL``: after a power cut the file may be as it was some
    commits ago, whole and consistent; right for what can be made again from the log.
    """

    FULL = "FULL"
    NORMAL = "NORMAL"


class _Job(NamedTuple):
    work: Callable[[Connection], Any]
    answer: asyncio.Future[Any]
    durably: bool


class SqliteDatabase:
    """One SQLite file in WAL mode, with writes committed together (group commit).

    Reads run where they are called: a point read from the page cache is quicker than a change of
    threads. Writes that arrive while one commit is under way share the next one and its fsync.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, synchronous: Synchronous = Synchronous.FULL
    ) -> None:
        self._path = path
        self._engine = sqlite_engine(path, synchronous=synchronous)
        self._reader: Connection | None = None
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._writer: threading.Thread | None = None
        self._read_only = read_only
        self._synchronous = synchronous

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See ``Database.read``."""
        try:
            if self._reader is None:
                self._reader = self._engine.connect()
            with self._reader.begin():
                return work(self._reader)
        except (OperationalError, sqlite3.OperationalError) as error:
            raise Unavailable("The database does not answer") from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See ``Database.write``."""
        return await self._write(work, durably=False)

    async def write_durably(self, work: Callable[[Connection], T]) -> T:
        """See ``Database.write_durably``."""
        return await self._write(work, durably=True)

    async def _write(self, work: Callable[[Connection], T], *, durably: bool) -> T:
        if self._read_only:
            raise RuntimeError(f"{self._path.name} is opened for reading only")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        context = contextvars.copy_context()
        with self._wake:
            if self._closing:
                raise Unavailable("The server is stopping")
            if self._writer is None:
                self._writer = threading.Thread(
                    target=self._write_loop, name=f"write {self._path.name}", daemon=True
                )
                self._writer.start()
            self._jobs.append(_Job(lambda c: context.run(work, c), answer, durably))
            self._wake.notify()
        return await asyncio.shield(answer)

    async def close(self) -> None:
        """See ``Database.close``."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._writer is not None:
            await asyncio.to_thread(self._writer.join)
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._engine.dispose()

    def _write_loop(self) -> None:
        connection: Connection | None = None
        while jobs := self._take():
            try:
                connection = connection or self._engine.connect().execution_options(
                    **{_WRITES: True}
                )
                with self._synced(connection, jobs):
                    results = _commit_together(connection, jobs)
            except Exception as error:  # noqa: BLE001 # this thread must live: others wait for it
                told = _as_told(error)
                results = [told for _ in jobs]
            loop = jobs[0].answer.get_loop()
            # The loop is gone only when the whole process is going.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_answer, jobs, results)
        if connection is not None:
            connection.close()

    @contextlib.contextmanager
    def _synced(self, connection: Connection, jobs: list[_Job]) -> Iterator[None]:
        """Let the commit survive a power cut if one of ``jobs`` asks for it."""
        if self._synchronous is Synchronous.FULL or not any(job.durably for job in jobs):
            yield
            return
        # The sync of a commit is one of the whole write-ahead log: earlier commits are in it.
        _set_synchronous(connection, Synchronous.FULL)
        try:
            yield
        finally:
            _set_synchronous(connection, self._synchronous)

    def _take(self) -> list[_Job]:
        with self._wake:
            while not self._jobs and not self._closing:
                self._wake.wait()
            count = min(len(self._jobs), _WRITES_PER_COMMIT_MAX)
            return [self._jobs.popleft() for _ in range(count)]


def _set_synchronous(connection: Connection, synchronous: Synchronous) -> None:
    # Past SQLAlchemy, which would begin a transaction, in which this has no effect.
    _driver(connection).execute(f"PRAGMA synchronous={synchronous.value}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: Any = connection.connection.driver_connection
    return cast(sqlite3.Connection, driver)


def _commit_together(connection: Connection, jobs: list[_Job]) -> list[Any]:
    """Each job's result or exception, after one commit of those that succeeded."""
    if len(jobs) == 1:
        return [_commit_alone(connection, jobs[0])]
    results: list[Any] = []
    try:
        with connection.begin():
            for job in jobs:
                results.append(_run(connection, job))
                _check_still_open(connection)
    except Exception as error:  # noqa: BLE001 # every job of the commit must hear of it
        # A job that failed on its own hears its own error, the others that of the commit.
        told = _as_told(error)
        failed = [result if isinstance(result, Exception) else told for result in results]
        return failed + [told] * (len(jobs) - len(failed))
    return results


def _check_still_open(connection: Connection) -> None:
    """Raises ``Unavailable`` where SQLite has undone the whole transaction, savepoints and all.

    A full disk can make it do so. What the jobs before wrote is gone then, and what the next ones
    wrote would be committed by itself, statement by statement.
    """
    if not _driver(connection).in_transaction:
        raise Unavailable("The database does not take writes")


def _commit_alone(connection: Connection, job: _Job) -> Any:
    try:
        with connection.begin():
            return job.work(connection)
    except Exception as error:  # noqa: BLE001 # handed to the one who asked
        return _as_told(error)


def _run(connection: Connection, job: _Job) -> Any:
    try:
        with connection.begin_nested():
            return job.work(connection)
    except Exception as error:  # noqa: BLE001 # handed to the one who asked
        return _as_told(error)


def _as_told(error: Exception) -> Exception:
    if isinstance(error, OperationalError | sqlite3.OperationalError):
        told = Unavailable("The database does not take writes")
        told.__cause__ = error
        return told
    return error


def _answer(jobs: list[_Job], results: list[Any]) -> None:
    for job, result in zip(jobs, results, strict=True):
        if job.answer.done():
            continue
        if isinstance(result, BaseException):
            job.answer.set_exception(result)
        else:
            job.answer.set_result(result)


def sqlite_engine(path: Path, *, synchronous: Synchronous = Synchronous.FULL) -> Engine:
    """An engine on the SQLite file ``path``: WAL and foreign keys.

    Transactions are SQLAlchemy's to begin; those of a connection with the option ``_WRITES`` take
    the write lock at their start.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS_MAX},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous.value}")
        connection.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten: erased players must not stay in free pages.
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA cache_size=-65536")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Who would take the lock later could be too late for what another process wrote meanwhile.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
