"""How event ids are stored. Pure."""

import uuid

_UUID_CHARS = 36


def id_bytes(event_id: str) -> bytes:
    """The stored form of an event id: 16 bytes of a UUID, else its text after a zero byte."""
    if len(event_id) == _UUID_CHARS:
        try:
            parsed = uuid.UUID(event_id)
        except ValueError:
            parsed = None
        # Only the usual spelling: ids are compared as texts, and other spellings are other ids.
        if parsed is not None and str(parsed) == event_id:
            return parsed.bytes
    return b"\x00" + event_id.encode("utf-8", "surrogatepass")
