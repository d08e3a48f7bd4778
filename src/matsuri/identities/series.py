"""What is kept of players' events so that windows can be answered: series. Pure.

Windows with the same event and condition share one series, which reaches back as far as the
longest of them needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from matsuri.filters.facts import Window

DAY_S: Final = 86_400
WHOLE_HISTORY_S: Final = 2**40
"""The reach of what is kept for good."""
ANY_DAY: Final = 2**31
"""After every day that an event can have."""
LATE_S: Final = 7 * DAY_S
"""How late events may come and still be found to be a sequence with those before them."""


class SeriesKind(StrEnum):
    """What is kept of the events."""

    COUNTED = "counted"
    """How many there were when, and the sums of their values, as long as a window needs them."""
    LAST = "last"
    """When the last one was."""
    SEQUENCE = "sequence"
    """When ``then`` first came within ``seconds`` after ``event``."""


class Series(msgspec.Struct, frozen=True):
    """Events named ``event`` that meet ``condition``, if that is not empty.

    ``then`` and ``seconds`` are those of a sequence.
    """

    kind: SeriesKind
    event: str
    condition: str = ""
    then: str = ""
    seconds: int = 0


class KeptSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A series as it is kept for every player.

    Entries stay for ``kept_s``; windows of up to ``ready_s`` are complete. Days before
    ``kept_from_day`` may be gone, or not all there. ``surplus_since_us`` is since when more is
    kept than any filter needs. One that is ``removing`` is answered by nothing any more.
    """

    id: int
    series: Series
    kept_s: int
    ready_s: int = 0
    kept_from_day: int
    surplus_since_us: int | None = None
    removing: bool = False


class Backfill(msgspec.Struct, frozen=True, kw_only=True):
    """What a series lacks: events at positions before ``before_position`` on earlier days.

    The days are those before ``before_day``. Every profile key before ``next_key`` is done, and
    ``last_key`` is about the last. Then the series is ready for windows of up to ``reach_s``.
    """

    series_id: int
    reach_s: int
    before_position: int
    before_day: int = ANY_DAY
    next_key: int = 1
    last_key: int


def needs_of(window: Window) -> Mapping[Series, int]:
    """The series that a window needs, each with how far back; the first one answers it."""
    if window.kind == "last":
        return {Series(SeriesKind.LAST, window.event, window.condition): WHOLE_HISTORY_S}
    if window.kind == "sequence":
        reached = Series(
            SeriesKind.SEQUENCE, window.event, then=window.then, seconds=window.seconds
        )
        both = (Series(SeriesKind.COUNTED, name) for name in (window.event, window.then))
        return {reached: WHOLE_HISTORY_S, **dict.fromkeys(both, window.seconds + LATE_S)}
    return {Series(SeriesKind.COUNTED, window.event, window.condition): window.seconds}


def series_of(window: Window) -> Series:
    """The series that answers a window."""
    return next(iter(needs_of(window)))


def reaches_of(windows: Iterable[Window]) -> dict[Series, int]:
    """Every series that these windows need, with how far back the longest of them looks."""
    reaches: dict[Series, int] = {}
    for window in windows:
        for series, reach_s in needs_of(window).items():
            reaches[series] = max(reach_s, reaches.get(series, 0))
    return reaches


class WindowReadiness:
    """Which windows can be answered from what is kept, and how far those are that cannot yet."""

    def __init__(self, kept: Sequence[KeptSeries] = (), backfills: Sequence[Backfill] = ()) -> None:
        self._kept = {each.series: each for each in kept if not each.removing}
        self._backfills = {each.series_id: each for each in backfills}
        self._told = tuple(kept), tuple(backfills)

    def __eq__(self, other: object) -> bool:
        """Whether both know the same."""
        return isinstance(other, WindowReadiness) and self._told == other._told

    def __hash__(self) -> int:
        return hash(self._told)

    @property
    def ready_series(self) -> frozenset[tuple[int, int]]:
        """What decides what is ready: another value whenever any window becomes so, or ceases."""
        return frozenset((each.id, each.ready_s) for each in self._kept.values())

    def series_id(self, series: Series) -> int | None:
        """The id of a series that is kept."""
        found = self._kept.get(series)
        return None if found is None else found.id

    def ready(self, window: Window) -> bool:
        """Whether the window's answers are complete."""
        return all(
            series in self._kept and self._kept[series].ready_s >= reach_s
            for series, reach_s in needs_of(window).items()
        )

    def all_ready(self, windows: Iterable[Window]) -> bool:
        """Whether the answers of all of them are complete."""
        return all(self.ready(window) for window in windows)

    def percent(self, windows: Iterable[Window]) -> int:
        """How much of what ``windows`` need is there: 0 to 100, and 100 only if all of it is."""
        parts = [
            self._part(series, reach_s) for series, reach_s in reaches_of(windows).items()
        ] or [1.0]
        return int(100 * sum(parts) / len(parts))

    def progress(self, window: Window) -> int:
        """``percent`` of one window."""
        return self.percent([window])

    def _part(self, series: Series, reach_s: int) -> float:
        kept = self._kept.get(series)
        if kept is None:
            return 0.0
        if kept.ready_s >= reach_s:
            return 1.0
        backfill = self._backfills.get(kept.id)
        if backfill is None:
            return 0.0
        done = (backfill.next_key - 1) / max(backfill.last_key, 1)
        # The last step makes it ready; keys that came since the beginning are no part of it.
        return min(done, 0.99)
