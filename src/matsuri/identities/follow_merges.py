"""A pipeline step: every entry goes to the profile that its identity is now part of.

Requests that are under way while an identity is merged or erased reach the log after that, under
the key that the identity had before.
"""

from collections.abc import Mapping

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.model import (
    DeviceMarked,
    Entry,
    EventBatch,
    ProfileErased,
    ProfileMerged,
    RejectedEvent,
)
from matsuri.events.pipeline import Work
from matsuri.identities.erasure_store import note_stragglers
from matsuri.identities.profile_store import find_tombstones


class FollowMerges:
    """Gives every entry the key of the profile it goes to, and drops what is told of the erased.

    The steps after this one meet only keys whose profiles are there at that point of the log.
    """

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        gone = find_tombstones(connection, profile_keys(work.entries))
        kept: list[Entry | None] = []
        dropped: dict[int, int] = {}
        for origin, entry in zip(work.origins, work.entries, strict=True):
            followed = _follow(entry, gone)
            if isinstance(followed, ProfileMerged):
                gone[followed.from_key] = followed.into_key
            elif isinstance(followed, ProfileErased):
                gone[followed.profile_key] = 0
            elif followed is None and isinstance(entry, EventBatch | RejectedEvent):
                dropped[entry.profile_key] = origin.position
            kept.append(followed)
        # The log still has what is dropped here: it is to be redacted once more.
        note_stragglers(connection, dropped)
        work.replace(kept)

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: nothing is kept in memory."""


def profile_keys(entries: list[Entry]) -> set[int]:
    """The keys of all profiles that ``entries`` speak of."""
    keys: set[int] = set()
    for entry in entries:
        if isinstance(entry, ProfileMerged):
            keys |= {entry.from_key, entry.into_key}
        else:
            keys.add(entry.profile_key)
    return keys - {0}


def _follow(entry: Entry, gone: Mapping[int, int]) -> Entry | None:
    if isinstance(entry, ProfileMerged):
        from_key, into_key = _target(entry.from_key, gone), _target(entry.into_key, gone)
        if from_key in {0, into_key}:
            return None
        if not into_key:
            # What it became part of was erased, and it with that.
            return ProfileErased(at_us=entry.at_us, profile_key=from_key)
        return ProfileMerged(at_us=entry.at_us, from_key=from_key, into_key=into_key)
    if entry.profile_key not in gone:
        return entry
    key = _target(entry.profile_key, gone)
    if isinstance(entry, EventBatch | RejectedEvent | DeviceMarked):
        return msgspec.structs.replace(entry, profile_key=key) if key else None
    return ProfileErased(at_us=entry.at_us, profile_key=key) if key else None


def _target(key: int, gone: Mapping[int, int]) -> int:
    """Where the entries of ``key`` go; 0 for an identity that was erased."""
    # A key leads elsewhere once and for ever, so this ends.
    while key in gone:
        key = gone[key]
    return key
