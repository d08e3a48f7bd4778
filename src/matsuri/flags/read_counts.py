"""How often flags are read, counted in memory and added to the database now and then."""

from collections import Counter
from collections.abc import Callable, Iterable

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import MatsuriError
from matsuri.flags.model import FlagReads
from matsuri.flags.resolve import FlagSet
from matsuri.flags.store import add_reads, load_reads
from matsuri.kit.clock import MICROSECONDS, Clock

logger = structlog.get_logger(__name__)


class ReadCounts:
    """Counts reads; one costs no more than an addition, or one for each name.

    What was counted since the last write is lost where the process is killed.
    """

    def __init__(
        self,
        *,
        database: Database,
        flags: Callable[[], FlagSet],
        clock: Clock,
        write_seconds: int,
    ) -> None:
        self._database = database
        self._flags = flags
        self._clock = clock
        self._write_us = write_seconds * MICROSECONDS
        self._written_us = clock.now_us()
        self._whole = 0
        self._read: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()

    def read_all(self) -> None:
        """All flags were in an answer."""
        self._whole += 1

    def read(self, names: Iterable[str]) -> None:
        """These flags were in an answer, but were not asked for by name."""
        self._read.update(names)

    def asked(self, names: Iterable[str]) -> None:
        """These flags, which there are, were asked for by name."""
        self._asked.update(names)

    async def write_if_due(self) -> None:
        """Write what was counted, if that was not done for a while; raises ``Unavailable``."""
        if not 0 <= self._clock.now_us() - self._written_us < self._write_us:
            await self.write()

    async def load(self) -> dict[str, FlagReads]:
        """What is known by flag id, with what was counted here; raises ``Unavailable``."""
        await self.write()
        return await self._database.read(load_reads)

    async def close(self) -> None:
        """Write what was counted; what cannot be written is lost."""
        try:
            await self.write()
        except MatsuriError as error:
            logger.warning("the last reads of flags are not counted", reason=error.message)

    async def write(self) -> None:
        """Write what was counted; raises ``Unavailable``, and keeps it then."""
        self._written_us = now_us = self._clock.now_us()
        counted = self._counted(now_us)

        def work(connection: Connection) -> None:
            add_reads(connection, counted)

        whole, read, asked = self._whole, self._read, self._asked
        self._whole, self._read, self._asked = 0, Counter(), Counter()
        try:
            if counted:
                await self._database.write(work)
        except Exception:
            self._whole += whole
            self._read.update(read)
            self._asked.update(asked)
            raise

    def _counted(self, now_us: int) -> list[FlagReads]:
        return [
            FlagReads(
                flag_id=flag.definition.id,
                read_us=now_us,
                reads=self._whole + self._read[name] + self._asked[name],
                asked_us=now_us if name in self._asked else 0,
                asked=self._asked[name],
            )
            for name, flag in self._flags().by_name.items()
            if self._whole or name in self._read or name in self._asked
        ]
