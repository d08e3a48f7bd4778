"""Console users as others see them: made, changed, helped and removed by who may."""

import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import oidc_store, second_factor_store, session_store, store
from matsuri.console.audit import AuditLog
from matsuri.console.model import ConsoleCaller, Role, User
from matsuri.console.passwords import PasswordQueue
from matsuri.console.user_rules import (
    audited_user,
    check_administrator_left,
    check_not_above,
    check_not_oneself,
    check_password_is_ours,
    checked_email,
    checked_permissions,
)
from matsuri.errors import AlreadyExists, FailedPrecondition, NotFound
from matsuri.kit.clock import MICROSECONDS, Clock

_ONE_TIME_PASSWORD_BYTES = 12


class Access(NamedTuple):
    """What a user shall be able to do; ``None`` for what stays as it is, or as is usual."""

    role: Role | None = None
    granted: Sequence[str] | None = None
    taken: Sequence[str] | None = None
    disabled: bool | None = None


class UserLimits(NamedTuple):
    """Most users; how long a password for one time opens something, in seconds; whose is given.

    ``given_email`` is that of the user whose password comes from the settings, or empty.
    """

    users_max: int
    one_time_seconds: int
    given_email: str


class Users:
    """The people with access to the console.

    Nobody gives, or takes away, more than they have themselves: who a caller changes may do
    nothing that the caller may not, before and after. At least one user who may do everything
    stays. All of this is looked at in the transaction of the change.
    """

    def __init__(
        self, *, database: Database, clock: Clock, passwords: PasswordQueue, limits: UserLimits
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._limits = limits

    async def all(self) -> list[User]:
        """Every user, by e-mail address."""
        return await self._database.read(store.list_users)

    async def get(self, user_id: int) -> User:
        """One user; raises ``NotFound``."""
        return await self._database.read(lambda c: _found(c, user_id))

    async def create(self, caller: ConsoleCaller, email: str, access: Access) -> tuple[User, str]:
        """A new user, with a password for one time, which is told only here.

        Raises ``InvalidArgument``, ``AlreadyExists`` for an e-mail address that is known,
        ``PermissionDenied`` for permissions that the caller has not, and ``FailedPrecondition``
        where there are too many users.
        """
        email = checked_email(email)
        wanted = _with(
            User(id=0, email=email, password_hash="", role=Role.SUPPORT, created_us=0), access
        )
        check_not_above(caller, wanted)
        password, password_hash = await self._one_time_password()
        now_us = self._clock.now_us()

        def work(connection: Connection) -> User:
            if store.find_user(connection, email) is not None:
                raise AlreadyExists(f"A user with the e-mail address {email} exists already")
            if store.count_users(connection) >= self._limits.users_max:
                raise FailedPrecondition(f"There are {self._limits.users_max} users already")
            user_id = store.add_user(
                connection,
                email=email,
                password_hash=password_hash,
                role=wanted.role,
                created_us=now_us,
                granted=sorted(wanted.granted),
                taken=sorted(wanted.taken),
                one_time_until_us=self._one_time_until_us(now_us),
            )
            user = _found(connection, user_id)
            _note(connection, caller, "create", user, now_us=now_us, after=user)
            return user

        return await self._database.write(work), password

    async def change(self, caller: ConsoleCaller, user_id: int, access: Access) -> User:
        """Change what a user may do: with the next call in every session, too.

        The sessions of a user who is disabled end. Raises ``InvalidArgument``, ``NotFound``,
        ``PermissionDenied`` and, for the last administrator, ``FailedPrecondition``.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection, before: User) -> User:
            after = _with(before, access)
            check_not_above(caller, after)
            store.set_access(
                connection,
                user_id,
                role=after.role,
                granted=after.granted,
                taken=after.taken,
                disabled=after.disabled,
            )
            if after.disabled:
                session_store.end_sessions(connection, user_id)
            if after != before:
                _note(
                    connection, caller, "update", before, now_us=now_us, before=before, after=after
                )
            return after

        return await self._on_user(caller, user_id, work)

    async def remove(self, caller: ConsoleCaller, user_id: int) -> None:
        """Forget a user, with sessions and second factor; errors as for ``change``."""
        now_us = self._clock.now_us()

        def work(connection: Connection, user: User) -> None:
            session_store.end_sessions(connection, user_id)
            second_factor_store.remove_second_factor(connection, user_id)
            oidc_store.remove_links(connection, user_id)
            store.delete_user(connection, user_id)
            _note(connection, caller, "delete", user, now_us=now_us, before=user)

        await self._on_user(caller, user_id, work)

    async def reset_password(self, caller: ConsoleCaller, user_id: int) -> tuple[User, str]:
        """A password for one time, told only here; the user's sessions end.

        Errors as for ``change``; ``FailedPrecondition`` also for one's own, which is changed with
        the old one, and for one that comes from the settings.
        """
        user = await self.get(user_id)
        check_not_above(caller, user)
        check_not_oneself(caller, user, "PUT /v1/console/me/password")
        check_password_is_ours(user, self._limits.given_email)
        password, password_hash = await self._one_time_password()
        now_us = self._clock.now_us()

        def work(connection: Connection, user: User) -> User:
            store.set_password_hash(
                connection,
                user_id,
                password_hash,
                one_time_until_us=self._one_time_until_us(now_us),
            )
            session_store.end_sessions(connection, user_id)
            _note(connection, caller, "reset_password", user, now_us=now_us)
            return _found(connection, user_id)

        return await self._on_user(caller, user_id, work), password

    async def remove_totp(self, caller: ConsoleCaller, user_id: int) -> User:
        """Forget the second factor of a user who has lost it; the user's sessions end.

        Errors as for ``reset_password``.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection, user: User) -> User:
            check_not_oneself(caller, user, "DELETE /v1/console/me/totp")
            second_factor_store.remove_second_factor(connection, user_id)
            session_store.end_sessions(connection, user_id)
            _note(connection, caller, "remove_totp", user, now_us=now_us)
            return _found(connection, user_id)

        return await self._on_user(caller, user_id, work)

    async def end_sessions(
        self, caller: ConsoleCaller, user_id: int, session_id: str = "", *, keep: str = ""
    ) -> None:
        """End one session of a user, or all but the one to ``keep``.

        Raises ``NotFound`` for a user or a session that there is not, and ``PermissionDenied``.
        """
        now_us = self._clock.now_us()

        def work(connection: Connection, user: User) -> None:
            if not session_id:
                session_store.end_sessions(connection, user_id, but=keep)
            elif not session_store.end_session(connection, user_id, session_id):
                raise NotFound(f"{user.email} has no such session")
            note = f"session {session_id}" if session_id else ""
            _note(connection, caller, "end_session", user, now_us=now_us, note=note)

        await self._on_user(caller, user_id, work)

    async def _on_user(
        self, caller: ConsoleCaller, user_id: int, work: Callable[[Connection, User], User | None]
    ) -> User:
        """Do ``work`` to a user whom the caller may change, and see who is left to administrate."""

        def guarded(connection: Connection) -> User:
            before = store.list_users(connection)
            user = _found(connection, user_id)
            check_not_above(caller, user)
            changed = work(connection, user)
            check_administrator_left(before, store.list_users(connection))
            return changed or user

        return await self._database.write(guarded)

    async def _one_time_password(self) -> tuple[str, str]:
        self._passwords.check_room()
        password = secrets.token_urlsafe(_ONE_TIME_PASSWORD_BYTES)
        return password, await self._passwords.hash(password)

    def _one_time_until_us(self, now_us: int) -> int:
        return now_us + self._limits.one_time_seconds * MICROSECONDS


def _found(connection: Connection, user_id: int) -> User:
    user = store.get_user(connection, user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}")
    return user


def _with(user: User, access: Access) -> User:
    """The user with other access."""
    granted, taken = user.granted, user.taken
    if access.granted is not None:
        granted = checked_permissions("granted", access.granted)
    if access.taken is not None:
        taken = checked_permissions("taken", access.taken)
    return msgspec.structs.replace(
        user,
        role=user.role if access.role is None else access.role,
        granted=granted,
        taken=taken,
        disabled=user.disabled if access.disabled is None else access.disabled,
    )


def _note(
    connection: Connection,
    caller: ConsoleCaller,
    verb: str,
    user: User,
    *,
    now_us: int,
    note: str = "",
    before: User | None = None,
    after: User | None = None,
) -> None:
    AuditLog.note(
        connection,
        at_us=now_us,
        actor=caller.name,
        actor_is_key=caller.is_key,
        action=f"user.{verb}",
        subject_kind="user",
        subject_id=str(user.id),
        subject_name=user.email,
        note=note,
        before=None if before is None else audited_user(before),
        after=None if after is None else audited_user(after),
    )
