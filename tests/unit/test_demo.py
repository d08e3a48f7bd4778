"""The demo's players: the same for the same seed, and their events in their time and order."""

from matsuri.demo.game import definitions
from matsuri.demo.players import demo_players, history, mistakes

NOW = 1_700_000_000
DAY = 86_400


def test_the_same_seed_makes_the_same_players_and_events() -> None:
    one, same, other = (demo_players(50, weeks=4, now_s=NOW, seed=seed) for seed in (7, 7, 8))
    assert one == same
    assert one != other
    assert list(history(one[0], now_s=NOW, seed=7)) == list(history(same[0], now_s=NOW, seed=7))


def test_players_came_within_the_weeks_and_later_ones_are_more() -> None:
    players = demo_players(2000, weeks=4, now_s=NOW, seed=7)
    ages = [(NOW - each.created_s) / DAY for each in players]
    assert min(ages) >= 0
    assert max(ages) <= 28
    assert sum(age < 14 for age in ages) > sum(age >= 14 for age in ages)
    assert len({each.id for each in players}) == 2000


def test_events_are_of_the_past_in_order_and_counted_once() -> None:
    ids = set()
    for player in demo_players(100, weeks=4, now_s=NOW, seed=7):
        events = list(history(player, now_s=NOW, seed=7))
        times = [each["timestamp"] for each in events]
        assert times == sorted(times)
        assert all(player.created_s <= each["session_issued_at"] < NOW for each in events)
        ids |= {each["id"] for each in events}
        assert not events or events[0]["name"] == "appLaunched"
        assert sum(each["name"] == "tutorialStarted" for each in events) <= 1
        islands = [int(each["value"]) for each in events if each["name"] == "islandReached"]
        assert islands == list(range(1, len(islands) + 1))
    assert len(ids) > 1000


def test_the_mistakes_are_of_several_kinds() -> None:
    players = demo_players(10, weeks=1, now_s=NOW, seed=7)
    wrong = mistakes(players, now_s=NOW, seed=7)
    assert {each["name"] for each in wrong} == {
        "krakenDefeated",
        "islandReached",
        "purchaseCompleted",
    }
    assert len({each["id"] for each in wrong}) == len(wrong)


def test_every_definition_says_where_it_is_from() -> None:
    wanted = list(definitions(NOW))
    assert len({(each.path, each.name) for each in wanted}) == len(wanted)
    assert all(each.body["note"] == "Made by the demo" for each in wanted)
