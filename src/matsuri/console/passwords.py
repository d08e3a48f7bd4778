"""Passwords: hashed with argon2id, one at a time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from matsuri.errors import ResourceExhausted

T = TypeVar("T")

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

    def matches(self, password_hash: str, password: str) -> bool:
        """Whether ``password`` is the one; as slow for an empty hash (nobody's) as for others."""
        try:
            self._hasher.verify(password_hash or self._decoy, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(password_hash)


class PasswordQueue:
    """Hashes passwords beside the event loop, one at a time.

    Hashing is made to be expensive; one at a time leaves the processor to the players.
    """

    def __init__(self, passwords: Passwords, *, waiting_max: int) -> None:
        self._passwords = passwords
        self._one = asyncio.Semaphore(1)
        self._waiting = 0
        self._waiting_max = waiting_max

    def check_room(self) -> None:
        """Raise ``ResourceExhausted`` where too many wait already."""
        if self._waiting >= self._waiting_max:
            raise ResourceExhausted("Too many sign-ins at once", retry_after_seconds=1)

    async def matches(self, password_hash: str, password: str) -> bool:
        """See ``Passwords.matches``."""
        return await self._next(lambda: self._passwords.matches(password_hash, password))

    async def hash(self, password: str) -> str:
        """See ``Passwords.hash``."""
        return await self._next(lambda: self._passwords.hash(password))

    async def _next(self, work: Callable[[], T]) -> T:
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
