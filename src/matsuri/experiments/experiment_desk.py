"""Experiments as the console changes and tells them, for all of its endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.enrolments.subject_desk import Counts, SubjectDesk
from matsuri.experiments.console_messages import (
    ExperimentList,
    ExperimentMessage,
    ExperimentRequest,
    ExperimentSearch,
    experiment_fields,
    given_fields,
)
from matsuri.experiments.kinds import NAME_ALLOWED
from matsuri.experiments.model import EXPERIMENT_KIND, ExperimentDefinition
from matsuri.experiments.overlaps import LaunchedPhases
from matsuri.kit.clock import Clock
from matsuri.web.callers import Entity
from matsuri.web.definitions import Resource

TAG = "Experiments"
PATH = "/v1/console/experiment"


class ExperimentDesk(SubjectDesk[ExperimentDefinition, ExperimentMessage]):
    """Reads and changes experiments, and makes messages of them."""

    def __init__(self, definitions: Definitions, counts: Counts, clock: Clock) -> None:
        resource = Resource(
            kind=EXPERIMENT_KIND,
            path=PATH,
            title="experiments",
            entity=Entity.EXPERIMENT,
            request_type=ExperimentRequest,
            message_type=ExperimentMessage,
            list_type=ExperimentList,
            query_type=ExperimentSearch,
            description=(
                f"Name: {NAME_ALLOWED}. It is a draft until `launched`. What is over cannot be "
                "changed; what would bias a running phase needs `force`, and is noted with the "
                "results."
            ),
            tag=TAG,
            extras=self._extras,
            given=given_fields,
        )
        super().__init__(
            resource, ExperimentMessage, definitions=definitions, counts=counts, clock=clock
        )

    def launched(self) -> LaunchedPhases:
        """The phases that are on or to come."""
        experiments = self.definitions.catalog.of_kind(EXPERIMENT_KIND).values()
        return LaunchedPhases(experiments, self.now_s)

    async def _extras(
        self, found: Sequence[Definition[ExperimentDefinition]]
    ) -> list[Mapping[str, Any]]:
        now_s, launched = self.now_s, self.launched()
        return [
            experiment_fields(each, await self.counts(each.id), launched.overlaps(each), now_s)
            for each in found
        ]
