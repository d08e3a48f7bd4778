"""Wiring of audiences and flags."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.audiences import console_api as audiences_api
from matsuri.audiences.kinds import AudienceCompiler
from matsuri.audiences.membership import AudienceSet
from matsuri.bootstrap.limits import filter_limits
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.definitions.service import Definitions
from matsuri.definitions.snapshot import Snapshot
from matsuri.identities.read_player import PlayerReader
from matsuri.kit.clock import Clock
from matsuri.web.callers import Callers
from matsuri.web.routes import Route


@dataclass(frozen=True)
class Targeting:
    """Everything that says who gets what."""

    audiences: Callable[[], AudienceSet]
    definitions: Definitions
    players: PlayerReader
    clock: Clock


@contextlib.asynccontextmanager
async def open_targeting(
    settings: Settings,
    *,
    control: Database,
    history: Database,
    snapshot: Snapshot,
    definitions: Definitions,
    clock: Clock,
) -> AsyncIterator[Targeting]:
    """Audiences and flags, on the definitions of ``snapshot``."""
    paths = Paths(settings.data_path)
    with contextlib.ExitStack() as stack:
        control_points = SqlitePointReads(paths.control)
        stack.callback(control_points.close)
        history_points = SqlitePointReads(paths.history)
        stack.callback(history_points.close)
        yield Targeting(
            audiences=snapshot.view(AudienceCompiler(filter_limits(settings))),
            definitions=definitions,
            players=PlayerReader(
                control=control,
                history=history,
                control_points=control_points,
                history_points=history_points,
            ),
            clock=clock,
        )


def targeting_routes(targeting: Targeting, callers: Callers) -> list[Route[Any, Any]]:
    """The endpoints of audiences and flags."""
    return [
        *audiences_api.routes(targeting.definitions, console_may=callers.console_may),
    ]
