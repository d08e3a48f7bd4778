"""Which starts and ends of runs are told: each once, whenever somebody looks."""

from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from matsuri.live_events.model import Schedule
from matsuri.live_events.transitions import ToldRun, Transition, TransitionType, gone
from matsuri.live_events.worldwide import world_runs
from tests.unit.live_events.histories import (
    CREATED,
    HOUR,
    Move,
    Teller,
    created,
    edited,
    local_schedules,
    moves,
    play,
    schedules,
    us,
)

STARTED, ENDED = TransitionType.STARTED, TransitionType.ENDED
ONCE = Schedule(start_time_sec=CREATED + HOUR, end_time_sec=CREATED + 3 * HOUR)
HOURLY = Schedule(start_time_sec=CREATED, reset_cron="0 * * * *", duration_sec=600)
histories = st.lists(moves, max_size=12)


def told(teller: Teller) -> list[tuple[TransitionType, int]]:
    return [(each.type, each.at_us // 1_000_000 - CREATED) for each in teller.told]


def alternate(transitions: list[Transition]) -> bool:
    kinds = [each.type for each in transitions]
    return kinds == ([STARTED, ENDED] * len(kinds))[: len(kinds)]


@given(schedules, histories)
def test_what_is_told_are_the_runs_however_often_somebody_looked(
    schedule: Schedule, history: list[Move]
) -> None:
    often, once, in_steps = Teller(), Teller(), Teller(runs_max=2)
    event, now = play(schedule, history, often, once, in_steps)
    runs = list(world_runs(event.body, event.created_us).between(us(CREATED), us(now) + 1))
    expected = [
        (kind, run.key, at_us)
        for run in runs
        for kind, at_us in ((STARTED, run.start_us), (ENDED, run.end_us))
        if at_us <= us(now)
    ]
    for teller in (often, once, in_steps):
        assert [(each.type, each.run, each.at_us) for each in teller.told] == expected
    assert alternate(often.told)


@given(schedules, histories, st.integers(1, 2 * HOUR))
def test_each_start_has_one_end_where_changes_become_known_late(
    schedule: Schedule, history: list[Move], lag: int
) -> None:
    teller = Teller()
    event, now = play(schedule, history, teller, lag=lag)
    by_run: dict[str, list[Transition]] = {}
    for each in teller.told:
        by_run.setdefault(each.run, []).append(each)
    assert all(map(alternate, by_run.values()))
    on = {run.key for run in world_runs(event.body, event.created_us).between(us(now), us(now) + 1)}
    assert {run for run, found in by_run.items() if found[-1].type is STARTED} == on


@given(local_schedules, histories)
def test_runs_of_local_times_are_told_once_for_the_whole_world(
    schedule: Schedule, history: list[Move]
) -> None:
    plain = [(move, given) for move, given in history if move != "edit"]
    often, once = Teller(), Teller()
    play(schedule, plain, often, once)
    by_run: dict[str, list[Transition]] = {}
    for each in often.told:
        by_run.setdefault(each.run, []).append(each)
    assert all(map(alternate, by_run.values()))
    # When a run was to end is told as it was known then; that it did is told alike.
    first, second = (
        sorted((each.run, each.at_us, each.type) for each in teller.told)
        for teller in (often, once)
    )
    assert first == second


def test_a_local_run_is_on_from_the_first_zone_to_the_last() -> None:
    teller = Teller()
    schedule = msgspec.structs.replace(
        ONCE,
        start_time_sec=CREATED + 24 * HOUR,
        end_time_sec=CREATED + 26 * HOUR,
        player_local=True,
    )
    event = created(schedule)
    teller.look(event, CREATED + 60 * HOUR)
    assert told(teller) == [(STARTED, (24 - 14) * HOUR), (ENDED, (26 + 12) * HOUR)]
    source = world_runs(event.body, event.created_us)
    assert source.next_boundary_us(us(CREATED)) == us(CREATED + 10 * HOUR)
    assert source.next_boundary_us(us(CREATED + 10 * HOUR)) == us(CREATED + 38 * HOUR)
    assert source.next_boundary_us(us(CREATED + 38 * HOUR)) is None


def test_a_stop_of_a_local_run_is_one_everywhere() -> None:
    teller = Teller()
    schedule = msgspec.structs.replace(
        ONCE,
        start_time_sec=CREATED + 24 * HOUR,
        end_time_sec=CREATED + 26 * HOUR,
        player_local=True,
    )
    event = created(schedule)
    teller.look(event, CREATED + 12 * HOUR)
    event = edited(event, "stop", None, CREATED + 20 * HOUR)
    teller.look(event, CREATED + 20 * HOUR)
    event = edited(event, "resume", None, CREATED + 25 * HOUR)
    teller.look(event, CREATED + 60 * HOUR)
    assert told(teller) == [
        (STARTED, 10 * HOUR),
        (ENDED, 20 * HOUR),
        (STARTED, 25 * HOUR),
        (ENDED, 38 * HOUR),
    ]


def test_what_began_and_ended_while_nobody_looked_is_told_with_its_times() -> None:
    teller = Teller()
    event = created(HOURLY)
    teller.look(event, CREATED)
    teller.look(event, CREATED + 3 * HOUR)
    first = 3600 - CREATED % 3600
    assert told(teller) == [
        (kind, first + hour * HOUR + plus)
        for hour in range(3)
        for kind, plus in ((STARTED, 0), (ENDED, 600))
        if first + hour * HOUR + plus <= 3 * HOUR
    ]
    assert all(first[1] <= second[1] for first, second in pairwise(told(teller)))


def test_an_end_that_is_put_off_too_late_is_a_new_start() -> None:
    """The end was told before it was known that it had been put off."""
    teller = Teller()
    event = created(ONCE)
    teller.look(event, CREATED + 3 * HOUR + 5)
    longer = msgspec.structs.replace(ONCE, end_time_sec=CREATED + 5 * HOUR)
    teller.look(edited(event, "edit", longer, CREATED + 3 * HOUR - 60), CREATED + 3 * HOUR + 6)
    assert told(teller) == [(STARTED, HOUR), (ENDED, 3 * HOUR), (STARTED, 3 * HOUR)]
    teller.look(edited(event, "edit", longer, CREATED + 3 * HOUR - 60), CREATED + 9 * HOUR)
    assert told(teller)[3:] == [(ENDED, 5 * HOUR)]


def test_the_runs_of_a_deleted_event_end() -> None:
    run = ToldRun(
        event_id="event-1", name="festival", run="5", start_us=us(5), end_us=us(50), on=True
    )
    (end,), (known,) = gone([run], us(20))
    assert (end.type, end.run, end.at_us, known.on) == (ENDED, "5", us(20), False)
    (end,), _ = gone([run], us(90))
    assert end.at_us == us(50)
