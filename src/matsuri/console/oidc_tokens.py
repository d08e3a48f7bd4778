"""What ID tokens say, once they are found to be the provider's, for us, and of this sign-in.

OpenID Connect Core 1.0, section 3.1.3.7. Pure.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, RSAKey

ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
)
"""Signatures with public keys only: with a shared key, whoever knows it could sign."""

_TOKEN_CHARS_MAX = 64 * 1024
_KEYS_MAX = 50
_SUBJECT_CHARS_MAX = 255


class InvalidIdToken(Exception):
    """The text is no ID token of this sign-in; the text of the error says why."""


class UnknownKey(InvalidIdToken):
    """It names a key that is none of the provider's, as far as they are known."""


class Expected(NamedTuple):
    """What a token has to say. Times in seconds."""

    issuer: str
    client_id: str
    nonce: str
    now_seconds: int
    skew_seconds: int


def verified_claims(
    token: str, keys: Sequence[Mapping[str, Any]], expected: Expected
) -> dict[str, Any]:
    """The claims of an ID token that one of ``keys`` (JWKs) has signed.

    Raises ``UnknownKey`` where other keys might help, and ``InvalidIdToken``.
    """
    if len(token) > _TOKEN_CHARS_MAX:
        raise InvalidIdToken("it is too long")
    claims = _signed_claims(token, keys)
    _check_whose(claims, expected)
    _check_when(claims, expected)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode("utf-8", "replace"), expected.nonce.encode()
    ):
        raise InvalidIdToken("the nonce is another one")
    return claims


def _signed_claims(token: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidIdToken("it is no signed token") from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise InvalidIdToken(f"its algorithm is none of {', '.join(ALGORITHMS)}")
    fitting = _fitting(keys, algorithm, header.get("kid"))
    if not fitting:
        raise UnknownKey("its key is none of the provider's")
    for key in fitting:
        try:
            return jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError):
            continue
    # A provider that gives its keys no names may have changed them.
    kind = InvalidIdToken if header.get("kid") else UnknownKey
    raise kind("the signature is wrong")


def _fitting(keys: Sequence[Mapping[str, Any]], algorithm: str, name: object) -> list[Key]:
    """The keys that may have signed it."""
    wanted = ECKey if algorithm.startswith("ES") else RSAKey
    fitting: list[Key] = []
    for each in keys[:_KEYS_MAX]:
        if name is not None and each.get("kid") != name:
            continue
        if each.get("use", "sig") != "sig" or each.get("alg", algorithm) != algorithm:
            continue
        try:
            key = JWKRegistry.import_key(dict(each))
        except (JoseError, ValueError, TypeError, KeyError):
            # What we cannot read cannot have signed anything for us.
            continue
        if isinstance(key, wanted):
            fitting.append(key)
    return fitting


def _check_whose(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise InvalidIdToken("it is of another issuer")
    audience = claims.get("aud")
    for_whom = [audience] if isinstance(audience, str) else audience
    if not isinstance(for_whom, list) or expected.client_id not in for_whom:
        raise InvalidIdToken("it is for another client")
    party = claims.get("azp")
    if (len(for_whom) > 1 or party is not None) and party != expected.client_id:
        raise InvalidIdToken("it was issued to another client")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARS_MAX:
        raise InvalidIdToken("it names no subject")


def _check_when(claims: Mapping[str, Any], expected: Expected) -> None:
    now, skew = expected.now_seconds, expected.skew_seconds
    if _seconds(claims, "exp") + skew <= now:
        raise InvalidIdToken("it has expired")
    if _seconds(claims, "iat") - skew > now:
        raise InvalidIdToken("it was issued in the future")
    if "nbf" in claims and _seconds(claims, "nbf") - skew > now:
        raise InvalidIdToken("it is not valid yet")


def _seconds(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidIdToken(f"{name} is no time")
    return value
