"""Flags as games read them: ``GET /v1/flag`` and ``GET /v1/flag/override``."""

from collections.abc import Callable, Collection
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import NotFound
from matsuri.flags.answers import Answer, FlagsMessage, OverridesMessage, overrides_message
from matsuri.flags.read_counts import ReadCounts
from matsuri.flags.service import PlayerFlags
from matsuri.identities.sessions import Player
from matsuri.web.routes import JSON, Auth, Request, Response, Route

_TAG = "Flags"
_ALL: frozenset[str] = frozenset()
_NARROWING = (
    "`names` and `labels` may be given several times. Each narrows the answer: to the flags of one "
    "of these names, and to those that carry one of these labels. A name that no flag has is no "
    "error. With the API key alone, every flag has its default value."
)


class FlagQuery(msgspec.Struct, frozen=True):
    """Which flags; all of them where nothing is given."""

    names: Annotated[list[str], Meta(description="Flags of these names.")] = []
    labels: Annotated[list[str], Meta(description="Flags with one of these labels.")] = []


def routes(
    flags: PlayerFlags, counts: ReadCounts, *, reader_auth: Auth[Player | None]
) -> list[Route[Any, Any]]:
    """The endpoints that games read flags from."""

    async def answer_for(
        player: Player | None, delivers: Callable[[Answer], Collection[str]] | None = None
    ) -> Answer:
        if player is None:
            return flags.defaults()
        return await flags.read(_key(player), delivers)

    async def read(_request: Request, player: Player | None, query: FlagQuery) -> Response:
        names, labels = _given(query) if query.names or query.labels else (_ALL, _ALL)
        if not names and not labels:
            answer = await answer_for(player)
            counts.read_all()
            return Response(answer.body, JSON)
        answer = await answer_for(player, lambda each: each.chosen(names, labels))
        count = counts.asked if names else counts.read
        count(answer.chosen(names, labels))
        return Response(answer.narrowed(names, labels), JSON)

    async def read_overrides(
        _request: Request, player: Player | None, query: FlagQuery
    ) -> OverridesMessage:
        names, labels = _given(query)
        answer = await answer_for(player, lambda each: each.chosen(names, labels))
        chosen = answer.chosen(names, labels)
        held = (
            flags.default_overrides(chosen)
            if player is None
            else await flags.overrides(_key(player), chosen)
        )
        return overrides_message(
            held, {name: resolution.labels for name, resolution in answer.flags.items()}
        )

    return [
        Route(
            method="GET",
            path="/v1/flag",
            auth=reader_auth,
            handler=read,
            query_type=FlagQuery,
            query_lenient=True,
            response_type=FlagsMessage,
            operation="list_flags",
            summary="The caller's flags",
            description=_NARROWING,
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/flag/override",
            auth=reader_auth,
            handler=read_overrides,
            query_type=FlagQuery,
            query_lenient=True,
            response_type=OverridesMessage,
            operation="list_flag_overrides",
            summary="The caller's flags, with all that sets their values",
            description=(
                "The values of a flag come in the order of precedence, the default first: the "
                f"last one is what `GET /v1/flag` answers. {_NARROWING}"
            ),
            tag=_TAG,
        ),
    ]


def _given(query: FlagQuery) -> tuple[frozenset[str], frozenset[str]]:
    """The names and labels that are meant: an empty text is none."""
    return frozenset(filter(None, query.names)), frozenset(filter(None, query.labels))


def _key(player: Player) -> int:
    if not player.identity_key:
        raise NotFound("Identity not found")
    return player.identity_key
