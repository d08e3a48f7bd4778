"""What a change of definitions would do to players: ``POST /v1/console/impact``."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from matsuri.definitions.model import Catalog
from matsuri.errors import invalid_field
from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.planning.changes_messages import DraftKind, ProposedChanges, given_changes
from matsuri.planning.drafts import Proposal, drafted_catalog
from matsuri.planning.impact_messages import ImpactMessage, impact_message
from matsuri.planning.impact_scan import CountImpact
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import author_of
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

_SAMPLES_MAX = 20


InstantSec = Annotated[
    str | int,
    Meta(
        description=(
            "Now or later, seconds since the epoch; now if none. What begins only tomorrow "
            "changes nothing today."
        )
    ),
]
SamplesCount = Annotated[
    int, Meta(ge=0, le=_SAMPLES_MAX, description="Most players to name of each change.")
]


class ImpactRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be changed, and the instant that is asked about."""

    changes: ProposedChanges
    now_time_sec: InstantSec | None = None
    samples: SamplesCount = 3


class ImpactServices(NamedTuple):
    """What the endpoint needs; ``draft_kinds`` are those whose changes can be tried."""

    counting: CountImpact
    catalog: Callable[[], Catalog]
    draft_kinds: Mapping[str, DraftKind]
    definitions_max: int
    clock: Clock


def routes(services: ImpactServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint."""

    def drafted(catalog: Catalog, proposals: list[Proposal], author: str) -> Catalog:
        return drafted_catalog(
            catalog,
            proposals,
            author=author,
            now_us=services.clock.now_us(),
            definitions_max=services.definitions_max,
        )

    async def count(_request: Request, caller: ConsoleCaller, body: ImpactRequest) -> ImpactMessage:
        now_us = services.clock.now_us()
        asked_us = instant_us(body.now_time_sec, now_us)
        if not body.changes:
            raise invalid_field("changes", "is empty")
        proposals = given_changes(body.changes, services.draft_kinds)
        before = services.catalog()
        author = author_of(caller, None).name
        # To check a hundred changes takes a while, in which games are to be answered.
        after = await asyncio.to_thread(drafted, before, proposals, author)
        impact = await services.counting.count(
            before, after, now_us=now_us, asked_us=asked_us, samples_max=body.samples
        )
        at_us = now_us if asked_us is None else asked_us
        return await asyncio.to_thread(impact_message, impact, proposals, at_us // MICROSECONDS)

    return [
        Route(
            method="POST",
            path="/v1/console/impact",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=count,
            request_type=ImpactRequest,
            response_type=ImpactMessage,
            operation="console_impact",
            audited=False,
            summary="Tell what a change would do to players, before it is made",
            description=(
                "The changes are checked as if they were made, with the same errors, and nothing "
                "is stored. Then players are looked at: all of them, or at random where there are "
                "more than `impact_exact_players_max`. For each flag it is counted how many have "
                "another value afterwards, and from what to what; for each experiment and live "
                "event how many come in, go out or change places. At most "
                "`impacts_at_once_max` are counted at once: further ones get 429."
            ),
            tag="Flags",
        )
    ]


def instant_us(given: str | int | None, now_us: int) -> int | None:
    """The instant that a request asks about; ``None`` for now. Raises ``InvalidArgument``."""
    if given in {None, ""}:
        return None
    seconds = int64(given, "now_time_sec")
    now_s = now_us // MICROSECONDS
    if not now_s <= seconds <= TIME_SEC_MAX:
        raise invalid_field("now_time_sec", "is not to come", f"{now_s} to {TIME_SEC_MAX}")
    # Within this second it is now: what is made then is not made before.
    return max(seconds * MICROSECONDS, now_us)
