"""``POST /v1/event`` and ``POST /v1/server-event`` (wire contract, section 2)."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.service import Events, Sender, SentEvent
from matsuri.kit.timestamps import parse_timestamp
from matsuri.web.messages import EMPTY, Empty, int64
from matsuri.web.routes import Auth, Request, Route

_ALIAS = Meta(description="The same in camelCase.", extra_json_schema={"deprecated": True})


class EventMessage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One event. ``identity_id`` and ``session_*`` count only in server events."""

    name: Annotated[str, Meta(description="A name that the taxonomy declares.")] | None = None
    id: (
        Annotated[
            str,
            Meta(description="Chosen by the sender so that sending again counts once."),
        ]
        | None
    ) = None
    value: (
        Annotated[
            str | int | float | bool,
            Meta(description="A text or a number; at most 1,024 characters."),
        ]
        | None
    ) = None
    metadata: (
        Annotated[
            dict[str, Any] | list[Any],
            Meta(
                description="Texts by key.",
                extra_json_schema={
                    "anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}]
                },
            ),
        ]
        | None
    ) = None
    timestamp: (
        Annotated[str | int | float, Meta(description="RFC 3339; missing means now.")] | None
    ) = None
    identity_id: str | None = None
    session_id: str | None = None
    session_issued_at: (
        Annotated[str | int | float, Meta(description="Seconds since the epoch.")] | None
    ) = None
    session_expires_at: (
        Annotated[str | int | float, Meta(description="Seconds since the epoch.")] | None
    ) = None
    identityId: Annotated[str, _ALIAS] | None = None  # noqa: N815 # protobuf's JSON name
    sessionId: Annotated[str, _ALIAS] | None = None  # noqa: N815 # the same
    sessionIssuedAt: Annotated[str | int | float, _ALIAS] | None = None  # noqa: N815 # the same
    sessionExpiresAt: Annotated[str | int | float, _ALIAS] | None = None  # noqa: N815 # the same


class EventRequest(msgspec.Struct, frozen=True):
    """Events to keep, in the order in which they happened."""

    events: list[EventMessage] | None = None


def routes(
    events: Events, *, player_auth: Auth[Sender], server_auth: Auth[Sender]
) -> list[Route[Any, Any]]:
    """The endpoints that take events."""

    async def publish(_request: Request, sender: Sender, body: EventRequest) -> Empty:
        await events.publish(
            sender, [_sent(index, event) for index, event in enumerate(body.events or ())]
        )
        return EMPTY

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
            response_type=Empty,
            operation="publish_server_events",
            summary="Publish events of any identities, or of none",
            description=notes,
            tag="Events",
        ),
    ]


def _sent(index: int, event: EventMessage) -> SentEvent:
    value = event.value
    metadata = event.metadata
    timestamp_us = None
    if event.timestamp is not None and event.timestamp != "":
        try:
            timestamp_us = parse_timestamp(event.timestamp)
        except ValueError as error:
            raise invalid_field(
                f"events[{index}].timestamp",
                str(error) if "year" in str(error) else "is no time",
                "RFC 3339, such as 2026-01-31T12:00:00Z",
            ) from None
    if isinstance(metadata, list):
        # One client's encoder writes an empty table as an empty array.
        if metadata:
            raise invalid_field(f"events[{index}].metadata", "is an array", "an object of texts")
        metadata = None
    if value is not None and not isinstance(value, str):
        value = msgspec.json.encode(value).decode()
    return SentEvent(
        name=event.name or "",
        id=event.id or "",
        value=value or None,
        metadata=metadata,
        timestamp_us=timestamp_us,
        identity_id=event.identity_id or event.identityId or "",
        session_id=event.session_id or event.sessionId or "",
        session_issued_at=int64(
            event.session_issued_at or event.sessionIssuedAt, "events", index, "session_issued_at"
        ),
        session_expires_at=int64(
            event.session_expires_at or event.sessionExpiresAt, "events", index, "session_expires_at"
        ),
        original=event,
    )
