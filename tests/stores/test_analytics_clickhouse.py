"""ClickHouse alone: chunks that break off after any statement, its URL, its errors, its tables."""

import asyncio
import builtins
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from matsuri.adapters.analytics_clickhouse import ClickHouseAnalytics, open_clickhouse
from matsuri.adapters.analytics_clickhouse_client import Statements, connect, errors_told
from matsuri.adapters.analytics_clickhouse_schema import (
    EVENT_TYPES,
    MIGRATIONS,
    SCHEMA_VERSION,
    migrate,
    write_number,
)
from matsuri.adapters.analytics_clickhouse_url import ClickHouseAddress, parse_clickhouse_url
from matsuri.config import SettingsError
from matsuri.errors import InvalidArgument
from matsuri.events.analytics import (
    DAY_US,
    AnalyticsUnavailable,
    Chunk,
    CountsQuery,
    DayCount,
    PlayerSessionsQuery,
    SizeQuery,
)
from matsuri.events.analytics_rows import rows_of
from tests.stores.analytics_engines import ClickHouseEngine, engine_of
from tests.stores.analytics_histories import DAY, NOON_US, History, batch, erased, event, merged
from tests.stores.analytics_model import AnalyticsModel


class Breaking(Statements):
    """Breaks off at the ``fatal``-th write: before the server has it, or when it has it."""

    def __init__(self, client: Client, *, fatal: int, has_it: bool) -> None:
        super().__init__(client)
        self._fatal = fatal
        self._has_it = has_it
        self.writes = 0

    def insert(
        self, table: str, columns: Mapping[str, Any], types: Mapping[str, str], *, token: str = ""
    ) -> None:
        self._write(lambda: super(Breaking, self).insert(table, columns, types, token=token))

    def run(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._write(lambda: super(Breaking, self).run(sql, parameters, settings))

    def _write(self, write: Callable[[], None]) -> None:
        self.writes += 1
        if self.writes == self._fatal and not self._has_it:
            raise AnalyticsUnavailable("broken off before")
        write()
        if self.writes == self._fatal:
            raise AnalyticsUnavailable("broken off after")


@pytest.fixture
async def engine() -> AsyncIterator[ClickHouseEngine]:
    async with engine_of("clickhouse") as made:
        assert isinstance(made, ClickHouseEngine)
        yield made


def chunks_of_everything() -> list[Chunk]:
    """Two chunks over three months; the second has every kind of entry."""
    history = History()
    times = [NOON_US, (DAY - 40) * 86_400_000_000, -5]
    return [
        history.chunk(
            *(batch(key, *(event(time_us=t) for t in times), session="s") for key in (1, 2, 3, 4)),
            merged(2, 1),
        ),
        history.chunk(
            batch(1, *(event("more", t) for t in times), session="s"),
            batch(4, *(event("more", t) for t in times), session="s"),
            merged(3, 4),
            erased(1),
        ),
    ]


async def same_as_model(store: ClickHouseAnalytics, chunks: list[Chunk]) -> None:
    model = AnalyticsModel()
    for chunk in chunks:
        model.append(chunk)
    keys = [1, 2, 3, 4]
    assert await store.last_seq() == model.last_seq
    assert await store.history_of(keys) == model.history_of(set(keys))
    assert await store.merges() == model.merges
    sessions = PlayerSessionsQuery(profile_key=4)
    assert await store.player_sessions(sessions) == model.player_sessions(sessions)
    assert (await store.size(SizeQuery())).events == len(model.events)


@pytest.mark.parametrize(
    ("has_it", "again"), [(False, "new process"), (True, "same process")], ids=["before", "after"]
)
async def test_a_chunk_that_breaks_off_anywhere_is_stored_once(has_it: bool, again: str) -> None:
    first, second = chunks_of_everything()
    fatal = 0
    broke_off = True
    while broke_off:
        fatal += 1
        database = ClickHouseEngine()
        try:
            store = await database.open()
            await store.append(first)
            statements = Breaking(database.client(), fatal=fatal, has_it=has_it)
            breaking = ClickHouseAnalytics(statements)
            try:
                await breaking.append(second)
                broke_off = False
            except AnalyticsUnavailable:
                healed = breaking if again == "same process" else await database.open()
                await healed.append(second)
                await healed.append(second)
            await breaking.close()
            await same_as_model(store, [first, second])
        finally:
            await database.destroy()
    # Events, sessions, merges, two erasures and the number.
    assert fatal == 6 + 1


async def test_an_insert_of_which_some_months_arrived_is_completed(
    engine: ClickHouseEngine,
) -> None:
    """The parts of one insert become visible one after another: a crash can be in between."""
    store = await engine.open()
    [chunk, _] = chunks_of_everything()
    rows = rows_of(chunk.items).events
    arrived = [index for index, day in enumerate(rows["day"]) if day != DAY]
    columns = {name: [values[index] for index in arrived] for name, values in rows.items()}
    statements = Statements(engine.client())
    token = f"{chunk.first_seq}-{chunk.last_seq}"
    columns["chunk"] = [chunk.last_seq] * len(arrived)
    statements.insert("events", columns, EVENT_TYPES, token=token)
    statements.insert("events", columns, EVENT_TYPES, token=token)
    assert statements.number("SELECT count() FROM events") == len(arrived) == 8
    statements.close()
    await store.append(chunk)
    await same_as_model(store, [chunk])


async def test_rows_that_a_forgetful_server_doubled_are_single_again(
    engine: ClickHouseEngine,
) -> None:
    store = await engine.open()
    first, second = chunks_of_everything()
    client = engine.client()
    for table in ("events", "sessions", "merges"):
        client.command(
            f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 0"
        )
    await store.append(first)
    statements = Breaking(engine.client(), fatal=3, has_it=True)
    breaking = ClickHouseAnalytics(statements)
    with pytest.raises(AnalyticsUnavailable):
        await breaking.append(second)
    await breaking.append(second)
    await same_as_model(store, [first, second])
    await breaking.close()
    client.close()


async def test_a_scrub_waits_for_no_chunk_that_comes_meanwhile(engine: ClickHouseEngine) -> None:
    store = await engine.open()
    history = History()
    await store.append(history.chunk(batch(1, event()), batch(2, event())))
    await store.append(history.chunk(erased(1)))
    feeding = await engine.open()
    scrub = asyncio.ensure_future(store.scrub())
    chunks = 0
    while not scrub.done():
        await feeding.append(history.chunk(batch(2, event())))
        chunks += 1
    assert await scrub > 0
    assert (await store.size(SizeQuery())).events == 1 + chunks
    assert await store.scrub() == 0


async def test_a_chunk_that_overlaps_is_refused(engine: ClickHouseEngine) -> None:
    store = await engine.open()
    await store.append(Chunk(1, 5, []))
    with pytest.raises(ValueError, match="overlaps"):
        await store.append(Chunk(5, 9, []))
    assert await store.last_seq() == 5


async def test_a_cancelled_append_and_the_next_one_do_not_meet(engine: ClickHouseEngine) -> None:
    store = await engine.open()
    first, second = chunks_of_everything()
    cancelled = asyncio.ensure_future(store.append(first))
    await asyncio.sleep(0)
    cancelled.cancel()
    await store.append(first)
    await store.append(second)
    await same_as_model(store, [first, second])


async def test_opening_again_makes_no_table_and_keeps_the_version(engine: ClickHouseEngine) -> None:
    await engine.open()
    statements = Statements(engine.client())
    await asyncio.to_thread(migrate, statements)
    write_number(statements, SCHEMA_VERSION, len(MIGRATIONS) + 1)
    with pytest.raises(SettingsError, match="a newer Matsuri made it"):
        migrate(statements)
    statements.close()


async def test_a_store_from_before_test_devices_is_gone_on_with(engine: ClickHouseEngine) -> None:
    statements = Statements(engine.client())
    await asyncio.to_thread(migrate, statements)
    statements.run("ALTER TABLE events DROP COLUMN is_test")
    statements.run("TRUNCATE TABLE meta")
    write_number(statements, SCHEMA_VERSION, 1)
    statements.run(
        "INSERT INTO events (day, profile_key, name) VALUES (1, 1, 'tap'), (1, 2, 'tap')"
    )
    statements.close()
    store = await engine.open()
    days = CountsQuery(from_day=1, until_day=1)
    assert await store.event_counts(days) == [DayCount(1, "tap", 2, 2)]
    await store.append(History().chunk(batch(1, event("tap", DAY_US), is_test=True)))
    assert await store.event_counts(days) == [DayCount(1, "tap", 2, 2)]
    assert [row.is_test for row in await store.history_of([1])] == [False, True]


async def test_too_old_a_server_is_refused(engine: ClickHouseEngine) -> None:
    class Old(Statements):
        server_version = "24.8.1.1"

    statements = Old(engine.client())
    with pytest.raises(SettingsError, match=r"24\.8\.1\.1 is too old"):
        migrate(statements)
    statements.close()


async def test_errors_of_the_server_are_unavailable_and_tell_no_values(
    engine: ClickHouseEngine,
) -> None:
    store = await engine.open()
    client = engine.client()
    client.command("DROP TABLE events SYNC")
    client.close()
    with pytest.raises(AnalyticsUnavailable) as caught:
        await store.event_counts(CountsQuery(from_day=0, until_day=1, names=["secret"]))
    assert caught.value.message == "ClickHouse does not answer: UNKNOWN_TABLE (60)"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OperationalError("refused by 10.0.0.1"), "no connection"),
        (OSError("no route"), "no connection"),
        (DatabaseError("value 'secret'", code=241, name="MEMORY_LIMIT"), "MEMORY_LIMIT (241)"),
        (DatabaseError("value 'secret'"), "the client refuses"),
    ],
)
def test_errors_are_told_in_short(error: Exception, told: str) -> None:
    with pytest.raises(AnalyticsUnavailable) as caught, errors_told():
        raise error
    assert caught.value.message == f"ClickHouse does not answer: {told}"


def test_too_long_an_answer_is_the_callers_matter() -> None:
    with pytest.raises(InvalidArgument, match="fewer days"), errors_told():
        raise DatabaseError("limit exceeded", code=396, name="TOO_MANY_ROWS_OR_BYTES")


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(AnalyticsUnavailable, match="no connection"):
        await open_clickhouse("clickhouse://127.0.0.1:1/matsuri")


def test_the_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "clickhouse_connect":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SettingsError, match=r"pip install 'matsuri\[clickhouse\]'"):
        connect(parse_clickhouse_url("clickhouse://localhost"))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "clickhouse://me:p%40ss%23@db.example:9000/live",
            ClickHouseAddress("db.example", 9000, "me", "p@ss#", "live", secure=False),
        ),
        (
            "clickhouse://db.example",
            ClickHouseAddress("db.example", 8123, "default", "", "default", secure=False),
        ),
        (
            "clickhouses://me@db.example/",
            ClickHouseAddress("db.example", 8443, "me", "", "default", secure=True),
        ),
        (
            "clickhouse://[::1]/a_b-c?secure=TRUE",
            ClickHouseAddress("::1", 8443, "default", "", "a_b-c", secure=True),
        ),
        (
            "clickhouses://h:1/d?secure=1",
            ClickHouseAddress("h", 1, "default", "", "d", secure=True),
        ),
    ],
)
def test_urls(url: str, address: ClickHouseAddress) -> None:
    assert parse_clickhouse_url(url) == address


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "begins with"),
        ("http://me:hunter2@db.example", "begins with"),
        ("clickhouse://", "names no host"),
        ("clickhouse://:hunter2@/db", "names no host"),
        ("clickhouse://me:hunter2@db.example:port/db", "form"),
        ("clickhouse://me:hunter2@db.example:99999/db", "form"),
        ("clickhouse://me:hunter2@db.example:0/db", "port 0"),
        ("clickhouse://me:hunter2@[::1/db", "form"),
        ("clickhouse://me@db.example/db#hunter2", "%23"),
        ("clickhouse://me:hunter2@db.example/a/b", "database"),
        ("clickhouse://me:hunter2@db.example/db?secure=maybe", "1 or 0"),
        ("clickhouse://me:hunter2@db.example/db?secure=", "1 or 0"),
        ("clickhouse://me:hunter2@db.example/db?password=hunter2", "options"),
        ("clickhouses://me:hunter2@db.example/db?secure=0", "contradict"),
    ],
)
def test_wrong_urls_are_explained_without_the_password(url: str, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        parse_clickhouse_url(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_shows_no_password() -> None:
    address = parse_clickhouse_url("clickhouse://me:hunter2@[::1]:1/db?secure=1")
    assert repr(address) == str(address) == "clickhouses://me@[::1]:1/db"
