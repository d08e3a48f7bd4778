"""Phases of experiments as the console API takes and tells them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matsuri.enrolments.model import Part
from matsuri.experiments.kinds import TEXT_ALLOWED
from matsuri.experiments.lifecycle import phase_state
from matsuri.experiments.model import (
    ExperimentDefinition,
    FlagValue,
    Phase,
    PhaseVariant,
    SplitKey,
    State,
)
from matsuri.flags.values import ValueType, value_text, value_type
from matsuri.web.definitions import Note, Version
from matsuri.web.messages import int64

LIST_ITEMS_MAX = 1000
_TIMES = ("start_time_sec", "end_time_sec", "ended_time_sec", "admission_deadline_time_sec")
_NUMBERS = (*_TIMES, "participants_max")
_NAME_LISTS = ("audiences", "exclude_audiences", "goal_metrics")

Names = Annotated[list[str], Meta(max_length=LIST_ITEMS_MAX)]
GivenValue = Annotated[Any, Meta(description="A text, or any other JSON value.")]
WireValue = Annotated[
    str, Meta(description="As games get it: a text, or the JSON text of any other value.")
]
GivenTimeSec = Annotated[str | int, Meta(description="Seconds since the epoch.")]
TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text; 0 for none.")]
GivenCount = Annotated[str | int, Meta(description="How many at most; 0 for no limit.")]
Permille = Annotated[int, Meta(description="Of 1,000.")]
Participants = Annotated[int, Meta(description="How many players have a place.")]
PhaseName = Annotated[str, Meta(description=f"{TEXT_ALLOWED}.")]
Force = Annotated[bool, Meta(description="Change it although that biases it, and note it.")]


class FlagValueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag is to have for the players of a variant."""

    flag: str
    value: GivenValue


class PhaseVariantRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of the participants gets."""

    name: PhaseName
    weight_permille: Permille
    value: GivenValue = ""
    flags: Annotated[list[FlagValueRequest], Meta(max_length=LIST_ITEMS_MAX)] = []
    description: str = ""


Variants = Annotated[
    list[PhaseVariantRequest],
    Meta(
        max_length=LIST_ITEMS_MAX,
        description="The first one is the control; the weights add up to 1,000.",
    ),
]


class PhaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A phase. One without an ``id`` is that which has its name, or a new one."""

    id: str = ""
    name: PhaseName
    description: str = ""
    start_time_sec: GivenTimeSec
    end_time_sec: GivenTimeSec
    ended_time_sec: (
        Annotated[str | int, Meta(description="When it was ended early; 0 for not.")] | None
    ) = None
    split_key: SplitKey = SplitKey.ID
    variants: Variants
    audiences: Names | None = None
    exclude_audiences: Names | None = None
    goal_metrics: Names | None = None
    participants_max: GivenCount | None = None
    admission_deadline_time_sec: GivenTimeSec | None = None
    locked: bool = False


class AddPhaseRequest(PhaseRequest, frozen=True, kw_only=True):
    """A new phase."""

    version: Version | None = None
    note: Note | None = None


class ChangePhaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a phase: what is left out stays as it is.

    Audiences and goal metrics that are ``null`` are those of the experiment.
    """

    name: PhaseName | None = None
    description: str | None = None
    start_time_sec: GivenTimeSec | None = None
    end_time_sec: GivenTimeSec | None = None
    split_key: SplitKey | None = None
    variants: Variants | None = None
    audiences: Names | UnsetType | None = UNSET
    exclude_audiences: Names | UnsetType | None = UNSET
    goal_metrics: Names | UnsetType | None = UNSET
    participants_max: GivenCount | None = None
    admission_deadline_time_sec: GivenTimeSec | None = None
    locked: bool | None = None
    version: Version | None = None
    note: Note | None = None
    force: Force = False


class CopyPhaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What of a copy of a phase is not as in the phase."""

    name: PhaseName
    start_time_sec: GivenTimeSec
    end_time_sec: (
        Annotated[str | int, Meta(description="If missing, it is as long as the other one.")] | None
    ) = None
    version: Version | None = None
    note: Note | None = None


class FlagValueMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag has for the players of a variant."""

    flag: str
    value: WireValue
    value_type: ValueType


class PhaseVariantMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of the participants gets, and how many they are."""

    name: str
    weight_permille: Permille
    value: WireValue
    value_type: ValueType
    flags: list[FlagValueMessage]
    description: str
    participants: Participants


class PhaseMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A phase; audiences and goal metrics are missing where they are those of the experiment."""

    id: str
    name: str
    description: str
    state: State
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    ended_time_sec: TimeSec
    split_key: SplitKey
    variants: list[PhaseVariantMessage]
    audiences: Sequence[str] | UnsetType = UNSET
    exclude_audiences: Sequence[str] | UnsetType = UNSET
    goal_metrics: Sequence[str] | UnsetType = UNSET
    participants_max: int
    participants: Participants
    full: Annotated[bool, Meta(description="Whether all places are taken.")]
    admission_deadline_time_sec: TimeSec
    locked: bool
    admitting: Annotated[
        bool,
        Meta(description="Whether it runs, is neither full nor locked, and not past its deadline."),
    ]


def given_phase(request: PhaseRequest, field: str) -> Phase:
    """A phase as a request has it; raises ``InvalidArgument`` that names it by ``field``."""
    given: dict[str, Any] = {
        name: getattr(request, name)
        for name in ("id", "name", "description", "split_key", "locked")
    }
    for name in _NUMBERS:
        value = getattr(request, name)
        given[name] = 0 if value is None else int64(value, _place(field, name))
    for name in _NAME_LISTS:
        names = getattr(request, name)
        given[name] = None if names is None else tuple(names)
    given["variants"] = _variants(request.variants, field)
    return Phase(**given)


def changed_phase(phase: Phase, request: ChangePhaseRequest) -> Phase:
    """A phase with what a request gives of it; raises ``InvalidArgument``."""
    given: dict[str, Any] = {}
    for name in ("name", "description", "split_key", "locked"):
        if getattr(request, name) is not None:
            given[name] = getattr(request, name)
    for name in set(_NUMBERS).intersection(ChangePhaseRequest.__struct_fields__):
        if getattr(request, name) is not None:
            given[name] = int64(getattr(request, name), name)
    for name in _NAME_LISTS:
        names = getattr(request, name)
        if names is not UNSET:
            given[name] = None if names is None else tuple(names)
    if request.variants is not None:
        given["variants"] = _variants(request.variants, "")
    return msgspec.structs.replace(phase, **given)


def phase_message(
    body: ExperimentDefinition,
    phase: Phase,
    part: Part,
    counts: Mapping[tuple[Part, str], int],
    now_s: int,
) -> PhaseMessage:
    """A phase, and where it stands; ``counts`` are of places, by part and variant."""
    state = phase_state(body, phase, now_s)
    participants = sum(number for (each, _), number in counts.items() if each == part)
    full = 0 < phase.participants_max <= participants
    deadline_s = phase.admission_deadline_time_sec
    lists = {name: getattr(phase, name) for name in _NAME_LISTS}
    return PhaseMessage(
        id=phase.id,
        name=phase.name,
        description=phase.description,
        state=state,
        split_key=phase.split_key,
        variants=[
            _variant_message(each, counts.get((part, each.name), 0)) for each in phase.variants
        ],
        participants_max=phase.participants_max,
        participants=participants,
        full=full,
        locked=phase.locked,
        admitting=state is State.RUNNING and not (full or phase.locked or 0 < deadline_s <= now_s),
        **{name: str(getattr(phase, name)) for name in _TIMES},
        **{name: names for name, names in lists.items() if names is not None},
    )


def _place(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _variants(requests: Sequence[PhaseVariantRequest], field: str) -> tuple[PhaseVariant, ...]:
    return tuple(
        _variant(each, _place(field, f"variants[{index}]")) for index, each in enumerate(requests)
    )


def _variant(request: PhaseVariantRequest, field: str) -> PhaseVariant:
    return PhaseVariant(
        name=request.name,
        weight_permille=request.weight_permille,
        value="" if request.value is None else value_text(request.value, f"{field}.value"),
        flags=tuple(
            FlagValue(flag=each.flag, value=value_text(each.value, f"{field}.flags[{index}].value"))
            for index, each in enumerate(request.flags)
        ),
        description=request.description,
    )


def _variant_message(variant: PhaseVariant, participants: int) -> PhaseVariantMessage:
    return PhaseVariantMessage(
        name=variant.name,
        weight_permille=variant.weight_permille,
        value=variant.value,
        value_type=value_type(variant.value),
        flags=[
            FlagValueMessage(flag=each.flag, value=each.value, value_type=value_type(each.value))
            for each in variant.flags
        ],
        description=variant.description,
        participants=participants,
    )
