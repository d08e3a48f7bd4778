"""Small worlds of audiences, flags, players and other sources of values, to resolve flags in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st

from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import Entry, Listing, Target
from matsuri.definitions.model import Definition
from matsuri.filters.compile import compile_filter
from matsuri.flags.compile import FlagSet, compile_flag
from matsuri.flags.model import (
    FLAG_KIND,
    Candidate,
    FlagDefinition,
    Override,
    OverrideType,
    ScheduledChange,
    SourceAnswer,
    Variant,
)
from matsuri.kit.clock import MICROSECONDS

NOW_S = 1_700_000_000
NOW_US = NOW_S * MICROSECONDS
SPAN_S = 100

FILTERS = {
    "all": "true",
    "none": "false",
    "high": 'PropertiesCustom("level", 0) > 5',
    "new": f'Now() - createTime < Duration("{SPAN_S}s")',
    "old": f'Now() - createTime >= Duration("{SPAN_S // 2}s")',
    "high and new": 'Audience("high") and Audience("new")',
    "half": "Sample(50)",
    "listed": "",
}
AUDIENCES = AudienceSet(
    {
        name: Audience(f"id of {name}", name, compile_filter(text) if text else None)
        for name, text in FILTERS.items()
    }
)
FLAG_NAMES = ("a", "b", "c")


def flag(name: str = "a", *, created_us: int = 0, **body: object) -> Definition[FlagDefinition]:
    return Definition(
        id=f"id of {name}",
        kind=FLAG_KIND,
        name=name,
        body=FlagDefinition(**body),  # type: ignore[arg-type] # the fields of a flag
        created_us=created_us,
    )


def flag_set(*definitions: Definition[FlagDefinition]) -> FlagSet:
    return FlagSet({each.name: compile_flag(each) for each in definitions})


def target(**fields: object) -> Target:
    usual = {"identity_id": "player-1", "created_s": NOW_S - 40, "updated_s": NOW_S}
    maps: dict[str, Mapping[str, str]] = {"default": {}, "custom": {}, "computed": {}}
    given = {**usual, **maps, **fields}
    given.setdefault("sample_key", given["identity_id"])
    return Target(**given)  # type: ignore[arg-type] # the fields of a target


def player(now_us: int = NOW_US, **fields: object) -> Memberships:
    return Memberships(AUDIENCES, target(**fields), now_us)


class Given(NamedTuple):
    """What a fake source has for those in an audience, from one instant until another."""

    flag: str
    override: Override
    audience: str
    from_us: int
    until_us: int

    def holds(self, player: Memberships) -> bool:
        is_time = self.from_us <= player.now_us < self.until_us
        return is_time and player.in_audience(self.audience)


class FakeSource:
    """Experiments or live events, as far as flags know them."""

    def __init__(self, given: Sequence[Given] = ()) -> None:
        self.given = given

    def overrides(self, player: Memberships) -> SourceAnswer:
        found: dict[str, list[Override]] = {}
        for each in self.given:
            if each.holds(player):
                found.setdefault(each.flag, []).append(each.override)
        edges = [time for each in self.given for time in (each.from_us, each.until_us)]
        return SourceAnswer(found, min((t for t in edges if t > player.now_us), default=None))

    def candidates(self, player: Memberships) -> Mapping[str, Iterable[Candidate]]:
        found: dict[str, list[Candidate]] = {}
        for each in self.given:
            candidate = Candidate(
                override=each.override,
                applies=each.holds(player),
                audiences=(player.why(each.audience),),
            )
            found.setdefault(each.flag, []).append(candidate)
        return found


_audience_names = st.sampled_from(list(FILTERS))
_times_s = st.integers(NOW_S - SPAN_S, NOW_S + SPAN_S)
_instants_us = st.integers((NOW_S - SPAN_S) * MICROSECONDS, (NOW_S + SPAN_S) * MICROSECONDS)
_values = st.sampled_from(["0", "1", "2"])
_percents = st.one_of(st.sampled_from([0.0, 100.0]), st.floats(0, 100))


@st.composite
def variant_lists(draw: st.DrawFn) -> tuple[Variant, ...]:
    return tuple(
        Variant(
            name=f"variant {index}",
            value=draw(_values),
            audiences=tuple(draw(st.lists(_audience_names, max_size=2, unique=True))),
            rollout_percent=draw(_percents),
        )
        for index in range(draw(st.integers(0, 3)))
    )


@st.composite
def _schedules(draw: st.DrawFn) -> tuple[ScheduledChange, ...]:
    return tuple(
        ScheduledChange(
            at_time_sec=time,
            value=draw(st.none() | _values),
            enabled=draw(st.none() | st.booleans()),
            variants=draw(st.none() | variant_lists()),
        )
        for time in sorted(draw(st.lists(_times_s, max_size=3, unique=True)))
    )


@st.composite
def flag_sets(draw: st.DrawFn) -> FlagSet:
    return flag_set(
        *(
            flag(
                name,
                created_us=draw(st.integers(0, 2)),
                value=draw(_values),
                enabled=draw(st.booleans()),
                variants=draw(variant_lists()),
                schedule=draw(st.just(()) | _schedules()),
                labels=("x",),
            )
            for name in draw(st.lists(st.sampled_from(FLAG_NAMES), unique=True))
        )
    )


@st.composite
def sources(draw: st.DrawFn) -> list[FakeSource]:
    """Few names and few times of definition, so that ties come."""
    given = st.builds(
        Given,
        flag=st.sampled_from((*FLAG_NAMES, "of no flag")),
        override=st.builds(
            Override,
            type=st.sampled_from(list(OverrideType)[2:]),
            name=st.sampled_from(["one", "two"]),
            variant_name=st.sampled_from(["", "v"]),
            value=st.uuids().map(str),
            defined_us=st.integers(0, 2),
        ),
        audience=_audience_names,
        from_us=_instants_us,
        until_us=_instants_us,
    )
    return [FakeSource(each) for each in draw(st.lists(st.lists(given, max_size=4), max_size=2))]


@st.composite
def targets(draw: st.DrawFn) -> Target:
    identity_id = draw(st.sampled_from([f"player-{number}" for number in range(20)]))
    entries = st.builds(
        Entry,
        audience_id=_audience_names.map("id of {}".format),
        listing=st.sampled_from(Listing),
        identity_id=st.just(identity_id),
        until_us=st.just(0) | _instants_us,
    )
    return target(
        identity_id=identity_id,
        created_s=draw(_times_s),
        custom={"level": draw(st.sampled_from(["1", "9", "none"]))},
        entries=draw(st.lists(entries, max_size=3)),
    )


class World(msgspec.Struct, frozen=True):
    flags: FlagSet
    sources: list[FakeSource]
    target: Target
    now_us: int

    def player(self, now_us: int | None = None) -> Memberships:
        return Memberships(AUDIENCES, self.target, self.now_us if now_us is None else now_us)


worlds = st.builds(
    World, flags=flag_sets(), sources=sources(), target=targets(), now_us=_instants_us
)
