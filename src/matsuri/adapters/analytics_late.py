"""An analytics store that is opened when it is first needed, and again as long as it cannot be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from matsuri.events.analytics import (
    AnalyticsStore,
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


class LateAnalytics:
    """An ``AnalyticsStore`` that ``opening`` gives.

    The pipeline must not wait for analytics: while ``opening`` raises, every call raises the same.
    """

    def __init__(self, opening: Callable[[], Awaitable[AnalyticsStore]]) -> None:
        self._opening = opening
        self._store: AnalyticsStore | None = None
        self._turn = asyncio.Lock()

    async def _opened(self) -> AnalyticsStore:
        async with self._turn:
            if self._store is None:
                self._store = await self._opening()
            return self._store

    async def player_events(self, query: PlayerEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader``."""
        return await (await self._opened()).player_events(query)

    async def player_sessions(self, query: PlayerSessionsQuery) -> list[SessionRow]:
        """See ``AnalyticsReader``."""
        return await (await self._opened()).player_sessions(query)

    async def event_counts(self, query: CountsQuery) -> list[DayCount]:
        """See ``AnalyticsReader``."""
        return await (await self._opened()).event_counts(query)

    async def top_values(self, query: TopValuesQuery) -> list[ValueCount]:
        """See ``AnalyticsReader``."""
        return await (await self._opened()).top_values(query)

    async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader``."""
        return await (await self._opened()).past_events(query)

    async def size(self, query: SizeQuery) -> Size:
        """See ``AnalyticsReader``."""
        return await (await self._opened()).size(query)

    async def export(self, query: ExportQuery, *, rows_max: int) -> AsyncIterator[list[EventRow]]:
        """See ``AnalyticsExporter``."""
        async for rows in (await self._opened()).export(query, rows_max=rows_max):
            yield rows

    async def last_seq(self) -> int:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).last_seq()

    async def append(self, chunk: Chunk) -> None:
        """See ``AnalyticsStore``."""
        await (await self._opened()).append(chunk)

    async def tidy(self, *, now_us: int, keep_days: int) -> None:
        """See ``AnalyticsStore``."""
        await (await self._opened()).tidy(now_us=now_us, keep_days=keep_days)

    async def complete(self) -> bool:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).complete()

    async def scrub(self) -> int:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).scrub()

    async def profile_keys(self, *, after: int, limit: int) -> list[int]:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).profile_keys(after=after, limit=limit)

    async def history_of(self, profile_keys: Sequence[int]) -> list[EventRow]:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).history_of(profile_keys)

    async def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).named_events(query)

    async def merges(self) -> list[Merge]:
        """See ``AnalyticsStore``."""
        return await (await self._opened()).merges()

    async def close(self) -> None:
        """See ``AnalyticsStore``."""
        async with self._turn:
            if self._store is not None:
                await self._store.close()
