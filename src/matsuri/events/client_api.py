"""``POST /v1/event`` and ``POST /v1/server-event`` (wire contract, section 2)."""

from functools import partial
from typing import Any

from matsuri.events.sent import SentEvents
from matsuri.events.service import Events, Sender
from matsuri.events.wire import EventRequest, decode_events
from matsuri.web.messages import EMPTY, Empty
from matsuri.web.routes import Auth, Request, Route


def routes(
    events: Events,
    *,
    batch_events_max: int,
    player_auth: Auth[Sender],
    server_auth: Auth[Sender],
) -> list[Route[Any, Any]]:
    """The endpoints that take events."""

    async def publish(_request: Request, sender: Sender, body: SentEvents) -> Empty:
        await events.publish(sender, body)
        return EMPTY

    decode = partial(decode_events, batch_events_max=batch_events_max)
    notes = (
        "Answers once every event is on disk. An event whose `id` was seen before, for the same "
        "identity, has no second effect. If some events are refused, the valid ones are kept all "
        "the same, and the answer is 400 with one detail for each refused event: its index, id, "
        "name, reason and problem. Nothing needs to be sent again then."
    )
    return [
        Route(
            method="POST",
            path="/v1/event",
            auth=player_auth,
            handler=publish,
            request_type=EventRequest,
            decode=decode,
            response_type=Empty,
            operation="publish_events",
            summary="Publish events of the caller",
            description=notes,
            tag="Events",
        ),
        Route(
            method="POST",
            path="/v1/server-event",
            auth=server_auth,
            handler=publish,
            request_type=EventRequest,
            decode=decode,
            response_type=Empty,
            operation="publish_server_events",
            summary="Publish events of any identities, or of none",
            description=notes,
            tag="Events",
        ),
    ]
