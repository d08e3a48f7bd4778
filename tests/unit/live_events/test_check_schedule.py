"""What makes a schedule wrong."""

import pytest

from matsuri.kit.wall_clock import END_S
from matsuri.live_events.check_schedule import (
    DURATION_SEC_MAX,
    DURATION_SEC_MIN,
    TIME_ALLOWED,
    ZONE_ALLOWED,
    schedule_problems,
)
from matsuri.live_events.cron import CRON_ALLOWED
from matsuri.live_events.model import Schedule

START_S = 1_700_000_000
HOUR_S = 3600
ONCE = {"start_time_sec": START_S, "end_time_sec": START_S + HOUR_S}
DAILY = {"start_time_sec": START_S, "reset_cron": "0 18 * * *", "duration_sec": HOUR_S}
DURATIONS = f"{DURATION_SEC_MIN} to {DURATION_SEC_MAX}"


def problems(**fields: object) -> list[tuple[str, str, str]]:
    schedule = Schedule(**fields)  # type: ignore[arg-type] # the fields of a schedule
    return [(each.field, each.problem, each.allowed) for each in schedule_problems(schedule, "s")]


@pytest.mark.parametrize(
    "fields",
    [
        ONCE,
        DAILY,
        ONCE | {"end_time_sec": START_S + 1},
        ONCE | {"time_zone": "Europe/Berlin"},
        DAILY | {"time_zone": "+05:45", "player_local": True},
        DAILY | {"duration_sec": DURATION_SEC_MIN},
        DAILY | {"duration_sec": DURATION_SEC_MAX, "end_time_sec": END_S - 1},
        DAILY | {"reset_cron": "0 0 29 2 */7"},
        DAILY | {"reset_cron": "* * * * *"},
        DAILY | {"reset_cron": "5 * * * *", "player_local": True},
    ],
)
def test_what_is_right(fields: dict[str, object]) -> None:
    assert problems(**fields) == []


@pytest.mark.parametrize(
    ("fields", "field", "problem", "allowed"),
    [
        (ONCE | {"start_time_sec": 0}, "start_time_sec", "is no time", TIME_ALLOWED),
        (DAILY | {"start_time_sec": END_S}, "start_time_sec", "is no time", TIME_ALLOWED),
        (ONCE | {"end_time_sec": -1}, "end_time_sec", "is no time", TIME_ALLOWED),
        (ONCE | {"end_time_sec": END_S}, "end_time_sec", "is no time", TIME_ALLOWED),
        (ONCE | {"end_time_sec": START_S}, "end_time_sec", "must be later than the start", ""),
        (
            ONCE | {"end_time_sec": 0},
            "end_time_sec",
            "is missing",
            "only with reset_cron can it be left out",
        ),
        (
            DAILY | {"reset_cron": "0,30 * * * *", "player_local": True},
            "reset_cron",
            "starts 2 runs an hour, and times are local to players",
            "one minute of the hour",
        ),
        (ONCE | {"time_zone": "Mars/Base"}, "time_zone", "is no time zone", ZONE_ALLOWED),
        (ONCE | {"time_zone": "localtime"}, "time_zone", "is no time zone", ZONE_ALLOWED),
        (ONCE | {"time_zone": "../UTC"}, "time_zone", "is no time zone", ZONE_ALLOWED),
        (ONCE | {"time_zone": "U" * 65}, "time_zone", "is no time zone", ZONE_ALLOWED),
        (
            ONCE | {"duration_sec": 60},
            "duration_sec",
            "goes with reset_cron: without, the run is from start to end",
            "",
        ),
        (DAILY | {"reset_cron": "0 25 * * *"}, "reset_cron", "bad hour", CRON_ALLOWED),
        (DAILY | {"reset_cron": "@daily"}, "reset_cron", "has 1 fields, not 5", CRON_ALLOWED),
        (
            DAILY | {"duration_sec": DURATION_SEC_MIN - 1},
            "duration_sec",
            "is out of range",
            DURATIONS,
        ),
        (
            DAILY | {"duration_sec": DURATION_SEC_MAX + 1},
            "duration_sec",
            "is out of range",
            DURATIONS,
        ),
        (
            DAILY | {"end_time_sec": START_S + 60},
            "reset_cron",
            "leaves no run between start and end",
            "",
        ),
        (
            DAILY | {"reset_cron": "0 0 */30 2 MON#5"},
            "reset_cron",
            "leaves no run between start and end",
            "",
        ),
    ],
)
def test_what_is_wrong(fields: dict[str, object], field: str, problem: str, allowed: str) -> None:
    assert problems(**fields) == [(f"s.{field}", problem, allowed)]


def test_everything_is_told_at_once() -> None:
    found = problems(
        start_time_sec=0, end_time_sec=-1, reset_cron="x", duration_sec=1, time_zone="Moon"
    )
    assert [field for field, _, _ in found] == [
        "s.start_time_sec",
        "s.end_time_sec",
        "s.time_zone",
        "s.reset_cron",
        "s.duration_sec",
    ]


def test_a_run_that_clocks_leave_out_is_none() -> None:
    # From 2:10 to 2:50 where clocks go from 2 to 3, in local times.
    left_out = {"start_time_sec": 1_774_750_200, "end_time_sec": 1_774_752_600}
    berlin = {"time_zone": "Europe/Berlin", "player_local": True}
    assert problems(**left_out) == []
    assert problems(**left_out, **berlin) == [
        ("s.end_time_sec", "leaves no run between start and end", "")
    ]
