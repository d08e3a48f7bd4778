"""The pipeline: the log's records go through steps, and what they change is committed once.

It knows only ``Step``; ``matsuri/steps.py`` lists the real ones in their order. Position and
changes are one transaction, so after any crash it goes on where it stopped, and nothing is
applied twice (design, promise 2).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import Unavailable
from matsuri.events.log import LogReader, LogRecord
from matsuri.events.model import (
    Entry,
    EventBatch,
    LogEntry,
    RejectedEvent,
    Replay,
    decode_entries,
    encode_entries,
)
from matsuri.events.replays import Origin, Placed, open_replays, place_entries
from matsuri.events.store import (
    Progress,
    keep_dead_letter,
    load_progress,
    note_failed_replay,
    save_progress,
)
from matsuri.kit.clock import Clock

PIPELINE = "main"
_ERROR_CHARS_MAX = 2000
_BEHIND_SECONDS = 0.25

logger = structlog.get_logger(__name__)


class Work:
    """A stretch of the log on its way through the steps, at the time ``now_us``.

    Steps may change ``entries`` in place by others (fewer events, a session found), each at its
    index, where ``origins`` tells whence it came; they count what they leave out in
    ``duplicates``.
    """

    def __init__(self, placed: Iterable[Placed[Entry]], *, now_us: int = 0) -> None:
        self.entries: list[Entry] = []
        self.origins: list[Origin] = []
        for origin, entry in placed:
            self.origins.append(origin)
            self.entries.append(entry)
        self.duplicates = 0
        self.now_us = now_us

    def replace(self, entries: Sequence[Entry | None]) -> None:
        """Take ``entries`` in place of those there are, one for each; ``None`` drops it."""
        kept = [
            (origin, entry)
            for origin, entry in zip(self.origins, entries, strict=True)
            if entry is not None
        ]
        self.origins = [origin for origin, _ in kept]
        self.entries = [entry for _, entry in kept]


class Step(Protocol):
    """One thing that is done with every stretch of the log."""

    def apply(self, work: Work, connection: Connection) -> None:
        """Do it, within the transaction under way; an exception undoes the whole stretch."""
        ...

    def settle(self, *, committed: bool) -> None:
        """Hear how the transaction ended, to keep or drop what was only in memory."""
        ...


class Pipeline:
    """Brings the log to the history database, a stretch at a time.

    One at a time for each log: position and changes have a single writer.
    """

    def __init__(
        self,
        *,
        log: LogReader,
        database: Database,
        steps: Sequence[Step],
        clock: Clock,
        read_bytes_max: int,
    ) -> None:
        self._log = log
        self.database = database
        self._steps = steps
        self._clock = clock
        self._read_bytes_max = read_bytes_max
        self._progress: Progress | None = None
        self._turn = asyncio.Lock()
        self._busy_since_s: float | None = None

    @property
    def behind(self) -> bool:
        """Whether it has not come to the end of the log for a while: every look found more."""
        now_s = asyncio.get_running_loop().time()
        return self._busy_since_s is not None and now_s - self._busy_since_s > _BEHIND_SECONDS

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Nothing is applied meanwhile."""
        async with self._turn:
            yield

    async def progress(self) -> Progress:
        """How far this pipeline has come."""
        if self._progress is None:
            self._progress = await self.database.read(lambda c: load_progress(c, PIPELINE))
        return self._progress

    async def run_once(self) -> int:
        """Apply the next stretch; how many records it had, 0 at the end of the log.

        Raises ``Unavailable`` where log or database do not answer: nothing has changed then, and
        the same call later takes the same stretch. Records that cannot be applied go to the dead
        letters, event by event, so that they hold nothing up.
        """
        async with self._turn:
            try:
                return await self._run_once()
            except BaseException:
                # Some of it may be in the database all the same: that is what counts.
                self._progress = None
                raise

    async def _run_once(self) -> int:
        before = await self.progress()
        records = await self._log.read(before.position, bytes_max=self._read_bytes_max)
        if not records:
            self._busy_since_s = None
            return 0
        if self._busy_since_s is None:
            self._busy_since_s = asyncio.get_running_loop().time()
        if before.parts_applied:
            # It was taken apart, and not all of it applied: the rest goes part by part, too.
            record = records[0]
            self._progress = await self._apply_parts(before, record, _parts_of(record))
            return 1
        try:
            after = await self._apply(before, records)
        except Unavailable:
            raise
        except Exception:
            logger.exception("a stretch of the log failed; trying it record by record")
            after = before
            for record in records:
                after = await self._apply_or_bury(after, record)
        self._progress = after
        return len(records)

    async def _apply(self, before: Progress, records: Sequence[LogRecord]) -> Progress:
        placed: list[Placed[LogEntry]] = []
        for record in records:
            placed += place_entries(record.position, decode_entries(record.payload))
        return await self._commit(before, placed, next_position=records[-1].next_position)

    async def _commit(
        self,
        before: Progress,
        placed: list[Placed[LogEntry]],
        *,
        next_position: int,
        parts_applied: int = 0,
    ) -> Progress:
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Progress:
            stretch = Work(open_replays(connection, placed, now_us=now_us), now_us=now_us)
            entries = list(stretch.entries)
            for step in self._steps:
                step.apply(stretch, connection)
            after = _advance(before, entries, stretch.duplicates, now_us)
            after = msgspec.structs.replace(
                after, position=next_position, parts_applied=parts_applied
            )
            save_progress(connection, PIPELINE, after)
            return after

        committed = False
        try:
            after = await self.database.write(work)
            committed = True
        finally:
            for step in self._steps:
                step.settle(committed=committed)
        return after

    async def _apply_or_bury(self, before: Progress, record: LogRecord) -> Progress:
        try:
            return await self._apply(before, [record])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 # it goes to the dead letters
            try:
                parts = _parts_of(record)
            except (msgspec.MsgspecError, ValueError):
                return await self._bury(before, record, None, error)
        return await self._apply_parts(before, record, parts)

    async def _apply_parts(
        self, before: Progress, record: LogRecord, parts: Sequence[Placed[LogEntry]]
    ) -> Progress:
        """Apply a record part by part, from the first that was not applied before."""
        progress = before
        for number, part in enumerate(parts, start=1):
            if number <= before.parts_applied:
                continue
            # The position moves with the last part; how many came before it is kept with it.
            whole = number == len(parts)
            position = record.next_position if whole else record.position
            parts_applied = 0 if whole else number
            try:
                progress = await self._commit(
                    progress, [part], next_position=position, parts_applied=parts_applied
                )
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 # it goes to the dead letters
                place = record._replace(next_position=position)
                progress = await self._bury(
                    progress, place, part.entry, error, parts_applied=parts_applied
                )
        return progress

    async def _bury(
        self,
        before: Progress,
        record: LogRecord,
        entry: LogEntry | None,
        error: Exception,
        *,
        parts_applied: int = 0,
    ) -> Progress:
        """Keep ``entry``, or the whole record where it cannot be read, among the dead letters."""
        logger.error(
            "a dead letter: the log goes on without it", position=record.position, error=str(error)
        )
        now_us = self._clock.now_us()
        told = f"{type(error).__name__}: {error}"[:_ERROR_CHARS_MAX]
        again = entry.dead_letter_id if isinstance(entry, Replay) else 0
        after = msgspec.structs.replace(
            before,
            position=record.next_position,
            parts_applied=parts_applied,
            dead_letters=before.dead_letters + (0 if again else 1),
            committed_us=now_us,
        )

        def work(connection: Connection) -> None:
            if again:
                note_failed_replay(connection, again, failed_us=now_us, error=told)
            else:
                keep_dead_letter(
                    connection,
                    position=record.position,
                    profile_key=_profile_key(entry),
                    failed_us=now_us,
                    error=told,
                    payload=record.payload if entry is None else encode_entries([entry]),
                )
            save_progress(connection, PIPELINE, after)

        await self.database.write(work)
        return after


def _parts_of(record: LogRecord) -> list[Placed[LogEntry]]:
    """The parts of a record, always the same; raises ``msgspec.MsgspecError`` and ``ValueError``.

    ``ValueError`` is for a replay that does not name each of its events.
    """
    return list(_parts(place_entries(record.position, decode_entries(record.payload))))


def _parts(placed: Iterable[Placed[LogEntry]]) -> Iterable[Placed[LogEntry]]:
    """The same entries with every event in a batch of its own."""
    for origin, entry in placed:
        if isinstance(entry, EventBatch):
            for number, event in enumerate(entry.events):
                alone = msgspec.structs.replace(entry, events=[event])
                yield Placed(origin._replace(place=origin.place + number), alone)
        elif isinstance(entry, Replay) and not entry.dead_letter_id:
            yield from _replay_parts(origin, entry)
        else:
            yield Placed(origin, entry)


def _profile_key(entry: LogEntry | None) -> int:
    """Whose ``entry`` is, so that it is found when the player is erased; 0 for nobody's."""
    if isinstance(entry, EventBatch | RejectedEvent):
        return entry.profile_key
    if isinstance(entry, Replay):
        # One that failed was taken apart before: it has one event.
        return max(map(_profile_key, decode_entries(entry.entries)), default=0)
    return 0


def _replay_parts(origin: Origin, replay: Replay) -> Iterable[Placed[LogEntry]]:
    """One replay for each refused event of ``replay``."""
    parts = _parts(place_entries(origin.position, decode_entries(replay.entries)))
    for rejected_id, part in zip(replay.rejected_ids, parts, strict=True):
        place = origin.place + part.origin.place
        alone = msgspec.structs.replace(
            replay, rejected_ids=[rejected_id], entries=encode_entries([part.entry])
        )
        yield Placed(origin._replace(place=place), alone)


def _advance(before: Progress, entries: list[Entry], duplicates: int, now_us: int) -> Progress:
    events = sum(len(entry.events) for entry in entries if isinstance(entry, EventBatch))
    received = [e.received_us for e in entries if isinstance(e, EventBatch | RejectedEvent)]
    return msgspec.structs.replace(
        before,
        events_applied=before.events_applied + events - duplicates,
        events_duplicate=before.events_duplicate + duplicates,
        events_rejected=before.events_rejected
        + sum(isinstance(entry, RejectedEvent) for entry in entries),
        received_us=max([before.received_us, *received]),
        committed_us=now_us,
    )
