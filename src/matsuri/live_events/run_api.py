"""The runs of live events in the console API, also of schedules that nobody has stored yet."""

from itertools import islice
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import InvalidArgument, invalid_field
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.time_zones import find_zone
from matsuri.kit.wall_clock import END_S
from matsuri.live_events.check_schedule import ZONE_ALLOWED, schedule_problems
from matsuri.live_events.clock_notes import run_notes, schedule_notes
from matsuri.live_events.console_messages import (
    GivenTimeSec,
    RunKey,
    RunMessage,
    ScheduleRequest,
    TimeSec,
    given_schedule,
    run_message,
)
from matsuri.live_events.live_event_desk import PATH, TAG, LiveEventDesk
from matsuri.live_events.model import LiveEventDefinition, Run, Schedule
from matsuri.live_events.plain_words import local_time, schedule_words
from matsuri.live_events.run_pages import Window, page_of_runs
from matsuri.live_events.schedule import Timeline
from matsuri.live_events.worldwide import world_runs
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

_DAYS_BEFORE, _DAYS_AFTER = 7, 28
_PREVIEWED_MAX = 100
_DAY_S = 86_400

ZoneOfPlayer = Annotated[
    str,
    Meta(
        description=(
            "For times that are local to players: the runs in this time zone, an IANA name or an "
            "offset. Without, from the first start to the last end anywhere."
        )
    ),
]


class RunQuery(PageQuery, frozen=True, kw_only=True):
    """Which runs, those that are on at any time from start to before end; and which page."""

    start_time_sec: Annotated[int, Meta(description="A week ago, if missing.")] = 0
    end_time_sec: Annotated[int, Meta(description="Five weeks after the start, if missing.")] = 0
    time_zone: ZoneOfPlayer = ""


class RunList(msgspec.Struct, frozen=True):
    """A page of runs, the earliest first."""

    runs: list[RunMessage]
    page_options: PageOptions


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule, and which of its runs to show."""

    schedule: ScheduleRequest
    from_time_sec: Annotated[GivenTimeSec, Meta(description="From when on; now, if missing.")] = 0
    time_zone: Annotated[
        str, Meta(description="Where the player is, for times that are local to players.")
    ] = ""
    count: Annotated[int, Meta(ge=1, le=_PREVIEWED_MAX)] = 10


class PreviewedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that there would be, also as clocks and calendars show it."""

    run: RunKey
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    local_start: Annotated[str, Meta(description="In ISO 8601, with the offset.")]
    local_end: str
    notes: Annotated[list[str], Meta(description="What is special, as clocks are changed.")]


class PreviewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """When the runs of a schedule would be."""

    words: Annotated[str, Meta(description="The schedule in one sentence.")]
    time_zone: Annotated[str, Meta(description="That of the local times.")]
    runs: list[PreviewedRun]
    notes: Annotated[
        list[str],
        Meta(
            description=(
                "What is special about all of them: that they cut each other short, and which "
                "are left out or come twice as clocks are changed."
            )
        ),
    ]


def routes(desk: LiveEventDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def read(request: Request, _caller: ConsoleCaller, query: RunQuery) -> RunList:
        event = desk.get(request.params["id"])
        start_s, end_s = _span(query, desk.now_s)
        _check_zone(query.time_zone)
        runs = (
            Timeline(event.body, event.created_us, query.time_zone)
            if query.time_zone
            else world_runs(event.body, event.created_us)
        )
        page = page_of_runs(
            runs,
            Window(start_s * MICROSECONDS, end_s * MICROSECONDS),
            limit=query.limit,
            cursor=cursor_of(query),
        )
        counts = await desk.counts(event.id)
        now_us = desk.now_us
        return RunList(
            [run_message(event, each, counts, now_us) for each in page.items], page_options(page)
        )

    async def preview(
        _request: Request, _caller: ConsoleCaller, body: PreviewRequest
    ) -> PreviewMessage:
        schedule = given_schedule(body.schedule, "schedule")
        problems = list(schedule_problems(schedule))
        if problems:
            first = problems[0]
            raise InvalidArgument(
                f"{first.field}: {first.problem}", details=[each.detail() for each in problems]
            )
        _check_zone(body.time_zone)
        from_s = int64(body.from_time_sec, "from_time_sec") or desk.now_s
        return previewed(schedule, body.time_zone, from_s, body.count)

    may_read = console_may(Entity.LIVE_EVENT, Action.READ)
    return [
        Route(
            method="GET",
            path=f"{PATH}/{{id}}/run",
            auth=may_read,
            handler=read,
            query_type=RunQuery,
            response_type=RunList,
            operation="console_list_live_event_runs",
            summary="The runs of a live event: past, present and to come",
            tag=TAG,
        ),
        Route(
            method="POST",
            path=f"{PATH}/preview",
            auth=may_read,
            handler=preview,
            request_type=PreviewRequest,
            response_type=PreviewMessage,
            operation="console_preview_live_event",
            audited=False,
            summary="The next runs that a schedule would have, and the schedule in plain words",
            description="Nothing is stored.",
            tag=TAG,
        ),
    ]


def previewed(schedule: Schedule, player_zone: str, from_s: int, count: int) -> PreviewMessage:
    """The next runs of a schedule, which must be a right one, from a time on."""
    zone = (player_zone if schedule.player_local else "") or schedule.time_zone
    timeline = Timeline(LiveEventDefinition(schedule=schedule), 0, player_zone)
    coming = timeline.between(_instant_us(from_s), END_S * MICROSECONDS)
    runs = list(islice(coming, count))
    return PreviewMessage(
        words=schedule_words(schedule),
        time_zone=zone or "UTC",
        runs=[_previewed_run(schedule, each, zone) for each in runs],
        notes=schedule_notes(schedule, runs, zone),
    )


def _previewed_run(schedule: Schedule, run: Run, zone: str) -> PreviewedRun:
    return PreviewedRun(
        run=run.key,
        start_time_sec=str(run.start_us // MICROSECONDS),
        end_time_sec=str(run.end_us // MICROSECONDS),
        local_start=local_time(run.start_us, zone),
        local_end=local_time(run.end_us, zone),
        notes=run_notes(schedule, run, zone),
    )


def _span(query: RunQuery, now_s: int) -> tuple[int, int]:
    """From when to when, in seconds; raises ``InvalidArgument``."""
    start_s = query.start_time_sec or now_s - _DAYS_BEFORE * _DAY_S
    end_s = query.end_time_sec or start_s + (_DAYS_BEFORE + _DAYS_AFTER) * _DAY_S
    for field, time_s in (("start_time_sec", start_s), ("end_time_sec", end_s)):
        if not 0 <= time_s <= END_S:
            raise invalid_field(field, "is out of range", f"0 to {END_S}")
    if start_s >= end_s:
        raise invalid_field("start_time_sec", "must be before end_time_sec", f"below {end_s}")
    return start_s, end_s


def _check_zone(zone: str) -> None:
    if zone and find_zone(zone) is None:
        raise invalid_field("time_zone", "is no time zone", ZONE_ALLOWED)


def _instant_us(time_s: int) -> int:
    return min(max(time_s, 0), END_S) * MICROSECONDS
