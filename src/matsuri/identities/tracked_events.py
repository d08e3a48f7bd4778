"""Which series an event belongs to, and what a stretch of events adds to them. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from matsuri.events.model import Event
from matsuri.filters.compile import compile_condition
from matsuri.filters.facts import EventSeen
from matsuri.filters.problems import FilterError
from matsuri.identities.day_entries import DayEntries
from matsuri.identities.series import DAY_S, WHOLE_HISTORY_S, KeptSeries, Series, SeriesKind
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.numbers import parse_number

Place = tuple[int, int]
"""A profile key and the id of a series."""
Matches = Callable[[EventSeen], bool]


class Taker(NamedTuple):
    """How a series takes events of one name: only their times, or all that is counted.

    ``matches`` is ``None`` where it takes them all. What is more than a day older than
    ``reach_s`` is of no use to it.
    """

    series_id: int
    keeps_last: bool
    matches: Matches | None
    reach_s: int


class SequenceParts(NamedTuple):
    """The ids of a sequence and of the series that it is decided from."""

    series_id: int
    first_id: int
    then_id: int
    within_s: int


class TrackedEvents:
    """The series that are kept, by the names of their events."""

    def __init__(self, kept: Iterable[KeptSeries] = ()) -> None:
        current = [each for each in kept if not each.removing]
        ids = {each.series: each.id for each in current}
        sequences = []
        for each in current:
            series = each.series
            if series.kind is SeriesKind.SEQUENCE:
                parts = [
                    ids.get(Series(SeriesKind.COUNTED, n)) for n in (series.event, series.then)
                ]
                if parts[0] is not None and parts[1] is not None:
                    sequences.append(SequenceParts(each.id, parts[0], parts[1], series.seconds))
        # Two events of any age that come together may be a sequence.
        any_age = {part for each in sequences for part in (each.first_id, each.then_id)}
        takers: dict[str, list[Taker]] = {}
        for each in current:
            if each.series.kind is not SeriesKind.SEQUENCE:
                taker = taker_of(each)
                if each.id in any_age:
                    taker = taker._replace(reach_s=WHOLE_HISTORY_S)
                takers.setdefault(each.series.event, []).append(taker)
        self.takers: Mapping[str, list[Taker]] = takers
        self.sequences = tuple(sequences)

    def __bool__(self) -> bool:
        """Whether any series is kept."""
        return bool(self.takers)


def taker_of(kept: KeptSeries) -> Taker:
    """How a series that is no sequence takes events."""
    series = kept.series
    keeps_last = series.kind is SeriesKind.LAST
    return Taker(kept.id, keeps_last, _matches_of(series.condition), kept.kept_s)


def _matches_of(condition: str) -> Matches | None:
    """What a condition says of an event; ``None`` for all."""
    if not condition:
        return None
    try:
        return compile_condition(condition).matches
    except FilterError:
        # Another version of the server wrote it, and nothing of this one asks for it.
        return lambda _: False


class Tally:
    """What events add to series, by player: entries by day, and times."""

    def __init__(self) -> None:
        self.days: dict[Place, dict[int, DayEntries]] = {}
        self.times: dict[Place, set[int]] = {}

    def __bool__(self) -> bool:
        """Whether anything is added."""
        return bool(self.days or self.times)

    def take(self, key: int, event: Event, takers: Iterable[Taker], *, now_s: int) -> None:
        """Add an event of the player ``key`` to those of ``takers`` whose conditions it meets."""
        time_s = event.timestamp_us // MICROSECONDS
        total = None if event.value is None else parse_number(event.value)
        seen = None
        for taker in takers:
            if time_s < now_s - taker.reach_s - DAY_S:
                continue
            if taker.matches is not None:
                seen = seen or EventSeen(event.value, event.metadata or {}, time_s)
                if not taker.matches(seen):
                    continue
            if taker.keeps_last:
                self.add_time((key, taker.series_id), time_s)
            else:
                self.add((key, taker.series_id), time_s, total)

    def add(self, place: Place, time_s: int, total: Decimal | None) -> None:
        """Add one event to the entries of a series."""
        day, second = divmod(time_s, DAY_S)
        days = self.days.get(place)
        if days is None:
            days = self.days[place] = {}
        entries = days.get(day)
        if entries is None:
            entries = days[day] = DayEntries()
        entries.add(second, total=total)

    def add_time(self, place: Place, time_s: int) -> None:
        """Add a time to those of a series."""
        self.times.setdefault(place, set()).add(time_s)

    def move(self, *, from_key: int, into_key: int) -> None:
        """Give all of one player to another."""
        for key, series_id in [place for place in self.days if place[0] == from_key]:
            into = self.days.setdefault((into_key, series_id), {})
            for day, entries in self.days.pop((key, series_id)).items():
                if day in into:
                    into[day].merge(entries)
                else:
                    into[day] = entries
        for key, series_id in [place for place in self.times if place[0] == from_key]:
            self.times.setdefault((into_key, series_id), set()).update(
                self.times.pop((key, series_id))
            )

    def erase(self, key: int) -> None:
        """Forget a player."""
        self._drop(lambda place: place[0] == key)

    def keep_series(self, series_ids: Collection[int]) -> None:
        """Forget what is added to other series."""
        self._drop(lambda place: place[1] not in series_ids)

    def _drop(self, chosen: Callable[[Place], bool]) -> None:
        for table in (self.days, self.times):
            for place in [place for place in table if chosen(place)]:
                del table[place]
