"""Signing in and API keys: ``/v1/console/…``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.keys import Keyring
from matsuri.console.model import KEY_NAME_ALLOWED, ConsoleCaller, KeyKind
from matsuri.console.permissions import Action, Entity
from matsuri.console.sign_in import SignIn
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.callers import ConsoleMay
from matsuri.web.routes import PUBLIC, Request, Route

_TAG = "Console"


class SignInRequest(msgspec.Struct, frozen=True):
    """A console user's credentials."""

    email: str | None = None
    password: str | None = None


class SignInMessage(msgspec.Struct, frozen=True):
    """A console token, to be sent as Bearer."""

    token: str


class CreateKeyRequest(msgspec.Struct, frozen=True):
    """A new API key."""

    name: Annotated[str, Meta(description=f"Unique name: {KEY_NAME_ALLOWED}.")] | None = None


class KeyMessage(msgspec.Struct, frozen=True):
    """An API key. ``value`` is told only when the key is made."""

    name: str
    value: str
    create_time_sec: Annotated[str, Meta(description="Seconds since the epoch, as text.")]


def routes(sign_in: SignIn, keyring: Keyring, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints of people and keys."""

    async def authenticate(request: Request, _caller: None, body: SignInRequest) -> SignInMessage:
        token = await sign_in.authenticate(
            email=body.email or "", password=body.password or "", address=request.address
        )
        return SignInMessage(token=token)

    async def create_api_key(
        _request: Request, _caller: ConsoleCaller, body: CreateKeyRequest
    ) -> KeyMessage:
        key, value = await keyring.create(kind=KeyKind.API, name=body.name or "")
        return KeyMessage(
            name=key.name, value=value, create_time_sec=str(key.created_us // MICROSECONDS)
        )

    return [
        Route(
            method="POST",
            path="/v1/console/authenticate",
            auth=PUBLIC,
            handler=authenticate,
            request_type=SignInRequest,
            response_type=SignInMessage,
            operation="console_authenticate",
            summary="Sign in with e-mail and password",
            tag=_TAG,
        ),
        Route(
            method="POST",
            path="/v1/console/apikey",
            auth=console_may(Entity.API_KEY, Action.WRITE),
            handler=create_api_key,
            request_type=CreateKeyRequest,
            response_type=KeyMessage,
            operation="console_create_apikey",
            summary="Create an API key",
            description="The value is in this answer and nowhere else: only its hash is kept.",
            tag=_TAG,
        ),
    ]
