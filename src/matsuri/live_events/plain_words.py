"""Schedules and their runs in plain words, for people who plan them. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cronsim import CronSim

from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.time_zones import offset_seconds
from matsuri.kit.wall_clock import wall_clock
from matsuri.live_events.cron import cron_of
from matsuri.live_events.model import Run, Schedule

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def schedule_words(schedule: Schedule) -> str:
    """When the runs of a schedule are, in one sentence; the schedule must be a right one."""
    where = _where(schedule)
    start = _shown(schedule, schedule.start_time_sec)
    end = _shown(schedule, schedule.end_time_sec) if schedule.end_time_sec else ""
    if not schedule.reset_cron:
        return f"Once, from {start} to {end} {where}."
    # The library needs a time to begin with, which does not matter here.
    often = CronSim(schedule.reset_cron, datetime(2000, 1, 1)).explain()  # noqa: DTZ001 # of no zone
    lasts = duration_words(schedule.duration_sec)
    until = f"to {end}" if end else "on, for ever"
    return f"{often} {where}, for {lasts} each, from {start} {until}."


def duration_words(seconds: int) -> str:
    """A length of time such as ``1 day 2 hours``."""
    words = []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            words.append(f"{number} {unit}{'' if number == 1 else 's'}")
    return " ".join(words) or "no time"


def run_notes(schedule: Schedule, run: Run, zone: str) -> Iterator[str]:
    """What is special about a run because clocks are put forward or back in ``zone``."""
    if not schedule.reset_cron:
        return
    cron = cron_of(schedule.reset_cron)
    start_s, end_s = run.start_us // MICROSECONDS, run.end_us // MICROSECONDS
    shown_s = start_s + offset_seconds(zone, start_s)
    # Crons of every hour follow real time: nothing is left out or comes twice.
    if schedule.player_local or not cron.every_hour:
        if cron.tick_after(shown_s - 1) != shown_s:
            meant_s = cron.tick_before(shown_s)
            if meant_s is not None:
                yield (
                    f"Clocks are put forward: there is no {_clock(meant_s)} that day, so the run "
                    f"starts at {_clock(shown_s)}."
                )
        elif _comes_again(zone, start_s, shown_s):
            yield (
                f"Clocks are put back: {_clock(shown_s)} comes twice that day, and the run starts "
                "the first time."
            )
    lasts_s = end_s - start_s
    if lasts_s != schedule.duration_sec and offset_seconds(zone, end_s) != offset_seconds(
        zone, start_s
    ):
        yield f"It lasts {duration_words(lasts_s)}, for clocks are changed meanwhile."


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


def _clock(shown_s: int) -> str:
    return f"{datetime.fromtimestamp(shown_s, UTC):%H:%M}"


def _comes_again(zone: str, instant_s: int, shown_s: int) -> bool:
    """Whether clocks show the same once more within the day after."""
    clock = wall_clock(zone)
    for each in clock.stretches_from(instant_s + 1):
        if each.since_s > instant_s + 86_400:
            return False
        if each.since_s > instant_s and each.since_s + each.ahead_s <= shown_s:
            return True
    return False
