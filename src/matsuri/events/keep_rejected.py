"""A pipeline step: refused events are kept for the people who can mend them."""

from sqlalchemy.engine import Connection

from matsuri.events.model import RejectedEvent
from matsuri.events.open_rejected import OpenRejected
from matsuri.events.pipeline import Work
from matsuri.events.store import keep_rejected


class KeepRejected:
    """Stores refused events, and lets ``Deduplicate`` know which ids are among them."""

    def __init__(self, open_rejected: OpenRejected) -> None:
        self._open = open_rejected

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        self._open.load(connection)
        self._open.add(
            keep_rejected(connection, [e for e in work.entries if isinstance(e, RejectedEvent)])
        )

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: what was undone is read again."""
        if not committed:
            self._open.forget()
