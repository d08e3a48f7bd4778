"""The cookie of the web console, and what keeps pages of others from using it."""

from typing import NamedTuple
from urllib.parse import urlsplit

from matsuri.console.sessions import is_forgery_token
from matsuri.errors import PermissionDenied
from matsuri.web.routes import Request

COOKIE = "matsuri_session"
SIGN_IN_COOKIE = "matsuri_sign_in"
FORGERY_HEADER = "X-CSRF-Token"

_COOKIE_CHARS_MAX = 128
_SIGN_IN_COOKIE_CHARS_MAX = 4096
_READING = frozenset({"GET", "HEAD"})
# Typed into the address bar, or from a page of ours.
_OWN_SITES = frozenset({"none", "same-origin"})


class CookieRules(NamedTuple):
    """How long the cookie lives, whether it always needs https, and where our pages come from.

    ``base_path`` is what stands before all our paths: what else the host serves gets no cookie.
    """

    seconds: int
    always_secure: bool
    public_url: str
    base_path: str = ""

    def set_cookie(self, token: str, request: Request) -> tuple[bytes, bytes]:
        """The header that gives a browser its session, or takes it for an empty token."""
        return self._header(COOKIE, token, request, seconds=self.seconds, same_site="Strict")

    def set_sign_in_cookie(
        self, sealed: str, request: Request, *, seconds: int
    ) -> tuple[bytes, bytes]:
        """The header that gives a browser what it brings back from a provider, or takes it.

        Unlike the session it comes along when the page of another site sends the browser here.
        """
        return self._header(SIGN_IN_COOKIE, sealed, request, seconds=seconds, same_site="Lax")

    def _header(
        self, name: str, value: str, request: Request, *, seconds: int, same_site: str
    ) -> tuple[bytes, bytes]:
        parts = [
            f"{name}={value}",
            f"Path={self.base_path.rstrip('/') or '/'}",
            f"Max-Age={seconds if value else 0}",
            "HttpOnly",
            f"SameSite={same_site}",
        ]
        if self.always_secure or request.secure or self.public_url.startswith("https:"):
            parts.append("Secure")
        return b"set-cookie", "; ".join(parts).encode()

    def check_own_page(self, request: Request) -> None:
        """Raise ``PermissionDenied`` for a call that a page of another origin made.

        Browsers say so in ``Sec-Fetch-Site``, or, without https, in ``Origin``; what is no browser
        says neither.
        """
        site = request.header(b"sec-fetch-site")
        if site:
            is_own = site in _OWN_SITES
        else:
            origin = request.header(b"origin")
            is_own = not origin or _host(origin) in self._hosts(request)
        if not is_own:
            raise PermissionDenied("Pages of other origins cannot use the console's cookie")

    def _hosts(self, request: Request) -> set[str]:
        hosts = {request.header(b"host").lower(), _host(self.public_url)}
        return hosts - {""}


def session_cookie(request: Request) -> str:
    """The token in the cookie; empty where there is none."""
    return _cookie(request, COOKIE, _COOKIE_CHARS_MAX)


def sign_in_cookie(request: Request) -> str:
    """What a browser brings back from a provider; empty where there is nothing."""
    return _cookie(request, SIGN_IN_COOKIE, _SIGN_IN_COOKIE_CHARS_MAX)


def _cookie(request: Request, wanted: str, chars_max: int) -> str:
    for part in request.header(b"cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and len(value) <= chars_max:
            return value
    return ""


def check_not_forged(request: Request, token: str) -> None:
    """Raise ``PermissionDenied`` for a call that changes something without the token for it."""
    if request.method in _READING:
        return
    if not is_forgery_token(request.header(FORGERY_HEADER.lower().encode()), token):
        raise PermissionDenied(
            f"{FORGERY_HEADER} is missing or not the one of this session",
            details=[{"header": FORGERY_HEADER}],
        )


def _host(url: str) -> str:
    """Host and port of a URL as a browser writes them in ``Host``; empty for what is none."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""
