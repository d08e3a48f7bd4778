"""The definitions that a running server has."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from matsuri.as_code.kinds import AMENDABLE, FILE_KINDS, FileKind
from matsuri.as_code.state import stated
from matsuri.definitions.model import Origin
from matsuri.errors import MatsuriError
from matsuri.kit.clock import MICROSECONDS
from matsuri.planning.definition_api import DefinitionsMessage


class NotUnderstood(MatsuriError):
    """The server answered with something that this version does not know."""


class Server(Protocol):
    """A running server: see ``ConsoleClient``."""

    def call(
        self,
        method: str,
        *segments: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        """What it answers."""
        ...


class ServerDefinition(NamedTuple):
    """A definition as a server has it, with its state."""

    kind: FileKind
    id: str
    name: str
    version: str
    origin: str
    body: Any

    @property
    def is_predefined(self) -> bool:
        """Whether it came with the server."""
        return self.origin != Origin.STUDIO

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say of it that is not so on every server."""
        if not self.is_predefined:
            return True
        return any(getattr(self.body, each) for each in AMENDABLE)


class ServerDefinitions(NamedTuple):
    """All definitions of a server at one version, by kind and name.

    ``left_out`` has the permission that it takes to read a kind which is not there for that.
    """

    version: str
    now_us: int
    left_out: Mapping[str, str]
    by_key: Mapping[tuple[str, str], ServerDefinition]

    def kinds(self) -> list[FileKind]:
        """The kinds of which all definitions are there."""
        return [each for each in FILE_KINDS.values() if each.name not in self.left_out]

    def told(self) -> Iterator[ServerDefinition]:
        """Those that there is something to say of."""
        return (each for each in self.by_key.values() if each.is_told)

    def said(self) -> Iterator[tuple[FileKind, str, Any]]:
        """The same as files have them: kind, name and body."""
        for each in self.told():
            yield each.kind, each.name, said_body(each)


def said_body(definition: ServerDefinition) -> Any:
    """What a file says of a definition."""
    if definition.is_predefined:
        amended = {each: getattr(definition.body, each) for each in AMENDABLE}
        return definition.kind.body_type(**amended)
    return stated(definition.kind, definition.body)


def read_server(server: Server) -> ServerDefinitions:
    """What a server has; raises as its ``call``, and ``NotUnderstood``."""
    try:
        told = msgspec.convert(server.call("GET", "definition"), type=DefinitionsMessage)
        return ServerDefinitions(
            version=told.version,
            now_us=int(told.now_time_sec) * MICROSECONDS,
            left_out={each.kind: each.permission for each in told.left_out},
            by_key={
                (each.kind, each.name): ServerDefinition(
                    kind=FILE_KINDS[each.kind],
                    id=each.id,
                    name=each.name,
                    version=each.version,
                    origin=each.origin,
                    body=msgspec.convert(each.body, type=FILE_KINDS[each.kind].body_type),
                )
                for each in told.definitions
            },
        )
    except (msgspec.ValidationError, ValueError, KeyError) as error:
        raise NotUnderstood(f"this server's definitions are of another shape: {error}") from None
