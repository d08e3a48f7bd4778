"""What is on and planned, for the console's timeline: ``GET /v1/console/calendar``."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from threading import Lock
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.lru import LruCache
from matsuri.kit.paging import Page, page_of
from matsuri.planning.calendar import Calendar, Entry, calendar
from matsuri.planning.calendar_messages import (
    CalendarMessage,
    conflict_message,
    entry_message,
)
from matsuri.planning.conflicts import Conflict, Conflicts
from matsuri.planning.worlds import World
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import CURSOR_FIELD, PageQuery, page_options
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

CONFLICTS_MAX = 1000
_DAY_S = 86_400
_CALENDARS_KEPT = 4


class CalendarQuery(PageQuery, frozen=True, kw_only=True):
    """Which span of time, and which page of it."""

    start_time_sec: Annotated[str, Meta(description="Seconds since the epoch.")] = ""
    end_time_sec: Annotated[str, Meta(description="Seconds since the epoch, after the start.")] = ""
    labels: Annotated[
        list[str], Meta(description="Only of what has at least one of these labels.")
    ] = msgspec.field(name="search.label_name.or", default_factory=list)


class CalendarServices(NamedTuple):
    """What the endpoint needs; spans are of at most ``days_max``, and as many entries."""

    world: Callable[[], World]
    clock: Clock
    days_max: int
    entries_max: int


class _Calendars:
    """Finds calendars; the last few are remembered, for pages of them are asked for in a row."""

    def __init__(self, services: CalendarServices) -> None:
        self._services = services
        self._known: LruCache[tuple[int, int, int, frozenset[str]], Calendar]
        self._known = LruCache(_CALENDARS_KEPT)
        # Several threads ask.
        self._lock = Lock()

    def find(self, world: World, start_s: int, end_s: int, labels: frozenset[str]) -> Calendar:
        """What is on and planned by ``world`` from start to before end."""
        key = (world.catalog.version, start_s, end_s, labels)
        with self._lock:
            found = self._known.get(key)
        if found is None:
            found = calendar(
                world,
                start_s * MICROSECONDS,
                end_s * MICROSECONDS,
                entries_max=self._services.entries_max,
                labels=labels,
            )
            with self._lock:
                self._known.put(key, found)
        return found


def routes(services: CalendarServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint."""
    calendars = _Calendars(services)

    def told(world: World, query: CalendarQuery, start_s: int, end_s: int) -> CalendarMessage:
        found = calendars.find(world, start_s, end_s, frozenset(query.labels))
        return _told(found, world, query, now_us=services.clock.now_us())

    async def tell(
        _request: Request, _caller: ConsoleCaller, query: CalendarQuery
    ) -> CalendarMessage:
        start_s, end_s = _span(query, services.days_max)
        # To find the runs of hundreds of live events takes a while, in which games are answered.
        return await asyncio.to_thread(told, services.world(), query, start_s, end_s)

    return [
        Route(
            method="GET",
            path="/v1/console/calendar",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=tell,
            query_type=CalendarQuery,
            response_type=CalendarMessage,
            operation="console_calendar",
            summary="Tell what is on or planned in a span of time, and where it conflicts",
            description=(
                "Runs of live events, phases of launched experiments and scheduled changes of "
                "flags, the earliest first. Runs whose times are local to players are told as the "
                "whole world sees them: from their first start anywhere to their last end. Two "
                "that decide about the same flag at the same time, perhaps for the same players, "
                "are a conflict, with what counts for who is in both. With labels, "
                "conflicts are told only where both have one of them."
            ),
            tag="Planning",
        )
    ]


def _span(query: CalendarQuery, days_max: int) -> tuple[int, int]:
    times = []
    for field in ("start_time_sec", "end_time_sec"):
        given = getattr(query, field)
        if not given:
            raise invalid_field(field, "is missing")
        seconds = int64(given, field)
        if not 1 <= seconds <= TIME_SEC_MAX:
            raise invalid_field(field, "is no time", f"1 to {TIME_SEC_MAX}")
        times.append(seconds)
    start_s, end_s = times
    if not start_s < end_s <= start_s + days_max * _DAY_S:
        allowed = f"after start_time_sec, at most {days_max} days"
        raise invalid_field("end_time_sec", "makes no span that can be told", allowed)
    return start_s, end_s


def _told(found: Calendar, world: World, query: CalendarQuery, *, now_us: int) -> CalendarMessage:
    try:
        page = page_of(
            found.entries, key=lambda each: each.place, limit=query.limit, cursor=query.cursor
        )
    except ValueError as error:
        raise invalid_field(CURSOR_FIELD, str(error)) from None
    conflicts = _conflicts_of(page, found, world)
    return CalendarMessage(
        entries=[entry_message(each, now_us) for each in page.items],
        conflicts=[conflict_message(each) for each in conflicts[:CONFLICTS_MAX]],
        more_conflicts=len(conflicts) > CONFLICTS_MAX,
        complete_until_time_sec=str((found.complete_until_us or 0) // MICROSECONDS),
        page_options=page_options(page),
    )


def _conflicts_of(page: Page[Entry], found: Calendar, world: World) -> Sequence[Conflict]:
    """Those of which the later entry is on the page; one more than are told."""
    if not page.items:
        return []
    first, last = page.items[0].place, page.items[-1].place
    until_last = (each for each in found.entries if each.place <= last)
    of_page = (
        each
        for each in Conflicts(world.flags.by_name).among(until_last)
        if each.second.place >= first
    )
    return list(islice(of_page, CONFLICTS_MAX + 1))
