"""Audiences in the console API: ``/v1/console/audience``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.audiences import filter_api, import_api, list_api, membership_api, preview_api
from matsuri.audiences.filter_texts import FilterTexts
from matsuri.audiences.kinds import AUDIENCE_NAME_ALLOWED, DESCRIPTION_CHARS_MAX
from matsuri.audiences.list_imports import ListImports
from matsuri.audiences.list_rules import refuse_switch
from matsuri.audiences.lists import AudienceLists
from matsuri.audiences.membership_api import MemberCount
from matsuri.audiences.model import AUDIENCE_KIND, Listing
from matsuri.audiences.preview import Preview
from matsuri.audiences.stored_members import StoredMembers
from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.errors import invalid_field
from matsuri.kit.clock import Clock
from matsuri.kit.paging import page_of
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Labels,
    Resource,
    definition_routes,
)
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery, page_options
from matsuri.web.routes import Request, Route

TAG = "Audiences"
PATH = "/v1/console/audience"

Description = Annotated[
    str, Meta(description=f"What it is, for people; at most {DESCRIPTION_CHARS_MAX} characters.")
]
FilterText = Annotated[
    str,
    Meta(description="An expression that is true for those who belong; empty lets nobody in."),
]
Managed = Annotated[
    bool,
    Meta(
        description=(
            "Whether only server keys may change its lists, and this, and it has no filter. It may "
            "be given to a new audience by anybody who may make one."
        )
    ),
]


class AudienceRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of an audience."""

    description: Description | None = None
    labels: Labels | None = None
    filter: FilterText | None = None
    managed: Managed | None = None


class BackfillMessage(msgspec.Struct, frozen=True):
    """How far history was read for the events that a new filter asks about."""

    percent: int


class AudienceMessage(DefinitionMessage, frozen=True, kw_only=True):
    """An audience."""

    description: str
    labels: list[str]
    filter: FilterText
    managed: Managed
    member_count: MemberCount
    include_count: Annotated[int, Meta(description="How many ids are included.")]
    exclude_count: Annotated[int, Meta(description="How many ids are excluded.")]
    window_backfill: Annotated[
        BackfillMessage | msgspec.UnsetType,
        Meta(description="As long as it is there, an earlier filter serves, or none."),
    ] = msgspec.UNSET


class AudienceList(msgspec.Struct, frozen=True):
    """A page of audiences, by name."""

    audiences: list[AudienceMessage]
    page_options: PageOptions


class AudienceUserMessage(msgspec.Struct, frozen=True):
    """A definition that refers to the audience, and the field in which it does."""

    kind: str
    id: str
    name: str
    field: str


class AudienceUsage(msgspec.Struct, frozen=True):
    """What refers to an audience, by kind and name."""

    in_use: bool
    users: list[AudienceUserMessage]
    page_options: PageOptions


class AudienceServices(NamedTuple):
    """What can be done with audiences.

    ``backfill_percent`` tells, by name, how far history was read for the filter of an audience;
    ``None`` where the filter serves.
    """

    definitions: Definitions
    lists: AudienceLists
    imports: ListImports
    preview: Preview
    members: StoredMembers
    texts: FilterTexts
    backfill_percent: Callable[[str], int | None]
    clock: Clock
    ids_max: int


def routes(services: AudienceServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def extras(audiences: Sequence[Definition[Any]]) -> Sequence[Mapping[str, Any]]:
        ids = [each.id for each in audiences]
        found, members = await services.lists.counts(ids), await services.members.counts(ids)
        return [
            {
                "member_count": members.get(each.id, 0),
                **{f"{listing.value}_count": found[each.id][listing] for listing in Listing},
                "window_backfill": _backfill(services.backfill_percent(each.name)),
            }
            for each in audiences
        ]

    resource = Resource(
        kind=AUDIENCE_KIND,
        path=PATH,
        title="audiences",
        entity=Entity.AUDIENCE,
        request_type=AudienceRequest,
        message_type=AudienceMessage,
        list_type=AudienceList,
        description=f"Name: {AUDIENCE_NAME_ALLOWED}.",
        tag=TAG,
        extras=extras,
        guard=lambda body, fields, caller: refuse_switch(body, fields, is_key=caller.is_key),
    )
    definitions, texts = services.definitions, services.texts
    return [
        *definition_routes(resource, definitions, console_may=console_may),
        _usage_route(definitions, console_may),
        *list_api.routes(
            services.lists, path=PATH, tag=TAG, clock=services.clock, console_may=console_may
        ),
        *import_api.routes(
            services.imports, path=PATH, tag=TAG, clock=services.clock, console_may=console_may
        ),
        *preview_api.routes(
            services.preview,
            texts,
            definitions,
            path=PATH,
            tag=TAG,
            ids_max=services.ids_max,
            console_may=console_may,
        ),
        *membership_api.routes(
            services.members,
            path=PATH,
            tag=TAG,
            clock=services.clock,
            console_may=console_may,
        ),
        *filter_api.routes(texts, definitions, tag=TAG, console_may=console_may),
    ]


def _backfill(percent: int | None) -> BackfillMessage | msgspec.UnsetType:
    return msgspec.UNSET if percent is None else BackfillMessage(percent)


def _usage_route(definitions: Definitions, console_may: ConsoleMay) -> Route[Any, Any]:
    async def usage(request: Request, _caller: object, query: PageQuery) -> AudienceUsage:
        audience = definitions.get(AUDIENCE_KIND, request.params["id"])
        catalog = definitions.catalog
        users = sorted(set(catalog.users_of(AUDIENCE_KIND, audience.name)))
        try:
            page = page_of(
                users,
                key=lambda user: (user.kind, user.name, user.field),
                limit=query.limit,
                cursor=query.cursor,
            )
        except ValueError as error:
            raise invalid_field(CURSOR_FIELD, str(error)) from None
        found = []
        for user in page.items:
            definition = catalog.find(user.kind, user.name)
            user_id = "" if definition is None else definition.id
            found.append(AudienceUserMessage(user.kind, user_id, user.name, user.field))
        return AudienceUsage(bool(users), found, page_options(page))

    return Route(
        method="GET",
        path=f"{PATH}/{{id}}/usage",
        auth=console_may(Entity.AUDIENCE, Action.READ),
        handler=usage,
        query_type=PageQuery,
        response_type=AudienceUsage,
        operation="console_list_audience_usage",
        summary="List what refers to an audience",
        description="As long as there is anything, it can be neither renamed nor deleted.",
        tag=TAG,
    )
