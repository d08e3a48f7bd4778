"""What is kept of a live event that is changed."""

import msgspec
import pytest

from matsuri.definitions.model import Edit
from matsuri.errors import FailedPrecondition
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.edit import EditLimits, deletable, edited
from matsuri.live_events.model import (
    FormerSchedule,
    LiveEventDefinition,
    Pause,
    RunStop,
    Schedule,
)
from tests.unit.live_events.edits import CREATED_S, DAY_S, HOUR_S, Event, change, created

ONCE = Schedule(start_time_sec=CREATED_S - HOUR_S, end_time_sec=CREATED_S + DAY_S)
DAILY = Schedule(start_time_sec=CREATED_S, reset_cron="0 18 * * *", duration_sec=HOUR_S)
replace = msgspec.structs.replace


def after(event: Event, seconds: float, **fields: object) -> Event:
    """The event after a change so many seconds after it was made."""
    now_us = int((CREATED_S + seconds) * MICROSECONDS)
    return change(event, replace(event.body, **fields), now_us)


def of_many(count: int) -> list[Schedule]:
    return [replace(ONCE, end_time_sec=CREATED_S + DAY_S + each) for each in range(1, count + 1)]


def test_what_is_the_servers_own_is_not_taken_from_callers() -> None:
    claimed = LiveEventDefinition(
        schedule=ONCE,
        former_schedules=(FormerSchedule(schedule=DAILY, until_time_sec=9),),
        run_stops=(RunStop(run="1", at_time_sec=1),),
        pauses=(Pause(from_time_sec=1, until_time_sec=2),),
        stopped_time_sec=7,
    )
    event = replace(created(ONCE), body=claimed)
    edit = Edit(now_us=CREATED_S * MICROSECONDS, author="test")
    made = edited(None, event, edit, EditLimits(9, 9))
    assert made == LiveEventDefinition(schedule=ONCE)
    later = after(
        created(ONCE), 60, former_schedules=claimed.former_schedules, pauses=claimed.pauses
    )
    assert later.body == LiveEventDefinition(schedule=ONCE)


def test_a_changed_schedule_is_kept_from_the_next_second_on() -> None:
    event = after(created(ONCE), 60.5, schedule=DAILY)
    assert event.body.schedule == DAILY
    assert event.body.former_schedules == (
        FormerSchedule(schedule=ONCE, until_time_sec=CREATED_S + 61),
    )
    assert after(event, 90, description="x").body.former_schedules == event.body.former_schedules


def test_schedules_that_had_no_run_are_not_kept_apart() -> None:
    event = created(replace(ONCE, start_time_sec=CREATED_S + HOUR_S))
    for number in range(5):
        later = Schedule(start_time_sec=CREATED_S + HOUR_S + number, end_time_sec=CREATED_S + DAY_S)
        event = after(event, 60 + number, schedule=later)
    (former,) = event.body.former_schedules
    assert former.until_time_sec == CREATED_S + 65


def test_there_is_a_last_change_of_schedule() -> None:
    event = created(ONCE)
    limits = EditLimits(former_schedules_max=2, stops_max=9)
    first, second, third = of_many(3)
    for number, schedule in enumerate((first, second)):
        event = after(event, 60 * number + 1, schedule=schedule)
    edit = Edit(now_us=(CREATED_S + 500) * MICROSECONDS, author="test")
    wanted = replace(event, body=replace(event.body, schedule=third))
    with pytest.raises(FailedPrecondition, match="The schedule was changed 2 times") as refused:
        edited(event, wanted, edit, limits)
    assert "copy the live event to go on" in str(refused.value)
    # Everything else can still be changed.
    renamed = replace(event, body=replace(event.body, description="x"))
    assert edited(event, renamed, edit, limits).description == "x"


def test_stop_and_resume() -> None:
    event = after(created(ONCE), 60, stopped_time_sec=1)
    assert event.body.stopped_time_sec == CREATED_S + 60
    again = after(event, 70, stopped_time_sec=2, description="x")
    assert again.body.stopped_time_sec == CREATED_S + 60
    resumed = after(again, 80, stopped_time_sec=0)
    assert resumed.body.stopped_time_sec == 0
    assert resumed.body.pauses == (
        Pause(from_time_sec=CREATED_S + 60, until_time_sec=CREATED_S + 80),
    )
    assert after(event, 60.9, stopped_time_sec=0).body.pauses == ()


def test_what_is_archived_is_stopped() -> None:
    archived = after(created(ONCE), 60, archived=True)
    assert archived.body.stopped_time_sec == CREATED_S + 60
    back = after(archived, 90, archived=False)
    assert (back.body.archived, back.body.stopped_time_sec) == (False, CREATED_S + 60)
    assert after(back, 95, stopped_time_sec=0).body.pauses[0].until_time_sec == CREATED_S + 95


def test_stops_of_runs() -> None:
    asked = RunStop(run="5", at_time_sec=1)
    event = after(created(DAILY), 60, run_stops=(asked, asked))
    stop = RunStop(run="5", at_time_sec=CREATED_S + 60)
    assert event.body.run_stops == (stop,)
    assert after(event, 70, run_stops=(asked,)).body.run_stops == (stop,)
    resumed = after(event, 70, run_stops=())
    ended = replace(stop, resumed_time_sec=CREATED_S + 70)
    assert resumed.body.run_stops == (ended,)
    # What is over stays as it was, whatever is said of it.
    assert after(resumed, 80, run_stops=()).body.run_stops == (ended,)
    other = RunStop(run="6", at_time_sec=1)
    assert after(resumed, 80, run_stops=(ended, asked, other)).body.run_stops == (
        ended,
        RunStop(run="5", at_time_sec=CREATED_S + 80),
        RunStop(run="6", at_time_sec=CREATED_S + 80),
    )
    # Within a second it was never stopped.
    assert after(event, 60.5, run_stops=()).body.run_stops == ()


def test_the_oldest_stops_are_forgotten() -> None:
    event = created(DAILY)
    limits = EditLimits(former_schedules_max=9, stops_max=2)
    stops = tuple(RunStop(run=str(each), at_time_sec=1) for each in range(4))
    edit = Edit(now_us=(CREATED_S + 9) * MICROSECONDS, author="test")
    kept = edited(event, replace(event, body=replace(event.body, run_stops=stops)), edit, limits)
    assert [each.run for each in kept.run_stops] == ["2", "3"]


def test_a_draft_has_no_past() -> None:
    draft = created(ONCE)
    draft = replace(draft, body=replace(draft.body, draft=True))
    changed = after(draft, 60, schedule=DAILY)
    assert changed.body == LiveEventDefinition(schedule=DAILY, draft=True)
    launched = after(changed, 90, draft=False)
    assert launched.body.launched_time_sec == CREATED_S + 90
    assert after(launched, 95, launched_time_sec=1).body == launched.body
    with pytest.raises(FailedPrecondition, match="no draft any more"):
        after(launched, 99, draft=True)


@pytest.mark.parametrize(
    ("seconds", "fields", "is_refused"),
    [
        (60, {}, True),
        (-2 * HOUR_S, {}, False),
        (DAY_S, {}, False),
        (60, {"archived": True}, False),
        (60, {"stopped_time_sec": CREATED_S}, False),
        # Clocks somewhere show the time of a run.
        (DAY_S + HOUR_S, {"schedule": replace(ONCE, player_local=True)}, True),
        (DAY_S + 27 * HOUR_S, {"schedule": replace(ONCE, player_local=True)}, False),
    ],
)
def test_what_is_on_is_not_deleted(
    seconds: int, fields: dict[str, object], *, is_refused: bool
) -> None:
    event = created(ONCE)
    event = replace(event, body=replace(event.body, **fields))
    edit = Edit(now_us=(CREATED_S + seconds) * MICROSECONDS, author="test")
    if not is_refused:
        deletable(event, edit)
        return
    with pytest.raises(FailedPrecondition, match="live_event 'e' is on: stop or archive it"):
        deletable(event, edit)
