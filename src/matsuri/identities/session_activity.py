"""What events tell of the sessions that they belong to. Pure."""

from collections.abc import Iterable

from matsuri.events.model import SESSION_START, EventBatch
from matsuri.identities.model import SessionActivity
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.timestamps import LATEST_US


def session_activity(batch: EventBatch, session_id: str, profile_key: int) -> SessionActivity:
    """What a batch, which has at least one event, adds to its session."""
    times = [event.timestamp_us for event in batch.events]
    starts = [event for event in batch.events if event.name == SESSION_START]
    country = (starts[0].metadata or {}).get("countryCode", "") if starts else ""
    issued_us = batch.session_issued_at * MICROSECONDS
    # One client sends whatever its memory holds: that is no time.
    told_us = issued_us if 0 < issued_us <= LATEST_US else None
    return SessionActivity(
        session_id=session_id,
        profile_key=profile_key,
        started_us=min((event.timestamp_us for event in starts), default=told_us),
        first_event_us=min(times),
        last_event_us=max(times),
        # The start is the session itself, not something that happened in it.
        event_count=len(batch.events) - len(starts),
        country=country,
        api_key=batch.api_key,
        opened_here=bool(starts),
    )


def combine_activity(activity: Iterable[SessionActivity]) -> list[SessionActivity]:
    """One item for each session and profile."""
    rows: dict[tuple[str, int], SessionActivity] = {}
    for item in activity:
        key = item.session_id, item.profile_key
        known = rows.get(key)
        rows[key] = item if known is None else _combined(known, item)
    return list(rows.values())


def _combined(known: SessionActivity, item: SessionActivity) -> SessionActivity:
    # The session's own start knows best; else who spoke first keeps the word.
    best, other = (item, known) if item.opened_here else (known, item)
    return SessionActivity(
        session_id=item.session_id,
        profile_key=item.profile_key,
        started_us=other.started_us if best.started_us is None else best.started_us,
        first_event_us=min(known.first_event_us, item.first_event_us),
        last_event_us=max(known.last_event_us, item.last_event_us),
        event_count=known.event_count + item.event_count,
        country=best.country or other.country,
        api_key=best.api_key or other.api_key,
        opened_here=best.opened_here,
    )


def session_duration_us(*, started_us: int | None, first_event_us: int, last_event_us: int) -> int:
    """From the start of a session, else its first event, to its last event; never below 0.

    The last event may be earlier than the start where the sender's clock was slow.
    """
    return max(0, last_event_us - (first_event_us if started_us is None else started_us))
