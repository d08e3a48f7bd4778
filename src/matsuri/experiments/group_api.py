"""Groups of experiments in the console API."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.experiments.kinds import NAME_ALLOWED
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    ExclusionGroup,
    State,
)
from matsuri.experiments.phase_messages import Permille
from matsuri.experiments.shares import Share, free_places, shares
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import ConsoleMay, Entity
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Description,
    ForcibleRequest,
    Labels,
    Resource,
    definition_routes,
)
from matsuri.web.lists import PageOptions
from matsuri.web.routes import Route


class ExclusionGroupRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of an exclusion group."""

    description: Description | None = None
    labels: Labels | None = None


class PlacesMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The places from the one to below the other."""

    from_permille: Permille
    to_permille: Permille


class ShareMessage(PlacesMessage, frozen=True, kw_only=True):
    """The places of an experiment."""

    id: str
    name: str
    state: State


class ExclusionGroupMessage(DefinitionMessage, frozen=True, kw_only=True):
    """Experiments of which a player is in at most one at a time."""

    description: str
    labels: list[str]
    experiments: Annotated[list[ShareMessage], Meta(description="By their places.")]
    free: Annotated[
        list[PlacesMessage], Meta(description="Places of no experiment that runs or is to come.")
    ]


class ExclusionGroupList(msgspec.Struct, frozen=True):
    """A page of exclusion groups, by name."""

    exclusion_groups: list[ExclusionGroupMessage]
    page_options: PageOptions


class HoldoutGroupRequest(ForcibleRequest, frozen=True, kw_only=True):
    """What a studio declares of a holdout group."""

    description: Description | None = None
    labels: Labels | None = None
    holdout_permille: Permille | None = None


class HoldoutGroupMessage(DefinitionMessage, frozen=True, kw_only=True):
    """Experiments that leave the same share of all players alone."""

    description: str
    labels: list[str]
    holdout_permille: Permille


class HoldoutGroupList(msgspec.Struct, frozen=True):
    """A page of holdout groups, by name."""

    holdout_groups: list[HoldoutGroupMessage]
    page_options: PageOptions


def routes(
    definitions: Definitions, *, tag: str, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def extras(found: Sequence[Definition[ExclusionGroup]]) -> list[Mapping[str, Any]]:
        experiments = definitions.catalog.of_kind(EXPERIMENT_KIND).values()
        now_s = clock.now_us() // MICROSECONDS
        return [_places(shares(each.name, experiments, now_s)) for each in found]

    exclusion_group = Resource(
        kind=EXCLUSION_GROUP_KIND,
        path="/v1/console/exclusion-group",
        title="exclusion groups of experiments",
        entity=Entity.EXPERIMENT,
        request_type=ExclusionGroupRequest,
        message_type=ExclusionGroupMessage,
        list_type=ExclusionGroupList,
        description=f"Name: {NAME_ALLOWED}.",
        tag=tag,
        extras=extras,
    )
    holdout_group = Resource(
        kind=HOLDOUT_GROUP_KIND,
        path="/v1/console/holdout-group",
        title="holdout groups of experiments",
        entity=Entity.EXPERIMENT,
        request_type=HoldoutGroupRequest,
        message_type=HoldoutGroupMessage,
        list_type=HoldoutGroupList,
        description=(
            f"Name: {NAME_ALLOWED}. While an experiment of the group runs, another "
            "`holdout_permille` needs `force`, and is noted with the results of each."
        ),
        tag=tag,
    )
    return [
        route
        for each in (exclusion_group, holdout_group)
        for route in definition_routes(each, definitions, console_may=console_may)
    ]


def _places(taken: Sequence[Share]) -> Mapping[str, Any]:
    return {
        "experiments": [
            ShareMessage(
                from_permille=each.first,
                to_permille=each.last,
                id=each.experiment.id,
                name=each.experiment.name,
                state=each.state,
            )
            for each in taken
        ],
        "free": [
            PlacesMessage(from_permille=first, to_permille=last)
            for first, last in free_places(taken)
        ],
    }
