"""Players are split as the weights say, and by nothing that has to do with them."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations

import pytest

from matsuri.experiments.model import EXPERIMENT_KIND
from tests.simulation.month import PhaseKey
from tests.simulation.played import (
    CARRIED,
    CARRIED_BEFORE,
    PARTICIPANTS_MIN,
    Played,
    alarms,
)
from tests.simulation.population import DAY_S, START_S, Person
from tests.support.significance import FALSE_ALARM, fit_p, independence_p

pytestmark = pytest.mark.slow


def weights(played: Played, key: PhaseKey) -> list[int]:
    experiment = played.editions[-1].catalog.of_kind(EXPERIMENT_KIND)[key.experiment]
    (phase,) = (each for each in experiment.body.phases if each.name == key.phase)
    return [each.weight_permille for each in phase.variants]


def table(one: bytes, other: bytes) -> list[list[int]]:
    """How many have which variants in two phases, of who is in both."""
    counts = Counter(zip(one, other, strict=True))
    return [
        [counts[row, column] for column in range(1, max(other) + 1)]
        for row in range(1, max(one) + 1)
    ]


def test_every_phase_is_split_by_its_weights(played: Played) -> None:
    found = {}
    for key, seen in played.month.seen.items():
        if key != CARRIED:
            split = weights(played, key)
            counts = Counter(seen)
            found[key] = fit_p([counts[number + 1] for number in range(len(split))], split)
    assert len(found) > 20
    assert alarms(found) == {}


def test_variants_are_carried_over_where_players_are_split_by_experiment(played: Played) -> None:
    before, after = played.month.seen[CARRIED_BEFORE], played.month.seen[CARRIED]
    both = [pair for pair in zip(before, after, strict=True) if all(pair)]
    assert len(both) > 15_000
    assert all(was == now for was, now in both)
    new = Counter(now for was, now in zip(before, after, strict=True) if not was and now)
    assert new.total() > 15_000
    assert fit_p([new[1], new[2]], weights(played, CARRIED)) > FALSE_ALARM


def test_variants_are_drawn_anew_where_players_are_split_by_phase(played: Played) -> None:
    first, second = (
        played.month.seen[PhaseKey("drawn-anew", name)] for name in ("first", "second")
    )
    found = table(first, second)
    assert sum(map(sum, found)) > 15_000
    assert independence_p(found) > FALSE_ALARM


def test_experiments_are_independent_of_each_other(played: Played) -> None:
    found: dict[object, float] = {}
    for one, other in combinations(played.month.seen, 2):
        if one.experiment == other.experiment:
            continue
        counts = table(played.month.seen[one], played.month.seen[other])
        if sum(map(sum, counts)) >= PARTICIPANTS_MIN:
            found[one, other] = independence_p(counts)
    assert len(found) > 150
    assert alarms(found) == {}


TRAITS: Mapping[str, Callable[[Person], str]] = {
    "country": lambda person: person.country.code,
    "platform": lambda person: person.platform,
    "pays": lambda person: str(person.pays),
    "joined": lambda person: str(max(0, person.created_s - START_S) // (10 * DAY_S)),
}


@pytest.mark.parametrize("trait", TRAITS)
def test_variants_have_nothing_to_do_with_who_the_players_are(played: Played, trait: str) -> None:
    traits = [TRAITS[trait](person) for person in played.people]
    found: dict[object, float] = {}
    for key, seen in played.month.seen.items():
        counts = Counter(zip(seen, traits, strict=True))
        participants = sum(n for (number, _), n in counts.items() if number)
        if participants >= PARTICIPANTS_MIN and key != CARRIED:
            found[key] = independence_p(
                [
                    [counts[number, value] for value in set(traits)]
                    for number in range(1, max(seen) + 1)
                ]
            )
    assert len(found) > 15
    assert alarms(found) == {}
