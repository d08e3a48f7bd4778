"""A player's windows, answered from what is stored of the player's events. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from matsuri.filters.facts import Window
from matsuri.filters.player_functions import plain_number
from matsuri.identities.day_entries import DayEntries, Entry, sum_totals
from matsuri.identities.last_times import last_before
from matsuri.identities.series import DAY_S, Series, series_of


class StoredDay(Protocol):
    """One day of a series: sums, and the entries that they are of."""

    @property
    def day(self) -> int:
        """The UTC day, counted from the epoch."""
        ...

    @property
    def events(self) -> int:
        """How many events there were."""
        ...

    @property
    def total(self) -> str | None:
        """The exact sum of their values; ``None`` where none is a number."""
        ...

    def decoded(self) -> DayEntries:
        """The entries."""
        ...


SeriesIds = Callable[[Series], int | None]


class StoredWindows:
    """``filters.facts.Windows`` of one player.

    ``days`` has the days of each series in their order, ``times`` what is kept for good. A window
    of which nothing is kept has no events. ``total`` is exact until it is made a number.
    """

    __slots__ = ("_days", "_series_id", "_times")

    def __init__(
        self,
        series_id: SeriesIds,
        days: Mapping[int, Sequence[StoredDay]],
        times: Mapping[int, Sequence[int]],
    ) -> None:
        self._series_id = series_id
        self._days = days
        self._times = times

    def count(self, window: Window, now_s: int) -> int:
        """See ``Windows.count``."""
        first_s = now_s - window.seconds
        total = 0
        for day in self._days_of(window):
            if _covers(first_s, now_s, day.day):
                total += day.events
            else:
                total += sum(one.events for one in _within(day, first_s, now_s))
        return total

    def total(self, window: Window, now_s: int) -> int | float:
        """See ``Windows.total``."""
        first_s = now_s - window.seconds
        totals: list[Decimal | None] = []
        for day in self._days_of(window):
            if _covers(first_s, now_s, day.day):
                totals.append(None if day.total is None else Decimal(day.total))
            else:
                totals += [one.total for one in _within(day, first_s, now_s)]
        return plain_number(sum_totals(totals) or Decimal(0))

    def days(self, window: Window, now_s: int) -> int:
        """See ``Windows.days``."""
        first_s = now_s - window.seconds
        return sum(
            _covers(first_s, now_s, day.day) or next(_within(day, first_s, now_s), None) is not None
            for day in self._days_of(window)
        )

    def last(self, window: Window, now_s: int) -> int:
        """See ``Windows.last``."""
        return last_before(self._times_of(window), now_s)

    def sequence(self, window: Window, now_s: int) -> bool:
        """See ``Windows.sequence``."""
        return any(time_s <= now_s for time_s in self._times_of(window))

    def next_change(self, window: Window, now_s: int) -> int | None:
        """See ``Windows.next_change``."""
        if window.kind in {"last", "sequence"}:
            later = [time_s for time_s in self._times_of(window) if time_s > now_s]
            return min(later, default=None)
        first_s = now_s - window.seconds
        days = self._days_of(window)
        comes_s = next(_times_after(days, now_s), None)
        leaves_s = _leaves(window, days, first_s, now_s)
        changes = [] if comes_s is None else [comes_s]
        if leaves_s is not None:
            changes.append(leaves_s + window.seconds)
        return min(changes, default=None)

    def _days_of(self, window: Window) -> Sequence[StoredDay]:
        series_id = self._series_id(series_of(window))
        return () if series_id is None else self._days.get(series_id, ())

    def _times_of(self, window: Window) -> Sequence[int]:
        series_id = self._series_id(series_of(window))
        return () if series_id is None else self._times.get(series_id, ())


def _covers(first_s: int, now_s: int, day: int) -> bool:
    """Whether every second of the day is in the window."""
    return first_s < day * DAY_S and (day + 1) * DAY_S - 1 <= now_s


def _within(day: StoredDay, first_s: int, now_s: int) -> Iterator[Entry]:
    """The entries of a day that are in the window."""
    begin_s = day.day * DAY_S
    if begin_s > now_s or begin_s + DAY_S <= first_s:
        return
    for entry in day.decoded():
        if first_s < begin_s + entry.second <= now_s:
            yield entry


def _times_after(days: Sequence[StoredDay], time_s: int) -> Iterator[int]:
    """When something is after ``time_s``, in order."""
    for day in days:
        begin_s = day.day * DAY_S
        if begin_s + DAY_S > time_s:
            for entry in day.decoded():
                if begin_s + entry.second > time_s:
                    yield begin_s + entry.second


def _leaves(window: Window, days: Sequence[StoredDay], first_s: int, now_s: int) -> int | None:
    """When the event was that is the first to leave the window and to be missed."""
    for day in days:
        times = [day.day * DAY_S + entry.second for entry in _within(day, first_s, now_s)]
        if times:
            # A day counts until its last event leaves.
            return times[-1] if window.kind == "days" else times[0]
    return None
