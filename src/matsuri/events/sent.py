"""Events as they are sent, in the form in which most clients send them. Pure.

``decode_strict`` reads that form and nothing else, straight into what is checked next. What it
does not read may still be good: ``events/wire.py`` forgives what the contract forgives.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

# Until the year 9999; what is beyond is no time, and refused or forgiven elsewhere.
Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]


class SentEvent(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """One event as it was sent. Empty texts and 0 stand for what was not given.

    The last four say for whom a back-end script sends it; within a session they mean nothing.
    """

    name: str
    id: str = ""
    value: str | None = None
    metadata: dict[str, str] | None = None
    timestamp: datetime | None = None
    identity_id: str = ""
    session_id: str = ""
    session_issued_at: Seconds = 0
    session_expires_at: Seconds = 0


class TextsKnown(msgspec.Struct, frozen=True):
    """What a whole request tells of each text in it, so that each need not be looked at.

    No event is larger than ``bytes_max``. ``storable`` means that no text can hold what a store
    refuses (see ``kit/texts.py``).
    """

    bytes_max: int
    storable: bool


NOTHING_KNOWN = TextsKnown(bytes_max=2**63, storable=False)


class SentEvents(msgspec.Struct, frozen=True):
    """The events of one request, and what is known of their texts."""

    events: list[SentEvent]
    known: TextsKnown = NOTHING_KNOWN


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    events: list[SentEvent] = []


_decoder = msgspec.json.Decoder(_Strict)


def decode_strict(body: bytes) -> SentEvents | None:
    """The events of a JSON body in the usual form; ``None`` for any other body."""
    try:
        events = _decoder.decode(body).events
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    # JSON has no raw NUL and its UTF-8 no surrogates: both can only come as an escape.
    return SentEvents(events, TextsKnown(bytes_max=len(body), storable=b"\\u" not in body))
