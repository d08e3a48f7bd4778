"""The lists of audiences, in the control database."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    String,
    Table,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
)
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
    Index("ix_audience_entries_until", "until_us", sqlite_where=text("until_us > 0")),
    sqlite_with_rowid=False,
)

_IDS_PER_QUERY = 500
# What no id contains, and every character of one is less than: ids are ASCII.
_AFTER_EVERY_ID = "\x7f"

_of_identity = select(audience_entries).where(
    audience_entries.c.identity_id == bindparam("identity_id")
)


# For point reads: every list that an id is on, as ``entry_of_point`` takes it.
entries_point = select(
    audience_entries.c.audience_id,
    audience_entries.c.listing,
    audience_entries.c.identity_id,
    audience_entries.c.until_us,
).where(audience_entries.c.identity_id == bindparam("identity_id"))


def entry_of_point(row: Sequence[Any]) -> Entry:
    """An entry that ``entries_point`` has read."""
    audience_id, listing, identity_id, until_us = row
    return Entry(audience_id, Listing(listing), identity_id, until_us)


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


def move_entries(connection: Connection, from_id: str, into_id: str) -> None:
    """Give the places of one id to another; where both are on a list, the later end stays."""
    theirs = {(each.audience_id, each.listing): each for each in entries_of(connection, into_id)}
    moved = []
    for entry in entries_of(connection, from_id):
        other = theirs.get((entry.audience_id, entry.listing))
        ends = [entry.until_us] if other is None else [entry.until_us, other.until_us]
        until_us = 0 if 0 in ends else max(ends)
        moved.append(msgspec.structs.replace(entry, identity_id=into_id, until_us=until_us))
    put_entries(connection, moved)
    forget_identities(connection, [from_id])


def forget_identities(connection: Connection, identity_ids: Sequence[str]) -> int:
    """Take ids off every list; how many places that were."""
    gone = 0
    column = audience_entries.c.identity_id
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        chunk = identity_ids[start : start + _IDS_PER_QUERY]
        gone += connection.execute(delete(audience_entries).where(column.in_(chunk))).rowcount
    return gone


def forget_ended(connection: Connection, *, now_us: int, rows_max: int) -> int:
    """Remove entries that have ended, at most ``rows_max``; how many went."""
    table = audience_entries.c
    key = tuple_(table.identity_id, table.audience_id, table.listing)
    ended = (
        select(table.identity_id, table.audience_id, table.listing)
        .where(table.until_us > 0, table.until_us <= now_us)
        .limit(rows_max)
    )
    return connection.execute(delete(audience_entries).where(key.in_(ended))).rowcount


def audiences_with_entries(connection: Connection) -> list[str]:
    """The ids of the audiences that have entries, those that were deleted among them."""
    column = audience_entries.c.audience_id
    found: list[str] = []
    # From one to the next through the index: DISTINCT would look at every entry.
    while True:
        after = found[-1] if found else ""
        following = connection.execute(select(func.min(column)).where(column > after)).scalar_one()
        if following is None:
            return found
        found.append(following)


def clear_audience(connection: Connection, audience_id: str, *, rows_max: int) -> int:
    """Forget the lists of an audience, at most ``rows_max`` entries; how many went."""
    table = audience_entries.c
    key = tuple_(table.identity_id, table.audience_id, table.listing)
    some = (
        select(table.identity_id, table.audience_id, table.listing)
        .where(table.audience_id == audience_id)
        .limit(rows_max)
    )
    return connection.execute(delete(audience_entries).where(key.in_(some))).rowcount


def find_entries(
    connection: Connection, audience_id: str, listing: Listing, identity_ids: Sequence[str]
) -> dict[str, Entry]:
    """The entries that some ids have on a list, by id."""
    table = audience_entries.c
    found: dict[str, Entry] = {}
    for start in range(0, len(identity_ids), _IDS_PER_QUERY):
        chunk = identity_ids[start : start + _IDS_PER_QUERY]
        statement = select(audience_entries).where(
            table.audience_id == audience_id,
            table.listing == listing.value,
            table.identity_id.in_(chunk),
        )
        found.update((row.identity_id, _entry(row)) for row in connection.execute(statement))
    return found


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
        query = query.where(column >= prefix, column < prefix + _AFTER_EVERY_ID)
    if after is not None:
        query = query.where(column < after if backward else column > after)
    query = query.order_by(column.desc() if backward else column).limit(limit)
    return [_entry(row) for row in connection.execute(query)]


def count_list(connection: Connection, audience_id: str, listing: Listing) -> int:
    """How long a list is."""
    table = audience_entries.c
    return connection.execute(
        select(func.count())
        .select_from(audience_entries)
        .where(table.audience_id == audience_id, table.listing == listing.value)
    ).scalar_one()


def count_entries(
    connection: Connection, audience_ids: Sequence[str]
) -> dict[str, dict[Listing, int]]:
    """How long each list of some audiences is."""
    table = audience_entries.c
    found = {audience_id: dict.fromkeys(Listing, 0) for audience_id in audience_ids}
    for start in range(0, len(audience_ids), _IDS_PER_QUERY):
        rows = connection.execute(
            select(table.audience_id, table.listing, func.count().label("entries"))
            .where(table.audience_id.in_(audience_ids[start : start + _IDS_PER_QUERY]))
            .group_by(table.audience_id, table.listing)
        )
        for row in rows:
            found[row.audience_id][Listing(row.listing)] = row.entries
    return found


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        audience_id=row.audience_id,
        listing=Listing(row.listing),
        identity_id=row.identity_id,
        until_us=row.until_us,
    )
