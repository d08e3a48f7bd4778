"""Seeing whom an audience would have before it is saved: ``/v1/console/audience/preview``."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.estimate import CONFIDENCE_PERCENT
from matsuri.audiences.filter_texts import FilterTexts
from matsuri.audiences.kinds import circle_problem, filter_errors
from matsuri.audiences.model import AUDIENCE_KIND, FILTER_FIELD, Listing
from matsuri.audiences.preview import Draft, Example, Preview, PreviewResult
from matsuri.audiences.trace_messages import MembershipMessage, membership_message
from matsuri.definitions.model import Catalog, Problem
from matsuri.definitions.service import Definitions
from matsuri.errors import InvalidArgument, invalid_field
from matsuri.filters.compile import Filter, compile_filter
from matsuri.identities.model import IDENTITY_ID_ALLOWED, is_identity_id
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.routes import Request, Route

_EXAMPLES_MAX = 50


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An audience as it would be."""

    filter: Annotated[
        str | None, Meta(description="Missing for that of `audience`; empty lets nobody in.")
    ] = None
    audience: Annotated[
        str, Meta(description="The audience, by id or name, that it is a change of; else empty.")
    ] = ""
    includes: Annotated[
        list[str] | None, Meta(description="Ids beside those that are included already.")
    ] = None
    excludes: Annotated[
        list[str] | None, Meta(description="Ids beside those that are excluded already.")
    ] = None
    examples: Annotated[
        int, Meta(ge=0, le=_EXAMPLES_MAX, description="Most players to tell about, of each kind.")
    ] = 10


class ExampleMessage(msgspec.Struct, frozen=True):
    """A player, and why it would be in, or would not."""

    identity_id: str
    why: MembershipMessage


class PreviewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """How many players there would be.

    Unless it is ``exact``, players were taken at random: ``count`` is what those that were
    looked at say of all, and with ``confidence_percent`` it is between ``count_low`` and
    ``count_high``.
    """

    count: int
    count_low: int
    count_high: int
    confidence_percent: int
    exact: bool
    players: Annotated[int, Meta(description="How many players there are.")]
    looked_at: Annotated[int, Meta(description="How many of them the filter was asked about.")]
    matched: Annotated[int, Meta(description="How many of those it lets in.")]
    included: Annotated[int, Meta(description="How many players are in because they are listed.")]
    excluded: Annotated[int, Meta(description="How many are not, because they are listed.")]
    inside: Annotated[Sequence[ExampleMessage], Meta(description="Some that would be in.")]
    outside: Annotated[Sequence[ExampleMessage], Meta(description="Some that would not.")]
    from_history: Annotated[
        Sequence[str],
        Meta(description="The events that were looked up in the history, if there are any."),
    ]


class _Handler:
    def __init__(
        self, preview: Preview, texts: FilterTexts, definitions: Definitions, ids_max: int
    ) -> None:
        self._preview = preview
        self._texts = texts
        self._definitions = definitions
        self._ids_max = ids_max

    async def preview(
        self, _request: Request, _caller: object, body: PreviewRequest
    ) -> PreviewMessage:
        found = await self._preview.preview(self._draft(body), examples_max=body.examples)
        return _message(found)

    def _draft(self, body: PreviewRequest) -> Draft:
        audience_id = name = ""
        text = body.filter
        if body.audience:
            audience = self._definitions.get(AUDIENCE_KIND, body.audience)
            audience_id, name = audience.id, audience.name
            text = audience.body.filter if text is None else text
        if text is None:
            raise invalid_field(FILTER_FIELD, "is missing")
        return Draft(
            audience_id,
            name,
            self._filter(text, name, self._definitions.catalog),
            {
                Listing.INCLUDE: self._ids(body.includes, "includes"),
                Listing.EXCLUDE: self._ids(body.excludes, "excludes"),
            },
        )

    def _filter(self, text: str, name: str, catalog: Catalog) -> Filter | None:
        problems = filter_errors(text, catalog, self._texts)
        circle = circle_problem(name, text, catalog, self._texts)
        if circle:
            problems = [Problem(FILTER_FIELD, circle)]
        if problems:
            raise InvalidArgument(
                f"{FILTER_FIELD}: {problems[0].problem}",
                details=[each.detail() for each in problems],
            )
        return compile_filter(text, self._texts.limits) if text.strip() else None

    def _ids(self, ids: list[str] | None, field: str) -> list[str]:
        given = list(dict.fromkeys(ids or []))
        if len(given) > self._ids_max:
            raise invalid_field(field, f"has {len(given)} ids", f"at most {self._ids_max}")
        for index, each in enumerate(given):
            if not is_identity_id(each):
                raise invalid_field(
                    f"{field}[{index}]", "cannot name an identity", IDENTITY_ID_ALLOWED
                )
        return given


def routes(
    preview: Preview,
    texts: FilterTexts,
    definitions: Definitions,
    *,
    path: str,
    tag: str,
    ids_max: int,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    """The endpoint, beneath ``path``, which is that of audiences."""
    return [
        Route(
            method="POST",
            path=f"{path}/preview",
            auth=console_may(Entity.AUDIENCE, Action.READ),
            handler=_Handler(preview, texts, definitions, ids_max).preview,
            request_type=PreviewRequest,
            response_type=PreviewMessage,
            operation="console_preview_audience",
            audited=False,
            summary="How many players an audience would have, and why",
            description=(
                "Nothing is stored. What no saved audience asks about yet is looked up in the "
                "history of the players that are looked at; where that cannot be read, the answer "
                "is 503."
            ),
            tag=tag,
        )
    ]


def _message(found: PreviewResult) -> PreviewMessage:
    return PreviewMessage(
        count=found.members.count,
        count_low=found.members.low,
        count_high=found.members.high,
        confidence_percent=100 if found.is_exact else CONFIDENCE_PERCENT,
        exact=found.is_exact,
        players=found.players,
        looked_at=found.looked,
        matched=found.matched,
        included=found.listed.included,
        excluded=found.listed.excluded,
        inside=[_example(each) for each in found.inside],
        outside=[_example(each) for each in found.outside],
        from_history=found.from_history,
    )


def _example(example: Example) -> ExampleMessage:
    return ExampleMessage(example.identity_id, membership_message(example.trace))
