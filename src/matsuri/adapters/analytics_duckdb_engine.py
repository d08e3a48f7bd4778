"""One DuckDB file and the folder around it: who has it, threads, limits, replacing it as a whole.

DuckDB never runs on the event loop. Questions run on a few threads, each on a snapshot of its own,
limited in number and in time; writes run one at a time on another thread; long work of the house
runs on a third, beside both.
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb
from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters.analytics_duckdb_files import quoted, remove_orphans, sync_file
from matsuri.adapters.analytics_duckdb_tables import prepare
from matsuri.adapters.log_file_segments import sync_directory
from matsuri.events.analytics import AnalyticsUnavailable

T = TypeVar("T")

HOT_NAME = "hot.duckdb"
DAYS_NAME = "days"
_FRESH_NAME = "fresh.duckdb"
_TEMP_NAME = "temp"
_LOCK_NAME = "lock"
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_INTERRUPT_AGAIN_SECONDS = 0.1


class _Job(Generic[T]):
    """One transaction on a thread; it can be interrupted."""

    def __init__(self, connect: Callable[[], Cursor], work: Callable[[Cursor], T]) -> None:
        self._connect = connect
        self._work = work
        self._guard = threading.Lock()
        self._cursor: Cursor | None = None
        self._stopped = False

    def run(self) -> T:
        """What the work returns, once the transaction is committed."""
        with self._guard:
            if self._stopped:
                raise duckdb.InterruptException("stopped before it began")
            cursor = self._cursor = self._connect()
        try:
            return in_transaction(cursor, self._work)
        finally:
            with self._guard:
                self._cursor = None
                cursor.close()

    def stop(self) -> None:
        """Interrupt what runs now."""
        with self._guard:
            self._stopped = True
            if self._cursor is not None:
                self._cursor.interrupt()


def in_transaction(cursor: Cursor, work: Callable[[Cursor], T]) -> T:
    """What ``work`` returns, committed; nothing is written where it raises."""
    cursor.begin()
    try:
        result = work(cursor)
        cursor.commit()
    except BaseException:
        # After some errors DuckDB has undone the transaction by itself.
        with contextlib.suppress(duckdb.Error):
            cursor.rollback()
        raise
    return result


class Engine:
    """The DuckDB file ``hot.duckdb`` of ``folder``, open for this process alone.

    Making one takes the lock, removes what a crash left and opens the file; it blocks meanwhile.
    Its tables are made where they are missing. At most ``queries_max`` questions run at once, each
    for at most ``query_seconds_max``, the wait for its turn included. Raises
    ``AnalyticsUnavailable`` where another process has the folder or the disk does not let us.
    """

    def __init__(
        self,
        folder: Path,
        *,
        memory_bytes_max: int,
        threads: int,
        queries_max: int,
        query_seconds_max: float,
    ) -> None:
        self.folder = folder
        self.days = folder / DAYS_NAME
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_bytes_max}B",
            "threads": threads,
            "temp_directory": str(folder / _TEMP_NAME),
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
        }
        self._queries_max = queries_max
        self._query_seconds_max = query_seconds_max
        self._turns = asyncio.Semaphore(queries_max)
        self._alone_turn = asyncio.Lock()
        self._jobs: set[_Job[Any]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leaving: list[tuple[Path, set[_Job[Any]]]] = []
        self._broken = False
        self._closed = False
        self._file = folder / HOT_NAME
        self._lock_fd = _lock(folder)
        try:
            _remove(folder / _TEMP_NAME, *_database_files(folder / _FRESH_NAME))
            self.days.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)
            if not self._file.exists():
                self._create()
            self._connection = self._open()
            remove_orphans(self._connection, self.days)
        except BaseException as error:
            os.close(self._lock_fd)
            if not isinstance(error, duckdb.Error | OSError):
                raise
            raise AnalyticsUnavailable(f"The analytics store cannot be opened: {error}") from error
        self._readers = ThreadPoolExecutor(queries_max, "analytics-read")
        self._writer = ThreadPoolExecutor(1, "analytics-write")
        self._keeper = ThreadPoolExecutor(1, "analytics-keep")

    async def read(self, work: Callable[[Cursor], T]) -> T:
        """What ``work`` reads from one snapshot; raises ``AnalyticsUnavailable``.

        It is interrupted when its time is over or nobody waits for it any more.
        """
        await self._mend()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._query_seconds_max
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
        except TimeoutError:
            raise AnalyticsUnavailable("Too many questions wait for the analytics store") from None
        job = _Job(self._cursor, work)
        try:
            answer = self._start(self._readers, job)
        except AnalyticsUnavailable:
            self._turns.release()
            raise
        answer.add_done_callback(lambda _: self._turns.release())
        try:
            await asyncio.wait({answer}, timeout=max(0, deadline - loop.time()))
        finally:
            if not answer.done():
                self._stop(job, answer)
        try:
            return await self._result(answer)
        except duckdb.InterruptException:
            raise AnalyticsUnavailable(
                f"The question took longer than {self._query_seconds_max:g} seconds"
            ) from None

    async def write(self, work: Callable[[Cursor], T]) -> T:
        """What ``work`` returns, once its writes are committed; raises ``AnalyticsUnavailable``.

        An exception from ``work`` undoes its writes and is raised here. It goes on when nobody
        waits any more.
        """
        await self._mend()
        return await self._result(self._start(self._writer, _Job(self._cursor, work)))

    async def keep(self, work: Callable[[Cursor], T]) -> T:
        """Like ``write``, for long work of the house that only reads: beside everything else."""
        await self._mend()
        return await self._result(self._start(self._keeper, _Job(self._cursor, work)))

    async def replace(self, fill: Callable[[Cursor, str], None]) -> int:
        """Put a new file in the place of the old one; how many bytes it has.

        ``fill`` is given the name under which the new, empty database is attached. Everything
        else waits meanwhile. After a crash it is either the old file or the new one.
        """
        return await self._alone(lambda: self._swap(fill))

    def unlink(self, paths: Iterable[Path]) -> None:
        """Remove files that nothing knows any more, when all that began before has ended."""
        self._leaving += [(path, set(self._jobs)) for path in paths]
        self._unlink_unread()

    async def close(self) -> None:
        """Finish what is under way and let go of the folder."""
        if not self._closed:
            await self._alone(self._shut)
            self._readers.shutdown()
            self._writer.shutdown()
            self._keeper.shutdown()

    async def _mend(self) -> None:
        """Open the file again where DuckDB gave up on it, as after a full disk."""
        if self._broken and not self._closed:
            await self._alone(self._reopen)

    async def _alone(self, work: Callable[[], T]) -> T:
        """What ``work`` returns, while nothing else uses the file.

        It goes on when nobody waits any more: as long as one cursor is open, DuckDB gives the old
        file to whoever opens the new one.
        """
        task = asyncio.create_task(self._wait_and_do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _wait_and_do(self, work: Callable[[], T]) -> T:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._alone_turn)
            for _ in range(self._queries_max):
                await stack.enter_async_context(self._turns)

            def on_the_keepers_thread() -> T:
                # The writer's thread does it while this one waits: both are at a standstill.
                return self._writer.submit(work).result()

            return await self._result(self._submit(self._keeper, on_the_keepers_thread))

    def _start(self, threads: ThreadPoolExecutor, job: _Job[T]) -> asyncio.Future[T]:
        answer = self._submit(threads, job.run)
        self._jobs.add(job)
        answer.add_done_callback(partial(self._ended, job))
        return answer

    def _submit(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> asyncio.Future[T]:
        if self._closed:
            raise AnalyticsUnavailable("The server is stopping")
        return asyncio.wrap_future(threads.submit(work))

    def _ended(self, job: _Job[Any], answer: asyncio.Future[Any]) -> None:
        if not answer.cancelled():
            # Where nobody waits any more, nobody else looks at it.
            answer.exception()
        self._jobs.discard(job)
        for _, readers in self._leaving:
            readers.discard(job)
        self._unlink_unread()

    def _unlink_unread(self) -> None:
        for path, readers in self._leaving:
            if not readers:
                path.unlink(missing_ok=True)
        self._leaving = [(path, readers) for path, readers in self._leaving if readers]

    def _stop(self, job: _Job[T], answer: asyncio.Future[T]) -> None:
        # Between two statements an interrupt is lost: it is repeated until the job has ended.
        if not answer.done():
            job.stop()
            asyncio.get_running_loop().call_later(_INTERRUPT_AGAIN_SECONDS, self._stop, job, answer)

    async def _result(self, answer: asyncio.Future[T]) -> T:
        try:
            await asyncio.wait({answer})
            return answer.result()
        except duckdb.FatalException as error:
            self._broken = True
            raise AnalyticsUnavailable("The analytics store has to be opened again") from error
        except duckdb.OutOfMemoryException as error:
            raise AnalyticsUnavailable(
                "The analytics store needs more memory than analytics_memory_bytes_max"
            ) from error
        except (duckdb.OperationalError, OSError) as error:
            problem = str(error).partition("\n")[0]
            raise AnalyticsUnavailable(f"The analytics store does not answer: {problem}") from error

    def _cursor(self) -> Cursor:
        return self._connection.cursor()

    def _create(self) -> None:
        # DuckDB refuses a file whose making was cut short: it gets its name once it is whole.
        fresh = self.folder / _FRESH_NAME
        duckdb.connect(str(fresh), config=self._config).close()
        fresh.chmod(_PRIVATE_FILE)
        sync_file(fresh)
        fresh.rename(self._file)
        sync_directory(self.folder)

    def _open(self) -> Cursor:
        connection = duckdb.connect(str(self._file), config=self._config)
        try:
            self._file.chmod(_PRIVATE_FILE)
            connection.execute(f"SET allowed_directories = ['{quoted(self.folder)}/']")
            connection.execute("SET enable_external_access = false")
            # A file of a day never changes: what is known of it stays true.
            connection.execute("SET parquet_metadata_cache = true")
            connection.execute("SET validate_external_file_cache = 'NO_VALIDATION'")
            connection.execute("SET lock_configuration = true")
            in_transaction(connection, prepare)
        except BaseException:
            connection.close()
            raise
        return connection

    def _reopen(self) -> None:
        if self._broken:
            self._connection.close()
            self._connection = self._open()
            self._broken = False

    def _swap(self, fill: Callable[[Cursor, str], None]) -> int:
        fresh = self.folder / _FRESH_NAME
        _remove(*_database_files(fresh))
        with self._cursor() as cursor:
            cursor.execute(f"ATTACH '{quoted(fresh)}' AS fresh")
            try:
                in_transaction(cursor, lambda cursor: fill(cursor, "fresh"))
            finally:
                cursor.execute("DETACH fresh")
            cursor.execute("CHECKPOINT")
        fresh.chmod(_PRIVATE_FILE)
        sync_file(fresh)
        self._connection.close()
        try:
            if _database_files(fresh)[1].exists() or _database_files(self._file)[1].exists():
                raise AnalyticsUnavailable("The analytics store could not be written afresh")
            fresh.replace(self._file)
            sync_directory(self.folder)
        finally:
            self._broken = True
            self._reopen()
        remove_orphans(self._connection, self.days)
        return self._file.stat().st_size

    def _shut(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.close()
            os.close(self._lock_fd)


def _lock(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        descriptor = os.open(folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AnalyticsUnavailable(f"{folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AnalyticsUnavailable(
            f"another process is using the analytics store in {folder}"
        ) from None
    return descriptor


def _database_files(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(path.name + ".wal")


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
