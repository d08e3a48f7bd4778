"""What players take part in, as the console changes and tells it: experiments, live events."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.enrolments.model import Part
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import ConsoleCaller
from matsuri.web.definitions import (
    DefinitionMessage,
    Resource,
    author_of,
    definition_messages,
    version_of,
)
from matsuri.web.routes import Request

B = TypeVar("B")
M = TypeVar("M", bound=DefinitionMessage)


class Change(Protocol):
    """What every request says that changes a definition."""

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
        """How many take part in something, by part and variant."""
        ...


class SubjectDesk(Generic[B, M]):
    """Reads and changes the definitions of one kind, with bodies ``B``, and answers messages ``M``.

    ``resource`` says how they appear in the console API.
    """

    def __init__(
        self,
        resource: Resource,
        message_type: type[M],
        *,
        definitions: Definitions,
        counts: Counts,
        clock: Clock,
    ) -> None:
        self.resource = resource
        self.definitions = definitions
        self._message_type = message_type
        self._counts = counts
        self._clock = clock

    @property
    def now_us(self) -> int:
        """The time, in microseconds since the epoch."""
        return self._clock.now_us()

    @property
    def now_s(self) -> int:
        """The same in seconds."""
        return self.now_us // MICROSECONDS

    def get(self, ref: str) -> Definition[B]:
        """One of them by id or name; raises ``NotFound``."""
        return self.definitions.get(self.resource.kind, ref)

    async def counts(self, subject_id: str) -> Mapping[tuple[Part, str], int]:
        """How many take part in one of them, by part and variant."""
        return await self._counts.counts(subject_id)

    async def message(self, definition: Definition[B]) -> M:
        """What is answered of one of them."""
        (message,) = await definition_messages(self.resource, self.definitions, [definition])
        if not isinstance(message, self._message_type):
            raise TypeError(f"the message of {definition.kind} is a {self._message_type.__name__}")
        return message

    async def change(
        self,
        request: Request,
        caller: ConsoleCaller,
        body: Change,
        changes: Callable[[B], Mapping[str, Any]],
        *,
        forced: bool = False,
    ) -> M:
        """Change the one of a request; see ``Definitions.update``."""
        changed = await self.definitions.update(
            self.resource.kind,
            request.params["id"],
            changes,
            version=version_of(body.version),
            author=author_of(caller, body.note),
            forced=forced,
        )
        return await self.message(changed)
