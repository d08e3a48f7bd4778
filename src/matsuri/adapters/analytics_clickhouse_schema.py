"""The tables of the analytics store in ClickHouse, and how they come into being."""

from collections.abc import Mapping
from typing import Final

from matsuri.adapters.analytics_clickhouse_client import Statements
from matsuri.config import SettingsError

OLDEST_SERVER = (25, 3)
SCHEMA_VERSION = "schema_version"

# Months of this century; what clocks gone wrong tell of other times shares one partition, so that
# no sender can make more than about 1,200 of them.
_PARTITION = "if(day BETWEEN 10957 AND 47481, toYYYYMM(toDate(day)), 0)"
# A chunk that was told to be stored survives a loss of power; and since merged parts are synced
# too, those that they replace can go at once: nothing erased is kept in them.
_DURABLE = (
    "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, "
    "old_parts_lifetime = 1"
)
# Far more than one chunk has parts: only the last chunk is ever sent again.
_ONCE = "non_replicated_deduplication_window = 10000"

EVENT_TYPES: Final[Mapping[str, str]] = {
    "day": "Int32",
    "time_us": "Int64",
    "received_us": "Int64",
    "position": "Int64",
    "place": "Int64",
    "profile_key": "Int64",
    "identity_id": "String",
    "session_id": "String",
    "event_id": "String",
    "name": "LowCardinality(String)",
    "value": "Nullable(String)",
    "metadata": "Nullable(String)",
    "source": "LowCardinality(String)",
    "api_key": "LowCardinality(String)",
    "is_test": "Bool",
    "chunk": "Int64",
}
SESSION_TYPES: Final[Mapping[str, str]] = {
    "day": "Int32",
    "session_id": "String",
    "profile_key": "Int64",
    "position": "Int64",
    "place": "Int64",
    "started_us": "Nullable(Int64)",
    "told_us": "Nullable(Int64)",
    "first_event_us": "Int64",
    "last_event_us": "Int64",
    "event_count": "Int64",
    "country": "LowCardinality(String)",
    "api_key": "LowCardinality(String)",
    "chunk": "Int64",
}
MERGE_TYPES: Final[Mapping[str, str]] = {
    "position": "Int64",
    "place": "Int64",
    "from_key": "Int64",
    "into_key": "Int64",
    "chunk": "Int64",
}
META_TYPES: Final[Mapping[str, str]] = {"name": "String", "number": "Int64"}


def _table(name: str, types: Mapping[str, str], tail: str) -> str:
    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    return f"CREATE TABLE IF NOT EXISTS {name} ({columns}) {tail}"


# Numbers that only grow: the greatest of a name is the one that counts.
_META = _table(
    "meta",
    META_TYPES,
    f"ENGINE = ReplacingMergeTree(number) ORDER BY name SETTINGS {_DURABLE}",
)

# The statements of each version, the first one first. Each can be run again after a crash.
MIGRATIONS: Final = (
    (
        _table(
            "events",
            EVENT_TYPES,
            f"ENGINE = MergeTree PARTITION BY {_PARTITION} "
            f"ORDER BY (profile_key, time_us, position, place) SETTINGS {_DURABLE}, {_ONCE}",
        ),
        _table(
            "sessions",
            SESSION_TYPES,
            f"ENGINE = MergeTree PARTITION BY {_PARTITION} "
            f"ORDER BY (profile_key, session_id, position, place) SETTINGS {_DURABLE}, {_ONCE}",
        ),
        _table(
            "merges",
            MERGE_TYPES,
            f"ENGINE = MergeTree ORDER BY (into_key, from_key) SETTINGS {_DURABLE}, {_ONCE}",
        ),
    ),
    ("ALTER TABLE events ADD COLUMN IF NOT EXISTS is_test Bool DEFAULT false",),
)


def migrate(statements: Statements) -> None:
    """Bring the database to the newest version; raises ``SettingsError`` where that cannot be."""
    version = statements.server_version
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        raise SettingsError(f"ClickHouse {version} is too old: analytics need {oldest} or newer")
    statements.run(_META)
    found = read_number(statements, SCHEMA_VERSION)
    if found > len(MIGRATIONS):
        raise SettingsError(
            f"the ClickHouse database has version {found}, this Matsuri knows {len(MIGRATIONS)}: "
            "a newer Matsuri made it"
        )
    for number, migration in enumerate(MIGRATIONS[found:], start=found + 1):
        for statement in migration:
            statements.run(statement)
        write_number(statements, SCHEMA_VERSION, number)


def read_number(statements: Statements, name: str) -> int:
    """A number of the store; 0 where it was never written."""
    return statements.number(
        "SELECT max(number) FROM meta WHERE name = {name:String}", {"name": name}
    )


def write_number(statements: Statements, name: str, number: int) -> None:
    """Write a number that is greater than it was."""
    statements.insert("meta", {"name": [name], "number": [number]}, META_TYPES)
