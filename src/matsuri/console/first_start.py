"""What a server needs before anyone can use it: keys, an administrator, a signing key."""

import secrets
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import key_store, session_store, store
from matsuri.console.audit import AuditLog
from matsuri.console.key_rules import SETTING_OF, audited, subject_kind
from matsuri.console.model import DEFAULT_KEY, Key, KeyKind, Role
from matsuri.console.passwords import Passwords
from matsuri.errors import FailedPrecondition
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_key, new_secret, secret_digest
from matsuri.kit.receipt_keys import new_receipt_key

_SIGNING_KEY = "session.signingkey"
_RECEIPT_KEY = "receipt.signingkey"
_PASSWORD_BYTES = 12
_ACTOR = "settings"


class Given(Protocol):
    """What the settings may give; empty texts where they leave it to the server."""

    @property
    def api_key(self) -> str:
        """Value of the API key ``default``."""
        ...

    @property
    def server_key(self) -> str:
        """Value of the server key ``default``."""
        ...

    @property
    def signing_key(self) -> str:
        """The key of session tokens."""
        ...

    @property
    def admin_email(self) -> str:
        """The administrator."""
        ...

    @property
    def admin_password(self) -> str:
        """The administrator's password."""
        ...


@dataclass
class FirstStart:
    """The keys of tokens and of receipts; and what was made now, to be shown to the operator once.

    A value in ``made`` is empty where it was given, not made up.
    """

    signing_key: str = ""
    receipt_key: str = ""
    made: dict[str, str] = field(default_factory=dict)


async def open_secrets(
    given: Given, *, control: Database, clock: Clock, passwords: Passwords
) -> FirstStart:
    """Make what is missing and bring what is given in force.

    Given values replace stored ones, so that a container's environment decides.
    """
    now_us = clock.now_us()
    first = FirstStart()

    def work(connection: Connection) -> None:
        keys = ((KeyKind.API, given.api_key), (KeyKind.SERVER, given.server_key))
        for kind, value in keys:
            _open_key(connection, first, kind, value, now_us)
        _open_admin(connection, first, given, passwords, now_us)
        _open_signing_key(connection, first, given.signing_key)
        _open_receipt_key(connection, first)

    await control.write(work)
    return first


def _open_key(
    connection: Connection, first: FirstStart, kind: KeyKind, given: str, now_us: int
) -> None:
    known = key_store.find_key_of_name(connection, kind, DEFAULT_KEY)
    if given:
        _refuse_value_of_another(connection, kind, known, secret_digest(given))
    if known is not None:
        if given:
            _replace_value(connection, known, secret_digest(given), now_us)
    elif given or not any(key.kind is kind for key in key_store.list_keys(connection)):
        value = given or new_key()
        key_store.add_key(
            connection,
            kind=kind,
            name=DEFAULT_KEY,
            digest=secret_digest(value),
            created_us=now_us,
        )
        first.made[f"{kind.value}_key"] = "" if given else value


def _refuse_value_of_another(
    connection: Connection, kind: KeyKind, known: Key | None, digest: bytes
) -> None:
    owner = key_store.key_of_value(connection, digest)
    if owner is not None and (known is None or owner != known.id):
        raise FailedPrecondition(
            f"{SETTING_OF[kind]}: this is the value of another key already; take another one"
        )


def _replace_value(connection: Connection, known: Key, digest: bytes, now_us: int) -> None:
    """The value that is given, and no other; a key that was deleted is one again."""
    if known.deleted_us is None and known.value is not None and known.value.digest == digest:
        return
    key_store.remove_values(connection, known.id)
    key_store.add_value(connection, known.id, digest=digest, created_us=now_us)
    if known.deleted_us is not None:
        key_store.change_key(connection, known.id, {"deleted_us": None, "disabled_us": None})
    AuditLog.note(
        connection,
        at_us=now_us,
        actor=_ACTOR,
        actor_is_key=False,
        action=f"{subject_kind(known.kind)}.replace",
        subject_kind=subject_kind(known.kind),
        subject_id=str(known.id),
        subject_name=known.name,
        note=f"another value of the setting {SETTING_OF[known.kind]}",
        before=None if known.deleted_us is not None else audited(known),
        after=audited(key_store.find_key(connection, known.kind, known.id) or known),
    )


def _open_admin(
    connection: Connection, first: FirstStart, given: Given, passwords: Passwords, now_us: int
) -> None:
    email = given.admin_email.strip().lower()
    user = store.find_user(connection, email)
    if user is not None:
        if given.admin_password and not passwords.matches(user.password_hash, given.admin_password):
            password_hash = passwords.hash(given.admin_password)
            store.set_password_hash(connection, user.id, password_hash)
            session_store.end_sessions(connection, user.id)
    elif given.admin_password or not store.any_user(connection):
        password = given.admin_password or secrets.token_urlsafe(_PASSWORD_BYTES)
        store.add_user(
            connection,
            email=email,
            password_hash=passwords.hash(password),
            role=Role.ADMIN,
            created_us=now_us,
        )
        first.made["admin_email"] = email
        first.made["admin_password"] = "" if given.admin_password else password


def _open_signing_key(connection: Connection, first: FirstStart, given: str) -> None:
    stored = store.get_secret(connection, _SIGNING_KEY)
    first.signing_key = given or stored or new_secret()
    if first.signing_key != stored:
        store.put_secret(connection, _SIGNING_KEY, first.signing_key)
    if not given and stored is None:
        first.made["signing_key"] = first.signing_key


def _open_receipt_key(connection: Connection, first: FirstStart) -> None:
    stored = store.get_secret(connection, _RECEIPT_KEY)
    first.receipt_key = stored or new_receipt_key()
    if stored is None:
        store.put_secret(connection, _RECEIPT_KEY, first.receipt_key)
