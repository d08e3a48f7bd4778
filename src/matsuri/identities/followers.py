"""What is kept under the ids of players elsewhere, and follows what becomes of them."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.engine import Connection


class IdentityFollower(Protocol):
    """Keeps something under ids of identities; called within the transaction that changes them."""

    def merged(self, connection: Connection, from_id: str, into_id: str) -> None:
        """An identity became part of another one; its id is an alias from now on."""
        ...

    def erased(self, connection: Connection, identity_ids: Sequence[str]) -> dict[str, int]:
        """A player is erased: nothing of these ids, its own and its aliases, may remain.

        How many rows were removed, by kind, for the receipt.
        """
        ...
