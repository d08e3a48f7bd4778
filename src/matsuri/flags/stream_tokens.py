"""Tokens in the addresses of change streams, for browsers can send no headers there. Pure.

A token lets its bearer hear that the flags of one caller have changed, and nothing else. It is
signed with a key that is derived from the one of session tokens, and lives for one to two periods.
It is the same text for the whole of a period, so that clients keep their streams.
"""

import base64
import binascii
import hashlib
import hmac
from hashlib import blake2b

import msgspec

_PURPOSE = b"matsuri flag change stream"
_SIGNATURE_BYTES = 32
_TOKEN_CHARS_MAX = 2048
_MARK_BYTES = 6
_PERIODS = 2


class Watched(msgspec.Struct, frozen=True, array_like=True):
    """Whose flags a stream is about.

    ``identity_key`` is 0 for somebody whom the server does not know; ``identity_id`` is then the id
    that it may come to know them by. ``with_context`` says that a context, which is not told here,
    may change what they are. ``expires_s`` is in seconds since the epoch.
    """

    identity_key: int
    with_context: bool
    expires_s: int
    identity_id: str = ""

    @property
    def mark(self) -> str:
        """A short text that is another one for everything else that could be watched."""
        return blake2b(msgspec.msgpack.encode(self), digest_size=_MARK_BYTES).hexdigest()


class StreamTokens:
    """Signs and verifies them with one key."""

    def __init__(self, signing_key: str, *, period_seconds: int) -> None:
        self._key = hmac.digest(signing_key.encode(), _PURPOSE, hashlib.sha256)
        self._period_s = period_seconds
        self._decoder = msgspec.msgpack.Decoder(Watched)

    def expires_s(self, now_s: int) -> int:
        """When tokens that are made now stop to work."""
        return (now_s // self._period_s + _PERIODS) * self._period_s

    def sign(self, watched: Watched) -> str:
        """The token for that."""
        payload = msgspec.msgpack.encode(watched)
        return base64.urlsafe_b64encode(self._signature(payload) + payload).decode().rstrip("=")

    def verify(self, token: str, now_s: int) -> Watched | None:
        """What ``token`` is for; ``None`` for one that was not made here, or works no more."""
        if len(token) > _TOKEN_CHARS_MAX:
            return None
        try:
            padded = token + "=" * (-len(token) % 4)
            data = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        signature, payload = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            return None
        watched = self._decoder.decode(payload)
        return watched if now_s < watched.expires_s else None

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)
