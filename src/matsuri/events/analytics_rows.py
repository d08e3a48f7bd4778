"""What the pipeline applied, as rows of the analytics store. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from matsuri.events.analytics import DAY_US, Item, Merge
from matsuri.events.model import SESSION_START, EventBatch, ProfileErased, ProfileMerged
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.timestamps import LATEST_US

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Item])
_json = msgspec.json.Encoder()

EVENT_COLUMNS = (
    "day",
    "time_us",
    "received_us",
    "position",
    "place",
    "profile_key",
    "identity_id",
    "session_id",
    "event_id",
    "name",
    "value",
    "metadata",
    "source",
    "api_key",
)
SESSION_COLUMNS = (
    "day",
    "session_id",
    "profile_key",
    "position",
    "place",
    "started_us",
    "first_event_us",
    "last_event_us",
    "event_count",
    "country",
    "api_key",
)


def encode_items(items: Sequence[Item]) -> bytes:
    """The stored form of items on their way to the analytics store."""
    return _encoder.encode(items)


def decode_items(payload: bytes) -> list[Item]:
    """The items of a stored form; raises ``msgspec.MsgspecError`` where it is none."""
    return _decoder.decode(payload)


class Rows(msgspec.Struct, frozen=True):
    """A chunk as columns, each a list with one value for each row (``*_COLUMNS``).

    ``events`` and ``sessions`` leave out what ``erased`` names. ``sessions`` has what the chunk
    adds to each session: rows of one session are put together when they are read (least start and
    first event, greatest last event, sum of counts).
    """

    events: dict[str, list[Any]]
    sessions: dict[str, list[Any]]
    merges: list[Merge]
    erased: list[int]


def rows_of(items: Iterable[Item]) -> Rows:
    """The rows that ``items`` add, and the profiles that they erase."""
    items = list(items)
    erased = [item.entry.profile_key for item in items if isinstance(item.entry, ProfileErased)]
    gone = frozenset(erased)
    merges = []
    events: list[tuple[Any, ...]] = []
    sessions: dict[tuple[str, int, int], list[Any]] = {}
    for position, place, entry in items:
        if isinstance(entry, ProfileMerged):
            merges.append(Merge(position, place, entry.from_key, entry.into_key))
        if not isinstance(entry, EventBatch) or not entry.events or entry.profile_key in gone:
            continue
        for number, event in enumerate(entry.events, start=place):
            metadata = event.metadata
            events.append(
                (
                    event.timestamp_us // DAY_US,
                    event.timestamp_us,
                    entry.received_us,
                    position,
                    number,
                    entry.profile_key,
                    entry.identity_id,
                    entry.session_id,
                    event.id,
                    event.name,
                    event.value,
                    None if metadata is None else _json.encode(metadata).decode(),
                    entry.source.value,
                    entry.api_key,
                )
            )
        if entry.session_id and entry.profile_key:
            _add_session(sessions, position, place, entry)
    return Rows(
        events=_columns(EVENT_COLUMNS, events),
        sessions=_columns(SESSION_COLUMNS, list(sessions.values())),
        merges=merges,
        erased=erased,
    )


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    if not rows:
        return {name: [] for name in names}
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _add_session(
    sessions: dict[tuple[str, int, int], list[Any]], position: int, place: int, batch: EventBatch
) -> None:
    times = [event.timestamp_us for event in batch.events]
    starts = [event for event in batch.events if event.name == SESSION_START]
    issued_us = batch.session_issued_at * MICROSECONDS
    # One client sends whatever its memory holds: that is no time.
    told_us = issued_us if 0 < issued_us <= LATEST_US else None
    started_us = min((event.timestamp_us for event in starts), default=told_us)
    day = min(times) // DAY_US
    country = (starts[0].metadata or {}).get("countryCode", "") if starts else ""
    row = sessions.get((batch.session_id, batch.profile_key, day))
    if row is None:
        sessions[batch.session_id, batch.profile_key, day] = [
            day,
            batch.session_id,
            batch.profile_key,
            position,
            place,
            started_us,
            min(times),
            max(times),
            len(times) - len(starts),
            country,
            batch.api_key,
        ]
        return
    _day, _id, _key, _position, _place, started, first, last, count, known, _api_key = row
    row[5:10] = [
        started
        if started_us is None
        else started_us
        if started is None
        else min(started, started_us),
        min(first, *times),
        max(last, *times),
        count + len(times) - len(starts),
        known or country,
    ]
