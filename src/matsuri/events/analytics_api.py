"""Questions about all events: counts, values, and everything as a file."""

from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.analytics import (
    DAY_US,
    AnalyticsExporter,
    CountsQuery,
    ExportQuery,
    TopValuesQuery,
)
from matsuri.events.export import export_lines
from matsuri.kit.clock import Clock
from matsuri.kit.timestamps import EPOCH
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.messages import moment_us
from matsuri.web.routes import Request, Route, Stream
from matsuri.web.streams import begun

_TAG = "Analytics"
NDJSON = "application/x-ndjson"
_EPOCH_DAY = EPOCH.date()
_DAYS_MAX = 731
_DAYS_USUAL = 30
_EXPORT_ROWS_MAX = 2000
_DATE = "YYYY-MM-DD"

FromDay = Annotated[str, Meta(description="First UTC day; 29 days before `until` if missing.")]
UntilDay = Annotated[str, Meta(description="Last UTC day; today if missing.")]


class CountQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which days, and which events."""

    from_day: FromDay = msgspec.field(name="from", default="")
    until_day: UntilDay = msgspec.field(name="until", default="")
    names: Annotated[
        list[str], Meta(description="Events of these names; all if there is none.")
    ] = msgspec.field(name="search.name.or", default=[])


class CountMessage(msgspec.Struct, frozen=True):
    """Events of one name on one UTC day, and how many players sent them."""

    date: str
    name: str
    events: int
    players: int


class CountListMessage(msgspec.Struct, frozen=True):
    """Counts by day and name; days without events are left out."""

    counts: list[CountMessage]


class TopValueQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Of which event, on which days."""

    name: Annotated[str, Meta(description="Name of the event.")] = ""
    metadata_key: Annotated[
        str, Meta(description="Values of this metadata key, in place of the event's own.")
    ] = ""
    from_day: FromDay = msgspec.field(name="from", default="")
    until_day: UntilDay = msgspec.field(name="until", default="")
    limit: Annotated[int, Meta(ge=1, le=1000, description="Most values to tell.")] = 20


class ValueMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often a value came. Without ``value`` it is that of events that had none."""

    events: int
    players: int
    value: str | None = None


class ValueListMessage(msgspec.Struct, frozen=True):
    """The commonest values, the commonest first."""

    values: list[ValueMessage]


class ExportEventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events."""

    from_time: Annotated[
        str,
        Meta(description="Events at this time (RFC 3339, a date, or epoch seconds) or later."),
    ] = msgspec.field(name="from", default="")
    until_time: Annotated[str, Meta(description="Events before this time.")] = msgspec.field(
        name="until", default=""
    )
    names: Annotated[
        list[str], Meta(description="Events of these names; all if there is none.")
    ] = msgspec.field(name="name", default=[])
    by_receive_time: Annotated[
        bool, Meta(description="Whether `from` and `until` mean the time of receipt.")
    ] = False


def routes(
    analytics: AnalyticsExporter, *, console_may: ConsoleMay, clock: Clock
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def count(_request: Request, _caller: object, query: CountQuery) -> CountListMessage:
        first, last = _days(query.from_day, query.until_day, now_us=clock.now_us())
        counts = await analytics.event_counts(
            CountsQuery(from_day=first, until_day=last, names=query.names)
        )
        return CountListMessage(
            [CountMessage(_date_text(one.day), one.name, one.events, one.players) for one in counts]
        )

    async def top_value(
        _request: Request, _caller: object, query: TopValueQuery
    ) -> ValueListMessage:
        if not query.name:
            raise invalid_field("name", "is missing")
        first, last = _days(query.from_day, query.until_day, now_us=clock.now_us())
        values = await analytics.top_values(
            TopValuesQuery(
                name=query.name,
                metadata_key=query.metadata_key,
                from_day=first,
                until_day=last,
                limit=query.limit,
            )
        )
        return ValueListMessage(
            [ValueMessage(one.events, one.players, one.value) for one in values]
        )

    async def export(_request: Request, _caller: object, query: ExportEventsQuery) -> Stream:
        wanted = ExportQuery(
            from_us=moment_us("from", query.from_time),
            until_us=moment_us("until", query.until_time),
            names=query.names,
            received=query.by_receive_time,
        )
        lines = export_lines(analytics, wanted, rows_max=_EXPORT_ROWS_MAX)
        return Stream(await begun(lines), NDJSON)

    may_read = console_may(Entity.EVENT, Action.READ)
    return [
        Route(
            method="GET",
            path="/v1/console/analytics/count",
            auth=may_read,
            handler=count,
            query_type=CountQuery,
            response_type=CountListMessage,
            operation="console_count_events",
            summary="Events and players by day and name",
            description=f"At most {_DAYS_MAX} days at once.",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/analytics/top-value",
            auth=may_read,
            handler=top_value,
            query_type=TopValueQuery,
            response_type=ValueListMessage,
            operation="console_top_values",
            summary="The commonest values of an event",
            description=f"At most {_DAYS_MAX} days at once.",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/export/event",
            auth=may_read,
            handler=export,
            query_type=ExportEventsQuery,
            operation="console_export_events",
            audited=True,
            action="event.export",
            summary="Events as lines of JSON, in the order of time",
            description=(
                'The last line is `{"export_end":{"events":N}}`. An export without it is not '
                "complete. `matsuri export events` looks at it, and makes CSV and Parquet too."
            ),
            produces=NDJSON,
            tag=_TAG,
        ),
    ]


def _days(from_day: str, until_day: str, *, now_us: int) -> tuple[int, int]:
    last = _day("until", until_day) if until_day else now_us // DAY_US
    first = _day("from", from_day) if from_day else last - _DAYS_USUAL + 1
    if first > last:
        raise invalid_field("from", "is after until")
    if last - first >= _DAYS_MAX:
        raise invalid_field("from", "is too far from until", f"at most {_DAYS_MAX} days")
    return first, last


def _day(field: str, text: str) -> int:
    try:
        # Later Pythons take other forms of dates, too.
        found = date.fromisoformat(text) if len(text) == len(_DATE) else None
    except ValueError:
        found = None
    if found is None:
        raise invalid_field(field, "is no date", _DATE)
    return (found - _EPOCH_DAY).days


def _date_text(day: int) -> str:
    return (_EPOCH_DAY + timedelta(days=day)).isoformat()
