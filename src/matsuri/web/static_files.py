"""The files of the web console as its build leaves them, read once into memory."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

# What is not named here is no file of the console and is not served: source maps, notes, stamps.
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_GZIP = ".gz"
_BROTLI = ".br"
_ETAG_BYTES = 16


class StaticFile(NamedTuple):
    """One file: its bytes, and those made smaller beforehand where the build did that."""

    body: bytes
    content_type: str
    etag: str
    gzip: bytes | None
    brotli: bytes | None


def read_static_files(folder: Path) -> Mapping[str, StaticFile]:
    """Every file below ``folder`` that browsers ask for, by its path from there with a ``/``.

    Empty where there is no such folder. Being read before the first request, the files of one
    build never mix with those of the next.
    """
    files = {}
    for path in sorted(folder.rglob("*")):
        content_type = _CONTENT_TYPES.get(path.suffix)
        if content_type is None or not path.is_file():
            continue
        body = path.read_bytes()
        digest = hashlib.blake2b(body, digest_size=_ETAG_BYTES).hexdigest()
        files["/" + path.relative_to(folder).as_posix()] = StaticFile(
            body=body,
            content_type=content_type,
            # Weak: its encodings are the same file.
            etag=f'W/"{digest}"',
            gzip=_smaller(path, _GZIP),
            brotli=_smaller(path, _BROTLI),
        )
    return files


def _smaller(path: Path, suffix: str) -> bytes | None:
    encoded = path.with_name(path.name + suffix)
    return encoded.read_bytes() if encoded.is_file() else None
