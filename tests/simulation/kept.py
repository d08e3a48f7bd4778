"""The server of the simulation with what production has: the read path, and places in SQLite."""

import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path

from sqlalchemy import insert

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.audiences.membership import Memberships
from matsuri.audiences.model import Entry
from matsuri.audiences.no_windows import NO_WINDOWS
from matsuri.definitions.model import Catalog
from matsuri.enrolments.model import Admission
from matsuri.enrolments.service import EnrolmentBook
from matsuri.events.model import EXPERIMENT_EXPOSURE, decode_entries
from matsuri.experiments.source import Placement
from matsuri.filters.facts import Windows
from matsuri.flags.model import Resolution
from matsuri.flags.service import PlayerFlags, ReadLimits, Rules
from matsuri.identities import store as identity_store
from matsuri.identities.outbox import Outbox
from matsuri.identities.read_player import Commits, PlayerState, PlayerVersion
from matsuri.kit.clock import MICROSECONDS, ManualClock
from matsuri.live_events.source import LiveEventPlace
from matsuri.migrations.run import DatabaseName, migrate
from tests.simulation.book import FULL_SECONDS
from tests.simulation.players import Players
from tests.simulation.population import Population
from tests.simulation.server import Compilers, shown, taking_part
from tests.simulation.world import nothing_declared


class KeptServer:
    """See ``Server``. Everything is read twice, and must be the same again."""

    def __init__(self, flags: PlayerFlags, current: "Current", clock: ManualClock) -> None:
        self._flags = flags
        self._current = current
        self._clock = clock

    def use(self, catalog: Catalog) -> None:
        """See ``Server``."""
        self._current.use(catalog)

    async def flags(
        self, person: int, at_s: int, names: Collection[str] | None
    ) -> Mapping[str, Resolution]:
        """See ``Server``."""
        self._set_clock(at_s)
        delivers = None if names is None else lambda _answer: names
        answer = await self._flags.read(person + 1, delivers)
        again = await self._flags.read(person + 1, delivers)
        assert answer.body == again.body
        return answer.flags if names is None else {name: answer.flags[name] for name in names}

    async def experiments(self, person: int, at_s: int) -> Sequence[Placement]:
        """See ``Server``."""
        self._set_clock(at_s)
        source = self._current.compiled.experiments

        def wanted(player: Memberships) -> list[Admission]:
            return [x.admission for x in source.placements(player) if x.admission is not None]

        return taking_part(source.placements(await self._flags.player(person + 1, wanted)))

    async def live_events(self, person: int, at_s: int, *, joins: bool) -> Sequence[LiveEventPlace]:
        """See ``Server``."""
        self._set_clock(at_s)
        source = self._current.compiled.live_events

        def wanted(player: Memberships) -> list[Admission]:
            places = shown(source.places(player), joins=joins)
            return [x.admission for x in places if x.admission is not None]

        return shown(source.places(await self._flags.player(person + 1, wanted)), joins=joins)

    def _set_clock(self, at_s: int) -> None:
        self._clock.advance(at_s - self._clock.now_us() // MICROSECONDS)


class Current:
    """The definitions that are in use."""

    def __init__(self) -> None:
        self._compilers = Compilers()

    def use(self, catalog: Catalog) -> None:
        self.compiled = self._compilers(catalog)

    def rules(self) -> Rules:
        return self.compiled.rules


class _Reader:
    """``flags.service.Players``: who they are is in memory, the version by places in SQLite."""

    def __init__(self, players: Players, points: SqlitePointReads, clock: ManualClock) -> None:
        self._players = players
        self._points = points
        self._clock = clock
        self._version = points.prepare(identity_store.identity_version)

    def commits(self) -> Commits:
        # Visits change players at the times of the clock.
        return Commits(self._points.commits(), self._clock.now_us())

    def identity_version(self, identity_key: int) -> int:
        found = self._version(identity_key)
        assert found is not None
        return int(found[0])

    def profile_version(self, _identity_key: int) -> int:
        return self._clock.now_us()

    async def load(self, identity_key: int) -> PlayerState:
        version = PlayerVersion(self.identity_version(identity_key), self._clock.now_us())
        person = identity_key - 1
        return PlayerState(version, self._players.identity(person), self._players.profile(person))


class _NoLists:
    """``flags.service.Entries``: nobody is on the list of any audience."""

    def version(self) -> int:
        return 0

    async def of(self, _identity_id: str) -> Sequence[Entry]:
        return ()


class KeptLog:
    """What the log was given."""

    def __init__(self) -> None:
        self._payloads: list[bytes] = []

    async def append(self, payload: bytes) -> None:
        self._payloads.append(payload)

    def exposures(self) -> list[tuple[str, str, str]]:
        """By whom, to which phase and variant, in the order in which they came."""
        return [
            (batch.identity_id, event.metadata["phaseId"], event.metadata["variantName"])
            for payload in self._payloads
            for batch in decode_entries(payload)
            for event in batch.events
            if event.name == EXPERIMENT_EXPOSURE
        ]


async def _no_windows(_identity_key: int) -> Windows:
    return NO_WINDOWS


@contextlib.asynccontextmanager
async def kept_server(
    path: Path, population: Population, players: Players
) -> AsyncIterator[tuple[KeptServer, EnrolmentBook, KeptLog]]:
    """The server, its book, and the log that it tells of exposures."""
    _declare(path, population)
    clock = ManualClock(0)
    database, points, log = SqliteDatabase(path), SqlitePointReads(path), KeptLog()
    outbox = Outbox(database=database, log=log)  # type: ignore[arg-type] # all that is needed
    book = EnrolmentBook(
        database=database, points=points, outbox=outbox, clock=clock, full_seconds=FULL_SECONDS
    )
    current = Current()
    current.use(nothing_declared())
    flags = PlayerFlags(
        players=_Reader(players, points, clock),
        entries=_NoLists(),
        places=book,
        windows_of=_no_windows,
        rules=current.rules,
        clock=clock,
        limits=ReadLimits(
            entries_max=1000,
            bytes_max=10_000_000,
            full_recheck_seconds=30,
            default_when_unavailable=False,
        ),
    )
    yield KeptServer(flags, current, clock), book, log
    await outbox.drain()
    points.close()
    await database.close()


def _declare(path: Path, population: Population) -> None:
    """A database with these players."""
    engine = sqlite_engine(path)
    migrate(engine, DatabaseName.CONTROL)
    rows = [
        {
            "key": number,
            "id": person.id,
            "created_us": person.created_s * MICROSECONDS,
            "updated_us": person.created_s * MICROSECONDS,
            "default_properties": "{}",
            "custom_properties": "{}",
        }
        for number, person in enumerate(population.people, start=1)
    ]
    with engine.begin() as connection:
        connection.execute(insert(identity_store.identities), rows)
    engine.dispose()
