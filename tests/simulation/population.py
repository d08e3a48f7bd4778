"""Who plays in the simulated month, and when: the same for ever, for the same number of players.

People have countries with their time zones and clocks, most come a few times and some every day,
mostly in their evenings; six of ten were there before the month, the others join during it. Some
pay, and a few pay much. One of a hundred puts the clock of the device to other time zones again and
again, to get more out of events that begin where the player is.
"""

import random
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

START_S = 1_772_323_200  # 2026-03-01 00:00 UTC, a Sunday
DAY_S, HOUR_S = 86_400, 3600
DAYS = 31
END_S = START_S + DAYS * DAY_S

_SEED = 20_260_301
_THERE_BEFORE = 0.6
_DAYS_BEFORE_MAX = 300
_HOPPERS = 0.01
_HOPS = 24
_HOP_HOURS_MAX = 7
_NO_ZONE = 0.02
_TESTERS = 0.002
# How likely a visit begins in each hour of a player's day.
_HOURS = (2, 1, 1, 1, 1, 1, 2, 3, 4, 4, 4, 5, 6, 5, 5, 5, 6, 8, 10, 12, 12, 11, 8, 4)


class Country(NamedTuple):
    """A country: one of its time zones, and about how far ahead of UTC that is."""

    code: str
    zone: str
    ahead_hours: float
    weight: int


COUNTRIES = (
    Country("US", "America/New_York", -5, 18),
    Country("US", "America/Los_Angeles", -8, 10),
    Country("JP", "Asia/Tokyo", 9, 20),
    Country("IN", "Asia/Kolkata", 5.5, 14),
    Country("BR", "America/Sao_Paulo", -3, 12),
    Country("DE", "Europe/Berlin", 1, 10),
    Country("GB", "Europe/London", 0, 8),
    Country("AU", "Australia/Sydney", 11, 5),
    Country("NZ", "Pacific/Auckland", 13, 3),
)
# So far apart that the same hour is there on two days at once: what travellers would try first.
FAR_APART = ("Pacific/Kiritimati", "Pacific/Pago_Pago")
PLATFORMS = ("ios", "android", "pc")
_HOPPED_TO = (*(each.zone for each in COUNTRIES), *FAR_APART)


class Asks(Enum):
    """What a game asks the server for at a visit."""

    ALL_FLAGS = auto()
    ONE_FLAG = auto()
    EXPERIMENTS = auto()
    LIVE_EVENTS = auto()


class Person(NamedTuple):
    """A player: how likely one ``pays`` at a visit, and who ``tests`` is of the studio."""

    id: str
    created_s: int
    country: Country
    platform: str
    pays: float
    hops: bool
    tests: bool


class Visit(NamedTuple):
    """A player comes: the index of the player, and where the player's device says it is.

    ``pick`` chooses the flag of who asks for one. Who ``joins`` takes part in every live event that
    can be joined.
    """

    at_s: int
    person: int
    zone: str
    spent_cents: int
    asks: Asks
    pick: float
    joins: bool


class Population(NamedTuple):
    """All players, and their visits in the order of time."""

    people: Sequence[Person]
    visits: Sequence[Visit]


@lru_cache(maxsize=2)
def population(size: int) -> Population:
    """So many players and their month."""
    chance = random.Random(_SEED)
    people, visits = [], []
    for index in range(size):
        person = _person(chance)
        people.append(person)
        times = _hops(chance, person) if person.hops else _times(chance, person)
        visits += [_visit(chance, index, person, at_s) for at_s in times]
    visits.sort(key=lambda each: (each.at_s, each.person))
    return Population(people, visits)


def _person(chance: random.Random) -> Person:
    (country,) = chance.choices(COUNTRIES, [each.weight for each in COUNTRIES])
    if chance.random() < _THERE_BEFORE:
        created_s = START_S - 1 - int(chance.random() * _DAYS_BEFORE_MAX * DAY_S)
    else:
        created_s = START_S + int(chance.random() * (END_S - START_S))
    (pays,) = chance.choices((0.0, 0.1, 0.5), (80, 17, 3))
    return Person(
        id=f"{chance.getrandbits(64):016x}",
        created_s=created_s,
        country=country,
        platform=PLATFORMS[int(chance.random() * len(PLATFORMS))],
        pays=pays,
        hops=chance.random() < _HOPPERS,
        tests=chance.random() < _TESTERS,
    )


def _times(chance: random.Random, person: Person) -> list[int]:
    """When a player comes: who joins does so by coming."""
    first_s = max(person.created_s, START_S)
    (each_day,) = chance.choices((0.03, 0.15, 0.5), (70, 25, 5))
    times = [first_s] if person.created_s >= START_S else []
    visits = round(chance.expovariate(1) * each_day * (END_S - first_s) / DAY_S)
    for _ in range(min(visits, 4 * DAYS)):
        day_s = first_s + int(chance.random() * (END_S - first_s) / DAY_S) * DAY_S
        at_s = day_s - day_s % DAY_S + _second_of_day(chance, person.country)
        if first_s <= at_s < END_S:
            times.append(at_s)
    return times


def _second_of_day(chance: random.Random, country: Country) -> int:
    """In UTC, mostly in the evening where the player is."""
    (hour,) = chance.choices(range(24), _HOURS)
    return int((hour + chance.random() - country.ahead_hours) * HOUR_S) % DAY_S


def _hops(chance: random.Random, person: Person) -> list[int]:
    """Every few hours for some days."""
    first_s = max(person.created_s, START_S)
    at_s = first_s + int(chance.random() * (END_S - first_s) / 2)
    times = []
    for _ in range(_HOPS):
        at_s += int(chance.random() * _HOP_HOURS_MAX * HOUR_S)
        if at_s < END_S:
            times.append(at_s)
    return times


def _visit(chance: random.Random, index: int, person: Person, at_s: int) -> Visit:
    zone = person.country.zone
    if person.hops:
        zone = _HOPPED_TO[int(chance.random() * len(_HOPPED_TO))]
    elif chance.random() < _NO_ZONE:
        zone = ""
    paid = chance.random() < person.pays
    (asks,) = chance.choices(tuple(Asks), (72, 14, 5, 9))
    return Visit(
        at_s=at_s,
        person=index,
        zone=zone,
        spent_cents=99 + int(chance.paretovariate(1.5) * 100) if paid else 0,
        asks=asks,
        pick=chance.random(),
        joins=chance.random() < 1 / 2,
    )
