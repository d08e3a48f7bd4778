"""Keys in the control database, the keyring before it, and when keys were used last."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic import command
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.console import key_store
from matsuri.console.key_uses import KeyUses
from matsuri.console.keys import Keyring
from matsuri.console.model import Key, KeyKind
from matsuri.errors import Unavailable
from matsuri.kit.clock import ManualClock
from matsuri.kit.ids import secret_digest
from matsuri.migrations.run import DatabaseName, config_of, migrate

T = TypeVar("T")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    engine = sqlite_engine(tmp_path / "control.db")
    migrate(engine, DatabaseName.CONTROL)
    engine.dispose()
    database = SqliteDatabase(tmp_path / "control.db")
    yield database
    await database.close()


class Flaky:
    """A database of which a test decides when it answers."""

    def __init__(self, inner: SqliteDatabase) -> None:
        self._inner = inner
        self.down = False
        self.writes = 0
        self.hold: asyncio.Event | None = None
        self.held = asyncio.Event()

    async def read(self, work: Callable[[Connection], T]) -> T:
        result = await self._inner.read(work)
        hold, self.hold = self.hold, None
        if hold is not None:
            self.held.set()
            await hold.wait()
        return result

    async def write(self, work: Callable[[Connection], T]) -> T:
        if self.down:
            raise Unavailable("The database does not take writes")
        self.writes += 1
        return await self._inner.write(work)

    async def write_durably(self, work: Callable[[Connection], T]) -> T:
        return await self.write(work)

    async def close(self) -> None:
        await self._inner.close()


async def add(database: SqliteDatabase, name: str, value: str, **fields: Any) -> Key:
    values: dict[str, Any] = {"kind": KeyKind.API, "created_us": 1, **fields}
    key = await database.write(
        lambda c: key_store.add_key(c, name=name, digest=secret_digest(value), **values)
    )
    assert key is not None
    return key


async def test_a_key_is_told_as_it_was_made(database: SqliteDatabase) -> None:
    made = await add(
        database,
        "tool",
        "one",
        kind=KeyKind.SERVER,
        description="for tests",
        created_by="user:anna@example.com",
        permissions=["flag:write", "flag:read"],
    )
    assert made.permissions == frozenset({"flag:read", "flag:write"})
    assert made.value is not None
    assert made.value.digest == secret_digest("one")
    assert await database.read(key_store.list_keys) == [made]
    found = await database.read(lambda c: key_store.find_key(c, KeyKind.SERVER, made.id))
    assert found == made
    assert await database.read(lambda c: key_store.find_key(c, KeyKind.API, made.id)) is None


async def test_a_name_is_taken_for_good(database: SqliteDatabase) -> None:
    made = await add(database, "game", "one")

    def remove(connection: Connection) -> None:
        key_store.remove_values(connection, made.id)
        key_store.change_key(connection, made.id, {"deleted_us": 5})

    await database.write(remove)
    assert await database.read(lambda c: key_store.find_key(c, KeyKind.API, made.id)) is None
    assert await database.read(lambda c: key_store.count_keys(c, KeyKind.API)) == 0
    again = await database.write(
        lambda c: key_store.add_key(
            c, kind=KeyKind.API, name="game", digest=secret_digest("two"), created_us=6
        )
    )
    assert again is None
    await add(database, "game", "three", kind=KeyKind.SERVER)


async def test_no_two_keys_have_one_value(database: SqliteDatabase) -> None:
    await add(database, "game", "one")
    with pytest.raises(IntegrityError):
        await add(database, "other", "one")


async def test_only_what_has_ended_is_removed(database: SqliteDatabase) -> None:
    made = await add(database, "game", "one")

    def rotate(connection: Connection) -> None:
        for number, ends_us in enumerate((10, 20), start=2):
            key_store.add_value(
                connection, made.id, digest=secret_digest(str(number)), created_us=number
            )
            key_store.end_value(connection, secret_digest(str(number)), ends_us=ends_us)

    await database.write(rotate)
    await database.write(lambda c: key_store.remove_values(c, made.id, ended_by_us=10))
    (key,) = await database.read(key_store.list_keys)
    assert {each.ends_us for each in key.values} == {None, 20}
    await database.write(lambda c: key_store.remove_earlier_values(c, made.id))
    (key,) = await database.read(key_store.list_keys)
    assert [each.digest for each in key.values] == [secret_digest("one")]


def keyring_of(database: Flaky, clock: ManualClock) -> tuple[Keyring, KeyUses]:
    uses = KeyUses(database=database, clock=clock, write_seconds=60)
    return Keyring(database=database, clock=clock, uses=uses), uses


async def test_an_earlier_value_works_until_the_grace_is_over(database: SqliteDatabase) -> None:
    clock = ManualClock()
    keyring, _ = keyring_of(Flaky(database), clock)
    made = await add(database, "game", "one")
    ends_us = clock.now_us() + 60_000_000

    def rotate(connection: Connection) -> None:
        key_store.end_value(connection, secret_digest("one"), ends_us=ends_us)
        key_store.add_value(connection, made.id, digest=secret_digest("two"), created_us=2)

    await database.write(rotate)
    await keyring.refresh()
    clock.advance(59)
    assert keyring.find("one", KeyKind.API) is not None
    assert keyring.find("two", KeyKind.API) is not None
    clock.advance(1)
    # Without reading again.
    assert keyring.find("one", KeyKind.API) is None
    assert keyring.find("two", KeyKind.API) is not None


async def test_what_was_read_before_a_change_does_not_come_back(database: SqliteDatabase) -> None:
    flaky = Flaky(database)
    keyring, _ = keyring_of(flaky, ManualClock())
    made = await add(database, "game", "one")
    await keyring.refresh()
    flaky.hold = release = asyncio.Event()
    early = asyncio.create_task(keyring.refresh())
    await flaky.held.wait()
    await database.write(lambda c: key_store.change_key(c, made.id, {"disabled_us": 3}))
    late = asyncio.create_task(keyring.refresh())
    await asyncio.sleep(0.01)
    release.set()
    await asyncio.gather(early, late)
    assert keyring.find("one", KeyKind.API) is None
    assert not keyring.opens_sessions("game")
    assert keyring.sessions_ended_us("game") == 0
    assert keyring.sessions_ended_us("another") is None


async def last_used(database: SqliteDatabase) -> Sequence[int | None]:
    return [key.last_used_us for key in await database.read(key_store.list_keys)]


async def test_a_use_is_written_at_most_once_a_minute(database: SqliteDatabase) -> None:
    flaky, clock = Flaky(database), ManualClock()
    keyring, uses = keyring_of(flaky, clock)
    made = await add(database, "game", "one")
    await add(database, "idle", "two")
    await keyring.refresh()
    assert uses.last_used_us(made) is None
    began_us = clock.now_us()
    for _ in range(120):
        keyring.find("one", KeyKind.API)
        await uses.write_if_due()
        clock.advance(1)
    assert flaky.writes == 2
    assert await last_used(database) == [began_us + 60_000_000, None]
    # What is told is newer than what is written.
    assert uses.last_used_us(made) == began_us + 119_000_000
    await uses.close()
    assert await last_used(database) == [began_us + 119_000_000, None]
    await uses.close()
    assert flaky.writes == 3


async def test_a_single_use_is_dated_when_it_was(database: SqliteDatabase) -> None:
    flaky, clock = Flaky(database), ManualClock()
    keyring, uses = keyring_of(flaky, clock)
    await add(database, "game", "one")
    await keyring.refresh()
    keyring.find("one", KeyKind.API)
    await uses.write_if_due()
    clock.advance(5)
    keyring.find("one", KeyKind.API)
    used_us = clock.now_us()
    for _ in range(100):
        await uses.write_if_due()
        clock.advance(1)
    assert await last_used(database) == [used_us]
    assert flaky.writes == 2


async def test_a_use_that_cannot_be_written_is_written_later(database: SqliteDatabase) -> None:
    flaky, clock = Flaky(database), ManualClock()
    keyring, uses = keyring_of(flaky, clock)
    await add(database, "game", "one")
    await keyring.refresh()
    keyring.find("one", KeyKind.API)
    flaky.down = True
    with pytest.raises(Unavailable):
        await uses.write_if_due()
    await uses.close()
    assert await last_used(database) == [None]
    flaky.down = False
    await uses.write_if_due()
    assert await last_used(database) == [clock.now_us()]


def test_values_are_kept_by_the_migration_and_back(tmp_path: Path) -> None:
    name = DatabaseName.CONTROL
    engine = sqlite_engine(tmp_path / "a.db")
    migrate(engine, name)
    config = config_of(name)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "control_0011")
        for number, key_name in enumerate(("game", "old", "narrow"), start=1):
            connection.exec_driver_sql(
                "INSERT INTO keys (id, kind, name, digest, created_us) VALUES (?, 'api', ?, ?, 4)",
                (number, key_name, bytes([number]) * 32),
            )
        command.upgrade(config, "head")
        (game, old, narrow) = key_store.list_keys(connection)
        assert [each.digest for each in game.values] == [b"\x01" * 32]
        assert (game.created_us, game.permissions, game.opens) == (4, None, True)
        key_store.change_key(connection, old.id, {"disabled_us": 5})
        key_store.change_key(connection, narrow.id, {"permissions": "[]"})
        command.downgrade(config, "control_0011")
        rows = connection.exec_driver_sql("SELECT name, digest FROM keys").all()
        # What opened less then must not open more now.
        assert rows == [("game", b"\x01" * 32)]
    engine.dispose()
