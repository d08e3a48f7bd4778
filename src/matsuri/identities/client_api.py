"""Authenticate, refresh, log out, identify, properties, delete (wire contract, section 2)."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.identities.erasures import Erasures
from matsuri.identities.model import IDENTITY_ID_ALLOWED
from matsuri.identities.service import Grant, Identities, PropertySet
from matsuri.identities.sessions import Player, Sessions
from matsuri.web.messages import EMPTY, Empty, TextMap, texts
from matsuri.web.routes import Auth, Request, Route

_TAG = "Identities"
_ALIAS = Meta(description="The same in camelCase.", extra_json_schema={"deprecated": True})
_IDENTITY_ID = Meta(description=f"Identity id: {IDENTITY_ID_ALLOWED}.", examples=["player-0001"])


class AuthenticateRequest(msgspec.Struct, frozen=True):
    """Who plays. ``default`` and ``custom`` are laid over the stored properties."""

    id: Annotated[str, _IDENTITY_ID] | None = None
    default: TextMap | None = None
    custom: TextMap | None = None
    no_session: Annotated[bool, Meta(description="Open no session: no tokens.")] | None = None
    noSession: Annotated[bool, _ALIAS] | None = None  # noqa: N815 # protobuf's JSON name


class RefreshRequest(msgspec.Struct, frozen=True):
    """The refresh token of a session."""

    refresh_token: str | None = None
    refreshToken: Annotated[str, _ALIAS] | None = None  # noqa: N815 # protobuf's JSON name


class LogoutRequest(msgspec.Struct, frozen=True):
    """What to end; with neither token, all sessions of the player."""

    token: str | None = None
    refresh_token: str | None = None
    refreshToken: Annotated[str, _ALIAS] | None = None  # noqa: N815 # protobuf's JSON name


class IdentifyRequest(msgspec.Struct, frozen=True):
    """Who the player turned out to be."""

    id: Annotated[str, _IDENTITY_ID] | None = None
    default: TextMap | None = None
    custom: TextMap | None = None


class UpdatePropertiesRequest(msgspec.Struct, frozen=True):
    """Properties to lay over the stored ones; what is not named stays as it is."""

    default: TextMap | None = None
    custom: TextMap | None = None
    recompute: (
        Annotated[bool, Meta(description="Bring audience memberships up to date now.")] | None
    ) = None


class PropertiesMessage(msgspec.Struct, frozen=True):
    """A player's properties; every value is a text."""

    default: dict[str, str]
    computed: dict[str, str]
    custom: dict[str, str]


class SessionMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A session: its tokens, unless none was wanted, and the player's properties."""

    properties: PropertiesMessage
    token: str = ""
    refresh_token: str = ""


def routes(
    identities: Identities,
    sessions: Sessions,
    erasures: Erasures,
    *,
    key_auth: Auth[str],
    player_auth: Auth[Player],
    refresher_auth: Auth[None],
) -> list[Route[Any, Any]]:
    """The endpoints of sessions and identities."""

    async def authenticate(
        request: Request, api_key: str, body: AuthenticateRequest
    ) -> SessionMessage:
        grant = await identities.authenticate(
            api_key=api_key,
            identity_id=body.id or "",
            default=texts(body.default, field="default"),
            custom=texts(body.custom, field="custom"),
            no_session=bool(body.no_session or body.noSession),
            address=request.address,
        )
        return _session(grant)

    async def refresh(_request: Request, _caller: None, body: RefreshRequest) -> SessionMessage:
        token = body.refresh_token or body.refreshToken
        if not token:
            raise invalid_field("refresh_token", "is missing")
        return _session(await identities.refresh(token))

    async def log_out(_request: Request, player: Player, body: LogoutRequest) -> Empty:
        await sessions.log_out(
            player,
            token=body.token or "",
            refresh_token=body.refresh_token or body.refreshToken or "",
        )
        return EMPTY

    async def identify(request: Request, player: Player, body: IdentifyRequest) -> SessionMessage:
        grant = await identities.identify(
            player,
            identity_id=body.id or "",
            default=texts(body.default, field="default"),
            custom=texts(body.custom, field="custom"),
            address=request.address,
        )
        return _session(grant)

    async def delete(_request: Request, player: Player, _body: None) -> Empty:
        await erasures.erase_caller(player)
        return EMPTY

    async def get_properties(_request: Request, player: Player, _body: None) -> PropertiesMessage:
        return _properties(await identities.properties(player))

    async def update_properties(
        request: Request, player: Player, body: UpdatePropertiesRequest
    ) -> Empty:
        await identities.update_properties(
            player,
            default=texts(body.default, field="default"),
            custom=texts(body.custom, field="custom"),
            address=request.player_address,
            recompute=bool(body.recompute),
        )
        return EMPTY

    return [
        Route(
            method="POST",
            path="/v1/authenticate",
            auth=key_auth,
            handler=authenticate,
            request_type=AuthenticateRequest,
            response_type=SessionMessage,
            operation="authenticate",
            summary="Open a session; a new identity is created",
            tag=_TAG,
        ),
        Route(
            method="POST",
            path="/v1/authenticate/refresh",
            auth=refresher_auth,
            handler=refresh,
            request_type=RefreshRequest,
            response_type=SessionMessage,
            operation="authenticate_refresh",
            summary="New tokens for the same session",
            description="A refresh token can be used until it expires or is logged out.",
            tag=_TAG,
        ),
        Route(
            method="POST",
            path="/v1/authenticate/logout",
            auth=player_auth,
            handler=log_out,
            request_type=LogoutRequest,
            response_type=Empty,
            operation="authenticate_logout",
            summary="End a session, or all of the player's",
            description="The tokens stop working at once.",
            tag=_TAG,
        ),
        Route(
            method="PUT",
            path="/v1/identify",
            auth=player_auth,
            handler=identify,
            request_type=IdentifyRequest,
            response_type=SessionMessage,
            operation="identify",
            summary="Go on under a known id",
            description=(
                "The caller's identity and the named one become one: values that the named one "
                "has win, missing ones are taken over, counters add up. The old session ends."
            ),
            tag=_TAG,
        ),
        Route(
            method="DELETE",
            path="/v1/identity",
            auth=player_auth,
            handler=delete,
            response_type=Empty,
            operation="delete_identity",
            summary="Delete the caller's identity and all its data",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/properties",
            auth=player_auth,
            handler=get_properties,
            response_type=PropertiesMessage,
            operation="list_properties",
            summary="The caller's properties",
            tag=_TAG,
        ),
        Route(
            method="PUT",
            path="/v1/properties",
            auth=player_auth,
            handler=update_properties,
            request_type=UpdatePropertiesRequest,
            response_type=Empty,
            operation="update_properties",
            summary="Set properties of the caller",
            tag=_TAG,
        ),
    ]


def _session(grant: Grant) -> SessionMessage:
    properties = _properties(grant.properties)
    if grant.tokens is None:
        return SessionMessage(properties=properties)
    return SessionMessage(
        properties=properties,
        token=grant.tokens.token,
        refresh_token=grant.tokens.refresh_token,
    )


def _properties(properties: PropertySet) -> PropertiesMessage:
    return PropertiesMessage(
        default=properties.default, computed=properties.computed, custom=properties.custom
    )
