"""The lists of audiences, in the control database."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Index, String, Table, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import control
from matsuri.audiences.model import Entry, Listing

# Ids of identities may be here before their identities are.
audience_entries = Table(
    "audience_entries",
    control,
    Column("identity_id", String(128), primary_key=True),
    Column("audience_id", String(36), primary_key=True),
    Column("listing", String(8), primary_key=True),
    Column("until_us", BigInteger, nullable=False),
    Index("ix_audience_entries_list", "audience_id", "listing", "identity_id"),
    sqlite_with_rowid=False,
)

_IDS_PER_QUERY = 500

_of_identity = select(audience_entries).where(
    audience_entries.c.identity_id == bindparam("identity_id")
)


def entries_of(connection: Connection, identity_id: str) -> tuple[Entry, ...]:
    """Every list that an id is on."""
    rows = connection.execute(_of_identity, {"identity_id": identity_id})
    return tuple(_entry(row) for row in rows)


def entries_of_many(
    connection: Connection, identity_ids: Sequence[str]
) -> dict[str, tuple[Entry, ...]]:
    """Every list that each of these ids is on; ids that are on none are left out."""
    found: dict[str, list[Entry]] = {}
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        chunk = identity_ids[start : start + _IDS_PER_QUERY]
        statement = select(audience_entries).where(audience_entries.c.identity_id.in_(chunk))
        for row in connection.execute(statement):
            found.setdefault(row.identity_id, []).append(_entry(row))
    return {identity_id: tuple(entries) for identity_id, entries in found.items()}


def put_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Put ids on lists; one that is there already gets the new end."""
    rows = [
        {
            "identity_id": each.identity_id,
            "audience_id": each.audience_id,
            "listing": each.listing.value,
            "until_us": each.until_us,
        }
        for each in entries
    ]
    if rows:
        statement = insert(audience_entries)
        statement = statement.on_conflict_do_update(
            index_elements=["identity_id", "audience_id", "listing"],
            set_={"until_us": statement.excluded.until_us},
        )
        connection.execute(statement, rows)


def remove_entries(
    connection: Connection, audience_id: str, listing: Listing, identity_ids: Sequence[str]
) -> int:
    """Take ids off a list; how many were on it."""
    gone = 0
    table = audience_entries.c
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        chunk = identity_ids[start : start + _IDS_PER_QUERY]
        gone += connection.execute(
            delete(audience_entries).where(
                table.audience_id == audience_id,
                table.listing == listing.value,
                table.identity_id.in_(chunk),
            )
        ).rowcount
    return gone


def clear_audience(connection: Connection, audience_id: str) -> None:
    """Forget the lists of an audience."""
    connection.execute(
        delete(audience_entries).where(audience_entries.c.audience_id == audience_id)
    )


def forget_identities(connection: Connection, identity_ids: Iterable[str]) -> None:
    """Take ids off every list."""
    connection.execute(
        delete(audience_entries).where(audience_entries.c.identity_id.in_(list(identity_ids)))
    )


def list_entries(
    connection: Connection,
    audience_id: str,
    listing: Listing,
    *,
    prefix: str,
    limit: int,
    after: str | None = None,
    backward: bool = False,
) -> list[Entry]:
    """A list by id, of ids that begin with ``prefix``, after that id or, backwards, before it."""
    column = audience_entries.c.identity_id
    query = select(audience_entries).where(
        audience_entries.c.audience_id == audience_id,
        audience_entries.c.listing == listing.value,
    )
    if prefix:
        # A range, for LIKE neither uses the index nor tells upper from lower case.
        query = query.where(column >= prefix, column < prefix + "\U0010ffff")
    if after is not None:
        query = query.where(column < after if backward else column > after)
    query = query.order_by(column.desc() if backward else column).limit(limit)
    return [_entry(row) for row in connection.execute(query)]


def count_entries(connection: Connection, audience_id: str) -> dict[Listing, int]:
    """How long each list of an audience is."""
    table = audience_entries.c
    rows = connection.execute(
        select(table.listing, func.count().label("entries"))
        .where(table.audience_id == audience_id)
        .group_by(table.listing)
    )
    found = {Listing(row.listing): row.entries for row in rows}
    return {listing: found.get(listing, 0) for listing in Listing}


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        audience_id=row.audience_id,
        listing=Listing(row.listing),
        identity_id=row.identity_id,
        until_us=row.until_us,
    )
