"""Events on the wire: every form that some client sends (wire contract, section 0). Pure."""

from collections.abc import Sized
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.sent import SentEvent, SentEvents, decode_strict
from matsuri.kit.timestamps import parse_datetime
from matsuri.web.bodies import decode
from matsuri.web.messages import USUAL, USUAL_TEXT_MAP, int64, texts

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
                extra_json_schema={USUAL: USUAL_TEXT_MAP},
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


_decoder = msgspec.json.Decoder(EventRequest)


def decode_events(body: bytes, *, batch_events_max: int) -> SentEvents:
    """The events in a JSON body.

    Raises ``InvalidArgument`` for what no leniency covers and for too many events.
    """
    usual = decode_strict(body)
    if usual is not None:
        _check_count(usual.events, batch_events_max)
        return usual
    events = decode(_decoder, body).events or []
    _check_count(events, batch_events_max)
    return SentEvents([_sent(index, event) for index, event in enumerate(events)])


def _check_count(events: Sized, batch_events_max: int) -> None:
    if len(events) > batch_events_max:
        problem = f"{len(events)} events in one request"
        raise invalid_field("events", problem, f"at most {batch_events_max}")


def _sent(index: int, event: EventMessage) -> SentEvent:
    value = event.value
    if value is not None and not isinstance(value, str):
        value = msgspec.json.encode(value).decode()
    return SentEvent(
        name=event.name or "",
        id=event.id or "",
        value=value,
        metadata=texts(event.metadata, field=f"events[{index}].metadata") or None,
        timestamp=_timestamp(index, event.timestamp),
        identity_id=event.identity_id or event.identityId or "",
        session_id=event.session_id or event.sessionId or "",
        session_issued_at=int64(
            event.session_issued_at or event.sessionIssuedAt, "events", index, "session_issued_at"
        ),
        session_expires_at=int64(
            event.session_expires_at or event.sessionExpiresAt,
            "events",
            index,
            "session_expires_at",
        ),
    )


def _timestamp(index: int, given: str | float | None) -> datetime | None:
    if given is None or given == "":
        return None
    try:
        return parse_datetime(given)
    except ValueError as error:
        raise invalid_field(
            f"events[{index}].timestamp", str(error), "RFC 3339, such as 2026-01-31T12:00:00Z"
        ) from None
