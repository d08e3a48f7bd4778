"""Live tails: events as they reach the log, for people who watch.

One follower reads the log for all tails, and only while there is one. It reads so little at a time
that requests do not notice, and leaves out what it cannot follow; each tail says how much.
"""

import asyncio
import contextlib
import weakref
from collections import deque
from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog

from matsuri.errors import MatsuriError, ResourceExhausted
from matsuri.events.log import LogReader, LogRecord
from matsuri.events.model import decode_entries
from matsuri.events.tail_filter import (
    EntrySeen,
    Seen,
    TailFilter,
    as_server_sent,
    entries_seen,
    server_sent,
)

_HEARTBEAT_SECONDS = 15.0
_TICK_SECONDS = 0.1
_TICK_BYTES = 256 * 1024
# About what the follower reads in a few seconds; further behind, it goes on at the end.
_BEHIND_BYTES_MAX = 4 * 1024 * 1024
_WINDOW_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class Place(msgspec.Struct, frozen=True, order=True):
    """One event in the log: its record's position, and its number there."""

    position: int
    number: int


class Tail:
    """What one caller is to see: events that match, at most so many a second."""

    def __init__(self, wanted: TailFilter, *, per_second_max: int) -> None:
        # The first record that it has not seen.
        self.position = 0
        self.pieces: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._wanted = wanted
        self._per_second_max = per_second_max
        self._window_begin = 0.0
        self._left = per_second_max
        self._skipped_events = 0
        self._skipped_bytes = 0

    def offer(self, position: int, entries: Sequence[EntrySeen]) -> None:
        """Take what matches of a record, and count what matches beyond the limit."""
        for each in entries:
            if not self._wanted.wants(each.entry):
                continue
            for number, event in enumerate(each.events, start=each.number):
                if not self._wanted.wants_event(event):
                    continue
                # A caller that reads slowly has the last seconds waiting already.
                if self._left <= 0 or len(self.pieces) > 2 * self._per_second_max:
                    self._skipped_events += 1
                    continue
                self._left -= 1
                seen = Seen(position, number, each.entry, event, each.is_replay)
                self.pieces.append(as_server_sent(seen))
        if self.pieces:
            self._news.set()

    def skip_bytes(self, count: int) -> None:
        """So much of the log is not looked at."""
        self._skipped_bytes += count

    def pass_time(self, now: float) -> None:
        """Begin the next second, if it is time, and tell what was left out in the last."""
        if now - self._window_begin < _WINDOW_SECONDS:
            return
        self._window_begin = now
        self._left = self._per_second_max
        if self._skipped_events or self._skipped_bytes:
            told = {"events": self._skipped_events, "bytes": self._skipped_bytes}
            self.pieces.append(server_sent("skipped", told))
            self._skipped_events = self._skipped_bytes = 0
            self._news.set()

    def take(self) -> bytes:
        """What waits to be sent, which is forgotten."""
        taken = b"".join(self.pieces)
        self.pieces.clear()
        self._news.clear()
        return taken

    async def wait(self) -> None:
        """Until there are pieces, at most until a heartbeat is due."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                await self._news.wait()


class LiveTails:
    """All tails of this process, and the follower that serves them."""

    def __init__(self, *, log: LogReader, tails_max: int, per_second_max: int) -> None:
        self._log = log
        self._tails_max = tails_max
        self._per_second_max = per_second_max
        self._tails: list[Tail] = []
        # Those that were answered, whether they have begun or not; one that is gone leaves.
        self._answered: weakref.WeakSet[AsyncIterator[bytes]] = weakref.WeakSet()
        self._position = 0
        self._follower: asyncio.Task[None] | None = None

    def open(self, wanted: TailFilter, *, after: Place | None = None) -> AsyncIterator[bytes]:
        """Server-sent events from now on, or from ``after`` where the log still has it.

        Raises ``ResourceExhausted`` where too many are open.
        """
        if len(self._answered) >= self._tails_max:
            raise ResourceExhausted(
                f"{self._tails_max} live tails are open already", retry_after_seconds=10
            )
        pieces = self._pieces(wanted, after)
        self._answered.add(pieces)
        return pieces

    async def close(self) -> None:
        """End the follower."""
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
            self._follower = None

    async def _pieces(self, wanted: TailFilter, after: Place | None) -> AsyncIterator[bytes]:
        tail = Tail(wanted, per_second_max=self._per_second_max)
        yield b": the tail is open\n\n"
        try:
            if after is None:
                tail.position = await self._log.end()
            else:
                async for pieces in self._catch_up(tail, after):
                    yield pieces
            # Nothing may be waited for in between: what came meanwhile would be lost.
            self._join(tail)
            while True:
                await tail.wait()
                yield tail.take() or b": still here\n\n"
        finally:
            if tail in self._tails:
                self._tails.remove(tail)

    def _join(self, tail: Tail) -> None:
        """From here on the follower serves ``tail``."""
        self._tails.append(tail)
        if self._follower is None or self._follower.done():
            self._position = tail.position
            self._follower = asyncio.create_task(self._follow())

    async def _catch_up(self, tail: Tail, after: Place) -> AsyncIterator[bytes]:
        """What came after that place, in its own time, until the follower has nothing more."""
        loop = asyncio.get_running_loop()
        tail.position, first = min(after.position, await self._log.end()), after.number + 1
        while tail.position < (end := await self._log.end()):
            behind = end - tail.position
            records: Sequence[LogRecord] = ()
            if behind <= _BEHIND_BYTES_MAX:
                # Without any it was trimmed, or never was the place of an event.
                with contextlib.suppress(MatsuriError):
                    records = await self._log.read(tail.position, bytes_max=_TICK_BYTES)
            if not records:
                tail.skip_bytes(behind)
                tail.position = end
                break
            for record in records:
                tail.pass_time(loop.time())
                tail.offer(record.position, _from(_entries(record), first))
                tail.position, first = record.next_position, 0
            if tail.pieces:
                yield tail.take()
            await asyncio.sleep(_TICK_SECONDS)

    async def _follow(self) -> None:
        """Read the log as long as there are tails."""
        loop = asyncio.get_running_loop()
        while self._tails:
            try:
                await self._read_some()
            except MatsuriError as error:
                logger.warning("live tails stand still", reason=error.message)
                await asyncio.sleep(_WINDOW_SECONDS)
            now = loop.time()
            for tail in self._tails:
                tail.pass_time(now)
            await asyncio.sleep(_TICK_SECONDS)

    async def _read_some(self) -> None:
        end = await self._log.end()
        behind = end - self._position
        if behind > _BEHIND_BYTES_MAX:
            for tail in self._tails:
                tail.skip_bytes(behind)
            self._position = end
            return
        for record in await self._log.read(self._position, bytes_max=_TICK_BYTES):
            entries = _entries(record)
            for tail in self._tails:
                # One that has caught up alone may be ahead.
                if record.position >= tail.position:
                    tail.offer(record.position, entries)
            self._position = record.next_position


def _entries(record: LogRecord) -> list[EntrySeen]:
    """The entries of a record that have events; none where it is no record of this version."""
    try:
        return entries_seen(decode_entries(record.payload))
    except msgspec.MsgspecError:
        return []


def _from(entries: Sequence[EntrySeen], first: int) -> list[EntrySeen]:
    """What there is from the event of number ``first`` on."""
    found: list[EntrySeen] = []
    for seen in entries:
        left = first - seen.number
        if left <= 0:
            found.append(seen)
        elif left < len(seen.events):
            found.append(seen.without_first(left))
    return found
