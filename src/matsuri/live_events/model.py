"""What a live event is. Pure."""

from enum import IntEnum

import msgspec

LIVE_EVENT_KIND = "live_event"


class FlagVariantValue(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag has for the participants who are in any of the ``audiences``."""

    name: str
    value: str
    audiences: tuple[str, ...]


class FlagOverride(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value that a flag has for participants: of the first variant they are in, or ``value``.

    Without a ``value``, who is in no variant has what the flag comes to otherwise.
    """

    flag: str
    value: str | None = None
    variants: tuple[FlagVariantValue, ...] = ()


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When the runs of a live event are. Times in seconds, a run is from start to before end.

    Without a cron there is one run, from start to end. With one, a run of ``duration_sec`` starts
    at each of its ticks in ``time_zone`` (an IANA name; UTC if empty) from start on and before the
    end; ``end_time_sec`` 0 means for ever. Where times are ``player_local``, they are what a clock
    shows where the player is, told as if that were UTC, and ``time_zone`` is that of players of
    whom none is known.
    """

    start_time_sec: int
    end_time_sec: int = 0
    reset_cron: str = ""
    duration_sec: int = 0
    time_zone: str = ""
    player_local: bool = False


class FormerSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that was changed at ``until_time_sec``: what started before keeps to it."""

    schedule: Schedule
    until_time_sec: int


class RunStop(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody stopped a run, by its key, at ``at_time_sec``.

    From ``resumed_time_sec`` on it went on; 0 for never.
    """

    run: str
    at_time_sec: int
    resumed_time_sec: int = 0


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """That a live event was stopped from a time to before another one: it had no runs then."""

    from_time_sec: int
    until_time_sec: int


class LiveEventDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of a live event, beside its name.

    Everybody is eligible where there are no ``audiences``, but for who is in any of
    ``exclude_audiences``. With ``sticky_membership``, who once took part in a run does so to its
    end. With ``explicit_join``, players take part only once they said so. ``participants_max`` is
    of each run, 0 for no limit. From ``stopped_time_sec`` on there are no runs any more (0 for not
    stopped); ``pauses`` are when it was stopped before. ``former_schedules`` are in the order of
    their ends. A ``draft`` has no runs; ``launched_time_sec`` is when it ceased to be one, 0 for
    what never was. Without a ``schedule``, there is nothing that could be made.
    """

    description: str = ""
    template: str = ""
    color: str = ""
    labels: tuple[str, ...] = ()
    value: str = ""
    validator: str = ""
    metrics: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    exclude_audiences: tuple[str, ...] = ()
    flags: tuple[FlagOverride, ...] = ()
    sticky_membership: bool = True
    explicit_join: bool = False
    participants_max: int = 0
    schedule: Schedule = Schedule(start_time_sec=0)
    former_schedules: tuple[FormerSchedule, ...] = ()
    run_stops: tuple[RunStop, ...] = ()
    pauses: tuple[Pause, ...] = ()
    stopped_time_sec: int = 0
    draft: bool = False
    launched_time_sec: int = 0
    archived: bool = False


class RunStatus(IntEnum):
    """Where a run stands at a time, as the wire numbers it."""

    UNKNOWN = 0
    ACTIVE = 1
    UPCOMING = 2
    TERMINATED = 3


class Run(msgspec.Struct, frozen=True):
    """One run of a live event, from start to before end, microseconds since the epoch.

    ``key`` tells it from all others of its event: the start in seconds, as scheduled. A run that is
    resumed after a stop goes on under the same key.
    """

    key: str
    start_us: int
    end_us: int

    def status_at(self, now_us: int) -> RunStatus:
        """Where it stands."""
        if now_us < self.start_us:
            return RunStatus.UPCOMING
        return RunStatus.ACTIVE if now_us < self.end_us else RunStatus.TERMINATED
