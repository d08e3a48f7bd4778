"""Who changed the lists of audiences, in the control database.

The id of the newest change is the version of all lists.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control, inserted_key
from matsuri.audiences.model import Listing
from matsuri.kit.paging import Cursor

# Ids must never come again: the greatest one is the version of all lists.
audience_changes = Table(
    "audience_changes",
    control,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("audience_id", String(36), nullable=False),
    Column("listing", String(8), nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("changed_by", String(400), nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_audience_changes_audience", "audience_id", "id"),
    Index("ix_audience_changes_time", "changed_us"),
    sqlite_autoincrement=True,
)

# Apart from the changes, so that what names a player can be erased.
audience_change_ids = Table(
    "audience_change_ids",
    control,
    Column("change_id", BigKey, primary_key=True, autoincrement=False),
    Column("identity_id", String(128), primary_key=True),
    Column("what", String(8), nullable=False),
    Index("ix_audience_change_ids_identity", "identity_id"),
    sqlite_with_rowid=False,
)

_IDS_PER_QUERY = 500

# For readers that ask often (see ``PointReads``); ``key`` is 0.
entries_version = select(func.max(audience_changes.c.id)).where(
    audience_changes.c.id >= bindparam("key")
)


class Done(StrEnum):
    """What was done with an id."""

    ADDED = "added"
    CHANGED = "changed"
    """It got another end."""
    REMOVED = "removed"


class ListChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one list: how many ids, and of some of them, which.

    ``id`` rises with every change of any list; erased players are no longer among ``ids``.
    """

    id: int = 0
    audience_id: str
    listing: Listing
    added: int
    changed: int
    removed: int
    changed_by: str
    changed_us: int
    note: str
    ids: tuple[tuple[str, Done], ...] = ()


def add_change(connection: Connection, change: ListChange) -> int:
    """Note a change down; its id."""
    values = msgspec.structs.asdict(change)
    del values["id"], values["ids"]
    values["listing"] = change.listing.value
    key = inserted_key(connection.execute(insert(audience_changes).values(values)))
    rows = [
        {"change_id": key, "identity_id": identity_id, "what": done.value}
        for identity_id, done in change.ids
    ]
    if rows:
        connection.execute(insert(audience_change_ids), rows)
    return key


def list_changes(
    connection: Connection, audience_id: str, *, limit: int, cursor: Cursor | None = None
) -> list[ListChange]:
    """The changes of an audience's lists, the newest first, or the oldest first before a cursor.

    The key of a cursor is the negative id of a change.
    """
    column = audience_changes.c.id
    query = select(audience_changes).where(audience_changes.c.audience_id == audience_id)
    if cursor is not None:
        place = -int(cursor.key[0])
        query = query.where(column > place if cursor.backward else column < place)
    backward = cursor is not None and cursor.backward
    query = query.order_by(column.asc() if backward else column.desc()).limit(limit)
    rows = connection.execute(query).all()
    ids: dict[int, list[tuple[str, Done]]] = {row.id: [] for row in rows}
    table = audience_change_ids.c
    found = select(audience_change_ids).where(table.change_id.in_(list(ids)))
    for each in connection.execute(found.order_by(table.identity_id)):
        ids[each.change_id].append((each.identity_id, Done(each.what)))
    return [_change(row, ids[row.id]) for row in rows]


def forget_in_changes(connection: Connection, identity_ids: Sequence[str]) -> int:
    """Leave nothing of these ids in what is known of changes but that they count; how many rows."""
    gone = 0
    column = audience_change_ids.c.identity_id
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        chunk = identity_ids[start : start + _IDS_PER_QUERY]
        gone += connection.execute(delete(audience_change_ids).where(column.in_(chunk))).rowcount
    return gone


def forget_changes(connection: Connection, *, before_us: int, rows_max: int) -> int:
    """Remove changes before that time, at most ``rows_max``, but never the newest; how many."""
    table = audience_changes.c
    newest = select(func.max(table.id)).scalar_subquery()
    statement = (
        select(table.id)
        .where(table.changed_us < before_us, table.id < newest)
        .order_by(table.changed_us)
        .limit(rows_max)
    )
    old = [row.id for row in connection.execute(statement)]
    for column in (audience_change_ids.c.change_id, table.id):
        connection.execute(delete(column.table).where(column.in_(old)))
    return len(old)


def _change(row: Row[Any], ids: Sequence[tuple[str, Done]]) -> ListChange:
    return ListChange(
        id=row.id,
        audience_id=row.audience_id,
        listing=Listing(row.listing),
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        changed_by=row.changed_by,
        changed_us=row.changed_us,
        note=row.note,
        ids=tuple(ids),
    )
