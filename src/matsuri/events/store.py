"""What the pipeline keeps of events in the history database.

How far it came, which event ids it has seen, what was refused and what could not be applied.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matsuri.adapters.schema import BigKey, history
from matsuri.events.model import RejectedEvent

pipeline_progress = Table(
    "pipeline_progress",
    history,
    Column("pipeline", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("parts_applied", Integer, nullable=False, server_default="0"),
    Column("events_applied", BigInteger, nullable=False),
    Column("events_duplicate", BigInteger, nullable=False),
    Column("events_rejected", BigInteger, nullable=False),
    Column("dead_letters", BigInteger, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("committed_us", BigInteger, nullable=False),
)

seen_events = Table(
    "seen_events",
    history,
    Column("profile_key", BigInteger, primary_key=True),
    Column("event_id", LargeBinary, primary_key=True),
    Column("received_s", BigInteger, nullable=False),
    # Where the log has it; 0 for what was seen before positions were kept.
    Column("position", BigInteger, nullable=False, server_default="0"),
    Index("ix_seen_events_received_s", "received_s"),
    sqlite_with_rowid=False,
)

rejected_events = Table(
    "rejected_events",
    history,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("received_us", BigInteger, nullable=False),
    Column("profile_key", BigInteger, nullable=False),
    Column("source", String(16), nullable=False),
    Column("api_key", String(128), nullable=False),
    Column("identity_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("problem", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    # Set once the event counts after all: it was replayed, or its sender sent it again.
    Column("closed_us", BigInteger, nullable=True),
    Index("ix_rejected_events_profile_key", "profile_key"),
    Index("ix_rejected_events_group", "closed_us", "name", "reason", "received_us"),
    Index("ix_rejected_events_received_us", "received_us"),
    Index("ix_rejected_events_identity", "identity_id", "event_id"),
    # Replays name rows by their numbers: none may ever stand for another row.
    sqlite_autoincrement=True,
)

dead_letters = Table(
    "dead_letters",
    history,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("position", BigInteger, nullable=False),
    Column("profile_key", BigInteger, nullable=False),
    Column("failed_us", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("closed_us", BigInteger, nullable=True),
    Index("ix_dead_letters_profile_key", "profile_key"),
    sqlite_autoincrement=True,
)

# Which refused events and dead letters came back, so that none comes back twice.
replay_claims = Table(
    "replay_claims",
    history,
    Column("kind", String(16), primary_key=True),
    Column("ref", BigInteger, primary_key=True),
    Column("claimed_us", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# What the pipeline has applied and the analytics store has not: in the order of the log.
analytics_outbox = Table(
    "analytics_outbox",
    history,
    Column("seq", BigKey, primary_key=True, autoincrement=True),
    Column("events", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

# The rows of the outbox that are on their way: after a crash the same ones are sent again.
analytics_claim = Table(
    "analytics_claim",
    history,
    Column("feed", String(64), primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
)


_CLAIM_ROWS_MAX = 1000


# Built once: building a statement takes longer than running it.
_remember_events = insert(seen_events)
_remember_new_events = (
    insert(seen_events)
    .on_conflict_do_nothing()
    .returning(seen_events.c.profile_key, seen_events.c.event_id)
)


class Progress(msgspec.Struct, frozen=True):
    """How far a pipeline has come, and how many events it has seen since it began.

    ``position`` is that of the first record not applied. Where that could not be applied as a
    whole, ``parts_applied`` of its parts are. ``received_us`` is when the last applied record was
    received, ``committed_us`` when it was applied, microseconds since the epoch.
    """

    position: int = 0
    parts_applied: int = 0
    events_applied: int = 0
    events_duplicate: int = 0
    events_rejected: int = 0
    dead_letters: int = 0
    received_us: int = 0
    committed_us: int = 0


def load_progress(connection: Connection, pipeline: str) -> Progress:
    """How far ``pipeline`` has come."""
    row = connection.execute(
        select(*(pipeline_progress.c[name] for name in Progress.__struct_fields__)).where(
            pipeline_progress.c.pipeline == pipeline
        )
    ).one_or_none()
    return Progress() if row is None else Progress(*row)


def save_progress(connection: Connection, pipeline: str, progress: Progress) -> None:
    """Commit with the transaction under way that ``pipeline`` has come this far."""
    values = msgspec.structs.asdict(progress)
    statement = insert(pipeline_progress).values(pipeline=pipeline, **values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[pipeline_progress.c.pipeline], set_=values)
    )


def claim_events(
    connection: Connection, ids: Mapping[tuple[int, bytes], int], *, received_s: int
) -> set[tuple[int, bytes]]:
    """Which of the (profile key, event id) pairs are new; those are remembered from now on.

    ``ids`` has the position of each in the log.
    """
    rows = [
        {"profile_key": key, "event_id": event_id, "received_s": received_s, "position": position}
        for (key, event_id), position in sorted(ids.items())
    ]
    if not rows:
        return set()
    try:
        # Nearly always all are new, and then this is all: asking which are takes twice as long.
        with connection.begin_nested():
            connection.execute(_remember_events, rows)
    except IntegrityError:
        return {(row[0], row[1]) for row in connection.execute(_remember_new_events, rows)}
    return set(ids)


def move_seen_events(connection: Connection, *, from_key: int, into_key: int) -> None:
    """Let one profile know the event ids of another, which forgets them."""
    moved = select(
        literal(into_key, BigInteger),
        seen_events.c.event_id,
        seen_events.c.received_s,
        seen_events.c.position,
    ).where(seen_events.c.profile_key == from_key)
    connection.execute(
        insert(seen_events)
        .from_select(["profile_key", "event_id", "received_s", "position"], moved)
        .on_conflict_do_nothing()
    )
    forget_seen_events(connection, from_key)


def forget_seen_events(connection: Connection, profile_key: int) -> None:
    """Forget the event ids of one profile."""
    connection.execute(delete(seen_events).where(seen_events.c.profile_key == profile_key))


class SeenEvent(NamedTuple):
    """When an event id was seen, in seconds since the epoch, and where in the log; 0 if unknown."""

    received_s: int
    position: int


def find_seen_event(connection: Connection, profile_key: int, event_id: bytes) -> SeenEvent | None:
    """The event of that id that counts; ``None`` for one that is not remembered."""
    row = connection.execute(
        select(seen_events.c.received_s, seen_events.c.position).where(
            seen_events.c.profile_key == profile_key, seen_events.c.event_id == event_id
        )
    ).one_or_none()
    return None if row is None else SeenEvent(*row)


def expire_seen_events(connection: Connection, *, before_s: int, rows_max: int) -> int:
    """Forget at most ``rows_max`` event ids received before ``before_s``; how many went."""
    old = (
        select(seen_events.c.received_s)
        .where(seen_events.c.received_s < before_s)
        .order_by(seen_events.c.received_s)
        .limit(1)
        .offset(rows_max)
    )
    limit = connection.execute(old).scalar_one_or_none()
    cut = before_s if limit is None else limit
    gone = connection.execute(delete(seen_events).where(seen_events.c.received_s < cut)).rowcount
    if gone == 0 and limit is not None:
        # More than rows_max arrived within one second: they go together.
        gone = connection.execute(
            delete(seen_events).where(seen_events.c.received_s == limit)
        ).rowcount
    return gone


class KeptRow(NamedTuple):
    """A refused event as it is named: its number, whose it is, and the id it was given."""

    id: int
    profile_key: int
    identity_id: str
    event_id: str


def keep_rejected(connection: Connection, events: Iterable[RejectedEvent]) -> list[KeptRow]:
    """Keep refused events."""
    rows = [msgspec.structs.asdict(event) for event in events]
    if not rows:
        return []
    columns = (rejected_events.c[name] for name in KeptRow._fields)
    statement = insert(rejected_events).returning(*columns)
    return [KeptRow(*row) for row in connection.execute(statement, rows)]


def list_rejected(connection: Connection, *, limit: int) -> list[RejectedEvent]:
    """Refused events, the latest first."""
    columns = [rejected_events.c[name] for name in RejectedEvent.__struct_fields__]
    rows = connection.execute(select(*columns).order_by(rejected_events.c.id.desc()).limit(limit))
    return [RejectedEvent(**row._mapping) for row in rows]  # noqa: SLF001 # SQLAlchemy's name


def keep_dead_letter(
    connection: Connection,
    *,
    position: int,
    profile_key: int,
    failed_us: int,
    error: str,
    payload: bytes,
) -> None:
    """Keep a part of the log that could not be applied, with the error."""
    connection.execute(
        insert(dead_letters).values(
            position=position,
            profile_key=profile_key,
            failed_us=failed_us,
            error=error,
            payload=payload,
        )
    )


def note_failed_replay(
    connection: Connection, dead_letter_id: int, *, failed_us: int, error: str
) -> None:
    """A dead letter that was replayed could not be applied again."""
    connection.execute(
        update(dead_letters)
        .where(dead_letters.c.id == dead_letter_id)
        .values(attempts=dead_letters.c.attempts + 1, failed_us=failed_us, error=error)
    )


def claim_replays(
    connection: Connection,
    *,
    rejected_ids: Sequence[int] = (),
    dead_letter_ids: Sequence[int] = (),
    now_us: int,
) -> set[int]:
    """Which of these come back for the first time; they are closed from now on."""
    table, kind, ids = rejected_events, "rejected", rejected_ids
    if dead_letter_ids:
        table, kind, ids = dead_letters, "dead_letter", dead_letter_ids
    rows = [{"kind": kind, "ref": ref, "claimed_us": now_us} for ref in dict.fromkeys(ids)]
    if not rows:
        return set()
    statement = insert(replay_claims).on_conflict_do_nothing().returning(replay_claims.c.ref)
    claimed = {row[0] for row in connection.execute(statement, rows)}
    if claimed:
        connection.execute(
            update(table)
            .where(table.c.id == bindparam("claimed"), table.c.closed_us.is_(None))
            .values(closed_us=now_us),
            [{"claimed": ref} for ref in claimed],
        )
    return claimed


def dismiss(
    connection: Connection,
    *,
    rejected_ids: Sequence[int],
    dead_letter_ids: Sequence[int],
    now_us: int,
) -> None:
    """Drop refused events and dead letters, so that no replay brings them back either."""
    claim_replays(connection, rejected_ids=rejected_ids, now_us=now_us)
    claim_replays(connection, dead_letter_ids=dead_letter_ids, now_us=now_us)
    for table, ids in ((rejected_events, rejected_ids), (dead_letters, dead_letter_ids)):
        if ids:
            connection.execute(
                delete(table).where(table.c.id == bindparam("gone")), [{"gone": ref} for ref in ids]
            )


def put_in_analytics_outbox(connection: Connection, payload: bytes, *, events: int) -> None:
    """Promise ``payload`` to the analytics store with the transaction under way."""
    connection.execute(insert(analytics_outbox).values(payload=payload, events=events))


class AnalyticsClaim(msgspec.Struct, frozen=True):
    """The rows of the analytics outbox that are on their way, or were last.

    ``is_done`` says that the store has them.
    """

    first_seq: int = 0
    last_seq: int = 0
    is_done: bool = True


def load_analytics_claim(connection: Connection, feed: str) -> AnalyticsClaim:
    """The last claim of ``feed``; done if its rows are gone."""
    claim = analytics_claim.c
    row = connection.execute(
        select(claim.first_seq, claim.last_seq).where(claim.feed == feed)
    ).one_or_none()
    if row is None:
        return AnalyticsClaim()
    left = connection.execute(
        select(func.count()).where(analytics_outbox.c.seq.between(row.first_seq, row.last_seq))
    ).scalar_one()
    return AnalyticsClaim(row.first_seq, row.last_seq, is_done=left == 0)


def advance_analytics_claim(
    connection: Connection, feed: str, done: AnalyticsClaim | None, *, events_max: int
) -> AnalyticsClaim:
    """Drop the rows of ``done`` and claim the next, of about ``events_max`` events.

    What is returned is done where there is nothing left to claim.
    """
    seq, events = analytics_outbox.c.seq, analytics_outbox.c.events
    if done is not None and not done.is_done:
        connection.execute(delete(analytics_outbox).where(seq <= done.last_seq))
    first = last = total = 0
    rows = connection.execute(select(seq, events).order_by(seq).limit(_CLAIM_ROWS_MAX))
    for row in rows:
        first = first or row.seq
        if last and total + row.events > events_max:
            break
        last, total = row.seq, total + row.events
    rows.close()
    if not first:
        last_seq = 0 if done is None else done.last_seq
        return AnalyticsClaim(last_seq, last_seq)
    values = {"first_seq": first, "last_seq": last}
    statement = insert(analytics_claim).values(feed=feed, **values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[analytics_claim.c.feed], set_=values)
    )
    return AnalyticsClaim(first, last, is_done=False)


def analytics_outbox_payloads(connection: Connection, claim: AnalyticsClaim) -> list[bytes]:
    """What the claimed rows say, in order."""
    rows = connection.execute(
        select(analytics_outbox.c.payload)
        .where(analytics_outbox.c.seq.between(claim.first_seq, claim.last_seq))
        .order_by(analytics_outbox.c.seq)
    )
    return [row.payload for row in rows]


def analytics_outbox_ends(connection: Connection) -> tuple[int, int]:
    """The numbers of the oldest and the newest row of the outbox; 0 where it is empty."""
    # Each by itself is a look at one end of the table; together they would be a scan.
    oldest = connection.execute(select(func.min(analytics_outbox.c.seq))).scalar_one()
    newest = connection.execute(select(func.max(analytics_outbox.c.seq))).scalar_one()
    return oldest or 0, newest or 0


def analytics_outbox_rows(connection: Connection) -> int:
    """How many stretches of the log the analytics store does not have yet."""
    oldest, newest = analytics_outbox_ends(connection)
    return newest - oldest + 1 if newest else 0


def erase_events(connection: Connection, profile_key: int) -> dict[str, int]:
    """Forget everything of one profile that this store keeps; how many rows went, by table."""
    return {
        table.name: connection.execute(
            delete(table).where(table.c.profile_key == profile_key)
        ).rowcount
        for table in (seen_events, rejected_events, dead_letters)
    }


def move_events(connection: Connection, *, from_key: int, into_key: int) -> None:
    """Give what is kept of one profile to another, but for the event ids it has seen."""
    for table in (rejected_events, dead_letters):
        connection.execute(
            update(table).where(table.c.profile_key == from_key).values(profile_key=into_key)
        )
