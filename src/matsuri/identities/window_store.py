"""What is kept of each player's events for windows, in the history database.

The pipeline and the backfill write, both processes read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    select,
    tuple_,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import history
from matsuri.identities.day_entries import DayEntries, decode_day
from matsuri.identities.last_times import decode_times, encode_times
from matsuri.identities.tracked_events import Place
from matsuri.kit.numbers import format_number

# One row for each UTC day with events; ``total`` is the exact sum as text, NULL without numbers.
event_windows = Table(
    "event_windows",
    history,
    Column("profile_key", BigInteger, primary_key=True),
    Column("series_id", BigInteger, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("events", BigInteger, nullable=False),
    Column("total", Text, nullable=True),
    Column("entries", LargeBinary, nullable=False),
    Index("ix_event_windows_series_id_day", "series_id", "day"),
    sqlite_with_rowid=False,
)

# What is kept for good: the last times, or the one at which a sequence was reached.
event_moments = Table(
    "event_moments",
    history,
    Column("profile_key", BigInteger, primary_key=True),
    Column("series_id", BigInteger, primary_key=True),
    Column("times", LargeBinary, nullable=False),
    Index("ix_event_moments_series_id", "series_id"),
    sqlite_with_rowid=False,
)

_KEYS_PER_QUERY = 500


class DayRow(NamedTuple):
    """One stored day; ``total`` and ``entries`` in their stored forms."""

    day: int
    events: int
    total: str | None
    entries: bytes

    def decoded(self) -> DayEntries:
        """The entries."""
        return decode_day(self.entries)


_days_of_day = select(
    event_windows.c.profile_key, event_windows.c.series_id, event_windows.c.entries
).where(
    event_windows.c.day == bindparam("day"),
    event_windows.c.series_id.in_(bindparam("series", expanding=True)),
    event_windows.c.profile_key.in_(bindparam("keys", expanding=True)),
)
_days_of_series = select(
    event_windows.c.profile_key, event_windows.c.day, event_windows.c.entries
).where(
    event_windows.c.series_id == bindparam("series"),
    event_windows.c.profile_key.in_(bindparam("keys", expanding=True)),
    event_windows.c.day.between(bindparam("first"), bindparam("last")),
)
_days_of_players = (
    select(event_windows)
    .where(event_windows.c.profile_key.in_(bindparam("keys", expanding=True)))
    .order_by(event_windows.c.profile_key, event_windows.c.series_id, event_windows.c.day)
)
_moments_of_players = select(event_moments).where(
    event_moments.c.profile_key.in_(bindparam("keys", expanding=True))
)
_moments_of_series = _moments_of_players.where(
    event_moments.c.series_id.in_(bindparam("series", expanding=True))
)
# For point reads: all that is stored of one player.
days_of_player = (
    select(*(event_windows.c[name] for name in ("series_id", *DayRow._fields)))
    .where(event_windows.c.profile_key == bindparam("key"))
    .order_by(event_windows.c.series_id, event_windows.c.day)
)
moments_of_player = select(event_moments.c.series_id, event_moments.c.times).where(
    event_moments.c.profile_key == bindparam("key")
)
_put_days = insert(event_windows)
_put_days = _put_days.on_conflict_do_update(
    index_elements=[event_windows.c.profile_key, event_windows.c.series_id, event_windows.c.day],
    set_={name: _put_days.excluded[name] for name in ("events", "total", "entries")},
)
_put_moments = insert(event_moments)
_put_moments = _put_moments.on_conflict_do_update(
    index_elements=[event_moments.c.profile_key, event_moments.c.series_id],
    set_={"times": _put_moments.excluded.times},
)


def load_days(
    connection: Connection, day: int, places: Collection[Place]
) -> dict[Place, DayEntries]:
    """The stored entries of one day, at least those of ``places``."""
    series = sorted({series_id for _, series_id in places})
    found: dict[Place, DayEntries] = {}
    for keys in _chunks({key for key, _ in places}):
        rows = connection.execute(_days_of_day, {"day": day, "series": series, "keys": keys})
        found |= {(key, series_id): decode_day(blob) for key, series_id, blob in rows}
    return found


def load_series_days(
    connection: Connection, series_id: int, keys: Collection[int], *, first_day: int, last_day: int
) -> dict[int, dict[int, DayEntries]]:
    """The stored entries of a series from ``first_day`` to ``last_day``, by player and day."""
    found: dict[int, dict[int, DayEntries]] = {}
    for chunk in _chunks(keys):
        rows = connection.execute(
            _days_of_series,
            {"series": series_id, "keys": chunk, "first": first_day, "last": last_day},
        )
        for key, day, blob in rows:
            found.setdefault(key, {})[day] = decode_day(blob)
    return found


def put_days(connection: Connection, days: Mapping[tuple[int, int, int], DayEntries]) -> None:
    """Store entries by profile key, series id and day, in place of those there are."""
    rows = []
    for (key, series_id, day), entries in days.items():
        total = entries.total
        rows.append(
            {
                "profile_key": key,
                "series_id": series_id,
                "day": day,
                "events": entries.events,
                "total": None if total is None else format_number(total),
                "entries": entries.encode(),
            }
        )
    if rows:
        connection.execute(_put_days, rows)


def load_times(connection: Connection, places: Collection[Place]) -> dict[Place, list[int]]:
    """The stored times, at least those of ``places``."""
    series = sorted({series_id for _, series_id in places})
    found: dict[Place, list[int]] = {}
    for keys in _chunks({key for key, _ in places}):
        rows = connection.execute(_moments_of_series, {"series": series, "keys": keys})
        found |= {(key, series_id): decode_times(blob) for key, series_id, blob in rows}
    return found


def put_times(connection: Connection, times: Mapping[Place, list[int]]) -> None:
    """Store times in place of those there are."""
    if times:
        connection.execute(
            _put_moments,
            [
                {"profile_key": key, "series_id": series_id, "times": encode_times(told)}
                for (key, series_id), told in times.items()
            ],
        )


def load_players(
    connection: Connection, keys: Collection[int]
) -> tuple[dict[int, dict[int, list[DayRow]]], dict[int, dict[int, list[int]]]]:
    """Everything stored of these players: days in order, and times, by player and series."""
    days: dict[int, dict[int, list[DayRow]]] = {}
    times: dict[int, dict[int, list[int]]] = {}
    for chunk in _chunks(keys):
        for key, series_id, *row in connection.execute(_days_of_players, {"keys": chunk}):
            days.setdefault(key, {}).setdefault(series_id, []).append(DayRow(*row))
        for key, series_id, blob in connection.execute(_moments_of_players, {"keys": chunk}):
            times.setdefault(key, {})[series_id] = decode_times(blob)
    return days, times


def erase_windows(connection: Connection, profile_key: int) -> int:
    """Remove all that is stored of a player; how many rows there were."""
    return sum(
        connection.execute(delete(table).where(table.c.profile_key == profile_key)).rowcount
        for table in (event_windows, event_moments)
    )


def expire_days(connection: Connection, series_id: int, *, before_day: int, rows_max: int) -> int:
    """Remove days of a series before ``before_day``, at most ``rows_max``; how many."""
    columns = event_windows.c
    place = (columns.profile_key, columns.series_id, columns.day)
    chosen = select(*place).where(columns.series_id == series_id, columns.day < before_day)
    return connection.execute(
        delete(event_windows).where(tuple_(*place).in_(chosen.limit(rows_max)))
    ).rowcount


def remove_moments(connection: Connection, series_id: int, *, rows_max: int) -> int:
    """Remove times of a series, at most ``rows_max``; how many."""
    columns = event_moments.c
    place = (columns.profile_key, columns.series_id)
    chosen = select(*place).where(columns.series_id == series_id)
    return connection.execute(
        delete(event_moments).where(tuple_(*place).in_(chosen.limit(rows_max)))
    ).rowcount


def _chunks(keys: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), _KEYS_PER_QUERY):
        yield ordered[start : start + _KEYS_PER_QUERY]
