"""The starts and ends of runs that were told, in the console API."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.adapters.database import Database
from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, page_from_store
from matsuri.live_events.console_messages import RunKey, TimeSec
from matsuri.live_events.live_event_desk import PATH, TAG, LiveEventDesk
from matsuri.live_events.transition_store import StoredTransition, list_transitions
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import INT64_MAX
from matsuri.web.routes import Request, Route


class TransitionMessage(msgspec.Struct, frozen=True, kw_only=True):
    """That a run of a live event started or ended.

    `start_time_sec` and `end_time_sec` are those of the run as it was known then.
    """

    number: Annotated[str, Meta(description="Rises; tells it from all others.")]
    type: Annotated[str, Meta(description="`LIVE_EVENT_STARTED` or `LIVE_EVENT_ENDED`.")]
    live_event_id: str
    live_event_name: str
    run: RunKey
    time_sec: Annotated[str, Meta(description="When it happened; epoch seconds as text.")]
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    told_time_sec: Annotated[str, Meta(description="When the server noticed.")]


class TransitionList(msgspec.Struct, frozen=True):
    """A page of starts and ends, the last one told first."""

    transitions: list[TransitionMessage]
    page_options: PageOptions


def routes(
    desk: LiveEventDesk, history: Database, *, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def page_of(query: PageQuery, event_id: str) -> TransitionList:
        cursor = cursor_of(query)
        after = _place(cursor)
        found = await history.read(
            lambda connection: list_transitions(
                connection,
                event_id=event_id,
                limit=query.limit + 1,
                after=after,
                backward=cursor is not None and cursor.backward,
            )
        )
        page = page_from_store(
            found, key=lambda each: (each.number,), limit=query.limit, cursor=cursor
        )
        return TransitionList([_message(each) for each in page.items], page_options(page))

    async def list_all(_request: Request, _caller: ConsoleCaller, query: PageQuery) -> Any:
        return await page_of(query, "")

    async def list_one(request: Request, _caller: ConsoleCaller, query: PageQuery) -> Any:
        return await page_of(query, desk.get(request.params["id"]).id)

    def route(path: str, handler: Any, of: str, operation: str) -> Route[Any, Any]:
        return Route(
            method="GET",
            path=path,
            auth=console_may(Entity.LIVE_EVENT, Action.READ),
            handler=handler,
            query_type=PageQuery,
            response_type=TransitionList,
            operation=operation,
            summary=f"The starts and ends of runs of {of}, the newest first",
            description="Each is told once, also when the server was down as it happened.",
            tag=TAG,
        )

    return [
        route(
            f"{PATH}/{{id}}/transition",
            list_one,
            "a live event",
            "console_list_live_event_transitions",
        ),
        route(
            f"{PATH}-transition",
            list_all,
            "all live events",
            "console_list_all_live_event_transitions",
        ),
    ]


def _place(cursor: Cursor | None) -> int | None:
    """The number after which the list goes on; raises ``InvalidArgument``."""
    if cursor is None:
        return None
    match cursor.key:
        case (int(number),) if 0 <= number <= INT64_MAX:
            return number
    raise invalid_field(CURSOR_FIELD, "is a cursor of something else")


def _message(stored: StoredTransition) -> TransitionMessage:
    return TransitionMessage(
        number=str(stored.number),
        told_time_sec=str(stored.told_us // MICROSECONDS),
        **msgspec.structs.asdict(stored.payload),
    )
