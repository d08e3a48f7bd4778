"""Live events as games read and join them: ``/v1/live-event``."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Memberships
from matsuri.enrolments.model import Admission
from matsuri.errors import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    invalid_field,
)
from matsuri.flags.service import PlayerFlags
from matsuri.identities.sessions import Player
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.wall_clock import END_S
from matsuri.live_events.compile import CompiledLiveEvent
from matsuri.live_events.listing import RunFilter, ShownRun, shown_runs
from matsuri.live_events.source import LiveEventPlace, LiveEventSet
from matsuri.web.routes import Auth, Request, Route

# The text of the contract (wire contract, section 2, "Parameter semantics").
TIMES_PROBLEM = "start_time_sec and end_time_sec must be greater than 0"
RUN_COUNT_MAX = 100


class LiveEventQuery(msgspec.Struct, frozen=True):
    """Which live events, and which of their runs; those that are on where nothing is given."""

    names: Annotated[list[str], Meta(description="Live events of these names.")] = []
    labels: Annotated[list[str], Meta(description="Live events with one of these labels.")] = []
    past_run_count: Annotated[
        int, Meta(description=f"How many past runs of each, 0 to {RUN_COUNT_MAX}.")
    ] = 0
    future_run_count: Annotated[
        int, Meta(description=f"How many future runs of each, 0 to {RUN_COUNT_MAX}.")
    ] = 0
    start_time_sec: Annotated[
        int, Meta(description="With `end_time_sec`: only runs that are on at some time from here.")
    ] = 0
    end_time_sec: Annotated[int, Meta(description="Seconds since the epoch, inclusive.")] = 0


class LiveEventMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a live event; times in seconds since the epoch."""

    name: str
    description: str
    value: str
    active_start_time_sec: Annotated[str, Meta(description="When this run starts.")]
    active_end_time_sec: Annotated[str, Meta(description="When this run ends.")]
    id: Annotated[str, Meta(description="Of the live event; its runs share it.")]
    start_time_sec: Annotated[str, Meta(description="When the first run may start.")]
    end_time_sec: Annotated[str, Meta(description="When the last run has started; 0 for never.")]
    duration_sec: Annotated[str, Meta(description="How long a run lasts, as scheduled.")]
    reset_cron: Annotated[str, Meta(description="When runs start; empty where there is only one.")]
    status: Annotated[int, Meta(description="Of this run: 1 active, 2 upcoming, 3 terminated.")]
    labels: Sequence[str]
    flag_names: Annotated[list[str], Meta(description="The flags that it gives a value.")]


class LiveEventsMessage(msgspec.Struct, frozen=True):
    """The runs that the caller takes part in, and those that the caller could join."""

    live_events: list[LiveEventMessage]
    explicit_join_live_events: list[LiveEventMessage]


def routes(
    flags: PlayerFlags, live_events: Callable[[], LiveEventSet], *, player_auth: Auth[Player]
) -> list[Route[Any, Any]]:
    """The two endpoints."""

    async def read(_request: Request, caller: Player, query: LiveEventQuery) -> LiveEventsMessage:
        asked = _run_filter(query)
        _known(caller)
        names, labels = frozenset(filter(None, query.names)), frozenset(filter(None, query.labels))

        shown: list[ShownRun] = []

        def wanted(player: Memberships) -> list[Admission]:
            events = live_events()
            chosen = [each for each in events.by_name.values() if _is_asked(each, names, labels)]
            shown[:] = [
                run
                for place in events.places(player, chosen, only_on=asked.only_on)
                for run in shown_runs(events, place, player, asked)
            ]
            places = (each.place for each in shown if not each.to_join)
            return [
                each.admission for each in places if each is not None and each.admission is not None
            ]

        # What was last shown is that of the player as returned.
        player = await flags.player(caller.identity_key, wanted)
        return LiveEventsMessage(
            [_message(each, player.now_us) for each in shown if not each.to_join],
            [_message(each, player.now_us) for each in shown if each.to_join],
        )

    async def join(request: Request, caller: Player, _body: None) -> dict[str, Any]:
        event_id = request.params["id"]
        _known(caller)

        def place_of(player: Memberships) -> LiveEventPlace:
            events = live_events()
            event = events.by_id.get(event_id)
            if event is None:
                raise NotFound("Live event not found")
            return events.place(event, player)

        def wanted(player: Memberships) -> list[Admission]:
            admission = place_of(player).admission
            return [] if admission is None else [admission]

        place = place_of(await flags.player(caller.identity_key, wanted))
        if not place.takes_part:
            raise _refused(place)
        return {}

    return [
        Route(
            method="GET",
            path="/v1/live-event",
            auth=player_auth,
            handler=read,
            query_type=LiveEventQuery,
            query_lenient=True,
            response_type=LiveEventsMessage,
            operation="list_live_events",
            summary="The live events of the caller, run by run",
            description=(
                "`live_events` are those that the caller takes part in, "
                "`explicit_join_live_events` those that the caller can join. `names` and `labels` "
                "may be given several times. Each narrows the answer: to the live events of one of "
                "these names, and to those that carry one of these labels. Runs that are on come "
                "always; past and future ones as many of each live event as are asked for, the "
                "nearest to now. Who is eligible for a run that is on takes part in it from now "
                "on, unless it must be joined."
            ),
            tag="Live events",
        ),
        Route(
            method="POST",
            path="/v1/live-event/{id}/participation",
            auth=player_auth,
            handler=join,
            operation="join_live_event",
            summary="Take part in the run of a live event that is on",
            description=(
                "To join once more changes nothing. Who is not eligible is refused with code 7; "
                "where no run is on, or all places are taken, the code is 9."
            ),
            tag="Live events",
        ),
    ]


def _known(caller: Player) -> None:
    if not caller.identity_key:
        raise NotFound("Identity not found")


def _run_filter(query: LiveEventQuery) -> RunFilter:
    """Which runs are asked for; raises ``InvalidArgument``."""
    for field in ("past_run_count", "future_run_count"):
        if not 0 <= getattr(query, field) <= RUN_COUNT_MAX:
            raise invalid_field(field, "is out of range", f"0 to {RUN_COUNT_MAX}")
    start_s, end_s = query.start_time_sec, query.end_time_sec
    if not start_s and not end_s:
        return RunFilter(past_max=query.past_run_count, future_max=query.future_run_count)
    if start_s <= 0 or end_s <= 0:
        field = "start_time_sec" if start_s <= 0 else "end_time_sec"
        raise InvalidArgument(
            TIMES_PROBLEM, details=[{"field": field, "problem": "must be greater than 0"}]
        )
    if start_s > end_s:
        raise invalid_field("start_time_sec", "must not be after end_time_sec", f"1 to {end_s}")
    return RunFilter(
        past_max=query.past_run_count,
        future_max=query.future_run_count,
        from_us=min(start_s, END_S) * MICROSECONDS,
        to_us=min(end_s, END_S) * MICROSECONDS,
    )


def _is_asked(event: CompiledLiveEvent, names: frozenset[str], labels: frozenset[str]) -> bool:
    return (not names or event.name in names) and (
        not labels or not labels.isdisjoint(event.body.labels)
    )


def _refused(place: LiveEventPlace) -> Exception:
    """Why the player does not take part, who wanted to."""
    name = place.event.name
    details = [{"reason": place.problem}]
    if place.run is None:
        return FailedPrecondition(f"Live event {name!r} is not active", details=details)
    if not place.eligible:
        return PermissionDenied(f"Not eligible for live event {name!r}", details=details)
    return FailedPrecondition(f"Live event {name!r} is full", details=details)


def _message(shown: ShownRun, now_us: int) -> LiveEventMessage:
    event, run = shown.event, shown.run
    body = event.body
    return LiveEventMessage(
        name=event.name,
        description=body.description,
        value=body.value,
        active_start_time_sec=str(run.start_us // MICROSECONDS),
        active_end_time_sec=str(run.end_us // MICROSECONDS),
        id=event.definition.id,
        start_time_sec=str(shown.starts_s),
        end_time_sec=str(shown.ends_s),
        duration_sec=str(body.schedule.duration_sec or shown.ends_s - shown.starts_s),
        reset_cron=body.schedule.reset_cron,
        status=int(run.status_at(now_us)),
        labels=body.labels,
        flag_names=sorted(event.flags),
    )
