"""Who takes part in an experiment, in the console API."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Memberships
from matsuri.enrolments.model import Admission, Enrolment, Part
from matsuri.errors import FailedPrecondition
from matsuri.experiments import phases
from matsuri.experiments.experiment_desk import PATH, TAG, ExperimentDesk
from matsuri.experiments.model import ExperimentDefinition, Phase
from matsuri.experiments.phase_messages import Participants
from matsuri.experiments.source import ExperimentSet, Placement
from matsuri.identities.read_player import PlayerState
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, Page
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.routes import Request, Route

EnrolTimeSec = Annotated[
    str, Meta(description="Since when the player has the place; epoch seconds as text.")
]


class ParticipantQuery(PageQuery, frozen=True, kw_only=True):
    """Of which phase, and which page."""

    phase: Annotated[
        str, Meta(description="Its id or name; if missing, the last one that has begun.")
    ] = ""
    variant: Annotated[str, Meta(description="Only those who have this variant.")] = ""


class ParticipantMessage(msgspec.Struct, frozen=True):
    """A player who takes part in a phase."""

    identity_id: str
    variant: str
    enrol_time_sec: EnrolTimeSec


class VariantCount(msgspec.Struct, frozen=True):
    """How many players have a variant; it may have been taken away since."""

    variant: str
    participants: Participants


class ParticipantList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of who takes part in a phase, by id; test devices are left out."""

    phase_id: str
    phase: str
    participants: list[ParticipantMessage]
    participant_count: Annotated[int, Meta(description="How many take part in the phase.")]
    variants: list[VariantCount]
    page_options: PageOptions


class PlaceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a player in a phase; ``phase`` is empty for one that is not there any more."""

    phase_id: str
    phase: str
    variant: str
    enrol_time_sec: EnrolTimeSec


class NowMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the phase that is on now means for a player.

    Without a ``problem`` the player has the ``variant``, or gets it when a game next reads.
    """

    phase_id: str
    phase: str
    enrolled: bool
    variant: str = ""
    problem: str = ""


class PlayerPlacesMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a player has to do with an experiment; ``now`` is missing where no phase is on."""

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
    """Sees players as experiments do (``flags.service``)."""

    async def player(
        self, identity_key: int, wanted: Callable[[Memberships], Sequence[Admission]]
    ) -> Memberships:
        """A player at this instant, with the places that are wanted."""
        ...


class _Handlers:
    """One method for each endpoint."""

    def __init__(
        self,
        desk: ExperimentDesk,
        book: Book,
        players: Players,
        sights: Sights,
        experiments: Callable[[], ExperimentSet],
    ) -> None:
        self._desk = desk
        self._book = book
        self._players = players
        self._sights = sights
        self._experiments = experiments

    async def list_all(
        self, request: Request, _caller: ConsoleCaller, query: ParticipantQuery
    ) -> ParticipantList:
        experiment = self._desk.get(request.params["id"])
        phase = (
            phases.found(experiment.body, query.phase)
            if query.phase
            else _last_begun(experiment.body, self._desk.now_s)
        )
        part = Part(experiment.id, phase.id)
        page = await self._book.participants(
            part, variant=query.variant, limit=query.limit, cursor=cursor_of(query)
        )
        counts = await self._desk.counts(experiment.id)
        of_phase = {variant: number for (each, variant), number in counts.items() if each == part}
        return ParticipantList(
            phase_id=phase.id,
            phase=phase.name,
            participants=[
                ParticipantMessage(identity_id, each.variant, _seconds(each.enrolled_us))
                for identity_id, each in page.items
            ],
            participant_count=sum(of_phase.values()),
            variants=[VariantCount(*each) for each in sorted(of_phase.items())],
            page_options=page_options(page),
        )

    async def read(
        self, request: Request, _caller: ConsoleCaller, _body: None
    ) -> PlayerPlacesMessage:
        experiment = self._desk.get(request.params["id"])
        state = await self._players.find(request.params["identity"])
        # Nothing is wanted: to look at a player gives no place.
        player = await self._sights.player(state.identity.key, lambda _: ())
        held = [
            each
            for each in player.enrolments.held.values()
            if each.part.subject_id == experiment.id
        ]
        now = [
            each
            for each in self._experiments().placements(player)
            if each.phase.part.subject_id == experiment.id
        ]
        names = {each.id: each.name for each in experiment.body.phases}
        return PlayerPlacesMessage(
            identity_id=state.identity.id,
            places=[
                PlaceMessage(
                    phase_id=each.part.part,
                    phase=names.get(each.part.part, ""),
                    variant=each.variant,
                    enrol_time_sec=_seconds(each.enrolled_us),
                )
                for each in sorted(held, key=lambda each: each.enrolled_us)
            ],
            now=_now(now[0]) if now else msgspec.UNSET,
        )


def routes(
    desk: ExperimentDesk,
    book: Book,
    players: Players,
    sights: Sights,
    experiments: Callable[[], ExperimentSet],
    *,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    """The endpoints."""
    handle = _Handlers(desk, book, players, sights, experiments)
    return [
        Route(
            method="GET",
            path=f"{PATH}/{{id}}/participant",
            auth=console_may(Entity.EXPERIMENT, Action.READ),
            handler=handle.list_all,
            query_type=ParticipantQuery,
            response_type=ParticipantList,
            operation="console_list_experiment_participants",
            summary="Who takes part in a phase of an experiment, by id, and how many",
            tag=TAG,
        ),
        Route(
            method="GET",
            path=f"{PATH}/{{id}}/participant/{{identity}}",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=handle.read,
            response_type=PlayerPlacesMessage,
            operation="console_get_experiment_participant",
            summary="The places of a player in an experiment, and why there is none now",
            description="It gives no place. The id may be an alias.",
            tag=TAG,
        ),
    ]


def _last_begun(body: ExperimentDefinition, now_s: int) -> Phase:
    begun = [each for each in body.phases if each.start_time_sec <= now_s]
    if not body.launched or not begun:
        problem = "no phase of the experiment has begun"
        raise FailedPrecondition(problem, details=[{"field": "phase", "problem": problem}])
    return begun[-1]


def _now(placement: Placement) -> NowMessage:
    variant = placement.variant
    return NowMessage(
        phase_id=placement.phase.phase.id,
        phase=placement.phase.phase.name,
        enrolled=placement.enrolled_us > 0,
        variant="" if variant is None else variant.variant.name,
        problem=placement.problem,
    )


def _seconds(time_us: int) -> str:
    return str(time_us // MICROSECONDS)
