"""The audit log: who did what in the console, from where, when and why, and how it ended."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import audit_store
from matsuri.console.attempts import under_way
from matsuri.console.audit_store import AuditEntry, AuditFilter
from matsuri.errors import NotFound, invalid_field
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, Page, page_from_store
from matsuri.kit.timestamps import format_timestamp

IDENTITY_SUBJECT = "identity"
"""The ``subject_kind`` of players; the ``subject_id`` is the identity's id."""


SERVER = "server"
"""The actor of what the server does by itself, such as a change that was due at a time."""

_TIDY_US = 3600 * MICROSECONDS
_DAY_US = 86_400 * MICROSECONDS
_REMOVED_AT_ONCE_MAX = 1000
_EXPORTED_AT_ONCE = 500


class AuditLog:
    """What was done in the console: noted with the change itself, and never taken back.

    It lets its entries follow players, as an ``IdentityFollower``: those about an erased player
    tell no more whom they were about. ``reads`` answers questions that look at many entries, where
    they are not to be answered by ``database``.
    """

    def __init__(self, database: Database, reads: Database | None = None) -> None:
        self._database = database
        self._reads = reads or database
        self._tidied_us = 0

    @staticmethod
    def note(  # noqa: PLR0913 # all that an entry tells
        connection: Connection,
        *,
        at_us: int,
        action: str,
        subject_kind: str,
        subject_id: str,
        actor: str | None = None,
        actor_is_key: bool = False,
        subject_name: str = "",
        revision: int = 0,
        note: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Note a change within its transaction: both are stored, or neither is.

        ``action`` is ``subject.verb``, such as ``test_device.set``. For the rest see
        ``AuditEntry``; what it tells of the call comes from the one under way. Without an
        ``actor`` it is who calls, and the server itself where nobody does.
        """
        attempt = under_way()
        entry = AuditEntry(
            at_us=at_us,
            actor=SERVER if actor is None else actor,
            actor_is_key=actor_is_key,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            subject_name=subject_name,
            revision=revision,
            note=note,
            before=before,
            after=after,
        )
        if attempt is not None:
            entry = msgspec.structs.replace(
                entry,
                address=attempt.address,
                user_agent=attempt.user_agent,
                request_id=attempt.request_id,
                operation=attempt.operation,
            )
            if actor is None:
                entry = msgspec.structs.replace(
                    entry, actor=attempt.actor, actor_is_key=attempt.actor_is_key
                )
            attempt.noted += 1
        audit_store.add_entry(connection, entry)

    async def entries(
        self, wanted: AuditFilter, *, limit: int, cursor: Cursor | None = None
    ) -> Page[AuditEntry]:
        """Entries, the latest first.

        Raises ``InvalidArgument`` for a cursor of another list, and ``Unavailable``.
        """
        if cursor is not None and [type(part) for part in cursor.key] != [int, int]:
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        found = await self._reads.read(
            lambda c: audit_store.page_of_entries(c, wanted, limit=limit + 1, cursor=cursor)
        )
        return page_from_store(
            found, key=lambda each: (each.at_us, each.number), limit=limit, cursor=cursor
        )

    async def every_entry(self, wanted: AuditFilter) -> AsyncGenerator[list[AuditEntry], None]:
        """All entries that there are by now, the latest first, some at a time."""
        cursor: Cursor | None = None
        while True:
            found = await self._reads.read(
                partial(
                    audit_store.page_of_entries,
                    wanted=wanted,
                    limit=_EXPORTED_AT_ONCE,
                    cursor=cursor,
                )
            )
            if found:
                yield found
            if len(found) < _EXPORTED_AT_ONCE:
                return
            cursor = Cursor(backward=False, key=(found[-1].at_us, found[-1].number))

    async def entry(self, number: int) -> AuditEntry:
        """One entry; raises ``NotFound``."""
        found = await self._reads.read(lambda c: audit_store.find_entry(c, number))
        if found is None:
            raise NotFound("Audit entry not found")
        return found

    async def keep_tidy(self, *, now_us: int, retention_days: int) -> int:
        """Once an hour, remove entries older than the retention, if there is one; how many."""
        if not retention_days or 0 <= now_us - self._tidied_us < _TIDY_US:
            return 0
        until_us = now_us - retention_days * _DAY_US
        removed = 0
        while True:
            gone = await self._database.write(
                lambda c: audit_store.remove_before(
                    c, until_us, days=retention_days, limit=_REMOVED_AT_ONCE_MAX
                )
            )
            removed += gone
            if gone < _REMOVED_AT_ONCE_MAX:
                self._tidied_us = now_us
                return removed

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
