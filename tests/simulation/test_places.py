"""A place is given once, kept whatever comes, told of once, and what is seen is what is kept."""

import pytest

from tests.simulation.month import PhaseKey
from tests.simulation.played import Played
from tests.simulation.population import DAY_S

pytestmark = pytest.mark.slow


def test_nobody_ever_sees_another_variant_within_a_phase(played: Played) -> None:
    """However the player's audiences, the definitions or the number of participants change."""
    assert played.month.problems == []
    again = sum(len(those) - 1 for those in played.visits_of.values())
    assert again > 150_000


def test_participants_leave_audiences_and_stay(played: Played) -> None:
    """The test above would tell of anyone who lost the variant; here is that many might have."""
    seen = played.month.seen[PhaseKey("for-newcomers", "only")]
    left = [
        person
        for person, those in played.visits_of.items()
        if seen[person] and those[-1].at_s >= played.people[person].created_s + 7 * DAY_S
    ]
    assert len(left) > 5_000


def test_each_exposure_is_told_once_and_none_is_missing(played: Played) -> None:
    month = played.month
    keys = {part: key for key, part in played.phases.items()}
    numbers = {
        (key, name): number
        for key, names in month.variants.items()
        for number, name in enumerate(names, start=1)
    }
    told = {key: bytearray(len(played.people)) for key in month.seen}
    for each in played.book.exposures:
        key = keys[each.part]
        assert not told[key][each.person], each
        told[key][each.person] = numbers[key, each.variant]
    assert told == month.seen
    assert len(played.book.exposures) > 800_000


def test_places_are_what_was_seen_and_are_counted(played: Played) -> None:
    for part, those in played.places.items():
        assert played.book.counts[part] == len(those)
    for key, seen in played.month.seen.items():
        places = played.places[played.phases[key]]
        assert {person: each.variant for person, each in places.items()} == {
            person: played.month.variants[key][number - 1]
            for person, number in enumerate(seen)
            if number
        }


def test_exposures_are_told_at_the_first_visit_that_shows_the_variant(played: Played) -> None:
    parts = {part: key for key, part in played.phases.items()}
    for each in played.book.exposures[::97]:
        flag = parts[each.part].experiment
        at_that_time = [
            visit
            for visit in played.visits_of[each.person]
            if visit.at_s * 1_000_000 == each.at_us and played.told(visit, flag)
        ]
        assert at_that_time, each
