"""What a player gets, and why, as the console API tells it; and players as it takes them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from matsuri.audiences.membership import AudienceSet, Memberships
from matsuri.audiences.model import Entry, Listing, Target
from matsuri.audiences.trace_messages import MembershipMessage, membership_message
from matsuri.errors import invalid_field
from matsuri.experiments.lifecycle import end_time_sec
from matsuri.experiments.model import State
from matsuri.flags.answers import ChangeReasonMessage, flag_message
from matsuri.flags.model import PERCENT_ALL, Candidate, FlagTrace, Resolution
from matsuri.flags.values import ValueType, value_type
from matsuri.kit.clock import MICROSECONDS
from matsuri.planning.standings import ExperimentStanding, LiveEventStanding, Participation
from matsuri.web.messages import TextMap, int64, texts

_NAMES_MAX = 1000

GivenTimeSec = Annotated[str | int, Meta(description="Seconds since the epoch; now if missing.")]
TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text; 0 for never.")]


class GivenProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A player that there need not be."""

    id: Annotated[str, Meta(description="Decides about percentages; empty if missing.")] | None = (
        None
    )
    default: TextMap | None = None
    custom: TextMap | None = None
    computed: TextMap | None = None
    create_time_sec: GivenTimeSec | None = None
    update_time_sec: GivenTimeSec | None = None
    include: (
        Annotated[
            list[str],
            Meta(max_length=_NAMES_MAX, description="Audiences whose include list has the player."),
        ]
        | None
    ) = None
    exclude: (
        Annotated[
            list[str],
            Meta(max_length=_NAMES_MAX, description="Audiences whose exclude list has the player."),
        ]
        | None
    ) = None


class CandidateMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that a flag has for the player or has not, and why.

    The player applies if in one of the ``audiences``, and within the ``rollout_percent`` by their
    place among all players, ``place_percent``. ``problem`` says what else kept the player out.
    """

    type: Annotated[
        int,
        Meta(description="0 the default, 1 a variant, 2 and 3 of live events, 4 of an experiment."),
    ]
    name: str
    variant_name: str
    value: str
    create_time_sec: TimeSec
    applies: bool
    wins: bool
    problem: str = ""
    audiences: list[MembershipMessage] = []
    rollout_percent: float = PERCENT_ALL
    place_percent: float | None = None


class FlagTraceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a flag is for the player, as the game gets it, and why."""

    name: str
    value: str
    value_type: ValueType
    condition_changed: bool
    change_reason: ChangeReasonMessage | msgspec.UnsetType = msgspec.UNSET
    labels: Sequence[str]
    enabled: Annotated[bool, Meta(description="If not, everybody has the default value.")]
    last_change_time_sec: Annotated[
        str, Meta(description="When a scheduled change last took effect; 0 for never.")
    ]
    next_change_time_sec: Annotated[
        str, Meta(description="When a scheduled change will next take effect; 0 for never.")
    ]
    candidates: Annotated[
        list[CandidateMessage],
        Meta(description="In the order of precedence: the first that applies wins."),
    ]


class MembershipSummary(msgspec.Struct, frozen=True):
    """Whether the player is in an audience; and ``why``, if that was asked for."""

    name: str
    member: bool
    why: MembershipMessage | msgspec.UnsetType = msgspec.UNSET


class PhaseTimes(msgspec.Struct, frozen=True, kw_only=True):
    """A phase of an experiment: the one that is on, or else the next one."""

    id: str
    name: str
    start_time_sec: TimeSec
    end_time_sec: TimeSec


class ExperimentStandingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Where the player stands in an experiment, and why."""

    id: str
    name: str
    state: State
    participation: Participation
    reason: Annotated[str, Meta(description="Why the player takes part, or does not.")]
    phase: PhaseTimes | msgspec.UnsetType = msgspec.UNSET
    variant: Annotated[str, Meta(description="What the player gets; empty for none.")]
    enrolled_time_sec: TimeSec


class RunTimes(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a live event: the one that is on for the player, or else the next one."""

    key: str
    start_time_sec: TimeSec
    end_time_sec: TimeSec


class LiveEventStandingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Where the player stands in a live event, and why."""

    id: str
    name: str
    on: Annotated[bool, Meta(description="Whether the run is on for the player.")]
    participation: Participation
    reason: Annotated[str, Meta(description="Why the player takes part, or does not.")]
    eligible: Annotated[bool, Meta(description="Whether it is for the player.")]
    run: RunTimes | msgspec.UnsetType = msgspec.UNSET
    enrolled_time_sec: TimeSec
    time_zone: Annotated[
        str, Meta(description="Where the runs take place, if their times are local to players.")
    ]


class ResolvedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a player gets at an instant, and why.

    ``notes`` say what the answer rests on, where that is not a player as of now.
    """

    identity_id: str
    now_time_sec: str
    definitions_version: Annotated[
        str, Meta(description="The version of the definitions, before any `changes`.")
    ]
    flags: list[FlagTraceMessage]
    audiences: list[MembershipSummary]
    experiments: Annotated[
        list[ExperimentStandingMessage],
        Meta(description="Every one that is not archived, by name."),
    ]
    live_events: Annotated[
        list[LiveEventStandingMessage],
        Meta(description="Every one that is not archived, by name."),
    ]
    change_time_sec: Annotated[
        str,
        Meta(description="Before it, time alone changes none of the flags; 0 for never."),
    ]
    notes: list[str]


def given_target(profile: GivenProfile, audiences: AudienceSet, *, now_us: int) -> Target:
    """A player in a request as targeting sees players; raises ``InvalidArgument``."""
    identity_id = profile.id or ""
    now_s = now_us // MICROSECONDS
    return Target(
        identity_id=identity_id,
        sample_key=identity_id,
        created_s=_seconds(profile.create_time_sec, "profile.create_time_sec", now_s),
        updated_s=_seconds(profile.update_time_sec, "profile.update_time_sec", now_s),
        default=texts(profile.default, field="profile.default"),
        custom=texts(profile.custom, field="profile.custom"),
        computed=texts(profile.computed, field="profile.computed"),
        entries=[
            *_entries(profile.include, Listing.INCLUDE, identity_id, audiences),
            *_entries(profile.exclude, Listing.EXCLUDE, identity_id, audiences),
        ],
    )


def flag_trace_message(trace: FlagTrace, resolution: Resolution) -> FlagTraceMessage:
    """What a flag has come to, and why."""
    told = flag_message(trace.flag, resolution)
    return FlagTraceMessage(
        name=told.name,
        value=told.value,
        value_type=value_type(told.value),
        condition_changed=told.condition_changed,
        change_reason=told.change_reason,
        labels=told.labels,
        enabled=trace.enabled,
        last_change_time_sec=str(trace.changed_us // MICROSECONDS),
        next_change_time_sec=str(trace.changes_at_us // MICROSECONDS),
        candidates=[_candidate(each) for each in trace.candidates],
    )


def experiment_message(standing: ExperimentStanding) -> ExperimentStandingMessage:
    """Where a player stands in an experiment."""
    phase = standing.phase
    return ExperimentStandingMessage(
        id=standing.experiment.id,
        name=standing.experiment.name,
        state=standing.state,
        participation=standing.participation,
        reason=standing.reason,
        phase=msgspec.UNSET
        if phase is None
        else PhaseTimes(
            id=phase.id,
            name=phase.name,
            start_time_sec=str(phase.start_time_sec),
            end_time_sec=str(end_time_sec(phase)),
        ),
        variant=standing.variant,
        enrolled_time_sec=str(standing.enrolled_us // MICROSECONDS),
    )


def live_event_message(standing: LiveEventStanding) -> LiveEventStandingMessage:
    """Where a player stands in a live event."""
    run = standing.run
    return LiveEventStandingMessage(
        id=standing.definition.id,
        name=standing.definition.name,
        on=standing.is_on,
        participation=standing.participation,
        reason=standing.reason,
        eligible=standing.eligible,
        run=msgspec.UNSET
        if run is None
        else RunTimes(
            key=run.key,
            start_time_sec=str(run.start_us // MICROSECONDS),
            end_time_sec=str(run.end_us // MICROSECONDS),
        ),
        enrolled_time_sec=str(standing.enrolled_us // MICROSECONDS),
        time_zone=standing.zone,
    )


def membership_summary(player: Memberships, audience: str, *, reasons: bool) -> MembershipSummary:
    """Whether the player is in an audience, with all ``reasons`` or without."""
    member = player.in_audience(audience)
    why = membership_message(player.why(audience)) if reasons else msgspec.UNSET
    return MembershipSummary(audience, member, why)


def _seconds(given: str | int | None, field: str, usual_s: int) -> int:
    return usual_s if given is None or given == "" else int64(given, field)


def _entries(
    names: Sequence[str] | None, listing: Listing, identity_id: str, audiences: AudienceSet
) -> list[Entry]:
    entries = []
    for index, name in enumerate(names or ()):
        audience = audiences.by_name.get(name)
        if audience is None:
            raise invalid_field(f"profile.{listing.value}[{index}]", "is the name of no audience")
        entries.append(Entry(audience.id, listing, identity_id))
    return entries


def _candidate(candidate: Candidate) -> CandidateMessage:
    override = candidate.override
    return CandidateMessage(
        type=override.type,
        name=override.name,
        variant_name=override.variant_name,
        value=override.value,
        create_time_sec=str(override.defined_us // MICROSECONDS),
        applies=candidate.applies,
        wins=candidate.wins,
        problem=candidate.problem,
        audiences=[membership_message(each) for each in candidate.audiences],
        rollout_percent=candidate.rollout_percent,
        place_percent=candidate.place_percent,
    )
