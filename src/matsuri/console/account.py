"""What signed-in users do for themselves: password, second factor, recovery codes."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import second_factor_store, session_store, store
from matsuri.console.audit import AuditLog
from matsuri.console.enrol import Enrolment, Factors, new_enrolment
from matsuri.console.model import ConsoleCaller, SignInMethod, User
from matsuri.console.password_rules import PasswordRules
from matsuri.console.passwords import PasswordQueue
from matsuri.console.prove_factor import Proof, prove_factor
from matsuri.console.recovery_codes import new_recovery_codes, recovery_digest
from matsuri.console.sessions import ConsoleSessions, Opened, Place
from matsuri.console.sign_in import note_sign_in
from matsuri.console.throttle import SignInThrottle
from matsuri.console.totp import accepted_step
from matsuri.errors import FailedPrecondition, NotFound, invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock

T = TypeVar("T")

_WRONG_CODE = "is wrong, or was used before"


class Confirmed(NamedTuple):
    """A second factor in force: recovery codes, told only here; a session where none was."""

    recovery_codes: list[str]
    opened: Opened | None


class Account:
    """A user's own password and second factor.

    Whoever finds a browser open shall not take the account over: each change takes the password,
    or a code, once more, and failures are counted.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        passwords: PasswordQueue,
        password_rules: PasswordRules,
        throttle: SignInThrottle,
        sessions: ConsoleSessions,
        issuer: str,
        pending_seconds: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._password_rules = password_rules
        self._throttle = throttle
        self._sessions = sessions
        self._issuer = issuer
        self._pending_seconds = pending_seconds

    async def user(self, caller: ConsoleCaller) -> User:
        """Who calls; raises ``NotFound`` where the user is gone."""
        return await self._database.read(lambda c: _user_of(c, caller))

    async def factors(self, caller: ConsoleCaller) -> Factors:
        """What is there of a second factor."""

        def work(connection: Connection) -> Factors:
            user = _user_of(connection, caller)
            return Factors(
                since_us=user.totp_since_us,
                is_required=self._sessions.needs_totp(user.role),
                recovery_codes_left=second_factor_store.recovery_codes_left(connection, user.id),
            )

        return await self._database.read(work)

    async def change_password(self, caller: ConsoleCaller, *, current: str, new: str) -> None:
        """Another password; the user's other sessions end, the one that calls goes on.

        Raises ``InvalidArgument`` for a wrong or a weak one, ``ResourceExhausted`` after too many
        wrong ones.
        """
        user = await self.user(caller)
        self._password_rules.check("new_password", new, email=user.email)
        if new == current:
            raise invalid_field("new_password", "is the old one", "another password")
        await self._check_password("current_password", user, current)
        password_hash = await self._passwords.hash(new)

        def work(connection: Connection) -> None:
            _refuse_stale(connection, user)
            store.set_password_hash(connection, user.id, password_hash)
            session_store.end_sessions(connection, user.id, but=caller.session_id)
            self._note(connection, caller, "change_password")

        await self._database.write(work)

    async def begin_totp(self, caller: ConsoleCaller, *, password: str, proof: Proof) -> Enrolment:
        """A new secret, in force once a code of it confirms it; until then the old one is.

        Who has a second factor proves it, others give the password; neither is needed by who has
        just signed in as far as that goes without a second factor. Errors as for
        ``change_password``.
        """
        user = await self.user(caller)
        proof.check()
        if user.totp_since_us is None and caller.session_id and user.password_hash:
            await self._check_password("password", user, password)
        enrolment = new_enrolment(issuer=self._issuer, account=user.email)
        until_us = self._clock.now_us() + self._pending_seconds * MICROSECONDS

        def work(connection: Connection) -> None:
            _refuse_stale(connection, user)
            if user.totp_since_us is not None:
                self._prove(connection, user, proof)
            second_factor_store.put_pending(
                connection, user.id, enrolment.secret, until_us=until_us
            )
            self._note(connection, caller, "begin_totp")

        await self._guarded(user, work)
        return enrolment

    async def confirm_totp(self, caller: ConsoleCaller, *, code: str, place: Place) -> Confirmed:
        """Bring the new secret in force; who was signed in half only is signed in then.

        The user's other sessions end, and recovery codes of before open nothing. Raises
        ``InvalidArgument`` for a wrong code and ``FailedPrecondition`` where nothing was begun.
        """
        Proof(code=code).check()
        user = await self.user(caller)
        codes = new_recovery_codes()
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Opened | None:
            secret = second_factor_store.pending_secret(connection, user.id, now_us=now_us)
            if secret is None:
                raise FailedPrecondition("No second factor is waiting to be confirmed: begin anew")
            step = accepted_step(secret, code, now_seconds=now_us // MICROSECONDS, last_step=0)
            if step is None:
                raise invalid_field("code", "is not the one of this secret now")
            second_factor_store.confirm_pending(connection, user.id, step=step, now_us=now_us)
            second_factor_store.replace_recovery_codes(
                connection, user.id, [recovery_digest(user.id, each) for each in codes]
            )
            session_store.end_sessions(connection, user.id, but=caller.session_id)
            self._note(connection, caller, "confirm_totp")
            if caller.session_id:
                session_store.set_method(connection, caller.session_id, SignInMethod.TOTP)
                return None
            opened = self._sessions.open_in(
                connection,
                _user_of(connection, caller),
                method=SignInMethod.TOTP,
                place=place,
                now_us=now_us,
            )
            note_sign_in(connection, opened, now_us=now_us)
            return opened

        return Confirmed(codes, await self._guarded(user, work))

    async def remove_totp(self, caller: ConsoleCaller, proof: Proof) -> None:
        """Do without a second factor from now on, where the role may; recovery codes go, too.

        Raises ``FailedPrecondition`` where there is none or the role must have one, and
        ``InvalidArgument`` for a wrong code.
        """
        proof.check()
        user = await self.user(caller)
        if self._sessions.needs_totp(user.role):
            raise FailedPrecondition("This role must have a second factor; it can be replaced")

        def work(connection: Connection) -> None:
            self._prove(connection, user, proof)
            second_factor_store.remove_second_factor(connection, user.id)
            session_store.set_method(connection, caller.session_id, SignInMethod.PASSWORD)
            self._note(connection, caller, "remove_totp")

        await self._guarded(user, work)

    async def renew_recovery_codes(self, caller: ConsoleCaller, proof: Proof) -> list[str]:
        """Ten new recovery codes, told only here; those before open nothing.

        Errors as for ``remove_totp``.
        """
        proof.check()
        user = await self.user(caller)
        codes = new_recovery_codes()

        def work(connection: Connection) -> None:
            self._prove(connection, user, proof)
            second_factor_store.replace_recovery_codes(
                connection, user.id, [recovery_digest(user.id, each) for each in codes]
            )
            self._note(connection, caller, "renew_recovery_codes")

        await self._guarded(user, work)
        return codes

    async def sign_out(self, caller: ConsoleCaller) -> None:
        """End the session that calls."""

        def work(connection: Connection) -> None:
            if session_store.end_session(connection, caller.user_id or 0, caller.session_id):
                self._note(connection, caller, "sign_out")

        await self._database.write(work)

    async def _check_password(self, field: str, user: User, password: str) -> None:
        if not password:
            raise invalid_field(field, "is missing")
        if len(password) > self._password_rules.chars_max:
            raise invalid_field(field, "is wrong")
        name = _guesses_of(user)
        self._begin(name)
        if not await self._passwords.matches(user.password_hash, password):
            raise invalid_field(field, "is wrong")
        self._throttle.succeeded(name)

    async def _guarded(self, user: User, work: Callable[[Connection], T]) -> T:
        """Write; what is refused counts as a guess."""
        name = _guesses_of(user)
        self._begin(name)
        done = await self._database.write(work)
        self._throttle.succeeded(name)
        return done

    def _begin(self, name: str) -> None:
        now_us = self._clock.now_us()
        self._throttle.check(name, now_us=now_us)
        self._passwords.check_room()
        self._throttle.failed(name, now_us=now_us)

    def _prove(self, connection: Connection, user: User, proof: Proof) -> None:
        if second_factor_store.secret_in_force(connection, user.id) is None:
            raise FailedPrecondition("There is no second factor")
        if not proof:
            raise invalid_field("code", "is missing", "a code, or a recovery code")
        if prove_factor(connection, user.id, proof, now_us=self._clock.now_us()) is None:
            raise invalid_field(proof.field, _WRONG_CODE)

    def _note(self, connection: Connection, caller: ConsoleCaller, verb: str) -> None:
        AuditLog.note(
            connection,
            at_us=self._clock.now_us(),
            actor=caller.name,
            actor_is_key=False,
            action=f"user.{verb}",
            subject_kind="user",
            subject_id=str(caller.user_id),
            subject_name=caller.name,
        )


def _user_of(connection: Connection, caller: ConsoleCaller) -> User:
    user = store.get_user(connection, caller.user_id or 0)
    if user is None:
        raise NotFound("There is no such user any more")
    return user


def _refuse_stale(connection: Connection, seen: User) -> None:
    """Raise ``FailedPrecondition`` where the account changed since the password was looked at."""
    user = store.get_user(connection, seen.id)
    changed = user is None or user.disabled or user.password_hash != seen.password_hash
    if changed or (user is not None and user.totp_since_us != seen.totp_since_us):
        raise FailedPrecondition("The account was changed meanwhile: try again")


def _guesses_of(user: User) -> str:
    return f"account {user.id}"
