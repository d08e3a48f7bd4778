"""Events and the entries of the event log.

A log record is a list of entries (``encode_entries``): everything that one request, or one change
of an identity, adds to history. A record is written whole or not at all.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

EVENT_ID_CHARS_MAX = 128

IDENTITY_CREATE = "_identityCreate"
SESSION_START = "_sessionStart"
IDENTIFY = "_identify"
EXPERIMENT_EXPOSURE = "_experimentExposure"
RESERVED_PREFIX = "_"


class Source(StrEnum):
    """Who wrote a batch of events."""

    SESSION = "session"
    """A client, with a session token that this server issued."""
    GAME_SERVER = "game_server"
    """A game server, with a token for a player that it signed itself; no session of ours."""
    SERVER = "server"
    """A back-end script, through ``/v1/server-event``."""
    SYSTEM = "system"
    """Matsuri itself: reserved events."""


class Reason(StrEnum):
    """Why an event was refused (Satori's closed list)."""

    INVALID_NAME = "INVALID_NAME"
    INVALID_VALUE = "INVALID_VALUE"
    INVALID_METADATA = "INVALID_METADATA"
    VALUE_LENGTH_EXCEEDED = "VALUE_LENGTH_EXCEEDED"
    METADATA_SIZE_EXCEEDED = "METADATA_SIZE_EXCEEDED"
    INVALID_ID = "INVALID_ID"


class Event(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """One accepted event.

    ``timestamp_us`` is the producer's time in microseconds since the epoch, ``id_given`` whether
    the producer chose ``id``: only then can the event come twice.
    """

    id: str
    name: str
    timestamp_us: int
    value: str | None = None
    metadata: dict[str, str] | None = None
    id_given: bool = False


class EventBatch(msgspec.Struct, frozen=True, array_like=True, tag="events"):
    """Accepted events of one identity and session, as one caller sent them.

    ``profile_key`` is the identity's key in the store and 0 for events of no identity;
    ``identity_id`` and ``session_id`` are empty where there is none. ``session_issued_at`` and
    ``session_expires_at`` are what a server event told, in seconds since the epoch, else 0.
    ``is_test`` is written by the pipeline: they are a test device's, and count in no metric.
    """

    received_us: int
    source: Source
    api_key: str
    identity_id: str
    profile_key: int
    session_id: str
    session_issued_at: int
    session_expires_at: int
    events: list[Event]
    is_test: bool = False


class RejectedEvent(msgspec.Struct, frozen=True, array_like=True, tag="rejected"):
    """One refused event: ``payload`` is its JSON text as it was understood; and why.

    Long texts, and long payloads, are cut off.
    """

    received_us: int
    source: Source
    api_key: str
    identity_id: str
    profile_key: int
    session_id: str
    event_id: str
    name: str
    reason: Reason
    problem: str
    payload: bytes


class ProfileMerged(msgspec.Struct, frozen=True, array_like=True, tag="merged"):
    """``PUT /v1/identify``: one profile's history became part of another's."""

    at_us: int
    from_key: int
    into_key: int


class ProfileErased(msgspec.Struct, frozen=True, array_like=True, tag="erased"):
    """An identity was deleted: nothing of this profile may remain."""

    at_us: int
    profile_key: int


class DeviceMarked(msgspec.Struct, frozen=True, array_like=True, tag="marked"):
    """From here on a profile is, or is no more, that of a test device.

    ``version`` is that of the identity with the change: a mark that comes late, or again, after
    one with a greater version says nothing.
    """

    at_us: int
    profile_key: int
    is_test: bool
    version: int


class Replay(msgspec.Struct, frozen=True, array_like=True, tag="replay"):
    """What was kept aside goes through the pipeline after all, once however often it is asked.

    ``entries`` is an encoded list of entries. ``rejected_ids`` names, for each event in them and
    in their order, the refused event that it was; ``dead_letter_id`` is the dead letter that the
    entries were, else 0.
    """

    at_us: int
    rejected_ids: list[int]
    dead_letter_id: int
    entries: bytes


class Dismissed(msgspec.Struct, frozen=True, array_like=True, tag="dismissed"):
    """What was kept aside is not wanted: it goes, and does not come back."""

    at_us: int
    rejected_ids: list[int]
    dead_letter_ids: list[int]


class Redacted(msgspec.Struct, frozen=True, array_like=True, tag="redacted"):
    """Where an entry of an erased profile stood: ``events/redact.py`` makes it.

    The padding keeps the record as long as it was, and ``places`` is how many places the entry
    took, so that every position and place in the log stays what it was.
    """

    places: int
    padding: bytes


Entry = EventBatch | RejectedEvent | ProfileMerged | ProfileErased | DeviceMarked
LogEntry = Entry | Replay | Dismissed | Redacted

_encoder = msgspec.msgpack.Encoder(decimal_format="string")
_decoder = msgspec.msgpack.Decoder(list[LogEntry])


def encode_entries(entries: Sequence[LogEntry]) -> bytes:
    """The payload of one log record."""
    return _encoder.encode(entries)


def decode_entries(payload: bytes | memoryview) -> list[LogEntry]:
    """The entries of one log record; raises ``msgspec.MsgspecError`` where it holds none."""
    try:
        return _decoder.decode(payload)
    except (UnicodeDecodeError, RecursionError) as error:
        # msgspec lets these two through as they are.
        raise msgspec.DecodeError(f"not a log record: {error}") from error
