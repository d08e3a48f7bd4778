"""Signing in to the console: e-mail, password and second factor for a session."""

from typing import NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import session_store, store
from matsuri.console.attempts import call_is_about
from matsuri.console.audit import AuditLog
from matsuri.console.model import SignInMethod, User
from matsuri.console.password_rules import PasswordRules
from matsuri.console.passwords import PasswordQueue
from matsuri.console.prove_factor import Proof, prove_factor
from matsuri.console.sessions import ConsoleSessions, Opened, Place
from matsuri.console.throttle import SignInThrottle, network_of
from matsuri.errors import MatsuriError, Unauthenticated, invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.ids import new_secret, secret_digest

_EMAIL_CHARS_MAX = 320
_WRONG = "E-mail or password is wrong"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a user types to sign in. ``new_password`` replaces a password for one time."""

    email: str
    password: str
    new_password: str = ""
    proof: Proof = Proof()


class _Ticket(NamedTuple):
    text: str


class SignIn:
    """Opens console sessions for those who know a password, and have the second factor.

    Where there is an ``only_email``, passwords of others open nothing.
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
        ticket_seconds: int,
        only_email: str = "",
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._password_rules = password_rules
        self._throttle = throttle
        self._sessions = sessions
        self._ticket_seconds = ticket_seconds
        self._only_email = only_email

    async def authenticate(
        self, given: Credentials, place: Place, *, former_token: str = ""
    ) -> Opened:
        """A session for the right credentials; that of ``former_token``, if any, ends.

        Raises ``InvalidArgument`` for missing fields; ``Unauthenticated`` for wrong credentials,
        the same for a wrong password and a disabled user, and, with details that say what is
        missing, where the password is right but something else is needed, too; and
        ``ResourceExhausted`` after too many failures for this e-mail or this address.
        """
        self._check(given)
        email = given.email.strip().lower()
        # Who signs in as one may not go on guessing as another: the address keeps its failures.
        names = (f"email {email}", f"address {network_of(place.address)}")
        now_us = self._clock.now_us()
        self._throttle.check(*names, now_us=now_us)
        self._passwords.check_room()
        # Counted before the password is looked at: many guesses at once are many guesses.
        for each in names:
            self._throttle.failed(each, now_us=now_us)
        user = await self._database.read(lambda c: store.find_user(c, email))
        if user is not None:
            call_is_about("user", str(user.id), name=user.email)
        password_hash = "" if user is None else user.password_hash
        matches = await self._passwords.matches(password_hash, given.password)
        may = not self._only_email or email == self._only_email
        if user is None or not matches or not may or not _is_open(user, now_us):
            raise Unauthenticated(_WRONG)
        try:
            new_hash = await self._new_hash(user, given)
        except MatsuriError:
            # The password was no guess; that something is missing is no failure.
            self._take_back(names)
            raise
        if user.totp_since_us is not None and not given.proof:
            self._take_back(names)
            raise _missing("second_factor", "totp", "A code of the second factor is needed")
        outcome = await self._database.write(
            lambda c: self._finish(c, user, given, place, new_hash, former_token, now_us)
        )
        if isinstance(outcome, _Ticket):
            self._take_back(names)
            raise Unauthenticated(
                "This role needs a second factor: set one up",
                details=[{"second_factor": "enrol", "ticket": outcome.text}],
            )
        self._throttle.succeeded(names[0])
        self._throttle.forgive(names[1])
        return outcome

    def _check(self, given: Credentials) -> None:
        for field, value, chars_max in (
            ("email", given.email, _EMAIL_CHARS_MAX),
            ("password", given.password, self._password_rules.chars_max),
        ):
            if not value:
                raise invalid_field(field, "is missing")
            if len(value) > chars_max:
                raise invalid_field(field, "is too long", f"at most {chars_max} characters")
        given.proof.check()
        if given.new_password:
            email = given.email.strip().lower()
            self._password_rules.check("new_password", given.new_password, email=email)
            if given.new_password == given.password:
                raise invalid_field("new_password", "is the old one", "another password")

    async def _new_hash(self, user: User, given: Credentials) -> str:
        """The hash of the password that replaces one for one time; empty where none has to be."""
        if user.one_time_until_us is None:
            if given.new_password:
                raise invalid_field("new_password", "replaces a password for one time only")
            return ""
        if not given.new_password:
            raise _missing("password", "change", "Choose a new password")
        return await self._passwords.hash(given.new_password)

    def _finish(
        self,
        connection: Connection,
        seen: User,
        given: Credentials,
        place: Place,
        new_hash: str,
        former_token: str,
        now_us: int,
    ) -> Opened | _Ticket:
        user = store.get_user(connection, seen.id)
        if user is None or user.disabled or user.password_hash != seen.password_hash:
            # It changed while the password was compared.
            raise Unauthenticated(_WRONG)
        method = SignInMethod.PASSWORD
        if user.totp_since_us is not None:
            proven = prove_factor(connection, user.id, given.proof, now_us=now_us)
            if proven is None:
                raise _missing("second_factor", "totp", "The code is wrong, or was used before")
            method = proven
        if new_hash:
            store.set_password_hash(connection, user.id, new_hash)
        if method is SignInMethod.PASSWORD and self._sessions.needs_totp(user.role):
            return self._ticket(connection, user, now_us)
        if former_token:
            session_store.end_session_of_token(connection, secret_digest(former_token))
        opened = self._sessions.open_in(connection, user, method=method, place=place, now_us=now_us)
        note_sign_in(connection, opened, now_us=now_us)
        return opened

    def _ticket(self, connection: Connection, user: User, now_us: int) -> _Ticket:
        text = new_secret()
        session_store.add_ticket(
            connection,
            digest=secret_digest(text),
            user_id=user.id,
            now_us=now_us,
            expires_us=now_us + self._ticket_seconds * MICROSECONDS,
        )
        return _Ticket(text)

    def _take_back(self, names: tuple[str, str]) -> None:
        for each in names:
            self._throttle.forgive(each)


def note_sign_in(connection: Connection, opened: Opened, *, now_us: int) -> None:
    """Note in the audit log that a user signed in."""
    AuditLog.note(
        connection,
        at_us=now_us,
        actor=opened.user.email,
        actor_is_key=False,
        action="user.sign_in",
        subject_kind="user",
        subject_id=str(opened.user.id),
        subject_name=opened.user.email,
        after={"method": opened.session.method.value, "session_id": opened.session.id},
    )


def _is_open(user: User, now_us: int) -> bool:
    """Whether the user's password opens anything, if it is the right one."""
    until_us = user.one_time_until_us
    return not user.disabled and (until_us is None or now_us < until_us)


def _missing(what: str, which: str, message: str) -> Unauthenticated:
    return Unauthenticated(message, details=[{what: which}])
