"""What can be done with keys: made, described, rotated, disabled, deleted."""

import contextlib
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console import key_store
from matsuri.console.audit import AuditLog
from matsuri.console.key_rules import (
    audited,
    granted,
    missing_key,
    refuse_given,
    refuse_own,
    refuse_stronger,
    setting_of,
    subject_kind,
    title_of,
    told_to,
)
from matsuri.console.key_uses import KeyUses
from matsuri.console.keys import Keyring
from matsuri.console.model import KEY_NAME_ALLOWED, ConsoleCaller, Key, KeyKind, is_key_name
from matsuri.errors import AlreadyExists, FailedPrecondition, NotFound, Unavailable, invalid_field
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.ids import new_key, secret_digest

_ID_DIGITS_MAX = 18
_VALUES_MAX = 10

_Work = Callable[[Connection, Key, int], None]


class KeyLimits(msgspec.Struct, frozen=True):
    """How many keys of a kind there may be, and how long an earlier value works."""

    keys_max: int
    grace_seconds: int
    grace_seconds_max: int


class KeyState(NamedTuple):
    """A key now. ``setting`` names where its value comes from, if the settings give it."""

    key: Key
    last_used_us: int | None
    grace_end_us: int | None
    setting: str


class KeyDesk:
    """Changes keys. Each change is noted in the audit log, and in force when it is answered."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        keyring: Keyring,
        uses: KeyUses,
        kinds_with_setting: Collection[KeyKind],
        limits: KeyLimits,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._uses = uses
        self._kinds_with_setting = kinds_with_setting
        self._limits = limits

    async def list(self, kind: KeyKind) -> list[KeyState]:
        """Every key of that kind that is not deleted, by name."""
        keys = await self._database.read(key_store.list_keys)
        wanted = [key for key in keys if key.kind is kind and key.deleted_us is None]
        return [self._state(key) for key in sorted(wanted, key=lambda key: key.name)]

    async def get(self, kind: KeyKind, ref: str) -> KeyState:
        """The key of that id; raises ``NotFound``."""
        key = await self._database.read(lambda c: _found(c, kind, ref))
        return self._state(key)

    async def create(
        self,
        kind: KeyKind,
        *,
        name: str,
        description: str,
        permissions: Collection[str] | None,
        by: ConsoleCaller,
    ) -> tuple[KeyState, str]:
        """A new key and its value, which is told only here.

        ``permissions`` are of server keys; ``None`` is everything. Raises ``InvalidArgument`` for a
        bad name or permission, ``AlreadyExists`` for a name that is, or was, another key's,
        ``PermissionDenied`` for permissions that the caller does not have, and
        ``FailedPrecondition`` where there are too many keys.
        """
        if not is_key_name(name):
            problem = "cannot name a key" if name else "is missing"
            raise invalid_field("name", problem, KEY_NAME_ALLOWED)
        given = granted(permissions, by) if kind is KeyKind.SERVER else None
        value = new_key()
        now_us = self._clock.now_us()

        def work(connection: Connection) -> Key:
            if key_store.count_keys(connection, kind) >= self._limits.keys_max:
                raise FailedPrecondition(
                    f"There are {self._limits.keys_max} keys of this kind already (keys_max): "
                    "delete one that nothing uses"
                )
            key = key_store.add_key(
                connection,
                kind=kind,
                name=name,
                digest=secret_digest(value),
                created_us=now_us,
                description=description,
                created_by=by.label,
                permissions=given,
                told_to=told_to(by),
            )
            if key is None:
                raise AlreadyExists(_taken(connection, kind, name))
            _note(connection, key, "create", by, now_us, before=None, after=key)
            return key

        key = await self._database.write(work)
        await self._in_force()
        return self._state(key), value

    async def change(
        self,
        kind: KeyKind,
        ref: str,
        *,
        by: ConsoleCaller,
        name: str | None = None,
        description: str | None = None,
        permissions: Collection[str] | None = None,
    ) -> KeyState:
        """Change what is given of a key, all but its name.

        Raises ``InvalidArgument``, ``NotFound``, and ``PermissionDenied`` for permissions that the
        caller does not have.
        """

        def work(connection: Connection, key: Key, _now_us: int) -> None:
            if name is not None and name != key.name:
                raise invalid_field(
                    "name", "cannot be changed: tokens and events carry it", repr(key.name)
                )
            fields: dict[str, Any] = {}
            if description is not None:
                fields["description"] = description
            if permissions is not None:
                given = granted(permissions, by, before=key.permissions)
                fields["permissions"] = key_store.permissions_text(given)
            if fields:
                key_store.change_key(connection, key.id, fields)

        return await self._change(kind, ref, "update", by, work)

    async def rotate(
        self, kind: KeyKind, ref: str, *, grace_seconds: int | None, by: ConsoleCaller
    ) -> tuple[KeyState, str]:
        """A new value, told only here; those before it work for ``grace_seconds`` more.

        Values that an earlier rotation has replaced end when they were to end then. ``None`` takes
        the usual grace. Raises ``InvalidArgument``, ``NotFound``, ``PermissionDenied`` for a server
        key that may do what the caller may not, and ``FailedPrecondition`` where the value comes
        from the settings, or many of its values still work.
        """
        grace_s = self._limits.grace_seconds if grace_seconds is None else grace_seconds
        grace_max = self._limits.grace_seconds_max
        if not 0 <= grace_s <= grace_max:
            raise invalid_field("grace_sec", "is out of range", f"0 to {grace_max} seconds")
        value = new_key()

        def work(connection: Connection, key: Key, now_us: int) -> None:
            refuse_given(key, self._setting(key), "rotated")
            refuse_stronger(key, by, "rotated")
            key_store.remove_values(connection, key.id, ended_by_us=now_us)
            if sum((each.ends_us or now_us + 1) > now_us for each in key.values) >= _VALUES_MAX:
                raise FailedPrecondition(
                    f"{title_of(key)} has {_VALUES_MAX} values that work: end the grace first"
                )
            if key.value is not None:
                ends_us = now_us + grace_s * MICROSECONDS
                key_store.end_value(connection, key.value.digest, ends_us=ends_us)
            key_store.add_value(
                connection,
                key.id,
                digest=secret_digest(value),
                created_us=now_us,
                told_to=told_to(by),
            )

        return await self._change(kind, ref, "rotate", by, work), value

    async def end_grace(self, kind: KeyKind, ref: str, *, by: ConsoleCaller) -> KeyState:
        """Only the present value works from now on; raises ``NotFound``."""

        def work(connection: Connection, key: Key, _now_us: int) -> None:
            key_store.remove_earlier_values(connection, key.id)

        return await self._change(kind, ref, "end_grace", by, work)

    async def disable(
        self, kind: KeyKind, ref: str, *, end_sessions: bool, by: ConsoleCaller
    ) -> KeyState:
        """No value of the key opens anything until it is enabled again.

        Players' sessions that were opened with it are refreshed no more; ``end_sessions`` ends
        them, too. Raises ``NotFound``, and ``FailedPrecondition`` for the key that asks.
        """

        def work(connection: Connection, key: Key, now_us: int) -> None:
            refuse_own(key, by, "disabled")
            fields = {"disabled_us": now_us if key.disabled_us is None else key.disabled_us}
            if end_sessions and kind is KeyKind.API:
                fields["sessions_ended_us"] = now_us
            key_store.change_key(connection, key.id, fields)

        return await self._change(kind, ref, "disable", by, work)

    async def enable(self, kind: KeyKind, ref: str, *, by: ConsoleCaller) -> KeyState:
        """A disabled key opens again what it did.

        Raises ``NotFound``, and ``PermissionDenied`` for a server key that may do what the caller
        may not.
        """

        def work(connection: Connection, key: Key, _now_us: int) -> None:
            refuse_stronger(key, by, "enabled")
            key_store.change_key(connection, key.id, {"disabled_us": None})

        return await self._change(kind, ref, "enable", by, work)

    async def delete(
        self, kind: KeyKind, ref: str, *, end_sessions: bool, by: ConsoleCaller
    ) -> None:
        """Take a key away for good; its name stays taken. Sessions: see ``disable``.

        Raises ``NotFound``, and ``FailedPrecondition`` for the key that asks, and where the value
        comes from the settings.
        """

        def work(connection: Connection, key: Key, now_us: int) -> None:
            refuse_own(key, by, "deleted")
            refuse_given(key, self._setting(key), "deleted")
            key_store.remove_values(connection, key.id)
            fields = {"deleted_us": now_us}
            if end_sessions and kind is KeyKind.API:
                fields["sessions_ended_us"] = now_us
            key_store.change_key(connection, key.id, fields)

        await self._change(kind, ref, "delete", by, work)

    async def _change(
        self, kind: KeyKind, ref: str, verb: str, by: ConsoleCaller, work: _Work
    ) -> KeyState:
        now_us = self._clock.now_us()

        def noted(connection: Connection) -> Key:
            before = _found(connection, kind, ref)
            work(connection, before, now_us)
            after = key_store.find_key(connection, kind, before.id)
            _note(connection, before, verb, by, now_us, before=before, after=after)
            return before if after is None else after

        key = await self._database.write(noted)
        await self._in_force()
        return self._state(key)

    async def _in_force(self) -> None:
        # The change is stored. What cannot be read just now is read again within a second, and an
        # error would lose the value of a new key.
        with contextlib.suppress(Unavailable):
            await self._keyring.refresh()

    def _state(self, key: Key) -> KeyState:
        return KeyState(
            key=key,
            last_used_us=self._uses.last_used_us(key),
            grace_end_us=key.grace_end_us(self._clock.now_us()),
            setting=self._setting(key),
        )

    def _setting(self, key: Key) -> str:
        return setting_of(key, self._kinds_with_setting)


def _found(connection: Connection, kind: KeyKind, ref: str) -> Key:
    is_id = ref.isascii() and ref.isdigit() and len(ref) <= _ID_DIGITS_MAX
    key = key_store.find_key(connection, kind, int(ref)) if is_id else None
    if key is None:
        raise NotFound(missing_key(kind, ref))
    return key


def _taken(connection: Connection, kind: KeyKind, name: str) -> str:
    other = key_store.find_key_of_name(connection, kind, name)
    if other is not None and other.deleted_us is not None:
        return f"A key named {name!r} was deleted, and its name is never used again"
    return f"A key named {name!r} exists already"


def _note(
    connection: Connection,
    key: Key,
    verb: str,
    by: ConsoleCaller,
    now_us: int,
    *,
    before: Key | None,
    after: Key | None,
) -> None:
    AuditLog.note(
        connection,
        at_us=now_us,
        actor=by.name,
        actor_is_key=by.is_key,
        action=f"{subject_kind(key.kind)}.{verb}",
        subject_kind=subject_kind(key.kind),
        subject_id=str(key.id),
        subject_name=key.name,
        before=None if before is None else audited(before),
        after=None if after is None else audited(after),
    )
