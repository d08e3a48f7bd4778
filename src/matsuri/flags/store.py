"""When flags were last read, in the control database."""

import msgspec
from sqlalchemy import BigInteger, Column, String, Table, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import control
from matsuri.flags.model import FlagReads

flag_reads = Table(
    "flag_reads",
    control,
    Column("flag_id", String(36), primary_key=True),
    Column("read_us", BigInteger, nullable=False),
    Column("reads", BigInteger, nullable=False),
    Column("asked_us", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)


def add_reads(connection: Connection, counted: list[FlagReads]) -> None:
    """Add to what is known of each flag."""
    if not counted:
        return
    statement = insert(flag_reads)
    new, old = statement.excluded, flag_reads.c
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[old.flag_id],
            set_={
                "read_us": func.max(old.read_us, new.read_us),
                "reads": old.reads + new.reads,
                "asked_us": func.max(old.asked_us, new.asked_us),
                "asked": old.asked + new.asked,
            },
        ),
        [msgspec.structs.asdict(each) for each in counted],
    )


def load_reads(connection: Connection) -> dict[str, FlagReads]:
    """What is known, by flag id."""
    rows = connection.execute(select(flag_reads))
    return {row.flag_id: FlagReads(**row._mapping) for row in rows}  # noqa: SLF001 # SQLAlchemy's name
