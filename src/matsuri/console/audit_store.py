"""Who changed what in the console, in the control database.

Entries are only added, in the transaction of the change that they tell. The database itself refuses
to remove them, and to change who did what when; what names an erased player is emptied.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    String,
    Table,
    Text,
    event,
    false,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control
from matsuri.kit.paging import Cursor

audit_entries = Table(
    "audit_entries",
    control,
    Column("number", BigKey, primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String(320), nullable=False),
    Column("actor_is_key", Boolean, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    # Empty once the player whom it named is erased; so are the columns after it.
    Column("subject_id", String(128), nullable=False),
    Column("note", Text, nullable=False),
    Column("before", Text, nullable=True),
    Column("after", Text, nullable=True),
    Column("subject_erased", Boolean, nullable=False, server_default=false()),
    Index("ix_audit_entries_at_us", "at_us", "number"),
    Index("ix_audit_entries_subject", "subject_id", "at_us", "number"),
    Index("ix_audit_entries_actor", "actor", "at_us", "number"),
    sqlite_autoincrement=True,
)

# What the database itself refuses; control_0010 makes the same.
_APPEND_ONLY = (
    """
    CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_entries_stay_as_they_are
    BEFORE UPDATE OF number, at_us, actor, actor_is_key, action, subject_kind ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
)


def _guard(_table: Table, connection: Connection, **_: Any) -> None:
    for statement in _APPEND_ONLY:
        connection.exec_driver_sql(statement)


event.listen(audit_entries, "after_create", _guard)

_table = audit_entries.c
_state = msgspec.json.Decoder(dict[str, Any])


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody did something, at ``at_us``, microseconds since the epoch.

    ``actor`` is the e-mail address of a console user, or the name of a server key, or what did it
    without either, such as ``game``. ``before`` and
    ``after`` are what the action changed, as it was and as it is then; ``None`` where there was
    nothing, or nothing is left. ``number`` is given by the store.
    """

    at_us: int
    actor: str
    actor_is_key: bool
    action: str
    subject_kind: str
    subject_id: str
    note: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    subject_erased: bool = False
    number: int = 0


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: those that agree in every text that is not empty, from a time until another.

    Times are microseconds since the epoch, and ``None`` for no bound.
    """

    subject_kind: str = ""
    subject_id: str = ""
    actor: str = ""
    action: str = ""
    from_us: int | None = None
    until_us: int | None = None


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Note an entry for good."""
    connection.execute(
        insert(audit_entries).values(
            at_us=entry.at_us,
            actor=entry.actor,
            actor_is_key=entry.actor_is_key,
            action=entry.action,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            note=entry.note,
            before=_text(entry.before),
            after=_text(entry.after),
        )
    )


def page_of_entries(
    connection: Connection, wanted: AuditFilter, *, limit: int, cursor: Cursor | None
) -> list[AuditEntry]:
    """Entries, the latest first, or those before a cursor in the other order.

    The key of a cursor is the time and the number of an entry.
    """
    backward = cursor is not None and cursor.backward
    query = select(audit_entries)
    for name in ("subject_kind", "subject_id", "actor", "action"):
        if text := getattr(wanted, name):
            query = query.where(_table[name] == text)
    if wanted.from_us is not None:
        query = query.where(_table.at_us >= wanted.from_us)
    if wanted.until_us is not None:
        query = query.where(_table.at_us < wanted.until_us)
    if cursor is not None:
        here = tuple_(_table.at_us, _table.number)
        query = query.where(here > cursor.key if backward else here < cursor.key)
    if backward:
        query = query.order_by(_table.at_us, _table.number)
    else:
        query = query.order_by(_table.at_us.desc(), _table.number.desc())
    return [_entry(row) for row in connection.execute(query.limit(limit))]


def entries_of_subjects(
    connection: Connection, subject_kind: str, subject_ids: Sequence[str]
) -> list[AuditEntry]:
    """Every entry about one of these, in their order."""
    query = (
        select(audit_entries)
        .where(_table.subject_kind == subject_kind, _table.subject_id.in_(subject_ids))
        .order_by(_table.at_us, _table.number)
    )
    return [_entry(row) for row in connection.execute(query)]


def empty_entries(connection: Connection, subject_kind: str, subject_ids: Sequence[str]) -> int:
    """Take out of the entries about these what tells of them; of how many.

    Who did what, and when, stays.
    """
    result = connection.execute(
        update(audit_entries)
        .where(_table.subject_kind == subject_kind, _table.subject_id.in_(subject_ids))
        .values(subject_id="", note="", before=None, after=None, subject_erased=True)
    )
    return result.rowcount


def _text(state: Mapping[str, Any] | None) -> str | None:
    return None if state is None else msgspec.json.encode(state).decode()


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        at_us=row.at_us,
        actor=row.actor,
        actor_is_key=row.actor_is_key,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        note=row.note,
        before=None if row.before is None else _state.decode(row.before),
        after=None if row.after is None else _state.decode(row.after),
        subject_erased=row.subject_erased,
    )
