"""Wiring of what keeps stored membership fresh, in the worker."""

import contextlib
from collections.abc import AsyncIterator, Callable

from matsuri.adapters.database import Database, SqliteDatabase
from matsuri.adapters.database_background import BackgroundReads
from matsuri.audiences.evaluate_players import EvaluatePlayers
from matsuri.audiences.membership import AudienceSet
from matsuri.audiences.refresh_memberships import RefreshMemberships
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.identities.read_windows import KnownSeries, PlayerWindows
from matsuri.kit.clock import Clock


@contextlib.asynccontextmanager
async def open_memberships(
    settings: Settings,
    *,
    history: Database,
    audiences: Callable[[], AudienceSet],
    known_series: KnownSeries,
    clock: Clock,
    behind: Callable[[], bool],
) -> AsyncIterator[RefreshMemberships]:
    """Stored membership, written to ``history``; it reads on threads of its own."""
    paths = Paths(settings.data_path)
    async with contextlib.AsyncExitStack() as stack:
        players = BackgroundReads(SqliteDatabase(paths.control, read_only=True))
        stack.push_async_callback(players.close)
        profiles = BackgroundReads(SqliteDatabase(paths.history, read_only=True))
        stack.push_async_callback(profiles.close)
        yield RefreshMemberships(
            players=EvaluatePlayers(
                control=players,
                history=profiles,
                clock=clock,
                # Which windows are asked about is said by the audiences that a turn works with.
                windows=PlayerWindows(history=profiles, known=known_series),
            ),
            database=history,
            audiences=audiences,
            clock=clock,
            pass_seconds=settings.audience_pass_seconds,
            sizes_days=settings.audience_size_days,
            behind=behind,
        )
