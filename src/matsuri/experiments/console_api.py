"""Experiments and their groups in the console API: ``/v1/console/experiment``."""

from typing import Any

from matsuri.experiments import action_api, group_api, phase_api, promote_api
from matsuri.experiments.experiment_desk import TAG, ExperimentDesk
from matsuri.web.callers import ConsoleMay
from matsuri.web.definitions import definition_routes
from matsuri.web.routes import Route


def routes(desk: ExperimentDesk, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    return [
        *definition_routes(desk.resource, desk.definitions, console_may=console_may),
        *action_api.routes(desk, console_may=console_may),
        *phase_api.routes(desk, console_may=console_may),
        *promote_api.routes(desk, console_may=console_may),
        *group_api.routes(desk.definitions, tag=TAG, console_may=console_may),
    ]
