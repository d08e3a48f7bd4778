"""Experiments as the console API takes and tells them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.definitions.model import Definition
from matsuri.definitions.search import Search
from matsuri.enrolments.model import Part
from matsuri.experiments.lifecycle import state
from matsuri.experiments.model import EXPERIMENT_KIND, BiasNote, ExperimentDefinition, State
from matsuri.experiments.overlaps import Overlap
from matsuri.experiments.phase_messages import (
    LIST_ITEMS_MAX,
    Names,
    Permille,
    PhaseMessage,
    PhaseRequest,
    TimeSec,
    given_phase,
    phase_message,
)
from matsuri.flags.model import FLAG_KIND
from matsuri.web.definitions import (
    DefinitionMessage,
    Description,
    ForcibleRequest,
    Labels,
    Note,
    SearchQuery,
    Version,
)
from matsuri.web.lists import PageOptions

_OVERLAPS_SHOWN_MAX = 20


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
            Meta(max_length=LIST_ITEMS_MAX, description="All phases there are to be."),
        ]
        | None
    ) = None
    launched: Annotated[bool, Meta(description="If not, it is a draft.")] | None = None
    archived: bool | None = None


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which version was seen last, and why."""

    version: Version | None = None
    note: Note | None = None


class CopyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy is to be called, and when its first phase is to begin."""

    name: str
    start_time_sec: (
        Annotated[
            str | int,
            Meta(
                description=(
                    "If missing, the old time; or if that is not to come, the same time of the "
                    "day (UTC) within a day from now."
                )
            ),
        ]
        | None
    ) = None
    note: Note | None = None


class BiasNoteMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A change that may have biased a phase while it ran."""

    change_time_sec: TimeSec
    changed_by: str
    phase: Annotated[str, Meta(description="The id of the phase.")]
    kind: Annotated[
        str,
        Meta(description="Of what: `experiment`, or a kind of definitions that it refers to."),
    ]
    name: Annotated[str, Meta(description="Of which one, by its name of then.")]
    fields: Annotated[Sequence[str], Meta(description="Which of its fields changed.")]
    note: str


class OverlapMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A phase of another experiment that gives the same flags values, perhaps to the same players.

    Both are for players of any of the audiences, or for everybody where there are none.
    """

    phase: Annotated[str, Meta(description="The phase of this experiment.")]
    other_id: str
    other: Annotated[str, Meta(description="The other experiment.")]
    other_phase: str
    flags: Sequence[str]
    start_time_sec: TimeSec
    end_time_sec: TimeSec
    audiences: Sequence[str] = ()
    exclude_audiences: Sequence[str] = ()
    other_audiences: Sequence[str] = ()
    other_exclude_audiences: Sequence[str] = ()
    wins: Annotated[
        str, Meta(description="The experiment whose values players get who are in both.")
    ]
    players_in_both: (
        Annotated[
            int,
            Meta(description="How many players are stored as members for both; if it is known."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


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
    overlaps: Annotated[
        list[OverlapMessage],
        Meta(description=f"Where it meets other experiments, the first {_OVERLAPS_SHOWN_MAX}."),
    ]
    overlap_count: int


class ExperimentList(msgspec.Struct, frozen=True):
    """A page of experiments, by name."""

    experiments: list[ExperimentMessage]
    page_options: PageOptions


class OverlapList(msgspec.Struct, frozen=True):
    """A page of where an experiment meets others, the earliest first."""

    overlaps: list[OverlapMessage]
    page_options: PageOptions


class ExperimentSearch(SearchQuery, frozen=True, kw_only=True):
    """Which experiments, and which page of them."""

    flags: Annotated[
        list[str], Meta(description="With values for at least one of these flags.")
    ] = msgspec.field(name="search.flag_name.or", default_factory=list)

    def search(self) -> Search:
        """What is looked for."""
        return msgspec.structs.replace(
            super().search(), refers_to=frozenset((FLAG_KIND, name) for name in self.flags)
        )


def given_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an experiment's body as a request has them, as the body has them.

    Raises ``InvalidArgument``.
    """
    given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    if "phases" in given:
        given["phases"] = tuple(
            given_phase(each, f"phases[{index}]") for index, each in enumerate(given["phases"])
        )
    return given


def experiment_fields(
    definition: Definition[ExperimentDefinition],
    counts: Mapping[tuple[Part, str], int],
    overlaps: Sequence[Overlap],
    now_s: int,
) -> dict[str, Any]:
    """What a message tells otherwise than a body does; ``counts`` of places by part and variant."""
    body = definition.body
    return {
        "state": state(body, now_s),
        "phases": [
            phase_message(body, each, Part(definition.id, each.id), counts, now_s)
            for each in body.phases
        ],
        "bias_notes": [_bias_note(definition.name, each) for each in body.bias_notes],
        "overlaps": [overlap_message(each) for each in overlaps[:_OVERLAPS_SHOWN_MAX]],
        "overlap_count": len(overlaps),
    }


def overlap_message(overlap: Overlap, players_in_both: int | None = None) -> OverlapMessage:
    """Where two experiments meet."""
    own, other = overlap.own, overlap.other
    return OverlapMessage(
        phase=own.phase.name,
        other_id=other.experiment.id,
        other=other.experiment.name,
        other_phase=other.phase.name,
        flags=overlap.flags,
        start_time_sec=str(overlap.start_s),
        end_time_sec=str(overlap.end_s),
        audiences=tuple(own.targeting.audiences),
        exclude_audiences=tuple(own.targeting.exclude_audiences),
        other_audiences=tuple(other.targeting.audiences),
        other_exclude_audiences=tuple(other.targeting.exclude_audiences),
        wins=overlap.wins.name,
        players_in_both=msgspec.UNSET if players_in_both is None else players_in_both,
    )


def _bias_note(experiment: str, note: BiasNote) -> BiasNoteMessage:
    return BiasNoteMessage(
        change_time_sec=str(note.at_time_sec),
        changed_by=note.changed_by,
        phase=note.phase,
        kind=note.kind or EXPERIMENT_KIND,
        name=note.name or experiment,
        fields=note.fields,
        note=note.note,
    )
