"""Audiences in the console API: ``/v1/console/audience``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.kinds import AUDIENCE_NAME_ALLOWED
from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.service import Definitions
from matsuri.web.callers import ConsoleMay, Entity
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Description,
    Labels,
    Resource,
    definition_routes,
)
from matsuri.web.lists import PageOptions
from matsuri.web.routes import Route

TAG = "Audiences"
PATH = "/v1/console/audience"

FilterText = Annotated[
    str,
    Meta(description="An expression that is true for those who belong; empty lets nobody in."),
]
Managed = Annotated[
    bool,
    Meta(description="Whether only server keys may change its lists, and it has no filter."),
]


class AudienceRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of an audience."""

    description: Description | None = None
    labels: Labels | None = None
    filter: FilterText | None = None
    managed: Managed | None = None


class AudienceMessage(DefinitionMessage, frozen=True, kw_only=True):
    """An audience."""

    description: str
    labels: list[str]
    filter: FilterText
    managed: Managed


class AudienceList(msgspec.Struct, frozen=True):
    """A page of audiences, by name."""

    audiences: list[AudienceMessage]
    page_options: PageOptions


def routes(definitions: Definitions, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
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
    )
    return definition_routes(resource, definitions, console_may=console_may)
