"""What signed-in users see and do of their own: ``/v1/console/me/…``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.console.account import Account
from matsuri.console.console_api import SignInAnswers, place_of
from matsuri.console.model import ConsoleCaller
from matsuri.console.prove_factor import Proof
from matsuri.console.second_factor import SecondFactor
from matsuri.console.sessions import ConsoleSessions, forgery_token
from matsuri.console.user_messages import (
    Code,
    RecoveryCode,
    RecoveryCodesMessage,
    SessionList,
    SessionMessage,
    UserMessage,
    seconds_or_empty,
    session_message,
    user_message,
)
from matsuri.console.users import Users
from matsuri.errors import Unauthenticated
from matsuri.web.callers import credential
from matsuri.web.cookies import session_cookie
from matsuri.web.messages import EMPTY, Empty
from matsuri.web.routes import Auth, Request, Response, Route

_TAG = "Console"


class TotpStateMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What the user has of a second factor."""

    enabled: Annotated[bool, Meta(description="Whether there is one.")]
    required: Annotated[bool, Meta(description="Whether the role must have one.")]
    since_time_sec: Annotated[
        str, Meta(description="Since when, in seconds since the epoch; empty for none.")
    ]
    recovery_codes_left: Annotated[int, Meta(description="How many recovery codes still open.")]


class MeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and how."""

    user: UserMessage
    permissions: Annotated[list[str], Meta(description="All that the user may do.")]
    csrf_token: Annotated[
        str,
        Meta(description="For the header `X-CSRF-Token`; empty where there is no cookie."),
    ]
    totp: TotpStateMessage
    session: SessionMessage


class ChangePasswordRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Another password."""

    current_password: Annotated[str, Meta(description="The password until now.")] | None = None
    new_password: Annotated[str, Meta(description="The password from now on.")] | None = None


class ProofRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A proof of the second factor: one of both."""

    code: Code | None = None
    recovery_code: RecoveryCode | None = None

    def proof(self) -> Proof:
        """What is given."""
        return Proof(self.code or "", self.recovery_code or "")


class ProofQuery(ProofRequest, frozen=True, kw_only=True):
    """The same in a query: a code that is used up with it tells whoever reads logs nothing."""


class BeginTotpRequest(ProofRequest, frozen=True, kw_only=True):
    """A proof of who asks for a new second factor."""

    password: (
        Annotated[str, Meta(description="The password, where there is no second factor yet.")]
        | None
    ) = None


class BeginTotpMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A secret for an app, told only here, and in force once a code of it confirms it."""

    secret: Annotated[str, Meta(description="The secret to type into an app, in Base32.")]
    uri: Annotated[str, Meta(description="The same as `otpauth://` address.")]
    qr_svg: Annotated[str, Meta(description="The address as a QR code: an SVG element.")]


class ConfirmTotpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A code of the new secret."""

    code: Code | None = None
    cookie: (
        Annotated[bool, Meta(description="With a ticket: whether the session is a cookie's.")]
        | None
    ) = None


class ConfirmTotpMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor in force, and the session of who came with a ticket."""

    recovery_codes: Annotated[
        list[str], Meta(description="Each opens once; told here and nowhere else.")
    ]
    token: Annotated[str, Meta(description="With a ticket and no cookie: the console token.")] = ""
    csrf_token: Annotated[
        str, Meta(description="With a ticket and a cookie: for the header `X-CSRF-Token`.")
    ] = ""


class _Calls:
    """What the endpoints do."""

    def __init__(
        self,
        account: Account,
        factor: SecondFactor,
        users: Users,
        sessions: ConsoleSessions,
        answers: SignInAnswers,
    ) -> None:
        self._account = account
        self._factor = factor
        self._users = users
        self._sessions = sessions
        self._answers = answers

    async def me(self, request: Request, caller: ConsoleCaller, _body: None) -> MeMessage:
        user = await self._account.user(caller)
        factors = await self._factor.state(caller)
        of_user = await self._sessions.of_user(user.id)
        current = next((each for each in of_user if each.id == caller.session_id), None)
        if current is None:
            raise Unauthenticated("The console session is over: sign in again")
        by_cookie = credential(request.header(b"authorization")) is None
        message = user_message(user, totp_required=factors.is_required)
        return MeMessage(
            user=message,
            permissions=message.permissions,
            csrf_token=forgery_token(session_cookie(request)) if by_cookie else "",
            totp=TotpStateMessage(
                enabled=factors.since_us is not None,
                required=factors.is_required,
                since_time_sec=seconds_or_empty(factors.since_us),
                recovery_codes_left=factors.recovery_codes_left,
            ),
            session=session_message(current, current_id=caller.session_id),
        )

    async def change_password(
        self, _request: Request, caller: ConsoleCaller, body: ChangePasswordRequest
    ) -> Empty:
        await self._account.change_password(
            caller, current=body.current_password or "", new=body.new_password or ""
        )
        return EMPTY

    async def begin_totp(
        self, _request: Request, caller: ConsoleCaller, body: BeginTotpRequest
    ) -> BeginTotpMessage:
        begun = await self._factor.begin(caller, password=body.password or "", proof=body.proof())
        return BeginTotpMessage(secret=begun.text, uri=begun.uri, qr_svg=begun.qr_svg)

    async def confirm_totp(
        self, request: Request, caller: ConsoleCaller, body: ConfirmTotpRequest
    ) -> ConfirmTotpMessage | Response:
        by_cookie = bool(body.cookie)
        if by_cookie:
            self._answers.check_own_page(request)
        confirmed = await self._factor.confirm(
            caller, code=body.code or "", place=place_of(request)
        )
        opened = confirmed.opened
        if opened is None:
            return ConfirmTotpMessage(recovery_codes=confirmed.recovery_codes)
        told = self._answers.message(opened, by_cookie=by_cookie)
        message = ConfirmTotpMessage(
            recovery_codes=confirmed.recovery_codes, token=told.token, csrf_token=told.csrf_token
        )
        return self._answers.respond(message, opened.token, request) if by_cookie else message

    async def remove_totp(
        self, _request: Request, caller: ConsoleCaller, query: ProofQuery
    ) -> Empty:
        await self._factor.remove(caller, query.proof())
        return EMPTY

    async def renew_codes(
        self, _request: Request, caller: ConsoleCaller, body: ProofRequest
    ) -> RecoveryCodesMessage:
        return RecoveryCodesMessage(await self._factor.renew_recovery_codes(caller, body.proof()))

    async def list_sessions(
        self, _request: Request, caller: ConsoleCaller, _body: None
    ) -> SessionList:
        found = await self._sessions.of_user(caller.user_id or 0)
        return SessionList([session_message(each, current_id=caller.session_id) for each in found])

    async def end_session(self, request: Request, caller: ConsoleCaller, _body: None) -> Empty:
        await self._users.end_sessions(caller, caller.user_id or 0, request.params["id"])
        return EMPTY

    async def end_others(self, _request: Request, caller: ConsoleCaller, _body: None) -> Empty:
        await self._users.end_sessions(caller, caller.user_id or 0, keep=caller.session_id)
        return EMPTY


def routes(
    account: Account,
    factor: SecondFactor,
    users: Users,
    sessions: ConsoleSessions,
    answers: SignInAnswers,
    *,
    signed_in: Auth[ConsoleCaller],
    enrolling: Auth[ConsoleCaller],
) -> list[Route[Any, Any]]:
    """The endpoints."""
    calls = _Calls(account, factor, users, sessions, answers)

    def route(method: str, path: str, handler: Any, operation: str, **rest: Any) -> Route[Any, Any]:
        return Route(
            method=method,
            path=f"/v1/console/me{path}",
            auth=rest.pop("auth", signed_in),
            handler=handler,
            operation=f"console_{operation}",
            tag=_TAG,
            subject="user",
            action=f"user.{operation}",
            **rest,
        )

    return [
        route(
            "GET", "", calls.me, "me", response_type=MeMessage, summary="Who is signed in, and how"
        ),
        route(
            "PUT",
            "/password",
            calls.change_password,
            "change_password",
            request_type=ChangePasswordRequest,
            response_type=Empty,
            summary="Change one's password",
            description="The user's other sessions end.",
        ),
        route(
            "POST",
            "/totp",
            calls.begin_totp,
            "begin_totp",
            auth=enrolling,
            request_type=BeginTotpRequest,
            response_type=BeginTotpMessage,
            summary="Begin to set up a second factor",
            description=(
                "A second factor that is there stays in force until the new one is confirmed. The "
                "Bearer may be the ticket of a sign-in that needs a second factor."
            ),
        ),
        route(
            "POST",
            "/totp/confirm",
            calls.confirm_totp,
            "confirm_totp",
            auth=enrolling,
            request_type=ConfirmTotpRequest,
            response_type=ConfirmTotpMessage,
            summary="Bring a second factor in force with a code of it",
            description=(
                "The user's other sessions end, and former recovery codes open nothing. With a "
                "ticket as Bearer, the sign-in ends with a session."
            ),
        ),
        route(
            "DELETE",
            "/totp",
            calls.remove_totp,
            "remove_totp",
            query_type=ProofQuery,
            response_type=Empty,
            summary="Do without a second factor",
            description="Takes a code, which is used up. Not where the role needs one.",
        ),
        route(
            "POST",
            "/recovery-code",
            calls.renew_codes,
            "renew_recovery_codes",
            request_type=ProofRequest,
            response_type=RecoveryCodesMessage,
            summary="Make new recovery codes",
            description="Those before open nothing after that.",
        ),
        route(
            "GET",
            "/session",
            calls.list_sessions,
            "list_own_sessions",
            response_type=SessionList,
            summary="Where one is signed in, the newest first",
        ),
        route(
            "DELETE",
            "/session",
            calls.end_others,
            "end_other_sessions",
            response_type=Empty,
            summary="Sign out everywhere else",
        ),
        route(
            "DELETE",
            "/session/{id}",
            calls.end_session,
            "end_own_session",
            response_type=Empty,
            summary="Sign out at one place",
        ),
    ]
