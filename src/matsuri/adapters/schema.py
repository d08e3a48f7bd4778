"""One set of tables for each database file; the slices' stores add theirs.

``control`` is written by the API: identities, sessions, keys, people. ``history`` is written by
the pipeline: what events made of profiles, and how far it came. Apart, neither waits for the
other's transactions.
"""

from sqlalchemy import MetaData

_NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

control = MetaData(naming_convention=_NAMING)
history = MetaData(naming_convention=_NAMING)
