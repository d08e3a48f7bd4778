"""The embedded analytics store: DuckDB for what is new, sorted Parquet files for closed days.

New rows go to ``hot.duckdb``, whatever their day. ``tidy`` moves a closed day to a file of its
own, sorted by player, and one transaction makes the file stand for the rows. Nothing that was
acknowledged is ever in neither, or in both.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from duckdb import DuckDBPyConnection as Cursor

from matsuri.adapters import analytics_duckdb_queries as queries
from matsuri.adapters import analytics_duckdb_walks as walks
from matsuri.adapters.analytics_duckdb_append import append_chunk
from matsuri.adapters.analytics_duckdb_engine import Engine
from matsuri.adapters.analytics_duckdb_keeping import Keeping
from matsuri.adapters.analytics_duckdb_tables import Number, read_number
from matsuri.adapters.analytics_duckdb_tidy import DayLimits
from matsuri.events.analytics import (
    Chunk,
    CountsQuery,
    DayCount,
    EventRow,
    ExportQuery,
    Merge,
    NamedEventsQuery,
    PastEventsQuery,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SessionRow,
    Size,
    SizeQuery,
    TopValuesQuery,
    ValueCount,
)

MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024
THREADS: Final = 2
QUERIES_MAX: Final = 4
QUERY_SECONDS_MAX: Final = 30


class DuckDBAnalytics:
    """An ``AnalyticsStore`` in a folder, for one process at a time.

    Making one opens the folder, and blocks meanwhile; raises ``AnalyticsUnavailable`` where
    another process has it. Every method belongs to one event loop.

    DuckDB takes at most ``memory_bytes_max`` and then uses the disk, and ``threads`` threads.
    ``queries_max`` questions run at once, each for at most ``query_seconds_max``; those that
    rebuild or export everything are asked in parts. ``limits`` say when days move to files.
    """

    def __init__(
        self,
        folder: Path,
        *,
        memory_bytes_max: int = MEMORY_BYTES_MAX,
        threads: int = THREADS,
        queries_max: int = QUERIES_MAX,
        query_seconds_max: float = QUERY_SECONDS_MAX,
        limits: DayLimits | None = None,
    ) -> None:
        self._engine = Engine(
            folder.absolute(),
            memory_bytes_max=memory_bytes_max,
            threads=threads,
            queries_max=queries_max,
            query_seconds_max=query_seconds_max,
        )
        self._days = self._engine.days
        self._keeping = Keeping(self._engine, limits or DayLimits())

    async def player_events(self, query: PlayerEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader.player_events``."""
        return await self._engine.read(
            lambda cursor: queries.player_events(cursor, self._days, query)
        )

    async def player_sessions(self, query: PlayerSessionsQuery) -> list[SessionRow]:
        """See ``AnalyticsReader.player_sessions``."""
        return await self._engine.read(
            lambda cursor: queries.player_sessions(cursor, self._days, query)
        )

    async def event_counts(self, query: CountsQuery) -> list[DayCount]:
        """See ``AnalyticsReader.event_counts``."""
        return await self._engine.read(
            lambda cursor: queries.event_counts(cursor, self._days, query)
        )

    async def top_values(self, query: TopValuesQuery) -> list[ValueCount]:
        """See ``AnalyticsReader.top_values``."""
        return await self._engine.read(lambda cursor: queries.top_values(cursor, self._days, query))

    async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader.past_events``."""
        return await self._engine.read(lambda cursor: walks.past_events(cursor, self._days, query))

    async def size(self, query: SizeQuery) -> Size:  # noqa: ARG002 # it asks for everything
        """See ``AnalyticsReader.size``."""
        held = await self._engine.read(lambda cursor: queries.events_held(cursor, self._days))
        size = await asyncio.to_thread(_bytes_under, self._engine.folder)
        return msgspec.structs.replace(held, bytes=size)

    async def last_seq(self) -> int:
        """See ``AnalyticsStore.last_seq``."""
        return await self._number(Number.LAST_SEQ)

    async def append(self, chunk: Chunk) -> None:
        """See ``AnalyticsStore.append``."""
        await self._engine.write(lambda cursor: append_chunk(cursor, chunk))

    async def tidy(self, *, now_us: int, keep_days: int) -> None:
        """See ``AnalyticsStore.tidy``: drops days, and gives at most one day a new file."""
        await self._keeping.tidy(now_us=now_us, keep_days=keep_days)

    async def complete(self) -> bool:
        """See ``AnalyticsStore.complete``."""
        return not await self._number(Number.DROPPED)

    async def scrub(self) -> int:
        """See ``AnalyticsStore.scrub``: files with erased rows, and the hot part, are redone."""
        return await self._keeping.scrub()

    async def profile_keys(self, *, after: int, limit: int) -> list[int]:
        """See ``AnalyticsStore.profile_keys``."""
        return await self._engine.read(
            lambda cursor: walks.profile_keys(cursor, self._days, after=after, limit=limit)
        )

    async def history_of(self, profile_keys: Sequence[int]) -> list[EventRow]:
        """See ``AnalyticsStore.history_of``."""
        return await self._engine.read(
            lambda cursor: walks.history_of(cursor, self._days, profile_keys)
        )

    async def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        """See ``AnalyticsStore.named_events``."""
        return await self._engine.read(lambda cursor: walks.named_events(cursor, self._days, query))

    async def merges(self) -> list[Merge]:
        """See ``AnalyticsStore.merges``."""
        return await self._engine.read(walks.all_merges)

    async def export(self, query: ExportQuery, *, rows_max: int) -> AsyncIterator[list[EventRow]]:
        """See ``AnalyticsStore.export``: each page is a question of its own."""
        read = self._engine.read
        for day in await read(lambda cursor: walks.export_days(cursor, query)):
            pages = partial(
                walks.export_pages, days=self._days, query=query, day=day, rows_max=rows_max
            )
            for page in await read(pages):
                rows = partial(walks.export_page, days=self._days, query=query, day=day, page=page)
                # What was erased since the pages were laid out is missing.
                if events := await read(rows):
                    yield events

    async def close(self) -> None:
        """See ``AnalyticsStore.close``."""
        await self._engine.close()

    async def _number(self, name: str) -> int:
        def work(cursor: Cursor) -> int:
            return read_number(cursor, name)

        return await self._engine.read(work)


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
