"""All definitions at one version: ``GET /v1/console/definition``."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.console.permissions import caller_may, permission
from matsuri.definitions.model import Catalog, Definition
from matsuri.errors import invalid_field
from matsuri.events.taxonomy import EVENT_KIND, LABEL_KIND, PROPERTY_KIND, VALIDATOR_KIND
from matsuri.experiments.model import EXCLUSION_GROUP_KIND, EXPERIMENT_KIND, HOLDOUT_GROUP_KIND
from matsuri.flags.compile import settled
from matsuri.flags.model import FLAG_KIND
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.routes import JSON, Request, Route, Stream

PIECE_DEFINITIONS = 100
"""How many definitions are encoded before others get their turn."""

_ENTITIES: Mapping[str, Entity] = {
    LABEL_KIND: Entity.TAXONOMY,
    VALIDATOR_KIND: Entity.TAXONOMY,
    EVENT_KIND: Entity.TAXONOMY,
    PROPERTY_KIND: Entity.TAXONOMY,
    AUDIENCE_KIND: Entity.AUDIENCE,
    FLAG_KIND: Entity.FLAG,
    EXCLUSION_GROUP_KIND: Entity.EXPERIMENT,
    HOLDOUT_GROUP_KIND: Entity.EXPERIMENT,
    EXPERIMENT_KIND: Entity.EXPERIMENT,
    LIVE_EVENT_KIND: Entity.LIVE_EVENT,
}


class DefinitionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which definitions."""

    kinds: Annotated[
        list[str], Meta(description=f"Of these kinds; of all without: {', '.join(_ENTITIES)}.")
    ] = msgspec.field(name="kind", default_factory=list)


class StoredDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A definition with all that is kept of it, also what the server itself has noted."""

    kind: str
    id: str
    name: str
    version: Annotated[
        str, Meta(description="Changes with every change of it; `0` for what came and stayed so.")
    ]
    origin: Annotated[
        str, Meta(description="Empty for a studio's own, else `core` or the pack it came with.")
    ]
    body: dict[str, Any]


class KindLeftOut(msgspec.Struct, frozen=True):
    """A kind that the caller may not read, and the permission that it takes."""

    kind: str
    permission: str


class DefinitionsMessage(msgspec.Struct, frozen=True, kw_only=True):
    """All definitions as they are at one version."""

    version: Annotated[str, Meta(description="Changes with every change of any definition.")]
    now_time_sec: Annotated[str, Meta(description="The server's time, as text.")]
    left_out: list[KindLeftOut]
    definitions: Annotated[list[StoredDefinition], Meta(description="By kind and name.")]


class DefinitionServices(NamedTuple):
    """What the endpoint needs."""

    catalog: Callable[[], Catalog]
    clock: Clock


def routes(services: DefinitionServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def read(_request: Request, caller: ConsoleCaller, query: DefinitionQuery) -> Stream:
        unknown = next((each for each in query.kinds if each not in _ENTITIES), None)
        if unknown is not None:
            raise invalid_field("kind", "is no kind of definitions", ", ".join(_ENTITIES))
        wanted = [each for each in _ENTITIES if each in (query.kinds or _ENTITIES)]
        told = [each for each in wanted if caller_may(caller, _ENTITIES[each], Action.READ)]
        left_out = [
            KindLeftOut(each, permission(_ENTITIES[each], Action.READ))
            for each in wanted
            if each not in told
        ]
        catalog, now_us = services.catalog(), services.clock.now_us()
        return Stream(_pieces(catalog, told, left_out, now_us), JSON)

    return [
        Route(
            method="GET",
            path="/v1/console/definition",
            auth=console_may(Entity.TAXONOMY, Action.READ),
            handler=read,
            query_type=DefinitionQuery,
            response_type=DefinitionsMessage,
            operation="console_list_definitions",
            summary="Read all definitions of all kinds at one version",
            description=(
                "In one consistent answer, however many there are. Kinds that the caller may not "
                "read are named in `left_out`. Scheduled changes of flags that are due count as "
                "made, so a flag is what it is at `now_time_sec`."
            ),
            tag="Planning",
        )
    ]


async def _pieces(
    catalog: Catalog, kinds: Collection[str], left_out: Sequence[KindLeftOut], now_us: int
) -> AsyncGenerator[bytes, None]:
    """The JSON text of a ``DefinitionsMessage``."""
    head = DefinitionsMessage(
        version=str(catalog.version),
        now_time_sec=str(now_us // MICROSECONDS),
        left_out=list(left_out),
        definitions=[],
    )
    yield msgspec.json.encode(head).removesuffix(b"]}")
    definitions = _definitions(catalog, kinds, now_us)
    between = b""
    while some := list(islice(definitions, PIECE_DEFINITIONS)):
        # A list without its brackets.
        yield between + msgspec.json.encode(some)[1:-1]
        between = b","
    yield b"]}"


def _definitions(
    catalog: Catalog, kinds: Collection[str], now_us: int
) -> Iterator[StoredDefinition]:
    for kind in kinds:
        for each in catalog.of_kind(kind).values():
            yield StoredDefinition(
                kind=kind,
                id=each.id,
                name=each.name,
                version=str(each.version),
                origin=each.origin,
                body=msgspec.to_builtins(_body(each, now_us)),
            )


def _body(definition: Definition[Any], now_us: int) -> Any:
    if definition.kind == FLAG_KIND:
        return settled(definition.body, now_us)
    return definition.body
