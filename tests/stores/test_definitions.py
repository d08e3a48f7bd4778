"""Definitions in a database that two nodes share."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import update

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.definitions import store
from matsuri.definitions.changes import Change, Creation, Deletion, Update
from matsuri.definitions.service import Author, Definitions
from matsuri.definitions.snapshot import Snapshot
from matsuri.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    MatsuriError,
    NotFound,
    Unavailable,
)
from matsuri.events.kinds import compile_taxonomy, taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.events.taxonomy import EventDefinition, LabelDefinition, Taxonomy, ValueType
from matsuri.kit.clock import ManualClock
from matsuri.migrations.run import DatabaseName, migrate

ME = Author("test")


class Node(NamedTuple):
    database: SqliteDatabase
    snapshot: Snapshot
    taxonomy: Callable[[], Taxonomy]
    definitions: Definitions


@contextlib.asynccontextmanager
async def node(path: Path) -> AsyncIterator[Node]:
    database = SqliteDatabase(path)
    try:
        snapshot = Snapshot(
            database=database, kinds=taxonomy_kinds(packs=["hiro"], limits=SchemaLimits())
        )
        taxonomy = snapshot.view(lambda c: compile_taxonomy(c, accept_undeclared=False))
        await snapshot.refresh()
        definitions = Definitions(
            database=database, clock=ManualClock(), snapshot=snapshot, definitions_max=100
        )
        yield Node(database, snapshot, taxonomy, definitions)
    finally:
        await database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "control.db"
    engine = sqlite_engine(path)
    migrate(engine, DatabaseName.CONTROL)
    engine.dispose()
    return path


@pytest.fixture
async def one(path: Path) -> AsyncIterator[Node]:
    async with node(path) as it:
        yield it


@pytest.fixture
async def other(path: Path) -> AsyncIterator[Node]:
    async with node(path) as it:
        yield it


async def test_a_change_reaches_the_other_node_with_its_next_refresh(
    one: Node, other: Node
) -> None:
    await one.definitions.create("event", "raid", EventDefinition(), author=ME)
    assert "raid" in one.taxonomy().events
    before = other.taxonomy()
    assert "raid" not in before.events
    await other.snapshot.refresh()
    assert "raid" in other.taxonomy().events
    # Who holds the old one has it whole.
    assert "raid" not in before.events
    await other.definitions.delete("event", "raid", author=ME)
    assert "raid" in one.taxonomy().events
    await one.snapshot.refresh()
    assert "raid" not in one.taxonomy().events
    assert one.snapshot.catalog.version == other.snapshot.catalog.version == 2


async def test_nothing_is_compiled_again_without_a_change(one: Node) -> None:
    await one.definitions.create("label", "x", LabelDefinition(), author=ME)
    taxonomy = one.taxonomy()
    await one.snapshot.refresh()
    assert one.taxonomy() is taxonomy


async def test_changes_are_checked_against_what_is_stored_and_not_what_is_known(
    one: Node, other: Node
) -> None:
    made = await one.definitions.create("label", "x", LabelDefinition(), author=ME)
    with pytest.raises(AlreadyExists):
        await other.definitions.create("label", "x", LabelDefinition(), author=ME)
    await other.definitions.update("label", made.id, {"description": "new"}, author=ME)
    with pytest.raises(Aborted):
        await one.definitions.update(
            "label", "x", {"description": "newer"}, version=made.version, author=ME
        )
    await other.definitions.create("event", "raid", EventDefinition(labels=("x",)), author=ME)
    assert one.snapshot.catalog.users_of("label", "x") == []
    with pytest.raises(FailedPrecondition):
        await one.definitions.delete("label", "x", author=ME)


async def test_of_many_at_once_one_makes_it(one: Node, other: Node) -> None:
    results = await asyncio.gather(
        *(
            each.definitions.create("event", "raid", EventDefinition(), author=ME)
            for each in (one, other) * 10
        ),
        return_exceptions=True,
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    # Two who write one SQLite file at the same moment are told to come back, not mixed up.
    assert all(
        isinstance(result, AlreadyExists | Unavailable)
        for result in results
        if isinstance(result, Exception)
    )
    await one.snapshot.refresh()
    revisions = await one.definitions.revisions("event", "raid", limit=100)
    assert len(revisions.items) == 1


async def test_a_refused_change_leaves_nothing(one: Node) -> None:
    with pytest.raises(MatsuriError):
        await one.definitions.create("event", "raid", EventDefinition(labels=("no",)), author=ME)
    assert await one.database.read(store.current_version) == 0
    assert await one.database.read(store.list_definitions) == []


async def test_several_changes_are_made_together_each_by_what_the_one_before_left(
    one: Node, other: Node
) -> None:
    old = await one.definitions.create("label", "old", LabelDefinition(), author=ME)
    changed = await one.definitions.change_many(
        [
            Creation("label", "x", LabelDefinition(), definition_id="id of x"),
            Creation("event", "raid", EventDefinition(labels=("x",)), definition_id="id of raid"),
            Update("event", "raid", lambda _: {"description": "Again."}),
            Update("label", "x", {}),
            Deletion("label", "old", version=old.version),
        ],
        author=Author("test", "together"),
    )
    await other.snapshot.refresh()
    catalog = other.snapshot.catalog
    assert [each and each.version for each in changed] == [2, 3, 4, 2, None]
    assert catalog.version == one.snapshot.catalog.version == 5
    assert catalog.find("event", "raid") == changed[2]
    assert catalog.find("label", "old") is None
    # What does not change has no revision.
    revisions = (await other.definitions.revisions("label", "x", limit=9)).items
    assert [each.note for each in revisions] == ["together"]
    (created, described) = (await other.definitions.revisions("event", "raid", limit=9)).items[::-1]
    assert created.after == described.before


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (Creation("label", "x", LabelDefinition(), definition_id="another"), AlreadyExists),
        (Update("label", "none", {}), NotFound),
        (Update("label", "old", {}, version=99), Aborted),
        (Deletion("label", "x"), FailedPrecondition),
    ],
)
async def test_of_several_changes_all_are_made_or_none(
    one: Node, last: Change, error: type[MatsuriError]
) -> None:
    await one.definitions.create("label", "old", LabelDefinition(), author=ME)
    before = await one.database.read(store.list_definitions)
    with pytest.raises(error):
        await one.definitions.change_many(
            [
                Creation("label", "x", LabelDefinition(), definition_id="id of x"),
                Creation("event", "raid", EventDefinition(labels=("x",)), definition_id="raid"),
                last,
            ],
            author=ME,
        )
    assert await one.database.read(store.list_definitions) == before
    assert await one.database.read(store.current_version) == 1
    assert one.snapshot.catalog.find("label", "x") is None


async def test_what_a_newer_version_wrote_is_left_out_and_kept(one: Node, other: Node) -> None:
    for name in ("raid", "duel"):
        await one.definitions.create("event", name, EventDefinition(), author=ME)
    table = store.definitions
    await one.database.write(
        lambda c: c.execute(
            update(table).where(table.c.name == "raid").values(body='{"value_type": "colour"}')
        )
    )
    await one.database.write(
        lambda c: c.execute(update(table).where(table.c.name == "duel").values(kind="spell"))
    )
    await other.snapshot.refresh()
    assert not {"raid", "duel"} & other.taxonomy().events.keys()
    await other.definitions.create(
        "event", "quest", EventDefinition(value_type=ValueType.ANY), author=ME
    )
    assert len(await other.database.read(store.list_definitions)) == 3
    # Its name stays taken.
    with pytest.raises(AlreadyExists):
        await other.definitions.create("event", "raid", EventDefinition(), author=ME)
