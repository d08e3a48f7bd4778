"""The tables of stored membership, in the history database: the worker writes, the API reads.

Nothing in them says what a player is called: players are keys of profiles, as in all of history.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from matsuri.adapters.schema import BigKey, history

# Short names of audiences, for there are many rows about each; ``members`` is how many it has.
audience_keys = Table(
    "audience_keys",
    history,
    Column("key", BigKey, primary_key=True, autoincrement=True),
    Column("audience_id", String(36), nullable=False, unique=True),
    Column("members", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

audience_members = Table(
    "audience_members",
    history,
    Column("audience_key", BigInteger, primary_key=True),
    Column("profile_key", BigInteger, primary_key=True),
    Column("entered_us", BigInteger, nullable=False),
    Index("ix_audience_members_profile_key", "profile_key"),
    sqlite_with_rowid=False,
)

# See ``members.Check``.
membership_checks = Table(
    "membership_checks",
    history,
    Column("profile_key", BigKey, primary_key=True, autoincrement=False),
    Column("identity_version", BigInteger, nullable=False),
    Column("profile_version", BigInteger, nullable=False),
    Column("entries_digest", BigInteger, nullable=False),
    Column("audiences_version", BigInteger, nullable=False),
    Column("recheck_us", BigInteger, nullable=False),
)

# How many members an audience had at the end of the last pass of each hour.
audience_sizes = Table(
    "audience_sizes",
    history,
    Column("audience_key", BigInteger, primary_key=True),
    Column("at_us", BigInteger, primary_key=True),
    Column("members", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# ``version`` numbers the states of all audiences, of which ``fingerprint`` names the newest.
# Everybody was evaluated at ``passed_version`` or a later one, by a pass that ended at
# ``passed_us`` and took ``pass_us``. ``evaluated`` counts evaluations, ``waiting`` players.
membership_progress = Table(
    "membership_progress",
    history,
    Column("name", String(16), primary_key=True),
    Column("fingerprint", String(32), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("passed_version", BigInteger, nullable=False),
    Column("passed_us", BigInteger, nullable=False),
    Column("pass_us", BigInteger, nullable=False),
    Column("evaluated", BigInteger, nullable=False),
    Column("waiting", Integer, nullable=False),
)
