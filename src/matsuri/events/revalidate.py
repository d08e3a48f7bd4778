"""Would a refused event pass now, and as what? Pure."""

from typing import Any, NamedTuple

import msgspec

from matsuri.events.model import Event, RejectedEvent, Source
from matsuri.events.sent import SentEvent
from matsuri.events.taxonomy import Taxonomy
from matsuri.events.validate import EventLimits, Rejection, check_session_id, validate
from matsuri.kit.ids import derived_id
from matsuri.kit.timestamps import microseconds

EVENT_ERROR = "_eventError"

_decoder = msgspec.json.Decoder(SentEvent)


class Owner(NamedTuple):
    """Whose event it is and in which session, as its sender said it."""

    identity_id: str
    session_id: str
    issued_at: int
    expires_at: int


def sent_event(rejected: RejectedEvent) -> SentEvent | None:
    """The event as it was sent; ``None`` where its payload was too long to be kept whole."""
    try:
        return _decoder.decode(rejected.payload)
    except (msgspec.MsgspecError, ValueError):
        return None


def revalidate(
    row_id: int, rejected: RejectedEvent, *, taxonomy: Taxonomy, limits: EventLimits
) -> Event | Rejection | None:
    """The event as it would be kept now, or why it is still refused; ``None`` if it was cut off.

    Its id, or one that follows from ``row_id``, counts as given: a replay must not count twice.
    Without a time of its own it happened when it was received.
    """
    sent = sent_event(rejected)
    if sent is None:
        return None
    if rejected.source is Source.SERVER:
        refused = check_session_id(sent.session_id)
        if refused is not None:
            return refused
    event = validate(
        name=sent.name,
        event_id=sent.id,
        new_id=derived_id("rejected", str(row_id)),
        value=sent.value,
        metadata=sent.metadata,
        timestamp_us=None if sent.timestamp is None else microseconds(sent.timestamp),
        received_us=rejected.received_us,
        taxonomy=taxonomy,
        limits=limits,
    )
    if isinstance(event, Rejection):
        return event
    return msgspec.structs.replace(event, id_given=True)


def owner_of(rejected: RejectedEvent) -> Owner:
    """Whose a refused event that was kept whole is."""
    sent = sent_event(rejected)
    if sent is None or rejected.source is not Source.SERVER:
        return Owner(rejected.identity_id, rejected.session_id, 0, 0)
    return Owner(sent.identity_id, sent.session_id, sent.session_issued_at, sent.session_expires_at)


def shown_payload(rejected: RejectedEvent) -> dict[str, Any]:
    """The event as it was sent, as a JSON object, with the problem in its metadata.

    Satori shows it so. Empty where the payload was cut off.
    """
    try:
        payload: dict[str, Any] = msgspec.json.decode(rejected.payload, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError):
        return {}
    return {**payload, "metadata": {**payload.get("metadata", {}), EVENT_ERROR: rejected.problem}}
