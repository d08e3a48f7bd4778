"""What is kept aside of events that went to no profile, but name a player who was erased."""

from collections import Counter

import msgspec
from sqlalchemy import LargeBinary, cast, delete, func, or_, select, update
from sqlalchemy.engine import Connection

from matsuri.events.model import Redacted, RejectedEvent, decode_entries
from matsuri.events.redact import NAME_ERASED, Erased, redact
from matsuri.events.store import dead_letters, rejected_events


def erase_nameless(connection: Connection, erased: Erased) -> dict[int, Counter[str]]:
    """Remove it; how many rows went of each owner, by table."""
    removed: dict[int, Counter[str]] = {}
    for text, owner in erased.ids.items():
        counts = removed.setdefault(owner, Counter())
        counts["rejected_events"] += _erase_rejected(connection, text, erased)
        counts["dead_letters"] += _erase_dead_letters(connection, text, erased)
    return removed


def _erase_rejected(connection: Connection, text: str, erased: Erased) -> int:
    table = rejected_events.c
    columns = [table[name] for name in RejectedEvent.__struct_fields__]
    rows = connection.execute(
        select(table.id, *columns).where(
            table.profile_key == 0,
            or_(table.identity_id == text, func.instr(table.payload, text.encode()) > 0),
        )
    ).all()
    gone = []
    for row in rows:
        fields = dict(row._mapping)  # noqa: SLF001 # SQLAlchemy's own name
        row_id = fields.pop("id")
        if erased.owner(RejectedEvent(**fields)) is not None:
            gone.append(row_id)
    for row_id in gone:
        connection.execute(delete(rejected_events).where(table.id == row_id))
    return len(gone)


def _erase_dead_letters(connection: Connection, text: str, erased: Erased) -> int:
    table = dead_letters.c
    needle = text.encode()
    rows = connection.execute(
        select(table.id, table.error, table.payload).where(
            or_(
                func.instr(table.payload, needle) > 0,
                func.instr(cast(table.error, LargeBinary), needle) > 0,
            )
        )
    ).all()
    removed = 0
    for row in rows:
        payload = _without(row.payload, erased)
        if payload is None:
            connection.execute(delete(dead_letters).where(table.id == row.id))
            removed += 1
            continue
        # The error of a letter of others may have the player's id by chance: they keep theirs.
        error = erased.without_names(row.error)
        if payload != row.payload and error != row.error:
            error = NAME_ERASED
        if payload != row.payload or error != row.error:
            connection.execute(
                update(dead_letters).where(table.id == row.id).values(payload=payload, error=error)
            )
            removed += 1
    return removed


def _without(payload: bytes, erased: Erased) -> bytes | None:
    """What stays of a dead letter; ``None`` where nothing does."""
    try:
        redaction = redact(payload, erased)
        if redaction is None:
            return payload
        entries = decode_entries(redaction.payload)
    except msgspec.MsgspecError:
        # It could be read by nobody, but for the player's id.
        return None if erased.named_in(payload) is not None else payload
    if all(isinstance(entry, Redacted) for entry in entries):
        return None
    return redaction.payload
