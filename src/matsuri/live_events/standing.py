"""Where a live event stands at a time, as the whole world sees it. Pure."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from matsuri.definitions.model import Definition
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import END_S
from matsuri.live_events.model import LiveEventDefinition, Run
from matsuri.live_events.worldwide import world_runs


class EventState(StrEnum):
    """Where a live event stands.

    ``upcoming`` is also one between two runs. ``stopped`` is one that has no runs until somebody
    resumes it.
    """

    DRAFT = "draft"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    ENDED = "ended"
    STOPPED = "stopped"
    ARCHIVED = "archived"


class Standing(msgspec.Struct, frozen=True):
    """Where a live event stands: its state, the runs that are on, and the next one.

    Several are on only where times are local to players: then each of them is on somewhere.
    """

    state: EventState
    on: Sequence[Run]
    next: Run | None


def standing(definition: Definition[LiveEventDefinition], now_us: int) -> Standing:
    """Where it stands at a time, microseconds since the epoch."""
    body = definition.body
    if body.archived:
        return Standing(EventState.ARCHIVED, (), None)
    if body.draft:
        return Standing(EventState.DRAFT, (), None)
    runs = world_runs(body, definition.created_us)
    on, following = [], None
    for run in runs.between(now_us, END_S * MICROSECONDS):
        if run.start_us > now_us:
            following = run
            break
        on.append(run)
    if on:
        state = EventState.ACTIVE
    elif body.stopped_time_sec:
        state = EventState.STOPPED
    else:
        state = EventState.ENDED if following is None else EventState.UPCOMING
    return Standing(state, on, following)


def ends_by_stop(body: LiveEventDefinition, run: Run) -> bool:
    """Whether a run ends, or ended, when it or the whole live event was stopped."""
    stops = {
        *(each.at_time_sec for each in body.run_stops if each.run == run.key),
        *(each.from_time_sec for each in body.pauses),
        body.stopped_time_sec,
    }
    return run.end_us // MICROSECONDS in stops
