"""What a preview says of runs around the changes of clocks, of Berlin in 2026 for the most part.

Clocks there are put forward on 2026-03-29 from 02:00 to 03:00, back on 2026-10-25 from 03:00 to
02:00.
"""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.clock_notes import run_notes, schedule_notes
from matsuri.live_events.model import LiveEventDefinition, Run, Schedule
from matsuri.live_events.schedule import Timeline

BERLIN = "Europe/Berlin"
MINUTE = 60
HOUR = 3600
DAY = 24 * HOUR
FORWARD = "Clocks are put forward on 2026-03-29 from 02:00 to 03:00"
BACK = "Clocks are put back on 2026-10-25 from 03:00 to 02:00"


def at(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def schedule(cron: str, duration: int, start: str, zone: str = BERLIN) -> Schedule:
    return Schedule(
        start_time_sec=at(start, zone), reset_cron=cron, duration_sec=duration, time_zone=zone
    )


def first_runs(of: Schedule, count: int, zone: str = "") -> list[Run]:
    timeline = Timeline(LiveEventDefinition(schedule=of), 0, zone)
    return list(islice(timeline.starting_from(0), count))


def notes(of: Schedule, count: int, zone: str = BERLIN) -> list[list[str]]:
    return [run_notes(of, run, zone) for run in first_runs(of, count)]


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 2 * * *", [f"{FORWARD}: the run of 02:30 starts at 03:00."]),
        ("0 2 * * *", [f"{FORWARD}: the run of 02:00 starts at 03:00."]),
        (
            "0,30 2 * * *",
            [f"{FORWARD}: the runs of 02:00 and 02:30 are one, which starts at 03:00."],
        ),
        ("30 2,3 * * *", [f"{FORWARD}: the run of 02:30 starts at 03:00."]),
        (
            "0 2,3 * * *",
            [f"{FORWARD}: the runs of 02:00 and 03:00 are one, which starts at 03:00."],
        ),
        (
            "*/10 2 * * *",
            [f"{FORWARD}: the runs of 02:00 to 02:50 are one, which starts at 03:00."],
        ),
        ("0 3 * * *", []),
        ("59 1 * * *", []),
    ],
)
def test_a_run_of_a_time_that_is_left_out(cron: str, told: list[str]) -> None:
    of = schedule(cron, MINUTE, "2026-03-29T01:59")
    assert notes(of, 1) == [told]


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("30 2 * * *", [f"{BACK}: 02:30 comes twice, and the run starts the first time."]),
        ("0 2 * * *", [f"{BACK}: 02:00 comes twice, and the run starts the first time."]),
        ("59 1 * * *", []),
        ("0 3 * * *", []),
    ],
)
def test_a_run_of_a_time_that_comes_twice(cron: str, told: list[str]) -> None:
    of = schedule(cron, MINUTE, "2026-10-25T01:00")
    assert notes(of, 1) == [told]


@pytest.mark.parametrize(
    ("duration", "told"),
    [
        (DAY, ["Clocks are changed meanwhile: it lasts 23 hours."]),
        (6 * HOUR, ["Clocks are changed meanwhile: it ends at 05:00."]),
        (4 * HOUR, []),
        (DAY + 2 * HOUR, ["Clocks are changed meanwhile: it lasts 1 day 1 hour."]),
    ],
)
def test_a_run_in_which_clocks_are_put_forward(duration: int, told: list[str]) -> None:
    of = schedule("0 22 * * SAT", duration, "2026-03-28T12:00")
    assert notes(of, 2) == [told, []]


def test_a_run_in_which_clocks_are_put_back() -> None:
    of = schedule("0 18 * * FRI", 2 * DAY, "2026-10-23T12:00")
    assert notes(of, 1) == [["Clocks are changed meanwhile: it lasts 2 days 1 hour."]]


def test_where_clocks_are_not_changed_nothing_is_told() -> None:
    of = schedule("30 2 * * *", DAY, "2026-03-20T12:00", "Asia/Tokyo")
    assert notes(of, 30, "Asia/Tokyo") == [[]] * 30


def test_a_single_run_has_no_notes() -> None:
    of = Schedule(start_time_sec=at("2026-03-28T12:00"), end_time_sec=at("2026-03-30T12:00"))
    (run,) = first_runs(of, 1)
    assert run_notes(of, run, BERLIN) == []
    assert schedule_notes(of, [run], BERLIN) == []


def test_half_an_hour_counts_too() -> None:
    of = schedule("0 2 * * *", HOUR, "2026-10-04T00:00", "Australia/Lord_Howe")
    forward = "Clocks are put forward on 2026-10-04 from 02:00 to 02:30"
    told = [f"{forward}: the run of 02:00 starts at 02:30."]
    assert notes(of, 1, "Australia/Lord_Howe") == [told]


@pytest.mark.parametrize(
    ("cron", "start", "told"),
    [
        ("0 * * * *", "2026-03-29T00:00", [f"{FORWARD}: runs of 02:00 are left out."]),
        (
            "*/20 * * * *",
            "2026-03-29T00:00",
            [f"{FORWARD}: runs of 02:00, 02:20 and 02:40 are left out."],
        ),
        ("0 * * * *", "2026-10-25T00:00", [f"{BACK}: runs of 02:00 come twice."]),
        ("0 * * * *", "2026-03-30T00:00", []),
        ("0 * * * MON", "2026-03-29T00:00", []),
        ("0 2,3 * * *", "2026-03-29T00:00", []),
    ],
)
def test_runs_that_follow_real_time(cron: str, start: str, told: list[str]) -> None:
    of = schedule(cron, MINUTE, start)
    runs = first_runs(of, 24)
    assert schedule_notes(of, runs, BERLIN) == told
    if cron.split()[1] == "*":
        assert not any(run_notes(of, run, BERLIN) for run in runs)


def test_runs_that_cut_each_other_short_are_told_of() -> None:
    of = schedule("0 22 * * *", 2 * DAY, "2026-01-01T00:00")
    assert schedule_notes(of, first_runs(of, 5), BERLIN) == [
        "Runs end where the next one begins, before 2 days are over."
    ]
    assert schedule_notes(of, first_runs(of, 1), BERLIN) == []
    whole = schedule("0 22 * * *", DAY, "2026-03-20T00:00")
    assert schedule_notes(whole, first_runs(whole, 20), BERLIN) == []


def test_local_runs_have_the_notes_of_the_player_s_zone() -> None:
    of = Schedule(
        start_time_sec=at("2026-03-29T00:00", "UTC"),
        reset_cron="30 * * * *",
        duration_sec=MINUTE,
        player_local=True,
    )
    runs = first_runs(of, 4, BERLIN)
    assert [run.start_us // MICROSECONDS for run in runs][2] == at("2026-03-29T03:00")
    told = [run_notes(of, run, BERLIN) for run in runs]
    assert told == [[], [], [f"{FORWARD}: the run of 02:30 starts at 03:00."], []]
    assert schedule_notes(of, runs, BERLIN) == []
