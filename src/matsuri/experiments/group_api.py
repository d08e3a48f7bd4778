"""Groups of experiments in the console API."""

from typing import Any

import msgspec

from matsuri.definitions.service import Definitions
from matsuri.experiments.kinds import NAME_ALLOWED
from matsuri.experiments.model import EXCLUSION_GROUP_KIND, HOLDOUT_GROUP_KIND
from matsuri.experiments.phase_messages import Permille
from matsuri.web.callers import ConsoleMay, Entity
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Description,
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


class ExclusionGroupMessage(DefinitionMessage, frozen=True, kw_only=True):
    """Experiments of which a player is in at most one at a time."""

    description: str
    labels: list[str]


class ExclusionGroupList(msgspec.Struct, frozen=True):
    """A page of exclusion groups, by name."""

    exclusion_groups: list[ExclusionGroupMessage]
    page_options: PageOptions


class HoldoutGroupRequest(DefinitionRequest, frozen=True, kw_only=True):
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


def routes(definitions: Definitions, *, tag: str, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
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
    )
    holdout_group = Resource(
        kind=HOLDOUT_GROUP_KIND,
        path="/v1/console/holdout-group",
        title="holdout groups of experiments",
        entity=Entity.EXPERIMENT,
        request_type=HoldoutGroupRequest,
        message_type=HoldoutGroupMessage,
        list_type=HoldoutGroupList,
        description=f"Name: {NAME_ALLOWED}.",
        tag=tag,
    )
    return [
        route
        for each in (exclusion_group, holdout_group)
        for route in definition_routes(each, definitions, console_may=console_may)
    ]
