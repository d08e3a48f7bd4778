"""A pipeline step: refused events are kept for the people who can mend them."""

from sqlalchemy.engine import Connection

from matsuri.events.model import RejectedEvent
from matsuri.events.pipeline import Work
from matsuri.events.store import keep_rejected


class KeepRejected:
    """Stores refused events."""

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        keep_rejected(connection, [e for e in work.entries if isinstance(e, RejectedEvent)])

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: nothing is kept in memory."""
