"""Reads that may take a while, apart from the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database

T = TypeVar("T")


class BackgroundReads:
    """A ``Database`` whose reads run one after the other on a thread of their own.

    Right for questions that look at many rows, of which requests must not wait for one another's.
    The database is used by nobody else, and closed with this.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See ``Database.read``. ``work`` runs on another thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._read, work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        return asyncio.run(self._database.read(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See ``Database.write``."""
        return await self._database.write(work)

    async def write_durably(self, work: Callable[[Connection], T]) -> T:
        """See ``Database.write_durably``."""
        return await self._database.write_durably(work)

    async def close(self) -> None:
        """Let the read under way finish, and let go of the database."""
        await asyncio.to_thread(self._thread.shutdown)
        await self._database.close()
