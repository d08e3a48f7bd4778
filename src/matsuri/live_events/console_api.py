"""Live events in the console API: ``/v1/console/live-event``."""

from collections.abc import Callable
from typing import Any, NamedTuple

from matsuri.adapters.database import Database
from matsuri.live_events import action_api, participant_api, run_api, transition_api
from matsuri.live_events.live_event_desk import LiveEventDesk
from matsuri.live_events.source import LiveEventSet
from matsuri.web.callers import ConsoleMay
from matsuri.web.definitions import definition_routes
from matsuri.web.routes import Route


class LiveEventServices(NamedTuple):
    """What the endpoints need; ``live_events`` are those of the newest definitions."""

    desk: LiveEventDesk
    book: participant_api.Book
    players: participant_api.Players
    sights: participant_api.Sights
    live_events: Callable[[], LiveEventSet]
    history: Database


def routes(services: LiveEventServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""
    desk = services.desk
    return [
        *run_api.routes(desk, console_may=console_may),
        *definition_routes(desk.resource, desk.definitions, console_may=console_may),
        *action_api.routes(desk, console_may=console_may),
        *participant_api.routes(
            desk,
            services.book,
            services.players,
            services.sights,
            services.live_events,
            console_may=console_may,
        ),
        *transition_api.routes(desk, services.history, console_may=console_may),
    ]
