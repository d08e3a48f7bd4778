"""Who is calling? The ``Authorization`` header in every form that clients send it in.

Wire contract, section 1: keys as Basic user with an empty password, as Bearer (Nakama, for keys
that are no UUIDs), or bare (the C++ SDK); tokens as Bearer.
"""

import base64
import binascii
from typing import NamedTuple, Protocol

from matsuri.console.attempts import called_by
from matsuri.console.model import ConsoleCaller, Key, KeyKind
from matsuri.console.permissions import Action, Entity, caller_may, permission
from matsuri.errors import PermissionDenied, Unauthenticated
from matsuri.events.model import Source
from matsuri.events.service import Sender
from matsuri.identities.sessions import Player
from matsuri.web.cookies import CookieRules, check_not_forged, session_cookie
from matsuri.web.routes import Auth, Request

__all__ = ["Action", "Callers", "ConsoleCaller", "ConsoleMay", "Credential", "Entity", "credential"]

_TOKEN_DOTS = 2
_CREDENTIAL_CHARS_MAX = 8192
_CONSOLE_SCHEMES = ("ServerKey", "ConsoleToken", "ConsoleCookie")


class Credential(NamedTuple):
    """What the header says: a key in the user's place, or a bearer text."""

    value: str
    is_bearer: bool

    @property
    def is_token(self) -> bool:
        """Whether it has the three parts of a JWT."""
        return self.is_bearer and self.value.count(".") == _TOKEN_DOTS


class Keys(Protocol):
    """Knows API keys and server keys."""

    def find(self, value: str, kind: KeyKind) -> Key | None:
        """The key of that kind whose value this is."""
        ...


class PlayerTokens(Protocol):
    """Knows session tokens."""

    async def player(self, token: str) -> Player:
        """Whose token this is; raises ``Unauthenticated``."""
        ...


class ConsoleTokens(Protocol):
    """Knows console tokens."""

    async def caller(self, token: str) -> ConsoleCaller | None:
        """Whose token this is; ``None`` if nobody's."""
        ...

    async def enrolling(self, ticket: str) -> ConsoleCaller | None:
        """Who may set up a second factor with this ticket; ``None`` if nobody."""
        ...


def credential(header: str) -> Credential | None:
    """What an ``Authorization`` header says; ``None`` if it says nothing."""
    scheme, _, rest = header.strip().partition(" ")
    rest = rest.strip()
    if not scheme or len(header) > _CREDENTIAL_CHARS_MAX:
        return None
    if scheme.lower() == "bearer":
        return Credential(rest, is_bearer=True) if rest else None
    if scheme.lower() == "basic":
        try:
            padded = rest + "=" * (-len(rest) % 4)
            user = base64.b64decode(padded, validate=True).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            return None
        return Credential(user, is_bearer=False) if user else None
    return None if rest else Credential(scheme, is_bearer=False)


class ConsoleMay(Protocol):
    """Makes the ``Auth`` of a console route out of the permission that it needs."""

    def __call__(self, entity: Entity, action: Action, /) -> Auth[ConsoleCaller]:
        """Lets in a server key, or a console user whose role has that permission."""
        ...


class Callers:
    """The ways in which the endpoints tell who calls."""

    def __init__(
        self,
        *,
        keys: Keys,
        player_tokens: PlayerTokens,
        console_tokens: ConsoleTokens,
        cookies: CookieRules,
    ) -> None:
        self._keys = keys
        self._cookies = cookies
        self._player_tokens = player_tokens
        self._console_tokens = console_tokens
        self.api_key: Auth[str] = Auth(self._api_key, ("ApiKey",))
        self.player: Auth[Player] = Auth(self._player, ("SessionToken",))
        self.player_sender: Auth[Sender] = Auth(self._player_sender, ("SessionToken",))
        self.server_sender: Auth[Sender] = Auth(
            self._server_sender, ("ApiKey", "ConsoleToken", "SessionToken")
        )
        self.reader: Auth[Player | None] = Auth(self._reader, ("SessionToken", "ApiKey"))
        self.evaluator: Auth[Player | None] = Auth(
            self._evaluator, ("SessionToken", "ApiKey", "ApiKeyHeader")
        )
        self.refresher: Auth[None] = Auth(self._refresher, ("ApiKey", "SessionToken"))
        self.signed_in: Auth[ConsoleCaller] = Auth(
            self._signed_in, ("ConsoleToken", "ConsoleCookie")
        )
        self.enrolling: Auth[ConsoleCaller] = Auth(
            self._enrolling, ("ConsoleToken", "ConsoleCookie")
        )
        self.console: Auth[ConsoleCaller] = Auth(self._console, _CONSOLE_SCHEMES)

    async def _api_key(self, request: Request) -> str:
        """The name of the API key that calls."""
        given = credential(request.header(b"authorization"))
        if given is None:
            raise Unauthenticated("API key required")
        key = self._keys.find(given.value, KeyKind.API)
        if key is None:
            raise Unauthenticated("API key invalid")
        return key.name

    async def _player(self, request: Request) -> Player:
        given = credential(request.header(b"authorization"))
        if given is None or not given.is_bearer:
            raise Unauthenticated("Auth token required")
        return await self._player_tokens.player(given.value)

    async def _player_sender(self, request: Request) -> Sender:
        return _sender(await self._player(request), request.player_address)

    async def _server_sender(self, request: Request) -> Sender:
        given = credential(request.header(b"authorization"))
        if given is None:
            raise Unauthenticated("API key or token required")
        key = self._keys.find(given.value, KeyKind.API)
        if key is not None:
            return Sender(source=Source.SERVER, api_key=key.name)
        if given.is_token:
            # A player can speak only for itself, on this path too.
            return _sender(await self._player_tokens.player(given.value), request.player_address)
        caller = await self._console_tokens.caller(given.value) if given.is_bearer else None
        if caller is None:
            raise Unauthenticated("API key or token invalid")
        _check_permission(caller, Entity.EVENT, Action.WRITE)
        return Sender(source=Source.SERVER, api_key="")

    async def _reader(self, request: Request) -> Player | None:
        """The player; ``None`` for an API key, which speaks for nobody."""
        given = credential(request.header(b"authorization"))
        if given is None:
            raise Unauthenticated("API key or token required")
        if given.is_token:
            try:
                return await self._player_tokens.player(given.value)
            except Unauthenticated:
                # A key may look like a token; it is not what is asked most often.
                if self._keys.find(given.value, KeyKind.API) is None:
                    raise
                return None
        if self._keys.find(given.value, KeyKind.API) is None:
            raise Unauthenticated("API key or token invalid")
        return None

    async def _evaluator(self, request: Request) -> Player | None:
        """As ``_reader``; OpenFeature's providers may have the API key in a header of its own."""
        key = request.header(b"x-api-key")
        if not key:
            return await self._reader(request)
        if self._keys.find(key, KeyKind.API) is None:
            raise Unauthenticated("API key invalid")
        return None

    async def _refresher(self, request: Request) -> None:
        """The refresh token in the body says who calls; the header only has to make sense."""
        given = credential(request.header(b"authorization"))
        if given is None:
            raise Unauthenticated("API key required")
        if not given.is_token and self._keys.find(given.value, KeyKind.API) is None:
            raise Unauthenticated("API key invalid")

    def console_may(self, entity: Entity, action: Action, /) -> Auth[ConsoleCaller]:
        """See ``ConsoleMay``; anyone else gets 401, or 403 that names the permission."""

        async def resolve(request: Request) -> ConsoleCaller:
            caller = await self._console(request)
            _check_permission(caller, entity, action)
            return caller

        return Auth(resolve, _CONSOLE_SCHEMES, permission(entity, action))

    async def _signed_in(self, request: Request) -> ConsoleCaller:
        """A console user, whatever the permissions: for what is the user's own."""
        caller = await self._console(request)
        if caller.is_key:
            raise PermissionDenied("This is for console users; a server key is none")
        return caller

    async def _enrolling(self, request: Request) -> ConsoleCaller:
        """A console user, or one with a ticket, who lacks only the second factor for it."""
        given = credential(request.header(b"authorization"))
        if given is not None and given.is_bearer:
            caller = await self._console_tokens.enrolling(given.value)
            if caller is not None:
                called_by(caller.name, is_key=False)
                return caller
        return await self._signed_in(request)

    async def _console(self, request: Request) -> ConsoleCaller:
        """A server key, or a console user by token or by cookie; what is sent along decides."""
        given = credential(request.header(b"authorization"))
        if given is None:
            return await self._console_by_cookie(request)
        key = self._keys.find(given.value, KeyKind.SERVER)
        if key is not None:
            called_by(key.name, is_key=True)
            return ConsoleCaller(
                key.name, None, is_key=True, permissions=key.permissions, holders=key.holders
            )
        caller = await self._console_tokens.caller(given.value) if given.is_bearer else None
        if caller is None:
            raise Unauthenticated("Server key or console token invalid")
        called_by(caller.name, is_key=False)
        return caller

    async def _console_by_cookie(self, request: Request) -> ConsoleCaller:
        token = session_cookie(request)
        if not token:
            raise Unauthenticated("Server key or console token required")
        self._cookies.check_own_page(request)
        caller = await self._console_tokens.caller(token)
        if caller is None:
            raise Unauthenticated("The console session is over: sign in again")
        called_by(caller.name, is_key=False)
        check_not_forged(request, token)
        return caller


def _check_permission(caller: ConsoleCaller, entity: Entity, action: Action) -> None:
    """Raise ``PermissionDenied`` that names the permission, unless the caller has it."""
    if not caller_may(caller, entity, action):
        needed = permission(entity, action)
        raise PermissionDenied(
            f"This needs the permission {needed}", details=[{"permission": needed}]
        )


def _sender(player: Player, address: str) -> Sender:
    return Sender(
        source=Source.SESSION if player.session_id else Source.GAME_SERVER,
        api_key=player.api_key,
        identity_id=player.identity_id,
        profile_key=player.identity_key,
        session_id=player.session_id,
        address=address,
    )
