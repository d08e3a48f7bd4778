"""Who takes part in the runs of a live event, in the console API."""

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Memberships
from matsuri.definitions.model import Definition
from matsuri.enrolments.model import Admission, Enrolment, Part
from matsuri.errors import FailedPrecondition, NotFound
from matsuri.identities.read_player import PlayerState
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, Page
from matsuri.live_events.console_messages import RunKey, TimeSec
from matsuri.live_events.live_event_desk import PATH, TAG, LiveEventDesk
from matsuri.live_events.model import LiveEventDefinition
from matsuri.live_events.source import LiveEventPlace, LiveEventSet
from matsuri.live_events.worldwide import last_begun, world_runs
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.routes import Request, Route

EnrolTimeSec = Annotated[
    str, Meta(description="Since when the player has the place; epoch seconds as text.")
]


class ParticipantQuery(PageQuery, frozen=True, kw_only=True):
    """Of which run, and which page."""

    run: Annotated[str, Meta(description="Its key; if missing, the last one that has begun.")] = ""


class ParticipantMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A player who takes part; `time_zone` is where the run takes place, if it is local."""

    identity_id: str
    enrol_time_sec: EnrolTimeSec
    time_zone: str


class ParticipantList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of who has a place in a run, by id; test devices are left out."""

    run: RunKey
    participants: list[ParticipantMessage]
    participant_count: Annotated[int, Meta(description="How many take part in the run.")]
    page_options: PageOptions


class PlaceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a player in a run."""

    run: RunKey
    enrol_time_sec: EnrolTimeSec
    time_zone: str


class NowMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a live event means for a player now. Times are those of the run that is on.

    Who is `eligible` takes part, or will when a game next reads, unless a `problem` says why not.
    """

    run: str = ""
    start_time_sec: TimeSec = "0"
    end_time_sec: TimeSec = "0"
    takes_part: bool
    eligible: bool
    enrolled: bool
    problem: str = ""


class PlayerPlacesMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a player has to do with a live event; `now` is missing where it is archived."""

    identity_id: str
    places: list[PlaceMessage]
    now: NowMessage | msgspec.UnsetType = msgspec.UNSET


class Book(Protocol):
    """Lists places (``enrolments.service``)."""

    async def participants(
        self, part: Part, *, variant: str = "", limit: int, cursor: Cursor | None = None
    ) -> Page[tuple[str, Enrolment]]:
        """Who takes part, by id."""
        ...


class Players(Protocol):
    """Finds players (``identities.read_player``)."""

    async def find(self, identity_id: str) -> PlayerState:
        """The player of that id, or of whom it is an alias; raises ``NotFound``."""
        ...


class Sights(Protocol):
    """Sees players as live events do (``flags.service``)."""

    async def player(
        self, identity_key: int, wanted: Callable[[Memberships], Sequence[Admission]]
    ) -> Memberships:
        """A player at this instant, with the places that are wanted."""
        ...


def routes(
    desk: LiveEventDesk,
    book: Book,
    players: Players,
    sights: Sights,
    live_events: Callable[[], LiveEventSet],
    *,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def list_all(
        request: Request, _caller: ConsoleCaller, query: ParticipantQuery
    ) -> ParticipantList:
        event = desk.get(request.params["id"])
        counts = await desk.counts(event.id)
        if query.run:
            key = _key_of(event, query.run, {part for part, _ in counts})
        else:
            key = _last_begun(event, desk.now_us)
        part = Part(event.id, key)
        page = await book.participants(part, limit=query.limit, cursor=cursor_of(query))
        return ParticipantList(
            run=part.part,
            participants=[
                ParticipantMessage(
                    identity_id=identity_id,
                    enrol_time_sec=_seconds(each.enrolled_us),
                    time_zone=each.time_zone,
                )
                for identity_id, each in page.items
            ],
            participant_count=sum(number for (each, _), number in counts.items() if each == part),
            page_options=page_options(page),
        )

    async def read(request: Request, _caller: ConsoleCaller, _body: None) -> PlayerPlacesMessage:
        event = desk.get(request.params["id"])
        state = await players.find(request.params["identity"])
        # Nothing is wanted: to look at a player gives no place.
        player = await sights.player(state.identity.key, lambda _: ())
        held = [
            each for each in player.enrolments.held.values() if each.part.subject_id == event.id
        ]
        events = live_events()
        compiled = events.by_id.get(event.id)
        return PlayerPlacesMessage(
            identity_id=state.identity.id,
            places=[
                PlaceMessage(
                    run=each.part.part,
                    enrol_time_sec=_seconds(each.enrolled_us),
                    time_zone=each.time_zone,
                )
                for each in sorted(held, key=lambda each: each.enrolled_us)
            ],
            now=msgspec.UNSET if compiled is None else _now(events.place(compiled, player)),
        )

    return [
        Route(
            method="GET",
            path=f"{PATH}/{{id}}/participant",
            auth=console_may(Entity.LIVE_EVENT, Action.READ),
            handler=list_all,
            query_type=ParticipantQuery,
            response_type=ParticipantList,
            operation="console_list_live_event_participants",
            summary="Who has a place in a run of a live event, by id, and how many",
            description=(
                "Places are kept where something must stick: where a run must be joined, has a "
                "limit, or is local to players, and where who once took part stays although the "
                "event is for some audiences only. Elsewhere everybody takes part, and nobody is "
                "listed."
            ),
            tag=TAG,
        ),
        Route(
            method="GET",
            path=f"{PATH}/{{id}}/participant/{{identity}}",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=read,
            response_type=PlayerPlacesMessage,
            operation="console_get_live_event_participant",
            summary="The places of a player in a live event, and why there is none now",
            description="It gives no place. The id may be an alias.",
            tag=TAG,
        ),
    ]


def _key_of(event: Definition[LiveEventDefinition], run: str, counted: Collection[Part]) -> str:
    """The key of a run that there is, or once was; raises ``NotFound``."""
    if Part(event.id, run) in counted or world_runs(event.body, event.created_us).runs_of(run):
        return run
    raise NotFound(f"Live event {event.name!r} has no run {run[:64]!r}")


def _last_begun(event: Definition[LiveEventDefinition], now_us: int) -> str:
    """The key of the run that began last, anywhere in the world."""
    last = last_begun(event.body, event.created_us, now_us)
    if last is None:
        problem = "no run of the live event has begun"
        raise FailedPrecondition(problem, details=[{"field": "run", "problem": problem}])
    return last.key


def _now(place: LiveEventPlace) -> NowMessage:
    run = place.run
    return NowMessage(
        run="" if run is None else run.key,
        start_time_sec="0" if run is None else _seconds(run.start_us),
        end_time_sec="0" if run is None else _seconds(run.end_us),
        takes_part=place.takes_part,
        eligible=place.eligible,
        enrolled=place.enrolled_us > 0,
        problem=place.problem,
    )


def _seconds(time_us: int) -> str:
    return str(time_us // MICROSECONDS)
