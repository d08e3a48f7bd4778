"""Whether a code or a recovery code is right; each counts once."""

from typing import NamedTuple

from sqlalchemy.engine import Connection

from matsuri.console import second_factor_store
from matsuri.console.model import SignInMethod
from matsuri.console.recovery_codes import recovery_digest
from matsuri.console.totp import accepted_step
from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS

_CODE_CHARS_MAX = 64


class Proof(NamedTuple):
    """A code of the app, or a recovery code, or neither."""

    code: str = ""
    recovery_code: str = ""

    def __bool__(self) -> bool:
        return bool(self.code or self.recovery_code)

    @property
    def field(self) -> str:
        """The field that it came in."""
        return "recovery_code" if self.recovery_code else "code"

    def check(self) -> None:
        """Raise ``InvalidArgument`` where it cannot be one."""
        if self.code and self.recovery_code:
            raise invalid_field("recovery_code", "is given beside a code", "one of both")
        for field, value in zip(self._fields, self, strict=True):
            if len(value) > _CODE_CHARS_MAX:
                raise invalid_field(field, "is too long", f"at most {_CODE_CHARS_MAX} characters")


def prove_factor(
    connection: Connection, user_id: int, proof: Proof, *, now_us: int
) -> SignInMethod | None:
    """How a user of a second factor proved who they are; ``None`` for a wrong or used code.

    In a transaction that writes: the code is used up with it.
    """
    if proof.recovery_code:
        digest = recovery_digest(user_id, proof.recovery_code)
        used = second_factor_store.use_recovery_code(connection, user_id, digest)
        return SignInMethod.RECOVERY_CODE if used else None
    known = second_factor_store.secret_in_force(connection, user_id)
    if known is None:
        return None
    step = accepted_step(
        known.secret, proof.code, now_seconds=now_us // MICROSECONDS, last_step=known.last_step
    )
    if step is None:
        return None
    second_factor_store.use_step(connection, user_id, step)
    return SignInMethod.TOTP
