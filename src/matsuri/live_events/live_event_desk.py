"""Live events as the console changes and tells them, for all of its endpoints."""

from collections.abc import Mapping, Sequence
from typing import Any

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.enrolments.subject_desk import Counts, SubjectDesk
from matsuri.kit.clock import Clock
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
from matsuri.web.callers import Entity
from matsuri.web.definitions import Resource

TAG = "Live events"
PATH = "/v1/console/live-event"


class LiveEventDesk(SubjectDesk[LiveEventDefinition, LiveEventMessage]):
    """Reads and changes live events, and makes messages of them."""

    def __init__(self, definitions: Definitions, counts: Counts, clock: Clock) -> None:
        resource = Resource(
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
        super().__init__(
            resource, LiveEventMessage, definitions=definitions, counts=counts, clock=clock
        )

    async def _extras(
        self, found: Sequence[Definition[LiveEventDefinition]]
    ) -> list[Mapping[str, Any]]:
        return [live_event_fields(each, await self.counts(each.id), self.now_us) for each in found]
