"""The month as it goes: everybody's visits in the order of time, and what is seen at each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from matsuri.definitions.model import Catalog
from matsuri.experiments.lifecycle import end_time_sec
from matsuri.experiments.model import EXPERIMENT_KIND
from matsuri.flags.model import OverrideType, Resolution
from tests.simulation.players import Players
from tests.simulation.population import Asks, Population, Visit
from tests.simulation.server import Server
from tests.simulation.world import Edition

_EXPERIMENT = OverrideType.EXPERIMENT_PHASE_VARIANT_FLAG
_LIVE_EVENTS = frozenset({OverrideType.LIVE_EVENT_FLAG, OverrideType.LIVE_EVENT_FLAG_VARIANT})


class PhaseKey(NamedTuple):
    """A phase by the names of it and its experiment."""

    experiment: str
    phase: str


class Sight(NamedTuple):
    """That somebody was seen to take part in a live event, at a second."""

    person: int
    at_s: int


class Month:
    """What was seen of everybody, kept apart from what the server remembers itself.

    ``variants`` has the names of each phase's variants, ``seen`` for each phase and player the
    number of the variant that was seen, from 1; 0 for none. ``problems`` are what must not be:
    somebody with another variant than before in a phase, or without it. ``in_layer_at_once`` counts
    visits by how many experiments of the exclusion group were seen at once.
    """

    def __init__(self, size: int, editions: Sequence[Edition]) -> None:
        self.variants: dict[PhaseKey, tuple[str, ...]] = {}
        self.seen: dict[PhaseKey, bytearray] = {}
        self.live: dict[str, list[Sight]] = {}
        self.problems: list[str] = []
        self.in_layer_at_once = [0] * 4
        for edition in editions:
            for experiment in edition.catalog.of_kind(EXPERIMENT_KIND).values():
                for phase in experiment.body.phases:
                    key = PhaseKey(experiment.name, phase.name)
                    self.variants[key] = tuple(each.name for each in phase.variants)
                    self.seen.setdefault(key, bytearray(size))

    def seen_in(self, person: int, on: Iterable[PhaseKey], found: Mapping[str, str]) -> None:
        """A player was told ``found``, variants by experiment, while these phases were ``on``."""
        in_layer = 0
        for key in on:
            seen, name = self.seen[key], found.get(key.experiment)
            number = 0 if name is None else self.variants[key].index(name) + 1
            before = seen[person]
            if before != number:
                if before:
                    self.problems.append(f"{person} had {before} of {key}, then {number}")
                seen[person] = number
            in_layer += bool(number) and key.experiment.startswith("layer-")
        self.in_layer_at_once[in_layer] += 1


class _Calendar:
    """Which phases are on, by what the definitions say and nothing else."""

    def __init__(self, catalog: Catalog) -> None:
        self._spans = [
            (PhaseKey(each.name, phase.name), phase.start_time_sec, end_time_sec(phase))
            for each in catalog.of_kind(EXPERIMENT_KIND).values()
            for phase in each.body.phases
        ]
        self._on: list[PhaseKey] = []
        self._until_s = 0

    def on(self, at_s: int) -> Sequence[PhaseKey]:
        if at_s >= self._until_s:
            self._on = [key for key, start, end in self._spans if start <= at_s < end]
            times = [time for _, start, end in self._spans for time in (start, end) if time > at_s]
            self._until_s = min(times, default=2**40)
        return self._on


async def play(
    population: Population, players: Players, editions: Sequence[Edition], server: Server
) -> Month:
    """Let the month go by."""
    month = Month(len(population.people), editions)
    coming = list(editions)
    names: Sequence[str] = []
    calendar = _Calendar(coming[0].catalog)
    for visit in population.visits:
        while coming and coming[0].from_s <= visit.at_s:
            catalog = coming.pop(0).catalog
            server.use(catalog)
            calendar, names = _Calendar(catalog), list(catalog.of_kind("flag"))
        players.comes(visit)
        await _read(month, server, visit, calendar.on(visit.at_s), names)
        players.goes(visit)
    return month


def asked_for(visit: Visit, names: Sequence[str]) -> Collection[str] | None:
    """The flags that a visit asks for; ``None`` for all."""
    if visit.asks is Asks.ONE_FLAG:
        return (names[int(visit.pick * len(names))],)
    return None


async def _read(
    month: Month, server: Server, visit: Visit, on: Sequence[PhaseKey], names: Sequence[str]
) -> None:
    person, at_s = visit.person, visit.at_s
    if visit.asks is Asks.EXPERIMENTS:
        placements = await server.experiments(person, at_s)
        variants = {
            each.phase.experiment.name: each.variant.variant.name
            for each in placements
            if each.variant is not None
        }
        month.seen_in(person, on, variants)
        return
    if visit.asks is Asks.LIVE_EVENTS:
        for place in await server.live_events(person, at_s, joins=visit.joins):
            month.live.setdefault(place.event.name, []).append(Sight(person, at_s))
        return
    asked = asked_for(visit, names)
    flags = await server.flags(person, at_s, asked)
    variants = _variants(flags)
    if asked is not None:
        on = [key for key in on if key.experiment in flags]
    month.seen_in(person, on, variants)
    for name, resolution in flags.items():
        override = resolution.override
        if override.type in _LIVE_EVENTS and override.name == name:
            month.live.setdefault(name, []).append(Sight(person, at_s))


def _variants(flags: Mapping[str, Resolution]) -> dict[str, str]:
    return {
        resolution.override.name: resolution.override.variant_name
        for resolution in flags.values()
        if resolution.override.type is _EXPERIMENT
    }
