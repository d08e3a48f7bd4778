"""Questions about the dead letters that are kept."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import ColumnElement, func, literal, or_, select, true
from sqlalchemy.engine import Connection

from matsuri.events.model import (
    EventBatch,
    LogEntry,
    RejectedEvent,
    Replay,
    decode_entries,
)
from matsuri.events.rejected_store import Status, status_is
from matsuri.events.store import dead_letters

_rows = dead_letters.c


class LetterFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters: those that meet every condition given.

    ``name`` is that of an event in it. ``identity_id`` finds what was sent under that id, and what
    belongs to ``profile_key`` if that is not 0. Times are those of the last failure; ``from_us``
    is included, ``until_us`` is not.
    """

    error_like: str = ""
    name: str = ""
    identity_id: str = ""
    profile_key: int = 0
    from_us: int | None = None
    until_us: int | None = None
    status: Status = Status.OPEN
    ids: Sequence[int] | None = None


class DeadLetter(msgspec.Struct, frozen=True):
    """A part of the log that could not be applied; see the table."""

    id: int
    position: int
    profile_key: int
    failed_us: int
    error: str
    payload: bytes
    attempts: int
    closed_us: int | None


def find_letters(
    connection: Connection,
    wanted: LetterFilter,
    *,
    beyond: int | None = None,
    backward: bool = False,
    limit: int,
) -> list[DeadLetter]:
    """At most ``limit`` dead letters on the way from the row ``beyond``, or from the end.

    The way goes from the latest to older ones, ``backward`` from older ones to the latest.
    """
    columns = (_rows[name] for name in DeadLetter.__struct_fields__)
    query = select(*columns).where(true(), *_conditions(wanted))
    if beyond is not None:
        query = query.where(_rows.id > beyond if backward else _rows.id < beyond)
    query = query.order_by(_rows.id if backward else _rows.id.desc())
    found: list[DeadLetter] = []
    for row in connection.execute(query):
        letter = DeadLetter(*row)
        # What SQL finds in the bytes may be part of another text.
        if _matches(letter, wanted):
            found.append(letter)
            if len(found) == limit:
                break
    return found


def entries_of(payload: bytes) -> list[LogEntry]:
    """The entries of a dead letter, those of replays in their stead.

    Raises ``msgspec.MsgspecError`` where it holds none.
    """
    return list(_opened(decode_entries(payload)))


def _conditions(wanted: LetterFilter) -> Iterator[ColumnElement[bool]]:
    """What SQL can tell; texts are looked for in the bytes of the payload."""
    yield from status_is(_rows.closed_us, wanted.status)
    if wanted.error_like:
        yield _rows.error.icontains(wanted.error_like, autoescape=True)
    if wanted.from_us is not None:
        yield _rows.failed_us >= wanted.from_us
    if wanted.until_us is not None:
        yield _rows.failed_us < wanted.until_us
    if wanted.ids is not None:
        yield _rows.id.in_(wanted.ids)
    if wanted.name:
        yield func.instr(_rows.payload, literal(wanted.name.encode())) > 0
    if wanted.identity_id:
        named = func.instr(_rows.payload, literal(wanted.identity_id.encode())) > 0
        owned = _rows.profile_key == wanted.profile_key if wanted.profile_key else named
        yield or_(named, owned)


def _opened(entries: Sequence[LogEntry]) -> Iterator[LogEntry]:
    for entry in entries:
        if isinstance(entry, Replay):
            yield from _opened(decode_entries(entry.entries))
        else:
            yield entry


def _matches(letter: DeadLetter, wanted: LetterFilter) -> bool:
    if not wanted.name and not wanted.identity_id:
        return True
    try:
        entries = entries_of(letter.payload)
    except msgspec.MsgspecError:
        return False
    named = not wanted.name or any(wanted.name in _names(entry) for entry in entries)
    owned = not wanted.identity_id or any(
        isinstance(entry, EventBatch | RejectedEvent) and entry.identity_id == wanted.identity_id
        for entry in entries
    )
    return named and (owned or 0 < letter.profile_key == wanted.profile_key)


def _names(entry: LogEntry) -> list[str]:
    if isinstance(entry, EventBatch):
        return [event.name for event in entry.events]
    return [entry.name] if isinstance(entry, RejectedEvent) else []


def open_letter_ids(connection: Connection) -> list[int]:
    """The numbers of all open dead letters, the oldest first."""
    query = select(_rows.id).where(*status_is(_rows.closed_us, Status.OPEN)).order_by(_rows.id)
    return list(connection.execute(query).scalars())
