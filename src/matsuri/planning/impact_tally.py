"""What a change of definitions would change, counted over players. Pure."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from matsuri.enrolments.model import Part
from matsuri.flags.model import Override
from matsuri.planning.impact import Place, PlayerChanges, Standing

S = TypeVar("S", bound=Hashable)

# More pairs of states than that of one flag, experiment or live event are counted together.
_PAIRS_MAX = 1000


class Sample(NamedTuple):
    """One of the players whom something happens to; where it is a flag, where its values are of."""

    identity_id: str
    before: Override | None = None
    after: Override | None = None


class _Pair:
    __slots__ = ("players", "samples")

    def __init__(self) -> None:
        self.players = 0
        self.samples: list[Sample] = []


class Change(NamedTuple, Generic[S]):
    """From what to what, how many of those that were looked at, and some of them."""

    before: S
    after: S
    players: int
    samples: Sequence[Sample]


class Changes(Generic[S]):
    """What happens to one flag, experiment or live event: how often which state becomes which."""

    def __init__(self) -> None:
        self.players = 0
        self._pairs: dict[tuple[S, S], _Pair] = {}

    def add(self, before: S, after: S, sample: Sample, *, samples_max: int) -> None:
        """Count one player."""
        self.players += 1
        pair = self._pairs.get((before, after))
        if pair is None:
            if len(self._pairs) >= _PAIRS_MAX:
                return
            pair = self._pairs[before, after] = _Pair()
        pair.players += 1
        if len(pair.samples) < samples_max:
            pair.samples.append(sample)

    def most(self, changes_max: int) -> tuple[list[Change[S]], int]:
        """The most frequent ones, and how many players all others happen to."""
        ordered = sorted(self._pairs.items(), key=lambda each: (-each[1].players, repr(each[0])))
        found = [
            Change(before, after, pair.players, pair.samples)
            for (before, after), pair in ordered[:changes_max]
        ]
        return found, self.players - sum(each.players for each in found)


class Tally:
    """What was found of the players that were looked at so far.

    ``wanted`` counts, for each part with a limit, those who would get a place by the change.
    """

    def __init__(self, *, samples_max: int) -> None:
        self.looked = 0
        self.changed = 0
        self.flags: dict[str, Changes[str | None]] = {}
        self.experiments: dict[str, Changes[Place | None]] = {}
        self.live_events: dict[str, Changes[Standing | None]] = {}
        self.wanted: dict[Part, int] = {}
        self._samples_max = samples_max

    def add(self, every: Iterable[PlayerChanges]) -> None:
        """Count players."""
        for each in every:
            self.looked += 1
            for admission in each.limited[1]:
                self.wanted[admission.part] = self.wanted.get(admission.part, 0) + 1
            if each.any:
                self.changed += 1
                self._add(each)

    def _add(self, player: PlayerChanges) -> None:
        most = self._samples_max
        for flag, was, comes in player.flags:
            sample = Sample(player.identity_id, was, comes)
            changes = self.flags.setdefault(flag, Changes())
            changes.add(_value(was), _value(comes), sample, samples_max=most)
        sample = Sample(player.identity_id)
        for experiment_id, (before, after) in player.experiments.items():
            places = self.experiments.setdefault(experiment_id, Changes())
            places.add(before, after, sample, samples_max=most)
        for event_id, (stood, stands) in player.live_events.items():
            standings = self.live_events.setdefault(event_id, Changes())
            standings.add(stood, stands, sample, samples_max=most)


def _value(override: Override | None) -> str | None:
    return None if override is None else override.value


class Limits:
    """Which parts are full, on either side, as far as it was asked who would get a place.

    A part may have another limit by the change than before it.
    """

    def __init__(self) -> None:
        self.full: tuple[frozenset[Part], frozenset[Part]] = (frozenset(), frozenset())
        self.left: dict[Part, int] = {}
        self._taken: dict[Part, int] = {}
        self._known: tuple[set[Part], set[Part]] = (set(), set())

    def unknown(self, every: Iterable[PlayerChanges]) -> Collection[Part]:
        """The parts of which it is yet to be found how many places are taken."""
        return {
            admission.part
            for each in every
            for side, admissions in enumerate(each.limited)
            for admission in admissions
            if admission.part not in self._known[side]
        }

    def learn(self, taken: Mapping[Part, int], every: Iterable[PlayerChanges]) -> bool:
        """Note how many are taken; whether another part turned out to be full by that."""
        self._taken.update(taken)
        full = [set(each) for each in self.full]
        for each in every:
            for side, admissions in enumerate(each.limited):
                for admission in admissions:
                    part = admission.part
                    if part not in self._taken:
                        continue
                    self._known[side].add(part)
                    left = admission.participants_max - self._taken[part]
                    if left <= 0:
                        full[side].add(part)
                    elif side:
                        self.left[part] = left
        before, self.full = self.full, (frozenset(full[0]), frozenset(full[1]))
        return self.full != before
