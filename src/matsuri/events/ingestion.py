"""How much comes in, and how far behind what is made of it: for people who look at a screen.

Prometheus has the same and more; this is kept in memory, and is empty after a start.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from matsuri.kit.clock import MICROSECONDS, Clock

MINUTES_KEPT = 60
_MINUTE_US = 60 * MICROSECONDS
# The log's end is noted once a second; a lag of more than this many seconds is told as so many.
_ENDS_MAX = 3600


class MinuteCount(NamedTuple):
    """Events of one minute; ``start_us`` is when it began, microseconds since the epoch."""

    start_us: int
    accepted: int
    refused: int


class Ingestion(NamedTuple):
    """What came in, minute by minute up to the one that is not over, and the lag of the rest."""

    minutes: Sequence[MinuteCount]
    lag_bytes: int
    lag_us: int


class EventCounts(Protocol):
    """Counts what comes in."""

    def events_taken(self, source: str, *, accepted: int, rejected: Sequence[str]) -> None:
        """So many events were accepted, and these were refused, by reason."""
        ...


class IngestionWatch:
    """Counts events by the minute and tells on; notes how far the log and its reader have come."""

    def __init__(self, counts: EventCounts, *, clock: Clock) -> None:
        self._counts = counts
        self._clock = clock
        self._minutes: deque[MinuteCount] = deque(maxlen=MINUTES_KEPT)
        self._ends: deque[tuple[int, int]] = deque(maxlen=_ENDS_MAX)
        self._lag_bytes = 0

    def events_taken(self, source: str, *, accepted: int, rejected: Sequence[str]) -> None:
        """See ``EventCounts``."""
        self._counts.events_taken(source, accepted=accepted, rejected=rejected)
        start_us = self._clock.now_us() // _MINUTE_US * _MINUTE_US
        minutes = self._minutes
        if minutes and minutes[-1].start_us == start_us:
            last = minutes.pop()
            minutes.append(
                MinuteCount(start_us, last.accepted + accepted, last.refused + len(rejected))
            )
        else:
            minutes.append(MinuteCount(start_us, accepted, len(rejected)))

    def progressed(self, *, end: int, position: int) -> None:
        """The log ends there now, and everything before ``position`` is applied (both in bytes)."""
        now_us = self._clock.now_us()
        self._lag_bytes = max(0, end - position)
        if not self._ends or self._ends[-1][1] != end:
            self._ends.append((now_us, end))
        while self._ends and self._ends[0][1] <= position:
            self._ends.popleft()

    def ingestion(self) -> Ingestion:
        """The last hour's minutes, those without events too, and the lag."""
        now_us = self._clock.now_us()
        last_us = now_us // _MINUTE_US * _MINUTE_US
        known = {each.start_us: each for each in self._minutes}
        starts = range(last_us - (MINUTES_KEPT - 1) * _MINUTE_US, last_us + 1, _MINUTE_US)
        return Ingestion(
            minutes=[known.get(start_us, MinuteCount(start_us, 0, 0)) for start_us in starts],
            lag_bytes=self._lag_bytes,
            # What is not applied was there when the log first ended behind it.
            lag_us=max(0, now_us - self._ends[0][0]) if self._ends else 0,
        )
