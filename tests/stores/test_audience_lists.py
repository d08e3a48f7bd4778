"""The lists of audiences and what is noted of their changes, in the control database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from matsuri.adapters.database import sqlite_engine
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.audiences import change_store, store
from matsuri.audiences.change_store import Done, ListChange, entries_version
from matsuri.audiences.entries import EntriesFollow
from matsuri.audiences.model import Entry, Listing
from matsuri.kit.paging import Cursor
from matsuri.migrations.run import DatabaseName, migrate

INCLUDE, EXCLUDE = Listing.INCLUDE, Listing.EXCLUDE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "control.db"
    engine = sqlite_engine(path)
    migrate(engine, DatabaseName.CONTROL)
    engine.dispose()
    return path


@pytest.fixture
def connection(path: Path) -> Iterator[Connection]:
    engine = sqlite_engine(path)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def ids(
    connection: Connection,
    audience: str,
    listing: Listing,
    *,
    prefix: str = "",
    limit: int = 100,
    after: str | None = None,
    backward: bool = False,
) -> list[str]:
    found = store.list_entries(
        connection, audience, listing, prefix=prefix, limit=limit, after=after, backward=backward
    )
    return [each.identity_id for each in found]


def test_a_list_by_prefix_and_in_both_directions(connection: Connection) -> None:
    every = ["Abc-0001", "abc-0001", "abc-0002", "abcd0001", "b_c-0001"]
    store.put_entries(connection, [Entry("a", INCLUDE, each) for each in every])
    store.put_entries(connection, [Entry("a", EXCLUDE, "abc-0003"), Entry("b", INCLUDE, "abc-9")])
    assert ids(connection, "a", INCLUDE) == every
    assert ids(connection, "a", INCLUDE, prefix="abc-") == ["abc-0001", "abc-0002"]
    assert ids(connection, "a", INCLUDE, prefix="b_") == ["b_c-0001"]
    assert ids(connection, "a", INCLUDE, after="abc-0001", limit=2) == ["abc-0002", "abcd0001"]
    assert ids(connection, "a", INCLUDE, after="abc-0002", limit=1, backward=True) == ["abc-0001"]
    assert store.count_entries(connection, ["a", "c"]) == {
        "a": {INCLUDE: 5, EXCLUDE: 1},
        "c": {INCLUDE: 0, EXCLUDE: 0},
    }
    assert store.count_list(connection, "a", INCLUDE) == 5


def test_who_is_put_again_gets_the_new_end(connection: Connection) -> None:
    store.put_entries(connection, [Entry("a", INCLUDE, "player-1", 5)])
    store.put_entries(connection, [Entry("a", INCLUDE, "player-1", 9)])
    assert store.entries_of(connection, "player-1") == (Entry("a", INCLUDE, "player-1", 9),)
    many = [f"player-{number}" for number in range(1200)]
    store.put_entries(connection, [Entry("b", EXCLUDE, each) for each in many])
    assert len(store.entries_of_many(connection, many)) == 1200
    assert set(store.find_entries(connection, "a", INCLUDE, many)) == {"player-1"}
    assert store.remove_entries(connection, "b", EXCLUDE, [*many[:1100], "nobody"]) == 1100
    assert store.count_list(connection, "b", EXCLUDE) == 100


@pytest.mark.parametrize(
    ("mine", "theirs", "stays"), [(5, 9, 9), (9, 5, 9), (0, 5, 0), (5, 0, 0), (5, None, 5)]
)
def test_who_becomes_another_keeps_the_places_of_both(
    connection: Connection, mine: int, theirs: int | None, stays: int
) -> None:
    store.put_entries(
        connection, [Entry("a", INCLUDE, "guest", mine), Entry("b", EXCLUDE, "guest")]
    )
    if theirs is not None:
        store.put_entries(connection, [Entry("a", INCLUDE, "player", theirs)])
    store.put_entries(connection, [Entry("a", EXCLUDE, "player", 7)])
    EntriesFollow().merged(connection, "guest", "player")
    assert store.entries_of(connection, "guest") == ()
    assert sorted(store.entries_of(connection, "player")) == [
        Entry("a", EXCLUDE, "player", 7),
        Entry("a", INCLUDE, "player", stays),
        Entry("b", EXCLUDE, "player", 0),
    ]


def change(connection: Connection, *named: str, at_us: int = 1, audience: str = "a") -> int:
    return change_store.add_change(
        connection,
        ListChange(
            audience_id=audience,
            listing=INCLUDE,
            added=len(named),
            changed=0,
            removed=0,
            changed_by="user:a",
            changed_us=at_us,
            note="why",
            ids=tuple((each, Done.ADDED) for each in named),
        ),
    )


def test_nothing_of_the_erased_is_left(connection: Connection) -> None:
    gone = [f"gone-{number:04}" for number in range(600)]
    store.put_entries(connection, [Entry("a", INCLUDE, each) for each in [*gone, "stays"]])
    change(connection, *gone[:3], "stays")
    assert EntriesFollow().erased(connection, gone) == {
        "audience_entries": 600,
        "audience_import_entries": 0,
        "audience_change_ids": 3,
    }
    assert ids(connection, "a", INCLUDE) == ["stays"]
    (noted,) = change_store.list_changes(connection, "a", limit=10)
    assert (noted.added, noted.ids) == (4, (("stays", Done.ADDED),))


def test_what_has_ended_goes_a_little_at_a_time(connection: Connection) -> None:
    ends = {"ended-1": 1, "ended-2": 9, "ended-3": 10, "holds": 11, "stays": 0}
    store.put_entries(connection, [Entry("a", INCLUDE, each, end) for each, end in ends.items()])
    assert store.forget_ended(connection, now_us=10, rows_max=2) == 2
    assert store.forget_ended(connection, now_us=10, rows_max=2) == 1
    assert ids(connection, "a", INCLUDE) == ["holds", "stays"]


def test_audiences_with_entries(connection: Connection) -> None:
    assert store.audiences_with_entries(connection) == []
    for audience in ("a", "b", "c"):
        store.put_entries(connection, [Entry(audience, EXCLUDE, str(n)) for n in range(3)])
    assert store.audiences_with_entries(connection) == ["a", "b", "c"]
    assert store.clear_audience(connection, "b", rows_max=2) == 2
    assert store.clear_audience(connection, "b", rows_max=2) == 1
    assert store.audiences_with_entries(connection) == ["a", "c"]


def test_changes_the_newest_first_and_the_version_never_falls(path: Path) -> None:
    engine = sqlite_engine(path)
    points = SqlitePointReads(path)
    version = points.prepare(entries_version)
    assert version(0) == (None,)
    with engine.begin() as connection:
        made = [change(connection, f"id-{n}", at_us=n) for n in range(1, 6)]
        other = change(connection, at_us=3, audience="b")
    assert version(0) == (other,)
    with engine.begin() as connection:
        listed = change_store.list_changes(connection, "a", limit=2)
        assert [each.id for each in listed] == made[:2:-1]
        after = Cursor(backward=False, key=(-made[3],))
        assert [
            each.id for each in change_store.list_changes(connection, "a", limit=2, cursor=after)
        ] == [made[2], made[1]]
        before = Cursor(backward=True, key=(-made[3],))
        assert [
            each.id for each in change_store.list_changes(connection, "a", limit=2, cursor=before)
        ] == [made[4]]
        assert change_store.forget_changes(connection, before_us=100, rows_max=4) == 4
        assert change_store.forget_changes(connection, before_us=100, rows_max=4) == 1
        assert change_store.list_changes(connection, "a", limit=9) == []
        assert [each.id for each in change_store.list_changes(connection, "b", limit=9)] == [other]
    assert version(0) == (other,)
    points.close()
    engine.dispose()
