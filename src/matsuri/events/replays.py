"""Entries with their places in the log, and what was kept aside coming back among them."""

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.model import (
    Dismissed,
    Entry,
    EventBatch,
    LogEntry,
    Redacted,
    Replay,
    decode_entries,
)
from matsuri.events.store import claim_replays, dismiss

E = TypeVar("E", bound=LogEntry)


class Origin(NamedTuple):
    """Where something stands in the log: the record's position, and the place within it.

    The place counts events, so that (position, place) names one event for ever.
    """

    position: int
    place: int


class Placed(NamedTuple, Generic[E]):
    """An entry with its origin, which is that of its first event."""

    origin: Origin
    entry: E


def place_entries(position: int, entries: Iterable[LogEntry]) -> Iterator[Placed[LogEntry]]:
    """The entries of the record at ``position``, each with its place."""
    place = 0
    for entry in entries:
        yield Placed(Origin(position, place), entry)
        place += places_of(entry)


def places_of(entry: LogEntry) -> int:
    """How many places an entry takes in its record."""
    if isinstance(entry, EventBatch):
        return len(entry.events)
    if isinstance(entry, Replay):
        return max(1, len(entry.rejected_ids))
    return entry.places if isinstance(entry, Redacted) else 0


def open_replays(
    connection: Connection, placed: Iterable[Placed[LogEntry]], *, now_us: int
) -> Iterator[Placed[Entry]]:
    """The entries without redactions, with those that replays bring in their stead.

    Each refused event and each dead letter comes back once: what was claimed by an earlier replay,
    or dismissed, is left out. The claims are part of the transaction under way.
    """
    for origin, entry in placed:
        if isinstance(entry, Replay):
            yield from _opened(connection, origin, entry, now_us)
        elif isinstance(entry, Dismissed):
            dismiss(
                connection,
                rejected_ids=entry.rejected_ids,
                dead_letter_ids=entry.dead_letter_ids,
                now_us=now_us,
            )
        elif not isinstance(entry, Redacted):
            yield Placed(origin, entry)


def _opened(
    connection: Connection, origin: Origin, replay: Replay, now_us: int
) -> Iterator[Placed[Entry]]:
    letters = [replay.dead_letter_id] if replay.dead_letter_id else []
    if letters and not claim_replays(connection, dead_letter_ids=letters, now_us=now_us):
        return
    claimed = claim_replays(connection, rejected_ids=replay.rejected_ids, now_us=now_us)
    placed = place_entries(origin.position, decode_entries(replay.entries))
    for (_, place), entry in open_replays(connection, placed, now_us=now_us):
        here = Origin(origin.position, origin.place + place)
        if not replay.rejected_ids or not isinstance(entry, EventBatch):
            yield Placed(here, entry)
            continue
        ids = replay.rejected_ids[place : place + len(entry.events)]
        events = [event for ref, event in zip(ids, entry.events, strict=True) if ref in claimed]
        if events:
            yield Placed(here, msgspec.structs.replace(entry, events=events))
