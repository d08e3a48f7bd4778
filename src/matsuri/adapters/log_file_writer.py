"""The writing end of the file log: one thread, one write and one sync for all that waits.

``enqueue`` runs on the event loop and only puts the record into a queue. The thread takes all
that has come since its last commit, writes it as one piece, syncs the file, publishes the new
end to readers, and tells the loop once for the whole commit. While the disk syncs, the next
commit gathers.
"""

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue

from matsuri.adapters.log_file_durable import DurableMark
from matsuri.adapters.log_file_frames import HEADER_BYTES, frame_header
from matsuri.adapters.log_file_recovery import Recovered, TornTail, recover
from matsuri.adapters.log_file_segments import (
    DURABLE_NAME,
    FILE_MODE,
    LOCK_NAME,
    SegmentFile,
    make_directory,
    sync_directory,
)
from matsuri.errors import InvalidArgument
from matsuri.events.log import LogUnavailable
from matsuri.kit.clock import MICROSECONDS, Clock

MIB = 1024 * 1024
SEGMENT_BYTES_MAX = 64 * MIB
RECORD_BYTES_MAX = 16 * MIB
PENDING_BYTES_MAX = 64 * MIB
SEGMENT_SECONDS_MAX = 3600

# A commit takes no more records once it has this many bytes, so that the first of them do not
# wait for a long write. A single larger record is a commit of its own.
_COMMIT_BYTES_MAX = 8 * MIB

# Where records come faster than one by one, a commit first lets this much time bring more, unless
# as many as last time wait already: a commit costs the processor far more than a further record
# in it. A lone record never waits.
_GATHER_SECONDS = 0.001

# How often an idle writer looks whether its segment has become too old.
_IDLE_SECONDS = 10.0

_Append = tuple[bytes, "asyncio.Future[int]"]


class _Signal(Enum):
    """What the thread is told beside records."""

    CLOSE = "close"
    LOOK = "look"


class FileLogWriter:
    """The one appender of a log directory: a ``LogAppender``.

    Making one locks the directory, recovers the log and starts the thread; it blocks while it
    reads the last segment. Raises ``LogUnavailable`` where another process writes the log or the
    disk does not let us, and ``LogCorrupt`` where something durable cannot be read.

    Every method belongs to the event loop of the first append. ``segment_bytes_max``,
    ``record_bytes_max`` and ``pending_bytes_max`` limit a segment, a record and what waits for
    the disk; after ``segment_seconds_max`` a segment is followed by the next however short it is,
    so that it can be trimmed. ``on_commit`` is called on the loop with the new end position after
    each commit. ``sync`` makes the data of a file descriptor durable or raises ``OSError``.
    ``clock`` dates finished segments, which is what trimming goes by.

    ``recovered`` is what recovery had to cut off, if anything.
    """

    recovered: TornTail | None

    def __init__(
        self,
        directory: Path,
        *,
        clock: Clock,
        segment_bytes_max: int = SEGMENT_BYTES_MAX,
        record_bytes_max: int = RECORD_BYTES_MAX,
        pending_bytes_max: int = PENDING_BYTES_MAX,
        segment_seconds_max: int = SEGMENT_SECONDS_MAX,
        on_commit: Callable[[int], None] | None = None,
        sync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._segment_bytes_max = segment_bytes_max
        self._record_bytes_max = record_bytes_max
        self._pending_bytes_max = pending_bytes_max
        self._segment_us_max = segment_seconds_max * MICROSECONDS
        self._on_commit = on_commit
        self._sync = sync

        self._lock_fd, self._durable, log = _open_log(directory)
        self.recovered = log.torn
        self._segment = log.segment
        self._end = log.end
        self._segment_since_us = clock.now_us()
        self._directory_changed = False
        self._sealed_before = 0

        self._problem: str | None = None
        self._closing = False
        self._pending_bytes = 0
        self._last_count = 0
        self._queue: SimpleQueue[_Append | _Signal] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        # A daemon: what was not acknowledged must not keep a dying process alive.
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def healthy(self) -> bool:
        """Whether appends can succeed without a restart."""
        return self._problem is None and not self._closing

    @property
    def problem(self) -> str | None:
        """Why the log takes no records until the process restarts; ``None`` if it does."""
        return "the log is closed" if self._closing else self._problem

    @property
    def end(self) -> int:
        """The position after the last durable record."""
        return self._end

    async def append(self, payload: bytes) -> int:
        """Store one record and return its position once it is durable.

        Raises what ``enqueue`` raises, and ``LogUnavailable`` where it could not be stored. The
        record of an append that is cancelled may or may not be stored.
        """
        return await self.enqueue(payload)

    def enqueue(self, payload: bytes) -> "asyncio.Future[int]":
        """Begin to store one record, after all enqueued before; the result is its position.

        Raises at once: ``InvalidArgument`` for a record over ``record_bytes_max``, and
        ``LogUnavailable`` where too much is waiting, the log has failed or is closed.
        """
        frame_bytes = HEADER_BYTES + len(payload)
        if self._problem is not None:
            raise LogUnavailable(self._problem)
        if self._closing:
            raise LogUnavailable("the log is closed")
        if len(payload) > self._record_bytes_max:
            raise InvalidArgument(
                f"a log record of {len(payload)} bytes is over the limit of"
                f" {self._record_bytes_max} bytes"
            )
        if self._pending_bytes + frame_bytes > self._pending_bytes_max:
            raise LogUnavailable(
                f"{self._pending_bytes} bytes wait for the log's disk already;"
                f" the limit is {self._pending_bytes_max} bytes"
            )
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._pending_bytes += frame_bytes
        future = self._loop.create_future()
        self._queue.put((payload, future))
        return future

    def seal(self, position: int) -> None:
        """Write no more, soon, to segments that begin before ``position``.

        What is in such a segment then never changes by this writer, and may be rewritten.
        """
        position = min(position, self._end)
        if position > self._sealed_before:
            self._sealed_before = position
            self._queue.put(_Signal.LOOK)

    async def close(self) -> None:
        """Store what was enqueued, then refuse further records and unlock the directory."""
        if not self._closing:
            self._closing = True
            self._queue.put(_Signal.CLOSE)
        # Waiting on another thread: the loop has the last commits to settle meanwhile.
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _settle(
        self, run: Sequence[_Append], positions: Sequence[int] | None, error: str, end: int
    ) -> None:
        """Tell every waiter of ``run``; on the event loop. No positions: it was not stored."""
        for payload, _ in run:
            self._pending_bytes -= HEADER_BYTES + len(payload)
        if positions is None:
            for _, future in run:
                if not future.done():
                    future.set_exception(LogUnavailable(error))
            return
        for (_, future), position in zip(run, positions, strict=True):
            # Whoever waited may have been cancelled.
            if not future.done():
                future.set_result(position)
        if self._on_commit is not None:
            self._on_commit(end)

    # From here on everything runs on the thread, which alone has the files.

    def _run(self) -> None:
        closing = False
        while not closing:
            batch, closing = self._next_batch()
            self._last_count = len(batch)
            if not batch:
                self._follow_finished_segment()
            for run in self._runs(batch):
                positions, error = self._commit_or_fail(run)
                if self._loop is not None:
                    # Nobody waits any more on a loop that is closed.
                    with suppress(RuntimeError):
                        self._loop.call_soon_threadsafe(
                            self._settle, run, positions, error, self._end
                        )
        if self._segment is not None:
            self._segment.close()
        self._durable.close()
        os.close(self._lock_fd)

    def _next_batch(self) -> tuple[list[_Append], bool]:
        """All that waits, once something does, and whether it was the last.

        Nothing when idle, and when the segment is to be looked at.
        """
        batch: list[_Append] = []
        size = 0
        try:
            append = self._queue.get(timeout=_IDLE_SECONDS)
        except Empty:
            return batch, False
        if not isinstance(append, _Signal) and 1 < self._last_count > self._queue.qsize() + 1:
            time.sleep(_GATHER_SECONDS)
        while not isinstance(append, _Signal):
            batch.append(append)
            size += len(append[0])
            if size >= _COMMIT_BYTES_MAX:
                return batch, False
            try:
                append = self._queue.get_nowait()
            except Empty:
                return batch, False
        if append is _Signal.LOOK and batch:
            # The next commit begins the next segment; an idle writer does so when it looks again.
            self._queue.put(append)
        return batch, append is _Signal.CLOSE

    def _runs(self, batch: list[_Append]) -> "list[list[_Append]]":
        """``batch`` cut where a new segment has to begin; a commit never spans two."""
        start = self._end if self._segment is None else self._segment.start
        position = self._end
        runs: list[list[_Append]] = []
        run: list[_Append] = []
        for append in batch:
            frame_bytes = HEADER_BYTES + len(append[0])
            if position > start and position + frame_bytes - start > self._segment_bytes_max:
                if run:
                    runs.append(run)
                run = []
                start = position
            run.append(append)
            position += frame_bytes
        if run:
            runs.append(run)
        return runs

    def _commit_or_fail(self, run: Sequence[_Append]) -> tuple[list[int] | None, str]:
        try:
            return self._commit(run)
        except Exception as error:  # noqa: BLE001  # whatever it is, the waiters must hear of it
            self._problem = f"the log writer has failed, and needs a restart: {error!r}"
            if self._segment is not None:
                self._take_back(self._segment, self._end, self._problem)
            return None, self._problem

    def _commit(self, run: Sequence[_Append]) -> tuple[list[int] | None, str]:
        """Make ``run`` durable: the positions of its records, or ``None`` and why not."""
        if self._problem is not None:
            return None, self._problem
        first = position = self._end
        positions: list[int] = []
        pieces: list[bytes] = []
        for payload, _ in run:
            positions.append(position)
            pieces.append(frame_header(payload, position=position, commit_position=first))
            pieces.append(payload)
            position += HEADER_BYTES + len(payload)
        try:
            segment = self._segment_for(position)
        except OSError as error:
            return None, f"the log cannot begin a segment: {error}"
        try:
            segment.write(first, b"".join(pieces))
        except OSError as error:
            return None, self._take_back(segment, first, f"the log cannot be written: {error}")
        try:
            if self._directory_changed:
                sync_directory(self._directory)
                self._directory_changed = False
            self._sync(segment.fd)
        except OSError as error:
            # Which pages reached the disk is unknown, and the kernel reports it only once.
            self._problem = f"the log cannot be synced, and needs a restart: {error}"
            # These appends are about to fail: a restart must not find their records.
            return None, self._take_back(segment, first, self._problem)
        self._end = position
        self._durable.set(position)
        return positions, ""

    def _segment_for(self, end: int) -> SegmentFile:
        """The segment for a commit that ends at ``end``: a new one if that would be too long."""
        current = self._segment
        if current is not None:
            fits = end - current.start <= self._segment_bytes_max and not self._is_finished()
            if self._end == current.start or fits:
                return current
            now_ns = self._clock.now_us() * 1000
            os.utime(current.fd, ns=(now_ns, now_ns))
        self._segment = SegmentFile.open(self._directory, self._end)
        self._segment_since_us = self._clock.now_us()
        self._directory_changed = True
        if current is not None:
            current.close()
        return self._segment

    def _is_finished(self) -> bool:
        """Whether the segment being written is to be followed, however short it is."""
        if self._segment is not None and self._segment.start < self._sealed_before:
            return True
        return self._clock.now_us() - self._segment_since_us > self._segment_us_max

    def _follow_finished_segment(self) -> None:
        """Begin the next segment where nothing comes any more, so that the last can be trimmed."""
        current = self._segment
        if current is not None and self._end > current.start and self._is_finished():
            # Not this time; the next commit, or the next idle moment, tries again.
            with suppress(OSError):
                self._segment_for(self._end)

    def _take_back(self, segment: SegmentFile, position: int, error: str) -> str:
        """Cut off what a failed commit may have written; returns what to tell its waiters."""
        try:
            segment.cut(position)
        except OSError as cut_error:
            # Appending behind the remains would bury a bad frame in the log.
            self._problem = f"{error}; and it cannot be cut back: {cut_error}"
            return self._problem
        return error


def _open_log(directory: Path) -> tuple[int, DurableMark, Recovered]:
    """The lock, the published end and the recovered log of ``directory``."""
    lock_fd = None
    durable = None
    try:
        make_directory(directory)
        lock_fd = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LogUnavailable(f"another process writes the log in {directory}") from None
        durable = DurableMark.open(directory / DURABLE_NAME)
        log = recover(directory, durable=durable.get())
        durable.set(log.end)
    except BaseException as error:
        if durable is not None:
            durable.close()
        if lock_fd is not None:
            os.close(lock_fd)
        if isinstance(error, OSError):
            raise LogUnavailable(f"the log in {directory} cannot be opened: {error}") from error
        raise
    return lock_fd, durable, log
