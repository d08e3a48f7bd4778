"""What is done to players in the console is noted, wherever that is kept."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from sqlalchemy.engine import Connection


class Actor(NamedTuple):
    """Who does something: a console user by e-mail, or a server key by name."""

    name: str
    is_key: bool


class AuditTrail(Protocol):
    """Keeps for good who changed what, when and why (``console.audit``)."""

    def note(  # noqa: PLR0913 # all that an entry tells
        self,
        connection: Connection,
        *,
        at_us: int,
        action: str,
        subject_kind: str,
        subject_id: str,
        actor: str | None = None,
        actor_is_key: bool = False,
        note: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note a change within its transaction; ``before`` and ``after`` are what it changed.

        Without an ``actor`` it is who makes the call under way.
        """
        ...
