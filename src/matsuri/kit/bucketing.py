"""Where a key falls between 0 and 1: stable for ever, even, and independent by salt."""

from hashlib import sha256
from typing import Final

BUCKETS: Final = 2**64
"""How many places there are; ``bucket_of`` is below it."""


def bucket_of(salt: str, key: str) -> int:
    """The first 8 bytes, big-endian, of SHA-256 over salt, a zero byte and key, in UTF-8.

    This is frozen: a change would move every player of every percentage to another side.
    """
    text = f"{salt}\0{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(text).digest()[:8], "big")


def buckets_of_percent(percent: float) -> int:
    """How many buckets make ``percent`` of all: keys below it are in. Grows with ``percent``."""
    return int(percent / 100 * BUCKETS) if percent < 100 else BUCKETS  # noqa: PLR2004 - percent
