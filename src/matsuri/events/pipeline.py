"""The pipeline: the log's records go through steps, and what they change is committed once.

It knows only ``Step``; ``matsuri/steps.py`` lists the real ones in their order. Position and
changes are one transaction, so after any crash it goes on where it stopped, and nothing is
applied twice (design, promise 2).
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import Unavailable
from matsuri.events.log import LogReader, LogRecord
from matsuri.events.model import Entry, EventBatch, RejectedEvent, decode_entries, encode_entries
from matsuri.events.store import Progress, keep_dead_letter, load_progress, save_progress
from matsuri.kit.clock import Clock

PIPELINE = "main"
_ERROR_CHARS_MAX = 2000

logger = structlog.get_logger(__name__)


class Work:
    """A stretch of the log on its way through the steps.

    Steps may replace ``entries`` by others (fewer events, a session found); they count what they
    leave out in ``duplicates``.
    """

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.duplicates = 0


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
        before = await self.progress()
        records = await self._log.read(before.position, bytes_max=self._read_bytes_max)
        if not records:
            return 0
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
        entries: list[Entry] = []
        for record in records:
            entries += decode_entries(record.payload)
        return await self._commit(before, entries, next_position=records[-1].next_position)

    async def _commit(
        self, before: Progress, entries: list[Entry], *, next_position: int
    ) -> Progress:
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Progress:
            stretch = Work(list(entries))
            for step in self._steps:
                step.apply(stretch, connection)
            after = _advance(before, entries, stretch.duplicates, next_position, now_us)
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
                parts = _parts(decode_entries(record.payload))
            except msgspec.MsgspecError:
                return await self._bury(before, record, record.payload, 0, error)
        progress = before
        for number, part in enumerate(parts, start=1):
            # The position moves with the last part: what is between is told apart by event ids.
            last = number == len(parts)
            position = record.next_position if last else before.position
            try:
                progress = await self._commit(progress, [part], next_position=position)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 # it goes to the dead letters
                place = record if last else record._replace(next_position=before.position)
                key = 0 if not isinstance(part, EventBatch) else part.profile_key
                progress = await self._bury(progress, place, encode_entries([part]), key, error)
        return progress

    async def _bury(
        self, before: Progress, record: LogRecord, payload: bytes, key: int, error: Exception
    ) -> Progress:
        logger.error(
            "a dead letter: the log goes on without it", position=record.position, error=str(error)
        )
        now_us = self._clock.now_us()
        after = msgspec.structs.replace(
            before,
            position=record.next_position,
            dead_letters=before.dead_letters + 1,
            committed_us=now_us,
        )

        def work(connection: Connection) -> None:
            keep_dead_letter(
                connection,
                position=record.position,
                profile_key=key,
                failed_us=now_us,
                error=f"{type(error).__name__}: {error}"[:_ERROR_CHARS_MAX],
                payload=payload,
            )
            save_progress(connection, PIPELINE, after)

        await self.database.write(work)
        return after


def _parts(entries: list[Entry]) -> list[Entry]:
    """The same entries with every event in a batch of its own.

    The ids that the server made count as given, so that they too are remembered: after a crash
    between two parts, those that were applied are told from those that were not.
    """
    parts: list[Entry] = []
    for entry in entries:
        if isinstance(entry, EventBatch):
            for event in entry.events:
                known = msgspec.structs.replace(event, id_given=True)
                parts.append(msgspec.structs.replace(entry, events=[known]))
        else:
            parts.append(entry)
    return parts


def _advance(
    before: Progress, entries: list[Entry], duplicates: int, next_position: int, now_us: int
) -> Progress:
    events = sum(len(entry.events) for entry in entries if isinstance(entry, EventBatch))
    received = [e.received_us for e in entries if isinstance(e, EventBatch | RejectedEvent)]
    return Progress(
        position=next_position,
        events_applied=before.events_applied + events - duplicates,
        events_duplicate=before.events_duplicate + duplicates,
        events_rejected=before.events_rejected
        + sum(isinstance(entry, RejectedEvent) for entry in entries),
        dead_letters=before.dead_letters,
        received_us=max([before.received_us, *received]),
        committed_us=now_us,
    )
