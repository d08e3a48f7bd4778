"""What a change can reach: never less than it does, and little more."""

import random
from collections.abc import Mapping, Sequence

import msgspec
import pytest

from matsuri.audiences.membership import Memberships
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition, Target
from matsuri.definitions.model import Catalog, Definition
from matsuri.enrolments.model import Enrolment, Enrolments, Part
from matsuri.experiments.model import EXCLUSION_GROUP_KIND, ExclusionGroup
from matsuri.filters.limits import DEFAULT_LIMITS
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.flags.resolve import resolve
from matsuri.live_events.model import FlagOverride, Schedule
from matsuri.planning.affected import Difference, difference
from matsuri.planning.impact import Question
from matsuri.planning.worlds import compile_world
from tests.unit.planning.plans import (
    HOUR_S,
    KINDS,
    NOW_S,
    NOW_US,
    experiment,
    live_event,
    phase,
    world,
)

ON = Schedule(start_time_sec=NOW_S - HOUR_S, end_time_sec=NOW_S + HOUR_S)
NAMES = [f"a{number}" for number in range(5)]
FLAGS = [f"f{number}" for number in range(6)]


def audience(name: str, text: str) -> Definition[object]:
    body = AudienceDefinition(filter=text)
    return Definition(id=f"id of {name}", kind=AUDIENCE_KIND, name=name, body=body)


def flag(name: str, value: str = "usual", **variants: str) -> Definition[object]:
    body = FlagDefinition(
        value=value,
        variants=tuple(
            Variant(name=each, value=text, audiences=(each,)) for each, text in variants.items()
        ),
    )
    return Definition(id=f"id of {name}", kind=FLAG_KIND, name=name, body=body)


def group(name: str) -> Definition[object]:
    return Definition(
        id=f"id of {name}", kind=EXCLUSION_GROUP_KIND, name=name, body=ExclusionGroup()
    )


def running(name: str, *flags: str, **fields: object) -> Definition[object]:
    return experiment(name, [phase(name, NOW_S - HOUR_S, NOW_S + HOUR_S, *flags)], **fields)


def on(name: str, *flags: str, **fields: object) -> Definition[object]:
    values = tuple(FlagOverride(flag=each, value=name) for each in flags)
    return live_event(name, schedule=ON, flags=values, **fields)


def catalog(*definitions: Definition[object]) -> Catalog:
    return Catalog(KINDS, definitions)


BASE = (
    audience("low", 'PropertiesCustom("level", 0) < 10'),
    audience("nested", 'Audience("low")'),
    audience("other", "true"),
    flag("f0", low="x"),
    flag("f1", nested="y"),
    flag("f2", other="z"),
    flag("f3"),
    flag("f4"),
    running("e0", "f3", audiences=("nested",), exclusion_group="g"),
    running("e1", "f4", exclusion_group="g"),
    on("l0", "f4", audiences=("low",)),
    group("g"),
)


def change(*changed: Definition[object], without: Sequence[str] = ()) -> Difference:
    names = {each.name for each in changed}.union(without)
    after = [*(each for each in BASE if each.name not in names), *changed]
    return difference(catalog(*BASE), catalog(*after))


def kept(found: Catalog) -> set[str]:
    return {each.name for each in found.all() if not each.locked}


def test_an_audience_reaches_all_that_refers_to_it() -> None:
    found = change(audience("low", "true"))
    assert found.affected.flags == {"f0", "f1", "f3", "f4"}
    assert found.affected.experiments == {"id of e0"}
    assert found.affected.live_events == {"id of l0"}
    assert kept(found.after) == {each.name for each in BASE} - {"other", "f2"}
    assert found.gates == ("low",)
    assert not found.same_audiences


def test_a_flag_reaches_nothing_but_itself_and_is_decided_by_what_overrides_it() -> None:
    found = change(flag("f3", "new"))
    assert found.affected.flags == {"f3"}
    assert not found.affected.experiments
    # The others of its group say who is in an experiment.
    assert kept(found.before) == {"f3", "e0", "e1", "g", "nested", "low"}
    assert found.same_audiences
    assert found.gates == ()


def test_an_experiment_reaches_the_others_of_its_group() -> None:
    found = change(running("e1", "f4", exclusion_group="g", hypothesis="another"))
    assert found.affected.experiments == {"id of e0", "id of e1"}
    assert found.affected.flags == {"f3", "f4"}


def test_what_comes_and_goes() -> None:
    found = change(flag("new"), without=["f2"])
    assert found.affected.flags == {"new", "f2"}
    found = change(without=["l0"])
    assert found.affected.live_events == {"id of l0"}
    assert found.affected.flags == {"f4"}


def test_nothing_is_reached_by_what_is_the_same() -> None:
    assert change().affected.nothing
    assert change(msgspec.structs.replace(BASE[0])).affected.nothing


def test_limited_places_are_looked_at_for_everybody() -> None:
    few = on("l0", "f4", audiences=("low",), participants_max=3)
    before = catalog(*(each for each in BASE if each.name != "l0"), few)
    after = before.with_changed(audience("low", "true"))
    assert difference(before, after).gates == ()


def a_filter(chance: random.Random, names: Sequence[str]) -> str:
    pieces = [f'PropertiesCustom("level", 0) < {chance.randrange(40)}']
    pieces += [f'Audience("{each}")' for each in names]
    first, second = chance.choice(pieces), chance.choice(pieces)
    return f"{first} {chance.choice(['and', 'or', 'and not'])} {second}"


def some(chance: random.Random, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(chance.sample(names, chance.randrange(3))))


def a_world(chance: random.Random) -> dict[str, Definition[object]]:
    """Definitions that refer to each other at random."""
    every = [audience(name, a_filter(chance, NAMES[:n])) for n, name in enumerate(NAMES)]
    every += [
        flag(
            name,
            chance.choice("uvw"),
            **{each: chance.choice("xyz") for each in some(chance, NAMES)},
        )
        for name in FLAGS
    ]
    every.append(group("g"))
    for number in range(3):
        every.append(
            running(
                f"e{number}",
                *some(chance, FLAGS),
                audiences=some(chance, NAMES),
                exclude_audiences=some(chance, NAMES),
                exclusion_group=chance.choice(["", "g"]),
                exclusion_from_permille=300 * number,
                exclusion_to_permille=300 * number + 300,
                launched=chance.random() < 0.8,
            )
        )
        every.append(
            on(
                f"l{number}",
                *some(chance, FLAGS),
                audiences=some(chance, NAMES),
                exclude_audiences=some(chance, NAMES),
                sticky_membership=chance.random() < 0.5,
                draft=chance.random() < 0.2,
            )
        )
    return {each.name: each for each in every}


def a_player(chance: random.Random, number: int) -> Target:
    parts = [
        Part(f"id of e{chance.randrange(3)}", f"id of e{chance.randrange(3)}") for _ in range(2)
    ]
    held = {each: Enrolment(part=each, enrolled_us=NOW_US, variant="only") for each in parts}
    return Target(
        identity_id=f"player-{number}",
        sample_key=f"player-{number}",
        created_s=NOW_S,
        updated_s=NOW_S,
        default={},
        custom={"level": str(chance.randrange(40))},
        computed={},
        enrolments=Enrolments(held if chance.random() < 0.5 else {}),
    )


def values(definitions: Mapping[str, Definition[object]], target: Target) -> dict[str, str]:
    """Every flag of a player, by all definitions there are."""
    whole = world(*definitions.values())
    player = Memberships(whole.audiences, target, NOW_US)
    found = resolve(whole.flags, whole.sources, player).flags
    return {name: each.override.value for name, each in found.items()}


@pytest.mark.parametrize("seed", range(150))
def test_what_is_left_out_decides_nothing(seed: int) -> None:
    chance = random.Random(seed)
    before, other = a_world(chance), a_world(chance)
    after = dict(before)
    for name in chance.sample(sorted(before), chance.choice([1, 1, 2])):
        if chance.random() < 0.15 and name in FLAGS:
            del after[name]
        else:
            after[name] = other[name]
    parts = difference(catalog(*before.values()), catalog(*after.values()))
    old, new = (
        compile_world(each, limits=DEFAULT_LIMITS, ready=lambda _window: True)
        for each in (parts.before, parts.after)
    )
    if parts.same_audiences:
        new = new._replace(audiences=old.audiences)
    question = Question(old, new, parts.affected, NOW_US, gates=parts.gates)
    for number in range(8):
        target = a_player(chance, number)
        was, comes = values(before, target), values(after, target)
        expected = {
            name: (was.get(name), comes.get(name))
            for name in was.keys() | comes.keys()
            if was.get(name) != comes.get(name)
        }
        found = {
            each.flag: (
                None if each.before is None else each.before.value,
                None if each.after is None else each.after.value,
            )
            for each in question.changes(target).flags
        }
        assert found == expected
