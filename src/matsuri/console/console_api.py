"""Signing in and out: ``/v1/console/authenticate`` and ``/v1/console/sign-out``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.account import Account
from matsuri.console.model import ConsoleCaller
from matsuri.console.prove_factor import Proof
from matsuri.console.sessions import ConsoleSessions, Opened, Place, forgery_token
from matsuri.console.sign_in import Credentials, SignIn
from matsuri.console.user_messages import Code, RecoveryCode, UserMessage, user_message
from matsuri.web.cookies import CookieRules, session_cookie
from matsuri.web.messages import EMPTY, Empty
from matsuri.web.routes import JSON, PUBLIC, Auth, Request, Response, Route

_TAG = "Console"

_encoder = msgspec.json.Encoder()


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A console user's credentials."""

    email: Annotated[str, Meta(description="E-mail address.")] | None = None
    password: Annotated[str, Meta(description="Password.")] | None = None
    code: Code | None = None
    recovery_code: RecoveryCode | None = None
    new_password: (
        Annotated[str, Meta(description="Replaces a password that was for one time.")] | None
    ) = None
    cookie: Annotated[bool, Meta(description="Whether the session goes into a cookie.")] | None = (
        None
    )


class SignInMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A console session."""

    token: Annotated[
        str, Meta(description="To be sent as Bearer; empty where it is in the cookie.")
    ]
    csrf_token: Annotated[
        str,
        Meta(description="For the header `X-CSRF-Token`; empty where there is no cookie."),
    ]
    user: UserMessage


class SignInAnswers:
    """Makes the answer to whom a session was opened for: by token or by cookie."""

    def __init__(self, sessions: ConsoleSessions, cookies: CookieRules) -> None:
        self._sessions = sessions
        self._cookies = cookies

    def user(self, opened: Opened) -> UserMessage:
        """Who is signed in."""
        required = self._sessions.needs_totp(opened.user.role)
        return user_message(opened.user, totp_required=required)

    def message(self, opened: Opened, *, by_cookie: bool) -> SignInMessage:
        """What is told of a session that was just opened."""
        return SignInMessage(
            token="" if by_cookie else opened.token,
            csrf_token=forgery_token(opened.token) if by_cookie else "",
            user=self.user(opened),
        )

    def respond(self, message: Any, token: str, request: Request) -> Response:
        """``message``, with the cookie of a session, or without one for an empty token."""
        headers = [self._cookies.set_cookie(token, request)]
        return Response(_encoder.encode(message), JSON, headers=headers)

    def check_own_page(self, request: Request) -> None:
        """Raise ``PermissionDenied`` where a page of another origin asks for a cookie."""
        self._cookies.check_own_page(request)


def place_of(request: Request) -> Place:
    """From where a request comes, as sessions remember it."""
    return Place(request.address, request.header(b"user-agent"))


def routes(
    sign_in: SignIn,
    account: Account,
    answers: SignInAnswers,
    *,
    signed_in: Auth[ConsoleCaller],
) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def authenticate(
        request: Request, _caller: None, body: SignInRequest
    ) -> SignInMessage | Response:
        by_cookie = bool(body.cookie)
        if by_cookie:
            # Nobody is signed in as somebody else by the page of somebody else.
            answers.check_own_page(request)
        opened = await sign_in.authenticate(
            Credentials(
                email=body.email or "",
                password=body.password or "",
                new_password=body.new_password or "",
                proof=Proof(body.code or "", body.recovery_code or ""),
            ),
            place_of(request),
            former_token=session_cookie(request) if by_cookie else "",
        )
        message = answers.message(opened, by_cookie=by_cookie)
        return answers.respond(message, opened.token, request) if by_cookie else message

    async def sign_out(request: Request, caller: ConsoleCaller, _body: None) -> Empty | Response:
        await account.sign_out(caller)
        return answers.respond(EMPTY, "", request) if session_cookie(request) else EMPTY

    return [
        Route(
            method="POST",
            path="/v1/console/authenticate",
            auth=PUBLIC,
            handler=authenticate,
            request_type=SignInRequest,
            response_type=SignInMessage,
            operation="console_authenticate",
            subject="user",
            action="user.sign_in",
            summary="Sign in with e-mail and password",
            description=(
                "401 with `details` says what is missing where the password is right: "
                '`{"second_factor": "totp"}` a code, `{"password": "change"}` a `new_password`, '
                '`{"second_factor": "enrol", "ticket": "…"}` a second factor. With the ticket as '
                "Bearer, `POST /v1/console/me/totp` and `/v1/console/me/totp/confirm` set one up "
                "and end the sign-in."
            ),
            tag=_TAG,
        ),
        Route(
            method="POST",
            path="/v1/console/sign-out",
            auth=signed_in,
            handler=sign_out,
            response_type=Empty,
            operation="console_sign_out",
            subject="user",
            action="user.sign_out",
            summary="End the session that calls",
            tag=_TAG,
        ),
    ]
