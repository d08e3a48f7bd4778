"""Experiments and their groups in the console API: ``/v1/console/experiment``."""

from collections.abc import Callable
from typing import Any, NamedTuple

from matsuri.experiments import (
    action_api,
    group_api,
    overlap_api,
    participant_api,
    phase_api,
    promote_api,
)
from matsuri.experiments.experiment_desk import TAG, ExperimentDesk
from matsuri.experiments.source import ExperimentSet
from matsuri.kit.clock import Clock
from matsuri.web.callers import ConsoleMay
from matsuri.web.definitions import definition_routes
from matsuri.web.routes import Route


class ExperimentServices(NamedTuple):
    """What the endpoints need; ``experiments`` are those of the newest definitions."""

    desk: ExperimentDesk
    members: overlap_api.Members
    book: participant_api.Book
    players: participant_api.Players
    sights: participant_api.Sights
    experiments: Callable[[], ExperimentSet]
    clock: Clock


def routes(services: ExperimentServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    desk = services.desk
    return [
        *definition_routes(desk.resource, desk.definitions, console_may=console_may),
        *action_api.routes(desk, console_may=console_may),
        *phase_api.routes(desk, console_may=console_may),
        *promote_api.routes(desk, console_may=console_may),
        *overlap_api.routes(desk, services.members, console_may=console_may),
        *participant_api.routes(
            desk,
            services.book,
            services.players,
            services.sights,
            services.experiments,
            console_may=console_may,
        ),
        *group_api.routes(desk.definitions, tag=TAG, clock=services.clock, console_may=console_may),
    ]
