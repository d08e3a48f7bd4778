"""Live events: one place for a player and run, no more than there may be, nothing won by travel.

When runs are is computed here by the calendar, not by the server's schedules.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from matsuri.enrolments.model import Enrolment, Part
from matsuri.kit.clock import MICROSECONDS
from tests.simulation.played import Played
from tests.simulation.population import DAY_S, HOUR_S, START_S, Asks
from tests.simulation.world import day

pytestmark = pytest.mark.slow

NEWCOMER_S = 7 * DAY_S


class Span(NamedTuple):
    """From a second to before another one."""

    start_s: int
    end_s: int

    def has(self, at_s: int) -> bool:
        return self.start_s <= at_s < self.end_s


def at(day_of_march: int, hour: int) -> int:
    return int(datetime(2026, 3, day_of_march, hour, tzinfo=UTC).timestamp())


# Fridays at 18:00, and on Saturdays at 12:00 once that was changed on the 18th.
CUPS = [
    Span(at(*each), at(*each) + 48 * HOUR_S) for each in ((6, 18), (13, 18), (21, 12), (28, 12))
]
FRIDAYS = [Span(at(each, 18), at(each, 18) + 48 * HOUR_S) for each in (6, 13, 20, 27)]
RUSHES = [Span(at(each, 0), at(each, 0) + DAY_S) for each in range(1, 32, 3)]
WELCOME = Span(day(5), day(15))


def places_of(played: Played, name: str) -> Mapping[Part, Mapping[int, Enrolment]]:
    return {
        part: those
        for part, those in played.places.items()
        if part.subject_id == played.ids[f"live_event/{name}"]
    }


def evening(place: Enrolment) -> Span:
    """When the run of a place in ``evenings`` is: by the clocks of the zone it was given in."""
    shown = datetime.fromtimestamp(int(place.part.part), UTC).replace(tzinfo=None)
    zone = ZoneInfo(place.time_zone) if place.time_zone else UTC
    start_s = int(shown.replace(tzinfo=zone).timestamp())
    return Span(start_s, start_s + 3 * HOUR_S)


def evenings_of(played: Played) -> Mapping[int, list[Enrolment]]:
    """Everybody's evenings in the order in which they were given."""
    found: dict[int, list[Enrolment]] = {}
    for those in places_of(played, "evenings").values():
        for person, place in those.items():
            found.setdefault(person, []).append(place)
    return {
        person: sorted(those, key=lambda each: each.enrolled_us) for person, those in found.items()
    }


def test_evenings_begin_at_six_where_the_player_is(played: Played) -> None:
    for those in places_of(played, "evenings").values():
        for place in those.values():
            shown = datetime.fromtimestamp(int(place.part.part), UTC)
            assert (shown.hour, shown.minute, shown.second) == (18, 0, 0)
            assert evening(place).has(place.enrolled_us // MICROSECONDS)


def test_a_player_is_in_one_evening_at_a_time_and_in_none_twice(played: Played) -> None:
    many = 0
    for those in evenings_of(played).values():
        for before, place in pairwise(those):
            assert evening(before).end_s <= place.enrolled_us // MICROSECONDS
        assert len({each.part for each in those}) == len(those)
        many += len(those) > 5
    assert many > 300


def test_an_evening_stays_where_it_was_given_wherever_the_player_goes(played: Played) -> None:
    """Whoever has one is in it to its end; and nobody is in one outside of their own."""
    seen = {(each.person, each.at_s) for each in played.month.live["evenings"]}
    expected, moved = set(), 0
    for person, those in evenings_of(played).items():
        for visit in played.visits_of[person]:
            own = next((each for each in those if evening(each).has(visit.at_s)), None)
            if own is None or not played.told(visit, "evenings"):
                continue
            if visit.at_s >= own.enrolled_us // MICROSECONDS:
                expected.add((person, visit.at_s))
                moved += visit.zone != own.time_zone
    assert seen == expected
    assert moved > 300


def test_who_puts_the_clock_to_other_zones_gets_no_more_evenings(played: Played) -> None:
    """At most one for each day that began anywhere meanwhile, as if they had stayed at home."""
    evenings = evenings_of(played)
    hoppers = [person for person, each in enumerate(played.people) if each.hops]
    zones = 0
    for person in hoppers:
        those = evenings.get(person, [])
        if not those:
            continue
        visits = played.visits_of[person]
        # A run of the day before may be on in the west, and one of the day after in the east.
        days = (visits[-1].at_s - visits[0].at_s) / DAY_S
        assert len(those) <= days + 2
        zones += len({each.time_zone for each in those}) > 1
    assert len(hoppers) > 900
    assert zones > 500


def test_who_stays_at_home_is_in_every_evening_that_they_come_to(played: Played) -> None:
    evenings = evenings_of(played)
    checked = 0
    for person, visits in played.visits_of.items():
        if played.people[person].hops:
            continue
        own = {each.part.part for each in evenings.get(person, ())}
        for visit in visits:
            if not visit.zone or not played.told(visit, "evenings"):
                continue
            shown = datetime.fromtimestamp(visit.at_s, ZoneInfo(visit.zone))
            if 18 <= shown.hour < 21:
                began = datetime(shown.year, shown.month, shown.day, 18, tzinfo=UTC)
                assert str(int(began.timestamp())) in own
                checked += 1
    assert checked > 20_000


def test_of_a_cup_there_are_as_many_places_as_may_be_for_who_joins_first(played: Played) -> None:
    places = places_of(played, "cup")
    assert {int(part.part) for part in places} == {each.start_s for each in CUPS}
    filled = 0
    for span in CUPS:
        asked: dict[int, None] = {}
        for visit in played.visits:
            if span.has(visit.at_s) and visit.asks is Asks.LIVE_EVENTS and visit.joins:
                asked.setdefault(visit.person)
        (those,) = (each for part, each in places.items() if int(part.part) == span.start_s)
        assert list(those) == list(asked)[: played.caps.cup]
        filled += len(asked) > played.caps.cup
    assert filled == len(CUPS)


def test_only_who_joined_is_in_a_cup(played: Played) -> None:
    joined = {
        (person, int(part.part)): place.enrolled_us // MICROSECONDS
        for part, those in places_of(played, "cup").items()
        for person, place in those.items()
    }
    for sight in played.month.live["cup"]:
        (span,) = (each for each in CUPS if each.has(sight.at_s))
        assert joined[sight.person, span.start_s] <= sight.at_s
    assert len(played.month.live["cup"]) > len(joined)


def test_of_a_rush_places_go_to_who_comes_first(played: Played) -> None:
    places = places_of(played, "rush")
    assert {int(part.part) for part in places} == {each.start_s for each in RUSHES}
    sizes = []
    for span in RUSHES:
        asked: dict[int, None] = {}
        for visit in played.visits:
            if span.has(visit.at_s) and played.told(visit, "rush", "halves", "promo"):
                asked.setdefault(visit.person)
        (those,) = (each for part, each in places.items() if int(part.part) == span.start_s)
        assert list(those) == list(asked)[: played.caps.rush]
        sizes.append(len(asked))
    assert min(sizes) > played.caps.rush


def test_membership_that_sticks_outlives_the_audience_and_other_does_not(played: Played) -> None:
    sticks = {(each.person, each.at_s) for each in played.month.live["stays"]}
    goes = {(each.person, each.at_s) for each in played.month.live["goes"]}
    taking_part: set[int] = set()
    outlived = 0
    for visit in played.visits:
        if not WELCOME.has(visit.at_s):
            continue
        key = (visit.person, visit.at_s)
        young = visit.at_s - played.people[visit.person].created_s < NEWCOMER_S
        if played.told(visit, "stays"):
            if young:
                taking_part.add(visit.person)
            assert (key in sticks) == (visit.person in taking_part)
            outlived += visit.person in taking_part and not young
        if played.told(visit, "goes"):
            assert (key in goes) == young
    assert outlived > 1_000
    assert all(WELCOME.has(at_s) for _, at_s in sticks | goes)
    assert not places_of(played, "goes")


def test_what_is_for_everybody_keeps_no_places(played: Played) -> None:
    assert not places_of(played, "everybody")
    seen = {(each.person, each.at_s) for each in played.month.live["everybody"]}
    expected = {
        (visit.person, visit.at_s)
        for visit in played.visits
        if any(each.has(visit.at_s) for each in FRIDAYS) and played.told(visit, "everybody")
    }
    assert seen == expected
    assert min(at_s for _, at_s in seen) >= START_S
