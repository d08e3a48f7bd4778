"""The audit log: noted with the change, found again by who, what and when, and never rewritten."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, insert, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.adapters.schema import control
from matsuri.config import Settings
from matsuri.console.audit import AuditLog
from matsuri.console.audit_store import (
    AuditEntry,
    AuditFilter,
    add_entry,
    audit_entries,
    audit_retention,
    remove_before,
    whole_chain,
)
from matsuri.doctor import diagnose
from matsuri.errors import InvalidArgument
from matsuri.kit.clock import MICROSECONDS, SystemClock
from matsuri.kit.paging import Cursor, decode_cursor
from matsuri.migrations.run import DatabaseName, migrate

NOW_US = 1_700_000_000_000_000
DAY_US = 86_400 * MICROSECONDS
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


LASTING = {
    "revision": 7,
    "address": "192.0.2.1",
    "user_agent": "x",
    "request_id": "x",
    "operation": "x",
    "outcome": "failed",
    "status": 500,
    "message": "x",
    "calls": 9,
    "digest": b"x",
    "told_digest": b"x",
}


@pytest.mark.parametrize("column", LASTING)
async def test_nor_from_where_and_how_it_ended(database: SqliteDatabase, column: str) -> None:
    await database.write(lambda c: note(c, "player-0001"))
    await refuses(database, update(audit_entries).values({column: LASTING[column]}))


async def test_entries_are_neither_replaced_nor_filled_with_other_words(
    database: SqliteDatabase,
) -> None:
    await database.write(lambda c: note(c, "player-0001"))
    [entry] = await all_of(database)
    row = {"at_us": 1, "actor": "", "actor_is_key": False, "action": "", "subject_kind": ""}
    again = insert(audit_entries).prefix_with("OR REPLACE")
    await refuses(database, again.values(number=entry.number, subject_id="", note="", **row))
    await refuses(database, update(audit_entries).values(subject_id="another"))
    await refuses(database, update(audit_entries).values(subject_erased=True))
    assert await all_of(database) == [entry]


async def refuses(database: SqliteDatabase, statement: Any) -> None:
    def work(connection: Connection) -> None:
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(statement)

    await database.write(work)


async def test_what_is_old_goes_when_there_is_a_retention(database: SqliteDatabase) -> None:
    audit = AuditLog(database)
    days = (0, 10, 11, 90, 91)
    for day in days:
        await database.write(lambda c, day=day: note(c, f"{day}", at_us=NOW_US + day * DAY_US))
    chain = await database.read(whole_chain)
    now_us = NOW_US + 100 * DAY_US
    assert await audit.keep_tidy(now_us=now_us, retention_days=0) == 0
    assert await audit.keep_tidy(now_us=now_us, retention_days=60) == 3
    assert [each.subject_id for each in await all_of(database)] == ["91", "90"]
    # The chain holds though its beginning is gone.
    rest = await database.read(whole_chain)
    assert rest == chain._replace(entries=2)
    # Once an hour is enough.
    assert await audit.keep_tidy(now_us=now_us + 60 * DAY_US // 1440, retention_days=30) == 0
    assert await audit.keep_tidy(now_us=now_us + 50 * DAY_US, retention_days=30) == 2
    await database.write(lambda c: note(c, "new", at_us=now_us + 50 * DAY_US))
    last = await database.read(whole_chain)
    assert (last.entries, last.number, last.broken_at) == (1, 6, 0)


async def test_the_database_lets_go_of_nothing_that_is_young(database: SqliteDatabase) -> None:
    young_us = SystemClock().now_us() - 40 * DAY_US
    await database.write(lambda c: note(c, "player-0001", at_us=young_us))

    def remove(connection: Connection, days: int) -> None:
        with pytest.raises(IntegrityError, match="append-only"):
            remove_before(connection, young_us + 1, days=days, limit=10)

    await database.write(lambda c: remove(c, 60))

    def unbelievable(connection: Connection) -> None:
        with pytest.raises(IntegrityError, match="CHECK"):
            remove_before(connection, young_us + 1, days=1, limit=10)

    await database.write(unbelievable)
    assert await database.write(lambda c: remove_before(c, young_us + 1, days=30, limit=10)) == 1


async def test_the_chain_tells_what_was_changed_behind_its_back(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    audit = AuditLog(database)
    for number in range(5):
        await database.write(lambda c, number=number: note(c, f"player-{number}"))
    await database.write(lambda c: audit.erased(c, ["player-1"]))
    chain = await database.read(whole_chain)
    assert (chain.number, chain.entries, chain.broken_at) == (5, 5, 0)

    def forge(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TRIGGER audit_entries_stay_as_they_are")
        connection.execute(
            update(audit_entries).where(audit_entries.c.number == 3).values(actor="ben@example.com")
        )

    await database.write(forge)
    assert (await database.read(whole_chain)).broken_at == 3
    found = diagnose(Settings(data_dir=str(tmp_path)), environment={})
    assert [each.text[:20] for each in found if each.is_problem] == ["audit log: entry 3 i"]


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
