"""What is done to live events in the console, and what drafts are."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from matsuri.definitions.model import Definition, Edit
from matsuri.errors import FailedPrecondition
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events import actions
from matsuri.live_events.edit import EditLimits, edited
from matsuri.live_events.model import LiveEventDefinition, Pause, RunStop, Schedule
from matsuri.live_events.source import LiveEventCompiler
from matsuri.live_events.standing import EventState, standing
from matsuri.live_events.worldwide import world_runs
from tests.unit.live_events.worlds import (
    DAY_S,
    EVENINGS,
    HOUR_S,
    MIDNIGHT_S,
    NIGHTS,
    NOW_S,
    NOW_US,
    ON,
    catalog,
    live_event,
)

LIMITS = EditLimits(former_schedules_max=3, stops_max=10)
Event = Definition[LiveEventDefinition]


def changed(event: Event, changes: actions.Changes, *, at_s: int = NOW_S) -> Event:
    """The event as it is stored after changes."""
    after = msgspec.structs.replace(event, body=msgspec.structs.replace(event.body, **changes))
    edit = Edit(at_s * MICROSECONDS, "somebody")
    return msgspec.structs.replace(event, body=edited(event, after, edit, LIMITS))


def created(schedule: Schedule = NIGHTS, **body: object) -> Event:
    event = live_event(schedule=schedule, created_us=NOW_US, **body)
    stored = edited(None, event, Edit(NOW_US, "somebody"), LIMITS)
    return msgspec.structs.replace(event, body=stored)


def starts(event: Event, until_s: int) -> list[int]:
    runs = world_runs(event.body, event.created_us).between(0, until_s * MICROSECONDS)
    return [run.start_us // MICROSECONDS for run in runs]


def state(event: Event, at_s: int = NOW_S) -> EventState:
    return standing(event, at_s * MICROSECONDS).state


def test_a_draft_has_no_runs_and_gives_nothing() -> None:
    event = created(draft=True)
    assert starts(event, NOW_S + 10 * DAY_S) == []
    assert state(event) is EventState.DRAFT
    assert LiveEventCompiler()(catalog(event)).by_name == {}
    local = created(EVENINGS, draft=True)
    assert starts(local, NOW_S + 10 * DAY_S) == []


def test_what_is_launched_has_the_runs_from_then_on() -> None:
    later_s = NOW_S + 2 * DAY_S
    event = changed(created(draft=True), {"draft": False}, at_s=later_s)
    assert event.body.launched_time_sec == later_s
    # The one that is on as it is launched is the first.
    first_s = MIDNIGHT_S + 2 * DAY_S + 22 * HOUR_S
    assert first_s < later_s
    assert starts(event, later_s + DAY_S) == [first_s, first_s + DAY_S]
    assert list(LiveEventCompiler()(catalog(event)).by_name) == [event.name]


def test_a_draft_forgets_the_schedules_that_it_had() -> None:
    event = created(draft=True)
    for hour in range(10):
        schedule = msgspec.structs.replace(NIGHTS, reset_cron=f"0 {hour} * * *")
        event = changed(event, {"schedule": schedule}, at_s=NOW_S + hour * DAY_S)
    assert event.body.former_schedules == ()
    launched = changed(event, {"draft": False}, at_s=NOW_S + 20 * DAY_S)
    again = changed(launched, {"schedule": NIGHTS}, at_s=NOW_S + 21 * DAY_S)
    assert len(again.body.former_schedules) == 1
    assert starts(again, NOW_S + 30 * DAY_S)[0] >= NOW_S + 20 * DAY_S - 2 * HOUR_S


def test_what_was_launched_is_no_draft_again() -> None:
    event = changed(created(draft=True), actions.launched(created(draft=True).body))
    assert state(event) is EventState.ACTIVE
    with pytest.raises(FailedPrecondition, match="no draft any more"):
        changed(event, {"draft": True})
    with pytest.raises(FailedPrecondition, match="it was launched before"):
        actions.launched(event.body)


def test_a_draft_can_be_put_away() -> None:
    away = changed(created(draft=True), actions.archived(created(draft=True).body))
    assert state(away) is EventState.ARCHIVED
    back = changed(away, actions.unarchived(away.body))
    assert state(back) is EventState.DRAFT
    assert back == created(draft=True)
    both = changed(created(draft=True), {"draft": False, "archived": True})
    assert starts(both, NOW_S + 10 * DAY_S) == []
    assert state(changed(both, {"archived": False})) is EventState.DRAFT


def test_what_is_made_archived_is_a_draft() -> None:
    event = created(archived=True)
    assert state(event) is EventState.ARCHIVED
    assert starts(event, NOW_S + 10 * DAY_S) == []
    assert state(changed(event, {"archived": False})) is EventState.DRAFT


def test_stopped_and_resumed() -> None:
    event = created()
    stopped = changed(event, actions.stopped(event.body, NOW_US))
    assert state(stopped) is EventState.STOPPED
    later_s = NOW_S + 2 * DAY_S
    resumed = changed(stopped, actions.resumed(stopped.body), at_s=later_s)
    assert resumed.body.pauses == (Pause(from_time_sec=NOW_S, until_time_sec=later_s),)
    assert not [s for s in starts(resumed, later_s + 3 * DAY_S) if NOW_S < s < later_s]
    assert len(starts(resumed, later_s + 3 * DAY_S)) > 2


@pytest.mark.parametrize(
    ("body", "action", "message"),
    [
        ({"archived": True}, lambda body: actions.stopped(body, NOW_US), "is archived"),
        ({"draft": True}, lambda body: actions.stopped(body, NOW_US), "is a draft"),
        ({"stopped_time_sec": 1}, lambda body: actions.stopped(body, NOW_US), "stopped already"),
        ({}, actions.resumed, "is not stopped"),
        ({"archived": True, "stopped_time_sec": 1}, actions.resumed, "take it out"),
        ({"archived": True}, actions.archived, "archived already"),
        ({}, actions.unarchived, "is not archived"),
        ({}, actions.launched, "launched before"),
    ],
)
def test_what_does_not_go(body: dict[str, object], action: object, message: str) -> None:
    assert callable(action)
    with pytest.raises(FailedPrecondition, match=message) as caught:
        action(live_event(**body).body)
    assert caught.value.details[0]["field"] in {"archived", "draft", "stopped_time_sec"}


def test_one_run_ends_early_and_goes_on() -> None:
    event = created()
    key = str(MIDNIGHT_S + 22 * HOUR_S)
    stopped = changed(event, actions.run_stopped(event, key, NOW_US))
    assert stopped.body.run_stops == (RunStop(run=key, at_time_sec=NOW_S),)
    assert state(stopped) is EventState.UPCOMING
    with pytest.raises(FailedPrecondition, match="no run"):
        actions.run_stopped(stopped, key, NOW_US)
    later_us = NOW_US + 600 * MICROSECONDS
    back = changed(stopped, actions.run_resumed(stopped, key, later_us), at_s=NOW_S + 600)
    assert state(back, NOW_S + 600) is EventState.ACTIVE
    with pytest.raises(FailedPrecondition, match="is stopped"):
        actions.run_resumed(back, key, later_us)


def test_a_run_that_is_to_come_can_be_left_out() -> None:
    event = created()
    key = str(MIDNIGHT_S + DAY_S + 22 * HOUR_S)
    stopped = changed(event, actions.run_stopped(event, key, NOW_US))
    assert state(stopped) is EventState.ACTIVE
    assert int(key) in starts(event, NOW_S + 3 * DAY_S)
    assert int(key) not in starts(stopped, NOW_S + 3 * DAY_S)
    later_s = NOW_S + HOUR_S
    back = changed(stopped, actions.run_resumed(stopped, key, later_s * MICROSECONDS), at_s=later_s)
    assert int(key) in starts(back, NOW_S + 3 * DAY_S)


def test_a_run_whose_time_is_over_stays_as_it_was() -> None:
    event = created()
    key = str(MIDNIGHT_S + 22 * HOUR_S)
    over_us = NOW_US + DAY_S * MICROSECONDS
    with pytest.raises(FailedPrecondition, match="is on or to come"):
        actions.run_stopped(event, key, over_us)
    stopped = changed(event, actions.run_stopped(event, key, NOW_US))
    with pytest.raises(FailedPrecondition, match="is over"):
        actions.run_resumed(stopped, key, over_us)


@pytest.mark.parametrize("key", ["", "x", "7", "9" * 5000, "-1", "٣"])
def test_what_is_no_run_is_told(key: str) -> None:
    with pytest.raises(FailedPrecondition, match="no run"):
        actions.run_stopped(created(), key, NOW_US)


def test_a_copy_is_a_draft_with_nothing_of_what_happened() -> None:
    event = created(explicit_join=True)
    for at_s, changes in ((1, {"stopped_time_sec": 1}), (2, {"stopped_time_sec": 0})):
        event = changed(event, changes, at_s=NOW_S + at_s)
    event = changed(event, {"schedule": ON, "archived": True}, at_s=NOW_S + 3)
    copied = actions.copied(event.body, NOW_US)
    assert copied == LiveEventDefinition(
        schedule=msgspec.structs.replace(
            ON,
            start_time_sec=ON.start_time_sec + DAY_S,
            end_time_sec=ON.end_time_sec + DAY_S,
        ),
        explicit_join=True,
        draft=True,
    )


def berlin(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp())


def test_a_copy_begins_at_the_same_time_of_the_day_by_its_own_clocks() -> None:
    schedule = Schedule(
        start_time_sec=berlin("2026-10-23T18:00"),
        end_time_sec=berlin("2026-10-24T20:00"),
        time_zone="Europe/Berlin",
    )
    body = LiveEventDefinition(schedule=schedule)

    def times(**fields: int) -> tuple[int, int]:
        copied = actions.copied(body, berlin("2026-10-30T19:00") * MICROSECONDS, **fields).schedule
        return copied.start_time_sec, copied.end_time_sec

    assert times() == (berlin("2026-10-31T18:00"), berlin("2026-11-01T20:00"))
    assert times(start_s=berlin("2027-03-27T18:00")) == (
        berlin("2027-03-27T18:00"),
        berlin("2027-03-28T20:00"),
    )


def test_a_copy_of_what_is_to_come_has_its_time() -> None:
    coming = msgspec.structs.replace(NIGHTS, start_time_sec=NOW_S + 5)
    assert actions.copied(LiveEventDefinition(schedule=coming), NOW_US).schedule == coming
    local = actions.copied(LiveEventDefinition(schedule=EVENINGS), NOW_US).schedule
    assert local == msgspec.structs.replace(EVENINGS, start_time_sec=MIDNIGHT_S + DAY_S)
