"""Which starts and ends of runs are still to be told, from what is known and an instant. Pure.

What was told is remembered run by run, not only up to when: so it does not matter when a changed
definition becomes known, or how long nobody looked.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import islice

import msgspec

from matsuri.definitions.model import Definition
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.model import LiveEventDefinition, Run
from matsuri.live_events.worldwide import world_runs

# Clocks of nodes differ, and a change takes its time: nothing before this is looked at again.
LOOK_BACK_US = 600 * MICROSECONDS


class TransitionType(StrEnum):
    """What happened to a run."""

    STARTED = "LIVE_EVENT_STARTED"
    ENDED = "LIVE_EVENT_ENDED"


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """That a run of a live event started or ended at ``at_us``.

    ``start_us`` and ``end_us`` are those of the run as it was known then: a run that is on may end
    sooner or later than that. Times are microseconds since the epoch.
    """

    type: TransitionType
    event_id: str
    name: str
    run: str
    at_us: int
    start_us: int
    end_us: int


class ToldRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was told to have started; and to have ended, unless it is ``on``.

    A run that is resumed is another one here, with the same ``run`` and another start.
    """

    event_id: str
    name: str
    run: str
    start_us: int
    end_us: int
    on: bool


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Everything up to ``told_us`` was told of an event, by its definition of that version."""

    event_id: str
    version: int
    told_us: int


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told of an event, the earliest first, and what is known of it then.

    Unless ``whole``, there is more to tell right away.
    """

    transitions: Sequence[Transition]
    runs: Sequence[ToldRun]
    mark: Mark
    whole: bool


def look_from_us(definition: Definition[LiveEventDefinition], mark: Mark | None) -> int:
    """From when on there may be something to tell of a live event, given how far it was told."""
    if mark is None:
        return definition.created_us
    if mark.version == definition.version:
        return mark.told_us
    return min(mark.told_us, definition.updated_us) - LOOK_BACK_US


def due(
    definition: Definition[LiveEventDefinition],
    told: Iterable[ToldRun],
    *,
    since_us: int,
    now_us: int,
    runs_max: int,
) -> Turn:
    """What is to be told of a live event, looking at no more than ``runs_max`` runs.

    ``since_us`` is from ``look_from_us``, or later for what is too old to be told. ``told`` are all
    of its runs that are on, and those that ended since ``since_us``.
    """
    source = world_runs(definition.body, definition.created_us)
    found = list(islice(source.between(since_us, now_us + 1), runs_max + 1))
    until_us = now_us
    if len(found) > runs_max:
        until_us = found.pop().start_us - 1
    known = {(each.run, each.start_us): each for each in told}
    changes = _Changes(definition, until_us)
    here = {(run.key, run.start_us) for run in found}
    for run in found:
        changes.see(run, known.get((run.key, run.start_us)))
    for place, each in known.items():
        if each.on and place not in here:
            same = [run for run in source.runs_of(each.run) if run.start_us == each.start_us]
            if same:
                changes.see(same[0], each)
            else:
                changes.end(each, _gone_us(each, definition, found, until_us))
    return Turn(
        transitions=sorted(changes.transitions, key=_order),
        runs=changes.runs,
        mark=Mark(event_id=definition.id, version=definition.version, told_us=until_us),
        whole=until_us == now_us,
    )


def gone(told: Iterable[ToldRun], now_us: int) -> tuple[list[Transition], list[ToldRun]]:
    """The ends to tell of runs that are ``on`` though their live event was deleted."""
    transitions, runs = [], []
    for each in told:
        end_us = min(max(each.start_us, now_us), each.end_us)
        runs.append(msgspec.structs.replace(each, end_us=end_us, on=False))
        transitions.append(_transition(TransitionType.ENDED, runs[-1], end_us))
    return transitions, runs


class _Changes:
    """Collects what is to be told of an event up to ``until_us``."""

    def __init__(self, definition: Definition[LiveEventDefinition], until_us: int) -> None:
        self._definition = definition
        self._until_us = until_us
        self.transitions: list[Transition] = []
        self.runs: list[ToldRun] = []

    def see(self, run: Run, known: ToldRun | None) -> None:
        """Take a run that has begun as it is now, given what was told of it."""
        seen = ToldRun(
            event_id=self._definition.id,
            name=self._definition.name,
            run=run.key,
            start_us=run.start_us,
            end_us=run.end_us,
            on=run.end_us > self._until_us,
        )
        if known is None:
            self._tell(TransitionType.STARTED, seen, run.start_us)
        elif not known.on:
            if not seen.on:
                return
            # Its end was put off as that was told already.
            self._tell(TransitionType.STARTED, seen, max(known.end_us, self._changed_us()))
        if seen != known:
            self.runs.append(seen)
        if not seen.on:
            self._tell(TransitionType.ENDED, seen, run.end_us)

    def end(self, known: ToldRun, at_us: int) -> None:
        """Take that a run is no more."""
        ended = msgspec.structs.replace(known, end_us=at_us, on=False)
        self.runs.append(ended)
        self._tell(TransitionType.ENDED, ended, at_us)

    def _changed_us(self) -> int:
        return min(_whole_second(self._definition.updated_us), self._until_us)

    def _tell(self, kind: TransitionType, run: ToldRun, at_us: int) -> None:
        self.transitions.append(_transition(kind, run, at_us))


def _gone_us(
    known: ToldRun,
    definition: Definition[LiveEventDefinition],
    found: Iterable[Run],
    until_us: int,
) -> int:
    """When a run ended that was on and is none any more: with the change, or before the next."""
    next_us = (run.start_us for run in found if run.start_us > known.start_us)
    changed_us = max(known.start_us, _whole_second(definition.updated_us))
    return min(changed_us, known.end_us, until_us, *next_us)


def _whole_second(instant_us: int) -> int:
    return instant_us // MICROSECONDS * MICROSECONDS


def _transition(kind: TransitionType, run: ToldRun, at_us: int) -> Transition:
    return Transition(
        type=kind,
        event_id=run.event_id,
        name=run.name,
        run=run.run,
        at_us=at_us,
        start_us=run.start_us,
        end_us=run.end_us,
    )


def _order(transition: Transition) -> tuple[int, int, bool]:
    # One run ends before the next one starts; each starts before it ends, if at the same time.
    return transition.at_us, transition.start_us, transition.type is TransitionType.ENDED
