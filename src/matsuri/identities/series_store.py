"""Which series of events are kept for windows, and how far their backfills are."""

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import BigKey, history, inserted_key
from matsuri.identities.profile_store import profiles
from matsuri.identities.series import Backfill, KeptSeries, Series, SeriesKind

# Ids must never come again: rows of a series that is gone may still be there.
event_series = Table(
    "event_series",
    history,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("event", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("then_event", Text, nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Column("kept_s", BigInteger, nullable=False),
    Column("ready_s", BigInteger, nullable=False),
    Column("kept_from_day", BigInteger, nullable=False),
    Column("surplus_since_us", BigInteger, nullable=True),
    Column("removing", Boolean, nullable=False),
    sqlite_autoincrement=True,
)

event_backfills = Table(
    "event_backfills",
    history,
    Column("series_id", BigKey, primary_key=True, autoincrement=False),
    Column("reach_s", BigInteger, nullable=False),
    Column("before_position", BigInteger, nullable=False),
    Column("before_day", BigInteger, nullable=False),
    Column("next_key", BigInteger, nullable=False),
    Column("last_key", BigInteger, nullable=False),
)

_all_series = select(event_series).order_by(event_series.c.id)
_all_backfills = select(event_backfills).order_by(event_backfills.c.series_id)


def load_series(connection: Connection) -> list[KeptSeries]:
    """Every series that is kept, or about to be removed."""
    return [
        KeptSeries(
            id=row.id,
            series=Series(
                kind=SeriesKind(row.kind),
                event=row.event,
                condition=row.condition,
                then=row.then_event,
                seconds=row.seconds,
            ),
            kept_s=row.kept_s,
            ready_s=row.ready_s,
            kept_from_day=row.kept_from_day,
            surplus_since_us=row.surplus_since_us,
            removing=row.removing,
        )
        for row in connection.execute(_all_series)
    ]


def add_series(connection: Connection, kept: KeptSeries) -> int:
    """Store a new series; the id that it gets in place of the one it has."""
    series = kept.series
    return inserted_key(
        connection.execute(
            insert(event_series).values(
                kind=series.kind.value,
                event=series.event,
                condition=series.condition,
                then_event=series.then,
                seconds=series.seconds,
                kept_s=kept.kept_s,
                ready_s=kept.ready_s,
                kept_from_day=kept.kept_from_day,
                surplus_since_us=kept.surplus_since_us,
                removing=kept.removing,
            )
        )
    )


def save_series(connection: Connection, kept: KeptSeries) -> None:
    """Store what has changed of a series: how long it is kept, and up to where it is ready."""
    connection.execute(
        update(event_series)
        .where(event_series.c.id == kept.id)
        .values(
            kept_s=kept.kept_s,
            ready_s=kept.ready_s,
            kept_from_day=kept.kept_from_day,
            surplus_since_us=kept.surplus_since_us,
            removing=kept.removing,
        )
    )


def forget_series(connection: Connection, series_id: int) -> None:
    """Remove a series of which no rows are left."""
    connection.execute(delete(event_series).where(event_series.c.id == series_id))


def load_backfills(connection: Connection) -> list[Backfill]:
    """Every backfill under way."""
    return [
        Backfill(
            series_id=row.series_id,
            reach_s=row.reach_s,
            before_position=row.before_position,
            before_day=row.before_day,
            next_key=row.next_key,
            last_key=row.last_key,
        )
        for row in connection.execute(_all_backfills)
    ]


def begin_backfill(connection: Connection, backfill: Backfill) -> None:
    """Note down that a series lacks history; there is no other backfill of it."""
    connection.execute(
        insert(event_backfills).values(
            series_id=backfill.series_id,
            reach_s=backfill.reach_s,
            before_position=backfill.before_position,
            before_day=backfill.before_day,
            next_key=backfill.next_key,
            last_key=backfill.last_key,
        )
    )


def advance_backfills(connection: Connection, series_ids: Iterable[int], *, next_key: int) -> None:
    """Note down that these series have the history of every key before ``next_key``."""
    connection.execute(
        update(event_backfills)
        .where(event_backfills.c.series_id.in_(list(series_ids)))
        .values(next_key=next_key)
    )


def end_backfills(connection: Connection, series_ids: Iterable[int]) -> None:
    """Forget backfills that are done, or not wanted any more."""
    ids = list(series_ids)
    connection.execute(delete(event_backfills).where(event_backfills.c.series_id.in_(ids)))


def newest_profile_key(connection: Connection) -> int:
    """The greatest key that a profile has, or had; 0 for none."""
    return connection.execute(select(func.max(profiles.c.key))).scalar_one() or 0
