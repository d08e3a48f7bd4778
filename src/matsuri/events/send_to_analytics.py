"""A pipeline step: what was applied is promised to the analytics store, in the same transaction."""

from sqlalchemy.engine import Connection

from matsuri.events.analytics import Item
from matsuri.events.analytics_rows import encode_items
from matsuri.events.model import EventBatch, RejectedEvent
from matsuri.events.pipeline import Work
from matsuri.events.store import put_in_analytics_outbox


class SendToAnalytics:
    """Puts events, merges and erasures into the outbox that ``AnalyticsFeed`` empties."""

    def apply(self, work: Work, connection: Connection) -> None:
        """See ``Step.apply``."""
        items = [
            Item(origin.position, origin.place, entry)
            for origin, entry in zip(work.origins, work.entries, strict=True)
            if not isinstance(entry, RejectedEvent)
            and (not isinstance(entry, EventBatch) or entry.events)
        ]
        if items:
            events = sum(len(i.entry.events) for i in items if isinstance(i.entry, EventBatch))
            put_in_analytics_outbox(connection, encode_items(items), events=events)

    def settle(self, *, committed: bool) -> None:
        """See ``Step.settle``: nothing is kept in memory."""
