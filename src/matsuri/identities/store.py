"""Identities, sessions and revoked tokens in the control database, and the outbox to the log."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, Row

from matsuri.adapters.schema import BigKey, control, inserted_key
from matsuri.events.model import Entry, encode_entries
from matsuri.identities.model import Identity, Session
from matsuri.identities.tokens import session_digest
from matsuri.kit.ids import new_id

identities = Table(
    "identities",
    control,
    Column("key", BigKey, primary_key=True, autoincrement=True),
    Column("id", String(128), nullable=False, unique=True),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("default_properties", Text, nullable=False),
    Column("custom_properties", Text, nullable=False),
    # Goes up with every change of the row: who keeps something made of it can tell.
    Column("version", BigInteger, nullable=False, server_default="1"),
    # Not unique: who comes back after having been erased has the place of the id again.
    Column("sample_id", String(128), nullable=False, server_default=""),
    # How far the clock of a test device is ahead; of everybody else there is none.
    Column("clock_offset_s", BigInteger, nullable=True),
    # Keys are never used again: a deleted player's stragglers must not reach a new one.
    sqlite_autoincrement=True,
)
Index(
    "ix_identities_test_devices",
    identities.c.key,
    sqlite_where=identities.c.clock_offset_s.is_not(None),
)

identity_aliases = Table(
    "identity_aliases",
    control,
    Column("id", String(128), primary_key=True),
    Column("identity_key", BigKey, nullable=False, index=True),
    Column("retired_us", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    control,
    Column("id", String(64), primary_key=True),
    Column("identity_key", BigKey, nullable=True, index=True),
    Column("identity_id", String(128), nullable=False),
    Column("api_key", String(128), nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("country", String(8), nullable=False),
    Column("expires_us", BigInteger, nullable=False, index=True),
    Column("revoked_us", BigInteger, nullable=True),
    Column("refresh_revoked_us", BigInteger, nullable=True),
)

revoked_tokens = Table(
    "revoked_tokens",
    control,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    control,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

_properties = msgspec.json.Decoder(dict[str, str])

# Built once: building a statement takes longer than running it.
_identity_by_id = select(identities).where(identities.c.id == bindparam("id"))
_identity_by_key = select(identities).where(identities.c.key == bindparam("key"))
_identities_by_ids = select(identities).where(identities.c.id.in_(bindparam("ids", expanding=True)))
_aliases_by_ids = (
    select(identity_aliases.c.id.label("alias"), identities)
    .join(identities, identity_aliases.c.identity_key == identities.c.key)
    .where(identity_aliases.c.id.in_(bindparam("ids", expanding=True)))
)
_ids_behind = (
    select(identity_aliases.c.id.label("alias"), identities.c.id)
    .join(identities, identity_aliases.c.identity_key == identities.c.key)
    .where(identity_aliases.c.id.in_(bindparam("ids", expanding=True)))
)
# What changes with every change of an identity; for readers that ask often (see ``PointReads``).
identity_version = select(identities.c.version).where(identities.c.key == bindparam("key"))
# For point reads: an identity with its version, as ``identity_of_point`` takes it.
identity_point = select(
    identities.c.version,
    identities.c.key,
    identities.c.id,
    identities.c.sample_id,
    identities.c.created_us,
    identities.c.updated_us,
    identities.c.default_properties,
    identities.c.custom_properties,
    identities.c.clock_offset_s,
).where(identities.c.key == bindparam("key"))
# The key and the id of the identity of that id, and of the one that took it over.
id_point = select(identities.c.key, identities.c.id).where(identities.c.id == bindparam("id"))
alias_point = (
    select(identities.c.key, identities.c.id)
    .join(identity_aliases, identity_aliases.c.identity_key == identities.c.key)
    .where(identity_aliases.c.id == bindparam("id"))
)
session_point = select(
    sessions.c.identity_key, sessions.c.identity_id, sessions.c.revoked_us
).where(sessions.c.id == bindparam("id"))
revoked_point = select(revoked_tokens.c.expires_us).where(
    revoked_tokens.c.digest == bindparam("digest")
)
_IDS_PER_QUERY = 500
_session_by_id = select(sessions).where(sessions.c.id == bindparam("id"))


def _text(properties: dict[str, str]) -> str:
    return msgspec.json.encode(properties).decode()


def identity_of(row: Row[Any]) -> Identity:
    """The identity in a row of ``identities``."""
    return Identity(
        key=row.key,
        id=row.id,
        sample_id=row.sample_id,
        created_us=row.created_us,
        updated_us=row.updated_us,
        default_properties=_properties.decode(row.default_properties),
        custom_properties=_properties.decode(row.custom_properties),
        clock_offset_s=row.clock_offset_s,
    )


def identity_of_point(row: Sequence[Any]) -> Identity:
    """The identity that ``identity_point`` has read."""
    _version, key, identity_id, sample_id, created_us, updated_us, default, custom, offset_s = row
    return Identity(
        key=key,
        id=identity_id,
        sample_id=sample_id,
        created_us=created_us,
        updated_us=updated_us,
        default_properties=_properties.decode(default),
        custom_properties=_properties.decode(custom),
        clock_offset_s=offset_s,
    )


def find_identity(connection: Connection, identity_id: str) -> Identity | None:
    """The identity of that id; aliases are not followed."""
    row = connection.execute(_identity_by_id, {"id": identity_id}).one_or_none()
    return None if row is None else identity_of(row)


def get_identity(connection: Connection, key: int) -> Identity | None:
    """The identity with that key."""
    row = connection.execute(_identity_by_key, {"key": key}).one_or_none()
    return None if row is None else identity_of(row)


def find_identities(connection: Connection, identity_ids: Iterable[str]) -> dict[str, Identity]:
    """The identities of these ids, or those that took them over; unknown ids are left out."""
    wanted = list(dict.fromkeys(identity_ids))
    found: dict[str, Identity] = {}
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        chunk = wanted[start : start + _IDS_PER_QUERY]
        for row in connection.execute(_identities_by_ids, {"ids": chunk}):
            found[row.id] = identity_of(row)
        missing = [identity_id for identity_id in chunk if identity_id not in found]
        if missing:
            for row in connection.execute(_aliases_by_ids, {"ids": missing}):
                found[row.alias] = identity_of(row)
    return found


def ids_behind(connection: Connection, identity_ids: Iterable[str]) -> dict[str, str]:
    """The ids of the identities that took over these ids; of those that are no aliases, nothing."""
    wanted = list(dict.fromkeys(identity_ids))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _IDS_PER_QUERY):
        chunk = wanted[start : start + _IDS_PER_QUERY]
        rows = connection.execute(_ids_behind, {"ids": chunk})
        found.update((row.alias, row.id) for row in rows)
    return found


def add_identity(
    connection: Connection,
    *,
    identity_id: str,
    created_us: int,
    default_properties: dict[str, str],
    custom_properties: dict[str, str],
    sample_id: str = "",
) -> Identity:
    """A new identity; an alias of that id ends.

    Without a ``sample_id`` it is the id; one of its own if the id was an alias, as whoever took it
    over may have that place.
    """
    ended = connection.execute(delete(identity_aliases).where(identity_aliases.c.id == identity_id))
    sample_id = sample_id or (new_id() if ended.rowcount else identity_id)
    result = connection.execute(
        insert(identities).values(
            id=identity_id,
            sample_id=sample_id,
            created_us=created_us,
            updated_us=created_us,
            default_properties=_text(default_properties),
            custom_properties=_text(custom_properties),
        )
    )
    return Identity(
        key=inserted_key(result),
        id=identity_id,
        sample_id=sample_id,
        created_us=created_us,
        updated_us=created_us,
        default_properties=default_properties,
        custom_properties=custom_properties,
    )


def save_properties(connection: Connection, identity: Identity) -> None:
    """Store the properties and times of ``identity``."""
    connection.execute(
        update(identities)
        .where(identities.c.key == identity.key)
        .values(
            created_us=identity.created_us,
            updated_us=identity.updated_us,
            default_properties=_text(identity.default_properties),
            custom_properties=_text(identity.custom_properties),
            version=identities.c.version + 1,
        )
    )


def version_of(connection: Connection, key: int) -> int:
    """The version of the identity with that key (see ``identities.version``)."""
    return int(connection.execute(identity_version, {"key": key}).scalar_one())


def raise_version(connection: Connection, key: int) -> None:
    """Tell who keeps something made of an identity that it is made anew."""
    connection.execute(
        update(identities).where(identities.c.key == key).values(version=identities.c.version + 1)
    )


def set_clock_offset(connection: Connection, key: int, offset_s: int | None) -> int:
    """Make an identity a test device with that offset, or none (``None``); its version then."""
    result = connection.execute(
        update(identities)
        .where(identities.c.key == key)
        .values(clock_offset_s=offset_s, version=identities.c.version + 1)
        .returning(identities.c.version)
    )
    return int(result.scalar_one())


def count_test_devices(connection: Connection) -> int:
    """How many identities are test devices."""
    return int(
        connection.execute(
            select(func.count())
            .select_from(identities)
            .where(identities.c.clock_offset_s.is_not(None))
        ).scalar_one()
    )


def retire_identity(
    connection: Connection, identity: Identity, *, into_key: int, now_us: int
) -> None:
    """Make ``identity`` and its aliases aliases of another; its sessions end."""
    revoke_sessions(connection, identity_key=identity.key, now_us=now_us)
    for table in (sessions, identity_aliases):
        connection.execute(
            update(table).where(table.c.identity_key == identity.key).values(identity_key=into_key)
        )
    connection.execute(delete(identities).where(identities.c.key == identity.key))
    connection.execute(
        insert(identity_aliases).values(id=identity.id, identity_key=into_key, retired_us=now_us)
    )


def erase_identity(connection: Connection, identity: Identity) -> tuple[list[str], list[str]]:
    """Remove ``identity``, its aliases and sessions; what their ids were.

    Of each session a digest remains, for as long as a token of it could be valid.
    """
    aliases = connection.execute(
        delete(identity_aliases)
        .where(identity_aliases.c.identity_key == identity.key)
        .returning(identity_aliases.c.id)
    )
    alias_ids = [row.id for row in aliases]
    ended = connection.execute(
        delete(sessions)
        .where(sessions.c.identity_key == identity.key)
        .returning(sessions.c.id, sessions.c.expires_us)
    ).all()
    for row in ended:
        revoke_token(connection, session_digest(row.id), expires_us=row.expires_us)
    connection.execute(delete(identities).where(identities.c.key == identity.key))
    return alias_ids, [row.id for row in ended]


def add_session(connection: Connection, session: Session) -> None:
    """Store a new session."""
    connection.execute(insert(sessions).values(**msgspec.structs.asdict(session)))


def get_session(connection: Connection, session_id: str) -> Session | None:
    """The session of that id, revoked or not."""
    row = connection.execute(_session_by_id, {"id": session_id}).one_or_none()
    return None if row is None else Session(**row._mapping)  # noqa: SLF001 # SQLAlchemy's own name


def extend_session(connection: Connection, session_id: str, *, expires_us: int) -> None:
    """Move the end of a session's last token."""
    connection.execute(
        update(sessions).where(sessions.c.id == session_id).values(expires_us=expires_us)
    )


def revoke_sessions(
    connection: Connection,
    *,
    session_id: str | None = None,
    identity_key: int | None = None,
    now_us: int,
) -> None:
    """End one session, or every session of an identity: no token of theirs works any more."""
    statement = update(sessions).where(sessions.c.revoked_us.is_(None)).values(revoked_us=now_us)
    if session_id is not None:
        statement = statement.where(sessions.c.id == session_id)
    if identity_key is not None:
        statement = statement.where(sessions.c.identity_key == identity_key)
    connection.execute(statement)


def revoke_refresh(connection: Connection, session_id: str, *, now_us: int) -> None:
    """End the refresh tokens of one session; its session token lives on until it expires."""
    connection.execute(
        update(sessions)
        .where(sessions.c.id == session_id, sessions.c.refresh_revoked_us.is_(None))
        .values(refresh_revoked_us=now_us)
    )


def revoke_token(connection: Connection, digest: bytes, *, expires_us: int) -> None:
    """End what has that digest: a token of no session of ours, or an erased player's session."""
    known = connection.execute(
        select(revoked_tokens.c.digest).where(revoked_tokens.c.digest == digest)
    ).one_or_none()
    if known is None:
        connection.execute(insert(revoked_tokens).values(digest=digest, expires_us=expires_us))


def forget_expired(connection: Connection, *, now_us: int, rows_max: int) -> int:
    """Remove sessions and revocations of which no token can be valid any more.

    At most ``rows_max`` of each; returns how many went.
    """
    gone = 0
    for table, key in ((sessions, sessions.c.id), (revoked_tokens, revoked_tokens.c.digest)):
        expires_us = table.c.expires_us
        expired = select(key).where(expires_us < now_us).order_by(expires_us).limit(rows_max)
        gone += connection.execute(delete(table).where(key.in_(expired))).rowcount
    return gone


def put_in_outbox(connection: Connection, entries: list[Entry]) -> tuple[int, bytes]:
    """Promise ``entries`` to the log with the transaction under way: (outbox id, payload)."""
    payload = encode_entries(entries)
    result = connection.execute(insert(outbox).values(payload=payload))
    return inserted_key(result), payload


def outbox_rows(connection: Connection) -> Sequence[tuple[int, bytes]]:
    """What was promised to the log and not yet seen there, in order."""
    rows = connection.execute(select(outbox.c.id, outbox.c.payload).order_by(outbox.c.id))
    return [(row.id, row.payload) for row in rows]


def clear_outbox(connection: Connection, ids: Iterable[int]) -> None:
    """Forget promises that the log has kept."""
    connection.execute(delete(outbox).where(outbox.c.id.in_(list(ids))))
