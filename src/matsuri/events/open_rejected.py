"""Which event ids are among the refused events that may still be replayed."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.engine import Connection

from matsuri.events.model import EVENT_ID_CHARS_MAX, Event, EventBatch
from matsuri.events.store import KeptRow, claim_replays, rejected_events

_STALE_MAX = 1000

# A profile by its key; an identity that had none, as refused events create none, by its id.
_Owner = int | str


class OpenRejected:
    """The ids that senders gave to refused events, in memory, with the numbers of the rows.

    A sender that mends an event sends it again under its id; then it counts, and the refused one
    must not be replayed on top of it. False while there are none, and then it costs nothing.
    """

    def __init__(self, *, rows_max: int) -> None:
        self._rows_max = rows_max
        self._rows: dict[_Owner, dict[str, list[int]]] | None = None
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._rows)

    def load(self, connection: Connection) -> None:
        """Read the ids, if they are not known or if too many of those known have gone."""
        if self._rows is not None and self._count <= 2 * self._rows_max + _STALE_MAX:
            return
        self.forget()
        self._rows = {}
        columns = (rejected_events.c[name] for name in KeptRow._fields)
        query = select(*columns).where(
            rejected_events.c.closed_us.is_(None), rejected_events.c.event_id != ""
        )
        self.add(KeptRow(*row) for row in connection.execute(query))

    def add(self, rows: Iterable[KeptRow]) -> None:
        """Know these rows, too."""
        if self._rows is None:
            return
        for row in rows:
            # A longer one is no id, so it can never be accepted.
            if 0 < len(row.event_id) <= EVENT_ID_CHARS_MAX:
                of_owner = self._rows.setdefault(row.profile_key or row.identity_id, {})
                of_owner.setdefault(row.event_id, []).append(row.id)
                self._count += 1

    def forget(self) -> None:
        """Know nothing until ``load``."""
        self._rows = None
        self._count = 0

    def merge(self, *, from_key: int, into_key: int) -> None:
        """What was refused of one profile is another's from now on."""
        if not self._rows or from_key not in self._rows:
            return
        known = self._rows.setdefault(into_key, {})
        for event_id, rows in self._rows.pop(from_key).items():
            known.setdefault(event_id, []).extend(rows)

    def erase(self, profile_key: int) -> None:
        """Forget what was refused of a profile."""
        for rows in (self._rows.pop(profile_key, {}) if self._rows else {}).values():
            self._count -= len(rows)

    def close(
        self, connection: Connection, batch: EventBatch, events: Iterable[Event], *, now_us: int
    ) -> None:
        """``events`` of ``batch`` count now: no refused event of the same id may come back."""
        if not self._rows:
            return
        owners: list[_Owner] = [batch.identity_id]
        if batch.profile_key:
            owners.append(batch.profile_key)
        closed: list[int] = []
        for owner in owners:
            of_owner = self._rows.get(owner)
            if of_owner is None:
                continue
            for event in events:
                if event.id_given:
                    closed += of_owner.pop(event.id, ())
            if not of_owner:
                del self._rows[owner]
        self._count -= len(closed)
        claim_replays(connection, rejected_ids=closed, now_us=now_us)
