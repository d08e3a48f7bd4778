"""What a writer does before its first record: find the end of the log, and nothing else.

A crash may leave an unfinished commit at the end of the last segment. It was never acknowledged,
so it is cut off, after a copy of it is kept. Anything else that cannot be read was durable once:
that is for a person to look at, and no byte of it is changed.
"""

import mmap
import os
from pathlib import Path
from typing import NamedTuple

from matsuri.adapters.log_file_frames import SearchTooLong, frames_after, whole_frames_end
from matsuri.adapters.log_file_segments import (
    DURABLE_NAME,
    FILE_MODE,
    Segment,
    SegmentFile,
    check_contiguous,
    list_segments,
    sync_directory,
)
from matsuri.events.log import LogCorrupt


class TornTail(NamedTuple):
    """An unfinished commit that was cut off: where it began, how long it was, where it is kept."""

    position: int
    bytes: int
    file: Path


class Recovered(NamedTuple):
    """A log ready for writing: its end, the segment to go on with, and what was cut off.

    ``segment`` is ``None`` where there is none yet.
    """

    end: int
    segment: SegmentFile | None
    torn: TornTail | None


def recover(directory: Path, *, durable: int) -> Recovered:
    """Bring the log to its last whole commit and make all of it durable.

    ``durable`` is the position up to which the log is known to have been durable; it may be too
    low but not too high. Raises ``LogCorrupt``, and ``OSError`` where the disk does not let us.
    """
    segments = list_segments(directory)
    check_contiguous(segments)
    if not segments:
        _check_end(directory, 0, durable)
        return Recovered(0, None, None)
    last = segments[-1]
    end = last.start + _valid_bytes(last)
    _check_end(last.path, end, durable)
    segment = SegmentFile.open(directory, last.start)
    try:
        torn = _cut_tail(directory, segment, end, last.end) if end < last.end else None
        # What a killed writer left may be in the page cache only.
        os.fsync(segment.fd)
        sync_directory(directory)
    except BaseException:
        segment.close()
        raise
    return Recovered(end, segment, torn)


def _check_end(where: Path, end: int, durable: int) -> None:
    if end < durable:
        raise LogCorrupt(
            f"{where}: nothing valid at position {end}, but everything up to {durable} was durable"
            f" and acknowledged. To go on without it, remove {DURABLE_NAME} from the log directory"
        )


def _valid_bytes(last: Segment) -> int:
    """How many bytes of the segment are whole frames; what follows them is a torn commit."""
    if last.bytes == 0:
        return 0
    with last.path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
        valid = whole_frames_end(data, start_position=last.start)
        try:
            for offset, frame in frames_after(data, valid, start_position=last.start):
                if frame.commit_position > last.start + valid:
                    raise LogCorrupt(
                        f"{last.path}: the frame at offset {valid} (position"
                        f" {last.start + valid}) is damaged: a later commit follows it at"
                        f" offset {offset}"
                    )
        except SearchTooLong:
            raise LogCorrupt(
                f"{last.path}: the frame at offset {valid} (position {last.start + valid}) is"
                " damaged, and what follows it cannot be told from frames in reasonable time"
            ) from None
        return valid


def _cut_tail(directory: Path, segment: SegmentFile, end: int, file_end: int) -> TornTail:
    """Keep a durable copy of everything after ``end``, then cut it off."""
    kept = directory / f"torn-{end}.bin"
    tail = os.pread(segment.fd, file_end - end, end - segment.start)
    fd = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with open(fd, "wb") as file:  # noqa: PTH123  # by descriptor, for its mode
        file.write(tail)
        file.flush()
        os.fsync(fd)
    sync_directory(directory)
    segment.cut(end)
    return TornTail(end, len(tail), kept)
