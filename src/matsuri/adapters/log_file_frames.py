"""How one record stands in the log file: a checksummed frame. Pure functions of bytes.

A frame, all numbers little endian::

    magic            4 bytes
    payload bytes    u32
    back bytes       u32, from this frame back to the first one of its commit
    checksum         u32, CRC-32 of the two numbers above, the frame's position and the payload
    payload

The position is checksummed but not stored: a frame that lies anywhere but where it was written
(a stale block, a misplaced copy) does not pass.

``back bytes`` is what tells a torn commit from bit rot. Everything before a commit's first frame
was durable when the commit was written, while the pages of the commit itself may reach the disk
in any order. So a bad frame may only be cut off if no valid frame of a *later* commit follows it.
"""

import mmap
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

# No byte of it can stand in UTF-8 text, so JSON payloads never look like a frame.
MAGIC = b"\xf5\xc0\xff\xc1"

_HEADER = struct.Struct("<4sIII")
_CHECKSUMMED = struct.Struct("<IIQ")
HEADER_BYTES = _HEADER.size

# The search for frames behind a bad one reads at most this many times the bytes it searches, so
# that a tail made to look like many large frames cannot keep a server from starting for hours.
_SEARCH_EFFORT_MAX = 32

FileBytes = bytes | mmap.mmap


class Frame(NamedTuple):
    """A frame that passed every check.

    ``commit_position`` is the position of the first frame of its commit.
    """

    commit_position: int
    payload: bytes


class SearchTooLong(Exception):
    """There are too many would-be frames to check each."""


def frame_header(payload: bytes, *, position: int, commit_position: int) -> bytes:
    """The bytes that go before ``payload`` when its frame is written at ``position``."""
    size = len(payload)
    back = position - commit_position
    checksum = zlib.crc32(payload, zlib.crc32(_CHECKSUMMED.pack(size, back, position)))
    return _HEADER.pack(MAGIC, size, back, checksum)


def claimed_bytes(data: FileBytes, offset: int) -> int | None:
    """How long the frame at ``offset`` says it is; ``None`` if no frame header stands there."""
    if len(data) - offset < HEADER_BYTES:
        return None
    magic, size, _, _ = _HEADER.unpack_from(data, offset)
    return HEADER_BYTES + int(size) if magic == MAGIC else None


def read_frame(data: FileBytes, offset: int, *, position: int) -> Frame | None:
    """The frame at ``offset`` whose position in the log is ``position``.

    ``None`` if it is not all there or fails a check.
    """
    start = offset + HEADER_BYTES
    if start > len(data):
        return None
    magic, size, back, checksum = _HEADER.unpack_from(data, offset)
    if magic != MAGIC or start + size > len(data):
        return None
    payload = data[start : start + size]
    if zlib.crc32(payload, zlib.crc32(_CHECKSUMMED.pack(size, back, position))) != checksum:
        return None
    return Frame(position - back, payload)


def whole_frames_end(data: FileBytes, *, start_position: int) -> int:
    """The offset in ``data`` up to which there is nothing but valid frames."""
    offset = 0
    while (frame := read_frame(data, offset, position=start_position + offset)) is not None:
        offset += HEADER_BYTES + len(frame.payload)
    return offset


def frames_after(
    data: FileBytes, offset: int, *, start_position: int
) -> Iterator[tuple[int, Frame]]:
    """Every valid frame that begins after ``offset``, with its own offset.

    Raises ``SearchTooLong``.
    """
    effort = (len(data) - offset) * _SEARCH_EFFORT_MAX
    offset = data.find(MAGIC, offset + 1)
    while offset != -1:
        size = claimed_bytes(data, offset)
        if size is not None and offset + size <= len(data):
            effort -= size
            if effort < 0:
                raise SearchTooLong
        frame = read_frame(data, offset, position=start_position + offset)
        if frame is None:
            offset = data.find(MAGIC, offset + 1)
        else:
            yield offset, frame
            offset = data.find(MAGIC, offset + HEADER_BYTES + len(frame.payload))
