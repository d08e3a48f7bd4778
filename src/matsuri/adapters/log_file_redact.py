"""Sealed segments of the log are rewritten, where something in them has to go.

The new file has the length, the positions and the records of the old one, but for what was
redacted within them, and takes its name in one step: whoever reads, before or after, reads valid
records. A crash on the way leaves the old file, and perhaps a leftover that nobody reads.
"""

import mmap
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from matsuri.adapters.log_file_frames import HEADER_BYTES, FileBytes, frame_header, read_frame
from matsuri.adapters.log_file_segments import FILE_MODE, Segment, sync_directory
from matsuri.events.log import LogCorrupt

_LEFTOVER_SUFFIX = ".redacting"
_TORN = "torn-*.bin"

# What a record's payload is to be, as long as it was; ``None`` leaves it as it is.
Rewrite = Callable[[bytes], bytes | None]


def prepare_rewrite(segment: Segment, rewrite: Rewrite) -> Path | None:
    """A durable copy of ``segment`` with its records rewritten, beside it; ``None`` if none is.

    The segment must be sealed: nobody writes to it. Raises ``LogCorrupt`` and ``OSError``.
    """
    changed: list[tuple[int, bytes]] = []
    if segment.bytes == 0:
        return None
    with (
        segment.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data,
    ):
        offset = 0
        while offset < segment.bytes:
            payload, frame = _rewritten(data, offset, segment, rewrite)
            if frame:
                changed.append((offset, frame))
            offset += HEADER_BYTES + len(payload)
    if not changed:
        return None
    copy = segment.path.with_name(segment.path.name + _LEFTOVER_SUFFIX)
    shutil.copyfile(segment.path, copy)
    with copy.open("r+b") as written:
        os.fchmod(written.fileno(), FILE_MODE)
        for offset, frame in changed:
            written.seek(offset)
            written.write(frame)
        written.flush()
        # Trimming goes by the time of the last record.
        modified_ns = segment.modified_us * 1000
        os.utime(written.fileno(), ns=(modified_ns, modified_ns))
        os.fsync(written.fileno())
    return copy


def put_in_place(copy: Path, segment: Segment) -> bool:
    """Let a prepared copy be the segment from now on, durably; whether the segment is kept still.

    Not to be called while the log is trimmed: what was dropped must not come back.
    """
    if not segment.path.exists():
        copy.unlink()
        return False
    copy.replace(segment.path)
    sync_directory(segment.path.parent)
    return True


def remove_leftovers(directory: Path) -> None:
    """Remove what an interrupted rewrite left."""
    for path in directory.glob("*" + _LEFTOVER_SUFFIX):
        path.unlink(missing_ok=True)


def torn_tails(directory: Path) -> list[Path]:
    """The files that keep what recovery cut off."""
    return sorted(directory.glob(_TORN))


def torn_payloads(path: Path) -> tuple[list[bytes], int]:
    """The payloads of the whole records of a torn tail, and how many bytes are none."""
    data = path.read_bytes()
    start = int(path.stem.removeprefix("torn-"))
    payloads = []
    offset = 0
    while (frame := read_frame(data, offset, position=start + offset)) is not None:
        payloads.append(frame.payload)
        offset += HEADER_BYTES + len(frame.payload)
    return payloads, len(data) - offset


def _rewritten(
    data: FileBytes, offset: int, segment: Segment, rewrite: Rewrite
) -> tuple[bytes, bytes]:
    """The payload at ``offset``, and its new frame; no bytes if it stays as it is."""
    position = segment.start + offset
    frame = read_frame(data, offset, position=position)
    if frame is None:
        raise LogCorrupt(f"{segment.path}: no valid frame at offset {offset} (position {position})")
    payload = rewrite(frame.payload)
    if payload is None:
        return frame.payload, b""
    if len(payload) != len(frame.payload):
        raise ValueError("a rewritten record must be as long as it was")
    header = frame_header(payload, position=position, commit_position=frame.commit_position)
    return frame.payload, header + payload
