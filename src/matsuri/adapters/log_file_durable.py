"""How far the log is durable: one number that the writer shares with readers through a file.

Frames can be read from the file before the disk has them. A reader that handed those out could
let the pipeline commit a position that a power cut then takes away. So the writer publishes the
end of what is on disk, and readers go no further.

The file is mapped, and the number is stored and loaded as one aligned machine word, so a reader
never sees half of a change; it is little endian on every machine Matsuri runs on. It is not
synced: after a power cut it may lag behind, never be ahead.
"""

import mmap
import os
from pathlib import Path
from typing import Self

from matsuri.adapters.log_file_segments import FILE_MODE

_BYTES = 8


class DurableMark:
    """The published end position, as the one writer of the directory keeps it."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self._word = memoryview(mapped).cast("Q")

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open for publishing, keeping the number that is there; ``OSError``."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
        try:
            if os.fstat(fd).st_size != _BYTES:
                os.pwrite(fd, bytes(_BYTES), 0)
                os.ftruncate(fd, _BYTES)
                # A page of the map that has no block yet could kill the process on a full disk.
                os.fsync(fd)
            return cls(mmap.mmap(fd, _BYTES))
        finally:
            os.close(fd)

    def get(self) -> int:
        """The position up to which everything is durable."""
        return self._word[0]

    def set(self, position: int) -> None:
        """Publish ``position``."""
        self._word[0] = position

    def close(self) -> None:
        """Give the mapping back."""
        self._word.release()
        self._mapped.close()


def load_durable_end(path: Path) -> int | None:
    """Read what a writer has published; ``None`` while none has made the file.

    The file is opened each time: a person may have removed it, and the writer made a new one.
    """
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if os.fstat(fd).st_size != _BYTES:
            return None
        with (
            mmap.mmap(fd, _BYTES, prot=mmap.PROT_READ) as mapped,
            memoryview(mapped) as octets,
            octets.cast("Q") as word,
        ):
            return word[0]
    finally:
        os.close(fd)
