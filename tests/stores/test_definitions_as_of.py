"""All definitions as they were at any earlier version, or at a time."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.definitions.changes import Creation, Update
from matsuri.definitions.model import Catalog, Definition, Kind, Reference, predefined_id
from matsuri.definitions.service import Author, Definitions
from matsuri.definitions.snapshot import Snapshot
from matsuri.errors import AlreadyExists, InvalidArgument, MatsuriError
from matsuri.kit.clock import ManualClock
from matsuri.migrations.run import DatabaseName, migrate

ME = Author("test")
NAMES = "abc"


class Body(msgspec.Struct, frozen=True):
    """Made up for these tests."""

    uses: tuple[str, ...] = ()
    number: int = 0


def kinds(*, pack: bool) -> list[Kind[Any]]:
    """With the ``pack``, ``a`` is predefined; only its number can be changed."""
    ready = Definition(
        id=predefined_id("thing", "a"), kind="thing", name="a", body=Body(), origin="pack"
    )
    thing = Kind(
        name="thing",
        body_type=Body,
        check=lambda _definition, _catalog: [],
        references=lambda body: [Reference("thing", name, "uses") for name in body.uses],
        predefined=(ready,) if pack else (),
        amendable=frozenset({"number"}),
        recalls=lambda body: body.number > 1,
    )
    other = Kind(
        name="other",
        body_type=Body,
        check=lambda _definition, _catalog: [],
        references=lambda _body: (),
    )
    return [thing, other]


class Node(NamedTuple):
    snapshot: Snapshot
    definitions: Definitions
    clock: ManualClock


@cache
def empty_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "control.db"
        engine = sqlite_engine(path)
        migrate(engine, DatabaseName.CONTROL)
        engine.dispose()
        return path.read_bytes()


def lay_out(path: Path) -> None:
    if not path.exists():
        path.write_bytes(empty_file())


@contextlib.asynccontextmanager
async def node(path: Path, *, pack: bool = True) -> AsyncIterator[Node]:
    lay_out(path)
    database = SqliteDatabase(path)
    try:
        clock = ManualClock()
        snapshot = Snapshot(database=database, kinds=kinds(pack=pack))
        await snapshot.refresh()
        made = Definitions(database=database, clock=clock, snapshot=snapshot, definitions_max=100)
        yield Node(snapshot, made, clock)
    finally:
        await database.close()


def content(catalog: Catalog) -> Mapping[str, Any]:
    """All that a catalog tells."""
    return {
        "version": catalog.version,
        "definitions": {(each.kind, each.id): each for each in catalog.all()},
        "earlier": {each.id: tuple(catalog.earlier(each.id)) for each in catalog.all()},
        "users": {
            (each.kind, each.name): catalog.users_of(each.kind, each.name) for each in catalog.all()
        },
    }


class Wish(NamedTuple):
    """What somebody tries to change."""

    verb: str
    kind: str
    name: str
    new_name: str
    number: int
    uses: tuple[str, ...]
    seconds: int


wishes = st.builds(
    Wish,
    verb=st.sampled_from(["create", "update", "rename", "delete", "restart"]),
    kind=st.sampled_from(["thing", "thing", "other"]),
    name=st.sampled_from(NAMES),
    new_name=st.sampled_from(NAMES),
    number=st.integers(0, 3),
    uses=st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple),
    seconds=st.integers(0, 2),
)


def wish(verb: str, *, number: int = 0, new_name: str = "a") -> Wish:
    return Wish(verb, "thing", "a", new_name, number, (), 0)


async def change(definitions: Definitions, wish: Wish) -> None:
    """Make a change; those that are not allowed change nothing."""
    if wish.verb == "restart":
        return
    with contextlib.suppress(MatsuriError):
        if wish.verb == "create":
            body = Body(wish.uses if wish.kind == "thing" else (), wish.number)
            await definitions.create(wish.kind, wish.name, body, author=ME)
        elif wish.verb == "delete":
            await definitions.delete(wish.kind, wish.name, author=ME)
        else:
            name = wish.new_name if wish.verb == "rename" else None
            await definitions.update(
                wish.kind, wish.name, {"number": wish.number}, name=name, author=ME
            )


@settings(max_examples=60, deadline=None)
@given(wishes=st.lists(wishes, max_size=25))
# What was added to the predefined one is lost to one of the studio's own that takes its name.
@example(
    wishes=[
        wish("update", number=2),
        wish("restart"),
        wish("create", number=3),
        wish("rename", new_name="c"),
        wish("restart"),
        wish("update", number=1),
    ]
)
def test_what_was_current_then_is_found_again(wishes: Sequence[Wish]) -> None:
    asyncio.run(_found_again(wishes))


async def _found_again(wishes: Sequence[Wish]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "control.db"
        # Of each version: how it was with the pack, and without it.
        seen: dict[int, dict[bool, Mapping[str, Any]]] = {}
        since: dict[int, int] = {}
        has_pack = True
        async with node(path, pack=True) as one, node(path, pack=False) as other:
            for wanted in wishes:
                if wanted.verb == "restart":
                    has_pack = not has_pack
                for each in (one, other):
                    each.clock.advance(wanted.seconds)
                await change((one if has_pack else other).definitions, wanted)
                for each in (one, other):
                    await each.snapshot.refresh()
                version = one.snapshot.catalog.version
                seen[version] = {
                    pack: content(each.snapshot.catalog)
                    for pack, each in ((True, one), (False, other))
                }
                since.setdefault(version, one.clock.now_us())
            for pack, each in ((True, one), (False, other)):
                # In any order, and some of them twice: some are remembered, some are not.
                for version in [*seen, *reversed(seen)]:
                    past = await each.definitions.catalog_at(version)
                    assert content(past) == seen[version][pack]
            for now_us in {*since.values(), *(time - 1 for time in since.values())}:
                expected = max(
                    (v for v, began_us in since.items() if began_us <= now_us), default=0
                )
                assert await one.definitions.version_at(now_us) == expected


async def test_the_first_version_has_what_comes_with_the_server(tmp_path: Path) -> None:
    async with node(tmp_path / "control.db") as one:
        first = content(one.snapshot.catalog)
        assert await one.definitions.version_at(one.clock.now_us()) == 0
        await one.definitions.create("thing", "b", Body(), author=ME)
        assert content(await one.definitions.catalog_at(0)) == first
        assert await one.definitions.catalog_at(1) is one.snapshot.catalog
        assert await one.definitions.version_at(one.clock.now_us()) == 1
        assert await one.definitions.version_at(one.clock.now_us() - 1) == 0


@pytest.mark.parametrize("version", [-1, 2, 2**63 - 1])
async def test_a_version_that_there_never_was_is_refused(tmp_path: Path, version: int) -> None:
    async with node(tmp_path / "control.db") as one:
        await one.definitions.create("thing", "b", Body(), author=ME)
        with pytest.raises(InvalidArgument) as told:
            await one.definitions.catalog_at(version)
        assert told.value.details == [
            {
                "field": "definitions_version",
                "problem": "there is no such version",
                "allowed": "0 to 1",
            }
        ]


async def test_what_was_restored_is_made_anew_at_that_time(tmp_path: Path) -> None:
    async with node(tmp_path / "control.db") as it:
        definitions, clock = it.definitions, it.clock
        made = await definitions.create("thing", "b", Body(), author=ME)
        first = definitions.catalog.version
        clock.advance(10)
        await definitions.delete("thing", "b", author=ME)
        clock.advance(10)
        again = Creation("thing", "b", Body(), made.id, restored=True)
        await definitions.change_many([again], author=ME)
        second = definitions.catalog.version
        clock.advance(10)
        await definitions.change_many([Update("thing", made.id, {"number": 1})], author=ME)
        created = {}
        for version in (first, second, definitions.catalog.version):
            found = (await definitions.catalog_at(version)).find("thing", "b")
            assert found is not None
            assert found.id == made.id
            created[version] = found.created_us
    now_us = clock.now_us()
    assert [now_us - each for each in created.values()] == [30e6, 10e6, 10e6]


async def test_an_id_is_of_one_definition(tmp_path: Path) -> None:
    async with node(tmp_path / "control.db") as it:
        made = await it.definitions.create("thing", "b", Body(), author=ME)
        with pytest.raises(AlreadyExists):
            await it.definitions.change_many([Creation("thing", "c", Body(), made.id)], author=ME)
