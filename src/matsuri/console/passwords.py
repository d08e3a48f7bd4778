"""Passwords: hashed with argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# Any valid hash: checked for unknown users, so that they take as long as known ones.
_DECOY_PASSWORD = "a decoy"  # noqa: S105 # opens nothing


class Passwords:
    """Makes and checks password hashes. Both take tens of milliseconds of a processor."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._decoy = self._hasher.hash(_DECOY_PASSWORD)

    def hash(self, password: str) -> str:
        """The hash under which ``password`` is stored."""
        return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether ``password`` is the one; as slow for ``None`` (no such user) as for a hash."""
        try:
            self._hasher.verify(password_hash or self._decoy, password)
        except (Argon2Error, InvalidHashError):
            return False
        return password_hash is not None
