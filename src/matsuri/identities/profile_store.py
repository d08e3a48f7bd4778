"""Profiles and session facts in the history database: the pipeline writes, the API reads."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    String,
    Table,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import BigKey, history
from matsuri.identities.computed import decode_profile, encode_profile
from matsuri.identities.model import Profile, SessionActivity

# A row without a state is a tombstone: merged into another profile, or erased.
profiles = Table(
    "profiles",
    history,
    Column("key", BigKey, primary_key=True, autoincrement=False),
    Column("state", LargeBinary, nullable=True),
    Column("merged_into", BigInteger, nullable=True, index=True),
    Column("version", BigInteger, nullable=False),
)

session_facts = Table(
    "session_facts",
    history,
    Column("session_id", String(128), primary_key=True),
    Column("profile_key", BigInteger, primary_key=True, index=True),
    Column("started_us", BigInteger, nullable=True),
    Column("first_event_us", BigInteger, nullable=False),
    Column("last_event_us", BigInteger, nullable=False),
    Column("event_count", BigInteger, nullable=False),
    Column("country", String(8), nullable=False),
    Column("api_key", String(128), nullable=False),
)

# What a rebuild found to be different, until it takes the place of what there is.
rebuilt_profiles = Table(
    "rebuilt_profiles",
    history,
    Column("key", BigKey, primary_key=True, autoincrement=False),
    Column("state", LargeBinary, nullable=False),
)

_KEYS_PER_QUERY = 500
_MERGES_FOLLOWED_MAX = 64


class StoredProfile(msgspec.Struct, frozen=True):
    """A profile with its version, or where it went: ``merged_into`` another, or erased (0)."""

    profile: Profile | None
    version: int
    merged_into: int = 0


class StoredSession(msgspec.Struct, frozen=True):
    """What is known of a session from its events; times in microseconds since the epoch."""

    session_id: str
    started_us: int | None
    first_event_us: int
    last_event_us: int
    event_count: int
    country: str
    api_key: str

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands among the sessions of a player: its start, and its id."""
        return (
            self.first_event_us if self.started_us is None else self.started_us
        ), self.session_id


# Built once: building a statement takes longer than running it.
_columns = select(profiles.c.key, profiles.c.state, profiles.c.merged_into, profiles.c.version)
_by_keys = _columns.where(profiles.c.key.in_(bindparam("keys", expanding=True)))
_by_key = _columns.where(profiles.c.key == bindparam("key"))
# What changes with every change of a profile; for readers that ask often (see ``PointReads``).
profile_version = select(profiles.c.version).where(profiles.c.key == bindparam("key"))
# For point reads: a profile with its version.
profile_point = select(profiles.c.state, profiles.c.merged_into, profiles.c.version).where(
    profiles.c.key == bindparam("key")
)
# For point reads: a row where a profile was merged or erased.
is_tombstone = select(profiles.c.merged_into).where(
    profiles.c.key == bindparam("key"), profiles.c.state.is_(None)
)
_tombstones = select(profiles.c.key, profiles.c.merged_into).where(profiles.c.state.is_(None))


def load_profiles(connection: Connection, keys: Iterable[int]) -> dict[int, StoredProfile]:
    """The stored profiles and tombstones of ``keys``; absent where nothing is stored."""
    wanted = list(keys)
    found: dict[int, StoredProfile] = {}
    for start in range(0, len(wanted), _KEYS_PER_QUERY):
        chunk = wanted[start : start + _KEYS_PER_QUERY]
        for row in connection.execute(_by_keys, {"keys": chunk}):
            found[row.key] = _stored(row)
    return found


def _stored(row: Any) -> StoredProfile:
    return StoredProfile(
        profile=None if row.state is None else decode_profile(row.state),
        version=row.version,
        merged_into=row.merged_into or 0,
    )


def find_tombstones(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    """Which of ``keys``, and of those they lead to, are no profiles any more.

    Each with the key it was merged into, 0 where it was erased.
    """
    found: dict[int, int] = {}
    ask = list(keys)
    while ask:
        leads_to: set[int] = set()
        for start in range(0, len(ask), _KEYS_PER_QUERY):
            chunk = ask[start : start + _KEYS_PER_QUERY]
            for row in connection.execute(_tombstones.where(profiles.c.key.in_(chunk))):
                found[row.key] = row.merged_into or 0
                leads_to.add(found[row.key])
        ask = list(leads_to - found.keys() - {0})
    return found


def roots_of(keys: Iterable[int], tombstones: Mapping[int, int]) -> dict[int, int]:
    """Where each key leads by ``find_tombstones``: to itself, to another, or to 0 for erased."""
    roots = {}
    for key in keys:
        root = key
        # A key leads elsewhere once and for ever, so this ends.
        while root in tombstones:
            root = tombstones[root]
        roots[key] = root
    return roots


def load_profile(connection: Connection, key: int) -> StoredProfile | None:
    """The stored profile of ``key``, at the end of what it was merged into."""
    for _ in range(_MERGES_FOLLOWED_MAX):
        row = connection.execute(_by_key, {"key": key}).one_or_none()
        if row is None or not row.merged_into:
            return None if row is None else _stored(row)
        key = row.merged_into
    return None


def save_profiles(connection: Connection, changed: Mapping[int, Profile]) -> None:
    """Store what the fold made of each key; a version goes up with every change."""
    if not changed:
        return
    statement = insert(profiles)
    statement = statement.on_conflict_do_update(
        index_elements=[profiles.c.key],
        set_={
            "state": statement.excluded.state,
            "merged_into": None,
            "version": profiles.c.version + 1,
        },
    )
    connection.execute(
        statement,
        [
            {"key": key, "state": encode_profile(profile), "merged_into": None, "version": 1}
            for key, profile in changed.items()
        ],
    )


def stage_profiles(connection: Connection, staged: Mapping[int, Profile | None]) -> None:
    """Set aside what ``swap_profiles`` will store of each key; ``None`` leaves it as it is."""
    keys = list(staged)
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        chunk = keys[start : start + _KEYS_PER_QUERY]
        connection.execute(delete(rebuilt_profiles).where(rebuilt_profiles.c.key.in_(chunk)))
    rows = [
        {"key": key, "state": encode_profile(profile)}
        for key, profile in staged.items()
        if profile is not None
    ]
    if rows:
        connection.execute(insert(rebuilt_profiles), rows)


def clear_staged(connection: Connection) -> None:
    """Forget what was set aside."""
    connection.execute(delete(rebuilt_profiles))


def swap_profiles(connection: Connection) -> int:
    """Store everything that was set aside, with the transaction under way; how many there were."""
    rebuilt = select(
        rebuilt_profiles.c.key, rebuilt_profiles.c.state, literal(None), literal(1)
    ).where(true())
    statement = insert(profiles).from_select(["key", "state", "merged_into", "version"], rebuilt)
    swapped = connection.execute(
        statement.on_conflict_do_update(
            index_elements=[profiles.c.key],
            set_={"state": statement.excluded.state, "version": profiles.c.version + 1},
        )
    ).rowcount
    clear_staged(connection)
    return swapped


def bury_profile(connection: Connection, key: int, *, merged_into: int | None) -> None:
    """Leave of a profile only where it went; ``None`` means erased."""
    statement = insert(profiles).values(key=key, state=None, merged_into=merged_into, version=1)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[profiles.c.key],
            set_={
                "state": None,
                "merged_into": merged_into,
                "version": profiles.c.version + 1,
            },
        )
    )


def merged_keys(connection: Connection, key: int) -> list[int]:
    """Every key whose profile was merged into ``key``, directly or by way of others."""
    found: list[int] = []
    ask = [key]
    while ask:
        rows = connection.execute(select(profiles.c.key).where(profiles.c.merged_into.in_(ask)))
        ask = [row.key for row in rows if row.key not in found]
        found += ask
    return found


def add_session_activity(connection: Connection, activity: Iterable[SessionActivity]) -> None:
    """Add what a stretch of history says of sessions to what is known of them."""
    told: list[dict[str, Any]] = []
    opened: list[dict[str, Any]] = []
    for item in activity:
        row = msgspec.structs.asdict(item)
        (opened if row.pop("opened_here") else told).append(row)
    new, old = insert(session_facts).excluded, session_facts.c
    if told:
        connection.execute(_add_facts(func.coalesce(old.started_us, new.started_us), "old"), told)
    if opened:
        # The start itself corrects what senders told of it, in whatever order the two came.
        connection.execute(_add_facts(new.started_us, "new"), opened)


def _add_facts(started_us: Any, preferred: str) -> Insert:
    """Adds rows to session facts; texts are ``preferred``, the new or the old, if not empty."""
    statement = insert(session_facts)
    new, old = statement.excluded, session_facts.c
    best, other = (new, old) if preferred == "new" else (old, new)
    return statement.on_conflict_do_update(
        index_elements=[old.session_id, old.profile_key],
        set_={
            "started_us": started_us,
            "first_event_us": func.min(old.first_event_us, new.first_event_us),
            "last_event_us": func.max(old.last_event_us, new.last_event_us),
            "event_count": old.event_count + new.event_count,
            "country": case((best.country == "", other.country), else_=best.country),
            "api_key": case((best.api_key == "", other.api_key), else_=best.api_key),
        },
    )


def move_sessions(connection: Connection, *, from_key: int, into_key: int) -> None:
    """Give the sessions of one profile to another; what both know of one session is added up."""
    facts = session_facts.c
    moved = select(
        facts.session_id,
        literal(into_key, BigInteger),
        facts.started_us,
        facts.first_event_us,
        facts.last_event_us,
        facts.event_count,
        facts.country,
        facts.api_key,
    ).where(facts.profile_key == from_key)
    new = insert(session_facts).excluded
    # A session that both have was opened as one of them: its row has the least start.
    started_us = func.min(
        func.coalesce(facts.started_us, new.started_us),
        func.coalesce(new.started_us, facts.started_us),
    )
    columns = [column.name for column in session_facts.columns]
    connection.execute(_add_facts(started_us, "old").from_select(columns, moved))
    erase_sessions(connection, from_key)


def session_ids(connection: Connection, profile_key: int) -> list[str]:
    """The ids of all sessions of a profile."""
    facts = session_facts.c
    rows = connection.execute(select(facts.session_id).where(facts.profile_key == profile_key))
    return [row.session_id for row in rows]


def erase_sessions(connection: Connection, profile_key: int) -> int:
    """Remove what is known of a profile's sessions; how many there were."""
    return connection.execute(
        delete(session_facts).where(session_facts.c.profile_key == profile_key)
    ).rowcount


def list_sessions(
    connection: Connection,
    profile_key: int,
    *,
    limit: int,
    after: tuple[int, str] | None = None,
    newest_first: bool = True,
) -> list[StoredSession]:
    """A player's sessions, the latest start first, or last.

    ``after`` is the ``place`` of the session where the list goes on.
    """
    facts = session_facts.c
    start = func.coalesce(facts.started_us, facts.first_event_us)
    place = tuple_(start, facts.session_id)
    statement = select(
        facts.session_id,
        facts.started_us,
        facts.first_event_us,
        facts.last_event_us,
        facts.event_count,
        facts.country,
        facts.api_key,
    ).where(facts.profile_key == profile_key)
    if after is not None:
        bound = tuple_(literal(after[0]), literal(after[1]))
        statement = statement.where(place < bound if newest_first else place > bound)
    order = (start, facts.session_id)
    statement = statement.order_by(*(column.desc() if newest_first else column for column in order))
    rows = connection.execute(statement.limit(limit))
    return [StoredSession(**row._mapping) for row in rows]  # noqa: SLF001 # SQLAlchemy's name
