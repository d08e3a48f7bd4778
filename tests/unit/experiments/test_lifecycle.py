"""Where experiments stand, and what is against a launch."""

import pytest

from matsuri.experiments.lifecycle import launch_problems, phase_state, state
from matsuri.experiments.model import ExperimentDefinition, Phase, State
from tests.unit.experiments.worlds import DAY_S, NOW_S, experiment, phase


def draft(*of: Phase, archived: bool = False) -> ExperimentDefinition:
    return ExperimentDefinition(phases=of, archived=archived)


def test_states_follow_from_time_and_what_was_done() -> None:
    two = (phase("a", -DAY_S, -10), phase("b", 10, DAY_S))
    assert state(experiment("e", *two, launched=False).body, NOW_S) is State.DRAFT
    body = experiment("e", *two).body
    assert state(body, NOW_S - 2 * DAY_S) is State.SCHEDULED
    assert state(body, NOW_S - 100) is State.RUNNING
    assert state(body, NOW_S) is State.SCHEDULED
    assert state(body, NOW_S + 10) is State.RUNNING
    assert state(body, NOW_S + DAY_S) is State.ENDED
    assert state(experiment("e", *two, archived=True).body, NOW_S) is State.ARCHIVED
    ended = phase("a", ended_time_sec=NOW_S)
    assert phase_state(body, ended, NOW_S - 1) is State.RUNNING
    assert phase_state(body, ended, NOW_S) is State.ENDED


@pytest.mark.parametrize("times", [(-DAY_S, 1), (0, DAY_S), (DAY_S, 2 * DAY_S)])
def test_nothing_is_against_what_is_still_to_come(times: tuple[int, int]) -> None:
    assert list(launch_problems(draft(phase("a", *times)), NOW_S)) == []


@pytest.mark.parametrize(
    ("it", "fields"),
    [
        (draft(), ["phases"]),
        (draft(archived=True), ["archived", "phases"]),
        (draft(phase("a", -DAY_S, 0)), ["phases[0].end_time_sec"]),
        (draft(phase("a", ended_time_sec=NOW_S)), ["phases[0].end_time_sec"]),
        (
            draft(phase("a", -9, -5), phase("b", -5, 0), phase("c"), archived=True),
            ["archived", "phases[0].end_time_sec", "phases[1].end_time_sec"],
        ),
    ],
)
def test_all_that_is_against_a_launch_is_told(it: ExperimentDefinition, fields: list[str]) -> None:
    assert [field for field, _ in launch_problems(it, NOW_S)] == fields
