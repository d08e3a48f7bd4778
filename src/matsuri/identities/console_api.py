"""Players as operators see them: ``/v1/console/identity/…``."""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.errors import InvalidArgument, invalid_field
from matsuri.events.analytics import PlayerEventsQuery
from matsuri.events.event_records import record_of
from matsuri.identities.console_messages import (
    IdentityListMessage,
    IdentityMessage,
    PlayerEventListMessage,
    PlayerSessionListMessage,
    identity_message,
    identity_summary,
    session_message,
)
from matsuri.identities.export_player import PlayerExport
from matsuri.identities.import_identities import GivenIdentity, IdentityImport
from matsuri.identities.player_store import Order
from matsuri.identities.players import Players
from matsuri.kit.timestamps import parse_timestamp
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import TextMap, moment_us, texts
from matsuri.web.routes import JSON, Request, Route, Stream
from matsuri.web.streams import begun

_TAG = "Players"


class IdentityQuery(PageQuery, frozen=True, kw_only=True):
    """Which identities, and in which order."""

    exact: Annotated[str, Meta(description="The identity of this id.")] = msgspec.field(
        name="search.id.exact", default=""
    )
    prefix: Annotated[str, Meta(description="Identities whose ids begin with this.")] = (
        msgspec.field(name="search.id.like", default="")
    )
    is_test: Annotated[bool, Meta(description="Test devices only.")] = msgspec.field(
        name="search.is_test.exact", default=False
    )
    order: Annotated[
        Order | None,
        Meta(
            description=(
                "`newest` or `oldest` to this server first, or by `id`. With `search.id.like` "
                "always by `id`; else `newest` if missing."
            )
        ),
    ] = None


class PlayerEventQuery(PageQuery, frozen=True, kw_only=True):
    """Which events of the player."""

    names: Annotated[list[str], Meta(description="Events of these names.")] = msgspec.field(
        name="search.name.or", default=[]
    )
    session_id: Annotated[str, Meta(description="Events of this session.")] = msgspec.field(
        name="search.session_id.exact", default=""
    )
    event_id: Annotated[str, Meta(description="The event of this id.")] = msgspec.field(
        name="search.id.exact", default=""
    )
    text: Annotated[
        str, Meta(description="Looked for in name, value and metadata, whatever the case.")
    ] = msgspec.field(name="search.text", default="")
    from_time: Annotated[
        str,
        Meta(description="Events at this time (RFC 3339, a date, or epoch seconds) or later."),
    ] = msgspec.field(name="from", default="")
    until_time: Annotated[str, Meta(description="Events before this time.")] = msgspec.field(
        name="until", default=""
    )


class EditPropertiesRequest(msgspec.Struct, frozen=True):
    """Properties to lay over the stored ones; what is not named stays as it is."""

    default: TextMap | None = None
    custom: TextMap | None = None
    recompute: (
        Annotated[bool, Meta(description="Bring audience memberships up to date now.")] | None
    ) = None


class ImportedIdentity(msgspec.Struct, frozen=True):
    """One identity to take over."""

    id: str | None = None
    default: TextMap | None = None
    custom: TextMap | None = None
    create_time: (
        Annotated[
            str | int | float,
            Meta(description="RFC 3339, or seconds since the epoch; missing means now."),
        ]
        | None
    ) = None


class ImportIdentitiesRequest(msgspec.Struct, frozen=True):
    """Identities to take over."""

    identities: list[ImportedIdentity] | None = None


class RefusedIdentity(msgspec.Struct, frozen=True):
    """Why the identity with that place in the request was not taken."""

    index: int
    id: str
    field: str
    problem: str


class ImportIdentitiesMessage(msgspec.Struct, frozen=True):
    """What became of them."""

    created: int
    updated: int
    refused: list[RefusedIdentity]


class PlayerServices(NamedTuple):
    """What can be done with players."""

    players: Players
    export: PlayerExport
    imports: IdentityImport


class _Handlers:
    """One method for each endpoint."""

    def __init__(self, services: PlayerServices) -> None:
        self._services = services

    async def list_identities(
        self, _request: Request, _caller: object, query: IdentityQuery
    ) -> IdentityListMessage:
        order = query.order or (Order.ID if query.prefix else Order.NEWEST)
        if query.prefix and order is not Order.ID:
            raise invalid_field("order", "goes by id where search.id.like is given", "id")
        page = await self._services.players.search(
            exact=query.exact,
            prefix=query.prefix,
            tests_only=query.is_test,
            order=order,
            cursor=cursor_of(query),
            limit=query.limit,
        )
        active = await self._services.players.last_active(each.key for each in page.items)
        found = [identity_summary(each, active.get(each.key, 0)) for each in page.items]
        return IdentityListMessage(found, page_options(page))

    async def get_identity(self, request: Request, _caller: object, _body: None) -> IdentityMessage:
        return identity_message(await self._services.players.portrait(request.params["id"]))

    async def update_properties(
        self, request: Request, _caller: object, body: EditPropertiesRequest
    ) -> IdentityMessage:
        await self._services.players.update_properties(
            request.params["id"],
            default=texts(body.default, field="default"),
            custom=texts(body.custom, field="custom"),
            recompute=bool(body.recompute),
        )
        return identity_message(await self._services.players.portrait(request.params["id"]))

    async def list_sessions(
        self, request: Request, _caller: object, query: PageQuery
    ) -> PlayerSessionListMessage:
        page = await self._services.players.sessions(
            request.params["id"], cursor=cursor_of(query), limit=query.limit
        )
        found = [session_message(session) for session in page.items]
        return PlayerSessionListMessage(found, page_options(page))

    async def list_events(
        self, request: Request, _caller: object, query: PlayerEventQuery
    ) -> PlayerEventListMessage:
        asked = PlayerEventsQuery(
            profile_key=0,
            names=query.names,
            session_id=query.session_id,
            event_id=query.event_id,
            text=query.text,
            from_us=moment_us("from", query.from_time),
            until_us=moment_us("until", query.until_time),
            limit=query.limit,
        )
        rows, next_cursor = await self._services.players.events(
            request.params["id"], asked, cursor=cursor_of(query)
        )
        return PlayerEventListMessage(
            [record_of(row) for row in rows], PageOptions(next_cursor, "")
        )

    async def export(self, request: Request, _caller: object, _body: None) -> Stream:
        portrait = await self._services.players.portrait(request.params["id"])
        pieces = self._services.export.pieces(portrait)
        return Stream(await begun(pieces), JSON)

    async def import_many(
        self, _request: Request, _caller: object, body: ImportIdentitiesRequest
    ) -> ImportIdentitiesMessage:
        given: list[GivenIdentity] = []
        places: list[int] = []
        refused: list[RefusedIdentity] = []
        for index, one in enumerate(body.identities or []):
            try:
                given.append(_given(one))
                places.append(index)
            except InvalidArgument as error:
                refused += [
                    RefusedIdentity(index, (one.id or "")[:128], detail["field"], detail["problem"])
                    for detail in error.details
                ]
        result = await self._services.imports.take(given)
        refused += [
            RefusedIdentity(places[one.index], one.id, one.field, one.problem)
            for one in result.refused
        ]
        refused.sort(key=lambda one: one.index)
        return ImportIdentitiesMessage(result.created, result.updated, refused)


def routes(services: PlayerServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    handle = _Handlers(services)
    may_read = console_may(Entity.IDENTITY, Action.READ)
    may_write = console_may(Entity.IDENTITY, Action.WRITE)
    alias_note = "An id that was merged into another identity leads to that one."
    return [
        Route(
            method="GET",
            path="/v1/console/identity",
            auth=may_read,
            handler=handle.list_identities,
            query_type=IdentityQuery,
            response_type=IdentityListMessage,
            operation="console_list_identities",
            summary="Find identities",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/identity/{id}",
            auth=may_read,
            handler=handle.get_identity,
            response_type=IdentityMessage,
            operation="console_get_identity",
            summary="One identity with its properties",
            description=alias_note,
            tag=_TAG,
        ),
        Route(
            method="PUT",
            path="/v1/console/identity/{id}/properties",
            auth=may_write,
            handler=handle.update_properties,
            request_type=EditPropertiesRequest,
            response_type=IdentityMessage,
            operation="console_update_properties",
            action="identity.update_properties",
            summary="Set properties of an identity",
            description=f"The rules are those of `PUT /v1/properties`. {alias_note}",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/identity/{id}/session",
            auth=may_read,
            handler=handle.list_sessions,
            query_type=PageQuery,
            response_type=PlayerSessionListMessage,
            operation="console_list_sessions",
            summary="Sessions of a player, the latest first",
            description=alias_note,
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/identity/{id}/event",
            auth=console_may(Entity.EVENT, Action.READ),
            handler=handle.list_events,
            query_type=PlayerEventQuery,
            response_type=PlayerEventListMessage,
            operation="console_list_player_events",
            summary="Events of a player, the latest first",
            description=f"They are there seconds after they were accepted. {alias_note}",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/identity/{id}/export",
            auth=may_read,
            handler=handle.export,
            operation="console_export_identity",
            audited=True,
            summary="Everything that is kept of a player, as one JSON document",
            description=f'It is complete if it ends with `"complete":true}}`. {alias_note}',
            tag=_TAG,
        ),
        Route(
            method="POST",
            path="/v1/console/identity/import",
            auth=may_write,
            handler=handle.import_many,
            request_type=ImportIdentitiesRequest,
            response_type=ImportIdentitiesMessage,
            operation="console_import_identities",
            told=("created", "updated", "refused"),
            action="identity.import",
            summary="Take identities over from another system",
            description=(
                "New ones are created, existing ones get the properties on top of their own; of "
                "two times of creation the older is kept. What is refused is told with its place "
                "in the request; the others are taken all the same."
            ),
            tag=_TAG,
        ),
    ]


def _given(one: ImportedIdentity) -> GivenIdentity:
    created_us = None
    if one.create_time not in {None, ""}:
        try:
            created_us = parse_timestamp(one.create_time or 0)
        except ValueError as error:
            raise invalid_field("create_time", str(error)) from None
    return GivenIdentity(
        id=one.id or "",
        default=texts(one.default, field="default"),
        custom=texts(one.custom, field="custom"),
        created_us=created_us,
    )
