"""Experiments as the console changes and tells them, for all of its endpoints."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Author, Definitions
from matsuri.enrolments.model import Part
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
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import ConsoleCaller, Entity
from matsuri.web.definitions import Resource, author_of, definition_messages, version_of
from matsuri.web.routes import Request

TAG = "Experiments"
PATH = "/v1/console/experiment"


class Change(Protocol):
    """What every request says that changes an experiment."""

    @property
    def version(self) -> str | int | None:
        """The version that was seen last."""
        ...

    @property
    def note(self) -> str | None:
        """Why."""
        ...


class Counts(Protocol):
    """Counts places (``enrolments.service``)."""

    async def counts(self, subject_id: str) -> Mapping[tuple[Part, str], int]:
        """How many take part in an experiment, by part and variant."""
        ...


class ExperimentDesk:
    """Reads and changes experiments, and makes messages of them."""

    def __init__(self, definitions: Definitions, counts: Counts, clock: Clock) -> None:
        self.definitions = definitions
        self._counts = counts
        self._clock = clock
        self.resource = Resource(
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

    @property
    def now_us(self) -> int:
        """The time, in microseconds since the epoch."""
        return self._clock.now_us()

    @property
    def now_s(self) -> int:
        """The same in seconds."""
        return self.now_us // MICROSECONDS

    def get(self, ref: str) -> Definition[ExperimentDefinition]:
        """One experiment; raises ``NotFound``."""
        return self.definitions.get(EXPERIMENT_KIND, ref)

    def launched(self) -> LaunchedPhases:
        """The phases that are on or to come."""
        experiments = self.definitions.catalog.of_kind(EXPERIMENT_KIND).values()
        return LaunchedPhases(experiments, self.now_s)

    async def counts(self, experiment_id: str) -> Mapping[tuple[Part, str], int]:
        """How many take part in an experiment, by part and variant."""
        return await self._counts.counts(experiment_id)

    async def message(self, definition: Definition[ExperimentDefinition]) -> ExperimentMessage:
        """What is answered of an experiment."""
        (message,) = await definition_messages(self.resource, self.definitions, [definition])
        if not isinstance(message, ExperimentMessage):
            raise TypeError("the message of an experiment is an ExperimentMessage")
        return message

    async def change(
        self,
        request: Request,
        caller: ConsoleCaller,
        body: Change,
        changes: Callable[[ExperimentDefinition], Mapping[str, Any]],
        *,
        forced: bool = False,
    ) -> ExperimentMessage:
        """Change the experiment of a request; see ``Definitions.update``."""
        changed = await self.definitions.update(
            EXPERIMENT_KIND,
            request.params["id"],
            changes,
            version=version_of(body.version),
            author=self.author(caller, body),
            forced=forced,
        )
        return await self.message(changed)

    @staticmethod
    def author(caller: ConsoleCaller, body: Change) -> Author:
        """Who makes a change; raises ``InvalidArgument`` for a bad note."""
        return author_of(caller, body.note)

    async def _extras(
        self, found: Sequence[Definition[ExperimentDefinition]]
    ) -> list[Mapping[str, Any]]:
        now_s, launched = self.now_s, self.launched()
        return [
            experiment_fields(
                each, await self._counts.counts(each.id), launched.overlaps(each), now_s
            )
            for each in found
        ]
