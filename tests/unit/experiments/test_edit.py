"""What may be changed of experiments, by where they stand."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.definitions.model import Definition, Edit
from matsuri.errors import FailedPrecondition
from matsuri.experiments.edit import deletable, edited
from matsuri.experiments.lifecycle import phase_state
from matsuri.experiments.model import ExperimentDefinition, Phase, State
from tests.unit.experiments.worlds import (
    DAY_S,
    HALVES,
    NOW_S,
    NOW_US,
    experiment,
    phase,
    variant,
)

Experiment = Definition[ExperimentDefinition]
EDIT = Edit(NOW_US, "user:somebody", "because")
FORCED = EDIT._replace(forced=True)
OTHER_SPLIT = (variant("control", 100), variant("test", 900, shop="blue"))


def changed(definition: Experiment, **fields: Any) -> Experiment:
    body = msgspec.structs.replace(definition.body, **fields)
    return msgspec.structs.replace(definition, body=body)


def with_phase(definition: Experiment, **fields: Any) -> Experiment:
    """The same with the first phase changed."""
    first, *others = definition.body.phases
    return changed(definition, phases=(msgspec.structs.replace(first, **fields), *others))


def edit(before: Experiment, after: Experiment, how: Edit = EDIT) -> ExperimentDefinition:
    return edited(before, after, how)


def test_a_new_phase_gets_an_id_that_stays_and_is_never_used_again() -> None:
    unnamed = experiment("e", phase("a", id=""), phase("b", DAY_S, 2 * DAY_S, id=""))
    first = edited(None, changed(unnamed, launched=False), EDIT)
    ids = [each.id for each in first.phases]
    assert len(set(ids)) == 2
    assert all(ids)
    draft = changed(unnamed, launched=False, phases=first.phases)
    renamed = [msgspec.structs.replace(first.phases[0], name="c"), first.phases[1]]
    assert [each.id for each in edit(draft, changed(draft, phases=tuple(renamed))).phases] == ids
    by_name = tuple(msgspec.structs.replace(each, id="") for each in first.phases)
    assert [each.id for each in edit(draft, changed(draft, phases=by_name)).phases] == ids
    moved = changed(draft, phases=tuple(renamed))
    again = (*renamed, phase("a", 5 * DAY_S, 6 * DAY_S, id=""))
    found = [each.id for each in edit(moved, changed(moved, phases=again)).phases]
    assert found[:2] == ids
    assert found[2] not in ids


def test_an_id_of_another_experiment_is_not_taken() -> None:
    made = edited(None, experiment("e", phase("a", id="foreign"), launched=False), EDIT)
    assert made.phases[0].id not in {"", "foreign"}


def test_phases_are_put_in_the_order_of_their_times() -> None:
    later, sooner = phase("later", DAY_S, 2 * DAY_S), phase("sooner", 1, DAY_S)
    made = edited(None, experiment("e", later, sooner), EDIT)
    assert [each.name for each in made.phases] == ["sooner", "later"]


def test_a_phase_that_would_have_begun_before_its_launch_begins_then() -> None:
    draft = experiment("e", phase(start=-DAY_S), launched=False)
    assert edit(draft, changed(draft, launched=True)).phases[0].start_time_sec == NOW_S
    running = experiment("e", phase(start=-DAY_S))
    longer = with_phase(running, end_time_sec=NOW_S + 5 * DAY_S)
    assert edit(running, longer).phases[0].start_time_sec == NOW_S - DAY_S


def test_what_cannot_be_launched_is_launched_in_no_way() -> None:
    over = experiment("e", phase("a", -9, -5), phase("b", -4))
    with pytest.raises(FailedPrecondition, match="cannot be launched") as refused:
        edited(None, over, EDIT)
    assert [each["field"] for each in refused.value.details] == ["phases[0].end_time_sec"]
    draft = changed(over, launched=False)
    edited(None, draft, EDIT)
    with pytest.raises(FailedPrecondition, match="cannot be launched"):
        edit(draft, over)


@pytest.mark.parametrize(
    "late",
    [
        (phase(), phase("b", -9, -5)),
        (phase(), phase("b", 2 * DAY_S, 3 * DAY_S, ended_time_sec=NOW_S), phase("c", -9, -5)),
        (phase(), phase("b", -9, 0)),
    ],
)
def test_no_phase_comes_in_when_it_is_over(late: tuple[Phase, ...]) -> None:
    running = experiment("e", phase(), phase("b", 2 * DAY_S, 3 * DAY_S))
    with pytest.raises(FailedPrecondition, match="would be over already"):
        edit(running, changed(running, phases=late))


def test_who_ends_an_experiment_ends_what_is_to_come_too() -> None:
    running = experiment("e", phase(), phase("b", 2 * DAY_S, 3 * DAY_S))
    done = tuple(
        msgspec.structs.replace(each, ended_time_sec=NOW_S) for each in running.body.phases
    )
    assert edit(running, changed(running, phases=done)).phases == done


@pytest.mark.parametrize("ended", [NOW_S - DAY_S, NOW_S - 1])
def test_nobody_ends_a_phase_in_a_past_in_which_players_were_in_it(ended: int) -> None:
    running = experiment()
    (made,) = edit(running, with_phase(running, ended_time_sec=ended)).phases
    assert made.ended_time_sec == NOW_S
    # To cut it short is no different from another end.
    (cut,) = edit(running, with_phase(running, ended_time_sec=NOW_S + 5)).phases
    assert cut.ended_time_sec == NOW_S + 5
    with_cut = with_phase(running, ended_time_sec=NOW_S + 5)
    assert edit(with_cut, with_phase(with_cut, locked=True)).phases[0].locked


def test_what_is_archived_stays_as_it_is() -> None:
    put_away = experiment("e", phase("a", -9, -5), archived=True)
    with pytest.raises(FailedPrecondition, match="archived"):
        edit(put_away, changed(put_away, description="another"))
    taken_out = changed(put_away, archived=False)
    assert edit(put_away, taken_out) == taken_out.body
    draft = experiment("e", launched=False, archived=True)
    with pytest.raises(FailedPrecondition, match="archived"):
        edit(draft, changed(draft, launched=True))


FREE: list[Mapping[str, Any]] = [
    {"name": "another"},
    {"description": "better told"},
    {"end_time_sec": NOW_S + 9 * DAY_S},
    {"ended_time_sec": NOW_S},
    {"goal_metrics": ("revenue",)},
    {"participants_max": 5},
    {"admission_deadline_time_sec": NOW_S + 5},
    {"locked": True},
    {"variants": (HALVES[0], msgspec.structs.replace(HALVES[1], description="in blue"))},
]
BIASING: list[Mapping[str, Any]] = [
    {"split_key": "PHASE"},
    {"variants": OTHER_SPLIT},
    {"variants": (HALVES[0], variant("test", 500, shop="green"))},
    {"audiences": ("high",)},
    {"exclude_audiences": ("high",)},
]


@pytest.mark.parametrize("fields", FREE, ids=lambda each: next(iter(each)))
def test_what_does_not_bias_a_running_phase_may_be_changed(fields: Mapping[str, Any]) -> None:
    before = experiment()
    after = with_phase(before, **fields)
    assert edit(before, after) == after.body


@pytest.mark.parametrize("fields", BIASING, ids=lambda each: next(iter(each)))
def test_what_biases_a_running_phase_is_refused_or_noted(fields: Mapping[str, Any]) -> None:
    before = experiment()
    after = with_phase(before, **fields)
    with pytest.raises(FailedPrecondition) as refused:
        edit(before, after)
    (name,) = fields
    assert [each["field"] for each in refused.value.details] == [name]
    made = edit(before, after, FORCED)
    assert made.phases == after.body.phases
    (note,) = made.bias_notes
    assert (note.phase, note.fields) == ("id of first", (name,))
    assert (note.at_time_sec, note.changed_by, note.note) == (NOW_S, "user:somebody", "because")


@pytest.mark.parametrize("start_s", [5, NOW_S - 5, NOW_S + 5])
@pytest.mark.parametrize("forced", [False, True])
def test_when_a_phase_has_begun_cannot_be_changed(start_s: int, *, forced: bool) -> None:
    before = experiment()
    with pytest.raises(FailedPrecondition, match="has begun") as refused:
        edit(before, with_phase(before, start_time_sec=start_s), *([FORCED] if forced else []))
    assert [each["field"] for each in refused.value.details] == ["phases[0].start_time_sec"]


@pytest.mark.parametrize(
    "fields",
    [
        {"audiences": ("high",)},
        {"exclude_audiences": ("high",)},
        {"exclusion_group": "x"},
        {"exclusion_to_permille": 5},
        {"holdout_group": "h"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_what_an_experiment_says_for_a_running_phase_biases_it_too(
    fields: dict[str, Any],
) -> None:
    before = experiment()
    with pytest.raises(FailedPrecondition):
        edit(before, changed(before, **fields))
    assert edit(before, changed(before, **fields), FORCED).bias_notes[0].fields == (*fields,)
    # Of a phase that has its own, audiences of the experiment say nothing.
    own = experiment("e", phase(audiences=(), exclude_audiences=()))
    if "audiences" in next(iter(fields)):
        assert edit(own, changed(own, **fields)).bias_notes == ()
    coming = experiment("e", phase(start=5))
    assert edit(coming, changed(coming, **fields)).bias_notes == ()


def test_who_says_whom_a_phase_is_for_biases_nothing() -> None:
    before = experiment("e", audiences=("high", "half"))
    after = with_phase(before, audiences=("half", "high"), exclude_audiences=())
    assert edit(before, after).bias_notes == ()
    assert edit(after, changed(after, audiences=())).bias_notes == ()


def test_bias_notes_stay_whatever_is_sent() -> None:
    before = experiment()
    noted = edit(before, with_phase(before, variants=OTHER_SPLIT), FORCED)
    now = changed(before, phases=noted.phases, bias_notes=noted.bias_notes)
    assert edit(now, changed(now, bias_notes=(), description="x")).bias_notes == noted.bias_notes
    assert edited(None, now, EDIT).bias_notes == ()


def test_a_phase_that_is_over_stays_as_it_was() -> None:
    before = experiment("e", phase("a", -DAY_S, -5), phase("b", 5, DAY_S))
    for after in (with_phase(before, name="c"), changed(before, phases=before.body.phases[1:])):
        with pytest.raises(FailedPrecondition):
            edit(before, after, FORCED)
    assert len(edit(before, changed(before, phases=before.body.phases[:1])).phases) == 1


def test_a_running_phase_is_neither_taken_away_nor_ended_in_the_past() -> None:
    before = experiment()
    with pytest.raises(FailedPrecondition, match="has begun"):
        edit(before, changed(before, phases=(phase("other", DAY_S, 2 * DAY_S),)), FORCED)
    with pytest.raises(FailedPrecondition, match="must not be in the past"):
        edit(before, with_phase(before, end_time_sec=NOW_S - 1), FORCED)


def test_what_runs_is_neither_archived_nor_deleted_nor_made_a_draft_again() -> None:
    running = experiment()
    with pytest.raises(FailedPrecondition):
        edit(running, changed(running, archived=True))
    with pytest.raises(FailedPrecondition):
        edit(running, changed(running, launched=False))
    with pytest.raises(FailedPrecondition):
        deletable(running, EDIT)
    coming = experiment("e", phase(start=5))
    assert edit(coming, changed(coming, launched=False)).launched is False
    deletable(experiment("e", launched=False), EDIT)
    deletable(experiment("e", archived=True), EDIT)


spans = st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 10)), max_size=4)


def phases_of(found: list[tuple[int, int]]) -> tuple[Phase, ...]:
    return tuple(
        phase(f"p{index}", start, start + length) for index, (start, length) in enumerate(found)
    )


@given(spans, spans, st.booleans(), st.booleans())
def test_no_edit_changes_a_phase_that_is_over_or_the_split_of_a_running_one(
    before: list[tuple[int, int]], after: list[tuple[int, int]], was_on: bool, is_on: bool
) -> None:
    old = experiment("e", *phases_of(before), launched=was_on)
    old = changed(old, phases=phases_of(before))
    new = changed(old, phases=phases_of(after), launched=is_on)
    try:
        made = edit(old, new)
    except FailedPrecondition:
        return
    kept = {each.id: each for each in made.phases}
    for each in old.body.phases:
        now = phase_state(old.body, each, NOW_S)
        if now is State.ENDED:
            assert kept[each.id] == each
        if now is State.RUNNING:
            assert kept[each.id].variants == each.variants
            assert kept[each.id].start_time_sec == each.start_time_sec
