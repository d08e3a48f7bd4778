"""Change sets as they are kept: read, and changed by one at a time, with a note of who did it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import Aborted, NotFound
from matsuri.identities.audit_trail import AuditTrail
from matsuri.publishing import store
from matsuri.publishing.model import Actor, ChangeSet, Deed

_SUBJECT_KIND = "change_set"
_CHANGES_TOLD_MAX = 100
_DEEDS_KEPT_MAX = 100


class Book:
    """Keeps change sets.

    ``version``, where it is given, is the one that the caller saw last: another one by now is
    ``Aborted``.
    """

    def __init__(self, database: Database, audit: AuditTrail) -> None:
        self._database = database
        self._audit = audit

    async def get(self, change_set_id: str) -> ChangeSet:
        """A change set; raises ``NotFound``."""
        return await self._database.read(lambda c: existing(c, change_set_id))

    async def change(
        self,
        change_set_id: str,
        decide: Callable[[ChangeSet], ChangeSet],
        *,
        by: Actor,
        action: str,
        version: int | None = None,
        note: str = "",
    ) -> ChangeSet:
        """The set as ``decide`` makes it, which may raise; the audit log gets the ``action``."""

        def work(connection: Connection) -> ChangeSet:
            before = existing(connection, change_set_id)
            check_version(before, version)
            return self.put(connection, before, decide(before), by=by, action=action, note=note)

        return await self._database.write(work)

    async def remove(self, before: ChangeSet, *, by: Actor, at_us: int, version: int) -> None:
        """Forget a set."""

        def work(connection: Connection) -> None:
            check_version(existing(connection, before.id), version)
            store.remove(connection, before.id)
            self._note(connection, before, None, by=by, action="delete", at_us=at_us)

        await self._database.write(work)

    def put(
        self,
        connection: Connection,
        before: ChangeSet | None,
        after: ChangeSet,
        *,
        by: Actor,
        action: str,
        note: str = "",
    ) -> ChangeSet:
        """The set as it is stored in the place of what it was, within a transaction."""
        deed = Deed(by, after.updated_us, note, action=action)
        stored = msgspec.structs.replace(after, deeds=(*after.deeds[-_DEEDS_KEPT_MAX + 1 :], deed))
        store.put(connection, stored)
        at_us = after.updated_us
        self._note(connection, before, after, by=by, action=action, note=note, at_us=at_us)
        return stored

    def _note(
        self,
        connection: Connection,
        before: ChangeSet | None,
        after: ChangeSet | None,
        *,
        by: Actor,
        action: str,
        at_us: int,
        note: str = "",
    ) -> None:
        known = after or before
        self._audit.note(
            connection,
            at_us=at_us,
            actor=by.name,
            actor_is_key=by.is_key,
            action=f"change_set.{action}",
            subject_kind=_SUBJECT_KIND,
            subject_id="" if known is None else known.id,
            note=note,
            before=_told(before),
            after=_told(after),
        )


def existing(connection: Connection, change_set_id: str) -> ChangeSet:
    """The change set of that id; raises ``NotFound``."""
    found = store.find(connection, change_set_id)
    if found is None:
        raise NotFound(f"There is no change set {change_set_id[:64]!r}")
    return found


def check_version(change_set: ChangeSet, version: int | None) -> None:
    """Raise ``Aborted`` where the set is not that of ``version`` any more."""
    if version is not None and version != change_set.version:
        raise Aborted(
            "The change set was changed by somebody else",
            details=[{"field": "version", "problem": f"is {change_set.version} by now"}],
        )


def _told(change_set: ChangeSet | None) -> Mapping[str, Any] | None:
    """What the audit log tells of a set: its changes are told where they are made."""
    if change_set is None:
        return None
    return {
        "name": change_set.name,
        "description": change_set.description,
        "state": change_set.state.value,
        "version": str(change_set.version),
        "changes": [
            {"kind": each.kind, "action": each.action.value, "name": each.name}
            for each in change_set.changes[:_CHANGES_TOLD_MAX]
        ],
        "change_count": len(change_set.changes),
    }
