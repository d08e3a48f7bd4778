"""A place in a phase stays what it is while the phase runs, whatever else becomes of the world."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import Target
from matsuri.definitions.model import Definition, Edit
from matsuri.enrolments.model import Admission, Enrolment, Enrolments, Part
from matsuri.errors import FailedPrecondition
from matsuri.experiments.edit import edited
from matsuri.experiments.model import ExperimentDefinition, Phase, SplitKey
from matsuri.experiments.source import ExperimentSet
from matsuri.filters.compile import Filter, compile_filter
from matsuri.kit.clock import MICROSECONDS
from tests.unit.experiments.worlds import (
    DAY_S,
    NOW_S,
    exclusion_group,
    experiment,
    experiments,
    holdout_group,
    phase,
    variant,
)

PLAYERS = [f"player-{number:02}" for number in range(12)]
FILTERS: dict[str, Filter] = {
    text: compile_filter(text)
    for text in ("true", "false", "Sample(50)", 'PropertiesCustom("level", 0) > 5')
}
NAMES = ["grouped", "other half", "held", "capped"]


class Book:
    """Places as ``EnrolmentBook`` gives them, in memory."""

    def __init__(self) -> None:
        self.places: dict[str, dict[Part, Enrolment]] = {name: {} for name in PLAYERS}
        self.counts: Counter[Part] = Counter()
        self.full: set[Part] = set()

    def of(self, name: str) -> Enrolments:
        return Enrolments(dict(self.places[name]), frozenset(self.full))

    def admit(self, name: str, admissions: Sequence[Admission], now_us: int) -> None:
        held = self.places[name]
        for each in admissions:
            if each.part in held or any(part in held for part in each.not_with):
                continue
            if 0 < each.participants_max <= self.counts[each.part]:
                self.full.add(each.part)
                continue
            held[each.part] = Enrolment(part=each.part, enrolled_us=now_us, variant=each.variant)
            self.counts[each.part] += 1


def weighted(control: int) -> tuple[Any, ...]:
    return (variant("control", control), variant("test", 1000 - control, shop="blue"))


def phases(key: SplitKey, **fields: Any) -> tuple[Phase, Phase]:
    return (
        phase("first", 0, 5 * DAY_S, split_key=key, **fields),
        phase("second", 5 * DAY_S, 10 * DAY_S, split_key=key, **fields),
    )


class Worlds(RuleBasedStateMachine):
    """Players come and change, operators change what they may, and force what they should not."""

    @initialize(key=st.sampled_from(SplitKey))
    def begin(self, key: SplitKey) -> None:
        self.now_s = NOW_S
        self.book = Book()
        self.levels = dict.fromkeys(PLAYERS, 0)
        self.filters = {"fans": "true", "foes": "false"}
        self.held_out = 100
        self.told: dict[tuple[str, Part], str] = {}
        both = phases(key)
        self.definitions: dict[str, Definition[ExperimentDefinition]] = {
            each.name: each
            for each in (
                experiment("grouped", *both, exclusion_group="x", exclusion_to_permille=500),
                experiment("other half", *both, exclusion_group="x", exclusion_from_permille=500),
                experiment("held", *both, holdout_group="h", audiences=("fans",)),
                experiment("capped", *phases(key, participants_max=4)),
            )
        }

    def experiments(self) -> ExperimentSet:
        groups = (exclusion_group("x"), holdout_group("h", self.held_out))
        return experiments(*groups, *self.definitions.values())

    def player(self, name: str) -> Memberships:
        audiences = AudienceSet(
            {
                each: Audience(f"id of {each}", each, FILTERS[text])
                for each, text in self.filters.items()
            }
        )
        target = Target(
            identity_id=name,
            sample_key=name,
            created_s=NOW_S,
            updated_s=NOW_S,
            default={},
            custom={"level": str(self.levels[name])},
            computed={},
            enrolments=self.book.of(name),
        )
        return Memberships(audiences, target, self.now_s * MICROSECONDS)

    @rule(name=st.sampled_from(PLAYERS))
    def read(self, name: str) -> None:
        """As the list of experiments is read: what is answered was made to stick before."""
        source = self.experiments()
        before = source.placements(self.player(name))
        wanted = [each.admission for each in before if each.admission is not None]
        self.book.admit(name, wanted, self.now_s * MICROSECONDS)
        after = source.placements(self.player(name))
        assert all(each.admission is None for each in after)
        for each in after:
            if each.variant is not None:
                part, has = each.phase.part, each.variant.variant.name
                assert self.told.setdefault((name, part), has) == has
        answered = {each.phase.part for each in after if each.variant is not None}
        running = {each.phase.part for each in after}
        assert {part for who, part in self.told if who == name and part in running} == answered

    @rule(name=st.sampled_from(PLAYERS))
    def read_twice_and_elsewhere(self, name: str) -> None:
        """The same player at the same instant is the same, also where all is compiled afresh."""
        source = self.experiments()
        first, again = (source.overrides(self.player(name)) for _ in range(2))
        elsewhere = self.experiments().overrides(self.player(name))
        assert first == again == elsewhere

    @rule(name=st.sampled_from(PLAYERS), level=st.integers(0, 10))
    def change_player(self, name: str, level: int) -> None:
        self.levels[name] = level

    @rule(audience=st.sampled_from(["fans", "foes"]), text=st.sampled_from(sorted(FILTERS)))
    def change_audience(self, audience: str, text: str) -> None:
        self.filters[audience] = text

    @rule(permille=st.integers(0, 1000))
    def change_holdout(self, permille: int) -> None:
        self.held_out = permille

    @rule(seconds=st.integers(1, 3 * DAY_S))
    def wait(self, seconds: int) -> None:
        self.now_s += seconds

    @rule(
        name=st.sampled_from(NAMES),
        index=st.integers(0, 1),
        locked=st.booleans(),
        cap=st.integers(1, 12),
        control=st.integers(0, 1000),
    )
    def change_phase(self, name: str, index: int, locked: bool, cap: int, control: int) -> None:
        changed = list(self.definitions[name].body.phases)
        changed[index] = msgspec.structs.replace(
            changed[index], locked=locked, participants_max=cap, variants=weighted(control)
        )
        self._change(name, phases=tuple(changed))

    @rule(
        name=st.sampled_from(NAMES),
        audiences=st.lists(st.sampled_from(["fans", "foes"]), unique=True).map(tuple),
        excludes=st.lists(st.sampled_from(["fans", "foes"]), unique=True).map(tuple),
    )
    def change_targeting(
        self, name: str, audiences: tuple[str, ...], excludes: tuple[str, ...]
    ) -> None:
        self._change(name, audiences=audiences, exclude_audiences=excludes)

    @rule(
        name=st.sampled_from(NAMES[:2]),
        places=st.sampled_from([(0, 500), (500, 1000), (0, 1000), (300, 700)]),
    )
    def change_range(self, name: str, places: tuple[int, int]) -> None:
        """Even so that both have the same places, which checks would not let in."""
        first, last = places
        self._change(name, exclusion_from_permille=first, exclusion_to_permille=last)

    def _change(self, name: str, **fields: Any) -> None:
        before = self.definitions[name]
        after = msgspec.structs.replace(before, body=msgspec.structs.replace(before.body, **fields))
        edit = Edit(self.now_s * MICROSECONDS, "somebody", forced=True)
        try:
            body = edited(before, after, edit)
        except FailedPrecondition:
            # Of a phase that is over.
            return
        self.definitions[name] = msgspec.structs.replace(before, body=body)
        # Another limit: whether there is a place is found out anew.
        self.book.full.clear()

    @invariant()
    def nobody_is_in_two_of_a_group(self) -> None:
        group = {"id of grouped", "id of other half"}
        for held in self.book.places.values():
            in_group = Counter(part.part for part in held if part.subject_id in group)
            assert all(number == 1 for number in in_group.values())


Worlds.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_worlds = Worlds.TestCase
