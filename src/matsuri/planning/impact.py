"""What a change of definitions would change for one player. Pure.

Both sides are found as a read would find them: a player who qualifies for a place in an experiment
or a live event has it, as far as there are places left.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import msgspec

from matsuri.audiences.membership import Memberships
from matsuri.audiences.model import Target
from matsuri.enrolments.model import Admission, Part
from matsuri.experiments.source import Placement
from matsuri.flags.model import Override
from matsuri.flags.resolve import resolve
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.source import LiveEventPlace
from matsuri.planning.affected import Affected
from matsuri.planning.worlds import World

S = TypeVar("S", bound=Hashable)


class Standing(StrEnum):
    """How a player stands in a live event who is not out of it."""

    MAY_JOIN = "may_join"
    TAKES_PART = "takes_part"


class Place(NamedTuple):
    """A player's place in an experiment, by the names of the phase and the variant."""

    phase: str
    variant: str


class FlagChange(NamedTuple):
    """A flag that has another value afterwards; ``None`` where there is no such flag."""

    flag: str
    before: Override | None
    after: Override | None


class PlayerChanges(NamedTuple):
    """What would be another for one player.

    Experiments and live events are by id, with the state before and after: ``None`` for a player
    who is not in. ``limited`` are the places that the player would get in parts with a limit:
    before, and after.
    """

    identity_id: str
    flags: Sequence[FlagChange] = ()
    experiments: Mapping[str, tuple[Place | None, Place | None]] = MappingProxyType({})
    live_events: Mapping[str, tuple[Standing | None, Standing | None]] = MappingProxyType({})
    limited: tuple[Sequence[Admission], Sequence[Admission]] = ((), ())

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.flags or self.experiments or self.live_events)


class Question(NamedTuple):
    """Two worlds, and the instant that is asked about: by everybody's ``own_clocks``, or by ours.

    Only the clocks of test devices are others. For ``gates`` see ``affected.Difference``.
    """

    before: World
    after: World
    affected: Affected
    at_us: int
    own_clocks: bool = True
    gates: tuple[str, ...] = ()

    def changes(
        self, target: Target, full: tuple[frozenset[Part], frozenset[Part]] = (frozenset(),) * 2
    ) -> PlayerChanges:
        """What would be another for a player, where those parts are full before and after."""
        ahead_s = target.clock_offset_s if self.own_clocks else 0
        now_us = self.at_us + ahead_s * MICROSECONDS
        old = new = Memberships(self.before.audiences, _with_full(target, full[0]), now_us)
        if self.after.audiences is not self.before.audiences or full[0] != full[1]:
            new = Memberships(self.after.audiences, _with_full(target, full[1]), now_us)
        if self.gates and all(old.in_audience(x) == new.in_audience(x) for x in self.gates):
            return PlayerChanges(target.identity_id)
        before = _Seen(self.before, old, self.affected)
        after = _Seen(self.after, new, self.affected)
        return PlayerChanges(
            target.identity_id,
            list(_flag_changes(before.flags, after.flags)),
            _differing(before.experiments, after.experiments),
            _differing(before.live_events, after.live_events),
            (before.limited, after.limited),
        )


def _with_full(target: Target, full: frozenset[Part]) -> Target:
    if not full:
        return target
    enrolments = msgspec.structs.replace(target.enrolments, full=full)
    return msgspec.structs.replace(target, enrolments=enrolments)


class _Seen:
    """What a player has in a world, of what is affected."""

    def __init__(self, world: World, player: Memberships, affected: Affected) -> None:
        experience = resolve(world.flags, world.sources, player)
        self.flags = {name: each.override for name, each in experience.flags.items()}
        admissions = list(experience.admissions)
        self.experiments: dict[str, Place] = {}
        self.live_events: dict[str, Standing] = {}
        if affected.experiments:
            for placement in world.experiments.placements(player):
                if placement.phase.experiment.id in affected.experiments:
                    admissions += _admission(placement)
                    if placement.variant is not None:
                        self.experiments[placement.phase.experiment.id] = Place(
                            placement.phase.phase.name, placement.variant.variant.name
                        )
        if affected.live_events:
            for place in world.live_events.places(player):
                if place.event.definition.id in affected.live_events:
                    admissions += _admission(place)
                    standing = _standing(place)
                    if standing is not None:
                        self.live_events[place.event.definition.id] = standing
        self.limited = list({x.part: x for x in admissions if x.participants_max}.values())


def _admission(place: Placement | LiveEventPlace) -> Iterator[Admission]:
    if place.admission is not None:
        yield place.admission


def _standing(place: LiveEventPlace) -> Standing | None:
    if place.takes_part:
        return Standing.TAKES_PART
    # Who would get a place and does not take part has only to join.
    return None if place.admission is None else Standing.MAY_JOIN


def _flag_changes(
    before: Mapping[str, Override], after: Mapping[str, Override]
) -> Iterator[FlagChange]:
    for name, was in before.items():
        comes = after.get(name)
        if comes is None or comes.value != was.value:
            yield FlagChange(name, was, comes)
    for name in after.keys() - before.keys():
        yield FlagChange(name, None, after[name])


def _differing(
    before: Mapping[str, S], after: Mapping[str, S]
) -> Mapping[str, tuple[S | None, S | None]]:
    return {
        each: (before.get(each), after.get(each))
        for each in before.keys() | after.keys()
        if before.get(each) != after.get(each)
    }
