"""The audit log: who changed what in the console, when and why."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import audit_store
from matsuri.console.audit_store import AuditEntry, AuditFilter
from matsuri.errors import invalid_field
from matsuri.kit.paging import Cursor, Page, page_from_store
from matsuri.kit.timestamps import format_timestamp

IDENTITY_SUBJECT = "identity"
"""The ``subject_kind`` of players; the ``subject_id`` is the identity's id."""


class AuditLog:
    """What was done in the console: noted with the change itself, and never taken back.

    It lets its entries follow players, as an ``IdentityFollower``: those about an erased player
    tell no more whom they were about.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def note(  # noqa: PLR0913 # all that an entry tells
        connection: Connection,
        *,
        at_us: int,
        actor: str,
        actor_is_key: bool,
        action: str,
        subject_kind: str,
        subject_id: str,
        note: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note a change within its transaction: both are stored, or neither is.

        ``action`` is ``subject.verb``, such as ``test_device.set``. For the rest see
        ``AuditEntry``.
        """
        audit_store.add_entry(
            connection,
            AuditEntry(
                at_us=at_us,
                actor=actor,
                actor_is_key=actor_is_key,
                action=action,
                subject_kind=subject_kind,
                subject_id=subject_id,
                note=note,
                before=before,
                after=after,
            ),
        )

    async def entries(
        self, wanted: AuditFilter, *, limit: int, cursor: Cursor | None = None
    ) -> Page[AuditEntry]:
        """Entries, the latest first.

        Raises ``InvalidArgument`` for a cursor of another list, and ``Unavailable``.
        """
        if cursor is not None and [type(part) for part in cursor.key] != [int, int]:
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        found = await self._database.read(
            lambda c: audit_store.page_of_entries(c, wanted, limit=limit + 1, cursor=cursor)
        )
        return page_from_store(
            found, key=lambda each: (each.at_us, each.number), limit=limit, cursor=cursor
        )

    def merged(self, connection: Connection, from_id: str, into_id: str) -> None:
        """What was done to an identity was not done to the one that takes it over."""

    def erased(self, connection: Connection, identity_ids: Sequence[str]) -> dict[str, int]:
        """Forget whom the entries about these ids were about; of how many."""
        return {
            "audit_entries": audit_store.empty_entries(connection, IDENTITY_SUBJECT, identity_ids)
        }


class _Subject(Protocol):
    """Who is exported."""

    @property
    def id(self) -> str: ...

    @property
    def key(self) -> int: ...


class ExportAudit:
    """What was done to a player in the console, for the player's export: an ``ExportSection``.

    ``aliases_of`` tells the former ids of the identity of a key. Who did it is no data of the
    player.
    """

    name = "audit"

    def __init__(
        self, *, database: Database, aliases_of: Callable[[int], Awaitable[Sequence[str]]]
    ) -> None:
        self._database = database
        self._aliases_of = aliases_of

    async def rows(self, identity: _Subject) -> list[dict[str, str]]:
        """See ``ExportSection``."""
        ids = [identity.id, *await self._aliases_of(identity.key)]
        found = await self._database.read(
            lambda c: audit_store.entries_of_subjects(c, IDENTITY_SUBJECT, ids)
        )
        return [_row(entry) for entry in found]


def _row(entry: AuditEntry) -> dict[str, str]:
    return {
        "time": format_timestamp(entry.at_us),
        "action": entry.action,
        "id": entry.subject_id,
        "note": entry.note,
        "before": _json(entry.before),
        "after": _json(entry.after),
    }


def _json(state: Mapping[str, Any] | None) -> str:
    return "" if state is None else msgspec.json.encode(state).decode()
