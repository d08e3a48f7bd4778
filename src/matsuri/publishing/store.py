"""Change sets, in the control database.

What is looked for has columns of its own; the rest is one JSON text, and the changes another one,
which lists do not read.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control
from matsuri.kit.paging import Cursor
from matsuri.publishing.model import ChangeSet, SetChange, State

change_sets = Table(
    "change_sets",
    control,
    Column("number", BigKey, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("author", String(400), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    # 0 for what is not to be published at a time.
    Column("publish_us", BigInteger, nullable=False),
    Column("change_count", Integer, nullable=False),
    Column("changes", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_change_sets_state", "state", "publish_us"),
    sqlite_autoincrement=True,
)

_table = change_sets.c
_LISTED = (_table.number, _table.change_count, _table.body)


class ChangeSetSearch(NamedTuple):
    """Which change sets: in any of the ``states``, of the ``author``, with ``like`` in the name.

    What is empty does not narrow.
    """

    states: frozenset[State] = frozenset()
    author: str = ""
    like: str = ""


class Listed(NamedTuple):
    """A change set without its changes, but with how many there are, and its place in lists."""

    change_set: ChangeSet
    change_count: int
    number: int


def put(connection: Connection, change_set: ChangeSet) -> None:
    """Store a change set in the place of the one with its id, if there is one."""
    values = {
        "name": change_set.name,
        "state": change_set.state.value,
        "author": change_set.author.name,
        "version": change_set.version,
        "created_us": change_set.created_us,
        "publish_us": change_set.publish_us,
        "change_count": len(change_set.changes),
        "changes": msgspec.json.encode(change_set.changes).decode(),
        "body": msgspec.json.encode(msgspec.structs.replace(change_set, changes=())).decode(),
    }
    changed = connection.execute(
        update(change_sets).where(_table.id == change_set.id).values(values)
    )
    if not changed.rowcount:
        connection.execute(insert(change_sets).values(id=change_set.id, **values))


def find(connection: Connection, change_set_id: str) -> ChangeSet | None:
    """The change set of that id."""
    row = connection.execute(
        select(_table.body, _table.changes).where(_table.id == change_set_id)
    ).one_or_none()
    return None if row is None else _whole(row)


def remove(connection: Connection, change_set_id: str) -> None:
    """Delete a change set."""
    connection.execute(delete(change_sets).where(_table.id == change_set_id))


def count(connection: Connection, states: Sequence[State]) -> int:
    """How many there are in these states."""
    query = select(func.count()).select_from(change_sets).where(_table.state.in_(states))
    return int(connection.execute(query).scalar_one())


def due(connection: Connection, now_us: int, *, limit: int) -> list[ChangeSet]:
    """Those that are to be published by now, the earliest first."""
    query = (
        select(_table.body, _table.changes)
        .where(_table.state == State.SCHEDULED.value, _table.publish_us <= now_us)
        .order_by(_table.publish_us, _table.number)
        .limit(limit)
    )
    return [_whole(row) for row in connection.execute(query)]


def page(
    connection: Connection, wanted: ChangeSetSearch, *, limit: int, cursor: Cursor | None
) -> list[Listed]:
    """Change sets, the newest first, or those before a cursor in the other order.

    The key of a cursor is the negative number of a set.
    """
    backward = cursor is not None and cursor.backward
    query = select(*_LISTED)
    if wanted.states:
        query = query.where(_table.state.in_(sorted(wanted.states)))
    if wanted.author:
        query = query.where(_table.author == wanted.author)
    if wanted.like:
        query = query.where(_table.name.icontains(wanted.like, autoescape=True))
    if cursor is not None:
        place = -int(cursor.key[0])
        query = query.where(_table.number > place if backward else _table.number < place)
    query = query.order_by(_table.number.asc() if backward else _table.number.desc()).limit(limit)
    return [
        Listed(msgspec.json.decode(row.body, type=ChangeSet), row.change_count, row.number)
        for row in connection.execute(query)
    ]


def _whole(row: Row[Any, Any]) -> ChangeSet:
    changes = msgspec.json.decode(row.changes, type=tuple[SetChange, ...])
    return msgspec.structs.replace(msgspec.json.decode(row.body, type=ChangeSet), changes=changes)
