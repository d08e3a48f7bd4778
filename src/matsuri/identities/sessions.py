"""Sessions: opening, refreshing and ending them, and telling whose token this is."""

from typing import Protocol

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import PointReads
from matsuri.errors import Unauthenticated, invalid_field
from matsuri.identities import store
from matsuri.identities.model import Identity, Session
from matsuri.identities.tokens import (
    Claims,
    InvalidToken,
    TokenSigner,
    session_digest,
    token_digest,
)
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.lru import LruCache

_CACHED_TOKENS_MAX = 100_000
_FORGET_EVERY_US = 10 * MICROSECONDS
_FORGET_ROWS_MAX = 20_000
# A game server may sign a token that outlives every clock; the store keeps 64 bits.
_EXPIRES_US_MAX = 2**63 - 1
_INVALID_TOKEN = "Auth token invalid"  # noqa: S105 # a text for the caller, no secret
_INVALID_REFRESH = "Refresh token invalid or expired"


class Player(msgspec.Struct, frozen=True):
    """Whose token a request carries.

    ``identity_key`` is 0 for an id that a game server vouches for and no identity has yet.
    ``session_id`` is empty for tokens that a game server signed itself.
    """

    identity_key: int
    identity_id: str
    session_id: str
    api_key: str
    token: str


class ApiKeys(Protocol):
    """What sessions need to know of the API keys that opened them."""

    def opens_sessions(self, name: str) -> bool:
        """Whether the API key of that name opens sessions, and refreshes them."""
        ...

    def sessions_ended_us(self, name: str) -> int | None:
        """Sessions of that API key are over that had begun by then, microseconds since the epoch.

        0 where none were ended; ``None`` where no API key has, or had, that name.
        """
        ...


class SessionTokens(msgspec.Struct, frozen=True):
    """The two tokens of a session."""

    token: str
    refresh_token: str


class _Known(msgspec.Struct, frozen=True):
    claims: Claims
    player: Player | None
    commits: int


class Sessions:
    """Tokens and the sessions behind them."""

    def __init__(
        self,
        *,
        database: Database,
        points: PointReads,
        signer: TokenSigner,
        clock: Clock,
        api_keys: ApiKeys,
        session_token_seconds: int,
        refresh_token_seconds: int,
    ) -> None:
        self._database = database
        self._commits = points.commits
        self._finder = _PlayerFinder(points)
        self._signer = signer
        self._clock = clock
        self._api_keys = api_keys
        self._session_token_seconds = session_token_seconds
        self._refresh_token_seconds = refresh_token_seconds
        self._life_us = max(session_token_seconds, refresh_token_seconds) * MICROSECONDS
        # A session's row is kept longer than its tokens can live, so that not every refresh must
        # move its end.
        self._slack_us = self._life_us // 10
        self._forgotten_us = 0
        self._known: LruCache[str, _Known] = LruCache(_CACHED_TOKENS_MAX)

    def new_session(
        self, identity: Identity, *, session_id: str, api_key: str, country: str, now_us: int
    ) -> Session:
        """A session to be stored."""
        return Session(
            id=session_id,
            identity_key=identity.key,
            identity_id=identity.id,
            api_key=api_key,
            started_us=now_us,
            country=country,
            expires_us=now_us + self._life_us + self._slack_us,
            revoked_us=None,
            refresh_revoked_us=None,
        )

    def issue(self, session: Session, *, now_us: int) -> SessionTokens:
        """Fresh tokens for ``session``."""
        now = now_us // MICROSECONDS
        session_claims = Claims(
            sid=session.id,
            iid=session.identity_id,
            exp=now + self._session_token_seconds,
            iat=now,
            api=session.api_key,
        )
        refresh_claims = Claims(
            sid=session.id,
            iid=session.identity_id,
            exp=now + self._refresh_token_seconds,
            iat=now,
        )
        return SessionTokens(
            token=self._signer.sign(session_claims),
            refresh_token=self._signer.sign(refresh_claims),
        )

    async def player(self, token: str) -> Player:
        """Whose session token this is; raises ``Unauthenticated``.

        A session that this server opened outlives the API key that it was opened with, if nobody
        ended it with that. A token that a game server signed is good while the key is.
        """
        now_us = self._clock.now_us()
        known = self._known.get(token)
        if known is None:
            known = _Known(claims=self._verify(token), player=None, commits=0)
        claims = known.claims
        ended_us = self._api_keys.sessions_ended_us(claims.api)
        if (
            claims.exp * MICROSECONDS <= now_us
            or ended_us is None
            or (ended_us and claims.sid and claims.iat * MICROSECONDS <= ended_us)
        ):
            raise Unauthenticated(_INVALID_TOKEN)
        commits = self._commits()
        player = known.player
        if player is None or known.commits != commits:
            player = self._finder.find(claims, token)
            if player is None:
                self._known.pop(token)
                raise Unauthenticated(_INVALID_TOKEN)
            # An unknown identity may be created at any moment, and its tokens must find it then.
            if player.identity_key:
                self._known.put(token, _Known(claims=claims, player=player, commits=commits))
        if not player.session_id and not self._api_keys.opens_sessions(claims.api):
            raise Unauthenticated(_INVALID_TOKEN)
        return player

    def check_opens(self, api_key: str) -> None:
        """Raise ``Unauthenticated`` where the API key of that name opens no sessions any more."""
        if not self._api_keys.opens_sessions(api_key):
            raise Unauthenticated("The API key of this session is disabled")

    def _verify(self, token: str) -> Claims:
        try:
            claims = self._signer.verify(token)
        except InvalidToken:
            raise Unauthenticated(_INVALID_TOKEN) from None
        if not claims.api:
            raise Unauthenticated(_INVALID_TOKEN)
        return claims

    async def refresh(self, refresh_token: str) -> tuple[Session, SessionTokens]:
        """New tokens of the same session; the refresh token stays good until its expiry.

        Raises ``Unauthenticated`` for a token that is forged, expired, logged out or of a player
        who was deleted.
        """
        now_us = self._clock.now_us()
        try:
            claims = self._signer.verify(refresh_token)
        except InvalidToken:
            raise Unauthenticated(_INVALID_REFRESH) from None
        session = None
        if claims.sid and not claims.api and claims.exp * MICROSECONDS > now_us:
            session_id = claims.sid
            session = await self._database.read(lambda c: store.get_session(c, session_id))
        if (
            session is None
            or session.identity_key is None
            or session.revoked_us is not None
            or session.refresh_revoked_us is not None
            or not self._api_keys.opens_sessions(session.api_key)
            or session.started_us <= (self._api_keys.sessions_ended_us(session.api_key) or 0)
        ):
            raise Unauthenticated(_INVALID_REFRESH)
        expires_us = now_us + self._life_us
        if expires_us > session.expires_us:
            kept_us = expires_us + self._slack_us
            await self._database.write(
                lambda c: store.extend_session(c, session.id, expires_us=kept_us)
            )
        return session, self.issue(session, now_us=now_us)

    async def log_out(self, player: Player, *, token: str, refresh_token: str) -> None:
        """End what the two tokens stand for; with neither, all sessions of the player.

        A session token ends its whole session. A refresh token alone ends only refreshing.
        Raises ``InvalidArgument`` for a text that is no token of this player.
        """
        now_us = self._clock.now_us()
        session_claims = self._own_claims(player, "token", token)
        refresh_claims = self._own_claims(player, "refresh_token", refresh_token)

        def work(connection: Connection) -> None:
            if session_claims is None and refresh_claims is None:
                if player.identity_key:
                    store.revoke_sessions(
                        connection, identity_key=player.identity_key, now_us=now_us
                    )
                if not player.session_id:
                    self._revoke_token(connection, player.token)
            if session_claims is not None:
                session_id = session_claims.sid or ""
                if store.get_session(connection, session_id) is None:
                    self._revoke_token(connection, token)
                else:
                    store.revoke_sessions(connection, session_id=session_id, now_us=now_us)
            if refresh_claims is not None and refresh_claims.sid:
                store.revoke_refresh(connection, refresh_claims.sid, now_us=now_us)

        await self._database.write(work)

    async def forget_expired(self) -> int:
        """Remove what no token can need any more, a bounded number of rows; how many went.

        Does nothing when called again within a few seconds.
        """
        now_us = self._clock.now_us()
        if 0 <= now_us - self._forgotten_us < _FORGET_EVERY_US:
            return 0
        self._forgotten_us = now_us
        return await self._database.write(
            lambda c: store.forget_expired(c, now_us=now_us, rows_max=_FORGET_ROWS_MAX)
        )

    def _own_claims(self, player: Player, field: str, token: str) -> Claims | None:
        if not token:
            return None
        try:
            claims = self._signer.verify(token)
        except InvalidToken:
            claims = None
        if claims is None or claims.iid != self._signer.verify(player.token).iid:
            raise invalid_field(field, "is no token of this player")
        return claims

    def _revoke_token(self, connection: Connection, token: str) -> None:
        expires_us = min(self._signer.verify(token).exp * MICROSECONDS, _EXPIRES_US_MAX)
        store.revoke_token(connection, token_digest(token), expires_us=expires_us)


class _PlayerFinder:
    def __init__(self, points: PointReads) -> None:
        self._session = points.prepare(store.session_point)
        self._revoked = points.prepare(store.revoked_point)
        self._by_id = points.prepare(store.id_point)
        self._by_alias = points.prepare(store.alias_point)

    def find(self, claims: Claims, token: str) -> Player | None:
        """Whose token this is, by the store; ``None`` where its session or itself was ended."""
        session = self._session(claims.sid) if claims.sid else None
        if claims.sid and session is not None:
            identity_key, identity_id, revoked_us = session
            if revoked_us is not None or identity_key is None or identity_id != claims.iid:
                return None
            return Player(identity_key, claims.iid, claims.sid, claims.api, token)
        digests = [token_digest(token), *([session_digest(claims.sid)] if claims.sid else [])]
        if any(self._revoked(digest) is not None for digest in digests):
            return None
        # A game server's own token: it may name a player who never came, or one who changed ids.
        found = self._by_id(claims.iid) or self._by_alias(claims.iid)
        if found is None:
            return Player(0, claims.iid, "", claims.api, token)
        identity_key, identity_id = found
        return Player(identity_key, identity_id, "", claims.api, token)
