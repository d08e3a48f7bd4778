"""One set of tables for each database file; the slices' stores add theirs.

``control`` is written by the API: identities, sessions, keys, people. ``history`` is written by
the pipeline: what events made of profiles, and how far it came. Apart, neither waits for the
other's transactions.
"""

from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy.engine import CursorResult

_NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

control = MetaData(naming_convention=_NAMING)
history = MetaData(naming_convention=_NAMING)

# SQLite numbers rows by itself only in a column that it calls INTEGER.
BigKey = BigInteger().with_variant(Integer, "sqlite")


def inserted_key(result: CursorResult[Any]) -> int:
    """The key that the database gave to the one row that was inserted."""
    keys = result.inserted_primary_key
    if keys is None:
        raise RuntimeError("no row was inserted")
    return int(keys[0])
