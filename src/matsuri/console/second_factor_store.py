"""Secrets of second factors and recovery codes, in the control database."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Column, LargeBinary, Table, delete, func, insert, select, update
from sqlalchemy.engine import Connection

from matsuri.adapters.schema import BigKey, control
from matsuri.console.store import second_factors

recovery_codes = Table(
    "recovery_codes",
    control,
    Column("user_id", BigKey, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), primary_key=True),
)

_factors = second_factors.c
_codes = recovery_codes.c


class Secret(NamedTuple):
    """A secret in force, and the latest step of which a code was used."""

    secret: bytes
    last_step: int


def secret_in_force(connection: Connection, user_id: int) -> Secret | None:
    """The secret of a user's second factor, if there is one."""
    row = connection.execute(
        select(_factors.secret, _factors.last_step).where(
            _factors.user_id == user_id, _factors.secret.is_not(None)
        )
    ).one_or_none()
    return None if row is None else Secret(row.secret, row.last_step)


def use_step(connection: Connection, user_id: int, step: int) -> None:
    """Codes up to that step are used up."""
    connection.execute(
        update(second_factors).where(_factors.user_id == user_id).values(last_step=step)
    )


def put_pending(connection: Connection, user_id: int, secret: bytes, *, until_us: int) -> None:
    """Keep a secret that a user has yet to confirm with a code; the one in force stays."""
    known = connection.execute(
        update(second_factors)
        .where(_factors.user_id == user_id)
        .values(pending_secret=secret, pending_until_us=until_us)
    )
    if not known.rowcount:
        connection.execute(
            insert(second_factors).values(
                user_id=user_id, pending_secret=secret, pending_until_us=until_us, last_step=0
            )
        )


def pending_secret(connection: Connection, user_id: int, *, now_us: int) -> bytes | None:
    """The secret that a user has yet to confirm."""
    row = connection.execute(
        select(_factors.pending_secret).where(
            _factors.user_id == user_id, _factors.pending_until_us > now_us
        )
    ).one_or_none()
    return None if row is None else row.pending_secret


def confirm_pending(connection: Connection, user_id: int, *, step: int, now_us: int) -> None:
    """The secret that was to be confirmed is the one in force; a code of ``step`` was used."""
    connection.execute(
        update(second_factors)
        .where(_factors.user_id == user_id)
        .values(
            secret=_factors.pending_secret,
            since_us=now_us,
            last_step=step,
            pending_secret=None,
            pending_until_us=None,
        )
    )


def remove_second_factor(connection: Connection, user_id: int) -> None:
    """Forget a user's second factor and recovery codes."""
    connection.execute(delete(second_factors).where(_factors.user_id == user_id))
    connection.execute(delete(recovery_codes).where(_codes.user_id == user_id))


def replace_recovery_codes(connection: Connection, user_id: int, digests: Sequence[bytes]) -> None:
    """These recovery codes, and no others."""
    connection.execute(delete(recovery_codes).where(_codes.user_id == user_id))
    connection.execute(
        insert(recovery_codes), [{"user_id": user_id, "digest": digest} for digest in digests]
    )


def use_recovery_code(connection: Connection, user_id: int, digest: bytes) -> bool:
    """Use up a recovery code; whether there was one."""
    done = connection.execute(
        delete(recovery_codes).where(_codes.user_id == user_id, _codes.digest == digest)
    )
    return done.rowcount > 0


def recovery_codes_left(connection: Connection, user_id: int) -> int:
    """How many recovery codes a user has left."""
    counted = select(func.count()).select_from(recovery_codes).where(_codes.user_id == user_id)
    return int(connection.execute(counted).scalar_one())
