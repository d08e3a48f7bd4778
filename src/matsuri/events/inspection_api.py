"""Everything that shows what became of events: debugger, dead letters, receipts, live tails."""

from typing import Any, NamedTuple

from matsuri.events import dead_letter_api, debugger_api, receipt_api, tail_api
from matsuri.events.dead_letters import DeadLetters
from matsuri.events.debugger import Debugger
from matsuri.events.live_tail import LiveTails
from matsuri.events.receipts import Receipts
from matsuri.events.schemas import SchemaLimits
from matsuri.events.service import Sender
from matsuri.web.callers import ConsoleMay
from matsuri.web.routes import Auth, Route


class Inspection(NamedTuple):
    """The use cases behind these endpoints."""

    debugger: Debugger
    letters: DeadLetters
    receipts: Receipts
    tails: LiveTails
    schema_limits: SchemaLimits


def routes(
    inspection: Inspection, *, player_auth: Auth[Sender], console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints."""
    return [
        *debugger_api.routes(
            inspection.debugger, limits=inspection.schema_limits, console_may=console_may
        ),
        *dead_letter_api.routes(inspection.letters, console_may=console_may),
        *receipt_api.routes(inspection.receipts, player_auth=player_auth, console_may=console_may),
        *tail_api.routes(inspection.tails, console_may=console_may),
    ]
