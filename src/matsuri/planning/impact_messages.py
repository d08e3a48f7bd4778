"""What a change would do to players, as the console API tells it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from matsuri.audiences.estimate import CONFIDENCE_PERCENT, Estimate, estimate
from matsuri.definitions.changes import Creation
from matsuri.enrolments.model import Part
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.flags.model import Override
from matsuri.live_events.model import LIVE_EVENT_KIND
from matsuri.planning.drafts import Proposal
from matsuri.planning.impact import Place, Standing
from matsuri.planning.impact_scan import Impact
from matsuri.planning.impact_tally import Change, Changes
from matsuri.planning.notes import AWAITING
from matsuri.planning.worlds import awaiting

CHANGES_TOLD_MAX = 20
FLAGS_TOLD_MAX = 200
OTHERS_TOLD_MAX = 200
VALUE_CHARS_MAX = 1000

NEW = (
    "A new definition gets its id when it is made: whom its percentages and its variants take is "
    "drawn anew then, so these counts may differ a little by chance."
)
LIMITED = (
    "{kind} {name!r} has {left} places left in {part!r}, and about {wanted} players would get one: "
    "those who come first. The others have what they would have without."
)
AWAITED = (
    "Events are looked up in the history for windows that nothing is kept for yet. Until the "
    "server has filled them, the audiences that ask about them serve by their former filters."
)
MORE = "Only the first {told} of {all} experiments or live events are told."
_NOTES_MAX = 20

S = TypeVar("S")
M = TypeVar("M")


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many players; see ``confidence_percent``."""

    count: int
    count_low: int
    count_high: int


class OriginMessage(msgspec.Struct, frozen=True):
    """Where a value comes from."""

    type: Annotated[
        int,
        Meta(description="0 the default, 1 a variant, 2 and 3 of live events, 4 of an experiment."),
    ]
    name: str
    variant_name: str


class FlagSample(msgspec.Struct, frozen=True, kw_only=True):
    """A player whose value changes, and where the values are of; missing where there is no flag."""

    identity_id: str
    before: OriginMessage | msgspec.UnsetType = msgspec.UNSET
    after: OriginMessage | msgspec.UnsetType = msgspec.UNSET


class ValueChange(Counted, frozen=True, kw_only=True):
    """From which value to which; a value is missing where there is no such flag."""

    before: (
        Annotated[str, Meta(description=f"Cut to {VALUE_CHARS_MAX} characters.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    after: str | msgspec.UnsetType = msgspec.UNSET
    samples: Sequence[FlagSample]


class FlagImpact(Counted, frozen=True, kw_only=True):
    """For how many players a flag has another value, and from what to what, the most first."""

    name: str
    changes: Sequence[ValueChange]
    others: Annotated[Counted, Meta(description="All changes beside those.")]


class PlaceMessage(msgspec.Struct, frozen=True):
    """A place in an experiment."""

    phase: str
    variant: str


class PlaceChange(Counted, frozen=True, kw_only=True):
    """From which place to which; missing for a player who is not in the experiment."""

    before: PlaceMessage | msgspec.UnsetType = msgspec.UNSET
    after: PlaceMessage | msgspec.UnsetType = msgspec.UNSET
    identity_ids: Sequence[str]


class ExperimentImpact(Counted, frozen=True, kw_only=True):
    """For how many players an experiment has another place, or one at all, or none."""

    id: str
    name: str
    changes: Sequence[PlaceChange]
    others: Counted


class StandingChange(Counted, frozen=True, kw_only=True):
    """From which standing to which; missing for a player whom the live event is not for."""

    before: Standing | msgspec.UnsetType = msgspec.UNSET
    after: Standing | msgspec.UnsetType = msgspec.UNSET
    identity_ids: Sequence[str]


class LiveEventImpact(Counted, frozen=True, kw_only=True):
    """For how many players a live event is another matter."""

    id: str
    name: str
    changes: Sequence[StandingChange]
    others: Counted


class ImpactMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do, had all players asked at that instant.

    Unless it is ``exact``, players were taken at random: each ``count`` is what those that were
    looked at say of all, and with ``confidence_percent`` it is between ``count_low`` and
    ``count_high``.
    """

    now_time_sec: str
    players: Annotated[int, Meta(description="How many players there are.")]
    looked_at: int
    exact: bool
    confidence_percent: int
    complete: Annotated[
        bool,
        Meta(description="If not, time or history ran out before all were looked at."),
    ]
    changed: Annotated[Counted, Meta(description="How many have anything that is another.")]
    flags: Annotated[
        Sequence[FlagImpact], Meta(description=f"The first {FLAGS_TOLD_MAX}, the most first.")
    ]
    flags_count: Annotated[int, Meta(description="Of how many flags any value changes.")]
    experiments: Sequence[ExperimentImpact]
    live_events: Sequence[LiveEventImpact]
    from_history: Annotated[
        Sequence[str],
        Meta(description="The events that were looked up in the history, if there are any."),
    ]
    notes: Annotated[Sequence[str], Meta(description="What the counts rest on.")]


def impact_message(impact: Impact, proposals: Sequence[Proposal], now_s: int) -> ImpactMessage:
    """What was found."""
    told = _Telling(impact)
    tally = impact.tally
    flags = sorted(tally.flags.items(), key=lambda each: (-each[1].players, each[0]))
    return ImpactMessage(
        now_time_sec=str(now_s),
        players=impact.players,
        looked_at=tally.looked,
        exact=impact.is_exact,
        confidence_percent=100 if impact.is_exact else CONFIDENCE_PERCENT,
        complete=impact.is_complete,
        changed=told.counted(tally.changed),
        flags=[told.flag(name, changes) for name, changes in flags[:FLAGS_TOLD_MAX]],
        flags_count=len(flags),
        experiments=[
            told.experiment(each, tally.experiments[each])
            for each in _told(tally.experiments, impact, EXPERIMENT_KIND)
        ],
        live_events=[
            told.live_event(each, tally.live_events[each])
            for each in _told(tally.live_events, impact, LIVE_EVENT_KIND)
        ],
        from_history=impact.from_history,
        notes=list(_notes(impact, proposals, told)),
    )


class _Telling:
    """Makes messages of one impact."""

    def __init__(self, impact: Impact) -> None:
        self._impact = impact

    def estimate(self, players: int) -> Estimate:
        """How many of all players it is, where it is so many of those that were looked at."""
        if self._impact.is_exact:
            return Estimate(players, players, players)
        return estimate(players, self._impact.tally.looked, self._impact.players)

    def counted(self, players: int) -> Counted:
        """The same as a message."""
        found = self.estimate(players)
        return Counted(count=found.count, count_low=found.low, count_high=found.high)

    def flag(self, name: str, changes: Changes[str | None]) -> FlagImpact:
        """What happens to a flag."""

        def message(change: Change[str | None]) -> ValueChange:
            return ValueChange(
                **self._numbers(change.players),
                before=_value(change.before),
                after=_value(change.after),
                samples=[
                    FlagSample(
                        identity_id=each.identity_id,
                        before=_origin(each.before),
                        after=_origin(each.after),
                    )
                    for each in change.samples
                ],
            )

        told, others = self._most(changes, message)
        return FlagImpact(**self._numbers(changes.players), name=name, changes=told, others=others)

    def experiment(self, experiment_id: str, changes: Changes[Place | None]) -> ExperimentImpact:
        """What happens to an experiment."""

        def message(change: Change[Place | None]) -> PlaceChange:
            return PlaceChange(
                **self._numbers(change.players),
                before=_place(change.before),
                after=_place(change.after),
                identity_ids=[each.identity_id for each in change.samples],
            )

        told, others = self._most(changes, message)
        return ExperimentImpact(
            **self._numbers(changes.players),
            id=experiment_id,
            name=_name(self._impact, EXPERIMENT_KIND, experiment_id),
            changes=told,
            others=others,
        )

    def live_event(self, event_id: str, changes: Changes[Standing | None]) -> LiveEventImpact:
        """What happens to a live event."""

        def message(change: Change[Standing | None]) -> StandingChange:
            return StandingChange(
                **self._numbers(change.players),
                before=change.before or msgspec.UNSET,
                after=change.after or msgspec.UNSET,
                identity_ids=[each.identity_id for each in change.samples],
            )

        told, others = self._most(changes, message)
        return LiveEventImpact(
            **self._numbers(changes.players),
            id=event_id,
            name=_name(self._impact, LIVE_EVENT_KIND, event_id),
            changes=told,
            others=others,
        )

    def _numbers(self, players: int) -> dict[str, int]:
        return msgspec.structs.asdict(self.counted(players))

    def _most(
        self, changes: Changes[S], message: Callable[[Change[S]], M]
    ) -> tuple[list[M], Counted]:
        found, others = changes.most(CHANGES_TOLD_MAX)
        return [message(each) for each in found], self.counted(others)


def _notes(impact: Impact, proposals: Sequence[Proposal], told: _Telling) -> Iterator[str]:
    if any(isinstance(each.change, Creation) for each in proposals):
        yield NEW
    if impact.from_history:
        yield AWAITED
    for found in (impact.tally.experiments, impact.tally.live_events):
        if len(found) > OTHERS_TOLD_MAX:
            yield MORE.format(told=OTHERS_TOLD_MAX, all=len(found))
    for name in awaiting(impact.after)[:_NOTES_MAX]:
        yield AWAITING.format(name=name)
    scarce = [
        (part, left, wanted)
        for part, left in impact.left.items()
        if (wanted := told.estimate(impact.tally.wanted.get(part, 0)).count) > left
    ]
    for part, left, wanted in sorted(scarce)[:_NOTES_MAX]:
        kind = LIVE_EVENT_KIND
        if impact.after.catalog.find_by_id(kind, part.subject_id) is None:
            kind = EXPERIMENT_KIND
        yield LIMITED.format(
            kind=kind.capitalize().replace("_", " "),
            name=_name(impact, kind, part.subject_id),
            part=_part_name(impact, part),
            left=left,
            wanted=wanted,
        )


def _part_name(impact: Impact, part: Part) -> str:
    """The name of a phase; the key of a run."""
    experiment = impact.after.catalog.find_by_id(EXPERIMENT_KIND, part.subject_id)
    phases = () if experiment is None else experiment.body.phases
    return next((each.name for each in phases if each.id == part.part), part.part)


def _told(found: Mapping[str, object], impact: Impact, kind: str) -> list[str]:
    """The ids of those that are told, in the order of their names."""
    return sorted(found, key=lambda each: (_name(impact, kind, each), each))[:OTHERS_TOLD_MAX]


def _name(impact: Impact, kind: str, definition_id: str) -> str:
    """What it is called after the change, or was before it if it goes."""
    for world in (impact.after, impact.before):
        definition = world.catalog.find_by_id(kind, definition_id)
        if definition is not None:
            return definition.name
    return ""


def _value(value: str | None) -> str | msgspec.UnsetType:
    if value is None:
        return msgspec.UNSET
    return value if len(value) <= VALUE_CHARS_MAX else f"{value[: VALUE_CHARS_MAX - 1]}…"


def _origin(override: Override | None) -> OriginMessage | msgspec.UnsetType:
    if override is None:
        return msgspec.UNSET
    return OriginMessage(override.type, override.name, override.variant_name)


def _place(place: Place | None) -> PlaceMessage | msgspec.UnsetType:
    return msgspec.UNSET if place is None else PlaceMessage(place.phase, place.variant)
