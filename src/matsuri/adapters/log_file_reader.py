"""The reading end of the file log, in the writer's process or any other."""

import os
from collections.abc import Sequence
from pathlib import Path

from matsuri.adapters.log_file_durable import load_durable_end
from matsuri.adapters.log_file_frames import HEADER_BYTES, claimed_bytes, read_frame
from matsuri.adapters.log_file_segments import (
    DURABLE_NAME,
    list_segments,
    segment_path,
    sync_directory,
)
from matsuri.events.log import LogCorrupt, LogRecord

# Read from the file at once; several small reads are served from one piece.
_PIECE_BYTES = 1024 * 1024


class FileLogReader:
    """A ``LogReader`` of a log directory, quickest for one that reads on from where it was.

    It reads the page cache and blocks the event loop while it does. It never goes past what the
    writer has published as durable, so everything before that must be readable: what is not
    raises ``LogCorrupt``. A directory no writer has opened yet reads as empty.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._fd: int | None = None
        self._segment_start = 0
        self._piece = b""
        self._piece_position = 0

    async def read(self, position: int, *, bytes_max: int) -> Sequence[LogRecord]:
        """Durable records from ``position`` on, in order, until they are ``bytes_max`` long.

        At least one record if there is any; empty at the end of the log. Position 0 means the
        first record that is kept. Raises ``LogCorrupt``, also where ``position`` was trimmed or
        lies past the end.
        """
        self._let_go_of_replaced()
        end = self._durable_end()
        if end is None:
            return []
        if position >= end:
            self._check_not_past_end(position, end)
            return []
        if position == 0:
            position = self._first_position()
        records: list[LogRecord] = []
        size = 0
        while position < end and (size < bytes_max or not records):
            record = self._record(position, end)
            records.append(record)
            size += record.next_position - position
            position = record.next_position
        return records

    async def end(self) -> int:
        """The position after the last record that can be read."""
        self._let_go_of_replaced()
        return self._durable_end() or 0

    async def trim(self, position: int, *, older_than_us: int) -> int:
        """Drop the segments that end at or before ``position`` and are old enough.

        Old enough is last written before ``older_than_us``. The segment being written stays.
        Returns how many bytes were dropped. Raises ``OSError``.
        """
        dropped = 0
        # Only from the front, and one after the other: a gap would read as a corrupt log.
        for segment in list_segments(self._directory)[:-1]:
            if segment.end > position or segment.modified_us >= older_than_us:
                break
            segment.path.unlink(missing_ok=True)
            dropped += segment.bytes
        if dropped:
            sync_directory(self._directory)
        return dropped

    async def close(self) -> None:
        """Give the file back; a later read opens it again."""
        self._close_segment()

    def _durable_end(self) -> int | None:
        return load_durable_end(self._directory / DURABLE_NAME)

    def _check_not_past_end(self, position: int, end: int) -> None:
        if position == end:
            return
        # After a crash the published end lags behind until a writer has recovered the log.
        segments = list_segments(self._directory)
        file_end = segments[-1].end if segments else 0
        if position > file_end:
            raise LogCorrupt(
                f"{self._directory}: position {position} is past the end of the log at"
                f" {max(end, file_end)}: records that were read before are gone"
            )

    def _first_position(self) -> int:
        segments = list_segments(self._directory)
        return segments[0].start if segments else 0

    def _record(self, position: int, end: int) -> LogRecord:
        """The record at ``position``, which lies before the durable ``end``."""
        offset = position - self._piece_position
        frame = None
        if 0 <= offset < len(self._piece):
            frame = read_frame(self._piece, offset, position=position)
        if frame is None:
            # The piece ends before or within it. A piece never goes past the durable end: what
            # lies there may still change.
            size_max = end - position
            self._load(position, min(_PIECE_BYTES, size_max))
            size = claimed_bytes(self._piece, 0)
            if size is not None and len(self._piece) < size <= size_max:
                self._load(position, size)
            frame = read_frame(self._piece, 0, position=position)
        if frame is None:
            path = segment_path(self._directory, self._segment_start)
            raise LogCorrupt(
                f"{path}: no valid frame at offset {position - self._segment_start}"
                f" (position {position}), though the log is durable up to {end}"
            )
        return LogRecord(position, position + HEADER_BYTES + len(frame.payload), frame.payload)

    def _load(self, position: int, bytes_max: int) -> None:
        """Read the piece that begins at ``position``."""
        fd = self._open_at(position)
        self._piece = os.pread(fd, bytes_max, position - self._segment_start)
        self._piece_position = position

    def _open_at(self, position: int) -> int:
        """The file of the segment that has ``position``, kept open from the last read if it can."""
        if self._fd is not None:
            if self._segment_start <= position < self._open_segment_end(self._fd):
                return self._fd
            self._close_segment()
        segments = list_segments(self._directory)
        if not segments or position < segments[0].start:
            first = segments[0].start if segments else "none"
            raise LogCorrupt(
                f"{self._directory}: position {position} is before the first segment that is"
                f" kept ({first}): its records were trimmed"
            )
        for segment in segments:
            if segment.start <= position < segment.end:
                self._fd = os.open(segment.path, os.O_RDONLY)
                self._segment_start = segment.start
                return self._fd
        raise LogCorrupt(
            f"{self._directory}: no segment has position {position}, though later ones were durable"
        )

    def _let_go_of_replaced(self) -> None:
        """Keep no file open whose name is gone: it was dropped, or rewritten without something."""
        if self._fd is not None and os.fstat(self._fd).st_nlink == 0:
            self._close_segment()

    def _open_segment_end(self, fd: int) -> int:
        return self._segment_start + os.fstat(fd).st_size

    def _close_segment(self) -> None:
        self._piece = b""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
