"""The log without the entries of erased players, as far as it is sealed and applied."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from matsuri.adapters.byte_search import Needles
from matsuri.adapters.log_file_redact import (
    prepare_rewrite,
    put_in_place,
    remove_leftovers,
    torn_payloads,
    torn_tails,
)
from matsuri.adapters.log_file_segments import list_segments
from matsuri.events.redact import Erased, redact


class LogRedaction(NamedTuple):
    """How many entries went of each owner, and what else was done.

    The log has nothing of the erased before ``clean_position``.
    """

    clean_position: int
    entries: Mapping[int, int]
    bytes_rewritten: int
    torn_tails: int


class RedactLog:
    """Rewrites segments of a log directory that nobody writes to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def sealed_after(self, position: int) -> int | None:
        """The first position, from this one on, up to which segments are sealed."""
        starts = (segment.start for segment in list_segments(self._directory))
        return next((start for start in starts if start >= position), None)

    async def redact(
        self, erased: Erased, needles: Needles, *, after: int, before: int
    ) -> LogRedaction:
        """Redact the sealed segments that end after ``after`` and not after ``before``."""
        remove_leftovers(self._directory)
        entries: Counter[int] = Counter()
        size = 0
        end = 0

        def rewrite(payload: bytes) -> bytes | None:
            try:
                redaction = redact(payload, erased)
            except msgspec.MsgspecError:
                # It is among the dead letters, and is read by nobody any more.
                return bytes(len(payload)) if erased.named_in(payload) is not None else None
            if redaction is None:
                return None
            entries.update(redaction.entries)
            return redaction.payload

        for segment in list_segments(self._directory)[:-1]:
            if segment.end > before:
                break
            end = segment.end
            if segment.end <= after:
                continue
            copy = await asyncio.to_thread(prepare_rewrite, segment, rewrite)
            # On the event loop, as trimming is: neither sees half of the other.
            if copy is not None and put_in_place(copy, segment):
                size += segment.bytes
        torn = await asyncio.to_thread(self._remove_torn_tails, erased, needles)
        return LogRedaction(end, entries, size, torn)

    def _remove_torn_tails(self, erased: Erased, needles: Needles) -> int:
        """Remove the torn tails that may have something of the erased; how many there were.

        Of bytes that are no record nobody can tell whose they are.
        """
        removed = 0
        for path in torn_tails(self._directory):
            payloads, unreadable = torn_payloads(path)
            if unreadable or any(_is_touched(each, erased, needles) for each in payloads):
                path.unlink()
                removed += 1
        return removed


def _is_touched(payload: bytes, erased: Erased, needles: Needles) -> bool:
    try:
        return redact(payload, erased) is not None or bool(needles.count(payload))
    except msgspec.MsgspecError:
        return True
