"""What a transaction promised to the log reaches it, whatever happens in between.

The promise is a row of the same transaction. The log gets it at once after the commit, and the
row goes when the log has it on disk. After a crash, or when the log could not take it, it is sent
again; the log's readers recognise the second time by its event ids.
"""

import asyncio
import contextlib

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import Unavailable
from matsuri.events.log import LogAppender
from matsuri.identities.store import clear_outbox, outbox_rows

_CLEAR_SECONDS = 0.2
_RETRY_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class Outbox:
    """Hands promises to the log, in the order in which they were made."""

    def __init__(self, *, database: Database, log: LogAppender) -> None:
        self._database = database
        self._log = log
        self._kept: list[int] = []
        self._failed: dict[int, bytes] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._tidier: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Send what an earlier process promised and did not deliver, then keep tidy."""
        rows = await self._database.read(outbox_rows)
        for row_id, payload in rows:
            await self._log.append(payload)
            self._kept.append(row_id)
        await self._clear()
        self._tidier = asyncio.create_task(self._tidy())

    async def deliver(self, row_id: int, payload: bytes) -> None:
        """Send one promise now; returns when it has its place in the log, before it is on disk.

        What the caller of a request sends after its answer comes after the promise.
        """
        task = asyncio.create_task(self._deliver(row_id, payload))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        # The task begins before this goes on, and with its first step it stands in the log's queue.
        await asyncio.sleep(0)

    async def drain(self) -> None:
        """Wait until the log has what was promised so far, or refused it."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def flush(self) -> None:
        """Forget now what the log has; raises ``Unavailable``."""
        await self.drain()
        await self._clear()

    async def close(self) -> None:
        """Wait for what is under way and forget what the log has."""
        if self._tidier is not None:
            self._tidier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._tidier
        await self.drain()
        with contextlib.suppress(Unavailable):
            await self._clear()

    async def _deliver(self, row_id: int, payload: bytes) -> None:
        try:
            await self._log.append(payload)
        except Unavailable:
            self._failed[row_id] = payload
        else:
            self._kept.append(row_id)

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(_RETRY_SECONDS if self._failed else _CLEAR_SECONDS)
            for row_id, payload in sorted(self._failed.items()):
                del self._failed[row_id]
                await self._deliver(row_id, payload)
            try:
                await self._clear()
            except Unavailable:
                logger.warning("the outbox could not be tidied; it will be tried again")

    async def _clear(self) -> None:
        kept, self._kept = self._kept, []
        if not kept:
            return

        def work(connection: Connection) -> None:
            clear_outbox(connection, kept)

        try:
            await self._database.write(work)
        except Unavailable:
            self._kept += kept
            raise
