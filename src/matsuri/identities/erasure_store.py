"""What the worker knows of erased profiles, and what it did about them, in the history database."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import BigKey, history
from matsuri.identities.erasure_model import WorkerReport

_LOG = "main"

# Every key that an erased player ever had; ``erased_key`` is the one that was erased, with all
# that had become part of it. ``position`` is that of the last record with something of the key;
# the log is clean of it before ``clean_position``, and has to be looked at while it waits.
erased_keys = Table(
    "erased_keys",
    history,
    Column("profile_key", BigKey, primary_key=True, autoincrement=False),
    Column("erased_key", BigInteger, nullable=False, index=True),
    Column("erased_us", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("clean_position", BigInteger, nullable=False),
    Column("waiting", Boolean, nullable=False, index=True),
    Column("removed", Text, nullable=False),
)

erasure_reports = Table(
    "erasure_reports",
    history,
    Column("id", String(36), primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("report", Text, nullable=False),
)

# Before which position the log's writer is asked to begin another segment.
log_seals = Table(
    "log_seals",
    history,
    Column("log", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
)

_removed = msgspec.json.Decoder(dict[str, int])
_report = msgspec.json.Decoder(WorkerReport)


class ErasedKey(msgspec.Struct, frozen=True):
    """One row of ``erased_keys``; ``removed`` counts the rows that went with it, by table."""

    profile_key: int
    erased_key: int
    erased_us: int
    position: int
    clean_position: int
    waiting: bool
    removed: dict[str, int]


def note_erased(
    connection: Connection,
    removed: Mapping[int, Mapping[str, int]],
    *,
    erased_key: int,
    position: int,
    now_us: int,
) -> None:
    """Remember that these keys were erased with ``erased_key``, and how many rows went of each."""
    statement = insert(erased_keys)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[erased_keys.c.profile_key],
            set_={"position": statement.excluded.position, "waiting": True},
        ),
        [
            {
                "profile_key": key,
                "erased_key": erased_key,
                "erased_us": now_us,
                "position": position,
                "clean_position": 0,
                "waiting": True,
                "removed": msgspec.json.encode(rows).decode(),
            }
            for key, rows in removed.items()
        ],
    )


def add_removed(connection: Connection, profile_key: int, rows: Mapping[str, int]) -> None:
    """Add to what was noted of an erased key how many rows went elsewhere, by table."""
    of_key = erased_keys.c.profile_key == profile_key
    noted = connection.execute(select(erased_keys.c.removed).where(of_key)).scalar_one_or_none()
    if noted is not None and any(rows.values()):
        removed = msgspec.json.encode({**_removed.decode(noted), **rows}).decode()
        connection.execute(update(erased_keys).where(of_key).values(removed=removed))


def note_stragglers(connection: Connection, positions: Mapping[int, int]) -> None:
    """Remember the last records that tell of erased keys: they came after the erasure."""
    if positions:
        connection.execute(
            update(erased_keys)
            .where(erased_keys.c.profile_key == bindparam("key"))
            .values(
                position=func.max(erased_keys.c.position, bindparam("last")),
                waiting=True,
            ),
            [{"key": key, "last": position} for key, position in positions.items()],
        )


def waiting_keys(connection: Connection) -> list[ErasedKey]:
    """The keys of which the log is not clean yet."""
    return _keys(connection, erased_keys.c.waiting.is_(True))


def keys_erased_with(connection: Connection, profile_keys: Sequence[int]) -> list[ErasedKey]:
    """These keys, where they are erased, and all others that were erased with them."""
    erased = select(erased_keys.c.erased_key).where(erased_keys.c.profile_key.in_(profile_keys))
    return _keys(connection, erased_keys.c.erased_key.in_(erased))


def mark_clean(connection: Connection, keys: Iterable[int], *, position: int) -> None:
    """The log has nothing of ``keys`` before ``position``."""
    wanted = list(keys)
    if not wanted:
        return
    of_them = erased_keys.c.profile_key.in_(wanted)
    connection.execute(update(erased_keys).where(of_them).values(clean_position=position))
    connection.execute(
        update(erased_keys).where(of_them, erased_keys.c.position < position).values(waiting=False)
    )


def begin_reports(connection: Connection, ids: Iterable[str]) -> None:
    """Another run begins for these erasures."""
    rows = [{"id": erasure_id, "runs": 1, "report": ""} for erasure_id in ids]
    if rows:
        statement = insert(erasure_reports)
        runs = {"runs": erasure_reports.c.runs + 1}
        connection.execute(
            statement.on_conflict_do_update(index_elements=[erasure_reports.c.id], set_=runs), rows
        )


def runs_of(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """How many runs were begun for each of these erasures."""
    reports = erasure_reports.c
    rows = connection.execute(select(reports.id, reports.runs).where(reports.id.in_(list(ids))))
    return {row.id: row.runs for row in rows}


def save_reports(connection: Connection, reports: Mapping[str, WorkerReport]) -> None:
    """What was done, by erasure: the worker's part is finished."""
    for erasure_id, report in reports.items():
        connection.execute(
            update(erasure_reports)
            .where(erasure_reports.c.id == erasure_id)
            .values(report=msgspec.json.encode(report).decode())
        )


def load_reports(connection: Connection, ids: Iterable[str]) -> dict[str, WorkerReport]:
    """The finished reports among those of these erasures."""
    reports = erasure_reports.c
    rows = connection.execute(
        select(reports.id, reports.report).where(reports.id.in_(list(ids)), reports.report != "")
    )
    return {row.id: _report.decode(row.report) for row in rows}


def ask_for_seal(connection: Connection, position: int) -> None:
    """Ask the log's writer to begin another segment, at ``position`` or later."""
    statement = insert(log_seals).values(log=_LOG, position=position)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[log_seals.c.log], set_={"position": position}
        )
    )


def seal_position(connection: Connection) -> int:
    """What ``ask_for_seal`` asked for last."""
    row = connection.execute(select(log_seals.c.position)).one_or_none()
    return 0 if row is None else int(row.position)


def _keys(connection: Connection, which: ColumnElement[bool]) -> list[ErasedKey]:
    rows = connection.execute(select(erased_keys).where(which).order_by(erased_keys.c.profile_key))
    return [
        ErasedKey(**{**row._mapping, "removed": _removed.decode(row.removed)})  # noqa: SLF001 # SQLAlchemy's name
        for row in rows
    ]
