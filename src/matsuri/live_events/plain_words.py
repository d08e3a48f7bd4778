"""Schedules and their runs in plain words, for people who plan them. Pure."""

import re
from datetime import UTC, datetime

from cronsim import CronSim

from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.time_zones import offset_seconds
from matsuri.live_events.model import Schedule

# "At 18:00 on Friday", as the library says it; "on Friday and Monday" are days of each week, but
# there is only one "first Friday of the month" in a month.
_AT = re.compile(
    r"At (?P<times>\d\d:\d\d(?:(?:, and |, | and )\d\d:\d\d)*) (?P<days>every day.*|on .+)"
)
_EVERY_DAY = re.compile(r"(?:^|(?<=and ))on (?=(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)")
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def schedule_words(schedule: Schedule) -> str:
    """When the runs of a schedule are, in one sentence; the schedule must be a right one."""
    where = _where(schedule)
    start = _shown(schedule, schedule.start_time_sec)
    end = _shown(schedule, schedule.end_time_sec) if schedule.end_time_sec else ""
    if not schedule.reset_cron:
        return f"Once, from {start} to {end} {where}."
    until = f" to {end}" if end else " on"
    lasts = duration_words(schedule.duration_sec)
    return f"{_often(schedule.reset_cron)} {where} for {lasts}, from {start}{until}."


def _often(cron: str) -> str:
    """When a cron has its ticks, such as ``Every Friday at 18:00``."""
    # The library needs a time to begin with, which does not matter here.
    told = CronSim(cron, datetime(2000, 1, 1)).explain()  # noqa: DTZ001 # of no zone
    at = _AT.fullmatch(told)
    if at is None:
        return told
    days = _EVERY_DAY.sub("every ", at["days"])
    return f"{days[:1].upper()}{days[1:]} at {at['times']}"


def duration_words(seconds: int) -> str:
    """A length of time such as ``1 day 2 hours``."""
    words = []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            words.append(f"{number} {unit}{'' if number == 1 else 's'}")
    return " ".join(words) or "no time"


def local_time(instant_us: int, zone: str) -> str:
    """What clocks and calendars show in a zone, with how far they are ahead of UTC."""
    instant_s = instant_us // MICROSECONDS
    ahead_s = offset_seconds(zone, instant_s)
    shown = datetime.fromtimestamp(instant_s + ahead_s, UTC)
    sign = "-" if ahead_s < 0 else "+"
    hours, minutes = divmod(abs(ahead_s) // 60, 60)
    return f"{shown:%Y-%m-%dT%H:%M:%S}{sign}{hours:02}:{minutes:02}"


def _where(schedule: Schedule) -> str:
    if schedule.player_local:
        return "where the player is"
    return f"({schedule.time_zone or 'UTC'})"


def _shown(schedule: Schedule, time_s: int) -> str:
    ahead_s = 0 if schedule.player_local else offset_seconds(schedule.time_zone, time_s)
    return f"{datetime.fromtimestamp(time_s + ahead_s, UTC):%Y-%m-%d %H:%M}"
