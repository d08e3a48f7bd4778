"""Which places of an exclusion group are whose, and which are free."""

from hypothesis import given
from hypothesis import strategies as st

from matsuri.experiments.lifecycle import Experiment
from matsuri.experiments.model import PERMILLE_ALL, State
from matsuri.experiments.shares import free_places, shares
from tests.unit.experiments.worlds import NOW_S, experiment, phase


def of_group(name: str, first: int, last: int, **body: object) -> Experiment:
    return experiment(
        name,
        phase("a", ended_time_sec=body.pop("ended", 0)),
        exclusion_group="g",
        exclusion_from_permille=first,
        exclusion_to_permille=last,
        **body,
    )


def test_who_has_which_places() -> None:
    one, two = of_group("one", 500, 600), of_group("two", 0, 500, launched=False)
    others = [experiment("elsewhere"), of_group("gone", 0, 9, archived=True)]
    found = shares("g", [one, two, *others], NOW_S)
    assert [(each.first, each.last, each.experiment, each.state) for each in found] == [
        (0, 500, two, State.DRAFT),
        (500, 600, one, State.RUNNING),
    ]
    assert free_places(found) == [(0, 500), (600, 1000)]


def test_what_is_over_leaves_its_places_free() -> None:
    found = shares("g", [of_group("over", 0, 1000, ended=NOW_S)], NOW_S)
    assert free_places(found) == [(0, 1000)]
    assert free_places([]) == [(0, 1000)]


spans = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(
    lambda each: (each[0] * 25, (each[0] + each[1]) * 25)
)


@given(st.lists(spans, max_size=6))
def test_a_place_is_free_if_nobody_has_it(taken: list[tuple[int, int]]) -> None:
    every = [of_group(f"e{n}", first, last) for n, (first, last) in enumerate(taken)]
    free = free_places(shares("g", every, NOW_S))
    assert free == sorted(free)
    for place in range(0, PERMILLE_ALL, 5):
        is_taken = any(first <= place < last for first, last in taken)
        assert sum(first <= place < last for first, last in free) == (not is_taken)
