"""The wiring of the worker process: the pipeline and what it feeds."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from matsuri.adapters.analytics_clickhouse import open_clickhouse
from matsuri.adapters.analytics_late import LateAnalytics
from matsuri.adapters.analytics_remote import analytics_handlers
from matsuri.adapters.database import Database, SqliteDatabase, Synchronous
from matsuri.adapters.log_file import FileLogReader
from matsuri.adapters.process_calls import Handler
from matsuri.audiences.kinds import AudienceCompiler
from matsuri.audiences.membership_calls import membership_handlers
from matsuri.audiences.note_touched import NoteTouched
from matsuri.audiences.refresh_memberships import RefreshMemberships
from matsuri.bootstrap.kinds import definition_kinds
from matsuri.bootstrap.limits import filter_limits, transition_limits
from matsuri.bootstrap.memberships import open_memberships
from matsuri.bootstrap.windows import WindowKeeping
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.definitions.snapshot import Snapshot
from matsuri.events.analytics import AnalyticsStore
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.pipeline import Pipeline
from matsuri.identities.erase import Erase, ScrubPaths
from matsuri.identities.read_windows import KnownSeries
from matsuri.identities.rebuild import ProfileRebuild, rebuild_handlers
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.live_events.tell_transitions import TellTransitions
from matsuri.steps import fold_step, pipeline_steps

_DUCKDB = "duckdb:"


def analytics_store(settings: Settings) -> AnalyticsStore:
    """The analytics store that ``analytics_url`` names, for the one process that feeds it.

    It is opened when it is first needed.
    """
    url, seconds_max = settings.analytics_url, settings.analytics_query_seconds_max
    if not url.startswith(_DUCKDB):
        return LateAnalytics(lambda: open_clickhouse(url, query_seconds_max=seconds_max))
    folder = url.removeprefix(_DUCKDB).removeprefix("//")

    async def open_duckdb() -> AnalyticsStore:
        # Only the process that has the store loads its engine.
        from matsuri.adapters.analytics_duckdb import DuckDBAnalytics  # noqa: PLC0415

        # After a crash it has a log of its own to go through first.
        return await asyncio.to_thread(
            DuckDBAnalytics,
            Path(folder) if folder else Paths(settings.data_path).analytics,
            memory_bytes_max=settings.analytics_memory_bytes_max,
            threads=settings.analytics_threads,
            query_seconds_max=seconds_max,
        )

    return LateAnalytics(open_duckdb)


@dataclass
class WorkerNode:
    """What a process that runs the pipeline consists of.

    ``snapshot`` has the definitions as the API wrote them; ``refresh`` brings in the newest.
    """

    pipeline: Pipeline
    feed: AnalyticsFeed
    analytics: AnalyticsStore
    rebuild: ProfileRebuild
    erase: Erase
    history: Database
    control: Database
    snapshot: Snapshot
    memberships: RefreshMemberships
    known_series: KnownSeries
    windows: WindowKeeping
    transitions: TellTransitions

    async def refresh(self) -> None:
        """Bring in what has changed: definitions, and windows. Raises ``Unavailable``."""
        if await self.known_series.refresh():
            self.snapshot.recompile()
        await self.snapshot.refresh()

    def handlers(self) -> dict[str, Handler]:
        """What the worker answers to the other processes of its server."""
        return {
            **analytics_handlers(self.analytics),
            **rebuild_handlers(self.rebuild),
            **membership_handlers(self.memberships),
        }


@contextlib.asynccontextmanager
async def open_worker(settings: Settings, *, clock: Clock) -> AsyncIterator[WorkerNode]:
    """The pipeline with its stores; the caller sees to it that there is only one."""
    paths = Paths(settings.data_path)
    async with contextlib.AsyncExitStack() as stack:
        history = SqliteDatabase(paths.history, synchronous=Synchronous.NORMAL)
        stack.push_async_callback(history.close)
        store = analytics_store(settings)
        stack.push_async_callback(store.close)
        control = SqliteDatabase(paths.control, read_only=True)
        stack.push_async_callback(control.close)
        snapshot = Snapshot(database=control, kinds=definition_kinds(settings))
        known_series = KnownSeries(history)
        await known_series.refresh()
        audiences = snapshot.view(
            AudienceCompiler(filter_limits(settings), ready=known_series.ready)
        )
        # Without the audiences, everybody would leave them.
        await snapshot.refresh()
        memberships = await stack.enter_async_context(
            open_memberships(
                settings,
                history=history,
                audiences=audiences,
                known_series=known_series,
                clock=clock,
                behind=lambda: pipeline.behind,
            )
        )
        fold = fold_step(settings)
        touched = NoteTouched(concerns=memberships.concerns, touch=memberships.touch)
        pipeline = Pipeline(
            log=FileLogReader(paths.log),
            database=history,
            steps=pipeline_steps(settings, fold, touched),
            clock=clock,
            read_bytes_max=settings.pipeline_read_bytes_max,
        )
        feed = AnalyticsFeed(
            database=history,
            store=store,
            chunk_events_max=settings.analytics_chunk_events_max,
            interval_seconds=settings.analytics_interval_seconds,
        )
        rebuild = ProfileRebuild(
            pipeline=pipeline,
            feed=feed,
            fold=fold,
            store=store,
            database=history,
            session_grace_us=settings.session_grace_seconds * MICROSECONDS,
            computed_names_max=settings.computed_names_max,
            on_swap=memberships.want_pass,
        )
        erase = Erase(
            paths=ScrubPaths(paths.data, paths.control, paths.history, paths.log, paths.analytics),
            control=control,
            history=history,
            applied=pipeline,
            analytics=store,
            clock=clock,
            scrub_seconds_min=settings.erasure_scrub_seconds_min,
            vacuum_bytes_max=settings.erasure_vacuum_bytes_max,
        )
        yield WorkerNode(
            pipeline=pipeline,
            feed=feed,
            analytics=store,
            rebuild=rebuild,
            erase=erase,
            history=history,
            control=control,
            snapshot=snapshot,
            memberships=memberships,
            known_series=known_series,
            windows=WindowKeeping(
                settings,
                history=history,
                store=store,
                feed=feed,
                wanted=lambda: audiences().wanted,
                clock=clock,
            ),
            transitions=TellTransitions(
                snapshot=snapshot,
                database=history,
                clock=clock,
                limits=transition_limits(settings),
            ),
        )
