"""The cookie of the web console, and what keeps pages of others from using it."""

from typing import NamedTuple
from urllib.parse import urlsplit

from matsuri.console.sessions import is_forgery_token
from matsuri.errors import PermissionDenied
from matsuri.web.routes import Request

COOKIE = "matsuri_session"
FORGERY_HEADER = "X-CSRF-Token"

_COOKIE_CHARS_MAX = 128
_READING = frozenset({"GET", "HEAD"})
# Typed into the address bar, or from a page of ours.
_OWN_SITES = frozenset({"none", "same-origin"})


class CookieRules(NamedTuple):
    """How long the cookie lives, whether it always needs https, and where our pages come from."""

    seconds: int
    always_secure: bool
    public_url: str

    def set_cookie(self, token: str, request: Request) -> tuple[bytes, bytes]:
        """The header that gives a browser its session, or takes it for an empty token."""
        parts = [
            f"{COOKIE}={token}",
            "Path=/",
            f"Max-Age={self.seconds if token else 0}",
            "HttpOnly",
            "SameSite=Strict",
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
    for part in request.header(b"cookie").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and len(value) <= _COOKIE_CHARS_MAX:
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
