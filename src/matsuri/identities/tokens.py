"""Session and refresh tokens: HS256 JWTs as the SDKs and Nakama know them. Pure but for its key.

Claims (wire contract, section 3): ``sid`` session id, ``iid`` identity id, ``exp`` and ``iat`` in
seconds, ``api`` the name of the API key. Refresh tokens have no ``api``. Nakama signs tokens of
its own with the same key; those have no ``sid``.
"""

import hashlib

import msgspec
from joserfc import jws
from joserfc.jwk import OctKey

from matsuri.identities.model import is_identity_id

# One client keeps the expiry in 32 bits.
_EXPIRY_MAX = 2**31 - 1
_TOKEN_CHARS_MAX = 4096
_HEADER = {"alg": "HS256", "typ": "JWT"}


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a token says; ``exp`` and ``iat`` in seconds since the epoch."""

    iid: str
    exp: int
    sid: str | None = None
    iat: int = 0
    api: str = ""


class InvalidToken(Exception):
    """The text is no token that was signed with our key."""


_decoder = msgspec.json.Decoder(Claims)


class TokenSigner:
    """Signs and verifies with one key."""

    def __init__(self, signing_key: str) -> None:
        self._key = OctKey.import_key(signing_key.encode())

    def sign(self, claims: Claims) -> str:
        """The token of ``claims``: compact form, expiry capped to what every client can read."""
        capped = msgspec.structs.replace(claims, exp=min(claims.exp, _EXPIRY_MAX))
        return jws.serialize_compact(_HEADER, msgspec.json.encode(capped), self._key, ["HS256"])

    def verify(self, token: str) -> Claims:
        """The claims of ``token``, whose expiry the caller has yet to check.

        Raises ``InvalidToken`` unless it is an HS256 JWT signed with this key whose claims are of
        the right types.
        """
        if len(token) > _TOKEN_CHARS_MAX:
            raise InvalidToken
        try:
            payload = jws.deserialize_compact(token, self._key, ["HS256"]).payload
            claims = _decoder.decode(payload)
        except Exception as error:  # whatever the text does to the parsers, it is no token of ours
            raise InvalidToken from error
        if not is_identity_id(claims.iid):
            raise InvalidToken
        return claims


def session_digest(session_id: str) -> bytes:
    """What the session of an erased player is remembered by, so that its tokens are refused."""
    return hashlib.sha256(b"session:" + session_id.encode("utf-8", "surrogatepass")).digest()


def token_digest(token: str) -> bytes:
    """What a single revoked token is remembered by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
