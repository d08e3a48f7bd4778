"""Entries of erased players in log records are overwritten, byte for byte. Pure.

A redacted record is as long as it was, and every other entry of it is as it was, in its place.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from matsuri.events.model import (
    DeviceMarked,
    Dismissed,
    EventBatch,
    LogEntry,
    ProfileErased,
    ProfileMerged,
    Redacted,
    RejectedEvent,
    Replay,
    encode_entries,
)
from matsuri.events.replays import places_of

_ARRAY_OF_3 = b"\x93"
_BYTES_8, _BYTES_16, _BYTES_32 = 0xC4, 0xC5, 0xC6
_TAG = msgspec.msgpack.encode(str(Redacted.__struct_config__.tag))
_ID_CHARACTER = rb"[A-Za-z0-9_-]"

# What stands in texts of others where the id of an erased player stood.
NAME_ERASED = "[erased]"


class _EventsHead(msgspec.Struct, frozen=True, array_like=True, tag="events", gc=False):
    """As much of an ``EventBatch`` as tells whose it is; the rest is skipped."""

    received_us: int
    source: str
    api_key: str
    identity_id: str
    profile_key: int


class _MergedHead(msgspec.Struct, frozen=True, array_like=True, tag="merged", gc=False):
    """A ``ProfileMerged``, of which nothing is asked."""


class _ErasedHead(msgspec.Struct, frozen=True, array_like=True, tag="erased", gc=False):
    """A ``ProfileErased``, of which nothing is asked."""


class _MarkedHead(msgspec.Struct, frozen=True, array_like=True, tag="marked", gc=False):
    """A ``DeviceMarked``, of which nothing is asked."""


class _DismissedHead(msgspec.Struct, frozen=True, array_like=True, tag="dismissed", gc=False):
    """A ``Dismissed``, of which nothing is asked."""


class _RedactedHead(msgspec.Struct, frozen=True, array_like=True, tag="redacted", gc=False):
    """A ``Redacted``, of which nothing is asked."""


_Numbers = _MergedHead | _ErasedHead | _MarkedHead | _DismissedHead | _RedactedHead
_heads = msgspec.msgpack.Decoder(list[_EventsHead | RejectedEvent | Replay | _Numbers])
_raws = msgspec.msgpack.Decoder(list[msgspec.Raw])
_entry = msgspec.msgpack.Decoder(LogEntry)


class Erased:
    """Whose entries are to go: those of profile keys, and those of no key that name an id.

    Both lead to the *owner*: the number under which what goes is counted.
    """

    def __init__(self, keys: Mapping[int, int], ids: Mapping[str, int]) -> None:
        self.keys = keys
        self.ids = ids
        names = rb"|".join(re.escape(text.encode()) for text in sorted(ids))
        whole = rb"(?<!%s)(?:%s)(?!%s)" % (_ID_CHARACTER, names, _ID_CHARACTER)
        self._named = re.compile(whole) if ids else None

    def owner(self, entry: EventBatch | _EventsHead | RejectedEvent) -> int | None:
        """Whose entry this is; ``None`` for all others."""
        if entry.profile_key:
            return self.keys.get(entry.profile_key)
        if entry.identity_id in self.ids:
            return self.ids[entry.identity_id]
        # The sender's own JSON, perhaps cut off: it may name the player where no field does.
        return self.named_in(entry.payload) if isinstance(entry, RejectedEvent) else None

    def named_in(self, data: bytes) -> int | None:
        """The owner of the first id that stands in ``data`` as a whole."""
        match = self._named.search(data) if self._named is not None else None
        return None if match is None else self.ids[match[0].decode()]

    def without_names(self, text: str) -> str:
        """``text`` with ``NAME_ERASED`` in the place of every id that stands in it as a whole."""
        if self._named is None:
            return text
        return self._named.sub(NAME_ERASED.encode(), text.encode()).decode()


class Redaction(NamedTuple):
    """A redacted payload, and how many entries of each owner went."""

    payload: bytes
    entries: Mapping[int, int]


def redact(payload: bytes, erased: Erased) -> Redaction | None:
    """``payload``, of one log record, without the entries of ``erased``.

    ``None`` where it has none. Merges, erasures and marks stay: they are numbers. Raises
    ``msgspec.MsgspecError`` where the payload is no record.
    """
    if not any(_touches(head, erased) for head in _heads.decode(payload)):
        return None
    raws = [bytes(raw) for raw in _raws.decode(payload)]
    gone: Counter[int] = Counter()
    kept = [_redacted(raw, erased, gone) for raw in raws]
    header = payload[: len(payload) - sum(map(len, raws))]
    return Redaction(header + b"".join(kept), gone)


def _touches(head: object, erased: Erased) -> bool:
    if isinstance(head, _EventsHead | RejectedEvent):
        return erased.owner(head) is not None
    if isinstance(head, Replay):
        return any(_touches(inner, erased) for inner in _heads.decode(head.entries))
    return False


def _redacted(raw: bytes, erased: Erased, gone: Counter[int]) -> bytes:
    """One entry as it is to stand there from now on, as long as it was."""
    entry = _entry.decode(raw)
    if isinstance(entry, ProfileMerged | ProfileErased | DeviceMarked | Dismissed | Redacted):
        return raw
    if isinstance(entry, Replay):
        inner = redact(entry.entries, erased)
        if inner is None:
            return raw
        gone.update(inner.entries)
        # Encoded alone it has the header of a list of one in front.
        again = encode_entries([msgspec.structs.replace(entry, entries=inner.payload)])[1:]
        return again if len(again) == len(raw) else redacted_bytes(len(raw), places_of(entry))
    owner = erased.owner(entry)
    if owner is None:
        return raw
    gone[owner] += 1
    return redacted_bytes(len(raw), places_of(entry))


def redacted_bytes(size: int, places: int) -> bytes:
    """A ``Redacted`` entry, encoded, that is ``size`` bytes long."""
    head = _ARRAY_OF_3 + _TAG + msgspec.msgpack.encode(places)
    rest = size - len(head)
    # A longer header than is needed is as good, so that every size can be had.
    for code, width in ((_BYTES_8, 1), (_BYTES_16, 2), (_BYTES_32, 4)):
        padding = rest - 1 - width
        if padding < 1 << 8 * width:
            return head + bytes([code]) + padding.to_bytes(width, "big") + bytes(padding)
    raise ValueError(f"no entry is {size} bytes long")
