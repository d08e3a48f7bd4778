"""Test devices: players with a clock of their own, who count in no metric."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import FailedPrecondition, NotFound, invalid_field
from matsuri.identities import store
from matsuri.identities.audit_trail import Actor
from matsuri.identities.mark_changes import Deed, MarkChanges
from matsuri.identities.model import Identity
from matsuri.identities.outbox import Outbox
from matsuri.identities.player_news import PlayerNews
from matsuri.kit.clock import MICROSECONDS, Clock


class DeviceLimits(msgspec.Struct, frozen=True):
    """How far off a clock may be, and how many test devices there may be."""

    offset_seconds_max: int
    devices_max: int


class Device(NamedTuple):
    """An identity, and what time it is for it in seconds since the epoch."""

    identity: Identity
    time_s: int


class DeviceClocks:
    """The use cases of test devices. Ids may be aliases: they lead to the identity of today.

    ``remove_places`` takes the places in experiments and live events that an id has as a test
    device: they were given by a clock that it has no more.
    """

    def __init__(
        self,
        *,
        database: Database,
        marks: MarkChanges,
        remove_places: Callable[[Connection, str], int],
        outbox: Outbox,
        news: PlayerNews,
        clock: Clock,
        limits: DeviceLimits,
    ) -> None:
        self._database = database
        self._marks = marks
        self._remove_places = remove_places
        self._outbox = outbox
        self._news = news
        self._clock = clock
        self._limits = limits

    async def get(self, identity_id: str) -> Device:
        """Whether a player is a test device; raises ``NotFound`` for nobody."""
        return self._device(await self._database.read(lambda c: _found(c, identity_id)))

    async def set(self, identity_id: str, offset_s: int, *, by: Actor, note: str) -> Device:
        """Make a player a test device whose clock is so far ahead, or behind if it is negative.

        From then on its events count in no metric, and it takes no places from others. Raises
        ``NotFound``, ``InvalidArgument`` for too large an offset, and ``FailedPrecondition`` where
        there are too many test devices.
        """
        most = self._limits.offset_seconds_max
        if abs(offset_s) > most:
            raise invalid_field("clock_offset_sec", "is too far away", f"{-most} to {most}")
        return await self._change(identity_id, offset_s, by=by, note=note)

    async def remove(self, identity_id: str, *, by: Actor, note: str) -> Device:
        """Make a player one like all others; nothing changes for one who is. Raises ``NotFound``.

        What it did as a test device stays out of the metrics.
        """
        return await self._change(identity_id, None, by=by, note=note)

    async def _change(
        self, identity_id: str, offset_s: int | None, *, by: Actor, note: str
    ) -> Device:
        deed = Deed(by, note, self._clock.now_us())

        def work(connection: Connection) -> tuple[Identity, tuple[int, bytes] | None]:
            before = _found(connection, identity_id)
            if offset_s is not None and not before.is_test:
                self._check_number(connection)
            after, entries = self._marks.change(connection, before, offset_s, deed)
            if after.clock_offset_s != before.clock_offset_s:
                self._remove_places(connection, after.id)
            return after, store.put_in_outbox(connection, entries) if entries else None

        identity, promised = await self._database.write(work)
        if promised is not None:
            # In the log before the answer: what is sent after it has its mark.
            await self._outbox.deliver(*promised)
        self._news.changed([identity.key])
        return self._device(identity)

    def _check_number(self, connection: Connection) -> None:
        most = self._limits.devices_max
        if store.count_test_devices(connection) >= most:
            problem = f"there are {most} test devices already"
            raise FailedPrecondition(problem, details=[{"problem": problem}])

    def _device(self, identity: Identity) -> Device:
        now_s = self._clock.now_us() // MICROSECONDS
        return Device(identity, now_s + (identity.clock_offset_s or 0))


def _found(connection: Connection, identity_id: str) -> Identity:
    found = store.find_identities(connection, [identity_id])
    if identity_id not in found:
        raise NotFound("Identity not found")
    return found[identity_id]
