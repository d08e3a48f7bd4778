"""The files of a log directory: segments named by the position of their first frame."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, Self

from matsuri.events.log import LogCorrupt

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
DURABLE_NAME = "durable"
LOCK_NAME = "writer.lock"

_NAME = re.compile(r"(\d{20})\.log")


class Segment(NamedTuple):
    """One segment as the directory has it: its first position, length and last change."""

    start: int
    bytes: int
    modified_us: int
    path: Path

    @property
    def end(self) -> int:
        """The position after its last byte."""
        return self.start + self.bytes


def segment_path(directory: Path, start: int) -> Path:
    """Where the segment that begins at position ``start`` lies."""
    return directory / f"{start:020}.log"


def list_segments(directory: Path) -> list[Segment]:
    """Every segment, first position first; none if there is no such directory."""
    segments: list[Segment] = []
    with suppress(FileNotFoundError):
        for name in os.listdir(directory):  # noqa: PTH208  # names are enough, and quicker
            match = _NAME.fullmatch(name)
            # A reader elsewhere may trim meanwhile.
            with suppress(FileNotFoundError):
                if match is not None:
                    path = directory / name
                    status = path.stat()
                    modified_us = status.st_mtime_ns // 1000
                    segments.append(Segment(int(match.group(1)), status.st_size, modified_us, path))
    return sorted(segments)


def check_contiguous(segments: Sequence[Segment]) -> None:
    """Raise ``LogCorrupt`` unless each segment ends where the next one begins."""
    for segment, following in pairwise(segments):
        if segment.end != following.start:
            raise LogCorrupt(
                f"{segment.path} ends at position {segment.end}, but the next segment,"
                f" {following.path.name}, begins at {following.start}:"
                " a segment is missing or was cut"
            )


def sync_directory(directory: Path) -> None:
    """Make the creation and removal of files in ``directory`` durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(directory: Path) -> None:
    """Create ``directory`` and what is missing above it, durably, for this user only."""
    if directory.is_dir():
        return
    make_directory(directory.parent)
    directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)
    sync_directory(directory.parent)


class SegmentFile:
    """The segment being written. ``fd`` is its file descriptor, ``start`` its first position."""

    def __init__(self, directory: Path, start: int, fd: int) -> None:
        self.directory = directory
        self.start = start
        self.fd = fd

    @classmethod
    def open(cls, directory: Path, start: int) -> Self:
        """Open the segment that begins at ``start``, creating it if need be; ``OSError``."""
        path = segment_path(directory, start)
        return cls(directory, start, os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))

    def write(self, position: int, data: bytes) -> None:
        """Put ``data`` at ``position``; some of it may be there after an ``OSError``."""
        rest = memoryview(data)
        offset = position - self.start
        while rest:
            written = os.pwrite(self.fd, rest, offset)
            offset += written
            rest = rest[written:]

    def cut(self, position: int) -> None:
        """Drop everything from ``position`` on; ``OSError``."""
        os.ftruncate(self.fd, position - self.start)

    def close(self) -> None:
        """Give the file descriptor back."""
        os.close(self.fd)
