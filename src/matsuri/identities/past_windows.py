"""Windows over players' events as stored history tells them, for series that are not kept. Pure.

What comes out is what would be kept of the same events, once they were brought in.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from matsuri.events.analytics import EventRow
from matsuri.filters.facts import Window
from matsuri.identities.day_entries import DayEntries, first_sequence, intervals
from matsuri.identities.last_times import last_times
from matsuri.identities.past_events import PastEvents, PastJob
from matsuri.identities.series import Backfill, KeptSeries, Series, reaches_of
from matsuri.identities.stored_windows import StoredWindows
from matsuri.identities.tracked_events import Place, Tally, TrackedEvents
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.numbers import format_number

_EARLIEST_DAY: Final = -(2**31)
_WHOLE_LOG: Final = 2**63 - 1


class PastDay(NamedTuple):
    """A ``StoredDay`` that is stored nowhere."""

    day: int
    entries: DayEntries

    @property
    def events(self) -> int:
        """See ``StoredDay``."""
        return self.entries.events

    @property
    def total(self) -> str | None:
        """See ``StoredDay``."""
        total = self.entries.total
        return None if total is None else format_number(total)

    def decoded(self) -> DayEntries:
        """See ``StoredDay``."""
        return self.entries


class PastWindows:
    """Collects the events that ``asked`` windows are about, as of ``now_us``.

    ``names`` are those of the events that it needs, and ``from_day`` is the first day of which it
    needs any.
    """

    def __init__(self, asked: Iterable[Window], *, now_us: int) -> None:
        jobs = [
            _job(number, *need) for number, need in enumerate(reaches_of(asked).items(), start=1)
        ]
        self.names = sorted({name for job in jobs for name in job.names})
        days = [job.from_day(now_us) for job in jobs]
        self.from_day = max(min(days, default=_EARLIEST_DAY), _EARLIEST_DAY)
        self._now_s = now_us // MICROSECONDS
        self._events = PastEvents(jobs, now_us=now_us)
        self._ids = {job.kept.series: job.kept.id for job in jobs}
        self._sequences = TrackedEvents(job.kept for job in jobs).sequences

    def take(self, rows: Iterable[EventRow]) -> None:
        """Add rows; each once, in any order."""
        self._events.take(rows)

    def of(self, keys: Collection[int], merged: Mapping[int, int]) -> dict[int, StoredWindows]:
        """The windows of each of ``keys``, when everything was taken; to be called once.

        ``merged`` are other keys under which events of these players came.
        """
        tally = self._events.tally
        moments: dict[Place, int] = {}
        for (key, series_id), moment in self._events.moments().items():
            _add_earlier(moments, (merged.get(key, key), series_id), moment)
        for key, player in merged.items():
            tally.move(from_key=key, into_key=player)
        self._find_across(tally, moments, set(merged.values()))
        days: dict[int, dict[int, Sequence[PastDay]]] = {}
        for (key, series_id), entries in tally.days.items():
            in_order = [PastDay(day, entries[day]) for day in sorted(entries)]
            days.setdefault(key, {})[series_id] = in_order
        times: dict[int, dict[int, Sequence[int]]] = {}
        for (key, series_id), told in tally.times.items():
            times.setdefault(key, {})[series_id] = last_times(told, now_s=self._now_s)
        for (key, series_id), moment in moments.items():
            times.setdefault(key, {})[series_id] = [moment]
        return {
            key: StoredWindows(self._ids.get, days.get(key, {}), times.get(key, {})) for key in keys
        }

    def _find_across(self, tally: Tally, moments: dict[Place, int], keys: Collection[int]) -> None:
        """Find sequences with one event from a profile and the other from one merged into it.

        As with what is kept, these are found among days that are kept alone.
        """
        for parts in self._sequences:
            for key in keys:
                moment = first_sequence(
                    intervals(tally.days.get((key, parts.first_id), {})),
                    intervals(tally.days.get((key, parts.then_id), {})),
                    within_s=parts.within_s,
                )
                if moment is not None:
                    _add_earlier(moments, (key, parts.series_id), moment)


def _add_earlier(moments: dict[Place, int], place: Place, moment: int) -> None:
    moments[place] = min(moment, moments.get(place, moment))


def _job(series_id: int, series: Series, reach_s: int) -> PastJob:
    """A series of which everything is lacking."""
    kept = KeptSeries(id=series_id, series=series, kept_s=reach_s, kept_from_day=_EARLIEST_DAY)
    lacks = Backfill(
        series_id=series_id, reach_s=reach_s, before_position=_WHOLE_LOG, last_key=_WHOLE_LOG
    )
    return PastJob(kept, lacks)
