"""A pipeline step: an event id that came before, for the same identity, counts no more."""

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.event_ids import id_bytes
from matsuri.events.model import Event, EventBatch, ProfileErased, ProfileMerged
from matsuri.events.open_rejected import OpenRejected
from matsuri.events.pipeline import Work
from matsuri.events.store import claim_events, move_seen_events
from matsuri.kit.clock import MICROSECONDS


class Deduplicate:
    """Drops events whose id was seen within the window, and events given twice in one stretch.

    Ids that the server made itself cannot repeat and are not remembered. A new event that was
    refused before, under the same id, is not to be replayed any more: it counts now.
    """

    def __init__(self, open_rejected: OpenRejected) -> None:
        self._open = open_rejected

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        begin = 0
        for index, entry in enumerate(work.entries):
            if isinstance(entry, ProfileMerged):
                # From here on, what either of the two profiles has seen is known to the one.
                self._claim(work, begin, index, connection)
                move_seen_events(connection, from_key=entry.from_key, into_key=entry.into_key)
                self._open.merge(from_key=entry.from_key, into_key=entry.into_key)
                begin = index + 1
            elif isinstance(entry, ProfileErased):
                self._open.erase(entry.profile_key)
        self._claim(work, begin, len(work.entries), connection)

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: ``KeepRejected`` tells what is kept in memory."""

    def _claim(self, work: Work, begin: int, end: int, connection: Connection) -> None:
        """Leave only new events in the entries from ``begin`` up to ``end``, and remember them."""
        given: dict[tuple[int, bytes], int] = {}
        # What is replayed was received long ago, and its id is to be known as long as any other.
        received_us = work.now_us
        for index in range(begin, end):
            batch = work.entries[index]
            if not isinstance(batch, EventBatch):
                continue
            for event in batch.events:
                if event.id_given:
                    claim = (batch.profile_key, id_bytes(event.id))
                    given.setdefault(claim, work.origins[index].position)
                    received_us = max(received_us, batch.received_us)
        if not given:
            return
        new = claim_events(connection, given, received_s=received_us // MICROSECONDS)
        for index in range(begin, end):
            entry = work.entries[index]
            if not isinstance(entry, EventBatch):
                continue
            kept = [event for event in entry.events if _is_new(entry.profile_key, event, new)]
            if self._open:
                self._open.close(connection, entry, kept, now_us=work.now_us)
            if len(kept) < len(entry.events):
                work.duplicates += len(entry.events) - len(kept)
                work.entries[index] = msgspec.structs.replace(entry, events=kept)


def _is_new(profile_key: int, event: Event, new: set[tuple[int, bytes]]) -> bool:
    if not event.id_given:
        return True
    claim = (profile_key, id_bytes(event.id))
    if claim in new:
        # The first of several equal ids in this stretch is the one that counts.
        new.discard(claim)
        return True
    return False
