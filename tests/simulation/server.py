"""The server of the simulation: the real rules, with the book of places in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from matsuri.audiences.kinds import AudienceCompiler
from matsuri.audiences.membership import Memberships
from matsuri.audiences.target import target_of
from matsuri.definitions.model import Catalog
from matsuri.enrolments.model import Admission
from matsuri.experiments.source import ExperimentCompiler, ExperimentSet, Placement
from matsuri.filters.limits import FilterLimits
from matsuri.flags.compile import FlagCompiler
from matsuri.flags.model import Resolution
from matsuri.flags.resolve import resolve
from matsuri.flags.service import Rules
from matsuri.kit.clock import MICROSECONDS
from matsuri.live_events.source import LiveEventCompiler, LiveEventPlace, LiveEventSet
from tests.simulation.book import MemoryBook
from tests.simulation.players import Players

_TRIES_MAX = 5

T = TypeVar("T")


class Server(Protocol):
    """Answers games, at an instant in seconds; whoever is answered has what the answer tells."""

    def use(self, catalog: Catalog) -> None:
        """From now on these are the definitions."""

    async def flags(
        self, person: int, at_s: int, names: Collection[str] | None
    ) -> Mapping[str, Resolution]:
        """The flags of these names, or all."""

    async def experiments(self, person: int, at_s: int) -> Sequence[Placement]:
        """The experiments that the player takes part in."""

    async def live_events(self, person: int, at_s: int, *, joins: bool) -> Sequence[LiveEventPlace]:
        """The live events that the player takes part in, of who ``joins`` with those to join."""


class Compiled(NamedTuple):
    """The definitions made ready."""

    rules: Rules
    experiments: ExperimentSet
    live_events: LiveEventSet


class Compilers:
    """What the server has to make catalogs ready."""

    def __init__(self) -> None:
        self._flags = FlagCompiler()
        self._audiences = AudienceCompiler(FilterLimits(), ready=lambda _window: True)
        self._experiments = ExperimentCompiler()
        self._live_events = LiveEventCompiler()

    def __call__(self, catalog: Catalog) -> Compiled:
        experiments, live_events = self._experiments(catalog), self._live_events(catalog)
        rules = Rules(self._flags(catalog), self._audiences(catalog), (experiments, live_events))
        return Compiled(rules, experiments, live_events)


def taking_part(placements: Sequence[Placement]) -> Sequence[Placement]:
    """Those in which the player is."""
    return [each for each in placements if each.variant is not None]


def shown(places: Sequence[LiveEventPlace], *, joins: bool) -> Sequence[LiveEventPlace]:
    """Those that the player is in or, of who ``joins``, can join."""
    return [
        each
        for each in places
        if each.takes_part or (joins and each.event.body.explicit_join and each.admission)
    ]


class MemoryServer:
    """See ``Server``: what ``flags.service.PlayerFlags`` does, without anything beside the rules.

    A player is resolved, gets the places that come with what is told, and is resolved once more.
    """

    def __init__(self, players: Players, book: MemoryBook) -> None:
        self._players = players
        self._book = book
        self._compilers = Compilers()

    def use(self, catalog: Catalog) -> None:
        """See ``Server``."""
        self._compiled = self._compilers(catalog)
        self._book.forget_full()

    async def flags(
        self, person: int, at_s: int, names: Collection[str] | None
    ) -> Mapping[str, Resolution]:
        """See ``Server``."""
        rules = self._compiled.rules

        def told(player: Memberships) -> tuple[Mapping[str, Resolution], Sequence[Admission]]:
            experience = resolve(rules.flags, rules.sources, player)
            admissions = experience.admissions
            if names is not None:
                admissions = tuple(x for x in admissions if not x.flags.isdisjoint(names))
            return experience.flags, admissions

        found = self._settled(person, at_s, told)
        return found if names is None else {name: found[name] for name in names}

    async def experiments(self, person: int, at_s: int) -> Sequence[Placement]:
        """See ``Server``."""

        def told(player: Memberships) -> tuple[Sequence[Placement], Sequence[Admission]]:
            placements = self._compiled.experiments.placements(player)
            return placements, [x.admission for x in placements if x.admission is not None]

        return taking_part(self._settled(person, at_s, told))

    async def live_events(self, person: int, at_s: int, *, joins: bool) -> Sequence[LiveEventPlace]:
        """See ``Server``."""

        def told(player: Memberships) -> tuple[Sequence[LiveEventPlace], Sequence[Admission]]:
            places = shown(self._compiled.live_events.places(player), joins=joins)
            return places, [x.admission for x in places if x.admission is not None]

        return self._settled(person, at_s, told)

    def _settled(
        self,
        person: int,
        at_s: int,
        told: Callable[[Memberships], tuple[T, Sequence[Admission]]],
    ) -> T:
        now_us = at_s * MICROSECONDS
        identity, profile = self._players.identity(person), self._players.profile(person)
        for _ in range(_TRIES_MAX):
            places = self._book.of(person, now_us)
            target = target_of(identity, profile, (), enrolments=places)
            answer, admissions = told(Memberships(self._compiled.rules.audiences, target, now_us))
            if not admissions:
                return answer
            self._book.admit(person, admissions, now_us)
        raise AssertionError("places change all the time")
