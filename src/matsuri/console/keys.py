"""The keyring: API keys and server keys, in memory, looked up by the digest of their value."""

import hmac

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import store
from matsuri.console.model import KEY_NAME_ALLOWED, Key, KeyKind, is_key_name
from matsuri.errors import AlreadyExists, invalid_field
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_key, secret_digest


class Keyring:
    """Every key of this instance. ``refresh`` brings in what other nodes changed."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._by_digest: dict[bytes, Key] = {}
        self._api_key_names: frozenset[str] = frozenset()

    async def refresh(self) -> None:
        """Read the keys again."""
        keys = await self._database.read(store.list_keys)
        self._by_digest = {key.digest: key for key in keys}
        self._api_key_names = frozenset(key.name for key in keys if key.kind is KeyKind.API)

    def find(self, value: str, kind: KeyKind) -> Key | None:
        """The key of that kind whose value this is."""
        digest = secret_digest(value)
        key = self._by_digest.get(digest)
        # The look-up works on digests, which tell a caller nothing of the value; compared whole.
        if key is None or key.kind is not kind or not hmac.compare_digest(key.digest, digest):
            return None
        return key

    def is_api_key(self, name: str) -> bool:
        """Whether an API key has that name."""
        return name in self._api_key_names

    async def create(self, *, kind: KeyKind, name: str) -> tuple[Key, str]:
        """A new key and its value, which is told only here.

        Raises ``InvalidArgument`` for a bad name and ``AlreadyExists`` for a taken one.
        """
        if not is_key_name(name):
            problem = "cannot name a key" if name else "is missing"
            raise invalid_field("name", problem, KEY_NAME_ALLOWED)
        value = new_key()
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Key | None:
            return store.add_key(
                connection, kind=kind, name=name, digest=secret_digest(value), created_us=now_us
            )

        key = await self._database.write(work)
        if key is None:
            raise AlreadyExists(f"A key named {name!r} exists already")
        await self.refresh()
        return key, value
