"""Who did what in the console, in the control database.

Entries are only added, in the transaction of the change that they tell. The database itself refuses
to change who did what when, and to remove what is not older than the retention that it knows; what
names an erased player is emptied.
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    delete,
    event,
    false,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control
from matsuri.console.attempts import Outcome
from matsuri.console.audit_chain import Chain, Link, followed, seal
from matsuri.kit.paging import Cursor

RETENTION_DAYS_MIN = 30
"""The database keeps entries for at least so many days, whatever it is told."""

_LINKS_AT_ONCE = 1000
_NOTHING = text("X''")


def _name(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False, server_default="")


audit_entries = Table(
    "audit_entries",
    control,
    Column("number", BigKey, primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("actor", String(320), nullable=False),
    Column("actor_is_key", Boolean, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    # Empty once the player whom it named is erased; so are the note, before and after, and the
    # name of the subject.
    Column("subject_id", String(128), nullable=False),
    Column("note", Text, nullable=False),
    Column("before", Text, nullable=True),
    Column("after", Text, nullable=True),
    Column("subject_erased", Boolean, nullable=False, server_default=false()),
    _name("subject_name", 255),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    _name("address", 64),
    _name("user_agent", 200),
    _name("request_id", 64),
    _name("operation", 100),
    Column("outcome", String(8), nullable=False, server_default="ok"),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("message", Text, nullable=False, server_default=""),
    Column("calls", BigInteger, nullable=False, server_default="1"),
    # See ``audit_chain``.
    Column("salt", LargeBinary, nullable=False, server_default=_NOTHING),
    Column("told_digest", LargeBinary, nullable=False, server_default=_NOTHING),
    Column("digest", LargeBinary, nullable=False, server_default=_NOTHING),
    Index("ix_audit_entries_at_us", "at_us", "number"),
    Index("ix_audit_entries_subject", "subject_id", "at_us", "number"),
    Index("ix_audit_entries_actor", "actor", "at_us", "number"),
    Index("ix_audit_entries_action", "action", "at_us", "number"),
    sqlite_autoincrement=True,
)

# For how long entries are kept, at least; and what the newest of those removed was.
audit_retention = Table(
    "audit_retention",
    control,
    Column("id", Integer, primary_key=True),
    Column("days", Integer, nullable=False),
    Column("removed_number", BigInteger, nullable=False),
    Column("removed_digest", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint(f"days = 0 OR days >= {RETENTION_DAYS_MIN}", name="days"),
)

# What the database itself refuses; control_0013 makes the same.
_APPEND_ONLY = (
    """
    CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_retention
        WHERE days >= 30
        AND OLD.at_us < (CAST(strftime('%s', 'now') AS INTEGER) - days * 86400) * 1000000
    )
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_entries_are_not_replaced BEFORE INSERT ON audit_entries
    WHEN EXISTS (SELECT 1 FROM audit_entries WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_entries_stay_as_they_are
    BEFORE UPDATE OF number, at_us, actor, actor_is_key, action, subject_kind, revision, address,
        user_agent, request_id, operation, outcome, status, message, calls, told_digest, digest
    ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
    """
    CREATE TRIGGER audit_entries_are_only_emptied
    BEFORE UPDATE OF subject_id, subject_name, note, before, after, subject_erased, salt
    ON audit_entries
    WHEN NOT (
        NEW.subject_erased AND NEW.subject_id = '' AND NEW.subject_name = '' AND NEW.note = ''
        AND NEW.before IS NULL AND NEW.after IS NULL AND NEW.salt = X''
    )
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
    """,
)


def _guard(_table: Table, connection: Connection, **_: Any) -> None:
    for statement in _APPEND_ONLY:
        connection.exec_driver_sql(statement)


event.listen(audit_entries, "after_create", _guard)

_table = audit_entries.c
_state = msgspec.json.Decoder(dict[str, Any])
_SEARCHED = (
    _table.actor,
    _table.action,
    _table.subject_id,
    _table.subject_name,
    _table.note,
    _table.message,
    _table.before,
    _table.after,
)


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody did something, or tried to, at ``at_us``, microseconds since the epoch.

    ``actor`` is the e-mail address of a console user, or the name of a server key, or what did it
    without either, such as ``game`` or ``server``; empty if nobody is known. ``before`` and
    ``after`` are what the action changed, as it was and as it is then; ``None`` where there was
    nothing, or nothing is left. ``revision`` is that of a definition, 0 for none. ``operation`` is
    the endpoint's, ``status`` and ``message`` are the answer's where it was none of success.
    ``calls`` is how many calls it tells of. ``number`` is given by the store.
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
    subject_name: str = ""
    revision: int = 0
    address: str = ""
    user_agent: str = ""
    request_id: str = ""
    operation: str = ""
    outcome: Outcome = Outcome.OK
    status: int = 0
    message: str = ""
    calls: int = 1
    number: int = 0


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: those that agree in every text that is not empty, from a time until another.

    ``action_prefix`` is how an action begins, ``text`` what is anywhere in what an entry tells, in
    any case of the letters A to Z. Times are microseconds since the epoch, and ``None`` for no
    bound.
    """

    subject_kind: str = ""
    subject_id: str = ""
    actor: str = ""
    action: str = ""
    outcome: str = ""
    address: str = ""
    request_id: str = ""
    action_prefix: str = ""
    text: str = ""
    from_us: int | None = None
    until_us: int | None = None


def add_entry(connection: Connection, entry: AuditEntry) -> None:
    """Note an entry for good, chained to the one before it."""
    values = {
        **{name: getattr(entry, name) for name in entry.__struct_fields__},
        "outcome": entry.outcome.value,
        "before": _text(entry.before),
        "after": _text(entry.after),
    }
    del values["number"]
    sealed = seal(_newest_digest(connection), values)
    connection.execute(insert(audit_entries).values(**values, **sealed._asdict()))


def find_entry(connection: Connection, number: int) -> AuditEntry | None:
    """The entry of that number."""
    row = connection.execute(select(audit_entries).where(_table.number == number)).one_or_none()
    return None if row is None else _entry(row)


def page_of_entries(
    connection: Connection, wanted: AuditFilter, *, limit: int, cursor: Cursor | None
) -> list[AuditEntry]:
    """Entries, the latest first, or those before a cursor in the other order.

    The key of a cursor is the time and the number of an entry.
    """
    backward = cursor is not None and cursor.backward
    query = _matching(wanted)
    if cursor is not None:
        here = tuple_(_table.at_us, _table.number)
        query = query.where(here > cursor.key if backward else here < cursor.key)
    if backward:
        query = query.order_by(_table.at_us, _table.number)
    else:
        query = query.order_by(_table.at_us.desc(), _table.number.desc())
    return [_entry(row) for row in connection.execute(query.limit(limit))]


def _matching(wanted: AuditFilter) -> Select[Any]:
    query = select(audit_entries)
    exact = ("subject_kind", "subject_id", "actor", "action", "outcome", "address", "request_id")
    for name in exact:
        if given := getattr(wanted, name):
            query = query.where(_table[name] == given)
    if wanted.action_prefix:
        query = query.where(
            _table.action >= wanted.action_prefix,
            _table.action < wanted.action_prefix + "\U0010ffff",
        )
    if wanted.text:
        query = query.where(
            or_(*(each.contains(wanted.text, autoescape=True) for each in _SEARCHED))
        )
    if wanted.from_us is not None:
        query = query.where(_table.at_us >= wanted.from_us)
    if wanted.until_us is not None:
        query = query.where(_table.at_us < wanted.until_us)
    return query


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
        .values(
            subject_id="",
            subject_name="",
            note="",
            before=None,
            after=None,
            salt=b"",
            subject_erased=True,
        )
    )
    return result.rowcount


def remove_before(connection: Connection, at_us: int, *, days: int, limit: int) -> int:
    """Remove the oldest entries as far as all of them are before a time; how many, up to a limit.

    ``days`` is told to the database, which lets go of nothing younger.
    """
    oldest = connection.execute(
        select(_table.number, _table.at_us, _table.digest).order_by(_table.number).limit(limit)
    ).all()
    gone = list(takewhile(lambda each: each.at_us < at_us, oldest))
    number, digest = (gone[-1].number, gone[-1].digest) if gone else removed_last(connection)
    connection.execute(delete(audit_retention))
    connection.execute(
        insert(audit_retention).values(
            id=1, days=days, removed_number=number, removed_digest=digest
        )
    )
    connection.execute(delete(audit_entries).where(_table.number <= number))
    return len(gone)


def removed_last(connection: Connection) -> tuple[int, bytes]:
    """Number and digest of the newest entry that was removed; 0 and no bytes if none was."""
    row = connection.execute(
        select(audit_retention.c.removed_number, audit_retention.c.removed_digest)
    ).one_or_none()
    return (0, b"") if row is None else (row.removed_number, row.removed_digest)


def whole_chain(connection: Connection) -> Chain:
    """All entries, followed from the oldest on; it takes time with their number."""
    chain = Chain(*removed_last(connection))
    while not chain.broken_at and (links := _links_after(connection, chain.number)):
        chain = followed(chain, links)
    return chain


def _links_after(connection: Connection, number: int) -> list[Link]:
    """The next entries after one in their order, as links of the chain."""
    query = select(audit_entries).where(_table.number > number).order_by(_table.number)
    rows = connection.execute(query.limit(_LINKS_AT_ONCE)).mappings()
    return [Link(row["number"], {**row}, row["subject_erased"]) for row in rows]


def _newest_digest(connection: Connection) -> bytes:
    newest = connection.execute(
        select(_table.digest).order_by(_table.number.desc()).limit(1)
    ).scalar_one_or_none()
    return removed_last(connection)[1] if newest is None else newest


def _text(state: Mapping[str, Any] | None) -> str | None:
    return None if state is None else msgspec.json.encode(state).decode()


def _entry(row: Row[Any]) -> AuditEntry:
    fields = {name: getattr(row, name) for name in AuditEntry.__struct_fields__}
    fields["outcome"] = Outcome(row.outcome)
    for name in ("before", "after"):
        fields[name] = None if fields[name] is None else _state.decode(fields[name])
    return AuditEntry(**fields)
