"""What is done to experiments and their phases: what becomes of them, or why not."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.errors import FailedPrecondition, NotFound
from matsuri.experiments import phases
from matsuri.experiments.actions import (
    archived,
    copied,
    copied_phase,
    ended,
    ended_phase,
    launched,
    unarchived,
)
from matsuri.experiments.lifecycle import end_time_sec, state
from matsuri.experiments.model import BiasNote, ExperimentDefinition, Phase, State
from tests.unit.experiments.worlds import DAY_S, NOW_S, phase

HOUR_S = 3600


def body(*of: Phase, **fields: Any) -> ExperimentDefinition:
    return ExperimentDefinition(phases=of, **{"launched": True, **fields})


def after(before: ExperimentDefinition, changes: dict[str, Any]) -> ExperimentDefinition:
    return msgspec.structs.replace(before, **changes)


def draft(*of: Phase, **fields: Any) -> ExperimentDefinition:
    return body(*of, launched=False, **fields)


def test_a_draft_is_launched_once() -> None:
    it = draft(phase("a"))
    assert after(it, launched(it)) == body(phase("a"))
    with pytest.raises(FailedPrecondition, match="launched before"):
        launched(body(phase("a")))


def test_who_ends_an_experiment_ends_what_runs_and_what_is_to_come() -> None:
    over = phase("over", -2 * DAY_S, -DAY_S)
    it = body(over, phase("on"), phase("to come", DAY_S, 2 * DAY_S))
    then = after(it, ended(it, NOW_S))
    assert state(then, NOW_S) is State.ENDED
    assert then.phases[0] == over
    assert [end_time_sec(each) for each in then.phases[1:]] == [NOW_S, NOW_S]
    # What was planned is still to be seen.
    assert [each.end_time_sec for each in then.phases] == [each.end_time_sec for each in it.phases]


@pytest.mark.parametrize(
    "it", [draft(phase("a")), body(phase("a", -9, -5)), body(phase("a"), archived=True)]
)
def test_what_is_not_on_cannot_be_ended(it: ExperimentDefinition) -> None:
    with pytest.raises(FailedPrecondition):
        ended(it, NOW_S)


def test_the_archive() -> None:
    it = draft()
    put = after(it, archived(it))
    assert put.archived
    assert after(put, unarchived(put)) == it
    with pytest.raises(FailedPrecondition):
        archived(put)
    with pytest.raises(FailedPrecondition):
        unarchived(it)


def test_a_copy_has_nothing_of_what_has_happened() -> None:
    note = BiasNote(at_time_sec=1, changed_by="a", phase="b", fields=("variants",))
    first = phase(
        "a",
        -3 * DAY_S - HOUR_S,
        -DAY_S,
        ended_time_sec=NOW_S - 2 * DAY_S,
        locked=True,
        participants_max=7,
        admission_deadline_time_sec=NOW_S - 2 * DAY_S,
    )
    it = body(first, phase("b", -2 * DAY_S, -HOUR_S), archived=True, bias_notes=(note,))
    made = copied(it, NOW_S)
    assert (made.launched, made.archived, made.bias_notes) == (False, False, ())
    a, b = made.phases
    assert (a.id, a.ended_time_sec, a.locked, a.participants_max) == ("", 0, False, 7)
    # Four days later the first phase is to come, at the same time of the day.
    assert a.start_time_sec == first.start_time_sec + 4 * DAY_S
    assert b.start_time_sec == NOW_S + 2 * DAY_S
    # The first one had been ended before the second began, which its copy is not.
    assert (a.end_time_sec, a.admission_deadline_time_sec) == (b.start_time_sec, b.start_time_sec)


def test_a_phase_for_which_no_time_is_left_is_not_copied() -> None:
    first = phase("a", DAY_S, 2 * DAY_S, ended_time_sec=NOW_S)
    made = copied(body(first, phase("b", DAY_S, 3 * DAY_S)), NOW_S)
    assert [each.name for each in made.phases] == ["b"]


@given(start=st.integers(-1000 * DAY_S, 1000 * DAY_S))
def test_copies_begin_when_it_is_still_possible(start: int) -> None:
    it = body(phase("a", start, start + DAY_S), phase("b", start + DAY_S, start + 3 * DAY_S))
    first, second = copied(it, NOW_S).phases
    later = first.start_time_sec - it.phases[0].start_time_sec
    assert later % DAY_S == 0
    assert first.start_time_sec > NOW_S
    assert later == 0 or first.start_time_sec <= NOW_S + DAY_S
    assert second.start_time_sec - it.phases[1].start_time_sec == later
    moved = copied(it, NOW_S, start_s=NOW_S - 5)
    assert [each.start_time_sec for each in moved.phases] == [NOW_S - 5, NOW_S - 5 + DAY_S]


def test_a_copy_without_phases_has_none() -> None:
    assert copied(body(), NOW_S).phases == ()


@pytest.mark.parametrize(
    ("end_s", "expected"),
    [
        (None, (NOW_S + 2 * DAY_S, NOW_S + DAY_S + HOUR_S)),
        (NOW_S + DAY_S + HOUR_S, (NOW_S + DAY_S + HOUR_S, NOW_S + DAY_S + HOUR_S)),
        (NOW_S + DAY_S + 60, (NOW_S + DAY_S + 60, 0)),
    ],
)
def test_a_phase_is_copied_to_another_time(end_s: int | None, expected: tuple[int, int]) -> None:
    it = phase("a", -DAY_S, 0, admission_deadline_time_sec=NOW_S - DAY_S + HOUR_S, locked=True)
    made = copied_phase(it, name="b", start_s=NOW_S + DAY_S, end_s=end_s)
    assert (made.id, made.name, made.locked) == ("", "b", False)
    assert (made.start_time_sec, made.variants) == (NOW_S + DAY_S, it.variants)
    assert (made.end_time_sec, made.admission_deadline_time_sec) == expected


@pytest.mark.parametrize("times", [(-DAY_S, 0), (1, DAY_S)])
def test_only_a_running_phase_ends_early(times: tuple[int, int]) -> None:
    running = phase("a")
    assert ended_phase(running, body(running), NOW_S).ended_time_sec == NOW_S
    other = phase("b", *times)
    with pytest.raises(FailedPrecondition):
        ended_phase(other, body(other), NOW_S)


def test_phases_go_by_id_or_name() -> None:
    # A name may look like an id; the id goes first.
    one, two = phase("id of b", -9, -5, id="id of a"), phase("b", 5, 9, id="id of b")
    it = body(one, two)
    assert phases.found(it, "id of b") is two
    assert phases.found(it, "b") is two
    assert phases.found(it, "id of a") is one
    with pytest.raises(NotFound):
        phases.found(it, "a")


def test_phases_are_added_changed_and_taken_away() -> None:
    one, two = phase("a", -9, -5), phase("b", 5, 9)
    it = body(one)
    both = after(it, phases.added(it, two))
    assert both.phases == (one, two)
    changed = after(
        both, phases.changed(both, "b", lambda each: msgspec.structs.replace(each, locked=True))
    )
    assert [each.locked for each in changed.phases] == [False, True]
    assert after(both, phases.removed(both, "id of a")).phases == (two,)
    with pytest.raises(FailedPrecondition):
        phases.added(body(archived=True), two)
