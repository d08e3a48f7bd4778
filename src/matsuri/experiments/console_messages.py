"""Experiments and their groups as the console API takes and tells them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.enrolments.model import Part
from matsuri.errors import invalid_field
from matsuri.experiments.kinds import TEXT_ALLOWED
from matsuri.experiments.lifecycle import phase_state, state
from matsuri.experiments.model import (
    BiasNote,
    ExperimentDefinition,
    FlagValue,
    Phase,
    PhaseVariant,
    SplitKey,
    State,
)
from matsuri.flags.values import value_text
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Description,
    ForcibleRequest,
    Labels,
)
from matsuri.web.lists import PageOptions
from matsuri.web.messages import int64

_LIST_ITEMS_MAX = 1000
_TIMES = ("start_time_sec", "end_time_sec", "ended_time_sec", "admission_deadline_time_sec")
_NUMBERS = (*_TIMES, "participants_max")
_NAME_LISTS = ("audiences", "exclude_audiences", "goal_metrics")

Names = Annotated[list[str], Meta(max_length=_LIST_ITEMS_MAX)]
GivenValue = Annotated[Any, Meta(description="A text, or any other JSON value.")]
GivenTimeSec = Annotated[str | int, Meta(description="Seconds since the epoch.")]
TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text; 0 for none.")]
GivenCount = Annotated[str | int, Meta(description="How many at most; 0 for no limit.")]
Permille = Annotated[int, Meta(description="Of 1,000.")]


class FlagValueMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The value that a flag has for the players of a variant."""

    flag: str
    value: GivenValue


class PhaseVariantRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of the participants gets."""

    name: Annotated[str, Meta(description=f"{TEXT_ALLOWED}.")]
    weight_permille: Permille
    value: GivenValue = ""
    flags: Annotated[list[FlagValueMessage], Meta(max_length=_LIST_ITEMS_MAX)] = []
    description: str = ""


class PhaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A phase. One without an ``id`` is that which has its name, or a new one."""

    id: str = ""
    name: Annotated[str, Meta(description=f"{TEXT_ALLOWED}.")]
    description: str = ""
    start_time_sec: GivenTimeSec
    end_time_sec: GivenTimeSec
    ended_time_sec: (
        Annotated[str | int, Meta(description="When it was ended early; 0 for not.")] | None
    ) = None
    split_key: SplitKey = SplitKey.ID
    variants: Annotated[
        list[PhaseVariantRequest],
        Meta(
            max_length=_LIST_ITEMS_MAX,
            description="The first one is the control; the weights add up to 1,000.",
        ),
    ]
    audiences: Names | None = None
    exclude_audiences: Names | None = None
    goal_metrics: Names | None = None
    participants_max: GivenCount | None = None
    admission_deadline_time_sec: GivenTimeSec | None = None
    locked: bool = False


class ExperimentRequest(ForcibleRequest, frozen=True, kw_only=True):
    """What a studio declares of an experiment."""

    description: Description | None = None
    hypothesis: Annotated[str, Meta(description="What is expected, and why.")] | None = None
    labels: Labels | None = None
    goal_metrics: Names | None = None
    monitor_metrics: Names | None = None
    audiences: Names | None = None
    exclude_audiences: Names | None = None
    exclusion_group: str | None = None
    exclusion_from_permille: Permille | None = None
    exclusion_to_permille: Permille | None = None
    holdout_group: str | None = None
    phases: (
        Annotated[
            list[PhaseRequest],
            Meta(max_length=_LIST_ITEMS_MAX, description="All phases there are to be."),
        ]
        | None
    ) = None
    launched: Annotated[bool, Meta(description="If not, it is a draft.")] | None = None
    archived: bool | None = None


class PhaseVariantMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of the participants gets, and how many they are."""

    name: str
    weight_permille: Permille
    value: str
    flags: list[FlagValueMessage]
    description: str
    participants: int


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
    audiences: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    exclude_audiences: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    goal_metrics: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    participants_max: int
    participants: int
    admission_deadline_time_sec: TimeSec
    locked: bool


class BiasNoteMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A change that may have biased a phase while it ran."""

    change_time_sec: TimeSec
    changed_by: str
    phase: Annotated[str, Meta(description="The id of the phase.")]
    fields: Sequence[str]
    note: str


class ExperimentMessage(DefinitionMessage, frozen=True, kw_only=True):
    """An experiment, and where it stands."""

    description: str
    hypothesis: str
    labels: list[str]
    goal_metrics: list[str]
    monitor_metrics: list[str]
    audiences: list[str]
    exclude_audiences: list[str]
    exclusion_group: str
    exclusion_from_permille: Permille
    exclusion_to_permille: Permille
    holdout_group: str
    state: State
    phases: list[PhaseMessage]
    launched: bool
    archived: bool
    bias_notes: list[BiasNoteMessage]


class ExperimentList(msgspec.Struct, frozen=True):
    """A page of experiments, by name."""

    experiments: list[ExperimentMessage]
    page_options: PageOptions


class ExclusionGroupRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of an exclusion group."""

    description: Description | None = None
    labels: Labels | None = None


class ExclusionGroupMessage(DefinitionMessage, frozen=True, kw_only=True):
    """Experiments of which a player is in at most one at a time."""

    description: str
    labels: list[str]


class ExclusionGroupList(msgspec.Struct, frozen=True):
    """A page of exclusion groups, by name."""

    exclusion_groups: list[ExclusionGroupMessage]
    page_options: PageOptions


class HoldoutGroupRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of a holdout group."""

    description: Description | None = None
    labels: Labels | None = None
    holdout_permille: Permille | None = None


class HoldoutGroupMessage(DefinitionMessage, frozen=True, kw_only=True):
    """Experiments that leave the same share of all players alone."""

    description: str
    labels: list[str]
    holdout_permille: Permille


class HoldoutGroupList(msgspec.Struct, frozen=True):
    """A page of holdout groups, by name."""

    holdout_groups: list[HoldoutGroupMessage]
    page_options: PageOptions


def given_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an experiment's body as a request has them, as the body has them.

    Raises ``InvalidArgument``.
    """
    given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    if "phases" in given:
        given["phases"] = tuple(
            _phase(each, f"phases[{index}]") for index, each in enumerate(given["phases"])
        )
    return given


def experiment_fields(
    definition_id: str,
    body: ExperimentDefinition,
    counts: Mapping[tuple[Part, str], int],
    now_s: int,
) -> dict[str, Any]:
    """What a message tells otherwise than a body does; ``counts`` of places by part and variant."""
    return {
        "state": state(body, now_s),
        "phases": [
            _phase_message(body, each, Part(definition_id, each.id), counts, now_s)
            for each in body.phases
        ],
        "bias_notes": [_bias_note(each) for each in body.bias_notes],
    }


def _phase(request: PhaseRequest, field: str) -> Phase:
    given: dict[str, Any] = {
        name: getattr(request, name)
        for name in ("id", "name", "description", "split_key", "locked")
    }
    for name in _NUMBERS:
        value = getattr(request, name)
        given[name] = 0 if value is None else int64(value, f"{field}.{name}")
    for name in _NAME_LISTS:
        names = getattr(request, name)
        given[name] = None if names is None else tuple(names)
    given["variants"] = tuple(
        _variant(each, f"{field}.variants[{index}]") for index, each in enumerate(request.variants)
    )
    return Phase(**given)


def _variant(request: PhaseVariantRequest, field: str) -> PhaseVariant:
    return PhaseVariant(
        name=request.name,
        weight_permille=request.weight_permille,
        value=_text(request.value, f"{field}.value"),
        flags=tuple(
            FlagValue(flag=each.flag, value=_text(each.value, f"{field}.flags[{index}].value"))
            for index, each in enumerate(request.flags)
        ),
        description=request.description,
    )


def _text(value: Any, field: str) -> str:
    try:
        return value_text(value)
    except ValueError as error:
        raise invalid_field(field, str(error)) from None


def _phase_message(
    body: ExperimentDefinition,
    phase: Phase,
    part: Part,
    counts: Mapping[tuple[Part, str], int],
    now_s: int,
) -> PhaseMessage:
    lists = {name: getattr(phase, name) for name in _NAME_LISTS}
    return PhaseMessage(
        id=phase.id,
        name=phase.name,
        description=phase.description,
        state=phase_state(body, phase, now_s),
        split_key=phase.split_key,
        variants=[
            _variant_message(each, counts.get((part, each.name), 0)) for each in phase.variants
        ],
        participants_max=phase.participants_max,
        participants=sum(number for (each, _), number in counts.items() if each == part),
        locked=phase.locked,
        **{name: str(getattr(phase, name)) for name in _TIMES},
        **{name: names for name, names in lists.items() if names is not None},
    )


def _variant_message(variant: PhaseVariant, participants: int) -> PhaseVariantMessage:
    return PhaseVariantMessage(
        name=variant.name,
        weight_permille=variant.weight_permille,
        value=variant.value,
        flags=[FlagValueMessage(flag=each.flag, value=each.value) for each in variant.flags],
        description=variant.description,
        participants=participants,
    )


def _bias_note(note: BiasNote) -> BiasNoteMessage:
    return BiasNoteMessage(
        change_time_sec=str(note.at_time_sec),
        changed_by=note.changed_by,
        phase=note.phase,
        fields=note.fields,
        note=note.note,
    )
