"""Players many at a time, with the versions that tell whether they have changed."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

from matsuri.identities.model import Identity
from matsuri.identities.profile_store import profiles
from matsuri.identities.store import identities, identity_of

_KEYS_PER_QUERY = 500

_identities_by_keys = select(identities).where(
    identities.c.key.in_(bindparam("keys", expanding=True))
)
_ids_by_keys = select(identities.c.key, identities.c.id).where(
    identities.c.key.in_(bindparam("keys", expanding=True))
)

_merged_into = select(profiles.c.key, profiles.c.merged_into).where(
    profiles.c.merged_into.in_(bindparam("keys", expanding=True))
)


class VersionedIdentity(msgspec.Struct, frozen=True):
    """An identity with the version of its row."""

    identity: Identity
    version: int


class IdentityVersion(NamedTuple):
    """Which version an identity has."""

    key: int
    id: str
    version: int


def load_identities(connection: Connection, keys: Sequence[int]) -> dict[int, VersionedIdentity]:
    """The identities of these keys; absent where there is none."""
    found = {}
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        chunk = {"keys": keys[start : start + _KEYS_PER_QUERY]}
        for row in connection.execute(_identities_by_keys, chunk):
            found[row.key] = VersionedIdentity(identity_of(row), row.version)
    return found


def identity_ids(connection: Connection, keys: Sequence[int]) -> dict[int, str]:
    """The ids of the identities of these keys; absent where there is none."""
    found: dict[int, str] = {}
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        chunk = {"keys": keys[start : start + _KEYS_PER_QUERY]}
        found |= {row.key: row.id for row in connection.execute(_ids_by_keys, chunk)}
    return found


def identity_versions(connection: Connection, *, after: int, limit: int) -> list[IdentityVersion]:
    """The next identities in the order of their keys."""
    columns = identities.c
    rows = connection.execute(
        select(columns.key, columns.id, columns.version)
        .where(columns.key > after)
        .order_by(columns.key)
        .limit(limit)
    )
    return [IdentityVersion(*row) for row in rows]


def profile_versions(connection: Connection, *, after: int, upto: int) -> dict[int, int]:
    """The versions of the profiles of keys behind ``after``, up to ``upto``."""
    statement = select(profiles.c.key, profiles.c.version).where(
        profiles.c.key > after, profiles.c.key <= upto
    )
    return {row.key: row.version for row in connection.execute(statement)}


def keys_of_ids(connection: Connection, ids: Iterable[str]) -> list[int]:
    """The keys of the identities that have one of these ids; aliases are not followed."""
    wanted = list(dict.fromkeys(ids))
    found: list[int] = []
    for start in range(0, len(wanted), _KEYS_PER_QUERY):
        chunk = wanted[start : start + _KEYS_PER_QUERY]
        rows = connection.execute(select(identities.c.key).where(identities.c.id.in_(chunk)))
        found += [row.key for row in rows]
    return found


def keys_merged_into(connection: Connection, keys: Sequence[int]) -> dict[int, int]:
    """Every key whose profile was merged into one of ``keys``, in whatever steps, with that one."""
    found: dict[int, int] = {}
    ask = {key: key for key in keys}
    while ask:
        into = list(ask)
        step: dict[int, int] = {}
        for start in range(0, len(into), _KEYS_PER_QUERY):
            chunk = {"keys": into[start : start + _KEYS_PER_QUERY]}
            for row in connection.execute(_merged_into, chunk):
                step[row.key] = ask[row.merged_into]
        found |= step
        ask = step
    return found
