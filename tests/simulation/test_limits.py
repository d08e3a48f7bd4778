"""As many take part as may, no more and no fewer; nobody once the doors are closed."""

from collections.abc import Mapping

import pytest

from matsuri.enrolments.model import Enrolment
from matsuri.kit.clock import MICROSECONDS
from tests.simulation.month import PhaseKey
from tests.simulation.played import Played
from tests.simulation.population import DAY_S
from tests.simulation.world import CAP_RAISED_DAY, DEADLINE_DAY, END_DAY, LOCK_DAY, day

pytestmark = pytest.mark.slow


def participants(played: Played, name: str) -> Mapping[int, Enrolment]:
    return played.places[played.phases[PhaseKey(name, "only")]]


def test_a_cap_is_reached_exactly_by_those_who_come_first(played: Played) -> None:
    cap, later = played.caps.capped, played.caps.capped_later
    places = participants(played, "capped")
    raised_us = day(CAP_RAISED_DAY) * MICROSECONDS
    before = [person for person, each in places.items() if each.enrolled_us < raised_us]
    asked = played.came("capped", until_s=day(CAP_RAISED_DAY))
    assert len(asked) > 2 * cap
    assert before == asked[:cap]
    # From the moment on at which more are let in, they go to who comes next.
    early = set(before)
    asked_again = played.came("capped", from_s=day(CAP_RAISED_DAY))
    next_ones = [person for person in asked_again if person not in early]
    assert len(next_ones) > later
    assert [person for person in places if person not in early] == next_ones[: later - cap]
    assert len(places) == later


def test_a_cap_that_is_never_reached_keeps_nobody_out(played: Played) -> None:
    asked = played.came("roomy", only=lambda person: person.country.code == "JP")
    assert 10_000 < len(asked) < played.caps.roomy
    assert list(participants(played, "roomy")) == asked


def test_nobody_is_admitted_after_the_deadline(played: Played) -> None:
    asked = played.came("until-deadline", until_s=day(DEADLINE_DAY))
    assert list(participants(played, "until-deadline")) == asked
    assert len(played.came("until-deadline")) > len(asked) + 10_000


def test_nobody_is_admitted_while_participation_is_locked(played: Played) -> None:
    asked = played.came("locked-later", until_s=day(LOCK_DAY))
    assert list(participants(played, "locked-later")) == asked
    assert len(played.came("locked-later")) > len(asked) + 5_000


def test_nobody_is_admitted_to_a_phase_that_is_over(played: Played) -> None:
    asked = played.came("ended-early", until_s=day(END_DAY))
    assert list(participants(played, "ended-early")) == asked


def test_of_an_audience_all_who_came_while_in_it_take_part(played: Played) -> None:
    places = participants(played, "for-newcomers")
    expected: dict[int, None] = {}
    for visit in played.visits:
        young = visit.at_s - played.people[visit.person].created_s < 7 * DAY_S
        if young and played.told(visit, "for-newcomers"):
            expected.setdefault(visit.person)
    assert list(places) == list(expected)
