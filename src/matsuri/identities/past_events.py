"""What stored history adds to series that lack it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from matsuri.events.analytics import EventRow
from matsuri.events.model import Event
from matsuri.identities.day_entries import DayEntries, Interval, first_sequence, intervals
from matsuri.identities.series import DAY_S, Backfill, KeptSeries, SeriesKind
from matsuri.identities.series_changes import first_day
from matsuri.identities.tracked_events import Place, Taker, Tally, taker_of
from matsuri.kit.clock import MICROSECONDS


class PastJob(NamedTuple):
    """A series and what it lacks."""

    kept: KeptSeries
    backfill: Backfill

    @property
    def names(self) -> set[str]:
        """The events that it is about."""
        return {self.kept.series.event, self.kept.series.then} - {""}

    def from_day(self, now_us: int) -> int:
        """The first day that it needs anything of."""
        return first_day(self.backfill.reach_s, now_us=now_us)


class PastEvents:
    """Collects what the rows of some players add to series.

    A sequence is decided from everything that is told of a player, whatever its age.
    """

    def __init__(self, jobs: Iterable[PastJob], *, now_us: int) -> None:
        self.tally = Tally()
        self._now_s = now_us // MICROSECONDS
        self._counting: dict[str, list[tuple[PastJob, int, Taker]]] = {}
        self._sequences: list[PastJob] = []
        self._ordered: dict[str, list[PastJob]] = {}
        # Entries of the events that sequences are about: by sequence, player and name.
        self._played: dict[tuple[Place, str], dict[int, DayEntries]] = {}
        for job in jobs:
            if job.kept.series.kind is SeriesKind.SEQUENCE:
                self._sequences.append(job)
                for name in job.names:
                    self._ordered.setdefault(name, []).append(job)
            else:
                told = (job, job.from_day(now_us), taker_of(job.kept))
                self._counting.setdefault(job.kept.series.event, []).append(told)

    def take(self, rows: Iterable[EventRow]) -> None:
        """Add rows; each once, in any order."""
        for row in rows:
            if row.profile_key:
                self._count(row)
                self._order(row)

    def _count(self, row: EventRow) -> None:
        day = row.time_us // MICROSECONDS // DAY_S
        takers = [
            taker
            for job, from_day, taker in self._counting.get(row.name, ())
            if row.position < job.backfill.before_position
            and from_day <= day < job.backfill.before_day
        ]
        if takers:
            event = Event(row.event_id, row.name, row.time_us, row.value, row.metadata)
            self.tally.take(row.profile_key, event, takers, now_s=self._now_s)

    def _order(self, row: EventRow) -> None:
        day, second = divmod(row.time_us // MICROSECONDS, DAY_S)
        for job in self._ordered.get(row.name, ()):
            if row.position < job.backfill.before_position:
                place = row.profile_key, job.kept.id
                days = self._played.setdefault((place, row.name), {})
                days.setdefault(day, DayEntries()).add(second)

    def moments(self) -> Mapping[Place, int]:
        """When each sequence was first reached, for those players who did."""
        found = {}
        for job in self._sequences:
            series = job.kept.series
            for place, name in list(self._played):
                if place[1] != job.kept.id or name != series.event:
                    continue
                moment = first_sequence(
                    self._intervals(place, series.event),
                    self._intervals(place, series.then),
                    within_s=series.seconds,
                )
                if moment is not None:
                    found[place] = moment
        return found

    def _intervals(self, place: Place, name: str) -> Sequence[Interval]:
        return intervals(self._played.get((place, name), {}))
