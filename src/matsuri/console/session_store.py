"""Console sessions and tickets of sign-ins half done, in the control database."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control
from matsuri.console.model import ConsoleSession, SignInMethod, User
from matsuri.console.store import select_users, user_of, users

console_sessions = Table(
    "console_sessions",
    control,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("user_id", BigKey, nullable=False, index=True),
    Column("method", String(32), nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(256), nullable=False),
)

sign_in_tickets = Table(
    "sign_in_tickets",
    control,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("user_id", BigKey, nullable=False, index=True),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

_sessions = console_sessions.c


def _session(row: Row[Any]) -> ConsoleSession:
    return ConsoleSession(
        id=row.id,
        user_id=row.user_id,
        method=SignInMethod(row.method),
        created_us=row.created_us,
        seen_us=row.seen_us,
        expires_us=row.expires_us,
        address=row.address,
        user_agent=row.user_agent,
    )


def add_session(connection: Connection, session: ConsoleSession, *, digest: bytes) -> None:
    """Remember a session by the digest of its token; forget the expired ones."""
    connection.execute(delete(console_sessions).where(_sessions.expires_us <= session.created_us))
    connection.execute(
        insert(console_sessions).values(
            digest=digest,
            id=session.id,
            user_id=session.user_id,
            method=session.method.value,
            created_us=session.created_us,
            seen_us=session.seen_us,
            expires_us=session.expires_us,
            address=session.address,
            user_agent=session.user_agent,
        )
    )


def find_session(
    connection: Connection, digest: bytes, *, now_us: int, seen_after_us: int
) -> tuple[ConsoleSession, User] | None:
    """The session behind a token, and whose it is, if it is neither over nor idle for too long."""
    row = connection.execute(
        select(console_sessions).where(
            _sessions.digest == digest,
            _sessions.expires_us > now_us,
            _sessions.seen_us > seen_after_us,
        )
    ).one_or_none()
    if row is None:
        return None
    user = connection.execute(select_users().where(users.c.id == row.user_id)).one_or_none()
    return None if user is None else (_session(row), user_of(user))


def sessions_of_user(
    connection: Connection, user_id: int, *, now_us: int, seen_after_us: int
) -> list[ConsoleSession]:
    """A user's sessions that go on, the newest first."""
    rows = connection.execute(
        select(console_sessions)
        .where(
            _sessions.user_id == user_id,
            _sessions.expires_us > now_us,
            _sessions.seen_us > seen_after_us,
        )
        .order_by(_sessions.created_us.desc(), _sessions.id.desc())
    )
    return [_session(row) for row in rows]


def touch_session(connection: Connection, session_id: str, *, seen_us: int) -> None:
    """Remember that a session was used."""
    connection.execute(
        update(console_sessions).where(_sessions.id == session_id).values(seen_us=seen_us)
    )


def note_totp(connection: Connection, session_id: str, *, is_proven: bool) -> None:
    """A session's user has proved a code of an app, or does without one from now on."""
    is_session = _sessions.id == session_id
    told = connection.execute(select(_sessions.method).where(is_session)).scalar_one_or_none()
    if told is None:
        return
    method = SignInMethod(told)
    method = method.with_totp if is_proven else method.without_totp
    connection.execute(update(console_sessions).where(is_session).values(method=method.value))


def end_session(connection: Connection, user_id: int, session_id: str) -> bool:
    """End one session of a user; whether there was one."""
    done = connection.execute(
        delete(console_sessions).where(_sessions.user_id == user_id, _sessions.id == session_id)
    )
    return done.rowcount > 0


def end_session_of_token(connection: Connection, digest: bytes) -> None:
    """End the session behind a token, if there is one."""
    connection.execute(delete(console_sessions).where(_sessions.digest == digest))


def end_sessions(connection: Connection, user_id: int, *, but: str = "") -> int:
    """End a user's sessions, all ``but`` one; of how many. Tickets go, too."""
    done = connection.execute(
        delete(console_sessions).where(_sessions.user_id == user_id, _sessions.id != but)
    )
    connection.execute(delete(sign_in_tickets).where(sign_in_tickets.c.user_id == user_id))
    return done.rowcount


def end_oldest_sessions(connection: Connection, user_id: int, *, sessions_max: int) -> None:
    """End the oldest sessions of a user beyond so many."""
    newest = (
        select(_sessions.id)
        .where(_sessions.user_id == user_id)
        .order_by(_sessions.created_us.desc(), _sessions.id.desc())
        .limit(sessions_max)
    )
    connection.execute(
        delete(console_sessions).where(
            _sessions.user_id == user_id, _sessions.id.not_in(newest.scalar_subquery())
        )
    )


def add_ticket(
    connection: Connection, *, digest: bytes, user_id: int, now_us: int, expires_us: int
) -> None:
    """Remember a ticket, the only one of its user; forget the expired ones."""
    tickets = sign_in_tickets.c
    connection.execute(
        delete(sign_in_tickets).where((tickets.user_id == user_id) | (tickets.expires_us <= now_us))
    )
    connection.execute(
        insert(sign_in_tickets).values(digest=digest, user_id=user_id, expires_us=expires_us)
    )


def find_ticket(connection: Connection, digest: bytes, *, now_us: int) -> User | None:
    """Whose ticket this is."""
    row = connection.execute(
        select_users()
        .join(sign_in_tickets, sign_in_tickets.c.user_id == users.c.id)
        .where(sign_in_tickets.c.digest == digest, sign_in_tickets.c.expires_us > now_us)
    ).one_or_none()
    return None if row is None else user_of(row)
