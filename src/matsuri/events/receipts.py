"""Receipts: what became of one event, wherever it is now."""

import asyncio
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from matsuri.adapters.database import Database
from matsuri.errors import Unavailable, invalid_field
from matsuri.events.analytics import AnalyticsReader, EventRow, PlayerEventsQuery
from matsuri.events.event_ids import id_bytes
from matsuri.events.log import LogReader
from matsuri.events.model import (
    EVENT_ID_CHARS_MAX,
    EventBatch,
    LogEntry,
    ProfileMerged,
    Reason,
    RejectedEvent,
    decode_entries,
)
from matsuri.events.pipeline import PIPELINE
from matsuri.events.rejected_store import Kept, newest_of_event
from matsuri.events.service import IdentityKeys
from matsuri.events.store import find_seen_event, load_progress
from matsuri.events.tail_filter import entries_seen
from matsuri.kit.clock import MICROSECONDS

_READ_BYTES = 256 * 1024
# As much of the log as a look may take: some seconds of a pipeline that is behind.
_TAIL_BYTES_MAX = 16 * 1024 * 1024


class State(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class InAnalytics(StrEnum):
    """Whether the analytics store has an event."""

    PRESENT = "present"
    ABSENT = "absent"
    UNAVAILABLE = "unavailable"


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an event.

    ``position`` is where the log has, or had, it. ``received_us`` is when it came, ``applied`` ones
    to the second; both may be unknown. ``looked_at_all`` is false where the pipeline is so far
    behind that not all that it has yet to apply was looked through.
    """

    state: State
    position: int | None = None
    received_us: int | None = None
    analytics: InAnalytics | None = None
    reason: Reason | None = None
    problem: str = ""
    closed_us: int | None = None
    looked_at_all: bool = True


class _Tail(msgspec.Struct):
    """What the log has that the pipeline has yet to apply."""

    keys: list[int]
    accepted: tuple[int, EventBatch] | None = None
    rejected: tuple[int, RejectedEvent] | None = None
    is_whole: bool = True


class Receipts:
    """Looks an event up. ``history`` answers at once, ``kept`` may take a while."""

    def __init__(
        self,
        *,
        history: Database,
        kept: Database,
        log: LogReader,
        identities: IdentityKeys,
        analytics: AnalyticsReader,
        dedup_window_seconds: int,
    ) -> None:
        self._history = history
        self._kept = kept
        self._log = log
        self._identities = identities
        self._analytics = analytics
        self.known_seconds = dedup_window_seconds
        # A reader of the log goes one way at a time.
        self._looking = asyncio.Lock()

    async def find(self, identity_id: str, event_id: str) -> Receipt:
        """What became of the event that ``identity_id`` sent under ``event_id``.

        An empty identity id asks for events of nobody. Raises ``InvalidArgument`` for what cannot
        be an event id.
        """
        if not 0 < len(event_id) <= EVENT_ID_CHARS_MAX:
            allowed = f"1 to {EVENT_ID_CHARS_MAX} characters"
            raise invalid_field("event_id", "is no event id", allowed)
        key = 0
        if identity_id:
            key = (await self._identities.known_keys_of([identity_id])).get(identity_id, 0)
        if key or not identity_id:
            applied = await self._applied([key], event_id)
            if applied is not None:
                return applied
        tail = await self._look(key, identity_id, event_id)
        if tail.accepted is not None:
            position, batch = tail.accepted
            return Receipt(state=State.ACCEPTED, position=position, received_us=batch.received_us)
        # What the pipeline applied meanwhile, and what waits to be merged.
        applied = await self._applied(tail.keys, event_id) if key or not identity_id else None
        return applied or await self._kept_or_past(tail, key, identity_id, event_id)

    async def _kept_or_past(
        self, tail: _Tail, key: int, identity_id: str, event_id: str
    ) -> Receipt:
        """What was refused, or came too long ago for its id to be remembered."""
        if tail.rejected is not None:
            return _rejected(tail.rejected[1], None, position=tail.rejected[0])
        kept = await self._rejected(tail.keys, identity_id, event_id)
        if kept is not None and kept.closed_us is None:
            return _rejected(kept.event, None)
        past = await self._long_ago(key, event_id, is_whole=tail.is_whole)
        if kept is not None and past.state is State.UNKNOWN:
            return _rejected(kept.event, kept.closed_us)
        return past

    async def _applied(self, keys: Sequence[int], event_id: str) -> Receipt | None:
        wanted = id_bytes(event_id)
        for key in keys:
            seen = await self._history.read(
                lambda c, key=key: find_seen_event(c, key, wanted)  # type: ignore[misc] # mypy infers no lambda with a default
            )
            if seen is not None:
                rows = await self._ask(key, event_id)
                return Receipt(
                    state=State.APPLIED,
                    position=seen.position or None,
                    received_us=rows[0].received_us if rows else seen.received_s * MICROSECONDS,
                    analytics=_presence(rows),
                )
        return None

    async def _look(self, key: int, identity_id: str, event_id: str) -> _Tail:
        """Look through what the pipeline has yet to apply."""
        tail = _Tail(keys=[key])
        async with self._looking:
            progress = await self._history.read(lambda c: load_progress(c, PIPELINE))
            position = progress.position
            limit = position + _TAIL_BYTES_MAX
            while records := await self._log.read(position, bytes_max=_READ_BYTES):
                for record in records:
                    try:
                        entries = decode_entries(record.payload)
                    except msgspec.MsgspecError:
                        continue
                    _note(tail, record.position, entries, identity_id, event_id)
                position = records[-1].next_position
                if tail.accepted is not None:
                    break
                if position > limit:
                    tail.is_whole = False
                    break
                await asyncio.sleep(0)
        return tail

    async def _rejected(self, keys: Sequence[int], identity_id: str, event_id: str) -> Kept | None:
        owned = [key for key in keys if key]
        return await self._kept.read(
            lambda c: newest_of_event(
                c, profile_keys=owned, identity_ids=[identity_id], event_id=event_id
            )
        )

    async def _long_ago(self, key: int, event_id: str, *, is_whole: bool) -> Receipt:
        """What only the analytics store may know: ids are remembered for a while."""
        rows = await self._ask(key, event_id) if key else []
        if rows:
            return Receipt(
                state=State.APPLIED,
                position=rows[0].position,
                received_us=rows[0].received_us,
                analytics=InAnalytics.PRESENT,
            )
        return Receipt(
            state=State.UNKNOWN,
            analytics=_presence(rows) if key else InAnalytics.ABSENT,
            looked_at_all=is_whole,
        )

    async def _ask(self, key: int, event_id: str) -> list[EventRow] | None:
        """The rows of the event in the analytics store; ``None`` if that does not answer."""
        if not key:
            return None
        query = PlayerEventsQuery(profile_key=key, event_id=event_id, limit=1)
        try:
            return await self._analytics.player_events(query)
        except Unavailable:
            return None


def _note(
    tail: _Tail, position: int, entries: Iterable[LogEntry], identity_id: str, event_id: str
) -> None:
    entries = list(entries)
    for entry in entries:
        if isinstance(entry, ProfileMerged) and entry.into_key in tail.keys and entry.into_key:
            tail.keys.append(entry.from_key)
    for _, entry, _ in entries_seen(entries):
        theirs = entry.identity_id == identity_id or 0 < entry.profile_key in tail.keys
        if not theirs:
            continue
        if isinstance(entry, RejectedEvent):
            if entry.event_id == event_id:
                tail.rejected = (position, entry)
        elif any(event.id == event_id for event in entry.events):
            tail.accepted = (position, entry)
            return


def _presence(rows: Sequence[EventRow] | None) -> InAnalytics:
    if rows is None:
        return InAnalytics.UNAVAILABLE
    return InAnalytics.PRESENT if rows else InAnalytics.ABSENT


def _rejected(
    event: RejectedEvent, closed_us: int | None, *, position: int | None = None
) -> Receipt:
    return Receipt(
        state=State.REJECTED,
        position=position,
        received_us=event.received_us,
        reason=event.reason,
        problem=event.problem,
        closed_us=closed_us,
    )
