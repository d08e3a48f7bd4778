"""Lists that are put together before they take the place of others, in the control database."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import control
from matsuri.audiences.change_store import Done
from matsuri.audiences.model import Listing
from matsuri.audiences.store import audience_entries, count_list

audience_imports = Table(
    "audience_imports",
    control,
    Column("id", String(36), primary_key=True),
    Column("audience_id", String(36), nullable=False),
    Column("listing", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("ids", BigInteger, nullable=False),
    Index("ix_audience_imports_list", "audience_id", "listing"),
    sqlite_with_rowid=False,
)

# By import first: to add rows is quick then, and there are few imports to look through for an id.
audience_import_entries = Table(
    "audience_import_entries",
    control,
    Column("import_id", String(36), primary_key=True),
    Column("identity_id", String(128), primary_key=True),
    Column("until_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_IDS_PER_QUERY = 500
_imports, _staged, _entries = audience_imports.c, audience_import_entries.c, audience_entries.c


class ImportState(StrEnum):
    """How far an import is."""

    OPEN = "open"
    """Entries are added to it."""
    COMMITTED = "committed"
    """It has become the list."""
    DISCARDED = "discarded"
    """It goes, as soon as its entries are gone."""


class ListImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import of a list; of a committed one, what it did: see ``ListResult``."""

    id: str
    audience_id: str
    listing: Listing
    state: ImportState = ImportState.OPEN
    expires_us: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    ids: int = 0


class Swapped(NamedTuple):
    """How many ids come, get another end, and go; ``told`` are some of them, perhaps all."""

    added: int
    changed: int
    removed: int
    told: list[tuple[str, Done]]

    @property
    def ids(self) -> int:
        """How many ids something happens to."""
        return self.added + self.changed + self.removed


def begin_import(connection: Connection, begun: ListImport) -> None:
    """Store a new import, and discard any other of the list."""
    connection.execute(
        update(audience_imports)
        .where(_imports.audience_id == begun.audience_id, _imports.listing == begun.listing.value)
        .values(state=ImportState.DISCARDED.value)
    )
    connection.execute(insert(audience_imports).values(msgspec.to_builtins(begun)))


def find_import(connection: Connection, import_id: str) -> ListImport | None:
    """The import of that id."""
    statement = select(audience_imports).where(_imports.id == import_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _import(row)


def save_import(connection: Connection, changed: ListImport) -> None:
    """Store what has become of an import."""
    values = msgspec.to_builtins(changed)
    connection.execute(update(audience_imports).where(_imports.id == changed.id).values(values))


def stage_entries(connection: Connection, import_id: str, until_us: Mapping[str, int]) -> None:
    """Add ids with their ends; one that is there already gets the new end."""
    rows = [
        {"import_id": import_id, "identity_id": each, "until_us": end}
        for each, end in until_us.items()
    ]
    if rows:
        statement = insert(audience_import_entries)
        statement = statement.on_conflict_do_update(
            index_elements=["import_id", "identity_id"],
            set_={"until_us": statement.excluded.until_us},
        )
        connection.execute(statement, rows)


def count_staged(connection: Connection, import_id: str) -> int:
    """How many ids an import has."""
    return connection.execute(
        select(func.count())
        .select_from(audience_import_entries)
        .where(_staged.import_id == import_id)
    ).scalar_one()


def swap_in(
    connection: Connection, import_id: str, audience_id: str, listing: Listing, *, some: int
) -> Swapped:
    """Make the import the list: only what differs is written, and no row leaves the database.

    ``some`` is the most ids that are told of those that go, and of the others.
    """
    before = count_list(connection, audience_id, listing)
    after = count_staged(connection, import_id)
    of_list = and_(_entries.audience_id == audience_id, _entries.listing == listing.value)
    of_import = _staged.import_id == import_id
    same_id = _staged.identity_id == _entries.identity_id
    gone = and_(of_list, ~exists().where(of_import, same_id))
    joined = audience_import_entries.outerjoin(audience_entries, and_(of_list, same_id))
    is_new = _entries.until_us.is_(None)
    comes = and_(of_import, is_new | (_entries.until_us != _staged.until_us))
    told = [
        (row.identity_id, Done.ADDED if row.is_new else Done.CHANGED)
        for row in connection.execute(
            select(_staged.identity_id, is_new.label("is_new"))
            .select_from(joined)
            .where(comes)
            .limit(some)
        )
    ]
    going = select(_entries.identity_id).where(gone).limit(some)
    told += [(row.identity_id, Done.REMOVED) for row in connection.execute(going)]
    removed = connection.execute(delete(audience_entries).where(gone)).rowcount
    coming = select(
        _staged.identity_id, literal(audience_id), literal(listing.value), _staged.until_us
    )
    put = insert(audience_entries).from_select(
        ["identity_id", "audience_id", "listing", "until_us"],
        coming.select_from(joined).where(comes),
    )
    put = put.on_conflict_do_update(
        index_elements=["identity_id", "audience_id", "listing"],
        set_={"until_us": put.excluded.until_us},
    )
    written = connection.execute(put).rowcount
    added = after - before + removed
    return Swapped(added, written - added, removed, told)


def move_staged(connection: Connection, from_id: str, into_id: str) -> None:
    """Give the places of one id to another; where both are in an import, the later end stays."""

    def places_of(identity_id: str) -> dict[str, int]:
        rows = connection.execute(
            select(_staged.import_id, _staged.until_us).where(
                _staged.import_id.in_(select(_imports.id)), _staged.identity_id == identity_id
            )
        )
        return {row.import_id: row.until_us for row in rows}

    theirs = places_of(into_id)
    for import_id, until_us in places_of(from_id).items():
        ends = [until_us, theirs.get(import_id, until_us)]
        stage_entries(connection, import_id, {into_id: 0 if 0 in ends else max(ends)})
    forget_staged(connection, [from_id])


def forget_staged(connection: Connection, identity_ids: Sequence[str]) -> int:
    """Take ids out of every import; how many places that were."""
    gone = 0
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        chunk = identity_ids[start : start + _IDS_PER_QUERY]
        gone += connection.execute(
            delete(audience_import_entries).where(
                _staged.import_id.in_(select(_imports.id)), _staged.identity_id.in_(chunk)
            )
        ).rowcount
    return gone


def discard_imports(connection: Connection, *, now_us: int, audience_ids: Sequence[str]) -> None:
    """Discard what has expired, and what is of other audiences than those there are."""
    connection.execute(
        update(audience_imports)
        .where((_imports.expires_us <= now_us) | _imports.audience_id.not_in(audience_ids))
        .values(state=ImportState.DISCARDED.value)
    )


def clear_imports(connection: Connection, *, rows_max: int) -> int:
    """Remove entries that no import needs any more, at most ``rows_max``; how many.

    When they are gone, so are discarded imports.
    """
    ended = select(_imports.id).where(_imports.state != ImportState.OPEN.value)
    place = (_staged.import_id, _staged.identity_id)
    chosen = select(*place).where(_staged.import_id.in_(ended)).limit(rows_max)
    gone = connection.execute(
        delete(audience_import_entries).where(tuple_(*place).in_(chosen))
    ).rowcount
    if gone < rows_max:
        connection.execute(
            delete(audience_imports).where(_imports.state == ImportState.DISCARDED.value)
        )
    return gone


def _import(row: Row[Any]) -> ListImport:
    return ListImport(
        id=row.id,
        audience_id=row.audience_id,
        listing=Listing(row.listing),
        state=ImportState(row.state),
        expires_us=row.expires_us,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        ids=row.ids,
    )
