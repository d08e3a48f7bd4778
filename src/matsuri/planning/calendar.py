"""Everything that is on or planned between two instants, in the order of time. Pure."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from matsuri.audiences.overlap import Targeting
from matsuri.definitions.model import Definition
from matsuri.experiments.lifecycle import Experiment, end_time_sec
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.experiments.overlaps import targeting
from matsuri.flags.compile import CompiledFlag
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.compile import CompiledLiveEvent
from matsuri.live_events.worldwide import world_runs
from matsuri.planning.worlds import World


class EntryKind(StrEnum):
    """What is on or planned."""

    LIVE_EVENT = "live_event"
    EXPERIMENT = "experiment"
    FLAG_CHANGE = "flag_change"


class EntryState(StrEnum):
    """Where it stands; a change of a flag has ended once it has taken effect."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    ENDED = "ended"


class Plan(NamedTuple):
    """What entries have in common: of whom and of which flags they decide.

    ``flags`` has, for each, for whom it is beside being for the plan's own. Who is in one of a
    ``group`` is in no other one of it at the same time; empty for none.
    """

    kind: EntryKind
    id: str
    name: str
    defined_us: int
    targeting: Targeting
    flags: Mapping[str, Targeting]
    group: str = ""
    color: str = ""
    labels: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A run, a phase, or a change of a flag, from start to before end; a change has no length.

    ``part`` is the key of the run, or the id of the phase. ``fields`` are what changes of a flag.
    """

    plan: Plan
    start_us: int
    end_us: int
    part: str = ""
    part_name: str = ""
    fields: tuple[str, ...] = ()

    @property
    def until_us(self) -> int:
        """The end, or for what has no length the instant after it."""
        return max(self.end_us, self.start_us + 1)

    @property
    def place(self) -> tuple[int, str, str, str]:
        """Its place among all others, which no two have."""
        return (self.start_us, self.plan.kind.value, self.plan.name, self.part)

    def state_at(self, now_us: int) -> EntryState:
        """Where it stands."""
        if now_us < self.start_us:
            return EntryState.SCHEDULED
        return EntryState.RUNNING if now_us < self.end_us else EntryState.ENDED


class Calendar(NamedTuple):
    """The ``entries`` of a span, the earliest first.

    Those that start from ``complete_until_us`` on are not all there; ``None`` where nothing is
    missing.
    """

    entries: list[Entry]
    complete_until_us: int | None


def calendar(
    world: World,
    start_us: int,
    end_us: int,
    *,
    entries_max: int,
    labels: AbstractSet[str] = frozenset(),
) -> Calendar:
    """What is on at any time from start to before end, the first ``entries_max`` of it.

    With ``labels``, only of what has at least one of them.
    """

    def wanted(definition: Definition[Any]) -> bool:
        return not labels or not labels.isdisjoint(definition.body.labels)

    flags = (each for each in world.flags.by_name.values() if wanted(each.definition))
    experiments = world.catalog.of_kind(EXPERIMENT_KIND).values()
    events = (each for each in world.live_events.by_name.values() if wanted(each.definition))
    sources = [
        *(_changes(flag, start_us, end_us) for flag in flags),
        *(_phases(each, start_us, end_us) for each in experiments if wanted(each)),
        *(_runs(event, start_us, end_us) for event in events),
    ]
    ordered = merge(*sources, key=_place)
    entries = list(islice(ordered, entries_max))
    following = next(ordered, None)
    return Calendar(entries, None if following is None else following.start_us)


def _place(entry: Entry) -> tuple[int, str, str, str]:
    return entry.place


def _changes(flag: CompiledFlag, start_us: int, end_us: int) -> Iterator[Entry]:
    plan = Plan(
        EntryKind.FLAG_CHANGE,
        flag.definition.id,
        flag.name,
        flag.definition.created_us,
        Targeting(),
        {flag.name: Targeting()},
        labels=flag.definition.body.labels,
    )
    for change in flag.definition.body.schedule:
        at_us = change.at_time_sec * MICROSECONDS
        if start_us <= at_us < end_us:
            fields = tuple(
                name
                for name in ("value", "enabled", "variants")
                if getattr(change, name) is not None
            )
            yield Entry(plan, at_us, at_us, fields=fields)


def _phases(experiment: Experiment, start_us: int, end_us: int) -> Iterator[Entry]:
    body = experiment.body
    if not body.launched or body.archived:
        return
    for phase in body.phases:
        since_us = phase.start_time_sec * MICROSECONDS
        until_us = end_time_sec(phase) * MICROSECONDS
        if since_us < until_us and since_us < end_us and until_us > start_us:
            plan = Plan(
                EntryKind.EXPERIMENT,
                experiment.id,
                experiment.name,
                experiment.created_us,
                targeting(body, phase),
                {flag.flag: Targeting() for each in phase.variants for flag in each.flags},
                group=body.exclusion_group,
                labels=body.labels,
            )
            yield Entry(plan, since_us, until_us, part=phase.id, part_name=phase.name)


def _runs(event: CompiledLiveEvent, start_us: int, end_us: int) -> Iterator[Entry]:
    body = event.body
    plan = Plan(
        EntryKind.LIVE_EVENT,
        event.definition.id,
        event.name,
        event.definition.created_us,
        Targeting(body.audiences, body.exclude_audiences),
        {
            # With a value for everybody, it is for all participants.
            each.flag: Targeting()
            if each.value is not None
            else Targeting([name for variant in each.variants for name in variant.audiences])
            for each in body.flags
        },
        color=body.color,
        labels=body.labels,
    )
    for run in world_runs(body, event.definition.created_us).between(start_us, end_us):
        yield Entry(plan, run.start_us, run.end_us, part=run.key)
