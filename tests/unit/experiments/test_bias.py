"""What biases running phases from outside of their experiments, and that it is noted."""

from typing import Any

import msgspec
import pytest

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Catalog, Changed, Definition, Edit, Kind, Reference
from matsuri.errors import FailedPrecondition
from matsuri.experiments.bias import BIAS_NOTES_MAX, biased_by
from matsuri.experiments.model import BiasNote, ExperimentDefinition
from matsuri.flags.kinds import FlagLimits, flag_kind
from matsuri.flags.model import FLAG_KIND, FlagDefinition, ScheduledChange, Variant
from tests.unit.experiments.worlds import (
    DAY_S,
    KINDS,
    NOW_S,
    NOW_US,
    exclusion_group,
    experiment,
    holdout_group,
    phase,
    variant,
)

EDIT = Edit(NOW_US, "user:somebody", "because")
FORCED = EDIT._replace(forced=True)
BOTH_GIVE = (variant("control", 500, shop="red"), variant("test", 500, shop="blue"))


def audience(name: str, filter_text: str = "true", *inside: str) -> Definition[AudienceDefinition]:
    """An audience; those ``inside`` stand in its labels, which spares the tests a parser."""
    return Definition(
        id=f"id of {name}",
        kind=AUDIENCE_KIND,
        name=name,
        body=AudienceDefinition(filter=filter_text, labels=inside),
    )


def flag(**fields: Any) -> Definition[FlagDefinition]:
    return Definition(
        id="id of shop", kind=FLAG_KIND, name="shop", body=FlagDefinition(**{"value": "x"} | fields)
    )


AUDIENCES = Kind(
    name=AUDIENCE_KIND,
    body_type=AudienceDefinition,
    check=lambda *_: [],
    references=lambda body: [Reference(AUDIENCE_KIND, name) for name in body.labels],
)
ALL_KINDS = {**KINDS, AUDIENCE_KIND: AUDIENCES, FLAG_KIND: flag_kind(limits=FlagLimits())}


def notes_of(
    before: Definition[Any], after: Definition[Any], *others: Definition[Any], edit: Edit = EDIT
) -> dict[str, tuple[BiasNote, ...]]:
    """What each experiment has noted by a change."""
    catalog = Catalog(ALL_KINDS, [before, *others])
    return {
        each.name: each.body.bias_notes for each in biased_by(Changed(before, after, catalog), edit)
    }


def test_a_holdout_of_another_size_is_refused_or_noted_by_all_that_run() -> None:
    before, after = holdout_group("h", 100), holdout_group("h", 200)
    in_group = [
        experiment("one", holdout_group="h"),
        experiment("two", holdout_group="h"),
        experiment("to come", phase(start=5), holdout_group="h"),
        experiment("over", phase(end=-5), holdout_group="h"),
        experiment("draft", holdout_group="h", launched=False),
        experiment("free"),
    ]
    with pytest.raises(FailedPrecondition, match="would be biased") as refused:
        notes_of(before, after, *in_group)
    (told,) = refused.value.details
    assert (told["field"], told["experiment"]) == ("holdout_permille", "one")
    note = BiasNote(
        at_time_sec=NOW_S,
        changed_by="user:somebody",
        phase="id of first",
        fields=("holdout_permille",),
        note="because",
        kind="holdout_group",
        name="h",
    )
    assert notes_of(before, after, *in_group, edit=FORCED) == {"one": (note,), "two": (note,)}
    assert notes_of(before, after, *in_group[2:]) == {}


def test_what_is_said_of_a_group_biases_nothing() -> None:
    for before in (holdout_group("g", 100), exclusion_group("g")):
        body = msgspec.structs.replace(before.body, description="another")
        after = msgspec.structs.replace(before, body=body)
        running = experiment("e", holdout_group="g", exclusion_group="g")
        assert notes_of(before, after, running) == {}


@pytest.mark.parametrize(
    ("of_experiment", "of_phase", "is_noted"),
    [
        ({"audiences": ("fans",)}, {}, True),
        ({"exclude_audiences": ("fans",)}, {}, True),
        ({}, {"audiences": ("fans",)}, True),
        ({"audiences": ("all fans",)}, {}, True),
        ({"audiences": ("everybody",)}, {}, True),
        ({"audiences": ("fans",)}, {"audiences": ()}, False),
        ({"audiences": ("others",)}, {}, False),
        ({}, {}, False),
    ],
)
def test_another_filter_is_noted_where_it_decides_who_comes_in(
    of_experiment: dict[str, Any], of_phase: dict[str, Any], is_noted: bool
) -> None:
    before, after = audience("fans"), audience("fans", "false")
    others = [
        audience("all fans", "x", "fans"),
        audience("everybody", "x", "all fans"),
        audience("others"),
    ]
    running = experiment("e", phase(**of_phase), **of_experiment)
    found = notes_of(before, after, *others, running)
    assert {name: each[0].fields for name, each in found.items()} == (
        {"e": ("filter",)} if is_noted else {}
    )


def test_what_is_said_of_an_audience_biases_nothing() -> None:
    before, running = audience("fans"), experiment("e", audiences=("fans",))
    body = msgspec.structs.replace(before.body, description="another")
    assert notes_of(before, msgspec.structs.replace(before, body=body), running) == {}


SOON = NOW_S + 5
ON_SOON = ScheduledChange(at_time_sec=SOON, enabled=True)


@pytest.mark.parametrize(
    ("fields", "by_controls", "by_all"),
    [
        ({"value": "y"}, ["value"], []),
        ({"variants": (Variant(name="v"),)}, ["variants"], []),
        ({"schedule": (ScheduledChange(at_time_sec=SOON, value="y"),)}, ["schedule"], []),
        ({"schedule": (ON_SOON,)}, ["schedule"], ["schedule"]),
        ({"enabled": False}, ["enabled"], ["enabled"]),
        ({"enabled": False, "value": "y"}, ["enabled", "value"], ["enabled"]),
        ({"description": "another"}, [], []),
        ({"labels": ("l",)}, [], []),
    ],
)
def test_a_flag_is_noted_where_it_changes_what_participants_have(
    fields: dict[str, Any], by_controls: list[str], by_all: list[str]
) -> None:
    plain = experiment("control has the flag's own")
    each_its_own = experiment("each gives a value", phase(variants=BOTH_GIVE))
    of_others = experiment("other flag", phase(variants=(variant("control", 1000, other="x"),)))
    found = notes_of(flag(), flag(**fields), plain, each_its_own, of_others)
    expected = {plain.name: by_controls, each_its_own.name: by_all}
    assert {name: list(each[0].fields) for name, each in found.items()} == {
        name: each for name, each in expected.items() if each
    }


def test_what_a_schedule_has_done_already_is_no_change() -> None:
    scheduled = flag(schedule=(ScheduledChange(at_time_sec=NOW_S - 5, value="y"),))
    assert notes_of(scheduled, flag(value="y"), experiment()) == {}
    assert notes_of(scheduled, flag(value="x"), experiment()).keys() == {"e"}


def test_notes_come_after_those_that_are_there_and_the_oldest_go() -> None:
    old = tuple(
        BiasNote(at_time_sec=number, changed_by="a", phase="b", fields=("variants",))
        for number in range(BIAS_NOTES_MAX)
    )
    running = experiment("e", phase(end=DAY_S), bias_notes=old)
    (notes,) = notes_of(flag(), flag(value="y"), running).values()
    assert notes[:-1] == old[1:]
    assert notes[-1].kind == FLAG_KIND


def test_nothing_else_is_looked_at() -> None:
    before: Definition[ExperimentDefinition] = experiment("other")
    assert notes_of(before, experiment("other", description="x"), experiment()) == {}
