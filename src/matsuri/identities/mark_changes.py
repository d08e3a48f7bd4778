"""Whether an identity is a test device: changed, told to the log, and noted, in one transaction."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.events.model import DeviceMarked, Entry
from matsuri.identities import store
from matsuri.identities.audit_trail import Actor, AuditTrail
from matsuri.identities.model import Identity

SET, REMOVE = "test_device.set", "test_device.remove"
"""The actions of the audit log."""

_SUBJECT_KIND = "identity"
# No console user, whose name is an e-mail address: the game itself has identified a player.
_GAME = Actor("game", is_key=False)


class Deed(NamedTuple):
    """Who changes something, why, and when."""

    by: Actor
    note: str
    at_us: int


class Change(NamedTuple):
    """An identity as it is then, and what the log has to know of it."""

    identity: Identity
    entries: list[Entry]


class MarkChanges:
    """Changes which identities are test devices, and says so in the audit log."""

    def __init__(self, audit: AuditTrail) -> None:
        self._audit = audit

    def change(
        self, connection: Connection, identity: Identity, offset_s: int | None, deed: Deed
    ) -> Change:
        """Give the clock of ``identity`` an offset, or with ``None`` end its being a test device.

        To set what is there already changes nothing.
        """
        if identity.clock_offset_s == offset_s:
            return Change(identity, [])
        version = store.set_clock_offset(connection, identity.key, offset_s)
        changed = msgspec.structs.replace(identity, clock_offset_s=offset_s)
        self._note(connection, identity, changed, deed)
        if changed.is_test == identity.is_test:
            return Change(changed, [])
        mark = DeviceMarked(
            at_us=deed.at_us, profile_key=identity.key, is_test=changed.is_test, version=version
        )
        return Change(changed, [mark])

    def merge(
        self,
        connection: Connection,
        before: Identity,
        target: Identity,
        *,
        target_is_new: bool,
        at_us: int,
    ) -> Change:
        """What ``target`` is after ``before`` has become part of it.

        Who gets a new id stays a test device. An account that was there before stays what it was;
        if the other one was a test device, the audit log tells that it is none any more.
        """
        if not before.is_test:
            return Change(target, [])
        # No ids: the words must not outlive the player whom they name.
        if target_is_new:
            deed = Deed(_GAME, "a test device was identified under this new id", at_us)
            return self.change(connection, target, before.clock_offset_s, deed)
        deed = Deed(_GAME, "was identified as an account that is no test device", at_us)
        if target.is_test:
            deed = deed._replace(note="was identified as another test device")
        ended = msgspec.structs.replace(before, clock_offset_s=None)
        self._note(connection, before, ended, deed)
        return Change(target, [])

    def _note(self, connection: Connection, before: Identity, after: Identity, deed: Deed) -> None:
        self._audit.note(
            connection,
            at_us=deed.at_us,
            actor=deed.by.name,
            actor_is_key=deed.by.is_key,
            action=SET if after.is_test else REMOVE,
            subject_kind=_SUBJECT_KIND,
            subject_id=before.id,
            note=deed.note,
            before=_state(before),
            after=_state(after),
        )


def _state(identity: Identity) -> Mapping[str, Any] | None:
    """What the audit log tells of a test device; ``None`` where it is none."""
    if identity.clock_offset_s is None:
        return None
    return {"clock_offset_sec": str(identity.clock_offset_s)}
