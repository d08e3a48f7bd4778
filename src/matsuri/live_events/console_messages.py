"""Live events as the console API takes and tells them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matsuri.definitions.model import Definition
from matsuri.definitions.search import Search
from matsuri.enrolments.model import Part
from matsuri.flags.model import FLAG_KIND
from matsuri.flags.values import ValueType, value_text, value_type
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.compile import compile_live_event
from matsuri.live_events.cron import CRON_ALLOWED
from matsuri.live_events.kinds import COLOR_ALLOWED, TEXT_ALLOWED
from matsuri.live_events.model import (
    FlagOverride,
    FlagVariantValue,
    LiveEventDefinition,
    Run,
    Schedule,
)
from matsuri.live_events.plain_words import schedule_words
from matsuri.live_events.standing import EventState, ends_by_stop, standing
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Description,
    Labels,
    Note,
    SearchQuery,
    Version,
)
from matsuri.web.lists import PageOptions
from matsuri.web.messages import int64

LIST_ITEMS_MAX = 1000
_RUNS_ON_SHOWN_MAX = 20

Names = Annotated[list[str], Meta(max_length=LIST_ITEMS_MAX)]
GivenValue = Annotated[Any, Meta(description="A text, or any other JSON value.")]
WireValue = Annotated[
    str, Meta(description="As games get it: a text, or the JSON text of any other value.")
]
GivenTimeSec = Annotated[str | int, Meta(description="Seconds since the epoch.")]
TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text; 0 for none.")]
RunKey = Annotated[
    str, Meta(description="What tells the run from all others of its live event: its key.")
]


class ScheduleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """When the runs are. Without `reset_cron` there is one, from start to end."""

    start_time_sec: GivenTimeSec
    end_time_sec: Annotated[
        str | int, Meta(description="With `reset_cron`, 0 or nothing is for ever.")
    ] = 0
    reset_cron: Annotated[str, Meta(description=f"When runs start: {CRON_ALLOWED}.")] = ""
    duration_sec: Annotated[
        str | int, Meta(description="How long each run lasts, with `reset_cron`.")
    ] = 0
    time_zone: Annotated[
        str, Meta(description="Of the cron: an IANA name, or an offset; UTC if empty.")
    ] = ""
    player_local: Annotated[
        bool,
        Meta(
            description=(
                "Whether times are what a clock shows where the player is. They are told as if "
                "that were UTC; `time_zone` is that of players of whom none is known."
            )
        ),
    ] = False


class FlagVariantRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag is to have for the participants in any of the audiences."""

    name: Annotated[str, Meta(description=f"{TEXT_ALLOWED}.")]
    value: GivenValue
    audiences: Names


class FlagOverrideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag is to have for participants: of the first variant they are in."""

    flag: str
    value: Annotated[
        Any,
        Meta(
            description=(
                "For who is in no variant; without, they have what the flag comes to otherwise."
            )
        ),
    ] = None
    variants: Annotated[list[FlagVariantRequest], Meta(max_length=LIST_ITEMS_MAX)] = []


class LiveEventRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of a live event."""

    description: Description | None = None
    template: Annotated[str, Meta(description="What it was made from, for people.")] | None = None
    color: Annotated[str, Meta(description=f"{COLOR_ALLOWED}; empty for none.")] | None = None
    labels: Labels | None = None
    value: GivenValue | None = None
    validator: Annotated[str, Meta(description="What `value` must fit; empty for none.")] | None = (
        None
    )
    metrics: Names | None = None
    audiences: Names | None = None
    exclude_audiences: Names | None = None
    flags: Annotated[list[FlagOverrideRequest], Meta(max_length=LIST_ITEMS_MAX)] | None = None
    sticky_membership: (
        Annotated[bool, Meta(description="Whether who once took part in a run does so to its end.")]
        | None
    ) = None
    explicit_join: (
        Annotated[bool, Meta(description="Whether players take part only once they joined.")] | None
    ) = None
    participants_max: (
        Annotated[str | int, Meta(description="In each run; 0 for no limit.")] | None
    ) = None
    schedule: ScheduleRequest | None = None
    draft: Annotated[bool, Meta(description="If so, it has no runs until launched.")] | None = None
    archived: Annotated[bool, Meta(description="Whether it is put away.")] | None = None


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which version was seen last, and why."""

    version: Version | None = None
    note: Note | None = None


class StopRequest(ActionRequest, frozen=True, kw_only=True):
    """What is to stop or to go on: the live event, or one run of it."""

    run: Annotated[str, Meta(description="The key of a run; empty for the live event.")] = ""


class CopyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy is to be called, and when its schedule is to begin."""

    name: str
    start_time_sec: (
        Annotated[
            str | int,
            Meta(
                description=(
                    "If missing, the old time; or if that is not to come, the same time of the "
                    "day in its time zone, within a day or so from now."
                )
            ),
        ]
        | None
    ) = None
    note: Note | None = None


class ScheduleMessage(msgspec.Struct, frozen=True, kw_only=True):
    """When the runs are, as fields and in one sentence."""

    start_time_sec: TimeSec
    end_time_sec: TimeSec
    reset_cron: str
    duration_sec: Annotated[str, Meta(description="Seconds, as text; 0 for from start to end.")]
    time_zone: str
    player_local: bool
    words: str


class FormerScheduleMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that was changed: what started before keeps to it."""

    schedule: ScheduleMessage
    until_time_sec: TimeSec


class FlagVariantMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag has for the participants in any of the audiences."""

    name: str
    value: WireValue
    value_type: ValueType
    audiences: Sequence[str]


class FlagOverrideMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag has for participants; missing where only variants give one."""

    flag: str
    value: WireValue | UnsetType = UNSET
    value_type: ValueType | UnsetType = UNSET
    variants: list[FlagVariantMessage]


class RunStopMessage(msgspec.Struct, frozen=True, kw_only=True):
    """That a run was stopped, and when it went on; 0 for never."""

    run: RunKey
    stop_time_sec: TimeSec
    resume_time_sec: TimeSec


class PauseMessage(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when a live event was stopped."""

    stop_time_sec: TimeSec
    resume_time_sec: TimeSec


class RunMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A run; where times are local to players, from its first start to its last end anywhere."""

    run: RunKey
    status: Annotated[str, Meta(description="`active`, `upcoming` or `terminated`.")]
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    stopped: Annotated[bool, Meta(description="Whether it ends early, as somebody stopped it.")]
    participants: (
        Annotated[
            int,
            Meta(
                description=(
                    "How many players have a place; missing where everybody takes part who is "
                    "eligible, and no place is kept."
                )
            ),
        ]
        | UnsetType
    ) = UNSET
    full: Annotated[bool, Meta(description="Whether all places are taken.")] | UnsetType = UNSET


class LiveEventMessage(DefinitionMessage, frozen=True, kw_only=True):
    """A live event, and where it stands."""

    description: str
    template: str
    color: str
    labels: list[str]
    value: WireValue
    value_type: ValueType
    validator: str
    metrics: list[str]
    audiences: list[str]
    exclude_audiences: list[str]
    flags: list[FlagOverrideMessage]
    sticky_membership: bool
    explicit_join: bool
    participants_max: int
    schedule: ScheduleMessage
    former_schedules: list[FormerScheduleMessage]
    run_stops: list[RunStopMessage]
    pauses: list[PauseMessage]
    stopped_time_sec: Annotated[
        str, Meta(description="Since when it has no runs, as text; 0 for not stopped.")
    ]
    draft: bool
    launched_time_sec: Annotated[
        str, Meta(description="When it ceased to be a draft, as text; 0 for what never was one.")
    ]
    archived: bool
    state: EventState
    active_runs: Annotated[
        list[RunMessage],
        Meta(
            description=(
                "The run that is on. Where times are local, there may be several, the first "
                f"{_RUNS_ON_SHOWN_MAX}."
            )
        ),
    ]
    next_run: RunMessage | UnsetType = UNSET


class LiveEventList(msgspec.Struct, frozen=True):
    """A page of live events, by name."""

    live_events: list[LiveEventMessage]
    page_options: PageOptions


class LiveEventSearch(SearchQuery, frozen=True, kw_only=True):
    """Which live events, and which page of them."""

    flags: Annotated[
        list[str], Meta(description="With values for at least one of these flags.")
    ] = msgspec.field(name="search.flag_name.or", default_factory=list)

    def search(self) -> Search:
        """What is looked for."""
        return msgspec.structs.replace(
            super().search(), refers_to=frozenset((FLAG_KIND, name) for name in self.flags)
        )


def given_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a live event's body as a request has them, as the body has them.

    Raises ``InvalidArgument``.
    """
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    if "value" in given:
        given["value"] = value_text(given["value"], "value")
    if "participants_max" in given:
        given["participants_max"] = int64(given["participants_max"], "participants_max")
    if "schedule" in given:
        given["schedule"] = given_schedule(given["schedule"], "schedule")
    if "flags" in given:
        given["flags"] = tuple(
            _override(each, f"flags[{index}]") for index, each in enumerate(given["flags"])
        )
    return given


def given_schedule(request: ScheduleRequest, field: str) -> Schedule:
    """A schedule as a request has it; raises ``InvalidArgument`` that names it by ``field``."""
    numbers = {
        name: int64(getattr(request, name), field, name)
        for name in ("start_time_sec", "end_time_sec", "duration_sec")
    }
    return Schedule(
        **numbers,
        # Blanks between its fields mean nothing.
        reset_cron=" ".join(request.reset_cron.split()),
        time_zone=request.time_zone,
        player_local=request.player_local,
    )


def live_event_fields(
    definition: Definition[LiveEventDefinition],
    counts: Mapping[tuple[Part, str], int],
    now_us: int,
) -> dict[str, Any]:
    """What a message tells otherwise than a body does; ``counts`` are of places."""
    body = definition.body
    stands = standing(definition, now_us)
    fields: dict[str, Any] = {
        "value_type": value_type(body.value),
        "flags": [_override_message(each) for each in body.flags],
        "schedule": schedule_message(body.schedule),
        "former_schedules": [
            FormerScheduleMessage(
                schedule=schedule_message(each.schedule), until_time_sec=str(each.until_time_sec)
            )
            for each in body.former_schedules
        ],
        "run_stops": [
            RunStopMessage(
                run=each.run,
                stop_time_sec=str(each.at_time_sec),
                resume_time_sec=str(each.resumed_time_sec),
            )
            for each in body.run_stops
        ],
        "pauses": [
            PauseMessage(
                stop_time_sec=str(each.from_time_sec), resume_time_sec=str(each.until_time_sec)
            )
            for each in body.pauses
        ],
        "stopped_time_sec": str(body.stopped_time_sec),
        "launched_time_sec": str(body.launched_time_sec),
        "state": stands.state,
        "active_runs": [
            run_message(definition, each, counts, now_us) for each in stands.on[:_RUNS_ON_SHOWN_MAX]
        ],
    }
    if stands.next is not None:
        fields["next_run"] = run_message(definition, stands.next, counts, now_us)
    return fields


def run_message(
    definition: Definition[LiveEventDefinition],
    run: Run,
    counts: Mapping[tuple[Part, str], int],
    now_us: int,
) -> RunMessage:
    """A run; ``counts`` are of places, by run."""
    participants: int | UnsetType = UNSET
    full: bool | UnsetType = UNSET
    most = definition.body.participants_max
    number = counts.get((Part(definition.id, run.key), ""), 0)
    if number or compile_live_event(definition).keeps_places:
        participants, full = number, 0 < most <= number
    return RunMessage(
        run=run.key,
        status=run.status_at(now_us).name.lower(),
        start_time_sec=str(run.start_us // MICROSECONDS),
        end_time_sec=str(run.end_us // MICROSECONDS),
        stopped=ends_by_stop(definition.body, run),
        participants=participants,
        full=full,
    )


def schedule_message(schedule: Schedule) -> ScheduleMessage:
    """A schedule, as fields and in words."""
    return ScheduleMessage(
        start_time_sec=str(schedule.start_time_sec),
        end_time_sec=str(schedule.end_time_sec),
        reset_cron=schedule.reset_cron,
        duration_sec=str(schedule.duration_sec),
        time_zone=schedule.time_zone,
        player_local=schedule.player_local,
        words=schedule_words(schedule),
    )


def _override(request: FlagOverrideRequest, field: str) -> FlagOverride:
    return FlagOverride(
        flag=request.flag,
        value=None if request.value is None else value_text(request.value, f"{field}.value"),
        variants=tuple(
            FlagVariantValue(
                name=each.name,
                value=value_text(each.value, f"{field}.variants[{index}].value"),
                audiences=tuple(each.audiences),
            )
            for index, each in enumerate(request.variants)
        ),
    )


def _override_message(override: FlagOverride) -> FlagOverrideMessage:
    value = override.value
    return FlagOverrideMessage(
        flag=override.flag,
        value=UNSET if value is None else value,
        value_type=UNSET if value is None else value_type(value),
        variants=[
            FlagVariantMessage(
                name=each.name,
                value=each.value,
                value_type=value_type(each.value),
                audiences=each.audiences,
            )
            for each in override.variants
        ],
    )
