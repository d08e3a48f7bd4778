"""What a player gets, and why, at any time: ``POST /v1/console/resolve``."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import Memberships
from matsuri.audiences.model import Target
from matsuri.errors import FailedPrecondition, InvalidArgument, invalid_field
from matsuri.flags.kinds import TIME_SEC_MAX
from matsuri.flags.resolve import resolve
from matsuri.flags.trace import trace
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.planning.changes_messages import DraftKind, ProposedChanges, given_changes
from matsuri.planning.drafts import Moment
from matsuri.planning.notes import Basis, notes
from matsuri.planning.resolve_messages import (
    GivenProfile,
    ResolvedMessage,
    experiment_message,
    flag_trace_message,
    given_target,
    live_event_message,
    membership_summary,
)
from matsuri.planning.standings import experiment_standings, live_event_standings
from matsuri.planning.time_machine import TimeMachine, with_places_of
from matsuri.planning.worlds import World
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import author_of
from matsuri.web.messages import int64
from matsuri.web.routes import Request, Route

FLAGS_MAX = 1000
STANDINGS_MAX = 1000

T = TypeVar("T")

GivenTimeSec = Annotated[str | int, Meta(description="Seconds since the epoch; now if missing.")]


class ResolveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """For whom, when, and by which definitions. Either ``identity_id`` or ``profile``."""

    identity_id: str | None = None
    profile: GivenProfile | None = None
    now_time_sec: (
        Annotated[
            str | int,
            Meta(description="The instant, past or to come, seconds since the epoch; now if none."),
        ]
        | None
    ) = None
    definitions_version: (
        Annotated[
            str | int,
            Meta(description="Decide by the definitions as they were at this version of theirs."),
        ]
        | None
    ) = None
    definitions_time_sec: (
        Annotated[
            str | int,
            Meta(description="The same of what they were at a time, seconds since the epoch."),
        ]
        | None
    ) = None
    changes: ProposedChanges | None = None
    names: (
        Annotated[
            list[str],
            Meta(max_length=FLAGS_MAX, description="The flags; all of them if none are named."),
        ]
        | None
    ) = None
    audience_reasons: (
        Annotated[
            bool, Meta(description="Tell of every audience `why` the player is in it or not.")
        ]
        | None
    ) = None


class Resolving(NamedTuple):
    """What the endpoint needs; ``draft_kinds`` are those whose changes can be tried."""

    machine: TimeMachine
    draft_kinds: Mapping[str, DraftKind]
    clock: Clock


def routes(resolving: Resolving, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoint."""
    machine, clock = resolving.machine, resolving.clock

    async def target_of(body: ResolveRequest, world: World) -> Target:
        if body.identity_id is not None and body.profile is not None:
            raise InvalidArgument("Either identity_id or profile, not both")
        if body.profile is not None:
            return given_target(body.profile, world.audiences, now_us=clock.now_us())
        if not body.identity_id:
            raise invalid_field("identity_id", "is missing, and so is profile")
        return await machine.player(body.identity_id, world)

    async def explain(
        _request: Request, caller: ConsoleCaller, body: ResolveRequest
    ) -> ResolvedMessage:
        asked_us = _time_us(body.now_time_sec, "now_time_sec")
        moment = _moment(body, resolving.draft_kinds)
        world, version = await machine.world(moment, author_of(caller, None))
        target = await target_of(body, world)
        now_us = clock.now_us()
        # An instant that is asked for is meant, whatever the clock of a test device says.
        at_us = now_us + target.clock_offset_s * MICROSECONDS if asked_us is None else asked_us
        is_past = asked_us is not None and asked_us < now_us
        player = Memberships(
            world.audiences, with_places_of(target, at_us) if is_past else target, at_us
        )
        basis = Basis(
            world=world,
            version=version,
            moment=moment,
            has_profile=body.profile is not None,
            is_other_time=asked_us is not None,
            is_past=is_past,
            clock_offset_s=target.clock_offset_s,
        )
        # To explain hundreds of flags takes a while, in which games are to be answered.
        return await asyncio.to_thread(_resolved, basis, player, body)

    return [
        Route(
            method="POST",
            path="/v1/console/resolve",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=explain,
            request_type=ResolveRequest,
            response_type=ResolvedMessage,
            operation="console_resolve",
            audited=False,
            summary="Tell what a player gets, and why",
            description=(
                "Every candidate of every flag in the order of precedence, what let the player in "
                "or kept them out, and what wins; where the player stands in every experiment and "
                "live event. For an identity and now, the values are those that the game gets. "
                "With an instant, a version of the definitions, or changes that are only proposed, "
                "it is what the player would get then. Nothing is ever written by it."
            ),
            tag="Flags",
        )
    ]


def _time_us(given: str | int | None, field: str) -> int | None:
    """A time that is asked for; ``None`` for none."""
    if given in {None, ""}:
        return None
    seconds = int64(given, field)
    if not 1 <= seconds <= TIME_SEC_MAX:
        raise invalid_field(field, "is no time", f"1 to {TIME_SEC_MAX}")
    return seconds * MICROSECONDS


def _moment(body: ResolveRequest, draft_kinds: Mapping[str, DraftKind]) -> Moment:
    version = None
    if body.definitions_version not in {None, ""}:
        version = int64(body.definitions_version, "definitions_version")
    time_us = _time_us(body.definitions_time_sec, "definitions_time_sec")
    if version is not None and time_us is not None:
        raise InvalidArgument("Either definitions_version or definitions_time_sec, not both")
    return Moment(version, time_us, given_changes(body.changes or [], draft_kinds))


def _resolved(basis: Basis, player: Memberships, body: ResolveRequest) -> ResolvedMessage:
    world = basis.world
    names = body.names or None
    if names is None and len(world.flags.by_name) > FLAGS_MAX:
        raise FailedPrecondition(
            f"There are more than {FLAGS_MAX} flags: name those to be told of",
            details=[{"field": "names", "problem": "is missing"}],
        )
    experience = resolve(world.flags, world.sources, player, names)
    traces = trace(world.flags, world.sources, player, names)
    told = list(notes(basis))
    experiments, more_experiments = _first(experiment_standings(world, player))
    live_events, more_live_events = _first(live_event_standings(world, player))
    if more_experiments or more_live_events:
        told.append(
            f"Only the first {STANDINGS_MAX} experiments, and as many live events, are told."
        )
    return ResolvedMessage(
        identity_id=player.identity_id,
        now_time_sec=str(player.now_s),
        definitions_version=str(basis.version),
        flags=[
            flag_trace_message(traces[name], resolution)
            for name, resolution in experience.flags.items()
        ],
        audiences=[
            membership_summary(player, name, reasons=bool(body.audience_reasons))
            for name in world.audiences.by_name
        ],
        experiments=list(map(experiment_message, experiments)),
        live_events=list(map(live_event_message, live_events)),
        change_time_sec=str(_seconds_up(experience.changes_at_us)),
        notes=told,
    )


def _first(found: Iterator[T]) -> tuple[list[T], bool]:
    """As many as are told, and whether there are more."""
    return list(islice(found, STANDINGS_MAX)), next(found, None) is not None


def _seconds_up(at_us: int | None) -> int:
    """The first whole second by which it has happened; 0 for never."""
    return 0 if at_us is None else -(-at_us // MICROSECONDS)
