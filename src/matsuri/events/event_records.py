"""Events as they leave the server again: in lists and in exports. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.events.analytics import EventRow
from matsuri.kit.timestamps import format_timestamp

_RFC_3339 = "RFC 3339, UTC."


class EventRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event as it was kept. Fields without anything in them are left out.

    Taken in again by another server under the same ``id``, it counts there once.
    """

    id: str
    name: str
    timestamp: Annotated[str, Meta(description=f"When it happened. {_RFC_3339}")]
    receive_time: Annotated[str, Meta(description=f"When the server received it. {_RFC_3339}")]
    identity_id: Annotated[str, Meta(description="The id under which it was sent.")] = ""
    session_id: str = ""
    value: str = ""
    metadata: dict[str, str] = {}
    source: Annotated[
        str, Meta(description="Who sent it: `session`, `game_server`, `server` or `system`.")
    ] = ""
    api_key: Annotated[str, Meta(description="Name of the API key.")] = ""
    is_test: Annotated[
        bool, Meta(description="Whether a test device sent it: it counts in no metric.")
    ] = False


def record_of(row: EventRow) -> EventRecord:
    """A row of the analytics store as a record."""
    return EventRecord(
        id=row.event_id,
        name=row.name,
        timestamp=format_timestamp(row.time_us),
        receive_time=format_timestamp(row.received_us),
        identity_id=row.identity_id,
        session_id=row.session_id,
        value=row.value or "",
        metadata=row.metadata or {},
        source=row.source,
        api_key=row.api_key,
        is_test=row.is_test,
    )
