"""The keyring: API keys and server keys, in memory, looked up by the digest of their value."""

import asyncio

from matsuri.adapters.database import Database
from matsuri.console import key_store
from matsuri.console.key_uses import KeyUses
from matsuri.console.model import Key, KeyKind
from matsuri.kit.clock import Clock
from matsuri.kit.ids import secret_digest


class Keyring:
    """Every key of this instance. ``refresh`` brings in what was changed."""

    def __init__(self, *, database: Database, clock: Clock, uses: KeyUses) -> None:
        self._database = database
        self._clock = clock
        self._uses = uses
        self._refreshing = asyncio.Lock()
        # By digest: the key, and until when that value works.
        self._by_digest: dict[bytes, tuple[Key, int | None]] = {}
        self._opening: frozenset[str] = frozenset()
        self._sessions_ended_us: dict[str, int] = {}

    async def refresh(self) -> None:
        """Read the keys again; raises ``Unavailable``."""
        # One after another: what was read before a change must not replace what was read after.
        async with self._refreshing:
            keys = await self._database.read(key_store.list_keys)
            self._by_digest = {
                value.digest: (key, value.ends_us)
                for key in keys
                if key.opens
                for value in key.values
            }
            of_games = [key for key in keys if key.kind is KeyKind.API]
            self._opening = frozenset(key.name for key in of_games if key.opens)
            self._sessions_ended_us = {key.name: key.sessions_ended_us for key in of_games}

    def find(self, value: str, kind: KeyKind) -> Key | None:
        """The key of that kind whose value this is; it counts as used then.

        ``None`` also where the key is disabled or deleted, and for a value whose grace is over.
        """
        # What is looked up is a digest: how long that takes tells nothing of the value.
        found = self._by_digest.get(secret_digest(value))
        if found is None:
            return None
        key, ends_us = found
        if key.kind is not kind or (ends_us is not None and ends_us <= self._clock.now_us()):
            return None
        self._uses.used(key.id)
        return key

    def opens_sessions(self, name: str) -> bool:
        """Whether the API key of that name opens sessions of players, and refreshes them."""
        return name in self._opening

    def sessions_ended_us(self, name: str) -> int | None:
        """By when sessions must have begun that an operator ended with the API key of that name.

        In microseconds since the epoch; 0 where none were ended, ``None`` where no API key has, or
        had, that name.
        """
        return self._sessions_ended_us.get(name)
