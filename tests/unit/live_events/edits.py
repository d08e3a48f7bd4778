"""A live event that somebody edits, stops and resumes, as it is stored after each change."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st

from matsuri.definitions.model import Definition, Edit
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.edit import EditLimits, edited
from matsuri.live_events.model import (
    LIVE_EVENT_KIND,
    LiveEventDefinition,
    RunStop,
    Schedule,
)
from matsuri.live_events.schedule import Timeline

# An hour before clocks in Europe are put forward.
CREATED_S = 1_774_742_400
HOUR_S = 3600
DAY_S = 86_400
LIMITS = EditLimits(former_schedules_max=100, stops_max=1000)
Event = Definition[LiveEventDefinition]

crons = st.sampled_from(
    ["", "0 * * * *", "0 */6 * * *", "30 18 * * *", "30 2 * * *", "0 0 * * SUN", "*/40 2,3 * * *"]
)
durations = st.sampled_from([600, HOUR_S, 7 * HOUR_S, 24 * HOUR_S, 50 * HOUR_S])
zones = st.sampled_from(["", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"])


def _schedule(
    start: int, length: int, cron: str, duration: int, zone: str, *, local: bool
) -> Schedule:
    start_s = CREATED_S + start
    return Schedule(
        start_time_sec=start_s,
        end_time_sec=start_s + length if length or not cron else 0,
        reset_cron=cron,
        duration_sec=duration if cron else 0,
        time_zone=zone,
        player_local=local,
    )


def schedules(*, local: bool) -> st.SearchStrategy[Schedule]:
    """Schedules around the time at which the event is made."""
    return st.builds(
        _schedule,
        start=st.one_of(
            st.integers(-72, 72).map(lambda hours: hours * HOUR_S),
            st.integers(-3 * HOUR_S, 3 * HOUR_S),
        ),
        length=st.one_of(
            st.just(0), st.integers(1, 2 * HOUR_S), st.integers(1, 90).map(lambda n: n * HOUR_S)
        ).map(lambda length: length or 3 * HOUR_S),
        cron=crons,
        duration=durations,
        zone=zones,
        local=st.just(local),
    ) | st.builds(
        _schedule,
        start=st.just(0),
        length=st.just(0),
        cron=crons.filter(bool),
        duration=durations,
        zone=zones,
        local=st.just(local),
    )


class Move(NamedTuple):
    """What somebody does ``after_us`` the last thing; ``schedule`` is that of an edit."""

    name: str
    after_us: int
    schedule: Schedule | None


def moves(schedule: st.SearchStrategy[Schedule]) -> st.SearchStrategy[list[Move]]:
    """What somebody could do to the event."""
    times = st.one_of(
        st.integers(0, 2 * MICROSECONDS),
        st.integers(0, 3 * HOUR_S).map(lambda seconds: seconds * MICROSECONDS),
        st.integers(0, 60).map(lambda hours: hours * HOUR_S * MICROSECONDS),
    )
    names = st.sampled_from(["stop", "resume", "stop_run", "resume_run", "archive"])
    return st.lists(
        st.one_of(
            st.builds(Move, st.just("edit"), times, schedule),
            st.builds(Move, names, times, st.none()),
        ),
        max_size=7,
    )


class Change(NamedTuple):
    """The event before and after somebody changed it at ``at_us``."""

    name: str
    at_us: int
    before: Event
    after: Event


def play(schedule: Schedule, history: Sequence[Move], zone: str = "") -> tuple[Event, list[Change]]:
    """The event in the end, and how it came to that."""
    now_us = CREATED_S * MICROSECONDS
    event = created(schedule, now_us)
    changes = []
    for move in history:
        now_us += move.after_us
        after = change(event, wanted(event, move, now_us, zone), now_us)
        changes.append(Change(move.name, now_us, event, after))
        event = after
    return event, changes


def created(schedule: Schedule, now_us: int = CREATED_S * MICROSECONDS) -> Event:
    """A new live event."""
    event: Event = Definition(
        id="id of e",
        kind=LIVE_EVENT_KIND,
        name="e",
        body=LiveEventDefinition(schedule=schedule),
        created_us=now_us,
    )
    return msgspec.structs.replace(
        event, body=edited(None, event, Edit(now_us=now_us, author="test"), LIMITS)
    )


def change(event: Event, body: LiveEventDefinition, now_us: int) -> Event:
    """The event after somebody wanted that body."""
    after = msgspec.structs.replace(event, body=body)
    return msgspec.structs.replace(
        after, body=edited(event, after, Edit(now_us=now_us, author="test"), LIMITS)
    )


def wanted(event: Event, move: Move, now_us: int, zone: str = "") -> LiveEventDefinition:
    """The body that somebody asks for."""
    body = event.body
    fields = {
        "edit": {"schedule": move.schedule},
        "stop": {"stopped_time_sec": 1},
        "resume": {"stopped_time_sec": 0, "archived": False},
        "archive": {"archived": True},
        "resume_run": {"run_stops": body.run_stops[:-1]},
    }.get(move.name, {})
    if move.name == "stop_run":
        on = Timeline(body, event.created_us, zone).run_at(now_us)
        if on is not None:
            stop = RunStop(run=on.key, at_time_sec=1)
            fields = {"run_stops": (*body.run_stops, stop)}
    return msgspec.structs.replace(body, **fields)
