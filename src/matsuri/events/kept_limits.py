"""How long what was kept aside stays: refused events, dead letters, and the claims of replays."""

from sqlalchemy import Table, delete, func, select
from sqlalchemy.engine import Connection

from matsuri.events.store import dead_letters, rejected_events, replay_claims


def trim_rejected(connection: Connection, *, keep_max: int, before_us: int, rows_max: int) -> int:
    """Drop refused events received before ``before_us``, and the oldest beyond ``keep_max``.

    At most ``rows_max``; those that count after all go first. How many went.
    """
    received = rejected_events.c.received_us
    old = (
        select(rejected_events.c.id)
        .where(received < before_us)
        .order_by(received)
        .limit(rows_max)
        .scalar_subquery()
    )
    gone = connection.execute(delete(rejected_events).where(rejected_events.c.id.in_(old))).rowcount
    _, beyond = _drop_beyond(connection, rejected_events, keep_max, rows_max - gone)
    return gone + beyond


def trim_dead_letters(
    connection: Connection, *, keep_max: int, before_us: int, rows_max: int
) -> tuple[int, int]:
    """Drop dead letters as ``trim_rejected`` does; how many went, and how many were open."""
    ids = (
        select(dead_letters.c.id, dead_letters.c.closed_us)
        .where(dead_letters.c.failed_us < before_us)
        .limit(rows_max)
    )
    old = connection.execute(ids).all()
    connection.execute(delete(dead_letters).where(dead_letters.c.id.in_([row.id for row in old])))
    unsolved = sum(row.closed_us is None for row in old)
    more_unsolved, beyond = _drop_beyond(connection, dead_letters, keep_max, rows_max - len(old))
    return len(old) + beyond, unsolved + more_unsolved


def _drop_beyond(
    connection: Connection, table: Table, keep_max: int, rows_max: int
) -> tuple[int, int]:
    """Drop at most ``rows_max`` rows beyond ``keep_max``; how many open ones went, and all."""
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    surplus = min(count - keep_max, rows_max)
    if surplus <= 0:
        return 0, 0
    closed = (
        select(table.c.id)
        .where(table.c.closed_us.is_not(None))
        .order_by(table.c.closed_us)
        .limit(surplus)
        .scalar_subquery()
    )
    solved = connection.execute(delete(table).where(table.c.id.in_(closed))).rowcount
    oldest = select(table.c.id).order_by(table.c.id).limit(surplus - solved).scalar_subquery()
    unsolved = connection.execute(delete(table).where(table.c.id.in_(oldest))).rowcount
    return unsolved, solved + unsolved


def trim_claims(connection: Connection, *, before_us: int, rows_max: int) -> int:
    """Forget at most ``rows_max`` claims made before ``before_us``; how many went."""
    old = (
        select(replay_claims.c.kind, replay_claims.c.ref)
        .where(replay_claims.c.claimed_us < before_us)
        .limit(rows_max)
    )
    rows = connection.execute(old).all()
    for kind in {row.kind for row in rows}:
        connection.execute(
            delete(replay_claims).where(
                replay_claims.c.kind == kind,
                replay_claims.c.ref.in_([row.ref for row in rows if row.kind == kind]),
            )
        )
    return len(rows)
