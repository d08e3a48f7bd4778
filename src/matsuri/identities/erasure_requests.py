"""Who is to be erased, and the receipts, in the control database."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control
from matsuri.identities.erasure_model import Erasure, Traces
from matsuri.kit.paging import Cursor

erasures = Table(
    "erasures",
    control,
    Column("id", String(36), primary_key=True),
    Column("profile_key", BigKey, nullable=False),
    Column("requested_us", BigInteger, nullable=False),
    Column("requested_by", String(400), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("identity_digest", LargeBinary(32), nullable=False),
    Column("traces", Text, nullable=True),
    Column("scrubbed_us", BigInteger, nullable=True, index=True),
    Column("receipt", Text, nullable=False),
)

_traces = msgspec.json.Decoder(Traces)


def add_erasure(connection: Connection, erasure: Erasure) -> None:
    """Store a request."""
    values = msgspec.structs.asdict(erasure)
    values["traces"] = msgspec.json.encode(erasure.traces).decode()
    connection.execute(insert(erasures).values(values))


def find_erasure(connection: Connection, erasure_id: str) -> Erasure | None:
    """The request of that id."""
    row = connection.execute(select(erasures).where(erasures.c.id == erasure_id)).one_or_none()
    return None if row is None else _erasure(row)


def list_erasures(connection: Connection, *, limit: int, cursor: Cursor | None) -> list[Erasure]:
    """Requests, the latest first; of a backward cursor, those before it, the nearest first."""
    statement = select(erasures).limit(limit)
    if cursor is not None and cursor.backward:
        statement = statement.where(erasures.c.id > str(cursor.key[0])).order_by(erasures.c.id)
    else:
        if cursor is not None:
            statement = statement.where(erasures.c.id < str(cursor.key[0]))
        statement = statement.order_by(erasures.c.id.desc())
    return [_erasure(row) for row in connection.execute(statement)]


def open_erasures(connection: Connection, *, limit: int) -> list[Erasure]:
    """Requests that have no receipt yet, the oldest first."""
    statement = select(erasures).where(erasures.c.scrubbed_us.is_(None)).order_by(erasures.c.id)
    return [_erasure(row) for row in connection.execute(statement.limit(limit))]


def forget_traces(connection: Connection, ids: Iterable[str]) -> None:
    """Forget what these players were called."""
    connection.execute(update(erasures).where(erasures.c.id.in_(list(ids))).values(traces=None))


def finish_erasures(
    connection: Connection, receipts: Sequence[tuple[str, str]], *, scrubbed_us: int
) -> None:
    """Store the receipt of each request, by its id: it is done."""
    for erasure_id, receipt in receipts:
        connection.execute(
            update(erasures)
            .where(erasures.c.id == erasure_id)
            .values(receipt=receipt, scrubbed_us=scrubbed_us)
        )


def _erasure(row: Row[Any]) -> Erasure:
    fields = dict(row._mapping)  # noqa: SLF001 # SQLAlchemy's own name
    fields["traces"] = None if row.traces is None else _traces.decode(row.traces)
    return Erasure(**fields)
