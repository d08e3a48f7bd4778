"""Wiring of what looks ahead and back: what players get at other times, and what is planned."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from matsuri.adapters.database import SqliteDatabase
from matsuri.adapters.database_background import BackgroundReads
from matsuri.audiences.preview_windows import PreviewSources
from matsuri.bootstrap.limits import filter_limits
from matsuri.bootstrap.targeting import Targeting
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.events.analytics import AnalyticsReader
from matsuri.identities.read_past_windows import PastWindowsReader
from matsuri.identities.read_windows import PlayerWindows
from matsuri.planning import calendar_api, definition_api, impact_api, resolve_api
from matsuri.planning.calendar_api import CalendarServices
from matsuri.planning.definition_api import DefinitionServices
from matsuri.planning.draft_kinds import draft_kinds
from matsuri.planning.impact_api import ImpactServices
from matsuri.planning.impact_scan import CountImpact, ImpactLimits
from matsuri.planning.resolve_api import Resolving
from matsuri.planning.time_machine import TimeMachine
from matsuri.planning.worlds import compile_world
from matsuri.web.callers import Callers
from matsuri.web.routes import Route


@dataclass(frozen=True)
class Planning:
    """Everything that shows other times, and what changes would do."""

    resolving: Resolving
    calendar: CalendarServices
    impact: ImpactServices
    definitions: DefinitionServices


@contextlib.asynccontextmanager
async def open_planning(
    settings: Settings, targeting: Targeting, analytics: AnalyticsReader
) -> AsyncIterator[Planning]:
    """The same, of what decides who gets what."""
    clock = targeting.clock
    machine = TimeMachine(
        definitions=targeting.definitions,
        players=targeting.players,
        targets=targeting.flags,
        windows_of=targeting.all_windows_of,
        newest=targeting.world,
        compiled=targeting.compiled,
        definitions_max=settings.definitions_max,
        clock=clock,
    )
    kinds = draft_kinds(clock.now_us)
    async with _open_counting(settings, targeting, analytics) as counting:
        yield Planning(
            resolving=Resolving(machine, kinds, clock),
            calendar=CalendarServices(
                world=targeting.world,
                clock=clock,
                days_max=settings.calendar_days_max,
                entries_max=settings.calendar_entries_max,
            ),
            impact=ImpactServices(
                counting=counting,
                catalog=lambda: targeting.snapshot.catalog,
                draft_kinds=kinds,
                definitions_max=settings.definitions_max,
                clock=clock,
            ),
            definitions=DefinitionServices(lambda: targeting.snapshot.catalog, clock),
        )


@contextlib.asynccontextmanager
async def _open_counting(
    settings: Settings, targeting: Targeting, analytics: AnalyticsReader
) -> AsyncIterator[CountImpact]:
    """What looks at all players, on connections that nobody else waits for."""
    paths = Paths(settings.data_path)
    async with contextlib.AsyncExitStack() as stack:
        control = BackgroundReads(SqliteDatabase(paths.control, read_only=True))
        stack.push_async_callback(control.close)
        history = BackgroundReads(SqliteDatabase(paths.history, read_only=True))
        stack.push_async_callback(history.close)
        yield CountImpact(
            control=control,
            history=history,
            sources=PreviewSources(
                PlayerWindows(history=history, known=targeting.known_series),
                PastWindowsReader(history=history, analytics=analytics),
            ),
            compiled=lambda catalog, ready: compile_world(
                catalog, limits=filter_limits(settings), ready=ready
            ),
            clock=targeting.clock,
            limits=ImpactLimits(
                players_max=settings.impact_exact_players_max,
                seconds_max=settings.impact_seconds_max,
                events_max=settings.preview_events_max,
                at_once_max=settings.impacts_at_once_max,
            ),
        )


def planning_routes(planning: Planning, callers: Callers) -> list[Route[Any, Any]]:
    """The endpoints."""
    return [
        *resolve_api.routes(planning.resolving, console_may=callers.console_may),
        *calendar_api.routes(planning.calendar, console_may=callers.console_may),
        *impact_api.routes(planning.impact, console_may=callers.console_may),
        *definition_api.routes(planning.definitions, console_may=callers.console_may),
    ]
