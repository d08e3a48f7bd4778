"""What a player gets, and why: ``POST /v1/console/resolve``."""

import asyncio
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Memberships
from matsuri.audiences.model import Target
from matsuri.errors import FailedPrecondition, InvalidArgument, invalid_field
from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.flags.resolve import resolve
from matsuri.flags.resolve_messages import (
    GivenProfile,
    MembershipSummary,
    ResolvedMessage,
    flag_trace_message,
    given_target,
)
from matsuri.flags.service import PlayerFlags, Rules
from matsuri.flags.trace import trace
from matsuri.identities.read_player import PlayerState
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

FLAGS_MAX = 1000

_OTHER_TIME = (
    "The definitions, the lists of audiences, the properties and the events of the player are "
    "those of now; only the time is another one."
)
_NO_EVENTS = "A profile in the request has no events: nothing is found in any window over them."


class ResolveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """For whom, and when. Either ``identity_id`` or ``profile``."""

    identity_id: str | None = None
    profile: GivenProfile | None = None
    now_time_sec: (
        Annotated[str | int, Meta(description="The instant, seconds since the epoch; now if none.")]
        | None
    ) = None
    names: (
        Annotated[
            list[str],
            Meta(max_length=FLAGS_MAX, description="The flags; all of them if none are named."),
        ]
        | None
    ) = None


class Players(Protocol):
    """Finds players (``identities.read_player``)."""

    async def find(self, identity_id: str) -> PlayerState:
        """The player of that id, or of whom it is an alias; raises ``NotFound``."""
        ...


def routes(
    players: Players, flags: PlayerFlags, *, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def target_of(body: ResolveRequest) -> Target:
        if body.identity_id is not None and body.profile is not None:
            raise InvalidArgument("Either identity_id or profile, not both")
        if body.profile is not None:
            return given_target(body.profile, flags.rules().audiences, now_us=clock.now_us())
        if not body.identity_id:
            raise invalid_field("identity_id", "is missing, and so is profile")
        state = await players.find(body.identity_id)
        return await flags.target(state.identity.key)

    async def explain(
        _request: Request, _caller: ConsoleCaller, body: ResolveRequest
    ) -> ResolvedMessage:
        now_us = _instant_us(body)
        target = await target_of(body)
        notes = [_NO_EVENTS] if body.profile is not None else []
        if now_us is not None:
            notes.append(_OTHER_TIME)
        at_us = clock.now_us() if now_us is None else now_us
        rules = flags.rules()
        player = Memberships(rules.audiences, target, at_us)
        # To explain hundreds of flags takes a while, in which games are to be answered.
        return await asyncio.to_thread(_resolved, rules, player, body.names or None, notes)

    return [
        Route(
            method="POST",
            path="/v1/console/resolve",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=explain,
            request_type=ResolveRequest,
            response_type=ResolvedMessage,
            operation="console_resolve",
            summary="Tell what a player gets, and why",
            description=(
                "Every candidate of every flag in the order of precedence, what let the player in "
                "or kept them out, and what wins. For an identity and now, the values are those "
                "that the game gets."
            ),
            tag="Flags",
        )
    ]


def _instant_us(body: ResolveRequest) -> int | None:
    """The instant that is asked for; ``None`` for now."""
    if body.now_time_sec in {None, ""}:
        return None
    seconds = int64(body.now_time_sec, "now_time_sec")
    if not 1 <= seconds <= TIME_SEC_MAX:
        raise invalid_field("now_time_sec", "is no time", f"1 to {TIME_SEC_MAX}")
    return seconds * MICROSECONDS


def _resolved(
    rules: Rules, player: Memberships, names: list[str] | None, notes: list[str]
) -> ResolvedMessage:
    if names is None and len(rules.flags.by_name) > FLAGS_MAX:
        raise FailedPrecondition(
            f"There are more than {FLAGS_MAX} flags: name those to be told of",
            details=[{"field": "names", "problem": "is missing"}],
        )
    experience = resolve(rules.flags, rules.sources, player, names)
    traces = trace(rules.flags, rules.sources, player, names)
    return ResolvedMessage(
        identity_id=player.identity_id,
        now_time_sec=str(player.now_s),
        flags=[
            flag_trace_message(traces[name], resolution)
            for name, resolution in experience.flags.items()
        ],
        audiences=[
            MembershipSummary(name, player.in_audience(name)) for name in rules.audiences.by_name
        ],
        change_time_sec=str(_seconds_up(experience.changes_at_us)),
        notes=notes,
    )


def _seconds_up(at_us: int | None) -> int:
    """The first whole second by which it has happened; 0 for never."""
    return 0 if at_us is None else -(-at_us // MICROSECONDS)
