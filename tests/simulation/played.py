"""A month that is over, and what tests ask of it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property

from matsuri.enrolments.model import Enrolment, Part
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.live_events.model import LIVE_EVENT_KIND
from tests.simulation.book import MemoryBook
from tests.simulation.month import Month, PhaseKey, asked_for, play
from tests.simulation.players import Players
from tests.simulation.population import END_S, START_S, Asks, Person, Population, Visit
from tests.simulation.server import MemoryServer
from tests.simulation.world import Caps, Edition
from tests.support.significance import FALSE_ALARM

# Fewer participants say nothing.
PARTICIPANTS_MIN = 1000
# Who comes from the phase before has the variant of that one, and was split by its weights.
CARRIED = PhaseKey("carried", "second")
CARRIED_BEFORE = PhaseKey("carried", "first")


class Played:
    """A month that is over: who played, what was declared, what was seen, and who has a place."""

    def __init__(self, people: Population, declared: list[Edition], caps: Caps) -> None:
        self.people, self.visits = people
        self.editions = declared
        self.caps = caps
        self.book = MemoryBook()
        players = Players(people)
        server = MemoryServer(players, self.book)
        self.month: Month = asyncio.run(play(people, players, declared, server))
        catalog = declared[-1].catalog
        self.flag_names = list(catalog.of_kind("flag"))
        self.phases: Mapping[PhaseKey, Part] = {
            PhaseKey(each.name, phase.name): Part(each.id, phase.id)
            for each in catalog.of_kind(EXPERIMENT_KIND).values()
            for phase in each.body.phases
        }
        self.ids = {f"{each.kind}/{each.name}": each.id for each in catalog.all()}

    @cached_property
    def places(self) -> Mapping[Part, Mapping[int, Enrolment]]:
        """Who has a place in each part, in the order in which they came."""
        found: dict[Part, dict[int, Enrolment]] = {}
        for person, held in self.book.held.items():
            for part, enrolment in held.items():
                found.setdefault(part, {})[person] = enrolment
        return {
            part: dict(sorted(those.items(), key=lambda each: (each[1].enrolled_us, each[0])))
            for part, those in found.items()
        }

    @cached_property
    def visits_of(self) -> Mapping[int, list[Visit]]:
        """Everybody's visits in the order of time."""
        found: dict[int, list[Visit]] = {}
        for visit in self.visits:
            found.setdefault(visit.person, []).append(visit)
        return found

    def told(self, visit: Visit, *names: str) -> bool:
        """Whether a visit tells of an experiment or a live event that gives these flags."""
        if visit.asks is Asks.LIVE_EVENTS:
            return bool(self.live_event_names & set(names))
        if visit.asks is Asks.EXPERIMENTS:
            return not self.live_event_names & set(names)
        asked = asked_for(visit, self.flag_names)
        return asked is None or not set(names).isdisjoint(asked)

    def came(
        self,
        name: str,
        *,
        from_s: int = START_S,
        until_s: int = END_S,
        only: Callable[[Person], bool] = lambda _person: True,
    ) -> list[int]:
        """Who asked for what tells of an experiment, in the order of their first time."""
        found: dict[int, None] = {}
        for visit in self.visits:
            if not from_s <= visit.at_s < until_s or not only(self.people[visit.person]):
                continue
            if self.told(visit, name):
                found.setdefault(visit.person)
        return list(found)

    @cached_property
    def live_event_names(self) -> set[str]:
        return set(self.editions[-1].catalog.of_kind(LIVE_EVENT_KIND))


def alarms(found: Mapping[object, float]) -> Mapping[object, float]:
    """The p values that are too small to be by chance."""
    return {what: p for what, p in found.items() if p < FALSE_ALARM}
