"""Experiments in which nothing differs show no difference, or as rarely as chance has it.

No player of the simulation cares for a variant, so that every experiment of the month is such an
A/A test: what players do from their first exposure on must not differ between its variants.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pytest

from matsuri.audiences.membership import AudienceSet, Memberships
from matsuri.audiences.target import target_of
from matsuri.definitions.changes import changed_catalog
from matsuri.definitions.model import Edit
from matsuri.experiments.source import ExperimentCompiler
from matsuri.kit.clock import MICROSECONDS
from tests.simulation.played import CARRIED, PARTICIPANTS_MIN, Played, alarms
from tests.simulation.players import Players
from tests.simulation.population import START_S, Visit, population
from tests.simulation.world import MADE_S, experiment, flags, nothing_declared
from tests.support.significance import FALSE_ALARM, Sample, difference_p, uniform_p

pytestmark = pytest.mark.slow

EXPERIMENTS, PLAYERS = 300, 4_000

OUTCOMES: Mapping[str, Callable[[Sequence[Visit]], float]] = {
    "visits": len,
    "spent": lambda visits: sum(each.spent_cents for each in visits),
    "returned": lambda visits: float(visits[-1].at_s - visits[0].at_s >= 86_400),
    "paid": lambda visits: float(any(each.spent_cents for each in visits)),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_experiment_of_the_month_shows_a_difference(played: Played, outcome: str) -> None:
    found: dict[object, float] = {}
    for key, part in played.phases.items():
        places = played.places[part]
        if len(places) < PARTICIPANTS_MIN or key == CARRIED:
            continue
        control, *others = played.month.variants[key]
        samples = {name: Sample() for name in (control, *others)}
        for person, place in places.items():
            since_s = place.enrolled_us // MICROSECONDS
            after = [each for each in played.visits_of[person] if each.at_s >= since_s]
            samples[place.variant].add(OUTCOMES[outcome](after))
        for name in others:
            found[key, name] = difference_p(samples[control], samples[name])
    assert len(found) > 20
    assert alarms(found) == {}


@pytest.mark.parametrize("outcome", ["visits", "spent"])
def test_p_values_of_many_such_experiments_are_even(outcome: str) -> None:
    """One of twenty has a p value below 0.05, and so on for every other number than 0.05."""
    visits: dict[int, list[Visit]] = {}
    for visit in population(PLAYERS).visits:
        visits.setdefault(visit.person, []).append(visit)
    samples = [(Sample(), Sample()) for _ in range(EXPERIMENTS)]
    for person, tests in variants().items():
        value = OUTCOMES[outcome](visits.get(person, ()))
        for pair, test in zip(samples, tests, strict=True):
            pair[test].add(value)
    found = [difference_p(*pair) for pair in samples]
    assert uniform_p(found) > FALSE_ALARM
    # The binomial distribution of 300 with 1 of 20 has less than FALSE_ALARM on either side.
    assert 3 <= sum(p < 0.05 for p in found) <= 31


@cache
def variants() -> Mapping[int, Sequence[bool]]:
    """Of each player, whether the variant is the other one, in each of many experiments."""
    declared = [experiment(f"same-{number:03}") for number in range(EXPERIMENTS)]
    edit = Edit(MADE_S * MICROSECONDS, "simulation")
    catalog = changed_catalog(
        nothing_declared(), [*flags(declared), *declared], edit, definitions_max=EXPERIMENTS + 1
    )
    source = ExperimentCompiler()(catalog)
    players = Players(population(PLAYERS))
    found = {}
    for person in range(PLAYERS):
        target = target_of(players.identity(person), players.profile(person), ())
        placements = source.placements(Memberships(AudienceSet({}), target, START_S * MICROSECONDS))
        found[person] = [
            each.variant is not None and each.variant.variant.name == "test" for each in placements
        ]
    return found
