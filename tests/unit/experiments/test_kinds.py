"""What makes experiments and their groups wrong, field by field."""

from typing import Any

import pytest

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Catalog, Definition, Kind, catalog_of
from matsuri.events.kinds import taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.experiments.kinds import ExperimentLimits, experiment_kinds
from matsuri.experiments.model import EXPERIMENT_KIND, HOLDOUT_GROUP_KIND, PhaseVariant
from matsuri.flags.kinds import FlagLimits, flag_kind
from matsuri.flags.model import FLAG_KIND, FlagDefinition
from tests.unit.experiments.worlds import (
    DAY_S,
    HALVES,
    NOW_S,
    exclusion_group,
    experiment,
    holdout_group,
    phase,
    variant,
)

LIMITS = ExperimentLimits(
    value_bytes_max=20,
    phases_max=2,
    variants_max=3,
    flags_max=2,
    audiences_max=2,
    metrics_max=2,
)
KINDS: dict[str, Kind[Any]] = {each.name: each for each in experiment_kinds(LIMITS)}
KIND = KINDS[EXPERIMENT_KIND]
SHOP: Definition[Any] = Definition(
    id="id of shop", kind=FLAG_KIND, name="shop", body=FlagDefinition(value="red")
)
COUNT: Definition[Any] = Definition(
    id="id of count",
    kind=FLAG_KIND,
    name="count",
    body=FlagDefinition(value="1", validator="Number"),
)


def catalog(*others: Definition[Any]) -> Catalog:
    """Two flags, the core validators, and these."""
    audience = Kind(
        name=AUDIENCE_KIND,
        body_type=AudienceDefinition,
        check=lambda *_: [],
        references=lambda _: (),
    )
    taxonomy = taxonomy_kinds(packs=(), limits=SchemaLimits())
    kinds = [*taxonomy, audience, flag_kind(limits=FlagLimits()), *KINDS.values()]
    return catalog_of({each.name: each for each in kinds}, [SHOP, COUNT, *others], version=1)


def wrong(definition: Definition[Any], *others: Definition[Any]) -> list[str]:
    """The fields that are wrong, one for each problem."""
    return [each.field for each in KIND.check(definition, catalog(*others))]


def with_variants(*variants: PhaseVariant) -> Definition[Any]:
    return experiment("e", phase(variants=variants))


def test_a_whole_experiment_is_right() -> None:
    definition = experiment(
        "My experiment 1",
        phase("QA", -DAY_S, 0, audiences=("qa",), goal_metrics=("revenue",)),
        phase("all", 0, DAY_S, participants_max=5, admission_deadline_time_sec=NOW_S + 9),
        description="d",
        hypothesis="h",
        goal_metrics=("a", "b"),
        audiences=("one", "two"),
    )
    assert wrong(definition) == []
    assert wrong(experiment("e", launched=False)) == []


@pytest.mark.parametrize("name", ["", " a", "a ", "a/b", "..", "x" * 65, "é"])
def test_bad_names(name: str) -> None:
    assert wrong(experiment(name)) == ["name"]
    for kind, group in ((KINDS[HOLDOUT_GROUP_KIND], holdout_group(name, 0)),):
        assert [each.field for each in kind.check(group, catalog())] == ["name"]


@pytest.mark.parametrize(
    ("permille", "is_wrong"), [(-1, True), (0, False), (1000, False), (1001, True)]
)
def test_a_holdout_is_a_part_of_all(permille: int, is_wrong: bool) -> None:
    found = KINDS[HOLDOUT_GROUP_KIND].check(holdout_group("h", permille), catalog())
    assert [each.field for each in found] == ["holdout_permille"] * is_wrong


def test_lists_have_limits() -> None:
    three = ("a", "b", "c")
    values = dict.fromkeys(three, "v")
    assert wrong(experiment("e", *(phase(each) for each in three))) == ["phases"]
    assert wrong(experiment(goal_metrics=three)) == ["goal_metrics"]
    assert wrong(experiment(audiences=three)) == ["audiences"]
    assert wrong(experiment("e", phase(exclude_audiences=three))) == ["phases[0].exclude_audiences"]
    assert wrong(with_variants(*HALVES, *HALVES)) == ["phases[0].variants"]
    assert wrong(with_variants(variant("a", 1000, **values))) == ["phases[0].variants[0].flags"]


def test_lists_have_nothing_twice_and_no_bad_names() -> None:
    assert wrong(experiment(audiences=("a", "a"))) == ["audiences[1]"]
    assert wrong(experiment(monitor_metrics=("a", "a"))) == ["monitor_metrics[1]"]
    assert wrong(experiment(goal_metrics=("a/b",))) == ["goal_metrics[0]"]
    two = experiment("e", phase("a", -9, -5), phase("a", 5, 9, id="id of b"))
    assert wrong(two) == ["phases[1].name"]
    same = experiment("e", phase("a", -9, -5), phase("b", 5, 9, id="id of a"))
    assert wrong(same) == ["phases[1].id"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"end": -DAY_S}, "end_time_sec"),
        ({"name": " x"}, "name"),
        ({"participants_max": -1}, "participants_max"),
        ({"ended_time_sec": -1}, "ended_time_sec"),
        ({"admission_deadline_time_sec": NOW_S - DAY_S}, "admission_deadline_time_sec"),
        ({"admission_deadline_time_sec": NOW_S + DAY_S + 1}, "admission_deadline_time_sec"),
        ({"description": "x" * 2001}, "description"),
        ({"variants": ()}, "variants"),
    ],
)
def test_bad_phases(fields: dict[str, Any], field: str) -> None:
    assert wrong(experiment("e", phase(**fields))) == [f"phases[0].{field}"]


def test_phases_never_overlap() -> None:
    assert wrong(experiment("e", phase("a", 0, 10), phase("b", 10, 20))) == []
    assert wrong(experiment("e", phase("a", 0, 11), phase("b", 10, 20))) == [
        "phases[1].start_time_sec"
    ]
    ended = phase("a", 0, 11, ended_time_sec=NOW_S + 10)
    assert wrong(experiment("e", ended, phase("b", 10, 20))) == []


def test_weights_add_up() -> None:
    assert wrong(with_variants(variant("a", 1000), variant("b", 0))) == []
    assert wrong(with_variants(variant("a", 999))) == ["phases[0].variants"]
    assert wrong(with_variants(variant("a", 1001), variant("b", -1))) == [
        "phases[0].variants[0].weight_permille",
        "phases[0].variants[1].weight_permille",
    ]
    assert wrong(with_variants(variant("a", 500), variant("a", 500))) == [
        "phases[0].variants[1].name"
    ]


def test_values_are_those_that_their_flags_may_have() -> None:
    assert wrong(with_variants(variant("a", 1000, shop="x", count="2.5"))) == []
    assert wrong(with_variants(variant("a", 1000, count="many"))) == [
        "phases[0].variants[0].flags[0].value"
    ]
    assert wrong(with_variants(variant("a", 1000, shop="x" * 21))) == [
        "phases[0].variants[0].flags[0].value"
    ]
    assert wrong(with_variants(PhaseVariant(name="a", weight_permille=1000, value="\ud800"))) == [
        "phases[0].variants[0].value"
    ]


def test_exclusion_ranges_are_ranges() -> None:
    def at(first: int, last: int) -> list[str]:
        return wrong(experiment(exclusion_from_permille=first, exclusion_to_permille=last))

    assert at(0, 1000) == at(999, 1000) == []
    assert at(-1, 5) == ["exclusion_from_permille"]
    assert at(5, 5) == at(5, 1001) == ["exclusion_to_permille"]


def test_who_shares_places_of_an_exclusion_group_does_not_run_at_the_same_time() -> None:
    group = exclusion_group("x")
    first = experiment("one", exclusion_group="x", exclusion_to_permille=500)

    def second(*phases: Any, start: int = 499, **fields: Any) -> Definition[Any]:
        fields = {"exclusion_group": "x", "exclusion_from_permille": start, **fields}
        return experiment("two", *phases, **fields)

    assert wrong(second(), group, first) == ["exclusion_from_permille"]
    assert wrong(second(start=500), group, first) == []
    assert wrong(second(phase(start=DAY_S, end=2 * DAY_S)), group, first) == []
    assert wrong(second(launched=False), group, first) == []
    assert wrong(second(archived=True), group, first) == []
    assert wrong(second(exclusion_group=""), group, first) == []


def test_a_launched_experiment_has_phases() -> None:
    empty = experiment("e", phase())
    body = type(empty.body)(launched=True)
    definition = Definition(id="i", kind=EXPERIMENT_KIND, name="e", body=body)
    assert wrong(definition) == ["phases"]


def test_references_name_all_that_is_used_and_archived_ones_nothing() -> None:
    fields: dict[str, Any] = {
        "labels": ("l",),
        "audiences": ("a",),
        "exclusion_group": "x",
        "holdout_group": "h",
    }
    one = experiment("e", phase(exclude_audiences=("b",)), **fields)
    assert {(each.kind, each.name, each.field) for each in KIND.references(one.body)} == {
        ("label", "l", "labels[0]"),
        ("audience", "a", "audiences[0]"),
        ("audience", "b", "phases[0].exclude_audiences[0]"),
        ("exclusion_group", "x", "exclusion_group"),
        ("holdout_group", "h", "holdout_group"),
        ("flag", "shop", "phases[0].variants[1].flags[0].flag"),
    }
    archived = experiment("e", archived=True, **fields)
    assert list(KIND.references(archived.body)) == []
