"""What a live tail of events shows: which entries, and in which form. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from matsuri.events.model import (
    Event,
    EventBatch,
    LogEntry,
    RejectedEvent,
    Replay,
    decode_entries,
)
from matsuri.events.revalidate import shown_payload
from matsuri.kit.timestamps import format_timestamp

_encoder = msgspec.json.Encoder()


class TailStatus(StrEnum):
    """What became of an event when it came in."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class TailFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to show: those that meet every condition given.

    ``text`` is looked for in name, value and metadata, and in what was refused, in any case.
    """

    status: TailStatus | None = None
    name: str = ""
    identity_id: str = ""
    session_id: str = ""
    api_key: str = ""
    text: str = ""

    def wants(self, entry: "EventBatch | RejectedEvent") -> bool:
        """Whether events of this entry may be among them: what can be told of it as a whole."""
        return (
            (not self.identity_id or entry.identity_id == self.identity_id)
            and (not self.session_id or entry.session_id == self.session_id)
            and (not self.api_key or entry.api_key == self.api_key)
            and (self.status is None or (self.status is _status(entry)))
        )

    def wants_event(self, event: Event | RejectedEvent) -> bool:
        """Whether this event of an entry that is wanted is among them."""
        if self.name and event.name != self.name:
            return False
        return not self.text or self.text.casefold() in _text(event)


class Seen(NamedTuple):
    """One event of the log: the record, its number there, and the entry that has it."""

    position: int
    number: int
    entry: EventBatch | RejectedEvent
    event: Event | RejectedEvent
    is_replay: bool


class EntrySeen(NamedTuple):
    """An entry with events, and the number of the first of them within the record."""

    number: int
    entry: EventBatch | RejectedEvent
    is_replay: bool

    @property
    def events(self) -> Sequence[Event | RejectedEvent]:
        """What it has."""
        return self.entry.events if isinstance(self.entry, EventBatch) else [self.entry]

    def without_first(self, count: int) -> "EntrySeen":
        """The same without its first ``count`` events, which are fewer than it has."""
        entry = self.entry
        if isinstance(entry, EventBatch):
            entry = msgspec.structs.replace(entry, events=entry.events[count:])
        return EntrySeen(self.number + count, entry, self.is_replay)


def entries_seen(entries: Iterable[LogEntry]) -> list[EntrySeen]:
    """The entries of one record that have events, those of replays among them."""
    found: list[EntrySeen] = []
    number = 0
    for entry, is_replay in _opened(entries, is_replay=False):
        seen = EntrySeen(number, entry, is_replay)
        number += len(seen.events)
        found.append(seen)
    return found


def _opened(
    entries: Iterable[LogEntry], *, is_replay: bool
) -> Iterator[tuple[EventBatch | RejectedEvent, bool]]:
    for entry in entries:
        if isinstance(entry, EventBatch | RejectedEvent):
            yield entry, is_replay
        elif isinstance(entry, Replay):
            yield from _opened(decode_entries(entry.entries), is_replay=True)


def as_server_sent(seen: Seen) -> bytes:
    """One server-sent event, with an id that names its place in the log."""
    entry, event = seen.entry, seen.event
    shown: dict[str, Any] = {
        "name": event.name,
        "source": entry.source,
        "api_key": entry.api_key,
        "identity_id": entry.identity_id,
        "session_id": entry.session_id,
        "receive_time": format_timestamp(entry.received_us),
    }
    if isinstance(event, RejectedEvent):
        shown |= {
            "id": event.event_id,
            "reason": event.reason,
            "problem": event.problem,
            "payload": shown_payload(event),
        }
    else:
        shown |= {
            "id": event.id,
            "timestamp": format_timestamp(event.timestamp_us),
            "value": event.value,
            "metadata": event.metadata,
            "replayed": seen.is_replay or None,
        }
    told = {key: value for key, value in shown.items() if value not in ("", None)}
    return server_sent(_status(entry).value, told, f"{seen.position}.{seen.number}")


def server_sent(kind: str, data: dict[str, Any], event_id: str = "") -> bytes:
    """The bytes of one server-sent event."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {kind}\ndata: ".encode() + _encoder.encode(data) + b"\n\n"


def _status(entry: EventBatch | RejectedEvent) -> TailStatus:
    return TailStatus.ACCEPTED if isinstance(entry, EventBatch) else TailStatus.REJECTED


def _text(event: Event | RejectedEvent) -> str:
    if isinstance(event, RejectedEvent):
        payload = event.payload.decode(errors="replace")
        return f"{event.name}\n{event.problem}\n{payload}".casefold()
    parts = [event.name, event.value or ""]
    for key, text in (event.metadata or {}).items():
        parts += [key, text]
    return "\n".join(parts).casefold()
