"""Each analytics store as the contract suite opens it: again and again on the same data."""

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Protocol

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from matsuri.adapters.analytics_clickhouse import ClickHouseAnalytics
from matsuri.adapters.analytics_clickhouse_client import Statements
from matsuri.adapters.analytics_clickhouse_schema import migrate
from matsuri.adapters.analytics_duckdb import DuckDBAnalytics
from matsuri.adapters.analytics_duckdb_tidy import DayLimits
from matsuri.events.analytics import AnalyticsStore


class Engine(Protocol):
    """Data of one store; ``files`` is the folder that has every byte of it."""

    files: Path

    async def open(self) -> AnalyticsStore: ...

    async def destroy(self) -> None: ...


@cache
def chdb_folder() -> Path:
    """Where this process has ClickHouse's engine: it can be in one place only."""
    folder = Path(tempfile.mkdtemp(prefix="matsuri-chdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def chdb_client(database: str = "default") -> Client:
    return clickhouse_connect.get_client(
        interface="chdb", path=str(chdb_folder()), database=database
    )


@cache
def _administrator() -> Client:
    # One client stays open, else the engine stops and starts with every test.
    return chdb_client()


_numbers = count(1)


async def close_all(stores: list[AnalyticsStore]) -> None:
    """Close what a test left open; what was closed before is closed again without harm."""
    async with asyncio.timeout(10):
        for store in stores:
            await store.close()


class ClickHouseEngine:
    """A database of its own in ClickHouse's engine."""

    def __init__(self) -> None:
        self.files = chdb_folder()
        self.database = f"analytics_{next(_numbers)}"
        self._opened: list[AnalyticsStore] = []
        _administrator().command(f"CREATE DATABASE {self.database}")

    def client(self) -> Client:
        return chdb_client(self.database)

    async def open(self) -> ClickHouseAnalytics:
        statements = Statements(self.client())
        await asyncio.to_thread(migrate, statements)
        store = ClickHouseAnalytics(statements, scrub_seconds_max=30)
        self._opened.append(store)
        return store

    async def destroy(self) -> None:
        await close_all(self._opened)
        _administrator().command(f"DROP DATABASE {self.database} SYNC")


class DuckDBEngine:
    """A folder of its own."""

    def __init__(self) -> None:
        self.files = Path(tempfile.mkdtemp(prefix="matsuri-duckdb-"))
        self._opened: list[AnalyticsStore] = []

    # Every closed day gets its file at once, however few rows it has.
    limits = DayLimits(grace_seconds=0, day_rows_min=1, late_rows_min=1, late_seconds=0)

    async def open(self) -> DuckDBAnalytics:
        store = await asyncio.to_thread(partial(DuckDBAnalytics, self.files, limits=self.limits))
        self._opened.append(store)
        return store

    async def destroy(self) -> None:
        await close_all(self._opened)
        await asyncio.to_thread(shutil.rmtree, self.files)


ENGINES: dict[str, Callable[[], Engine]] = {
    "clickhouse": ClickHouseEngine,
    "duckdb": DuckDBEngine,
}


@asynccontextmanager
async def engine_of(name: str) -> AsyncIterator[Engine]:
    """A fresh engine, destroyed afterwards."""
    engine = ENGINES[name]()
    try:
        yield engine
    finally:
        await engine.destroy()
