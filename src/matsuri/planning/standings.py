"""Where a player stands in every experiment and live event at an instant, and why. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from matsuri.audiences.membership import Memberships
from matsuri.definitions.model import Definition
from matsuri.experiments.lifecycle import Experiment, end_time_sec, state
from matsuri.experiments.model import EXPERIMENT_KIND, Phase, State
from matsuri.experiments.source import Placement
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition, Run
from matsuri.live_events.source import LiveEventPlace
from matsuri.live_events.timetable import timeline_of
from matsuri.planning.worlds import World

HAS_PLACE = "the player has a place"
WOULD_HAVE_PLACE = "the player qualifies, and has a place as soon as an answer tells of it"
QUALIFIES = "the player qualifies"
MAY_JOIN = "the player may join, and has not"
DRAFT = "the live event is a draft"

_NO_PHASE = {
    State.DRAFT: "the experiment is a draft",
    State.SCHEDULED: "no phase is on",
    State.ENDED: "all phases are over",
}


class Participation(StrEnum):
    """Whether a player takes part."""

    TAKES_PART = "takes_part"
    WOULD_TAKE_PART = "would_take_part"
    DOES_NOT = "does_not"


class ExperimentStanding(NamedTuple):
    """Where a player stands in an experiment.

    ``phase`` is the one that is on, or else the next one. ``enrolled_us`` is 0 without a place.
    """

    experiment: Experiment
    state: State
    participation: Participation
    reason: str
    phase: Phase | None = None
    variant: str = ""
    enrolled_us: int = 0


class LiveEventStanding(NamedTuple):
    """Where a player stands in a live event.

    ``run`` is the one that is on for the player, or else the next one.
    """

    definition: Definition[LiveEventDefinition]
    participation: Participation
    reason: str
    is_on: bool = False
    eligible: bool = False
    run: Run | None = None
    enrolled_us: int = 0
    zone: str = ""


def experiment_standings(world: World, player: Memberships) -> Iterator[ExperimentStanding]:
    """Of every experiment that is not archived, in the order of their names."""
    on = {each.phase.experiment.id: each for each in world.experiments.placements(player)}
    for experiment in world.catalog.of_kind(EXPERIMENT_KIND).values():
        if experiment.body.archived:
            continue
        stands = state(experiment.body, player.now_s)
        placement = on.get(experiment.id)
        if placement is not None:
            yield _placed(experiment, stands, placement)
            continue
        yield ExperimentStanding(
            experiment,
            stands,
            Participation.DOES_NOT,
            _NO_PHASE[stands],
            phase=_next_phase(experiment, player.now_s),
        )


def live_event_standings(world: World, player: Memberships) -> Iterator[LiveEventStanding]:
    """Of every live event that is not archived, in the order of their names."""
    places = {each.event.name: each for each in world.live_events.places(player)}
    for name, definition in world.catalog.of_kind(LIVE_EVENT_KIND).items():
        if name in places:
            yield _at_place(places[name], player)
        elif not definition.body.archived:
            yield LiveEventStanding(definition, Participation.DOES_NOT, DRAFT)


def _placed(experiment: Experiment, stands: State, placement: Placement) -> ExperimentStanding:
    participation, reason = Participation.DOES_NOT, placement.problem
    if placement.variant is not None:
        held = placement.admission is None
        participation = Participation.TAKES_PART if held else Participation.WOULD_TAKE_PART
        reason = HAS_PLACE if held else WOULD_HAVE_PLACE
    return ExperimentStanding(
        experiment,
        stands,
        participation,
        reason,
        phase=placement.phase.phase,
        variant="" if placement.variant is None else placement.variant.variant.name,
        enrolled_us=placement.enrolled_us,
    )


def _next_phase(experiment: Experiment, now_s: int) -> Phase | None:
    to_come = (
        each for each in experiment.body.phases if now_s < each.start_time_sec < end_time_sec(each)
    )
    return next(to_come, None)


def _at_place(place: LiveEventPlace, player: Memberships) -> LiveEventStanding:
    run = place.run
    if run is None:
        timeline = timeline_of(place.event, place.zone)
        run = next(timeline.starting_from(player.now_us + 1), None)
    participation, reason = _of_place(place)
    return LiveEventStanding(
        place.event.definition,
        participation,
        reason,
        is_on=place.run is not None,
        eligible=place.eligible,
        run=run,
        enrolled_us=place.enrolled_us,
        zone=place.zone,
    )


def _of_place(place: LiveEventPlace) -> tuple[Participation, str]:
    if not place.takes_part:
        may_join = place.admission is not None
        return Participation.DOES_NOT, MAY_JOIN if may_join else place.problem
    if place.admission is not None:
        return Participation.WOULD_TAKE_PART, WOULD_HAVE_PLACE
    return Participation.TAKES_PART, HAS_PLACE if place.enrolled_us else QUALIFIES
