"""What signed-in users do for themselves: change the password, sign out."""

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import session_store, store
from matsuri.console.account_guard import AccountGuard, note_own, refuse_stale
from matsuri.console.model import ConsoleCaller, User
from matsuri.console.password_rules import PasswordRules
from matsuri.console.passwords import PasswordQueue
from matsuri.console.user_rules import check_password_is_ours
from matsuri.errors import invalid_field
from matsuri.kit.clock import Clock


class Account:
    """A user's own account. ``given_email`` is whose password comes from the settings, if any."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        guard: AccountGuard,
        passwords: PasswordQueue,
        password_rules: PasswordRules,
        given_email: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._guard = guard
        self._passwords = passwords
        self._password_rules = password_rules
        self._given_email = given_email

    async def user(self, caller: ConsoleCaller) -> User:
        """Who calls; raises ``NotFound`` where the user is gone."""
        return await self._guard.user(caller)

    async def change_password(self, caller: ConsoleCaller, *, current: str, new: str) -> None:
        """Another password; the user's other sessions end, the one that calls goes on.

        Raises ``InvalidArgument`` for a wrong or a weak one, ``ResourceExhausted`` after too many
        wrong ones, and ``FailedPrecondition`` for one that comes from the settings.
        """
        user = await self._guard.user(caller)
        check_password_is_ours(user, self._given_email)
        self._password_rules.check("new_password", new, email=user.email)
        if new == current:
            raise invalid_field("new_password", "is the old one", "another password")
        await self._guard.check_password("current_password", user, current)
        password_hash = await self._passwords.hash(new)

        def work(connection: Connection) -> None:
            refuse_stale(connection, user)
            store.set_password_hash(connection, user.id, password_hash)
            session_store.end_sessions(connection, user.id, but=caller.session_id)
            note_own(connection, caller, self._clock.now_us(), "change_password")

        await self._database.write(work)

    async def sign_out(self, caller: ConsoleCaller) -> None:
        """End the session that calls."""

        def work(connection: Connection) -> None:
            if session_store.end_session(connection, caller.user_id or 0, caller.session_id):
                note_own(connection, caller, self._clock.now_us(), "sign_out")

        await self._database.write(work)
