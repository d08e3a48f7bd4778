"""Where two entries of a calendar decide about the same flag for the same players."""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from matsuri.audiences.overlap import Targeting
from matsuri.definitions.model import Definition
from matsuri.flags.compile import CompiledFlag, compile_flag
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Override, OverrideType, ScheduledChange
from matsuri.flags.resolve import in_order
from matsuri.kit.clock import MICROSECONDS
from matsuri.planning.calendar import Entry, EntryKind, Plan
from matsuri.planning.conflicts import Conflict, ConflictKind, Conflicts

AUDIENCES = "ab"
FLAGS = "xy"
HORIZON_S = 6
TYPES = {
    EntryKind.EXPERIMENT: OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG,
    EntryKind.LIVE_EVENT: OverrideType.LIVE_EVENT_FLAG,
}

audience_lists = st.lists(st.sampled_from(AUDIENCES), max_size=2, unique=True).map(tuple)
targetings = st.builds(Targeting, audience_lists, audience_lists)
overrides = st.dictionaries(
    st.sampled_from(FLAGS), audience_lists.map(Targeting), min_size=1, max_size=2
)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Some phases, runs and changes, in the order of a calendar; times are small."""
    found = {}
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(EntryKind))
        start_s = draw(st.integers(0, HORIZON_S - 1))
        end_s = draw(st.integers(start_s + 1, HORIZON_S))
        name = f"{kind.value} {draw(st.integers(0, 2))}"
        group, flags, whom = "", draw(overrides), draw(targetings)
        if kind is EntryKind.EXPERIMENT:
            group = draw(st.sampled_from(["", "g"]))
        if kind is EntryKind.FLAG_CHANGE:
            name, end_s, whom = draw(st.sampled_from(FLAGS)), start_s, Targeting()
            flags = {name: Targeting()}
        plan = Plan(kind, f"id of {name}", name, draw(st.integers(0, 2)), whom, flags, group)
        entry = Entry(plan, start_s * MICROSECONDS, end_s * MICROSECONDS, part=str(number))
        found[entry.place] = entry
    return [found[place] for place in sorted(found)]


@st.composite
def flags(draw: st.DrawFn) -> Mapping[str, CompiledFlag]:
    """The flags, on and off at times."""
    return {name: _flag(name, draw(st.lists(st.booleans(), min_size=1))) for name in FLAGS}


def _flag(name: str, on: list[bool]) -> CompiledFlag:
    changes = tuple(
        ScheduledChange(at_time_sec=second, enabled=after)
        for second, (before, after) in enumerate(pairwise(on), start=1)
        if before is not after
    )
    body = FlagDefinition(enabled=on[0], schedule=changes)
    return compile_flag(Definition(id=name, kind=FLAG_KIND, name=name, body=body))


def players() -> Iterator[frozenset[str]]:
    """Everybody there may be, by the audiences that they are in."""
    for size in range(len(AUDIENCES) + 1):
        yield from map(frozenset, combinations(AUDIENCES, size))


def is_for(entry: Entry, flag: str, player: Collection[str]) -> bool:
    """Whether a player has the flag from the entry, while it is on."""
    return flag in entry.plan.flags and all(
        (not each.audiences or any(name in player for name in each.audiences))
        and not any(name in player for name in each.exclude_audiences)
        for each in (entry.plan.targeting, entry.plan.flags[flag])
    )


def is_on(entry: Entry, second: int) -> bool:
    return entry.start_us <= second * MICROSECONDS < entry.until_us


def disputed(one: Entry, other: Entry, all_flags: Mapping[str, CompiledFlag]) -> set[str]:
    """The flags about which both decide for some player at some second."""
    apart = one.plan.id == other.plan.id or (one.plan.group and one.plan.group == other.plan.group)
    return {
        flag
        for flag in FLAGS
        for second in range(HORIZON_S)
        if not apart
        and is_on(one, second)
        and is_on(other, second)
        and any(is_for(one, flag, each) and is_for(other, flag, each) for each in players())
        and _decides(flag, second, {one.plan.kind, other.plan.kind}, all_flags)
    }


def _decides(
    flag: str, second: int, kinds: set[EntryKind], all_flags: Mapping[str, CompiledFlag]
) -> bool:
    now = all_flags[flag].state_at(second * MICROSECONDS).enabled
    before = all_flags[flag].state_at(second * MICROSECONDS - 1).enabled
    return now or (EntryKind.FLAG_CHANGE in kinds and before)


def both_change(one: Entry, other: Entry) -> bool:
    return one.plan.kind is other.plan.kind is EntryKind.FLAG_CHANGE


@given(entries(), flags())
def test_they_are_those_that_looking_at_every_second_and_player_finds(
    every: list[Entry], all_flags: Mapping[str, CompiledFlag]
) -> None:
    found = {
        (each.first.place, each.second.place): set(each.flags)
        for each in Conflicts(all_flags).among(every)
    }
    assert found == {
        (one.place, other.place): disputed(one, other, all_flags)
        for one, other in combinations(every, 2)
        if not both_change(one, other) and disputed(one, other, all_flags)
    }


@given(entries(), flags())
def test_they_are_the_same_from_either_side(
    every: list[Entry], all_flags: Mapping[str, CompiledFlag]
) -> None:
    conflicts = Conflicts(all_flags)
    pairs = [conflicts.between(one, other) for one, other in combinations(every, 2)]
    assert pairs == [conflicts.between(other, one) for one, other in combinations(every, 2)]
    among = list(conflicts.among(every))
    assert sorted(among, key=_places) == sorted(filter(None, pairs), key=_places)
    assert [each.second.place for each in among] == sorted(each.second.place for each in among)


def _places(conflict: Conflict) -> object:
    return (conflict.first.place, conflict.second.place)


@given(entries(), flags())
def test_what_wins_is_what_players_get(
    every: list[Entry], all_flags: Mapping[str, CompiledFlag]
) -> None:
    for each in Conflicts(all_flags).among(every):
        assert each.start_us == each.second.start_us
        assert each.start_us < each.end_us
        assert each.reason
        change = next((e for e in (each.first, each.second) if e.plan.kind not in TYPES), None)
        if change is None:
            assert each.kind is ConflictKind.OVERLAP
            assert in_order([_override(each.first), _override(each.second)])[-1] == _override(
                each.wins
            )
            continue
        on = all_flags[change.plan.name].state_at(change.start_us).enabled
        assert each.kind is (ConflictKind.HIDDEN_CHANGE if on else ConflictKind.SWITCHED_OFF)
        assert (each.wins is change) is not on


def _override(entry: Entry) -> Override:
    plan = entry.plan
    return Override(TYPES[plan.kind], plan.name, "", "", plan.defined_us)
