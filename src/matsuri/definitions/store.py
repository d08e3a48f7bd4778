"""Definitions and their revisions, in the control database.

Bodies are JSON texts here: the kinds that know their types are not this file's business.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control, inserted_key
from matsuri.definitions.model import Definition, Revision
from matsuri.kit.paging import Cursor

definitions = Table(
    "definitions",
    control,
    Column("id", String(36), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("body", Text, nullable=False),
    Column("version", BigKey, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    UniqueConstraint("kind", "name"),
)

# Ids must never come again: the greatest one is the version of all definitions.
definition_revisions = Table(
    "definition_revisions",
    control,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("definition_id", String(36), nullable=False, index=True),
    Column("kind", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("changed_by", String(400), nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    sqlite_autoincrement=True,
)

_IDS_AT_ONCE = 1000


class RevisionSearch(NamedTuple):
    """Which changes: of definitions of these ``kinds``; every other part that is given narrows.

    Times are in microseconds since the epoch, from one until before the other.
    """

    kinds: frozenset[str]
    authors: tuple[str, ...] = ()
    like: str = ""
    label: str = ""
    from_us: int | None = None
    until_us: int | None = None


class _Told(msgspec.Struct):
    """A definition as a revision tells it."""

    name: str
    body: msgspec.Raw


def current_version(connection: Connection) -> int:
    """The id of the newest revision; 0 if nothing was ever changed."""
    newest = connection.execute(select(func.max(definition_revisions.c.id))).scalar_one()
    return 0 if newest is None else int(newest)


def list_definitions(connection: Connection) -> list[Definition[str]]:
    """Every stored definition of every kind."""
    rows = connection.execute(select(definitions).order_by(definitions.c.id))
    return [_definition(row) for row in rows]


def get_definition(connection: Connection, definition_id: str) -> Definition[str]:
    """The stored definition of an id that there is."""
    statement = select(definitions).where(definitions.c.id == definition_id)
    return _definition(connection.execute(statement).one())


def definitions_at(connection: Connection, version: int) -> list[Definition[str]]:
    """Every definition that was stored at a version, as it was then.

    It takes time with the number of definitions there ever were, however often they were changed,
    but for a walk of the index over all changes.
    """
    ends = (
        select(
            # What was deleted and restored was made anew; what came with the server never was.
            func.coalesce(
                func.max(
                    case((definition_revisions.c.before.is_(None), definition_revisions.c.id))
                ),
                func.min(definition_revisions.c.id),
            ).label("first"),
            func.max(definition_revisions.c.id).label("last"),
        )
        .where(definition_revisions.c.id <= version)
        .group_by(definition_revisions.c.definition_id)
        .subquery()
    )
    first, last = definition_revisions.alias(), definition_revisions.alias()
    rows = connection.execute(
        select(last, first.c.changed_us.label("created_us"))
        .select_from(ends)
        .join(last, last.c.id == ends.c.last)
        .join(first, first.c.id == ends.c.first)
        .where(last.c.after.is_not(None))
        .order_by(last.c.definition_id)
    )
    return [_as_it_was(row) for row in rows]


def version_at(connection: Connection, time_us: int) -> int:
    """The version at a time; 0 if nothing had ever been changed by then.

    Times of changes rise with their versions, but for clocks that were put back.
    """
    low, high = 0, current_version(connection)
    changed = select(definition_revisions.c.id, definition_revisions.c.changed_us)
    while low < high:
        middle = (low + high + 1) // 2
        found = connection.execute(
            changed.where(definition_revisions.c.id <= middle)
            .order_by(definition_revisions.c.id.desc())
            .limit(1)
        ).one_or_none()
        if found is None or found.changed_us <= time_us:
            low = middle
        else:
            high = found.id - 1
    return low


def ids_of_kind(connection: Connection, kind: str) -> list[str]:
    """The ids of the stored definitions of a kind, also of those that cannot be read."""
    rows = connection.execute(select(definitions.c.id).where(definitions.c.kind == kind))
    return [row.id for row in rows]


def id_of(connection: Connection, kind: str, name: str) -> str | None:
    """The id of the stored definition of that kind and name."""
    return connection.execute(
        select(definitions.c.id).where(definitions.c.kind == kind, definitions.c.name == name)
    ).scalar_one_or_none()


def put_definition(connection: Connection, definition: Definition[str]) -> None:
    """Store a definition in place of the one with its id, if there is one."""
    values = {
        "kind": definition.kind,
        "name": definition.name,
        "body": definition.body,
        "version": definition.version,
        "created_us": definition.created_us,
        "updated_us": definition.updated_us,
    }
    changed = connection.execute(
        update(definitions).where(definitions.c.id == definition.id).values(values)
    )
    if not changed.rowcount:
        connection.execute(insert(definitions).values(id=definition.id, **values))


def delete_definition(connection: Connection, definition_id: str) -> None:
    """Remove a definition; its revisions stay."""
    connection.execute(delete(definitions).where(definitions.c.id == definition_id))


def add_revision(connection: Connection, revision: Revision) -> int:
    """Note down a change; the id that its revision gets, in place of the one it has."""
    values = msgspec.structs.asdict(revision)
    del values["id"]
    return inserted_key(connection.execute(insert(definition_revisions).values(values)))


def any_revision(connection: Connection, kind: str) -> bool:
    """Whether there ever was a definition of that kind."""
    statement = select(definition_revisions.c.id).where(definition_revisions.c.kind == kind)
    return connection.execute(statement.limit(1)).one_or_none() is not None


def revisions_of_ids(connection: Connection, revisions: Sequence[int]) -> dict[int, Revision]:
    """Those of these changes that there are, by id."""
    found: dict[int, Revision] = {}
    for start in range(0, len(revisions), _IDS_AT_ONCE):
        wanted = definition_revisions.c.id.in_(revisions[start : start + _IDS_AT_ONCE])
        rows = connection.execute(select(definition_revisions).where(wanted))
        found.update((row.id, _revision(row)) for row in rows)
    return found


def find_revisions(
    connection: Connection, wanted: RevisionSearch, *, limit: int, cursor: Cursor | None
) -> list[Revision]:
    """Changes of any definitions, the newest first, or the oldest first before a cursor.

    The key of a cursor is the negative id of a revision.
    """
    column = definition_revisions.c.id
    query = select(definition_revisions).where(definition_revisions.c.kind.in_(wanted.kinds))
    if wanted.authors:
        query = query.where(definition_revisions.c.changed_by.in_(wanted.authors))
    if wanted.like:
        name = definition_revisions.c.name
        query = query.where(name.icontains(wanted.like, autoescape=True))
    if wanted.label:
        query = query.where(_has_label(wanted.label))
    if wanted.from_us is not None:
        query = query.where(definition_revisions.c.changed_us >= wanted.from_us)
    if wanted.until_us is not None:
        query = query.where(definition_revisions.c.changed_us < wanted.until_us)
    backward = cursor is not None and cursor.backward
    if cursor is not None:
        place = -int(cursor.key[0])
        query = query.where(column > place if backward else column < place)
    query = query.order_by(column.asc() if backward else column.desc()).limit(limit)
    return [_revision(row) for row in connection.execute(query)]


def _has_label(label: str) -> ColumnElement[bool]:
    """Whether the definition had the label before the change, or after it."""
    texts = (definition_revisions.c.before, definition_revisions.c.after)
    labels = (func.json_each(text, "$.body.labels").table_valued("value") for text in texts)
    return or_(*(exists(select(each.c.value).where(each.c.value == label)) for each in labels))


def befores(connection: Connection, revisions: Sequence[int]) -> dict[int, str | None]:
    """What each of these revisions found, by its id; ``None`` where nothing was."""
    query = select(definition_revisions.c.id, definition_revisions.c.before)
    found: dict[int, str | None] = {}
    for start in range(0, len(revisions), _IDS_AT_ONCE):
        wanted = definition_revisions.c.id.in_(revisions[start : start + _IDS_AT_ONCE])
        found.update((row.id, row.before) for row in connection.execute(query.where(wanted)))
    return found


def revisions_after(connection: Connection, version: int) -> list[Revision]:
    """The changes of all definitions since a version, in their order."""
    column = definition_revisions.c.id
    query = select(definition_revisions).where(column > version).order_by(column)
    return [_revision(row) for row in connection.execute(query)]


def list_revisions(
    connection: Connection,
    kind: str,
    definition_id: str,
    *,
    limit: int,
    cursor: Cursor | None = None,
) -> list[Revision]:
    """The changes of one definition, the newest first, or the oldest first before a cursor.

    The key of a cursor is the negative id of a revision.
    """
    column = definition_revisions.c.id
    query = select(definition_revisions).where(
        definition_revisions.c.definition_id == definition_id,
        definition_revisions.c.kind == kind,
    )
    if cursor is not None:
        place = -int(cursor.key[0])
        query = query.where(column > place if cursor.backward else column < place)
    backward = cursor is not None and cursor.backward
    query = query.order_by(column.asc() if backward else column.desc()).limit(limit)
    return [_revision(row) for row in connection.execute(query)]


def _definition(row: Row[Any]) -> Definition[str]:
    return Definition(
        id=row.id,
        kind=row.kind,
        name=row.name,
        body=row.body,
        version=row.version,
        created_us=row.created_us,
        updated_us=row.updated_us,
    )


def _as_it_was(row: Row[Any]) -> Definition[str]:
    told = msgspec.json.decode(row.after, type=_Told)
    return Definition(
        id=row.definition_id,
        kind=row.kind,
        name=told.name,
        body=bytes(told.body).decode(),
        version=row.id,
        created_us=row.created_us,
        updated_us=row.changed_us,
    )


def _revision(row: Row[Any]) -> Revision:
    return Revision(
        id=row.id,
        definition_id=row.definition_id,
        kind=row.kind,
        name=row.name,
        before=row.before,
        after=row.after,
        changed_by=row.changed_by,
        changed_us=row.changed_us,
        note=row.note,
    )
