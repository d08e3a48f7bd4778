"""Signing in: ``/v1/console/authenticate``."""

from typing import Any

import msgspec

from matsuri.console.sign_in import SignIn
from matsuri.web.routes import PUBLIC, Request, Route

_TAG = "Console"


class SignInRequest(msgspec.Struct, frozen=True):
    """A console user's credentials."""

    email: str | None = None
    password: str | None = None


class SignInMessage(msgspec.Struct, frozen=True):
    """A console token, to be sent as Bearer."""

    token: str


def routes(sign_in: SignIn) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def authenticate(request: Request, _caller: None, body: SignInRequest) -> SignInMessage:
        token = await sign_in.authenticate(
            email=body.email or "", password=body.password or "", address=request.address
        )
        return SignInMessage(token=token)

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
    ]
