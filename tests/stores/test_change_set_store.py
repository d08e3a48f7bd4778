"""Change sets as they are kept: found again whole, listed without their changes, due at a time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.kit.paging import Cursor
from matsuri.migrations.run import DatabaseName, migrate
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing import store
from matsuri.publishing.model import (
    Actor,
    ChangeSet,
    Deed,
    Failure,
    Outcome,
    SetChange,
    State,
    Word,
)
from matsuri.publishing.store import ChangeSetSearch

ANNA, BEN = Actor("anna@example.com", user_id=1), Actor("deploy", is_key=True)
CHANGE = SetChange(
    number=1,
    kind="flag",
    action=ChangeAction.UPDATE,
    definition_id="some id",
    name="shop",
    definition={"value": "ä", "variants": [{"name": "x", "rollout_percent": 1.5}]},
    base_version=7,
)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    engine = sqlite_engine(tmp_path / "control.db")
    migrate(engine, DatabaseName.CONTROL)
    engine.dispose()
    database = SqliteDatabase(tmp_path / "control.db")
    yield database
    await database.close()


def made(number: int = 1, **fields: Any) -> ChangeSet:
    plain = ChangeSet(
        id=f"set-{number}",
        name=f"Set {number}",
        editors=(ANNA,),
        created_us=number,
        updated_us=number,
        changes=(CHANGE,),
        last_number=1,
    )
    return msgspec.structs.replace(plain, **fields)


async def put(database: SqliteDatabase, *change_sets: ChangeSet) -> None:
    for each in change_sets:
        await database.write(lambda c, each=each: store.put(c, each))


async def test_a_set_is_found_as_it_was_put(database: SqliteDatabase) -> None:
    whole = made(
        description="why",
        state=State.FAILED,
        version=9,
        editors=(ANNA, BEN),
        approvals=(Word(BEN, 5, "fine"),),
        rejection=Word(BEN, 4),
        publish_us=17,
        scheduled_by=BEN,
        publication=Word(ANNA, 18),
        outcomes=(
            Outcome(
                kind="flag",
                definition_id="some id",
                name="shop",
                action=ChangeAction.UPDATE,
                revision=8,
                version=9,
                forced=True,
            ),
        ),
        failure=Failure("no", ({"field": "value"},)),
        rolls_back="other",
        rolled_back_by="another",
        deeds=(Deed(ANNA, 1, action="create"),),
    )
    await put(database, made(), whole)
    assert await database.read(lambda c: store.find(c, "set-1")) == whole
    await database.write(lambda c: store.remove(c, "set-1"))
    assert await database.read(lambda c: store.find(c, "set-1")) is None


async def listed(
    database: SqliteDatabase, cursor: Cursor | None = None, **wanted: Any
) -> list[str]:
    found = await database.read(
        lambda c: store.page(c, ChangeSetSearch(**wanted), limit=2, cursor=cursor)
    )
    assert all(each.change_set.changes == () for each in found)
    assert all(each.change_count == 1 for each in found)
    return [each.change_set.id for each in found]


async def test_lists_narrow_and_page(database: SqliteDatabase) -> None:
    await put(
        database,
        made(1),
        made(2, state=State.WAITING, editors=(BEN,)),
        made(3, name="100% of it"),
        made(4, state=State.PUBLISHED),
    )
    assert await listed(database) == ["set-4", "set-3"]
    after = Cursor(backward=False, key=(-3,))
    assert await listed(database, after) == ["set-2", "set-1"]
    before = Cursor(backward=True, key=(-2,))
    assert await listed(database, before) == ["set-3", "set-4"]
    assert await listed(database, states=frozenset({State.WAITING})) == ["set-2"]
    assert await listed(database, author="deploy") == ["set-2"]
    assert await listed(database, like="0% OF") == ["set-3"]
    assert await listed(database, like="_") == []
    assert await database.read(lambda c: store.count(c, [State.DRAFT, State.WAITING])) == 3


async def test_due_is_what_is_scheduled_by_then_the_earliest_first(
    database: SqliteDatabase,
) -> None:
    await put(
        database,
        made(1, state=State.SCHEDULED, publish_us=20),
        made(2, state=State.SCHEDULED, publish_us=10),
        made(3, state=State.SCHEDULED, publish_us=21),
        made(4, state=State.PUBLISHED, publish_us=5),
    )
    due = await database.read(lambda c: store.due(c, 20, limit=10))
    assert [each.id for each in due] == ["set-2", "set-1"]
    assert due[0].changes == (CHANGE,)
