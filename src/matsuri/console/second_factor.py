"""A user's own second factor: set up, replaced, done without; recovery codes."""

from typing import NamedTuple

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import second_factor_store, session_store
from matsuri.console.account_guard import AccountGuard, note_own, refuse_stale, user_of
from matsuri.console.enrol import Enrolment, Factors, new_enrolment
from matsuri.console.model import ConsoleCaller, SignInMethod, User
from matsuri.console.prove_factor import Proof, prove_factor
from matsuri.console.recovery_codes import new_recovery_codes, recovery_digest
from matsuri.console.sessions import ConsoleSessions, Opened, Place
from matsuri.console.sign_in import note_sign_in
from matsuri.console.totp import accepted_step
from matsuri.errors import FailedPrecondition, invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock

_WRONG_CODE = "is wrong, or was used before"


class Confirmed(NamedTuple):
    """A second factor in force: recovery codes, told only here; a session where none was."""

    recovery_codes: list[str]
    opened: Opened | None


class SecondFactor:
    """What users do with their own second factor.

    ``issuer`` is what apps call this server; what is begun is confirmed within
    ``pending_seconds``.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        guard: AccountGuard,
        sessions: ConsoleSessions,
        issuer: str,
        pending_seconds: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._guard = guard
        self._sessions = sessions
        self._issuer = issuer
        self._pending_seconds = pending_seconds

    async def state(self, caller: ConsoleCaller) -> Factors:
        """What is there of a second factor."""

        def work(connection: Connection) -> Factors:
            user = user_of(connection, caller)
            return Factors(
                since_us=user.totp_since_us,
                is_required=self._sessions.needs_totp(user.role),
                recovery_codes_left=second_factor_store.recovery_codes_left(connection, user.id),
            )

        return await self._database.read(work)

    async def begin(self, caller: ConsoleCaller, *, password: str, proof: Proof) -> Enrolment:
        """A new secret, in force once a code of it confirms it; until then the old one is.

        Who has a second factor proves it, others give the password; neither is needed by who has
        just signed in as far as that goes without a second factor. Raises ``InvalidArgument`` for
        a wrong password or code, ``ResourceExhausted`` after too many of them, and
        ``FailedPrecondition`` for who has no password that the second factor would go with.
        """
        user = await self._guard.user(caller)
        proof.check()
        if not user.password_hash:
            raise FailedPrecondition(
                "You sign in at the provider, where a second factor of yours belongs, too"
            )
        if user.totp_since_us is None and caller.session_id:
            await self._guard.check_password("password", user, password)
        enrolment = new_enrolment(issuer=self._issuer, account=user.email)
        until_us = self._clock.now_us() + self._pending_seconds * MICROSECONDS

        def work(connection: Connection) -> None:
            refuse_stale(connection, user)
            if user.totp_since_us is not None:
                self._prove(connection, user, proof)
            second_factor_store.put_pending(
                connection, user.id, enrolment.secret, until_us=until_us
            )
            note_own(connection, caller, self._clock.now_us(), "begin_totp")

        await self._guard.write(user, work)
        return enrolment

    async def confirm(self, caller: ConsoleCaller, *, code: str, place: Place) -> Confirmed:
        """Bring the new secret in force; who was signed in half only is signed in then.

        The user's other sessions end, and recovery codes of before open nothing. Raises
        ``InvalidArgument`` for a wrong code and ``FailedPrecondition`` where nothing was begun.
        """
        Proof(code=code).check()
        user = await self._guard.user(caller)
        codes = new_recovery_codes()
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Opened | None:
            refuse_stale(connection, user)
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
            note_own(connection, caller, self._clock.now_us(), "confirm_totp")
            if caller.session_id:
                session_store.note_totp(connection, caller.session_id, is_proven=True)
                return None
            opened = self._sessions.open_in(
                connection,
                user_of(connection, caller),
                method=SignInMethod.TOTP,
                place=place,
                now_us=now_us,
            )
            note_sign_in(connection, opened, now_us=now_us)
            return opened

        return Confirmed(codes, await self._guard.write(user, work))

    async def remove(self, caller: ConsoleCaller, proof: Proof) -> None:
        """Do without a second factor from now on, where the role may; recovery codes go, too.

        Raises ``FailedPrecondition`` where there is none or the role must have one, and
        ``InvalidArgument`` for a wrong code.
        """
        proof.check()
        user = await self._guard.user(caller)
        if self._sessions.needs_totp(user.role):
            raise FailedPrecondition("This role must have a second factor; it can be replaced")

        def work(connection: Connection) -> None:
            self._prove(connection, user, proof)
            second_factor_store.remove_second_factor(connection, user.id)
            session_store.note_totp(connection, caller.session_id, is_proven=False)
            note_own(connection, caller, self._clock.now_us(), "remove_totp")

        await self._guard.write(user, work)

    async def renew_recovery_codes(self, caller: ConsoleCaller, proof: Proof) -> list[str]:
        """Ten new recovery codes, told only here; those before open nothing.

        Errors as for ``remove``.
        """
        proof.check()
        user = await self._guard.user(caller)
        codes = new_recovery_codes()

        def work(connection: Connection) -> None:
            self._prove(connection, user, proof)
            second_factor_store.replace_recovery_codes(
                connection, user.id, [recovery_digest(user.id, each) for each in codes]
            )
            note_own(connection, caller, self._clock.now_us(), "renew_recovery_codes")

        await self._guard.write(user, work)
        return codes

    def _prove(self, connection: Connection, user: User, proof: Proof) -> None:
        if second_factor_store.secret_in_force(connection, user.id) is None:
            raise FailedPrecondition("There is no second factor")
        if not proof:
            raise invalid_field("code", "is missing", "a code, or a recovery code")
        if prove_factor(connection, user.id, proof, now_us=self._clock.now_us()) is None:
            raise invalid_field(proof.field, _WRONG_CODE)
