"""A live event that is edited, stopped and resumed, and a worker that tells of it now and then."""

from collections.abc import Sequence

import msgspec
from hypothesis import strategies as st

from matsuri.definitions.model import Definition
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import (
    LIVE_EVENT_KIND,
    FormerSchedule,
    LiveEventDefinition,
    Pause,
    RunStop,
    Schedule,
)
from matsuri.live_events.transitions import Mark, ToldRun, Transition, due, look_from_us
from matsuri.live_events.worldwide import world_runs

CREATED = 1_700_000_000
HOUR = 3600
Event = Definition[LiveEventDefinition]

schedules = st.builds(
    lambda start, length, cron, duration, zone, local: Schedule(
        start_time_sec=CREATED + start,
        end_time_sec=CREATED + start + length if length or not cron else 0,
        reset_cron=cron,
        duration_sec=duration if cron else 0,
        time_zone=zone,
        player_local=local,
    ),
    start=st.integers(-30, 60).map(lambda hours: hours * HOUR),
    length=st.integers(1, 90).map(lambda hours: hours * HOUR),
    cron=st.sampled_from(["", "0 * * * *", "0 */6 * * *", "30 18 * * *"]),
    duration=st.sampled_from([600, 2 * HOUR, 24 * HOUR]),
    zone=st.sampled_from(["", "Europe/Berlin"]),
    local=st.just(False),
)
local_schedules = schedules.map(lambda each: msgspec.structs.replace(each, player_local=True))
moves = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 30 * HOUR)),
    st.tuples(st.just("look"), st.none()),
    st.tuples(st.just("edit"), schedules),
    st.tuples(st.just("stop"), st.none()),
    st.tuples(st.just("resume"), st.none()),
    st.tuples(st.just("stop_run"), st.none()),
    st.tuples(st.just("resume_run"), st.none()),
)
Move = tuple[str, object]


def created(schedule: Schedule) -> Event:
    return Definition(
        id="event-1",
        kind=LIVE_EVENT_KIND,
        name="festival",
        body=LiveEventDefinition(schedule=schedule),
        version=1,
        created_us=CREATED * MICROSECONDS,
        updated_us=CREATED * MICROSECONDS,
    )


def edited(event: Event, move: str, given: object, now: int) -> Event:
    """The event after one of the ``moves``."""
    body = _changed(event, move, given, now)
    if body == event.body:
        return event
    return msgspec.structs.replace(
        event, body=body, version=event.version + 1, updated_us=now * MICROSECONDS
    )


def _changed(event: Event, move: str, given: object, now: int) -> LiveEventDefinition:
    body, replace = event.body, msgspec.structs.replace
    if move == "edit" and isinstance(given, Schedule):
        former = FormerSchedule(schedule=body.schedule, until_time_sec=now)
        return replace(body, schedule=given, former_schedules=(*body.former_schedules, former))
    if move == "stop" and not body.stopped_time_sec:
        return replace(body, stopped_time_sec=now)
    if move == "resume" and body.stopped_time_sec:
        pause = Pause(from_time_sec=body.stopped_time_sec, until_time_sec=now)
        return replace(body, stopped_time_sec=0, pauses=(*body.pauses, pause))
    if move == "stop_run":
        on = next(world_runs(body, event.created_us).between(us(now), us(now) + 1), None)
        if on is not None:
            return replace(body, run_stops=(*body.run_stops, RunStop(run=on.key, at_time_sec=now)))
    if move == "resume_run" and body.run_stops and not body.run_stops[-1].resumed_time_sec:
        *others, last = body.run_stops
        return replace(body, run_stops=(*others, replace(last, resumed_time_sec=now)))
    return body


class Teller:
    """What the worker keeps of the event, without a database."""

    def __init__(self, *, runs_max: int = 200) -> None:
        self.runs: dict[tuple[str, int], ToldRun] = {}
        self.mark: Mark | None = None
        self.told: list[Transition] = []
        self._runs_max = runs_max

    def look(self, event: Event, now: int) -> None:
        """Tell everything that is due."""
        whole = False
        while not whole:
            turn = due(
                event,
                self.runs.values(),
                since_us=look_from_us(event, self.mark),
                now_us=us(now),
                runs_max=self._runs_max,
            )
            self.runs |= {(each.run, each.start_us): each for each in turn.runs}
            self.told += turn.transitions
            self.mark, whole = turn.mark, turn.whole


def play(
    schedule: Schedule, history: Sequence[Move], *tellers: Teller, lag: int = 0
) -> tuple[Event, int]:
    """The event and the time after a history; all tellers look at its end.

    The first one looks where the history says so, at the event as it was ``lag`` seconds before.
    """
    now, event = CREATED, created(schedule)
    states = [(now, event)]
    for move, given in history:
        # Times of definitions are whole seconds: within one, a run could end before it began.
        now += 1
        if move == "wait" and isinstance(given, int):
            now += given
        elif move == "look":
            seen = [each for since, each in states if since <= now - lag]
            if seen:
                tellers[0].look(seen[-1], now)
        else:
            event = edited(event, move, given, now)
            states.append((now, event))
    now += 1
    for teller in tellers:
        teller.look(event, now)
    return event, now


def us(seconds: int) -> int:
    return seconds * MICROSECONDS
