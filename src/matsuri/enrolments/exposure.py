"""The event that tells of a player's first exposure to a phase. Pure."""

from collections.abc import Mapping

from matsuri.enrolments.model import Part
from matsuri.events.model import EXPERIMENT_EXPOSURE, Event, EventBatch, Source
from matsuri.identities.model import Identity
from matsuri.kit.ids import derived_id


def exposed(
    identity: Identity, part: Part, metadata: Mapping[str, str], *, at_us: int
) -> EventBatch:
    """``_experimentExposure``: counts once for a player and a part, however often it is sent."""
    event = Event(
        id=derived_id(EXPERIMENT_EXPOSURE, f"{identity.key}:{part.part}"),
        name=EXPERIMENT_EXPOSURE,
        timestamp_us=at_us,
        metadata=dict(metadata),
        id_given=True,
    )
    return EventBatch(
        received_us=at_us,
        source=Source.SYSTEM,
        api_key="",
        identity_id=identity.id,
        profile_key=identity.key,
        session_id="",
        session_issued_at=0,
        session_expires_at=0,
        events=[event],
    )
