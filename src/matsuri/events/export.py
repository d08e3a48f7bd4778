"""Events in bulk, as lines of JSON."""

from collections.abc import AsyncGenerator

import msgspec

from matsuri.events.analytics import AnalyticsExporter, ExportQuery
from matsuri.events.event_records import record_of

_lines = msgspec.json.Encoder()


class ExportEnd(msgspec.Struct, frozen=True):
    """The last line of an export that is complete: how many events came before it."""

    events: int


class ExportTail(msgspec.Struct, frozen=True):
    """See ``ExportEnd``."""

    export_end: ExportEnd


async def export_lines(
    analytics: AnalyticsExporter, query: ExportQuery, *, rows_max: int
) -> AsyncGenerator[bytes, None]:
    """One line for each event, in the order of time, and the ``ExportTail``.

    What ends without a tail is not complete: an answer that has begun can tell of no error. Some
    lines come at once, of at most ``rows_max`` events.
    """
    events = 0
    async for rows in analytics.export(query, rows_max=rows_max):
        events += len(rows)
        yield _lines.encode_lines([record_of(row) for row in rows])
    yield _lines.encode_lines([ExportTail(ExportEnd(events))])
