"""The live tail of events: ``GET /v1/console/event/tail``."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.live_tail import LiveTails, Place
from matsuri.events.tail_filter import TailFilter, TailStatus
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.routes import EVENT_STREAM, Request, Route, Stream

_PLACE = re.compile(r"(\d{1,18})\.(\d{1,9})", re.ASCII)


class TailQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to show; every condition must be met."""

    status: (
        Annotated[TailStatus, Meta(description="Only accepted, or only refused ones.")] | None
    ) = None
    name: Annotated[str, Meta(description="Events of this name.")] = ""
    identity_id: Annotated[str, Meta(description="Sent for this identity id.")] = ""
    session_id: Annotated[str, Meta(description="Sent in this session.")] = ""
    api_key: Annotated[str, Meta(description="Sent with the API key of this name.")] = ""
    text: Annotated[str, Meta(description="With this in name, value or metadata, in any case.")] = (
        ""
    )
    last_event_id: Annotated[
        str, Meta(description="Go on after this event; the header `Last-Event-ID` does the same.")
    ] = ""


def routes(tails: LiveTails, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint of live tails."""

    async def tail(request: Request, _caller: object, query: TailQuery) -> Stream:
        wanted = TailFilter(
            status=query.status,
            name=query.name,
            identity_id=query.identity_id,
            session_id=query.session_id,
            api_key=query.api_key,
            text=query.text.casefold(),
        )
        given = query.last_event_id or request.header(b"last-event-id")
        return Stream(tails.open(wanted, after=_place(given)), EVENT_STREAM)

    return [
        Route(
            method="GET",
            path="/v1/console/event/tail",
            auth=console_may(Entity.EVENT, Action.READ),
            handler=tail,
            query_type=TailQuery,
            produces=EVENT_STREAM,
            operation="console_tail_events",
            summary="Events as they come in, as server-sent events",
            description=(
                "`accepted` and `rejected` tell of one event each, with an `id` to go on after. "
                "`skipped` tells how many events that match, and how many bytes of the log, were "
                "left out because there were too many. A comment comes when nothing happens."
            ),
            tag="Events",
        ),
    ]


def _place(text: str) -> Place | None:
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise invalid_field("last_event_id", "is no id of an event of a tail")
    return Place(int(found[1]), int(found[2]))
