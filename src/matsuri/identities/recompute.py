"""Profiles from the history that the analytics store keeps. Pure."""

from collections.abc import Iterable, Mapping

from matsuri.events.analytics import EventRow, Merge
from matsuri.events.model import Event, EventBatch, Source
from matsuri.identities.apply_batch import apply_batch
from matsuri.identities.computed import EMPTY, merge
from matsuri.identities.model import Profile


def recompute(
    rows: Iterable[EventRow],
    merges: Iterable[Merge],
    *,
    session_grace_us: int,
    computed_names_max: int,
) -> dict[int, Profile]:
    """The profiles that these events and merges come to, by key; merged ones are gone.

    ``rows`` has every event of every key that is in it or in ``merges``. Both may come in any
    order: what counts is their places in the log.
    """
    steps: list[tuple[int, int, int, EventRow | Merge]] = [
        (merged.position, merged.place, 0, merged) for merged in merges
    ]
    steps += [(row.position, row.place, 1, row) for row in rows]
    steps.sort(key=lambda step: step[:3])
    profiles: dict[int, Profile] = {}
    for _position, _place, _kind, step in steps:
        if isinstance(step, Merge):
            taken = profiles.pop(step.from_key, EMPTY)
            profiles[step.into_key] = merge(profiles.get(step.into_key, EMPTY), taken)
        else:
            profiles[step.profile_key], _session_id = apply_batch(
                profiles.get(step.profile_key, EMPTY),
                batch_of(step),
                session_grace_us=session_grace_us,
                computed_names_max=computed_names_max,
            )
    return profiles


def batch_of(row: EventRow) -> EventBatch:
    """The event of a row as it went through the pipeline, alone in its batch."""
    return EventBatch(
        received_us=row.received_us,
        source=Source(row.source),
        api_key=row.api_key,
        identity_id=row.identity_id,
        profile_key=row.profile_key,
        session_id=row.session_id,
        session_issued_at=0,
        session_expires_at=0,
        events=[
            Event(
                id=row.event_id,
                name=row.name,
                timestamp_us=row.time_us,
                value=row.value,
                metadata=row.metadata,
            )
        ],
    )


def root_of(key: int, merged_into: Mapping[int, int]) -> int:
    """The profile that ``key`` is part of by now."""
    # A key leads elsewhere once and for ever, so this ends.
    while key in merged_into:
        key = merged_into[key]
    return key
