"""The events that Matsuri itself writes of an identity. Pure."""

from matsuri.events.model import (
    IDENTIFY,
    IDENTITY_CREATE,
    SESSION_START,
    Event,
    EventBatch,
    Source,
)
from matsuri.identities.model import Identity, Session
from matsuri.kit.ids import derived_id


def identity_created(identity: Identity, *, api_key: str) -> EventBatch:
    """``_identityCreate``: the identity was seen for the first time."""
    event = Event(
        id=derived_id(IDENTITY_CREATE, str(identity.key)),
        name=IDENTITY_CREATE,
        timestamp_us=identity.created_us,
        id_given=True,
    )
    return _batch(identity, event, api_key=api_key, at_us=identity.created_us)


def session_started(identity: Identity, session: Session) -> EventBatch:
    """``_sessionStart``: a session began; the metadata tell the client's country, if known."""
    event = Event(
        id=derived_id(SESSION_START, session.id),
        name=SESSION_START,
        timestamp_us=session.started_us,
        metadata={"countryCode": session.country} if session.country else None,
        id_given=True,
    )
    return _batch(
        identity,
        event,
        api_key=session.api_key,
        at_us=session.started_us,
        session_id=session.id,
    )


def identified(
    identity: Identity, *, from_id: str, session_id: str, api_key: str, at_us: int
) -> EventBatch:
    """``_identify``: a session went on under a known id; the metadata tell the id before."""
    event = Event(
        id=derived_id(IDENTIFY, session_id),
        name=IDENTIFY,
        timestamp_us=at_us,
        metadata={"fromIdentityId": from_id},
        id_given=True,
    )
    return _batch(identity, event, api_key=api_key, at_us=at_us, session_id=session_id)


def _batch(
    identity: Identity, event: Event, *, api_key: str, at_us: int, session_id: str = ""
) -> EventBatch:
    return EventBatch(
        received_us=at_us,
        source=Source.SYSTEM,
        api_key=api_key,
        identity_id=identity.id,
        profile_key=identity.key,
        session_id=session_id,
        session_issued_at=0,
        session_expires_at=0,
        events=[event],
    )
