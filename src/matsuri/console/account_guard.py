"""Signed-in users prove once more who they are, before they change how they sign in."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import store
from matsuri.console.audit import AuditLog
from matsuri.console.model import ConsoleCaller, User
from matsuri.console.passwords import PasswordQueue
from matsuri.console.throttle import SignInThrottle
from matsuri.errors import FailedPrecondition, NotFound, invalid_field
from matsuri.kit.clock import Clock

T = TypeVar("T")


class AccountGuard:
    """Whoever finds a browser open shall not take the account over.

    Failures are counted by user, apart from those at the sign-in: who guesses here keeps nobody
    from signing in. Passwords and codes are counted apart, too: who knows the password shall not
    go on guessing codes for that.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        passwords: PasswordQueue,
        throttle: SignInThrottle,
        password_chars_max: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle
        self._password_chars_max = password_chars_max

    async def user(self, caller: ConsoleCaller) -> User:
        """Who calls; raises ``NotFound`` where the user is gone."""
        return await self._database.read(lambda c: user_of(c, caller))

    async def check_password(self, field: str, user: User, password: str) -> None:
        """Raise ``InvalidArgument`` that names ``field`` for a wrong password.

        Raises ``ResourceExhausted`` after too many of them.
        """
        if not password:
            raise invalid_field(field, "is missing")
        if len(password) > self._password_chars_max:
            raise invalid_field(field, "is wrong")
        name = self._begin("password", user)
        if not await self._passwords.matches(user.password_hash, password):
            raise invalid_field(field, "is wrong")
        self._throttle.succeeded(name)

    async def write(self, user: User, work: Callable[[Connection], T]) -> T:
        """Write what a code of ``user`` allows; where ``work`` refuses it, that is a failure.

        Raises ``ResourceExhausted`` after too many of them.
        """
        name = self._begin("code", user)
        done = await self._database.write(work)
        self._throttle.succeeded(name)
        return done

    def _begin(self, what: str, user: User) -> str:
        name = f"{what} of account {user.id}"
        now_us = self._clock.now_us()
        self._throttle.check(name, now_us=now_us)
        self._passwords.check_room()
        self._throttle.failed(name, now_us=now_us)
        return name


def user_of(connection: Connection, caller: ConsoleCaller) -> User:
    """The user who calls; raises ``NotFound`` where the user is gone."""
    user = None if caller.user_id is None else store.get_user(connection, caller.user_id)
    if user is None:
        raise NotFound("There is no such user any more")
    return user


def refuse_stale(connection: Connection, seen: User) -> None:
    """Raise ``FailedPrecondition`` where the account changed since it was looked at."""
    user = store.get_user(connection, seen.id)
    if user is None or (user.disabled, user.password_hash, user.totp_since_us) != (
        False,
        seen.password_hash,
        seen.totp_since_us,
    ):
        raise FailedPrecondition("The account was changed meanwhile: try again")


def note_own(connection: Connection, caller: ConsoleCaller, now_us: int, verb: str) -> None:
    """Note in the audit log what a user did with the own account."""
    AuditLog.note(
        connection,
        at_us=now_us,
        actor=caller.name,
        action=f"user.{verb}",
        subject_kind="user",
        subject_id=str(caller.user_id),
        subject_name=caller.name,
    )
