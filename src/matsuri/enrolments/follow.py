"""How places follow what becomes of players."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from matsuri.enrolments import store


class EnrolmentsFollow:
    """Lets places follow players: see ``IdentityFollower``.

    Where both take part in the same, or in what does not go together, the one that stays keeps
    its own place.
    """

    def merged(self, connection: Connection, from_id: str, into_id: str) -> None:
        """See ``IdentityFollower``."""
        store.move_places(connection, from_id, into_id)

    def erased(self, connection: Connection, identity_ids: Sequence[str]) -> dict[str, int]:
        """See ``IdentityFollower``."""
        return {"enrolments": store.forget_places(connection, identity_ids)}
