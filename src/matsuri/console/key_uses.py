"""When keys were used last: noticed in memory, and written down now and then."""

from collections.abc import Collection

import structlog

from matsuri.adapters.database import Database
from matsuri.console.key_store import note_uses
from matsuri.console.model import Key
from matsuri.errors import MatsuriError
from matsuri.kit.clock import MICROSECONDS, Clock

logger = structlog.get_logger(__name__)


class KeyUses:
    """Notices uses; one costs no more than an entry in a set.

    A key's last use is written at most once in ``write_seconds``. What was noticed since is lost
    where the process is killed.
    """

    def __init__(self, *, database: Database, clock: Clock, write_seconds: int) -> None:
        self._database = database
        self._clock = clock
        self._write_us = write_seconds * MICROSECONDS
        self._used: set[int] = set()
        self._last_us: dict[int, int] = {}
        self._unwritten: set[int] = set()
        self._written_us: dict[int, int] = {}

    def used(self, key_id: int) -> None:
        """That key was used just now."""
        self._used.add(key_id)

    def last_used_us(self, key: Key) -> int | None:
        """When the key was used last, as far as this process knows; ``None`` for never."""
        self._date()
        return self._last_us.get(key.id, key.last_used_us)

    async def write_if_due(self) -> None:
        """Date what was noticed, and write what was not for a while; raises ``Unavailable``.

        Uses are dated by when this is called: call it every second or so.
        """
        self._date()
        now_us = self._clock.now_us()
        await self._write(
            [
                key_id
                for key_id in self._unwritten
                if key_id not in self._written_us
                or not 0 <= now_us - self._written_us[key_id] < self._write_us
            ]
        )

    async def close(self) -> None:
        """Write what was noticed; what cannot be written is lost."""
        self._date()
        try:
            await self._write(list(self._unwritten))
        except MatsuriError as error:
            logger.warning("the last uses of keys are not noted", reason=error.message)

    def _date(self) -> None:
        if self._used:
            used, self._used = self._used, set()
            self._last_us |= dict.fromkeys(used, self._clock.now_us())
            self._unwritten |= used

    async def _write(self, key_ids: Collection[int]) -> None:
        if not key_ids:
            return
        used_us = {key_id: self._last_us[key_id] for key_id in key_ids}
        self._unwritten -= used_us.keys()
        try:
            await self._database.write(lambda c: note_uses(c, used_us))
        except Exception:
            self._unwritten |= used_us.keys()
            raise
        self._written_us |= dict.fromkeys(used_us, self._clock.now_us())
