"""Players are in at most one experiment of an exclusion group, and held out players in none.

Places are computed here by hand, from what is promised of them for ever.
"""

from hashlib import sha256

import pytest

from tests.simulation.month import PhaseKey
from tests.simulation.played import Played
from tests.simulation.population import END_S
from tests.simulation.world import BORDER, BORDER_DAY, BORDER_MOVED, HOLDOUT_PERMILLE, day
from tests.support.significance import FALSE_ALARM, fit_p, independence_p

pytestmark = pytest.mark.slow


def place(salt: str, sample_key: str) -> int:
    digest = sha256(f"{salt}\0{sample_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") * 1000 >> 64


def places(played: Played, kind: str, group: str) -> list[int]:
    """Everybody's place in the order of a group."""
    group_id = played.ids[kind.replace("-", "_") + "/" + group]
    return [place(f"{kind}:1:{group_id}", person.id) for person in played.people]


def members(played: Played, name: str) -> set[int]:
    seen = played.month.seen[PhaseKey(name, "only")]
    return {person for person, number in enumerate(seen) if number}


def test_nobody_is_in_two_experiments_of_an_exclusion_group_at_once(played: Played) -> None:
    none, one, *more = played.month.in_layer_at_once
    assert more == [0, 0]
    assert none > 0
    assert one > 100_000
    a, a_next, b, c = (members(played, f"layer-{each}") for each in ("a", "a-next", "b", "c"))
    for one_of, others in ((a, b | c), (a_next, b | c), (b, c)):
        assert one_of.isdisjoint(others)
    # What follows on the same places has the same players.
    assert len(a & a_next) > 5_000


def test_each_experiment_has_the_players_of_its_share(played: Played) -> None:
    order = places(played, "exclusion-group", "layer")
    share = {
        person for person in played.came("layer-a", until_s=day(15)) if 0 <= order[person] < 400
    }
    assert members(played, "layer-a") == share
    later = played.came("layer-a-next", from_s=day(15))
    assert members(played, "layer-a-next") == {person for person in later if order[person] < 400}


def test_places_that_change_hands_take_nobody_along(played: Played) -> None:
    """Who was in the one stays there; only who comes later is in the other."""
    order = places(played, "exclusion-group", "layer")
    between = {person for person, at in enumerate(order) if BORDER_MOVED <= at < BORDER}
    before = set(played.came("layer-b", until_s=day(BORDER_DAY))) & between
    after = set(played.came("layer-c", from_s=day(BORDER_DAY) + 1)) & between
    assert members(played, "layer-b") & between == before
    assert members(played, "layer-c") & between == after - before
    assert len(before & after) > 1_000
    assert len(after - before) > 500


def test_a_group_of_players_is_held_out_of_all_experiments_of_the_group(played: Played) -> None:
    order = places(played, "holdout-group", "untouched")
    held_out = {person for person, at in enumerate(order) if at < HOLDOUT_PERMILLE}
    split = [len(held_out), len(order) - len(held_out)]
    assert fit_p(split, [HOLDOUT_PERMILLE, 1000 - HOLDOUT_PERMILLE]) > FALSE_ALARM
    touched = members(played, "held-one") | members(played, "held-two")
    assert touched.isdisjoint(held_out)
    assert members(played, "held-one") == set(played.came("held-one")) - held_out
    # They are told nothing of it in the log either.
    parts = {played.phases[PhaseKey(name, "only")] for name in ("held-one", "held-two")}
    assert held_out.isdisjoint(each.person for each in played.book.exposures if each.part in parts)
    came_at_all = set(played.came("held-one", until_s=END_S))
    fit = fit_p([len(came_at_all & held_out), len(came_at_all - held_out)], split)
    assert fit > FALSE_ALARM


def test_who_is_held_out_has_other_experiments_as_everybody_has(played: Played) -> None:
    order = places(played, "holdout-group", "untouched")
    table = [[0, 0], [0, 0]]
    for number, at in zip(played.month.seen[PhaseKey("halves", "only")], order, strict=True):
        if number:
            table[at < HOLDOUT_PERMILLE][number - 1] += 1
    assert independence_p(table) > FALSE_ALARM
