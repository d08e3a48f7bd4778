"""Wiring of the audit log."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from matsuri.adapters.database import Database, SqliteDatabase
from matsuri.adapters.database_background import BackgroundReads
from matsuri.config import Settings
from matsuri.console.audit import AuditLog
from matsuri.console.note_attempts import AttemptNotes
from matsuri.data_folder import Paths
from matsuri.kit.clock import Clock


@dataclass(frozen=True)
class Audit:
    """What was done in the console, and what notes the calls that note nothing themselves."""

    log: AuditLog
    attempts: AttemptNotes
    retention_days: int
    clock: Clock

    async def keep_tidy(self) -> None:
        """Note what was counted, and remove what is kept no longer."""
        await self.attempts.keep_tidy()
        await self.log.keep_tidy(now_us=self.clock.now_us(), retention_days=self.retention_days)


@contextlib.asynccontextmanager
async def open_audit(
    settings: Settings, *, control: Database, clock: Clock
) -> AsyncIterator[Audit]:
    """The same; its questions are asked on a connection that nobody else waits for."""
    reads = BackgroundReads(SqliteDatabase(Paths(settings.data_path).control, read_only=True))
    attempts = AttemptNotes(
        database=control,
        clock=clock,
        entries_per_hour_max=settings.audit_refused_entries_per_hour_max,
    )
    try:
        yield Audit(AuditLog(control, reads), attempts, settings.audit_retention_days, clock)
    finally:
        await attempts.close()
        await reads.close()
