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
    "is_test",
)
SESSION_COLUMNS = (
    "day",
    "session_id",
    "profile_key",
    "position",
    "place",
    "started_us",
    "told_us",
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
    adds to each session: rows of one session are put together when they are read. ``started_us`` is
    the time of the start itself, ``told_us`` what a sender told of it; the least start counts, else
    the least that was told, else the first event. Of the others it is the least first event, the
    greatest last event, and the sum of counts.
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
    sessions: dict[tuple[str, int, int], _SessionRow] = {}
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
                    entry.is_test,
                )
            )
        if entry.session_id and entry.profile_key:
            _add_session(sessions, _session_row(position, place, entry))
    return Rows(
        events=_columns(EVENT_COLUMNS, events),
        sessions=_columns(
            SESSION_COLUMNS, [msgspec.structs.astuple(row) for row in sessions.values()]
        ),
        merges=merges,
        erased=erased,
    )


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    if not rows:
        return {name: [] for name in names}
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


class _SessionRow(msgspec.Struct):
    """A row of ``SESSION_COLUMNS``, in their order."""

    day: int
    session_id: str
    profile_key: int
    position: int
    place: int
    started_us: int | None
    told_us: int | None
    first_event_us: int
    last_event_us: int
    event_count: int
    country: str
    api_key: str


def _session_row(position: int, place: int, batch: EventBatch) -> _SessionRow:
    times = [event.timestamp_us for event in batch.events]
    starts = [event for event in batch.events if event.name == SESSION_START]
    issued_us = batch.session_issued_at * MICROSECONDS
    return _SessionRow(
        day=min(times) // DAY_US,
        session_id=batch.session_id,
        profile_key=batch.profile_key,
        position=position,
        place=place,
        started_us=min((event.timestamp_us for event in starts), default=None),
        # One client sends whatever its memory holds: that is no time.
        told_us=issued_us if 0 < issued_us <= LATEST_US else None,
        first_event_us=min(times),
        last_event_us=max(times),
        # The start is the session itself, not something that happened in it.
        event_count=len(times) - len(starts),
        country=(starts[0].metadata or {}).get("countryCode", "") if starts else "",
        api_key=batch.api_key,
    )


def _add_session(sessions: dict[tuple[str, int, int], _SessionRow], added: _SessionRow) -> None:
    known = sessions.setdefault((added.session_id, added.profile_key, added.day), added)
    if known is added:
        return
    known.started_us = _least(known.started_us, added.started_us)
    known.told_us = _least(known.told_us, added.told_us)
    known.first_event_us = min(known.first_event_us, added.first_event_us)
    known.last_event_us = max(known.last_event_us, added.last_event_us)
    known.event_count += added.event_count
    known.country = known.country or added.country
    known.api_key = known.api_key or added.api_key


def _least(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)
