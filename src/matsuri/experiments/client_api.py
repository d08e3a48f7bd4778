"""Experiments as games read them: ``GET /v1/experiment``."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Memberships
from matsuri.enrolments.model import Admission
from matsuri.errors import NotFound
from matsuri.experiments.source import ExperimentSet, Placement
from matsuri.flags.service import PlayerFlags
from matsuri.identities.sessions import Player
from matsuri.web.routes import Auth, Request, Route


class ExperimentQuery(msgspec.Struct, frozen=True):
    """Which experiments; all that the caller takes part in where nothing is given."""

    names: Annotated[list[str], Meta(description="Experiments of these names.")] = []
    labels: Annotated[list[str], Meta(description="Experiments with one of these labels.")] = []


class ExperimentMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment that the caller takes part in, with what the caller's variant gives."""

    name: str
    value: str
    labels: Sequence[str]
    phase_name: str
    phase_variant_name: str
    flag_names: Annotated[
        list[str], Meta(description="The flags that any variant of the phase gives a value.")
    ]


class ExperimentsMessage(msgspec.Struct, frozen=True):
    """The experiments of the caller."""

    experiments: list[ExperimentMessage]


def routes(
    flags: PlayerFlags, experiments: Callable[[], ExperimentSet], *, player_auth: Auth[Player]
) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def read(_request: Request, caller: Player, query: ExperimentQuery) -> ExperimentsMessage:
        if not caller.identity_key:
            raise NotFound("Identity not found")
        names, labels = frozenset(filter(None, query.names)), frozenset(filter(None, query.labels))

        def chosen(player: Memberships) -> list[Placement]:
            return [
                each
                for each in experiments().placements(player)
                if (not names or each.phase.experiment.name in names)
                and (not labels or not labels.isdisjoint(each.phase.experiment.body.labels))
            ]

        def wanted(player: Memberships) -> list[Admission]:
            return [each.admission for each in chosen(player) if each.admission is not None]

        player = await flags.player(caller.identity_key, wanted)
        return ExperimentsMessage(
            [_message(each) for each in chosen(player) if each.variant is not None]
        )

    return [
        Route(
            method="GET",
            path="/v1/experiment",
            auth=player_auth,
            handler=read,
            query_type=ExperimentQuery,
            query_lenient=True,
            response_type=ExperimentsMessage,
            operation="list_experiments",
            summary="The experiments that the caller takes part in",
            description=(
                "`names` and `labels` may be given several times. Each narrows the answer: to the "
                "experiments of one of these names, and to those that carry one of these labels. "
                "Who is eligible for one of them takes part in it from now on."
            ),
            tag="Experiments",
        )
    ]


def _message(placement: Placement) -> ExperimentMessage:
    if placement.variant is None:
        raise ValueError("who has no variant does not take part")
    phase, variant = placement.phase, placement.variant.variant
    return ExperimentMessage(
        name=phase.experiment.name,
        value=variant.value,
        labels=phase.experiment.body.labels,
        phase_name=phase.phase.name,
        phase_variant_name=variant.name,
        flag_names=sorted(phase.flags),
    )
