"""The analytics store asked from another process than the one that has its files."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec

from matsuri.adapters.process_calls import CallClient, Handler
from matsuri.events.analytics import (
    ANALYTICS_METHODS,
    AnalyticsReader,
    AnalyticsStore,
    CountsQuery,
    DayCount,
    EventRow,
    ExportQuery,
    PastEventsQuery,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SessionRow,
    Size,
    SizeQuery,
    TopValuesQuery,
    ValueCount,
)

_EXPORT = "analytics.export"


class _Export(msgspec.Struct, array_like=True):
    query: ExportQuery
    rows_max: int


def analytics_handlers(store: AnalyticsStore) -> dict[str, Handler]:
    """What the process that has the store answers to ``RemoteAnalytics``."""
    handlers = {f"analytics.{name}": _handler(store, name) for name in ANALYTICS_METHODS}

    async def export(argument: bytes) -> AsyncGenerator[bytes, None]:
        call = msgspec.msgpack.decode(argument, type=_Export)
        async for rows in store.export(call.query, rows_max=call.rows_max):
            yield msgspec.msgpack.encode(rows)

    return {**handlers, _EXPORT: export}


def _handler(store: AnalyticsReader, name: str) -> Handler:
    ask = getattr(store, name)
    query_type = ANALYTICS_METHODS[name].query

    async def handle(argument: bytes) -> AsyncGenerator[bytes, None]:
        answer = await ask(msgspec.msgpack.decode(argument, type=query_type))
        yield msgspec.msgpack.encode(answer)

    return handle


class RemoteAnalytics:
    """An ``AnalyticsReader``, with ``export``, that asks the worker.

    ``seconds_max`` is the longest wait for one answer.
    """

    def __init__(self, client: CallClient, *, seconds_max: float) -> None:
        self._client = client
        self._seconds_max = seconds_max
        self._decoders = {
            name: msgspec.msgpack.Decoder(method.answer)
            for name, method in ANALYTICS_METHODS.items()
        }
        self._rows = msgspec.msgpack.Decoder(list[EventRow])

    async def _ask(self, name: str, query: object) -> Any:
        argument = msgspec.msgpack.encode(query)
        answer = await self._client.call(
            f"analytics.{name}", argument, seconds_max=self._seconds_max
        )
        return self._decoders[name].decode(answer)

    async def player_events(self, query: PlayerEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader``."""
        rows: list[EventRow] = await self._ask("player_events", query)
        return rows

    async def player_sessions(self, query: PlayerSessionsQuery) -> list[SessionRow]:
        """See ``AnalyticsReader``."""
        rows: list[SessionRow] = await self._ask("player_sessions", query)
        return rows

    async def event_counts(self, query: CountsQuery) -> list[DayCount]:
        """See ``AnalyticsReader``."""
        counts: list[DayCount] = await self._ask("event_counts", query)
        return counts

    async def top_values(self, query: TopValuesQuery) -> list[ValueCount]:
        """See ``AnalyticsReader``."""
        values: list[ValueCount] = await self._ask("top_values", query)
        return values

    async def past_events(self, query: PastEventsQuery) -> list[EventRow]:
        """See ``AnalyticsReader``."""
        rows: list[EventRow] = await self._ask("past_events", query)
        return rows

    async def size(self, query: SizeQuery) -> Size:
        """See ``AnalyticsReader``."""
        size: Size = await self._ask("size", query)
        return size

    async def export(self, query: ExportQuery, *, rows_max: int) -> AsyncIterator[list[EventRow]]:
        """See ``AnalyticsStore.export``."""
        argument = msgspec.msgpack.encode(_Export(query, rows_max))
        async for piece in self._client.stream(_EXPORT, argument):
            yield self._rows.decode(piece)
