"""The OpenID provider: what it says of itself, its keys, and what it gives for a code."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import quote_plus, urlencode

import msgspec

from matsuri.adapters.web_client import NoAnswer, WebAnswer
from matsuri.console.oidc_rules import Refusal, SignInRefused
from matsuri.console.oidc_tokens import Expected, InvalidIdToken, UnknownKey, verified_claims
from matsuri.console.oidc_under_way import UnderWay
from matsuri.kit.addresses import is_guarded_address
from matsuri.kit.clock import MICROSECONDS, Clock

T = TypeVar("T")

_DISCOVERY = "/.well-known/openid-configuration"
_OK = 200
_BAD_REQUEST = 400
_SERVER_FAULT = 500
# What failed, and keys that were just read, are not asked for again sooner.
_ASKED_AGAIN_US = 10 * MICROSECONDS
_DETAIL_CHARS_MAX = 200


class ProviderRules(NamedTuple):
    """Which provider, and who we are there. Times in seconds.

    Where the ID token lacks one of ``needed_claims``, the userinfo endpoint is asked, too.
    """

    issuer: str
    client_id: str
    client_secret: str
    scopes: Sequence[str]
    redirect_uri: str
    needed_claims: Sequence[str]
    skew_seconds: int
    cache_seconds: int


class Web(Protocol):
    """Asks other servers."""

    async def ask(
        self, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> WebAnswer:
        """The answer to a GET, or to a POST of ``body``; raises ``NoAnswer``."""
        ...


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself, as far as we need it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class _TokenError(msgspec.Struct, frozen=True):
    error: str = ""


class _Seen(NamedTuple):
    metadata: Metadata
    keys: list[dict[str, Any]]
    at_us: int


class Provider:
    """The OpenID provider of the settings. Whatever it does wrong raises ``SignInRefused``."""

    def __init__(self, rules: ProviderRules, *, web: Web, clock: Clock) -> None:
        self._rules = rules
        self._web = web
        self._clock = clock
        self._asking = asyncio.Lock()
        self._seen: _Seen | None = None
        self._failed: tuple[int, str] | None = None

    @property
    def issuer(self) -> str:
        """Which one it is."""
        return self._rules.issuer

    async def address(self, under_way: UnderWay) -> str:
        """Where a browser goes to sign in."""
        seen = await self._known()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._rules.client_id,
                "redirect_uri": self._rules.redirect_uri,
                "scope": " ".join(dict.fromkeys(["openid", *self._rules.scopes])),
                "state": under_way.state,
                "nonce": under_way.nonce,
                "code_challenge": under_way.challenge,
                "code_challenge_method": "S256",
            }
        )
        endpoint = seen.metadata.authorization_endpoint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    async def check_sender(self, issuer: str) -> None:
        """Refuse what another provider has sent back (RFC 9207); ``issuer`` as it came, if any."""
        seen = await self._known()
        is_told = seen.metadata.authorization_response_iss_parameter_supported
        if (issuer or is_told) and issuer != self._rules.issuer:
            raise SignInRefused(Refusal.INVALID_ANSWER, "the answer is of another issuer")

    async def redeem(self, code: str, under_way: UnderWay) -> dict[str, Any]:
        """The verified claims of whom the code stands for."""
        seen = await self._known()
        tokens = await self._tokens(seen.metadata, code, under_way)
        expected = Expected(
            issuer=self._rules.issuer,
            client_id=self._rules.client_id,
            nonce=under_way.nonce,
            now_seconds=self._clock.now_us() // MICROSECONDS,
            skew_seconds=self._rules.skew_seconds,
        )
        try:
            try:
                claims = verified_claims(tokens.id_token, seen.keys, expected)
            except UnknownKey:
                newer = await self._known(newer_than_us=seen.at_us)
                claims = verified_claims(tokens.id_token, newer.keys, expected)
        except InvalidIdToken as error:
            raise SignInRefused(Refusal.INVALID_ANSWER, f"the ID token: {error}") from None
        return {**await self._userinfo(seen.metadata, tokens, claims), **claims}

    async def _tokens(self, metadata: Metadata, code: str, under_way: UnderWay) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._rules.redirect_uri,
            "code_verifier": under_way.verifier,
        }
        headers = {
            "accept": "application/json",
            "content-type": "application/x-www-form-urlencoded",
        }
        client, secret = self._rules.client_id, self._rules.client_secret
        methods = metadata.token_endpoint_auth_methods_supported
        if secret and "client_secret_basic" in methods:
            pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
            headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            form["client_id"] = client
            if secret:
                form["client_secret"] = secret
        answer = await self._ask(metadata.token_endpoint, headers, urlencode(form).encode())
        if _BAD_REQUEST <= answer.status < _SERVER_FAULT:
            told = _error(answer.body)
            raise SignInRefused(Refusal.PROVIDER_REFUSED, f"the token endpoint says {told!r}")
        return _decoded(answer, _Tokens, "the token endpoint")

    async def _userinfo(
        self, metadata: Metadata, tokens: _Tokens, claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the provider tells beyond the ID token, of the same person."""
        is_whole = all(_has(claims, name) for name in self._rules.needed_claims)
        if is_whole or not (metadata.userinfo_endpoint and tokens.access_token):
            return {}
        headers = {"accept": "application/json", "authorization": f"Bearer {tokens.access_token}"}
        answer = await self._ask(metadata.userinfo_endpoint, headers)
        told = _decoded(answer, dict[str, Any], "the userinfo endpoint")
        if told.get("sub") != claims["sub"]:
            raise SignInRefused(Refusal.INVALID_ANSWER, "userinfo is about somebody else")
        return told

    async def _known(self, *, newer_than_us: int | None = None) -> _Seen:
        """What the provider says of itself and its keys, asked for once for all who wait.

        Newer than that, if it was not asked just before.
        """
        async with self._asking:
            now_us = self._clock.now_us()
            seen = self._seen
            if seen is not None:
                age_us = now_us - seen.at_us
                is_old = age_us >= self._rules.cache_seconds * MICROSECONDS
                is_outdated = newer_than_us is not None and seen.at_us <= newer_than_us
                if not is_old and not (is_outdated and age_us >= _ASKED_AGAIN_US):
                    return seen
            if self._failed is not None and now_us - self._failed[0] < _ASKED_AGAIN_US:
                raise _unavailable(self._failed[1])
            try:
                metadata = await self._metadata()
                answer = await self._ask(metadata.jwks_uri, {"accept": "application/json"})
                keys = _decoded(answer, _KeySet, "the key set").keys
            except SignInRefused as error:
                self._failed = (now_us, error.detail)
                raise
            self._failed = None
            self._seen = _Seen(metadata, keys, now_us)
            return self._seen

    async def _metadata(self) -> Metadata:
        url = self._rules.issuer.rstrip("/") + _DISCOVERY
        answer = await self._ask(url, {"accept": "application/json"})
        metadata = _decoded(answer, Metadata, "the discovery document")
        if metadata.issuer != self._rules.issuer:
            raise _unavailable(
                f"the discovery document is of the issuer {metadata.issuer[:_DETAIL_CHARS_MAX]!r}"
            )
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            url = getattr(metadata, name)
            if (url or name != "userinfo_endpoint") and not is_guarded_address(url):
                raise _unavailable(f"its {name} is neither https nor on this machine")
        return metadata

    async def _ask(
        self, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> WebAnswer:
        try:
            return await self._web.ask(url, headers=headers, body=body)
        except NoAnswer as error:
            raise _unavailable(f"{url} does not answer: {error}") from None


def _decoded(answer: WebAnswer, kind: type[T], what: str) -> T:
    if answer.status != _OK:
        raise _unavailable(f"{what} answers with status {answer.status}")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unavailable(f"{what} is not as expected: {error}") from None


def _has(claims: Mapping[str, Any], name: str) -> bool:
    return name in claims or name.partition(".")[0] in claims


def _error(body: bytes) -> str:
    """The error code in an answer of the token endpoint."""
    try:
        return msgspec.json.decode(body, type=_TokenError).error[:_DETAIL_CHARS_MAX]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _unavailable(detail: str) -> SignInRefused:
    return SignInRefused(Refusal.PROVIDER_UNAVAILABLE, detail)
