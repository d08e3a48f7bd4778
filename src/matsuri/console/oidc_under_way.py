"""Sign-ins under way at the provider: what they need at their end waits in the browser, sealed.

The server remembers nothing of who only begins, so nobody can fill it with beginnings. The key
lives as long as the process: who was on the way when it ended begins anew.
"""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.ids import new_secret, secret_digest
from matsuri.kit.lru import LruCache

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ["dir", "A256GCM"]
_KEY_BYTES = 32
_USED_MAX = 10_000
SEALED_CHARS_MAX = 4096


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in under way.

    ``state`` ties the way back to this browser, ``nonce`` the ID token to this sign-in, and
    ``verifier`` the code (PKCE). ``former`` is the digest of the session in the browser, in hex, or
    empty. Times in microseconds since the epoch.
    """

    state: str
    nonce: str
    verifier: str
    return_to: str
    former: str
    until_us: int

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (S256)."""
        digest = sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


class SignInsUnderWay:
    """Begins sign-ins, and knows them when they come back, each once."""

    def __init__(self, *, seconds: int) -> None:
        self._seconds = seconds
        self._key = OctKey.import_key(secrets.token_bytes(_KEY_BYTES))
        self._used: LruCache[bytes, bool] = LruCache(_USED_MAX)
        self._decoder = msgspec.json.Decoder(UnderWay)

    @property
    def seconds(self) -> int:
        """How long one may take."""
        return self._seconds

    def begin(self, *, return_to: str, former_token: str, now_us: int) -> UnderWay:
        """A new one, which knows where to go in the end, and which session to end then."""
        return UnderWay(
            state=new_secret(),
            nonce=new_secret(),
            verifier=new_secret(),
            return_to=return_to,
            former=secret_digest(former_token).hex() if former_token else "",
            until_us=now_us + self._seconds * MICROSECONDS,
        )

    def seal(self, under_way: UnderWay) -> str:
        """The same as a text that only this server can read, or make."""
        return jwe.encrypt_compact(
            _HEADER, msgspec.json.encode(under_way), self._key, algorithms=_ALGORITHMS
        )

    def open(self, sealed: str, *, now_us: int) -> UnderWay | None:
        """What was sealed; ``None`` for what was not, was used already, or is too old."""
        if len(sealed) > SEALED_CHARS_MAX:
            return None
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=_ALGORITHMS)
            under_way = self._decoder.decode(opened.plaintext or b"")
        except (JoseError, ValueError, TypeError, msgspec.MsgspecError):
            return None
        if under_way.until_us <= now_us or self._used.get(secret_digest(under_way.state)):
            return None
        return under_way

    def end(self, under_way: UnderWay) -> None:
        """It has come to its end: it does not come back."""
        self._used.put(secret_digest(under_way.state), True)
