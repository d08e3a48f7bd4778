"""Which profiles are those of test devices, in the history database, as the log tells it."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Table, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import BigKey, history

# A row stays when a profile is a test device no more: an older mark may still come.
device_marks = Table(
    "device_marks",
    history,
    Column("profile_key", BigKey, primary_key=True, autoincrement=False),
    Column("is_test", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)

_columns = device_marks.c
_insert = insert(device_marks)
_save = _insert.on_conflict_do_update(
    index_elements=["profile_key"],
    set_={"is_test": _insert.excluded.is_test, "version": _insert.excluded.version},
)


class Mark(NamedTuple):
    """Whether a profile is a test device's, since that version of its identity."""

    is_test: bool
    version: int


def load_marks(connection: Connection) -> dict[int, Mark]:
    """Every mark, by profile: few, as they are set by hand."""
    rows = connection.execute(select(device_marks))
    return {row.profile_key: Mark(row.is_test, row.version) for row in rows}


def save_marks(connection: Connection, marks: Iterable[tuple[int, Mark]]) -> None:
    """Store marks in place of those that there were."""
    rows = [{"profile_key": key, **mark._asdict()} for key, mark in marks]
    if rows:
        connection.execute(_save, rows)


def erase_mark(connection: Connection, profile_key: int) -> int:
    """Forget the mark of a profile; how many rows went."""
    statement = delete(device_marks).where(_columns.profile_key == profile_key)
    return connection.execute(statement).rowcount
