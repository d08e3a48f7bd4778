"""Wiring of what shows people what became of events."""

import contextlib
from collections.abc import AsyncIterator, Callable

from matsuri.adapters.database import Database, SqliteDatabase
from matsuri.adapters.database_background import BackgroundReads
from matsuri.adapters.log_file import FileLogReader
from matsuri.bootstrap.limits import event_limits, schema_limits
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.events.analytics import AnalyticsReader
from matsuri.events.dead_letters import DeadLetters
from matsuri.events.debugger import Debugger
from matsuri.events.inspection_api import Inspection
from matsuri.events.live_tail import LiveTails
from matsuri.events.log import LogAppender
from matsuri.events.receipts import Receipts
from matsuri.events.service import IdentityKeys
from matsuri.events.taxonomy import Taxonomy
from matsuri.kit.clock import Clock


@contextlib.asynccontextmanager
async def open_inspection(
    settings: Settings,
    *,
    history: Database,
    log: LogAppender,
    identities: IdentityKeys,
    analytics: AnalyticsReader,
    taxonomy: Callable[[], Taxonomy],
    clock: Clock,
) -> AsyncIterator[Inspection]:
    """Debugger, dead letters, receipts and live tails."""
    paths = Paths(settings.data_path)
    kept = BackgroundReads(SqliteDatabase(paths.history, read_only=True))
    tails = LiveTails(
        log=FileLogReader(paths.log),
        tails_max=settings.tails_max,
        per_second_max=settings.tail_events_per_second_max,
    )
    try:
        yield Inspection(
            debugger=Debugger(
                history=kept,
                log=log,
                identities=identities,
                clock=clock,
                taxonomy=taxonomy,
                limits=event_limits(settings),
                batch_events_max=settings.batch_events_max,
            ),
            letters=DeadLetters(history=kept, log=log, identities=identities, clock=clock),
            receipts=Receipts(
                history=history,
                kept=kept,
                log=FileLogReader(paths.log),
                identities=identities,
                analytics=analytics,
                dedup_window_seconds=settings.dedup_window_seconds,
            ),
            tails=tails,
            schema_limits=schema_limits(settings),
        )
    finally:
        await tails.close()
        await kept.close()
