"""Adding what events tell to what is stored for windows, and finding sequences in it.

The pipeline does this with what is new, and the backfill with what is old: one function, so that
both come to the same, in any order.
"""

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy.engine import Connection

from matsuri.identities.day_entries import DayEntries, first_sequence, intervals
from matsuri.identities.last_times import last_times
from matsuri.identities.series import DAY_S
from matsuri.identities.tracked_events import Place, SequenceParts, Tally, TrackedEvents
from matsuri.identities.window_store import (
    erase_windows,
    load_days,
    load_players,
    load_series_days,
    load_times,
    put_days,
    put_times,
)

Days = dict[Place, dict[int, DayEntries]]


def add_tally(connection: Connection, tally: Tally, tracked: TrackedEvents, *, now_s: int) -> None:
    """Store what ``tally`` adds, and every sequence that is reached by it."""
    merged = _add_days(connection, tally.days)
    _add_times(connection, tally.times, lambda times: last_times(times, now_s=now_s))
    for sequence in tracked.sequences:
        _find_sequences(connection, sequence, merged)


def add_moments(connection: Connection, moments: Mapping[Place, int]) -> None:
    """Store when sequences were reached, if they were not reached before that."""
    _add_times(connection, {place: {moment} for place, moment in moments.items()}, _first)


def move_windows(
    connection: Connection, tracked: TrackedEvents, *, from_key: int, into_key: int, now_s: int
) -> None:
    """Give all that is stored of one player to another."""
    days, times = load_players(connection, [from_key])
    reached = {sequence.series_id for sequence in tracked.sequences}
    tally = Tally()
    for series_id, rows in days.get(from_key, {}).items():
        tally.days[into_key, series_id] = {row.day: row.decoded() for row in rows}
    moments = {}
    for series_id, told in times.get(from_key, {}).items():
        if series_id in reached:
            moments[into_key, series_id] = told[0]
        else:
            tally.times[into_key, series_id] = set(told)
    erase_windows(connection, from_key)
    add_moments(connection, moments)
    add_tally(connection, tally, tracked, now_s=now_s)


def _add_days(connection: Connection, added: Mapping[Place, Mapping[int, DayEntries]]) -> Days:
    """Every day that something is added to, as it is then."""
    places_of: dict[int, list[Place]] = {}
    for place, days in added.items():
        for day in days:
            places_of.setdefault(day, []).append(place)
    merged: Days = {}
    changed: dict[tuple[int, int, int], DayEntries] = {}
    for day, places in places_of.items():
        stored = load_days(connection, day, places)
        for place in places:
            entries = stored.get(place, added[place][day])
            if place in stored:
                entries.merge(added[place][day])
            merged.setdefault(place, {})[day] = changed[*place, day] = entries
    put_days(connection, changed)
    return merged


def _add_times(
    connection: Connection,
    added: Mapping[Place, set[int]],
    needed: Callable[[Iterable[int]], list[int]],
) -> None:
    """Store what is ``needed`` of all times, where that changes."""
    if not added:
        return
    stored = load_times(connection, added)
    changed = {}
    for place, times in added.items():
        before = stored.get(place, [])
        after = needed([*before, *times])
        if after != before:
            changed[place] = after
    put_times(connection, changed)


def _first(times: Iterable[int]) -> list[int]:
    return [min(times)]


def _find_sequences(connection: Connection, parts: SequenceParts, merged: Days) -> None:
    """Store what is reached by the days in ``merged``, with what else is stored."""
    found: dict[Place, int] = {}
    firsts = {key: days for (key, series_id), days in merged.items() if series_id == parts.first_id}
    seconds = {key: days for (key, series_id), days in merged.items() if series_id == parts.then_id}
    keys = firsts.keys() | seconds.keys()
    if not keys:
        return
    reached = load_times(connection, [(key, parts.series_id) for key in keys])
    ahead = {
        key: days
        for key, days in firsts.items()
        if _may_add(reached.get((key, parts.series_id)), days)
    }
    behind = {
        key: days
        for key, days in seconds.items()
        if _may_add(reached.get((key, parts.series_id)), days)
    }
    for key, moment in _pairs(connection, parts, ahead, behind):
        place = (key, parts.series_id)
        found[place] = min(moment, found.get(place, moment))
    add_moments(connection, found)


def _may_add(reached: list[int] | None, days: Mapping[int, DayEntries]) -> bool:
    """Whether entries of ``days`` may be part of a sequence that was reached earlier."""
    return reached is None or min(days) * DAY_S < reached[0]


def _pairs(
    connection: Connection,
    parts: SequenceParts,
    ahead: Mapping[int, Mapping[int, DayEntries]],
    behind: Mapping[int, Mapping[int, DayEntries]],
) -> Iterable[tuple[int, int]]:
    """Each player with a time at which the sequence was reached; perhaps several for one."""
    days_within = parts.within_s // DAY_S + 1
    if ahead:
        first_day = min(min(days) for days in ahead.values())
        last_day = max(max(days) for days in ahead.values()) + days_within
        stored = load_series_days(
            connection, parts.then_id, ahead, first_day=first_day, last_day=last_day
        )
        for key, days in stored.items():
            moment = first_sequence(intervals(ahead[key]), intervals(days), within_s=parts.within_s)
            if moment is not None:
                yield key, moment
    if behind:
        first_day = min(min(days) for days in behind.values()) - days_within
        last_day = max(max(days) for days in behind.values())
        stored = load_series_days(
            connection, parts.first_id, behind, first_day=first_day, last_day=last_day
        )
        for key, days in stored.items():
            moment = first_sequence(
                intervals(days), intervals(behind[key]), within_s=parts.within_s
            )
            if moment is not None:
                yield key, moment
