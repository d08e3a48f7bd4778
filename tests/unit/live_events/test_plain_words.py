"""Schedules in plain words."""

from datetime import UTC, datetime

import pytest

from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import Schedule
from matsuri.live_events.plain_words import duration_words, local_time, schedule_words

START = int(datetime(2026, 11, 6, 18, tzinfo=UTC).timestamp())
DAY = 86_400


def words(cron: str, **fields: object) -> str:
    given = {"start_time_sec": START, "reset_cron": cron, "duration_sec": 2 * DAY, **fields}
    return schedule_words(Schedule(**given))  # type: ignore[arg-type] # the fields of a schedule


@pytest.mark.parametrize(
    ("cron", "often"),
    [
        ("0 18 * * FRI", "Every Friday at 18:00"),
        ("0 18 * * fri,mon", "Every Friday and Monday at 18:00"),
        ("0 18 * * 1-5", "Every Monday through Friday at 18:00"),
        ("0 18 * * *", "Every day at 18:00"),
        ("30 9,18 * * *", "Every day at 09:30 and 18:30"),
        ("0 6,12,18 * * SUN", "Every Sunday at 06:00, 12:00, and 18:00"),
        ("0 18 * DEC FRI", "Every Friday in December at 18:00"),
        ("0 18 * 12 *", "Every day in December at 18:00"),
        ("0 0 25 12 *", "On December 25 at 00:00"),
        ("0 0 1 * *", "On the first day of every month at 00:00"),
        ("0 0 1,15 * *", "On the first and the 15th day of month at 00:00"),
        ("0 0 L * *", "On the last day of every month at 00:00"),
        ("0 18 * * FRI#1", "On the first Friday of the month at 18:00"),
        ("0 18 13 * FRI", "On the 13th day of month and every Friday at 18:00"),
        ("0 18 */2 * FRI", "On every second day of month if it's on Friday at 18:00"),
        ("*/15 * * * *", "Every 15th minute of every hour"),
        ("0 * * * *", "At the start of every hour"),
    ],
)
def test_how_often(cron: str, often: str) -> None:
    told = words(cron, time_zone="Europe/Berlin")
    assert told == f"{often} (Europe/Berlin) for 2 days, from 2026-11-06 19:00 on."


def test_until_when_and_where() -> None:
    end = START + 28 * DAY
    assert words("0 18 * * FRI", end_time_sec=end) == (
        "Every Friday at 18:00 (UTC) for 2 days, from 2026-11-06 18:00 to 2026-12-04 18:00."
    )
    # What clocks show where the player is, is told as it is given.
    assert words("0 18 * * FRI", time_zone="Asia/Tokyo", player_local=True) == (
        "Every Friday at 18:00 where the player is for 2 days, from 2026-11-06 18:00 on."
    )


def test_a_single_run() -> None:
    once = Schedule(start_time_sec=START, end_time_sec=START + DAY, time_zone="Asia/Tokyo")
    assert schedule_words(once) == "Once, from 2026-11-07 03:00 to 2026-11-08 03:00 (Asia/Tokyo)."
    local = Schedule(start_time_sec=START, end_time_sec=START + DAY, player_local=True)
    assert schedule_words(local) == (
        "Once, from 2026-11-06 18:00 to 2026-11-07 18:00 where the player is."
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (60, "1 minute"),
        (7200, "2 hours"),
        (DAY + 3661, "1 day 1 hour 1 minute 1 second"),
        (90 * DAY, "90 days"),
        (0, "no time"),
    ],
)
def test_lengths_of_time(seconds: int, told: str) -> None:
    assert duration_words(seconds) == told


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("", "2026-11-06T18:00:00+00:00"),
        ("America/St_Johns", "2026-11-06T14:30:00-03:30"),
        ("Asia/Kathmandu", "2026-11-06T23:45:00+05:45"),
        ("-00:30", "2026-11-06T17:30:00-00:30"),
    ],
)
def test_local_times(zone: str, told: str) -> None:
    assert local_time(START * MICROSECONDS, zone) == told
