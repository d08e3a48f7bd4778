"""Whoever acts on starts and ends of runs takes them from the outbox: each at least once, in order.

A reader claims the next transitions, acts on them, and acknowledges them. Where it crashes between,
it gets them again once the claim has run out: what it does with them must bear that, and the number
of a transition tells it apart from all others.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import BigInteger, Column, String, Table, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import history
from matsuri.live_events.transition_store import StoredTransition, transitions_after

# ``acked`` is the last number that a reader is done with. The claim ``claim`` holds up to
# ``claimed`` until ``claimed_until_us``.
live_event_readers = Table(
    "live_event_readers",
    history,
    Column("name", String(32), primary_key=True),
    Column("acked", BigInteger, nullable=False),
    Column("claim", BigInteger, nullable=False),
    Column("claimed", BigInteger, nullable=False),
    Column("claimed_until_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_readers = live_event_readers.c


class Claim(msgspec.Struct, frozen=True):
    """Transitions that are a reader's to act on; ``id`` tells this claim from all others of it."""

    reader: str
    id: int
    transitions: Sequence[StoredTransition]


def claim(
    connection: Connection, reader: str, *, limit: int, now_us: int, until_us: int
) -> Claim | None:
    """The next transitions for a reader, if there are any and nobody else has claimed them.

    The claim runs out at ``until_us``. A reader that is new begins with the oldest that is kept.
    """
    connection.execute(
        insert(live_event_readers)
        .values(name=reader, acked=0, claim=0, claimed=0, claimed_until_us=0)
        .on_conflict_do_nothing()
    )
    row = connection.execute(select(live_event_readers).where(_readers.name == reader)).one()
    if now_us < row.claimed_until_us:
        return None
    found = transitions_after(connection, row.acked, limit)
    if not found:
        return None
    connection.execute(
        update(live_event_readers)
        .where(_readers.name == reader)
        .values(claim=row.claim + 1, claimed=found[-1].number, claimed_until_us=until_us)
    )
    return Claim(reader, row.claim + 1, found)


def acknowledge(connection: Connection, claimed: Claim, number: int) -> bool:
    """Be done with the transitions of a claim up to that number; the others can be claimed anew.

    Whether the claim still held: where it ran out and somebody else claimed the same, it did not,
    and nothing is changed.
    """
    done = connection.execute(
        update(live_event_readers)
        .where(
            _readers.name == claimed.reader,
            _readers.claim == claimed.id,
            _readers.acked <= number,
            _readers.claimed >= number,
        )
        .values(acked=number, claimed_until_us=0)
    )
    return done.rowcount == 1


def behind(connection: Connection, number: int) -> list[str]:
    """The readers that are not done with the transition of that number, nor with any later one."""
    query = select(_readers.name).where(_readers.acked < number).order_by(_readers.name)
    return list(connection.scalars(query))
