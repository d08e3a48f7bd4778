"""Console sessions: a user signed in at one place, known by the digest of a token."""

import contextlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import session_store, store
from matsuri.console.model import ConsoleCaller, ConsoleSession, Role, SignInMethod, User
from matsuri.console.permissions import user_permissions
from matsuri.errors import Unavailable
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.ids import new_id, new_secret, secret_digest

_ADDRESS_CHARS_MAX = 64
_USER_AGENT_CHARS_MAX = 256
# What a token is signed with to make the one against forged requests.
_FORGERY_PURPOSE = b"matsuri: against forged requests"


class SessionRules(NamedTuple):
    """How long sessions last, in seconds; how many a user may have; who needs a second factor."""

    session_seconds: int
    idle_seconds: int
    seen_seconds: int
    sessions_max: int
    totp_roles: Collection[Role]


class Place(NamedTuple):
    """From where a user signs in."""

    address: str
    user_agent: str


class Opened(NamedTuple):
    """A session that was just opened; the token is told only here."""

    token: str
    session: ConsoleSession
    user: User


class ConsoleSessions:
    """Opens, knows and ends the sessions of console users."""

    def __init__(self, *, database: Database, clock: Clock, rules: SessionRules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules

    def open_in(
        self, connection: Connection, user: User, *, method: SignInMethod, place: Place, now_us: int
    ) -> Opened:
        """Sign ``user`` in, whoever has found out that it is them: the end of every sign-in.

        The user's oldest sessions end where there are too many.
        """
        token = new_secret()
        session = ConsoleSession(
            id=new_id(),
            user_id=user.id,
            method=method,
            created_us=now_us,
            seen_us=now_us,
            expires_us=now_us + self._rules.session_seconds * MICROSECONDS,
            address=place.address[:_ADDRESS_CHARS_MAX],
            user_agent=place.user_agent[:_USER_AGENT_CHARS_MAX],
        )
        session_store.add_session(connection, session, digest=secret_digest(token))
        session_store.end_oldest_sessions(
            connection, user.id, sessions_max=self._rules.sessions_max
        )
        store.note_sign_in(connection, user.id, at_us=now_us)
        return Opened(token, session, store.get_user(connection, user.id) or user)

    def needs_totp(self, role: Role) -> bool:
        """Whether users of that role must have a second factor."""
        return role in self._rules.totp_roles

    async def caller(self, token: str) -> ConsoleCaller | None:
        """Whose token this is; ``None`` if nobody's, or the session is over.

        What the user may do is looked up each time. A session without second factor is over once
        the role must have one.
        """
        now_us = self._clock.now_us()
        digest = secret_digest(token)
        found = await self._database.read(
            lambda c: session_store.find_session(
                c, digest, now_us=now_us, seen_after_us=self._seen_after_us(now_us)
            )
        )
        if found is None:
            return None
        session, user = found
        lacks_factor = not session.method.has_second_factor and self.needs_totp(user.role)
        if user.disabled or lacks_factor:
            return None
        if now_us - session.seen_us >= self._rules.seen_seconds * MICROSECONDS:
            # That a session was used is no reason to refuse its call.
            with contextlib.suppress(Unavailable):
                await self._database.write(
                    lambda c: session_store.touch_session(c, session.id, seen_us=now_us)
                )
        return _caller(user, session.id)

    async def enrolling(self, ticket: str) -> ConsoleCaller | None:
        """Who has yet to set up a second factor to be signed in; in no session, and may nothing."""
        now_us = self._clock.now_us()
        digest = secret_digest(ticket)
        user = await self._database.read(
            lambda c: session_store.find_ticket(c, digest, now_us=now_us)
        )
        if user is None or user.disabled:
            return None
        return ConsoleCaller(
            user.email, user.role, is_key=False, permissions=frozenset(), user_id=user.id
        )

    async def of_user(self, user_id: int) -> list[ConsoleSession]:
        """A user's sessions that go on, the newest first."""
        now_us = self._clock.now_us()
        return await self._database.read(
            lambda c: session_store.sessions_of_user(
                c, user_id, now_us=now_us, seen_after_us=self._seen_after_us(now_us)
            )
        )

    def _seen_after_us(self, now_us: int) -> int:
        return now_us - self._rules.idle_seconds * MICROSECONDS


def _caller(user: User, session_id: str) -> ConsoleCaller:
    return ConsoleCaller(
        user.email,
        user.role,
        is_key=False,
        permissions=user_permissions(user.role, user.granted, user.taken),
        user_id=user.id,
        session_id=session_id,
    )


def forgery_token(token: str) -> str:
    """What a page of ours has to send along with the cookie ``token``, and no other page can know.

    Pages of other origins can make a browser send the cookie, but not read it, nor this.
    """
    digest = hmac.digest(token.encode(), _FORGERY_PURPOSE, "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def is_forgery_token(given: str, token: str) -> bool:
    """Whether ``given`` is the one that belongs to the cookie ``token``."""
    return hmac.compare_digest(given.encode(), forgery_token(token).encode())
