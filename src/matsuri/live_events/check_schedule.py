"""What makes a schedule wrong. Pure."""

from collections.abc import Iterator

from matsuri.definitions.model import Problem
from matsuri.kit.time_zones import find_zone
from matsuri.kit.wall_clock import END_S, FIRST_S
from matsuri.live_events.cron import CRON_ALLOWED, cron_of
from matsuri.live_events.model import Schedule
from matsuri.live_events.scheduled import scheduled

DURATION_SEC_MIN = 60
DURATION_SEC_MAX = 10 * 366 * 86_400
TIME_ALLOWED = "seconds since the epoch, before the year 3000"
ZONE_ALLOWED = "an IANA time zone such as Europe/Berlin, or an offset such as +03:00"

_ZONE_CHARS_MAX = 64
# What a machine is set to is not the same everywhere.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})


def schedule_problems(schedule: Schedule, field: str = "schedule") -> Iterator[Problem]:
    """Why a live event cannot have that schedule; ``field`` is where it stands."""
    wrong = [
        *_time_problems(schedule, field),
        *_zone_problems(schedule, field),
        *_cron_problems(schedule, field),
    ]
    yield from wrong
    if not wrong and scheduled(schedule).from_(FIRST_S) is None:
        of = "reset_cron" if schedule.reset_cron else "end_time_sec"
        yield Problem(f"{field}.{of}", "leaves no run between start and end")


def _time_problems(schedule: Schedule, field: str) -> Iterator[Problem]:
    start_s, end_s = schedule.start_time_sec, schedule.end_time_sec
    if not FIRST_S < start_s < END_S:
        yield Problem(f"{field}.start_time_sec", "is no time", TIME_ALLOWED)
    if not FIRST_S <= end_s < END_S:
        yield Problem(f"{field}.end_time_sec", "is no time", TIME_ALLOWED)
    elif end_s and end_s <= start_s:
        yield Problem(f"{field}.end_time_sec", "must be later than the start")
    elif not end_s and not schedule.reset_cron:
        yield Problem(
            f"{field}.end_time_sec", "is missing", "only with reset_cron can it be left out"
        )


def _zone_problems(schedule: Schedule, field: str) -> Iterator[Problem]:
    zone = schedule.time_zone
    known = zone not in _NO_ZONES and len(zone) <= _ZONE_CHARS_MAX and find_zone(zone)
    if zone and not known:
        yield Problem(f"{field}.time_zone", "is no time zone", ZONE_ALLOWED)


def _cron_problems(schedule: Schedule, field: str) -> Iterator[Problem]:
    if not schedule.reset_cron:
        if schedule.duration_sec:
            told = "goes with reset_cron: without, the run is from start to end"
            yield Problem(f"{field}.duration_sec", told)
        return
    try:
        cron = cron_of(schedule.reset_cron)
    except ValueError as error:
        yield Problem(f"{field}.reset_cron", str(error), CRON_ALLOWED)
    else:
        # The whole world is in 26 hours of local time at once: that many more runs are on.
        if schedule.player_local and cron.ticks_an_hour > 1:
            told = f"starts {cron.ticks_an_hour} runs an hour, and times are local to players"
            yield Problem(f"{field}.reset_cron", told, "one minute of the hour")
    if not DURATION_SEC_MIN <= schedule.duration_sec <= DURATION_SEC_MAX:
        yield Problem(
            f"{field}.duration_sec", "is out of range", f"{DURATION_SEC_MIN} to {DURATION_SEC_MAX}"
        )
