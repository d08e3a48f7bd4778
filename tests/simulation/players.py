"""What the server knows of the players by now: it grows with every visit."""

from decimal import Decimal

import msgspec

from matsuri.audiences.membership import TIME_ZONE_PROPERTY
from matsuri.identities.model import EventStats, Identity, Profile
from matsuri.kit.clock import MICROSECONDS
from tests.simulation.population import Person, Population, Visit

PURCHASE = "purchaseCompleted"
_NEW = Profile()


class Players:
    """The players of a population, by number, as they are stored."""

    def __init__(self, population: Population) -> None:
        self._people = population.people
        self._default = [
            {"countryCode": each.country.code, "platform": each.platform}
            for each in population.people
        ]
        self._zones: dict[int, str] = {}
        self._visits: dict[int, int] = {}
        self._profiles: dict[int, Profile] = {}

    def comes(self, visit: Visit) -> None:
        """A player is there again, one level further."""
        self._zones[visit.person] = visit.zone
        self._visits[visit.person] = self._visits.get(visit.person, 0) + 1

    def goes(self, visit: Visit) -> None:
        """A visit is over, with what was bought."""
        if visit.spent_cents:
            before = self._profiles.get(visit.person, _NEW).events.get(PURCHASE)
            self._profiles[visit.person] = Profile(events={PURCHASE: _bought(before, visit)})

    def identity(self, person: int) -> Identity:
        """Who it is."""
        known: Person = self._people[person]
        custom = {"level": str(self._visits.get(person, 0))}
        zone = self._zones.get(person, "")
        if zone:
            custom[TIME_ZONE_PROPERTY] = zone
        if known.tests:
            custom["tester"] = "yes"
        return Identity(
            key=person + 1,
            id=known.id,
            sample_id=known.id,
            created_us=known.created_s * MICROSECONDS,
            updated_us=known.created_s * MICROSECONDS,
            default_properties=self._default[person],
            custom_properties=custom,
        )

    def profile(self, person: int) -> Profile:
        """What their events add up to."""
        return self._profiles.get(person, _NEW)


def _bought(before: EventStats | None, visit: Visit) -> EventStats:
    at_us = visit.at_s * MICROSECONDS
    if before is None:
        before = EventStats(count=0, seen_first_us=at_us, seen_last_us=at_us, value_sum=Decimal(0))
    return msgspec.structs.replace(
        before,
        count=before.count + 1,
        numeric_count=before.count + 1,
        seen_last_us=at_us,
        value_sum=(before.value_sum or 0) + visit.spent_cents,
    )
