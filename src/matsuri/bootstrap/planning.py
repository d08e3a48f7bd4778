"""Wiring of what looks ahead and back: what players get at other times, and what is planned."""

from dataclasses import dataclass
from typing import Any

from matsuri.bootstrap.targeting import Targeting
from matsuri.config import Settings
from matsuri.planning import resolve_api
from matsuri.planning.draft_kinds import draft_kinds
from matsuri.planning.resolve_api import Resolving
from matsuri.planning.time_machine import TimeMachine
from matsuri.web.callers import Callers
from matsuri.web.routes import Route


@dataclass(frozen=True)
class Planning:
    """Everything that shows other times, and what changes would do."""

    resolving: Resolving


def open_planning(settings: Settings, targeting: Targeting) -> Planning:
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
    return Planning(resolving=Resolving(machine, draft_kinds(clock.now_us), clock))


def planning_routes(planning: Planning, callers: Callers) -> list[Route[Any, Any]]:
    """The endpoints."""
    return resolve_api.routes(planning.resolving, console_may=callers.console_may)
