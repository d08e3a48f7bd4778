"""The analytics store in ClickHouse: for more events than one machine should hold.

How a chunk gets there once is told in docs/decisions/0009.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from matsuri.adapters.analytics_clickhouse_append import LAST_SEQ, Appender, merged_into
from matsuri.adapters.analytics_clickhouse_client import (
    QUERY_SECONDS_MAX,
    Statements,
    connect,
)
from matsuri.adapters.analytics_clickhouse_queries import (
    Question,
    event_counts,
    event_row,
    export_days,
    export_page,
    history,
    named_events,
    past_events,
    player_events,
    player_sessions,
    top_values,
)
from matsuri.adapters.analytics_clickhouse_retention import (
    TABLES,
    drop_old_days,
    is_complete,
    rewrite_erased,
)
from matsuri.adapters.analytics_clickhouse_schema import migrate, read_number
from matsuri.adapters.analytics_clickhouse_url import parse_clickhouse_url
from matsuri.events.analytics import (
    AnalyticsUnavailable,
    Chunk,
    CountsQuery,
    DayCount,
    EventCursor,
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

Answer = TypeVar("Answer")

_READERS = 4
_SCRUB_SECONDS_MAX = 3600.0


async def open_clickhouse(
    url: str, *, query_seconds_max: float = QUERY_SECONDS_MAX
) -> "ClickHouseAnalytics":
    """The store at ``url`` (see ``parse_clickhouse_url``), its tables made or brought up to date.

    Questions that take longer than ``query_seconds_max`` raise ``AnalyticsUnavailable``.
    Raises ``SettingsError`` for a wrong URL, a missing library, a server or tables of the wrong
    version; ``AnalyticsUnavailable`` where the server does not answer or lets nobody in.
    """
    address = parse_clickhouse_url(url)

    def connected() -> Statements:
        client = connect(address, query_seconds_max=query_seconds_max)
        return Statements(client, query_seconds_max=query_seconds_max)

    statements = await asyncio.to_thread(connected)
    try:
        await asyncio.to_thread(migrate, statements)
    except BaseException:
        statements.close()
        raise
    return ClickHouseAnalytics(statements)


class ClickHouseAnalytics:
    """An ``AnalyticsStore`` in a ClickHouse database of its own, whose tables are there.

    One process appends; any number may ask. ``scrub_seconds_max`` bounds the wait of ``scrub``.
    """

    def __init__(
        self, statements: Statements, *, scrub_seconds_max: float = _SCRUB_SECONDS_MAX
    ) -> None:
        self._statements = statements
        self._appender = Appender(statements)
        self._scrub_seconds_max = scrub_seconds_max
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="clickhouse-write")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="clickhouse-read")
        self._closed = False

    async def last_seq(self) -> int:
        """See ``AnalyticsStore.last_seq``."""
        return await self._read(lambda: read_number(self._statements, LAST_SEQ))

    async def append(self, chunk: Chunk) -> None:
        """See ``AnalyticsStore.append``; raises ``ValueError`` for a chunk that overlaps others."""
        await self._write(lambda: self._appender.append(chunk))

    async def player_events(self, query: PlayerEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader.player_events``."""

        def ask() -> list[EventRow]:
            keys = sorted(merged_into(self._statements, [query.profile_key]))
            return self._events(player_events(query, keys))

        return await self._read(ask)

    async def player_sessions(self, query: PlayerSessionsQuery) -> list[SessionRow]:
        """See ``AnalyticsReader.player_sessions``."""

        def ask() -> list[SessionRow]:
            keys = sorted(merged_into(self._statements, [query.profile_key]))
            question = player_sessions(query, keys)
            return [SessionRow(*row) for row in self._statements.rows(*question)]

        return await self._read(ask)

    async def event_counts(self, query: CountsQuery) -> list[DayCount]:
        """See ``AnalyticsReader.event_counts``."""
        rows = await self._read(lambda: self._statements.rows(*event_counts(query)))
        return [DayCount(*row) for row in rows]

    async def top_values(self, query: TopValuesQuery) -> list[ValueCount]:
        """See ``AnalyticsReader.top_values``."""
        rows = await self._read(lambda: self._statements.rows(*top_values(query)))
        return [ValueCount(*row) for row in rows]

    async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader.past_events``."""
        return await self._read(lambda: self._events(past_events(query)))

    async def size(self, query: SizeQuery) -> Size:  # noqa: ARG002 # it asks for nothing special
        """See ``AnalyticsReader.size``; the bytes are those that files take on the server."""

        def ask() -> Size:
            [[events, first_day, last_day]] = self._statements.rows(
                "SELECT count(), min(day), max(day) FROM events"
            )
            disk_bytes = self._statements.number(
                "SELECT sum(bytes_on_disk) FROM system.parts "
                "WHERE database = currentDatabase() AND table IN {tables:Array(String)}",
                {"tables": list(TABLES)},
            )
            if not events:
                return Size(0, disk_bytes, None, None)
            return Size(events, disk_bytes, first_day, last_day)

        return await self._read(ask)

    async def tidy(self, *, now_us: int, keep_days: int) -> None:
        """See ``AnalyticsStore.tidy``. Days need no final form here: the server merges its parts.

        What is dropped is gone for every question at once. The disk space of a month is free when
        all its days are dropped, or when the server merges it.
        """
        if keep_days:
            await self._write(
                lambda: drop_old_days(self._statements, now_us=now_us, keep_days=keep_days)
            )

    async def complete(self) -> bool:
        """See ``AnalyticsStore.complete``."""
        return await self._read(lambda: is_complete(self._statements))

    async def scrub(self) -> int:
        """See ``AnalyticsStore.scrub``; ``AnalyticsUnavailable`` where it takes too long."""
        return await self._write(
            lambda: rewrite_erased(self._statements, seconds_max=self._scrub_seconds_max)
        )

    async def profile_keys(self, *, after: int, limit: int) -> list[int]:
        """See ``AnalyticsStore.profile_keys``."""
        rows = await self._read(
            lambda: self._statements.rows(
                "SELECT DISTINCT profile_key FROM events WHERE profile_key > {after:Int64} "
                "ORDER BY profile_key LIMIT {limit:UInt32}",
                {"after": after, "limit": limit},
            )
        )
        return [row[0] for row in rows]

    async def history_of(self, profile_keys: Sequence[int]) -> list[EventRow]:
        """See ``AnalyticsStore.history_of``."""
        return await self._read(lambda: self._events(history(profile_keys), bounded=False))

    async def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        """See ``AnalyticsStore.named_events``."""
        return await self._read(lambda: self._events(named_events(query), bounded=False))

    async def merges(self) -> list[Merge]:
        """See ``AnalyticsStore.merges``."""
        rows = await self._read(
            lambda: self._statements.rows(
                "SELECT position, place, from_key, into_key FROM merges ORDER BY position, place",
                bounded=False,
            )
        )
        return [Merge(*row) for row in rows]

    async def export(self, query: ExportQuery, *, rows_max: int) -> AsyncIterator[list[EventRow]]:
        """See ``AnalyticsStore.export``: page by page, so that a slow taker holds nothing."""
        days = await self._read(lambda: self._statements.rows(*export_days(query)))
        for (day_us,) in days:
            after = None
            while True:
                page = export_page(query, day_us=day_us, after=after, limit=rows_max)
                events = await self._read(partial(self._events, page, bounded=False))
                if events:
                    yield events
                if len(events) < rows_max:
                    break
                last = events[-1]
                time_us = last.received_us if query.received else last.time_us
                after = EventCursor(time_us, last.position, last.place)

    async def close(self) -> None:
        """See ``AnalyticsStore.close``; what is under way ends first."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.shutdown()
        self._readers.shutdown()
        self._statements.close()

    def _events(self, question: Question, *, bounded: bool = True) -> list[EventRow]:
        rows = self._statements.rows(question.sql, question.parameters, bounded=bounded)
        return [event_row(row) for row in rows]

    async def _read(self, work: Callable[[], Answer]) -> Answer:
        return await self._run(self._readers, work)

    async def _write(self, work: Callable[[], Answer]) -> Answer:
        return await self._run(self._writer, work)

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[[], Answer]) -> Answer:
        if self._closed:
            raise AnalyticsUnavailable("the analytics store is closed")
        return await asyncio.get_running_loop().run_in_executor(threads, work)
