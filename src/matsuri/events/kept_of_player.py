"""What the history database keeps aside of one player: refused events and dead letters."""

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection

from matsuri.events.model import RejectedEvent
from matsuri.events.store import dead_letters, rejected_events


class KeptRejection(msgspec.Struct, frozen=True):
    """A refused event and the number of its row."""

    id: int
    event: RejectedEvent


class KeptDeadLetter(msgspec.Struct, frozen=True):
    """A part of the log that could not be applied, and the number of its row."""

    id: int
    failed_us: int
    error: str
    payload: bytes


def rejections_of(
    connection: Connection, profile_key: int, *, after: int, limit: int
) -> list[KeptRejection]:
    """Refused events of a profile, the oldest first, from the row after the number ``after``."""
    names = RejectedEvent.__struct_fields__
    rows = connection.execute(
        select(rejected_events.c.id, *(rejected_events.c[name] for name in names))
        .where(rejected_events.c.profile_key == profile_key, rejected_events.c.id > after)
        .order_by(rejected_events.c.id)
        .limit(limit)
    )
    return [
        KeptRejection(row.id, RejectedEvent(**{name: getattr(row, name) for name in names}))
        for row in rows
    ]


def dead_letters_of(
    connection: Connection, profile_key: int, *, after: int, limit: int
) -> list[KeptDeadLetter]:
    """Dead letters of a profile, the oldest first, from the row after the number ``after``."""
    letter = dead_letters.c
    rows = connection.execute(
        select(letter.id, letter.failed_us, letter.error, letter.payload)
        .where(letter.profile_key == profile_key, letter.id > after)
        .order_by(letter.id)
        .limit(limit)
    )
    return [KeptDeadLetter(row.id, row.failed_us, row.error, row.payload) for row in rows]
