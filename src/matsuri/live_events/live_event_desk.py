"""Live events as the console changes and tells them, for all of its endpoints."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.enrolments.model import Part
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.live_events.console_messages import (
    LiveEventList,
    LiveEventMessage,
    LiveEventRequest,
    LiveEventSearch,
    given_fields,
    live_event_fields,
)
from matsuri.live_events.kinds import LIVE_EVENT_NAME_ALLOWED
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition
from matsuri.web.callers import ConsoleCaller, Entity
from matsuri.web.definitions import Resource, author_of, definition_messages, version_of
from matsuri.web.routes import Request

TAG = "Live events"
PATH = "/v1/console/live-event"


class Change(Protocol):
    """What every request says that changes a live event."""

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
        """How many take part in a live event, by run."""
        ...


class LiveEventDesk:
    """Reads and changes live events, and makes messages of them."""

    def __init__(self, definitions: Definitions, counts: Counts, clock: Clock) -> None:
        self.definitions = definitions
        self._counts = counts
        self._clock = clock
        self.resource = Resource(
            kind=LIVE_EVENT_KIND,
            path=PATH,
            title="live events",
            entity=Entity.LIVE_EVENT,
            request_type=LiveEventRequest,
            message_type=LiveEventMessage,
            list_type=LiveEventList,
            query_type=LiveEventSearch,
            description=(
                f"Name: {LIVE_EVENT_NAME_ALLOWED}. A `schedule` is given as a whole. A change of "
                "it leaves the runs that have started as they are, but for the end of one that is "
                "on."
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

    def get(self, ref: str) -> Definition[LiveEventDefinition]:
        """One live event; raises ``NotFound``."""
        return self.definitions.get(LIVE_EVENT_KIND, ref)

    async def counts(self, event_id: str) -> Mapping[tuple[Part, str], int]:
        """How many take part in a live event, by run."""
        return await self._counts.counts(event_id)

    async def message(self, definition: Definition[LiveEventDefinition]) -> LiveEventMessage:
        """What is answered of a live event."""
        (message,) = await definition_messages(self.resource, self.definitions, [definition])
        if not isinstance(message, LiveEventMessage):
            raise TypeError("the message of a live event is a LiveEventMessage")
        return message

    async def change(
        self,
        request: Request,
        caller: ConsoleCaller,
        body: Change,
        changes: Callable[[LiveEventDefinition], Mapping[str, Any]],
    ) -> LiveEventMessage:
        """Change the live event of a request; see ``Definitions.update``."""
        changed = await self.definitions.update(
            LIVE_EVENT_KIND,
            request.params["id"],
            changes,
            version=version_of(body.version),
            author=author_of(caller, body.note),
        )
        return await self.message(changed)

    async def _extras(
        self, found: Sequence[Definition[LiveEventDefinition]]
    ) -> list[Mapping[str, Any]]:
        return [
            live_event_fields(each, await self._counts.counts(each.id), self.now_us)
            for each in found
        ]
