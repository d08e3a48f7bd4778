"""Lists of identities for people, in the control database."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection

from matsuri.identities.model import Identity
from matsuri.identities.store import identities, identity_aliases, identity_of, sessions

# What no id contains, and every character of one is less than: ids are ASCII.
_AFTER_EVERY_ID = "\x7f"


class Order(StrEnum):
    """In which order identities are listed: each has an index."""

    NEWEST = "newest"
    """The last that came to this server first."""
    OLDEST = "oldest"
    ID = "id"


class Alias(msgspec.Struct, frozen=True):
    """An id that was merged into another, and when, in microseconds since the epoch."""

    id: str
    retired_us: int


class OpenedSession(msgspec.Struct, frozen=True):
    """A session as it was opened; times in microseconds since the epoch."""

    id: str
    api_key: str
    country: str
    started_us: int
    expires_us: int
    revoked_us: int | None


def list_identities(
    connection: Connection,
    *,
    prefix: str,
    tests_only: bool = False,
    order: Order,
    after: int | str | None,
    backward: bool,
    limit: int,
) -> list[Identity]:
    """Identities whose ids begin with ``prefix``, in ``order``, or against it (``backward``).

    ``tests_only`` asks for test devices alone.

    A prefix is quick with ``Order.ID``: it is a range of the index, where LIKE looks at all rows.
    ``after`` is the key, or for ``Order.ID`` the id, of the identity after which the list goes on.
    """
    place = identities.c.id if order is Order.ID else identities.c.key
    descending = (order is Order.NEWEST) is not backward
    statement = select(identities).order_by(place.desc() if descending else place).limit(limit)
    if tests_only:
        statement = statement.where(identities.c.clock_offset_s.is_not(None))
    first, end = prefix, prefix + _AFTER_EVERY_ID
    if after is not None and (not prefix or first <= str(after) < end):
        statement = statement.where(place < after if descending else place > after)
        # SQLite begins at one bound and looks at every row up to the other: the nearer is enough.
        first, end = ("", end) if not descending else (first, "")
    if prefix and first:
        statement = statement.where(identities.c.id >= first)
    if prefix and end:
        statement = statement.where(identities.c.id < end)
    return [identity_of(row) for row in connection.execute(statement)]


def list_aliases(connection: Connection, identity_key: int) -> list[Alias]:
    """The ids that were merged into an identity, in the order in which they were."""
    alias = identity_aliases.c
    rows = connection.execute(
        select(alias.id, alias.retired_us)
        .where(alias.identity_key == identity_key)
        .order_by(alias.retired_us, alias.id)
    )
    return [Alias(row.id, row.retired_us) for row in rows]


def opened_sessions(connection: Connection, identity_key: int) -> Sequence[OpenedSession]:
    """The sessions of an identity that are remembered because tokens of theirs may be good."""
    columns = [sessions.c[name] for name in OpenedSession.__struct_fields__]
    rows = connection.execute(
        select(*columns)
        .where(sessions.c.identity_key == identity_key)
        .order_by(sessions.c.started_us, sessions.c.id)
    )
    return [OpenedSession(**row._mapping) for row in rows]  # noqa: SLF001 # SQLAlchemy's name
