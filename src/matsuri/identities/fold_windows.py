"""A pipeline step: events are added to the series that windows of filters need."""

from sqlalchemy.engine import Connection

from matsuri.events.model import EventBatch, ProfileErased, ProfileMerged
from matsuri.events.pipeline import Work
from matsuri.identities.add_windows import add_tally, move_windows
from matsuri.identities.series import KeptSeries
from matsuri.identities.series_store import load_series
from matsuri.identities.tracked_events import Tally, TrackedEvents
from matsuri.kit.clock import MICROSECONDS


class FoldWindows:
    """Adds what is left of a stretch; ``FollowMerges`` and ``Deduplicate`` go before.

    Which series there are is read with every stretch, in its transaction: a series that is added
    at a position has every event from there on, and no other. ``FoldProfiles`` removes what is
    stored of erased players.
    """

    def __init__(self) -> None:
        self._kept: list[KeptSeries] = []
        self._tracked = TrackedEvents()

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        tracked = self._current(load_series(connection))
        if not tracked:
            return
        now_s = work.now_us // MICROSECONDS
        tally = Tally()
        for entry in work.entries:
            if isinstance(entry, EventBatch):
                _take(tally, entry, tracked, now_s=now_s)
            elif isinstance(entry, ProfileMerged):
                from_key, into_key = entry.from_key, entry.into_key
                tally.move(from_key=from_key, into_key=into_key)
                move_windows(connection, tracked, from_key=from_key, into_key=into_key, now_s=now_s)
            elif isinstance(entry, ProfileErased):
                tally.erase(entry.profile_key)
        add_tally(connection, tally, tracked, now_s=now_s)

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: nothing is kept in memory but what is read with every stretch."""

    def _current(self, kept: list[KeptSeries]) -> TrackedEvents:
        """The series as they can be asked; conditions are compiled when they change."""
        if kept != self._kept:
            self._kept, self._tracked = kept, TrackedEvents(kept)
        return self._tracked


def _take(tally: Tally, batch: EventBatch, tracked: TrackedEvents, *, now_s: int) -> None:
    key = batch.profile_key
    if not key:
        return
    for event in batch.events:
        takers = tracked.takers.get(event.name)
        if takers is not None:
            tally.take(key, event, takers, now_s=now_s)
