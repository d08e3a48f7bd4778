"""How to sign in, and single sign-on: ``/v1/console/sign-in/methods``, ``/v1/console/oidc/…``."""

import re
from html import escape
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.console.console_api import place_of
from matsuri.console.oidc_rules import SignInRefused
from matsuri.console.single_sign_on import Returned, SingleSignOn
from matsuri.errors import FailedPrecondition, invalid_field
from matsuri.web.cookies import CookieRules, session_cookie, sign_in_cookie
from matsuri.web.routes import HTML, PUBLIC, Request, Response, Route

_TAG = "Console"
_FOUND = 302
_BEGIN = "/v1/console/oidc/begin"
CALLBACK = "/v1/console/oidc/callback"
# A path of this server, for browsers as for us: "//" and "/\\" would begin another one's address.
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1023}", re.ASCII)


class SignInMethodsMessage(msgspec.Struct, frozen=True, kw_only=True):
    """How users sign in to the console."""

    password: Annotated[bool, Meta(description="Whether all users may sign in with a password.")]
    oidc: Annotated[bool, Meta(description="Whether users may sign in at an OpenID provider.")]
    oidc_label: Annotated[str, Meta(description="What people call that provider; or empty.")]
    oidc_path: Annotated[str, Meta(description="Where a browser begins it; or empty.")]


class BeginQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go once signed in."""

    return_to: Annotated[str, Meta(description="Path of the console, such as `/flags`.")] = "/"


class CallbackQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sends back through the browser."""

    state: Annotated[str, Meta(description="As it was sent there.")] = ""
    code: Annotated[str, Meta(description="What the server asks the provider with.")] = ""
    error: Annotated[str, Meta(description="Why there is no code.")] = ""
    iss: Annotated[str, Meta(description="Who sends it back (RFC 9207).")] = ""


class SignInWays(NamedTuple):
    """How users may sign in, and what browsers need for it.

    ``single_sign_on`` is ``None`` where there is no provider, ``label`` what people call it.
    ``passwords`` says whether all users may sign in with one. ``base_path`` stands in front of the
    console's paths; a sign-in at the provider takes at most ``seconds``.
    """

    single_sign_on: SingleSignOn | None
    label: str
    passwords: bool
    cookies: CookieRules
    base_path: str
    seconds: int


class _Calls:
    def __init__(self, ways: SignInWays) -> None:
        self._ways = ways

    async def methods(self, _request: Request, _caller: None, _body: None) -> SignInMethodsMessage:
        is_on = self._ways.single_sign_on is not None
        return SignInMethodsMessage(
            password=self._ways.passwords,
            oidc=is_on,
            oidc_label=self._ways.label if is_on else "",
            oidc_path=_BEGIN if is_on else "",
        )

    async def begin(self, request: Request, _caller: None, query: BeginQuery) -> Response:
        if not _LOCAL_PATH.fullmatch(query.return_to):
            raise invalid_field("return_to", "is no path of the console", "such as /flags")
        try:
            begun = await self._desk().begin(
                return_to=query.return_to, former_token=session_cookie(request)
            )
        except SignInRefused as refused:
            return self._refused(refused)
        cookie = self._ways.cookies.set_sign_in_cookie(
            begun.sealed, request, seconds=self._ways.seconds
        )
        return _redirect(begun.location, cookie)

    async def callback(self, request: Request, _caller: None, query: CallbackQuery) -> Response:
        forget = self._ways.cookies.set_sign_in_cookie("", request, seconds=0)
        try:
            finished = await self._desk().finish(
                Returned(state=query.state, code=query.code, error=query.error, issuer=query.iss),
                sign_in_cookie(request),
                place_of(request),
            )
        except SignInRefused as refused:
            return self._refused(refused, forget)
        return _redirect(
            f"{self._base()}{finished.return_to}",
            self._ways.cookies.set_cookie(finished.opened.token, request),
            forget,
        )

    def _refused(self, refused: SignInRefused, *headers: tuple[bytes, bytes]) -> Response:
        return _redirect(f"{self._base()}/?sign_in_error={refused.refusal.value}", *headers)

    def _desk(self) -> SingleSignOn:
        if self._ways.single_sign_on is None:
            raise FailedPrecondition("Single sign-on is not set up: see the setting oidc_issuer")
        return self._ways.single_sign_on

    def _base(self) -> str:
        return self._ways.base_path.rstrip("/")


def routes(ways: SignInWays) -> list[Route[Any, Any]]:
    """The endpoints."""
    calls = _Calls(ways)
    return [
        Route(
            method="GET",
            path="/v1/console/sign-in/methods",
            auth=PUBLIC,
            handler=calls.methods,
            response_type=SignInMethodsMessage,
            operation="console_list_sign_in_methods",
            summary="How users sign in to the console",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path=_BEGIN,
            auth=PUBLIC,
            handler=calls.begin,
            query_type=BeginQuery,
            operation="console_begin_single_sign_on",
            summary="Send a browser to the OpenID provider",
            description=(
                "For browsers to go to, not for programs. The way goes back to `return_to`, or "
                "with `?sign_in_error=` and a code to the sign-in screen."
            ),
            tag=_TAG,
            produces=HTML,
            success=_FOUND,
        ),
        Route(
            method="GET",
            path=CALLBACK,
            auth=PUBLIC,
            handler=calls.callback,
            query_type=CallbackQuery,
            # Providers may add what they like.
            query_lenient=True,
            operation="console_end_single_sign_on",
            subject="user",
            action="user.sign_in",
            audited=True,
            summary="Where the OpenID provider sends a browser back to",
            description=(
                "The redirect URI to register at the provider. Opens a session in the cookie and "
                "goes on to the console."
            ),
            tag=_TAG,
            produces=HTML,
            success=_FOUND,
        ),
    ]


def _redirect(location: str, *headers: tuple[bytes, bytes]) -> Response:
    page = f'<!doctype html><title>Matsuri</title><a href="{escape(location)}">Go on</a>'
    return Response(
        page.encode(),
        HTML,
        _FOUND,
        [
            (b"location", location.encode()),
            # The address has a code in it.
            (b"referrer-policy", b"no-referrer"),
            *headers,
        ],
    )
