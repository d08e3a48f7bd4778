"""Why a filter lets a player in, as people are told."""

import time

import msgspec

from matsuri.filters.compile import compile_filter
from matsuri.filters.explain import Explanation, Seen, explain
from matsuri.filters.parse import parse
from tests.unit.filters.players import NOW_S, PLAYER, PlainFacts


def told(text: str, facts: PlainFacts = PLAYER) -> Explanation:
    return explain(parse(text), facts)


def test_each_clause_has_its_place_its_value_and_what_it_saw() -> None:
    text = 'PropertiesCustom("level", 0) > 10 and  Properties("countryCode", "") == "DE"'
    found = told(text)
    first, second = found.parts
    assert (found.value, first.value, second.value) == ("false", "true", "false")
    assert text[second.start : second.end] == 'Properties("countryCode", "") == "DE"'
    assert first.seen == (Seen('PropertiesCustom("level", 0)', "12"),)
    assert second.seen == (Seen('Properties("countryCode", "")', '"US"'),)


def test_what_is_not_reached_is_told_so() -> None:
    found = told("1 > 2 and Now() > 5 and true")
    assert [part.value for part in found.parts] == ["false", "not reached", "not reached"]
    found = told("1 < 2 or Now() > 5")
    assert [part.value for part in found.parts] == ["true", "not reached"]
    found = told("1 > 2 ? Now() > 5 : not (1 > 2)")
    assert [part.value for part in found.parts] == ["false", "not reached", "true"]
    assert found.parts[2].parts[0].value == "false"
    assert all(part.seen == () for part in found.parts[1].parts)


def test_a_problem_ends_it_and_is_told_at_its_clause() -> None:
    found = told('true and PropertiesCustom("level", "") > 3 and true')
    assert [part.value for part in found.parts] == ["true", "problem", "not reached"]
    assert found.value == "problem"
    assert found.problem == found.parts[1].problem == "string > int is not possible"


def test_a_filter_that_gives_no_boolean_is_a_problem() -> None:
    found = told('PropertiesCustom("level", 0)')
    assert (found.value, found.problem) == ("problem", "the filter gives int, not a boolean")


def test_what_is_read_of_the_player_is_seen_within_calls_but_not_within_predicates() -> None:
    found = told('lower(Properties("countryCode", "")) == "us" and any([1, 2], # > 1)')
    assert found.parts[0].seen == (
        Seen('lower(Properties("countryCode", ""))', '"us"'),
        Seen('Properties("countryCode", "")', '"US"'),
    )
    assert found.parts[1].seen == (Seen("[1, 2]", "[1,2]"),)


def test_long_values_are_cut_and_numbers_without_json_are_shown() -> None:
    [seen, *_] = told('repeat("x", 1000) == ""').seen
    assert len(seen.value) <= 120
    assert seen.value.endswith("…")
    [seen, *_] = told("1e308 * 10 > 1").seen
    assert seen.value == "inf"
    [seen, *_] = told("9223372036854775807 + 9223372036854775807 > 1").seen
    assert seen.value == "18446744073709551614"


class Broken:
    """Facts that are away."""

    def count(self, *_: object) -> int:
        raise LookupError("gone")


def test_what_facts_raise_is_a_problem_of_the_filter() -> None:
    facts = msgspec.structs.replace(PLAYER, windows=Broken())
    compiled = compile_filter('EventCount("gameStarted", "7d") > 0')
    assert not compiled.matches(facts)
    assert compiled.outcome(facts).problem == "LookupError: gone"
    assert explain(compiled.tree, facts).problem == "LookupError: gone"
    assert compiled.next_flip(facts) == NOW_S + 1


def test_what_a_filter_uses_is_listed_once() -> None:
    uses = compile_filter(
        'Properties("a", "") == "b" or Properties("a", "") == "c" or Audience("x")'
        ' or EventCount("e", "7d", .value > 3) > 1 or createTime > Now() or Sample(5)'
    ).uses
    assert [(each.function, each.name) for each in uses.properties] == [("Properties", "a")]
    assert uses.audiences == ("x",)
    [window] = uses.windows
    assert (window.kind, window.event, window.seconds) == ("count", "e", 7 * 86_400)
    assert window.condition == "#.value > 3"
    assert (uses.times, uses.time, uses.sample) == (("createTime",), True, True)
    assert not compile_filter('any(["Now()"], # == "Now()")').uses.time


def test_an_explanation_ends_and_tells_the_answer_all_the_same() -> None:
    heavy = "none(1..9999, # > createTime + 1e9)"
    began_s = time.process_time()
    for _ in range(5):
        told(heavy)
    five_s = time.process_time() - began_s
    began_s = time.process_time()
    found = told("not " * 40 + heavy)
    cut = told(" and ".join([heavy] * 90))
    # One by one, their 130 parts would take 26 times as long as five.
    assert time.process_time() - began_s < 18 * five_s
    assert (found.value, found.parts[0].value) == ("true", "problem")
    assert (cut.value, cut.problem) == ("problem", "it takes more than 100000 steps")
    assert [part.value for part in cut.parts[:2]] == ["true", "true"]
    assert cut.parts[-1].value == "not reached"
    assert "to tell more would take too long" in [part.problem for part in cut.parts]
