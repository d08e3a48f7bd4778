"""Signing in to the console at an OpenID provider: authorization code flow with PKCE."""

import hmac
from typing import NamedTuple

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import oidc_store, session_store, store
from matsuri.console.attempts import call_is_about, call_is_refused
from matsuri.console.audit import AuditLog
from matsuri.console.model import User
from matsuri.console.oidc_provider import Provider
from matsuri.console.oidc_rules import (
    Admission,
    AdmissionRules,
    ClaimNames,
    Known,
    Person,
    Refusal,
    SignInRefused,
    admit,
    person_of,
)
from matsuri.console.oidc_under_way import SignInsUnderWay, UnderWay
from matsuri.console.sessions import ConsoleSessions, Opened, Place
from matsuri.console.sign_in import note_sign_in
from matsuri.console.throttle import SignInThrottle, network_of
from matsuri.console.user_rules import audited_user, check_administrator_left
from matsuri.errors import FailedPrecondition, ResourceExhausted
from matsuri.kit.clock import Clock

logger = structlog.get_logger(__name__)

_ACTOR = "single sign-on"
_CODE_CHARS_MAX = 4096
_UNAUTHENTICATED = 401
_UNAVAILABLE = 503
_CANCELLED = "access_denied"
# What is nobody's guess is no failure of who tries to sign in.
_NO_FAILURE = frozenset({Refusal.CANCELLED, Refusal.PROVIDER_UNAVAILABLE})


class Begun(NamedTuple):
    """Where a browser goes to sign in, and what it keeps for its way back."""

    location: str
    sealed: str


class Returned(NamedTuple):
    """What a browser brings back from the provider; empty texts for what it does not."""

    state: str
    code: str
    error: str
    issuer: str


class Finished(NamedTuple):
    """A session that was just opened, and where in the console its user wanted to go."""

    opened: Opened
    return_to: str


class SingleSignOn:
    """Opens console sessions for those who have signed in at the provider."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        provider: Provider,
        under_way: SignInsUnderWay,
        sessions: ConsoleSessions,
        throttle: SignInThrottle,
        names: ClaimNames,
        rules: AdmissionRules,
    ) -> None:
        self._database = database
        self._clock = clock
        self._provider = provider
        self._under_way = under_way
        self._sessions = sessions
        self._throttle = throttle
        self._names = names
        self._rules = rules

    async def begin(self, *, return_to: str, former_token: str) -> Begun:
        """Where to sign in, to come back to ``return_to`` in the console.

        The session of ``former_token``, if any, ends then. Raises ``SignInRefused`` where the
        provider cannot be reached.
        """
        under_way = self._under_way.begin(
            return_to=return_to, former_token=former_token, now_us=self._clock.now_us()
        )
        try:
            location = await self._provider.address(under_way)
        except SignInRefused as refused:
            _tell(refused)
            raise
        return Begun(location, self._under_way.seal(under_way))

    async def finish(self, returned: Returned, sealed: str, place: Place) -> Finished:
        """A session for whom the provider vouches for; raises ``SignInRefused``.

        Refusals are for the audit log and, but for those of the person at the browser, for the
        server's log.
        """
        name = f"address {network_of(place.address)}"
        now_us = self._clock.now_us()
        try:
            self._throttle.check(name, now_us=now_us)
        except ResourceExhausted:
            refused = SignInRefused(Refusal.TOO_MANY_ATTEMPTS)
            _tell(refused)
            raise refused from None
        # Counted before the provider is asked: many at once are many.
        self._throttle.failed(name, now_us=now_us)
        try:
            finished = await self._finish(returned, sealed, place)
        except SignInRefused as refused:
            if refused.refusal in _NO_FAILURE:
                self._throttle.forgive(name)
            _tell(refused)
            raise
        self._throttle.forgive(name)
        return finished

    async def _finish(self, returned: Returned, sealed: str, place: Place) -> Finished:
        now_us = self._clock.now_us()
        under_way = self._under_way.open(sealed, now_us=now_us)
        if under_way is None or not _is_same(returned.state, under_way.state):
            raise SignInRefused(Refusal.EXPIRED)
        # Whatever comes of it, it comes back once.
        self._under_way.end(under_way)
        await self._provider.check_sender(returned.issuer)
        if returned.error == _CANCELLED:
            raise SignInRefused(Refusal.CANCELLED)
        if returned.error or not 0 < len(returned.code) <= _CODE_CHARS_MAX:
            detail = f"the provider says {returned.error[:100]!r}"
            raise SignInRefused(Refusal.PROVIDER_REFUSED, detail)
        claims = await self._provider.redeem(returned.code, under_way)
        person = person_of(claims, self._names)
        opened = await self._database.write(lambda c: self._enter(c, person, under_way, place))
        return Finished(opened, under_way.return_to)

    def _enter(
        self, connection: Connection, person: Person, under_way: UnderWay, place: Place
    ) -> Opened:
        now_us = self._clock.now_us()
        known = self._known(connection, person)
        user = known.by_subject or known.by_email
        if user is not None:
            call_is_about("user", str(user.id), name=user.email)
        try:
            admission = admit(person, known, self._rules)
        except SignInRefused as refused:
            # The provider vouches for the address, so that it may be told to the operator.
            raise SignInRefused(refused.refusal, person.email) from None
        user = self._user(connection, admission, now_us)
        if admission.is_new_link:
            oidc_store.add_link(
                connection,
                issuer=self._provider.issuer,
                subject=person.subject,
                user_id=user.id,
                linked_us=now_us,
            )
            _note(connection, "link", user, now_us=now_us, note=f"at {self._provider.issuer}")
        if under_way.former:
            session_store.end_session_of_token(connection, bytes.fromhex(under_way.former))
        opened = self._sessions.open_in(
            connection, user, method=admission.method, place=place, now_us=now_us
        )
        note_sign_in(connection, opened, now_us=now_us)
        return opened

    def _known(self, connection: Connection, person: Person) -> Known:
        issuer = self._provider.issuer
        by_subject = oidc_store.find_user_of_subject(connection, issuer, person.subject)
        if by_subject is not None or not person.email:
            return Known(by_subject)
        by_email = store.find_user(connection, person.email)
        linked = by_email is not None and oidc_store.is_linked(connection, issuer, by_email.id)
        return Known(by_email=by_email, is_linked=linked)

    def _user(self, connection: Connection, admission: Admission, now_us: int) -> User:
        """The user, made or given another role as the provider has it."""
        user = admission.user
        if user is None:
            return self._new_user(connection, admission, now_us)
        if user.role is admission.role:
            return user
        before = store.list_users(connection)
        store.set_access(
            connection,
            user.id,
            role=admission.role,
            granted=user.granted,
            taken=user.taken,
            disabled=user.disabled,
        )
        try:
            check_administrator_left(before, store.list_users(connection))
        except FailedPrecondition:
            raise SignInRefused(Refusal.LAST_ADMINISTRATOR, user.email) from None
        after = msgspec.structs.replace(user, role=admission.role)
        _note(connection, "update", user, now_us=now_us, before=user, after=after)
        return after

    def _new_user(self, connection: Connection, admission: Admission, now_us: int) -> User:
        if store.count_users(connection) >= self._rules.users_max:
            raise SignInRefused(Refusal.TOO_MANY_USERS, admission.email)
        user_id = store.add_user(
            connection,
            email=admission.email,
            # None opens it.
            password_hash="",
            role=admission.role,
            created_us=now_us,
        )
        user = User(
            id=user_id,
            email=admission.email,
            password_hash="",
            role=admission.role,
            created_us=now_us,
        )
        _note(connection, "create", user, now_us=now_us, after=user)
        return user


def _is_same(given: str, state: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), state.encode())


def _tell(refused: SignInRefused) -> None:
    """Say why somebody was refused where operators look."""
    refusal = refused.refusal
    is_down = refusal is Refusal.PROVIDER_UNAVAILABLE
    text = f"Single sign-on: {refusal.value}"
    call_is_refused(
        _UNAVAILABLE if is_down else _UNAUTHENTICATED,
        f"{text} ({refused.detail})" if refused.detail else text,
    )
    if is_down or refusal in {Refusal.PROVIDER_REFUSED, Refusal.INVALID_ANSWER}:
        logger.warning("single sign-on failed", reason=refusal.value, detail=refused.detail)


def _note(
    connection: Connection,
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
        actor=_ACTOR,
        action=f"user.{verb}",
        subject_kind="user",
        subject_id=str(user.id),
        subject_name=user.email,
        note=note,
        before=None if before is None else audited_user(before),
        after=None if after is None else audited_user(after),
    )
