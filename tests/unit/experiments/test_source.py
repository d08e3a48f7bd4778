"""What experiments give players: who gets in, what sticks, and that all ways of asking agree."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from matsuri.enrolments.model import Enrolment, Part
from matsuri.experiments.model import SplitKey
from matsuri.experiments.source import (
    FULL,
    HELD_OUT,
    IN_ANOTHER,
    LOCKED,
    NOT_IN_AUDIENCES,
    OUTSIDE_SHARE,
    PAST_DEADLINE,
    VARIANT_GONE,
)
from matsuri.flags.model import OverrideType
from matsuri.kit.clock import MICROSECONDS
from tests.unit.experiments.worlds import (
    DAY_S,
    NOW_S,
    NOW_US,
    admitted,
    exclusion_group,
    experiment,
    experiments,
    holdout_group,
    names,
    phase,
    player,
    variant,
    variants_of,
)

FIRST = Part("id of e", "id of first")
ALL_TEST = (variant("control", 0), variant("test", 1000, shop="blue"))


def problem_of(source: object, who: object) -> str:
    (placement,) = source.placements(who)  # type: ignore[attr-defined] # an ExperimentSet
    return str(placement.problem)


def test_where_nothing_is_to_come_time_changes_nothing() -> None:
    assert experiments().overrides(player()).changes_at_us is None
    over = experiments(experiment()).overrides(player(now_s=NOW_S + 2 * DAY_S))
    assert over.changes_at_us is None


def test_a_participant_has_the_values_of_the_variant() -> None:
    answer = experiments(experiment("e", phase(variants=ALL_TEST), created_us=7)).overrides(
        player()
    )
    (override,) = answer.overrides["shop"]
    assert override.type is OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG
    assert (override.name, override.variant_name) == ("e", "test")
    assert (override.value, override.defined_us) == ("blue", 7)
    (admission,) = answer.admissions
    assert admission.part == FIRST
    assert admission.variant == "test"
    assert admission.flags == {"shop"}
    assert answer.changes_at_us == (NOW_S + DAY_S) * MICROSECONDS


def test_a_control_without_values_changes_nothing_and_takes_part() -> None:
    variants = (variant("control", 1000), variant("test", 0, shop="blue"))
    answer = experiments(experiment("e", phase(variants=variants))).overrides(player())
    assert answer.overrides == {}
    assert [each.variant for each in answer.admissions] == ["control"]


def test_drafts_ended_and_archived_experiments_and_coming_phases_give_nothing() -> None:
    for definition in (
        experiment("e", launched=False),
        experiment("e", archived=True),
        experiment("e", phase(start=-2, end=0)),
        experiment("e", phase(start=1, end=2)),
        experiment("e", phase(ended_time_sec=NOW_S)),
    ):
        assert experiments(definition).placements(player()) == []


def test_what_keeps_players_out_is_told() -> None:
    deadline = phase(admission_deadline_time_sec=NOW_S)
    assert problem_of(experiments(experiment("e", phase(locked=True))), player()) == LOCKED
    assert problem_of(experiments(experiment("e", deadline)), player()) == PAST_DEADLINE
    assert problem_of(experiments(experiment()), player(full=[FIRST])) == FULL
    source = experiments(experiment("e", audiences=("none", "high")))
    assert problem_of(source, player()) == NOT_IN_AUDIENCES
    assert problem_of(source, player(level=6)) == ""
    source = experiments(experiment("e", exclude_audiences=("high",)))
    assert "'high'" in problem_of(source, player(level=6))
    group = holdout_group("g", 1000)
    source = experiments(group, experiment("e", holdout_group="g"))
    assert problem_of(source, player()) == HELD_OUT


def test_a_phase_may_have_its_own_audiences() -> None:
    source = experiments(experiment("e", phase(audiences=("high",)), audiences=("none",)))
    assert problem_of(source, player()) == NOT_IN_AUDIENCES
    assert problem_of(source, player(level=6)) == ""
    everybody = experiments(experiment("e", phase(audiences=()), audiences=("none",)))
    assert problem_of(everybody, player()) == ""


@given(names, st.booleans(), st.integers(0, 10), st.integers(-DAY_S, DAY_S - 1))
def test_a_place_sticks_for_the_phase_whatever_becomes_of_the_player(
    name: str, full: bool, level: int, later_s: int
) -> None:
    limited = phase(
        locked=True, admission_deadline_time_sec=NOW_S - 1, variants=ALL_TEST, participants_max=1
    )
    source = experiments(
        holdout_group("h", 1000),
        exclusion_group("x"),
        experiment(
            "e",
            limited,
            audiences=("none",),
            exclude_audiences=("all",),
            holdout_group="h",
            exclusion_group="x",
            exclusion_to_permille=1,
        ),
    )
    held = Enrolment(part=FIRST, enrolled_us=NOW_US, variant="control")
    who = player(name, level=level, held=[held], full=[FIRST] * full, now_s=NOW_S + later_s)
    assert variants_of(source, who) == {"e": "control"}
    assert source.overrides(who).admissions == []


def test_a_variant_that_is_gone_gives_nothing() -> None:
    held = Enrolment(part=FIRST, enrolled_us=NOW_US, variant="gone")
    assert problem_of(experiments(experiment()), player(held=[held])) == VARIANT_GONE


@given(names)
def test_what_is_told_before_the_place_sticks_is_what_is_told_after(name: str) -> None:
    source = experiments(experiment("one"), experiment("two", audiences=("half",)))
    before = source.overrides(player(name))
    after = source.overrides(player(name, held=map(admitted, before.admissions)))
    assert after.overrides == before.overrides
    assert after.admissions == []


@given(names, st.permutations(["one", "two", "three"]))
def test_the_order_of_definitions_does_not_matter(name: str, order: list[str]) -> None:
    definitions = {each: experiment(each, created_us=index) for index, each in enumerate(order)}
    source = experiments(*(definitions[each] for each in order))
    assert variants_of(source, player(name)) == {
        each: variants_of(experiments(definitions[each]), player(name))[each] for each in order
    }


@given(names, st.integers(1, 999))
def test_a_player_is_in_at_most_one_experiment_of_an_exclusion_group(name: str, cut: int) -> None:
    source = experiments(
        exclusion_group("x"),
        experiment("one", exclusion_group="x", exclusion_to_permille=cut),
        experiment("two", exclusion_group="x", exclusion_from_permille=cut),
    )
    assert len(variants_of(source, player(name))) == 1


def test_who_is_in_another_experiment_of_the_group_gets_into_no_second_one() -> None:
    """Even where their places overlap, which only a forced change can bring about."""
    source = experiments(
        exclusion_group("x"),
        experiment("e", exclusion_group="x"),
        experiment("f", exclusion_group="x"),
    )
    other = Part("id of f", "id of first")
    held = Enrolment(part=other, enrolled_us=NOW_US, variant="test")
    first, second = source.placements(player(held=[held]))
    assert (first.problem, second.problem) == (IN_ANOTHER, "")
    both = source.overrides(player()).admissions
    assert {each.part: each.not_with for each in both} == {FIRST: (other,), other: (FIRST,)}


@given(names)
def test_a_holdout_group_holds_the_same_players_out_of_all_its_experiments(name: str) -> None:
    source = experiments(
        holdout_group("h", 300),
        experiment("one", holdout_group="h"),
        experiment("two", holdout_group="h"),
        experiment("free"),
    )
    problems = {
        each.phase.experiment.name: each.problem for each in source.placements(player(name))
    }
    assert problems["one"] == problems["two"]
    assert problems["one"] in {"", HELD_OUT}
    assert problems["free"] == ""


def test_outside_the_share_is_told() -> None:
    source = experiments(
        exclusion_group("x"), experiment("e", exclusion_group="x", exclusion_to_permille=1)
    )
    problems = {problem_of(source, player(f"player-{number:04}")) for number in range(20)}
    assert OUTSIDE_SHARE in problems


@given(names, st.sampled_from(["control", "test"]))
def test_by_id_the_variant_goes_along_into_the_next_phase(name: str, had: str) -> None:
    first = phase("first", start=-2 * DAY_S, end=-DAY_S)
    changed = (variant("control", 100), variant("test", 900, shop="red"))
    held = Enrolment(part=FIRST, enrolled_us=NOW_US, variant=had)
    by_id = experiment("e", first, phase("second", variants=changed))
    assert variants_of(experiments(by_id), player(name, held=[held])) == {"e": had}
    second = phase("second", variants=HALVES_OF_OTHERS)
    renamed = experiment("e", first, second)
    (got,) = variants_of(experiments(renamed), player(name, held=[held])).values()
    assert got in {"a", "b"}


HALVES_OF_OTHERS = (variant("a", 500), variant("b", 500))


def test_by_id_the_same_split_gives_the_same_and_by_phase_another_one() -> None:
    def got(key: SplitKey) -> list[tuple[str, str]]:
        phases = [phase(name, split_key=key) for name in ("first", "second")]
        sources = [experiments(experiment("e", each)) for each in phases]
        return [
            tuple(variants_of(source, player(f"player-{n:04}"))["e"] for source in sources)
            for n in range(200)
        ]  # type: ignore[return-value] # pairs

    assert all(first == second for first, second in got(SplitKey.ID))
    differing = sum(first != second for first, second in got(SplitKey.PHASE))
    assert 60 < differing < 140


@given(names, st.integers(0, 10), st.booleans())
def test_candidates_agree_with_overrides(name: str, level: int, enrol: bool) -> None:
    source = experiments(
        experiment("one", audiences=("high",), created_us=1),
        experiment("two", phase(locked=True), created_us=2),
        experiment("three", created_us=3),
    )
    held = [Enrolment(part=Part("id of two", "id of first"), enrolled_us=1, variant="test")]
    who = player(name, level=level, held=held if enrol else ())
    overrides = source.overrides(who).overrides
    candidates = source.candidates(who)
    applying = {
        flag: [each.override for each in found if each.applies]
        for flag, found in candidates.items()
    }
    assert {flag: found for flag, found in applying.items() if found} == overrides
    assert all(
        each.applies != bool(each.problem) for found in candidates.values() for each in found
    )


def test_the_same_override_is_the_same_object_for_all_players() -> None:
    source = experiments(experiment("e", phase(variants=ALL_TEST)))
    first, second = (source.overrides(player(f"player-{n:04}")) for n in range(2))
    assert first.overrides["shop"][0] is second.overrides["shop"][0]


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), max_size=5), st.integers(-10, 20))
def test_nothing_changes_before_it_is_told_to(spans: list[tuple[int, int]], at: int) -> None:
    source = experiments(
        *(
            experiment(f"e{index}", phase(start=start, end=start + length))
            for index, (start, length) in enumerate(spans)
        )
    )
    now_s = NOW_S + at
    until_us = source.next_change_us(now_s * MICROSECONDS)
    assert until_us > now_s * MICROSECONDS
    here = variants_of(source, player(now_s=now_s))
    for later in range(now_s, min(now_s + 40, until_us // MICROSECONDS)):
        assert variants_of(source, player(now_s=later)) == here
    # In whatever order instants are asked about.
    assert variants_of(source, player(now_s=now_s)) == here


def test_a_value_only_experiment_concerns_no_flags() -> None:
    variants = (variant("control", 500), variant("test", 500))
    source = experiments(experiment("e", phase(variants=variants)))
    assert source.overrides(player()).admissions == []
    (placement,) = source.placements(player())
    assert placement.admission is not None
    assert msgspec.json.encode(placement.admission.exposure)
