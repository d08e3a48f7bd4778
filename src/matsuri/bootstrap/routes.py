"""Every endpoint, and the documents made of them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from matsuri import __version__
from matsuri.bootstrap.people import People, people_routes
from matsuri.bootstrap.planning import Planning, planning_routes
from matsuri.bootstrap.publishing import Publishing, publishing_routes
from matsuri.bootstrap.targeting import Targeting, targeting_routes
from matsuri.console import audit_api, key_api, status_api
from matsuri.console.audit import AuditLog
from matsuri.console.key_desk import KeyDesk
from matsuri.console.keys import Keyring
from matsuri.definitions.service import Definitions
from matsuri.events import analytics_api, inspection_api
from matsuri.events import client_api as events_api
from matsuri.events import console_api as taxonomy_api
from matsuri.events.analytics import AnalyticsExporter
from matsuri.events.schemas import SchemaLimits
from matsuri.events.service import Events
from matsuri.events.taxonomy import Taxonomy
from matsuri.identities import client_api as identities_api
from matsuri.identities import console_api as identities_console_api
from matsuri.identities import erasure_api, test_device_api
from matsuri.identities.erasures import Erasures
from matsuri.identities.service import Identities
from matsuri.identities.sessions import Sessions
from matsuri.identities.test_devices import DeviceClocks
from matsuri.kit.clock import Clock
from matsuri.web import health
from matsuri.web.callers import Callers
from matsuri.web.openapi import openapi_document
from matsuri.web.reference_page import REFERENCE_POLICY, reference_page
from matsuri.web.routes import HTML, JSON, Response, Route


def api_routes(  # noqa: PLR0913 # all that has endpoints
    *,
    identities: Identities,
    sessions: Sessions,
    erasures: Erasures,
    events: Events,
    people: People,
    keyring: Keyring,
    keys: KeyDesk,
    audit: AuditLog,
    devices: DeviceClocks,
    definitions: Definitions,
    taxonomy: Callable[[], Taxonomy],
    schema_limits: SchemaLimits,
    batch_events_max: int,
    problems: Callable[[], Awaitable[list[str]]],
    status: Callable[[], Awaitable[status_api.StatusMessage]],
    settings: Sequence[status_api.SettingMessage],
    player_services: identities_console_api.PlayerServices,
    analytics: AnalyticsExporter,
    clock: Clock,
    targeting: Targeting,
    planning: Planning,
    publishing: Publishing,
    inspection: inspection_api.Inspection,
) -> list[Route[Any, Any]]:
    """Every endpoint, and the documents made of them."""
    callers = Callers(
        keys=keyring,
        player_tokens=sessions,
        console_tokens=people.sessions,
        cookies=people.cookies,
    )
    routes = [
        *health.routes(problems),
        *identities_api.routes(
            identities,
            sessions,
            erasures,
            key_auth=callers.api_key,
            player_auth=callers.player,
            refresher_auth=callers.refresher,
        ),
        *events_api.routes(
            events,
            batch_events_max=batch_events_max,
            player_auth=callers.player_sender,
            server_auth=callers.server_sender,
        ),
        *people_routes(people, callers),
        *key_api.routes(keys, console_may=callers.console_may),
        *audit_api.routes(audit, console_may=callers.console_may),
        *status_api.routes(status, settings, console_may=callers.console_may),
        *test_device_api.routes(devices, console_may=callers.console_may),
        *taxonomy_api.routes(
            definitions, taxonomy, limits=schema_limits, console_may=callers.console_may
        ),
        *erasure_api.routes(erasures, console_may=callers.console_may),
        *identities_console_api.routes(player_services, console_may=callers.console_may),
        *analytics_api.routes(analytics, console_may=callers.console_may, clock=clock),
        *targeting_routes(targeting, callers),
        *planning_routes(planning, callers),
        *publishing_routes(publishing, callers),
        *inspection_api.routes(
            inspection, player_auth=callers.player_sender, console_may=callers.console_may
        ),
    ]
    document = openapi_document(
        routes,
        title="Matsuri",
        version=__version__,
        description="An open LiveOps server for games that speaks the Satori API.",
    )
    page = reference_page(document)
    return routes + health.documents(
        {
            "/openapi.json": Response(msgspec.json.encode(document), JSON),
            "/docs": Response(
                page.encode(),
                HTML,
                headers=(
                    (b"content-security-policy", REFERENCE_POLICY.encode()),
                    (b"x-frame-options", b"DENY"),
                    (b"referrer-policy", b"no-referrer"),
                ),
            ),
        }
    )
