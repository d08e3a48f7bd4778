"""Signing in to the console: e-mail and password for an opaque token."""

import asyncio

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import store
from matsuri.console.model import ConsoleCaller, User
from matsuri.console.passwords import Passwords
from matsuri.console.throttle import SignInThrottle
from matsuri.errors import ResourceExhausted, Unauthenticated, invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.ids import new_secret, secret_digest

_PASSWORD_CHARS_MAX = 1024
_EMAIL_CHARS_MAX = 320


class SignIn:
    """Console sessions: opened with a password, known by the digest of their token."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        passwords: Passwords,
        throttle: SignInThrottle,
        session_seconds: int,
        waiting_max: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle
        self._session_seconds = session_seconds
        # Hashing is made to be expensive; one at a time leaves the processor to the players.
        self._hashing = asyncio.Semaphore(1)
        self._waiting = 0
        self._waiting_max = waiting_max

    async def authenticate(self, *, email: str, password: str, address: str) -> str:
        """A console token for the right password.

        Raises ``InvalidArgument`` for missing fields, ``Unauthenticated`` for a wrong pair and
        ``ResourceExhausted`` after too many of those for this e-mail or this address.
        """
        for field, value, chars_max in (
            ("email", email, _EMAIL_CHARS_MAX),
            ("password", password, _PASSWORD_CHARS_MAX),
        ):
            if not value:
                raise invalid_field(field, "is missing")
            if len(value) > chars_max:
                raise invalid_field(field, "is too long", f"at most {chars_max} characters")
        name = email.strip().lower()
        names = (f"email {name}", f"address {address}")
        now_us = self._clock.now_us()
        wait = max(self._throttle.wait_seconds(each, now_us=now_us) for each in names)
        if wait:
            raise ResourceExhausted(
                "Too many failed sign-ins; try again later", retry_after_seconds=wait
            )
        if self._waiting >= self._waiting_max:
            raise ResourceExhausted("Too many sign-ins at once", retry_after_seconds=1)
        # Counted before the password is looked at: many guesses at once are many guesses.
        for each in names:
            self._throttle.failed(each, now_us=now_us)
        user = await self._database.read(lambda c: store.find_user(c, name))
        if not await self._password_matches(user, password) or user is None:
            raise Unauthenticated("E-mail or password is wrong")
        # Who signs in as one may not go on guessing as another: the address keeps its failures.
        self._throttle.succeeded(names[0])
        self._throttle.forgive(names[1])
        return await self._open(user, now_us=now_us)

    async def caller(self, token: str) -> ConsoleCaller | None:
        """Whose console token this is; ``None`` if nobody's or expired."""
        digest = secret_digest(token)
        now_us = self._clock.now_us()
        user = await self._database.read(
            lambda c: store.find_console_user(c, digest, now_us=now_us)
        )
        return None if user is None else ConsoleCaller(user.email, user.role, is_key=False)

    async def _password_matches(self, user: User | None, password: str) -> bool:
        password_hash = None if user is None else user.password_hash
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(self._passwords.matches, password_hash, password)
        finally:
            self._waiting -= 1

    async def _open(self, user: User, *, now_us: int) -> str:
        token = new_secret()

        def work(connection: Connection) -> None:
            store.add_console_session(
                connection,
                digest=secret_digest(token),
                user_id=user.id,
                created_us=now_us,
                expires_us=now_us + self._session_seconds * MICROSECONDS,
            )

        await self._database.write(work)
        return token
