"""Receipts of events, for players and operators."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.events.debugger_wire import Seconds
from matsuri.events.model import Reason
from matsuri.events.receipts import InAnalytics, Receipt, Receipts, State
from matsuri.events.service import Sender
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.routes import Auth, Request, Route

_EVENT_ID = Meta(description="The id under which the event was sent.")


class OwnReceiptQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which event of the caller."""

    event_id: Annotated[str, _EVENT_ID] = ""


class ReceiptQuery(OwnReceiptQuery, frozen=True, kw_only=True):
    """Which event."""

    identity_id: Annotated[
        str, Meta(description="Who sent it, or whom it is about; empty for nobody.")
    ] = ""


class ReceiptMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an event."""

    state: Annotated[
        State,
        Meta(
            description="`applied`: it counts. `accepted`: it is safe, and about to count. "
            "`rejected`: it was refused. `unknown`: it never came, or too long ago to tell."
        ),
    ]
    known_seconds: Annotated[
        int, Meta(description="Ids are remembered for so long, and looked up in analytics beyond.")
    ]
    position: Annotated[str, Meta(description="Where the log has it.")] = ""
    receive_time_sec: Seconds = ""
    analytics: (
        Annotated[InAnalytics, Meta(description="Whether the analytics store has it.")] | None
    ) = None
    reason: Annotated[Reason, Meta(description="Why it was refused.")] | None = None
    problem: str = ""
    close_time_sec: Annotated[
        str, Meta(description="When it was accepted after all: replayed, or sent again.")
    ] = ""
    incomplete: Annotated[
        bool, Meta(description="So much waits to be applied that not all was looked through.")
    ] = False


def routes(
    receipts: Receipts, *, player_auth: Auth[Sender], console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints of receipts."""

    async def own(_request: Request, sender: Sender, query: OwnReceiptQuery) -> ReceiptMessage:
        return await answer(sender.identity_id, query.event_id)

    async def any_of(_request: Request, _caller: object, query: ReceiptQuery) -> ReceiptMessage:
        return await answer(query.identity_id, query.event_id)

    async def answer(identity_id: str, event_id: str) -> ReceiptMessage:
        if not event_id:
            raise invalid_field("event_id", "is missing")
        found = await receipts.find(identity_id, event_id)
        return _message(found, known_seconds=receipts.known_seconds)

    return [
        Route(
            method="GET",
            path="/v1/event-receipt",
            auth=player_auth,
            handler=own,
            query_type=OwnReceiptQuery,
            response_type=ReceiptMessage,
            operation="get_event_receipt",
            summary="What became of an event of the caller",
            description="Not in Satori.",
            tag="Events",
        ),
        Route(
            method="GET",
            path="/v1/console/event-receipt",
            auth=console_may(Entity.EVENT, Action.READ),
            handler=any_of,
            query_type=ReceiptQuery,
            response_type=ReceiptMessage,
            operation="console_get_event_receipt",
            summary="What became of an event",
            tag="Events",
        ),
    ]


def _message(receipt: Receipt, *, known_seconds: int) -> ReceiptMessage:
    return ReceiptMessage(
        state=receipt.state,
        known_seconds=known_seconds,
        position="" if receipt.position is None else str(receipt.position),
        receive_time_sec=_seconds(receipt.received_us),
        analytics=receipt.analytics,
        reason=receipt.reason,
        problem=receipt.problem,
        close_time_sec=_seconds(receipt.closed_us),
        incomplete=not receipt.looked_at_all,
    )


def _seconds(moment_us: int | None) -> str:
    return "" if moment_us is None else str(moment_us // MICROSECONDS)
