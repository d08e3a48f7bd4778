"""What was told of the runs of live events, in the history database: the worker writes it.

``live_event_transitions`` is an outbox: each row is there from the transaction on that noted the
run down, and is read in the order of its numbers by whoever acts on it; see ``transition_outbox``.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    String,
    Table,
    Text,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, history
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.transitions import Mark, ToldRun, Transition

live_event_runs = Table(
    "live_event_runs",
    history,
    Column("event_id", String(36), primary_key=True),
    Column("run", String(24), primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("end_us", BigInteger, nullable=False),
    Column("name", String(64), nullable=False),
    Column("is_on", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

live_event_marks = Table(
    "live_event_marks",
    history,
    Column("event_id", String(36), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("told_us", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Numbers are never given twice: readers remember how far they are by them.
live_event_transitions = Table(
    "live_event_transitions",
    history,
    Column("number", BigKey, primary_key=True, autoincrement=True),
    Column("event_id", String(36), nullable=False),
    Column("told_us", BigInteger, nullable=False),
    Column("payload", Text, nullable=False),
    Index("ix_live_event_transitions_event_id", "event_id", "number"),
    Index("ix_live_event_transitions_told_us", "told_us"),
    sqlite_autoincrement=True,
)

_runs, _marks, _transitions = live_event_runs.c, live_event_marks.c, live_event_transitions.c


class TransitionPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox tells of a transition; times are seconds since the epoch, as text."""

    type: str
    live_event_id: str
    live_event_name: str
    run: str
    time_sec: str
    start_time_sec: str
    end_time_sec: str


class StoredTransition(msgspec.Struct, frozen=True):
    """A row of the outbox; ``told_us`` is when it was noticed."""

    number: int
    told_us: int
    payload: TransitionPayload


def load_marks(connection: Connection) -> dict[str, Mark]:
    """How far each live event was told, by id."""
    rows = connection.execute(select(live_event_marks))
    return {row.event_id: Mark(**row._mapping) for row in rows}  # noqa: SLF001 # SQLAlchemy's name


def mark_of(connection: Connection, event_id: str) -> Mark | None:
    """How far a live event was told."""
    row = connection.execute(select(live_event_marks).where(_marks.event_id == event_id)).first()
    return None if row is None else Mark(**row._mapping)  # noqa: SLF001 # SQLAlchemy's name


def told_runs(
    connection: Connection, event_id: str, *, ended_from_us: int | None = None
) -> list[ToldRun]:
    """The runs of a live event that are on by what was told; and those that ended since a time."""
    chosen: list[ColumnElement[bool]] = [_runs.is_on.is_(True)]
    if ended_from_us is not None:
        chosen.append(_runs.end_us >= ended_from_us)
    query = select(live_event_runs).where(_runs.event_id == event_id, or_(*chosen))
    return [
        ToldRun(
            event_id=row.event_id,
            name=row.name,
            run=row.run,
            start_us=row.start_us,
            end_us=row.end_us,
            on=row.is_on,
        )
        for row in connection.execute(query)
    ]


def put_turn(
    connection: Connection,
    *,
    mark: Mark,
    runs: Iterable[ToldRun],
    transitions: Iterable[Transition],
    told_us: int,
) -> None:
    """Note down what is told of a live event, and tell it."""
    _put_runs(connection, runs)
    connection.execute(
        insert(live_event_marks).prefix_with("OR REPLACE"), msgspec.structs.asdict(mark)
    )
    _tell(connection, transitions, told_us)


def forget_event(
    connection: Connection,
    event_id: str,
    *,
    runs: Iterable[ToldRun],
    transitions: Iterable[Transition],
    told_us: int,
) -> None:
    """Tell the last of a live event that is no more."""
    _put_runs(connection, runs)
    connection.execute(delete(live_event_marks).where(_marks.event_id == event_id))
    _tell(connection, transitions, told_us)


def list_transitions(
    connection: Connection,
    *,
    event_id: str = "",
    limit: int,
    after: int | None = None,
    backward: bool = False,
) -> list[StoredTransition]:
    """Transitions, the newest first; ``backward`` the other way.

    ``after`` is the number after which the list goes on; ``event_id`` is empty for all events.
    """
    column = _transitions.number
    query = select(live_event_transitions)
    if event_id:
        query = query.where(_transitions.event_id == event_id)
    if after is not None:
        query = query.where(column > after if backward else column < after)
    query = query.order_by(column.asc() if backward else column.desc()).limit(limit)
    return [_stored(row) for row in connection.execute(query)]


def transitions_after(connection: Connection, number: int, limit: int) -> list[StoredTransition]:
    """The transitions after that number, the oldest first."""
    query = (
        select(live_event_transitions)
        .where(_transitions.number > number)
        .order_by(_transitions.number)
        .limit(limit)
    )
    return [_stored(row) for row in connection.execute(query)]


def trim_transitions(
    connection: Connection, *, before_us: int, keep_max: int, rows_max: int
) -> int:
    """Drop transitions that were told before that time, or are too many.

    At most ``rows_max`` at once. The last one that was dropped; 0 for none.
    """
    newest = connection.scalar(select(func.max(_transitions.number))) or 0
    # They were told in the order of their numbers, as far as the clock went forward.
    young = connection.scalar(
        select(func.min(_transitions.number)).where(_transitions.told_us >= before_us)
    )
    last_old = newest if young is None else young - 1
    oldest = connection.scalar(select(func.min(_transitions.number))) or 0
    last = min(max(last_old, newest - keep_max), oldest + rows_max - 1)
    gone = connection.execute(delete(live_event_transitions).where(_transitions.number <= last))
    return last if gone.rowcount else 0


def trim_runs(connection: Connection, *, before_us: int) -> None:
    """Forget the runs that ended before that time and were told to have."""
    connection.execute(
        delete(live_event_runs).where(_runs.is_on.is_(False), _runs.end_us < before_us)
    )


def _put_runs(connection: Connection, runs: Iterable[ToldRun]) -> None:
    rows: Sequence[dict[str, object]] = [
        {
            "event_id": each.event_id,
            "run": each.run,
            "start_us": each.start_us,
            "end_us": each.end_us,
            "name": each.name,
            "is_on": each.on,
        }
        for each in runs
    ]
    if rows:
        connection.execute(insert(live_event_runs).prefix_with("OR REPLACE"), rows)


def _tell(connection: Connection, transitions: Iterable[Transition], told_us: int) -> None:
    rows = [
        {
            "event_id": each.event_id,
            "told_us": told_us,
            "payload": msgspec.json.encode(_payload(each)).decode(),
        }
        for each in transitions
    ]
    if rows:
        connection.execute(insert(live_event_transitions), rows)


def _payload(transition: Transition) -> TransitionPayload:
    return TransitionPayload(
        type=transition.type,
        live_event_id=transition.event_id,
        live_event_name=transition.name,
        run=transition.run,
        time_sec=str(transition.at_us // MICROSECONDS),
        start_time_sec=str(transition.start_us // MICROSECONDS),
        end_time_sec=str(transition.end_us // MICROSECONDS),
    )


def _stored(row: Row[Any]) -> StoredTransition:
    payload = msgspec.json.decode(row.payload, type=TransitionPayload)
    return StoredTransition(row.number, row.told_us, payload)
