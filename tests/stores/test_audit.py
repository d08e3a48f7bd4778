"""The audit log: noted with the change, found again by who, what and when, and never rewritten."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.adapters.schema import control
from matsuri.console.audit import AuditLog
from matsuri.console.audit_store import (
    AuditEntry,
    AuditFilter,
    add_entry,
    audit_entries,
    audit_retention,
)
from matsuri.errors import InvalidArgument
from matsuri.kit.paging import Cursor, decode_cursor
from matsuri.migrations.run import DatabaseName, migrate

NOW_US = 1_700_000_000_000_000
ANNA = "anna@example.com"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    engine = sqlite_engine(tmp_path / "control.db")
    migrate(engine, DatabaseName.CONTROL)
    engine.dispose()
    database = SqliteDatabase(tmp_path / "control.db")
    yield database
    await database.close()


def note(connection: Connection, subject_id: str, **fields: Any) -> None:
    values: dict[str, Any] = {
        "at_us": NOW_US,
        "actor": ANNA,
        "actor_is_key": False,
        "action": "test_device.set",
        "subject_kind": "identity",
        "note": f"{subject_id} wants it",
        "after": {"clock_offset_sec": 60},
        **fields,
    }
    AuditLog.note(connection, subject_id=subject_id, **values)


async def all_of(database: SqliteDatabase, **wanted: Any) -> Sequence[AuditEntry]:
    return (await AuditLog(database).entries(AuditFilter(**wanted), limit=100)).items


async def test_an_entry_is_told_as_it_was_noted(database: SqliteDatabase) -> None:
    await database.write(lambda c: note(c, "player-0001"))
    before = {"clock_offset_sec": 60}
    await database.write(
        lambda c: note(
            c,
            "player-0001",
            at_us=NOW_US + 1,
            actor="deploy",
            actor_is_key=True,
            action="test_device.remove",
            note="",
            before=before,
            after=None,
        )
    )
    removed, made = await all_of(database)
    assert made == AuditEntry(
        number=1,
        at_us=NOW_US,
        actor=ANNA,
        actor_is_key=False,
        action="test_device.set",
        subject_kind="identity",
        subject_id="player-0001",
        note="player-0001 wants it",
        after={"clock_offset_sec": 60},
    )
    assert (removed.number, removed.actor, removed.actor_is_key) == (2, "deploy", True)
    assert (removed.note, removed.before, removed.after) == ("", before, None)


async def test_what_fails_is_not_noted(database: SqliteDatabase) -> None:
    def work(connection: Connection) -> None:
        note(connection, "player-0001")
        raise ValueError("the change does not work out")

    with pytest.raises(ValueError, match="work out"):
        await database.write(work)
    assert await all_of(database) == []


@pytest.mark.parametrize(
    "statement",
    [
        delete(audit_entries),
        *(
            update(audit_entries).values({column: value})
            for column, value in {
                "number": 7,
                "at_us": 1,
                "actor": "nobody",
                "actor_is_key": True,
                "action": "nothing",
                "subject_kind": "flag",
            }.items()
        ),
    ],
    ids=str,
)
async def test_the_database_refuses_to_rewrite_what_was_done(
    database: SqliteDatabase, statement: Any
) -> None:
    await database.write(lambda c: note(c, "player-0001"))
    noted = await all_of(database)

    def rewrite(connection: Connection) -> None:
        # Within the work, for what the database refuses is unavailability to its callers.
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(statement)

    await database.write(rewrite)
    assert await all_of(database) == noted


async def test_of_an_erased_player_only_remains_who_did_what_and_when(
    database: SqliteDatabase,
) -> None:
    audit = AuditLog(database)

    def work(connection: Connection) -> dict[str, int]:
        for subject in ("player-0001", "guest-000001", "player-0002"):
            note(connection, subject, before={"note": subject})
        note(connection, "player-0001", subject_kind="flag")
        return audit.erased(connection, ["player-0001", "guest-000001"])

    assert await database.write(work) == {"audit_entries": 2}
    flag, other, *erased = await all_of(database)
    assert [(each.subject_kind, each.subject_id) for each in (flag, other)] == [
        ("flag", "player-0001"),
        ("identity", "player-0002"),
    ]
    assert not flag.subject_erased
    assert not other.subject_erased
    for each in erased:
        assert (each.actor, each.action, each.at_us) == (ANNA, "test_device.set", NOW_US)
        assert (each.subject_id, each.note) == ("", "")
        assert (each.before, each.after, each.subject_erased) == (None, None, True)


@pytest.mark.parametrize("key", [(), (1,), (1, "a"), ("1", 2), (1, 2, 3)])
async def test_a_cursor_of_another_list_is_refused(
    database: SqliteDatabase, key: tuple[str | int, ...]
) -> None:
    with pytest.raises(InvalidArgument):
        await AuditLog(database).entries(
            AuditFilter(), limit=1, cursor=Cursor(backward=False, key=key)
        )


_few = st.sampled_from(["", "a", "b"])
_filters = st.builds(
    AuditFilter,
    subject_kind=_few,
    subject_id=_few,
    actor=_few,
    action=_few,
    from_us=st.none() | st.integers(0, 3),
    until_us=st.none() | st.integers(0, 4),
)
_entries = st.builds(
    AuditEntry,
    at_us=st.integers(0, 3),
    actor=_few.filter(bool),
    actor_is_key=st.booleans(),
    action=_few.filter(bool),
    subject_kind=_few.filter(bool),
    subject_id=_few.filter(bool),
)


def matches(entry: AuditEntry, wanted: AuditFilter) -> bool:
    texts = ("subject_kind", "subject_id", "actor", "action")
    return all(getattr(wanted, name) in {"", getattr(entry, name)} for name in texts) and (
        (wanted.from_us is None or entry.at_us >= wanted.from_us)
        and (wanted.until_us is None or entry.at_us < wanted.until_us)
    )


class OneConnection:
    """A database of one connection, which stays open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def read(self, work: Any) -> Any:
        return work(self._connection)


@given(entries=st.lists(_entries, max_size=12), wanted=_filters, limit=st.integers(1, 5))
async def test_pages_are_what_a_list_would_have(
    entries: list[AuditEntry], wanted: AuditFilter, limit: int
) -> None:
    engine = create_engine("sqlite://")
    control.create_all(engine, tables=[audit_entries, audit_retention])
    with engine.begin() as connection:
        for entry in entries:
            add_entry(connection, entry)
        audit = AuditLog(OneConnection(connection))  # type: ignore[arg-type] # it only reads
        page = first = await audit.entries(wanted, limit=limit)
        pages = [page.items]
        while page.next_cursor:
            page = await audit.entries(wanted, limit=limit, cursor=decode_cursor(page.next_cursor))
            pages.append(page.items)
        for before in reversed(pages[:-1]):
            page = await audit.entries(wanted, limit=limit, cursor=decode_cursor(page.prev_cursor))
            assert page.items == before
    engine.dispose()
    assert page == first
    numbered = [(each.at_us, number) for number, each in enumerate(entries, 1)]
    expected = sorted(
        (place for place, each in zip(numbered, entries, strict=True) if matches(each, wanted)),
        reverse=True,
    )
    assert [(each.at_us, each.number) for items in pages for each in items] == expected
