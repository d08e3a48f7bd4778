"""The web console as browsers get it: one page for every path of its own, and its files.

The page says by its headers what a browser may do with it: scripts come from this server only,
styles from this server or with the nonce of that one answer, and nobody may frame it.
"""

import secrets
from collections.abc import Mapping
from html import escape
from pathlib import Path

from matsuri.web.encodings import accepts_brotli, accepts_gzip
from matsuri.web.routes import HTML, Document, Request
from matsuri.web.static_files import StaticFile, read_static_files

BUILT_CONSOLE = Path(__file__).parent / "static"

_INDEX = "index.html"
_ASSETS = "/assets/"
_NONCE_BYTES = 16
_OK = 200
_NOT_MODIFIED = 304
_NOT_FOUND = 404
# Paths below these are the server's own: what is not there is not there for browsers either.
_NOT_PAGES = frozenset({"v1", "ofrep", "docs", "openapi.json", "healthcheck", "readycheck"})

_GUARDS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_PAGE_GUARDS = (
    *_GUARDS,
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"permissions-policy",
        (
            b"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
            b"hid=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
        ),
    ),
)
_FILE_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")

_UNBUILT = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Matsuri</title></head><body><h1>Matsuri</h1>
<p>The server runs, but it was installed without its web console. In a checkout,
<code>scripts/build-console</code> builds it; then start the server again.</p>
<p>The API is there all the same: <a href="{base}/docs">its reference</a>.</p></body></html>
"""


def page_policy(nonce: str) -> str:
    """The content security policy of the page; ``nonce`` is for the style elements it makes."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            # The page says in its <base> what its addresses begin with.
            "base-uri 'self'",
            "frame-ancestors 'none'",
        )
    )


class ConsoleSite:
    """Answers what no route does: the page to browsers that go somewhere, and its files.

    ``base_path`` is what a proxy keeps in front of every path; the page's addresses begin with it.
    """

    def __init__(self, folder: Path, *, base_path: str) -> None:
        self._base = base_path.rstrip("/")
        self._files: Mapping[str, StaticFile] = read_static_files(folder)
        index = folder / _INDEX
        self._page: str | None = None
        if index.is_file():
            self._page = index.read_text("utf-8").replace("__BASE__", escape(self._base))

    def answer(self, request: Request) -> Document | None:
        """What a browser gets; ``None`` where there is nothing at that path."""
        if request.method not in {"GET", "HEAD"}:
            return None
        path = request.path
        if self._base and f"{path}/".startswith(f"{self._base}/"):
            path = path.removeprefix(self._base) or "/"
        file = self._files.get(path)
        if file is not None:
            return _file(request, file, immutable=path.startswith(_ASSETS))
        first = path.lstrip("/").partition("/")[0]
        if path.startswith(_ASSETS) or first in _NOT_PAGES:
            return None
        # Programs that miss a path of the API are told so; the page is for people.
        if first and "text/html" not in request.header(b"accept"):
            return None
        return self._console()

    def _console(self) -> Document:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        if self._page is None:
            status, text = _NOT_FOUND, _UNBUILT.format(base=escape(self._base))
        else:
            status, text = _OK, self._page.replace("__NONCE__", nonce)
        return Document(
            body=text.encode(),
            headers=[
                (b"content-type", HTML.encode()),
                (b"cache-control", b"no-cache"),
                (b"content-security-policy", page_policy(nonce).encode()),
                *_PAGE_GUARDS,
            ],
            status=status,
        )


def _file(request: Request, file: StaticFile, *, immutable: bool) -> Document:
    headers = [
        (b"content-type", file.content_type.encode()),
        (b"etag", file.etag.encode()),
        (
            b"cache-control",
            # The name of such a file has a checksum of what is in it.
            b"public, max-age=31536000, immutable" if immutable else b"no-cache",
        ),
        _FILE_POLICY,
        *_GUARDS,
    ]
    if file.gzip is not None or file.brotli is not None:
        headers.append((b"vary", b"Accept-Encoding"))
    seen = request.header(b"if-none-match")
    if seen and file.etag in {each.strip() for each in seen.split(",")}:
        return Document(b"", headers, _NOT_MODIFIED)
    accepted = request.header(b"accept-encoding")
    if file.brotli is not None and accepts_brotli(accepted):
        return Document(file.brotli, [*headers, (b"content-encoding", b"br")])
    if file.gzip is not None and accepts_gzip(accepted):
        return Document(file.gzip, [*headers, (b"content-encoding", b"gzip")])
    return Document(file.body, headers)
