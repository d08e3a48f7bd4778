"""Experiments and their groups in the console API."""

from collections.abc import Mapping, Sequence
from typing import Any

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.enrolments.service import EnrolmentBook
from matsuri.experiments.console_messages import (
    ExclusionGroupList,
    ExclusionGroupMessage,
    ExclusionGroupRequest,
    ExperimentList,
    ExperimentMessage,
    ExperimentRequest,
    HoldoutGroupList,
    HoldoutGroupMessage,
    HoldoutGroupRequest,
    experiment_fields,
    given_fields,
)
from matsuri.experiments.kinds import NAME_ALLOWED
from matsuri.experiments.model import (
    EXCLUSION_GROUP_KIND,
    EXPERIMENT_KIND,
    HOLDOUT_GROUP_KIND,
    ExperimentDefinition,
)
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import ConsoleMay, Entity
from matsuri.web.definitions import Resource, definition_routes
from matsuri.web.routes import Route

_TAG = "Experiments"


def routes(
    definitions: Definitions,
    enrolments: EnrolmentBook,
    *,
    clock: Clock,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def extras(
        found: Sequence[Definition[ExperimentDefinition]],
    ) -> list[Mapping[str, Any]]:
        now_s = clock.now_us() // MICROSECONDS
        return [
            experiment_fields(each.id, each.body, await enrolments.counts(each.id), now_s)
            for each in found
        ]

    experiment = Resource(
        kind=EXPERIMENT_KIND,
        path="/v1/console/experiment",
        title="experiments",
        entity=Entity.EXPERIMENT,
        request_type=ExperimentRequest,
        message_type=ExperimentMessage,
        list_type=ExperimentList,
        description=(
            f"Name: {NAME_ALLOWED}. It is a draft until `launched`. What is over cannot be "
            "changed; what would bias a running phase needs `force`, and is noted with the results."
        ),
        tag=_TAG,
        extras=extras,
        given=given_fields,
    )
    exclusion_group = Resource(
        kind=EXCLUSION_GROUP_KIND,
        path="/v1/console/exclusion-group",
        title="exclusion groups of experiments",
        entity=Entity.EXPERIMENT,
        request_type=ExclusionGroupRequest,
        message_type=ExclusionGroupMessage,
        list_type=ExclusionGroupList,
        tag=_TAG,
    )
    holdout_group = Resource(
        kind=HOLDOUT_GROUP_KIND,
        path="/v1/console/holdout-group",
        title="holdout groups of experiments",
        entity=Entity.EXPERIMENT,
        request_type=HoldoutGroupRequest,
        message_type=HoldoutGroupMessage,
        list_type=HoldoutGroupList,
        tag=_TAG,
    )
    return [
        route
        for each in (experiment, exclusion_group, holdout_group)
        for route in definition_routes(each, definitions, console_may=console_may)
    ]
