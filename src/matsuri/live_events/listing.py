"""Which runs of a live event a player is shown, and when those are. Pure.

The run that is on, and of those before and after it as many as are asked for. A run that has ended
is shown to who took part in it, or, where all could take part without more ado, to who the live
event is for now. One that is still to start is shown to who the live event is for now.
"""

from collections.abc import Iterator
from heapq import merge
from itertools import islice

import msgspec

from matsuri.audiences.membership import Memberships
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import END_S, wall_clock
from matsuri.live_events.compile import CompiledLiveEvent
from matsuri.live_events.model import Run
from matsuri.live_events.schedule import Timeline
from matsuri.live_events.source import LiveEventPlace, LiveEventSet
from matsuri.live_events.timetable import runs_of, timeline_of


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs before and after the one that is on, of each live event.

    Only those that are on at any time from ``from_us`` to ``to_us``, both inclusive.
    """

    past_max: int = 0
    future_max: int = 0
    from_us: int = 0
    to_us: int = END_S * MICROSECONDS

    @property
    def only_on(self) -> bool:
        """Whether only runs that are on are asked for."""
        return not self.past_max and not self.future_max

    @property
    def is_anytime(self) -> bool:
        """Whether all times are within it."""
        return self == RunFilter(past_max=self.past_max, future_max=self.future_max)

    def takes(self, run: Run) -> bool:
        """Whether the run is within the time."""
        return run.start_us <= self.to_us and run.end_us > self.from_us


class ShownRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a player is shown; ``to_join`` where the player would have to join it first.

    ``starts_s`` and ``ends_s`` are when all runs begin and end, seconds since the epoch, 0 for
    never. ``place`` is the player's in the run that is on.
    """

    event: CompiledLiveEvent
    run: Run
    to_join: bool
    starts_s: int
    ends_s: int
    place: LiveEventPlace | None = None


def shown_runs(
    events: LiveEventSet, place: LiveEventPlace, player: Memberships, asked: RunFilter
) -> Iterator[ShownRun]:
    """The runs of one live event, in the order of time."""
    event = place.event
    whole = None
    for run, to_join in _runs(events, place, player, asked):
        if whole is None:
            # Most live events show nothing, and are not looked at any further.
            whole = _whole(event, place.zone)
        yield ShownRun(
            event=event,
            run=run,
            to_join=to_join,
            starts_s=whole[0],
            ends_s=whole[1],
            place=place if run is place.run else None,
        )


def _runs(
    events: LiveEventSet, place: LiveEventPlace, player: Memberships, asked: RunFilter
) -> Iterator[tuple[Run, bool]]:
    """The same, each with whether the player would have to join it first."""
    explicit_join = place.event.body.explicit_join
    known = set() if place.run is None else {place.run.key}
    if asked.past_max:
        past = islice(_past(events, place, player, asked, known), asked.past_max)
        for run in sorted(past, key=lambda each: each.start_us):
            yield run, False
    if place.run is not None and asked.takes(place.run):
        can_join = explicit_join and place.admission is not None
        if place.takes_part or can_join:
            yield place.run, not place.takes_part
    if asked.future_max and place.eligible:
        coming = _future(events, place, player, asked, known)
        for run in islice(coming, asked.future_max):
            yield run, explicit_join


def _past(
    events: LiveEventSet,
    place: LiveEventPlace,
    player: Memberships,
    asked: RunFilter,
    known: set[str],
) -> Iterator[Run]:
    """Those that have ended, the latest first, each once; ``known`` are left out."""
    seen = set(known)
    held = _held(place.event, player)
    theirs = sorted(held.values(), key=_latest_first)
    # Who took part did so where the player was then.
    others = (run for run in _open_past(events, place, player, asked) if run.key not in held)
    for run in merge(theirs, others, key=_latest_first):
        if run.key not in seen and asked.takes(run):
            seen.add(run.key)
            yield run


def _open_past(
    events: LiveEventSet, place: LiveEventPlace, player: Memberships, asked: RunFilter
) -> Iterator[Run]:
    """Those that have ended and were for everybody whom the live event is for."""
    body = place.event.body
    if not place.eligible or body.explicit_join or body.participants_max:
        return
    if asked.is_anytime:
        yield from events.neighbours(place.event, place.zone, player.now_us).past()
        return
    timeline = timeline_of(place.event, place.zone)
    for run in timeline.starting_before(min(player.now_us, asked.to_us + 1)):
        if run.end_us <= asked.from_us:
            return
        if run.end_us <= player.now_us:
            yield run


def _latest_first(run: Run) -> int:
    return -run.start_us


def _held(event: CompiledLiveEvent, player: Memberships) -> dict[str, Run]:
    """The runs that have ended in which the player has a place, by key."""
    if not event.keeps_places:
        return {}
    found = {}
    for part, enrolment in player.enrolments.held.items():
        if part.subject_id != event.definition.id:
            continue
        pieces = runs_of(event, enrolment.time_zone, part.part)
        ended = [each for each in pieces if each.end_us <= player.now_us]
        if ended:
            found[part.part] = ended[-1]
    return found


def _future(
    events: LiveEventSet,
    place: LiveEventPlace,
    player: Memberships,
    asked: RunFilter,
    known: set[str],
) -> Iterator[Run]:
    """Those that are still to start, the earliest first."""
    event = place.event
    if asked.is_anytime:
        runs = events.neighbours(event, place.zone, player.now_us).future()
    else:
        runs = _starting_after(timeline_of(event, place.zone), player.now_us, asked.from_us)
    for run in runs:
        if run.start_us > asked.to_us:
            return
        if run.key in known or (event.local and event.part(run) in player.enrolments.held):
            continue
        yield run


def _starting_after(timeline: Timeline, now_us: int, from_us: int) -> Iterator[Run]:
    """The runs that start after now and end after ``from_us``."""
    if from_us > now_us:
        on = timeline.run_at(from_us)
        if on is not None and now_us < on.start_us < from_us:
            yield on
        yield from timeline.starting_from(from_us)
        return
    yield from timeline.starting_from(now_us + 1)


def _whole(event: CompiledLiveEvent, zone: str) -> tuple[int, int]:
    schedule = event.body.schedule
    starts_s, ends_s = schedule.start_time_sec, schedule.end_time_sec
    if schedule.player_local:
        clock = wall_clock(zone or schedule.time_zone)
        starts_s = clock.first_instant(starts_s)
        ends_s = clock.first_instant(ends_s) if ends_s else 0
    return starts_s, ends_s
