"""Drops old days from ClickHouse, and makes sure that what was erased is on no disk."""

import time
from collections.abc import Callable, Sequence

from matsuri.adapters.analytics_clickhouse_append import erase
from matsuri.adapters.analytics_clickhouse_client import Statements
from matsuri.adapters.analytics_clickhouse_schema import read_number, write_number
from matsuri.events.analytics import DAY_US, AnalyticsUnavailable

DROPPED = "dropped"
_DAILY = ("events", "sessions")
TABLES = (*_DAILY, "merges")
# A month that no row can be in (see the schema): to drop it clears what merges replaced.
_NO_PARTITION = "190001"
_POLL_SECONDS = 0.1
_PARTS = "FROM system.parts WHERE database = currentDatabase() AND table = {table:String}"


def drop_old_days(statements: Statements, *, now_us: int, keep_days: int) -> None:
    """Drop days older than ``keep_days``: whole months at once, of the oldest left their days."""
    first_day = now_us // DAY_US - keep_days
    for table in _DAILY:
        months = statements.rows(
            f"SELECT _partition_id, max(day) FROM {table} GROUP BY _partition_id "
            "HAVING min(day) < {first_day:Int64} ORDER BY _partition_id",
            {"first_day": first_day},
        )
        if months:
            write_number(statements, DROPPED, 1)
        for month, last_day in months:
            if last_day < first_day:
                statements.run(
                    f"ALTER TABLE {table} DROP PARTITION ID {{month:String}}", {"month": month}
                )
        if any(last_day >= first_day for _month, last_day in months):
            erase(statements, table, "day < {first_day:Int64}", {"first_day": first_day})


def is_complete(statements: Statements) -> bool:
    """Whether no day was ever dropped."""
    return not read_number(statements, DROPPED)


def rewrite_erased(
    statements: Statements, *, seconds_max: float, sleep: Callable[[float], None] = time.sleep
) -> int:
    """Write every file anew that has erased rows, and wait until the old ones are gone.

    Returns how many bytes were written anew. Raises ``AnalyticsUnavailable`` where that takes
    longer than ``seconds_max``; the server goes on with it, and a later call sees it through.
    """
    deadline = time.monotonic() + seconds_max
    rewritten = 0
    for table in TABLES:
        # Parts that come while this waits hold nothing of what was erased before.
        parts = statements.rows(
            "SELECT name, active, bytes_on_disk "
            f"{_PARTS} AND (NOT active OR has_lightweight_delete)",
            {"table": table},
        )
        masked = [disk_bytes for _name, active, disk_bytes in parts if active]
        rewritten += sum(masked)
        if masked:
            statements.run(f"ALTER TABLE {table} APPLY DELETED MASK", None, {"mutations_sync": 0})
        names = [name for name, _active, _bytes in parts]
        while names and not _are_gone(statements, table, names):
            if time.monotonic() > deadline:
                raise AnalyticsUnavailable("ClickHouse is still rewriting what holds erased rows")
            sleep(_POLL_SECONDS)
    return rewritten


def _are_gone(statements: Statements, table: str, parts: Sequence[str]) -> bool:
    statements.run(f"ALTER TABLE {table} DROP PARTITION ID '{_NO_PARTITION}'")
    return not statements.number(
        f"SELECT count() {_PARTS} AND name IN {{parts:Array(String)}}",
        {"table": table, "parts": list(parts)},
    )
