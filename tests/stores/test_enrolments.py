"""Places in the control database: given once, counted exactly, on however many nodes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from matsuri.adapters.database import SqliteDatabase, sqlite_engine
from matsuri.adapters.database_point_reads import SqlitePointReads
from matsuri.definitions.model import Definition
from matsuri.definitions.store import put_definition
from matsuri.enrolments import store
from matsuri.enrolments.follow import EnrolmentsFollow
from matsuri.enrolments.model import Admission, Enrolment, Part, SubjectKind
from matsuri.enrolments.service import Admitted, EnrolmentBook, Refusal
from matsuri.enrolments.store import Place, enrolment_counts, enrolments
from matsuri.errors import NotFound
from matsuri.events.model import decode_entries
from matsuri.identities.outbox import Outbox
from matsuri.identities.store import identities, outbox_rows, set_clock_offset
from matsuri.kit.clock import ManualClock
from matsuri.migrations.run import DatabaseName, migrate

PART = Part("experiment-1", "phase-1")
OTHER = Part("experiment-2", "phase-1")
PLAYERS = 40
NOW_US = 1_700_000_000_000_000


def admission(part: Part = PART, *, most: int = 0, **fields: object) -> Admission:
    return Admission(  # type: ignore[misc] # the fields of an admission
        part=part,
        kind=SubjectKind.EXPERIMENT,
        variant=str(fields.pop("variant", "test")),
        participants_max=most,
        exposure={"variantName": "test"},
        **fields,  # type: ignore[arg-type] # the same
    )


class Silent:
    """A log that takes everything and keeps nothing."""

    async def append(self, _payload: bytes) -> None:
        return None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "control.db"
    engine = sqlite_engine(path)
    migrate(engine, DatabaseName.CONTROL)
    rows = [
        {
            "key": number,
            "id": f"player-{number:04}",
            "created_us": 1,
            "updated_us": 1,
            "default_properties": "{}",
            "custom_properties": "{}",
        }
        for number in range(1, PLAYERS + 1)
    ]
    with engine.begin() as connection:
        connection.execute(insert(identities), rows)
    engine.dispose()
    return path


def mark(path: Path, *keys: int) -> None:
    """Make these players test devices."""
    with connected(path) as connection:
        for key in keys:
            set_clock_offset(connection, key, 0)


@contextlib.asynccontextmanager
async def node(path: Path, clock: ManualClock | None = None) -> AsyncIterator[EnrolmentBook]:
    """What one of several servers on the same database has."""
    database = SqliteDatabase(path)
    points = SqlitePointReads(path)
    # Nothing is delivered, so that what was promised can be looked at.
    outbox = Outbox(database=database, log=Silent())  # type: ignore[arg-type] # all that is needed
    yield EnrolmentBook(
        database=database,
        points=points,
        outbox=outbox,
        clock=clock or ManualClock(NOW_US),
        full_seconds=1,
    )
    await outbox.drain()
    points.close()
    await database.close()


@contextlib.contextmanager
def connected(path: Path) -> Iterator[Connection]:
    engine = sqlite_engine(path)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def exposures(path: Path) -> int:
    with connected(path) as connection:
        return sum(len(decode_entries(payload)) for _, payload in outbox_rows(connection))


async def test_a_place_is_given_once_and_raises_the_version_once(path: Path) -> None:
    async with node(path) as book:
        first = await book.admit(1, [admission()], now_us=NOW_US)
        again = await book.admit(1, [admission(variant="control")], now_us=NOW_US + 1)
        assert (await book.of("player-0001")).held == first.held == again.held
        assert first.held[PART] == Enrolment(part=PART, enrolled_us=NOW_US, variant="test")
        assert (first.wrote, again.wrote) == (True, False)
        assert first.identity_version == again.identity_version
        assert await book.counts("experiment-1") == {(PART, "test"): 1}
        page = await book.participants(PART, limit=10)
        assert [each[0] for each in page.items] == ["player-0001"]
    assert exposures(path) == 1


async def test_a_cap_holds_exactly_over_several_nodes(path: Path) -> None:
    async def all_players(book: EnrolmentBook) -> list[Admitted]:
        return await asyncio.gather(
            *(book.admit(key, [admission(most=7)], now_us=NOW_US) for key in range(1, PLAYERS + 1))
        )

    async with node(path) as one, node(path) as two, node(path) as three:
        results = await asyncio.gather(*(all_players(each) for each in (one, two, three)))
        for mine in results:
            assert sum(PART in each.held for each in mine) == 7
            assert {each.refused.get(PART) for each in mine if PART not in each.held} == {
                Refusal.FULL
            }
        assert await one.counts("experiment-1") == {(PART, "test"): 7}
    assert exposures(path) == 7


async def test_full_is_remembered_for_a_while(path: Path) -> None:
    clock = ManualClock(NOW_US)
    async with node(path, clock) as book:
        await book.admit(1, [admission(most=1)], now_us=NOW_US)
        await book.admit(2, [admission(most=1)], now_us=NOW_US)
        assert (await book.of("player-0003")).full == {PART}
        clock.advance(2)
        assert (await book.of("player-0003")).full == frozenset()


async def test_what_does_not_go_together_is_refused(path: Path) -> None:
    async with node(path) as book:
        await book.admit(1, [admission()], now_us=NOW_US)
        found = await book.admit(1, [admission(OTHER, not_with=(PART,))], now_us=NOW_US)
        assert found.refused == {OTHER: Refusal.EXCLUDED}
        both = [admission(not_with=(OTHER,)), admission(OTHER, not_with=(PART,))]
        found = await book.admit(2, both, now_us=NOW_US)
        assert (list(found.held), found.refused) == ([PART], {OTHER: Refusal.EXCLUDED})


async def test_places_of_test_devices_count_nowhere(path: Path) -> None:
    mark(path, 1, 2)
    async with node(path) as book:
        await book.admit(1, [admission(most=1)], now_us=NOW_US, is_test=True)
        await book.admit(2, [admission(most=1)], now_us=NOW_US, is_test=True)
        assert await book.counts("experiment-1") == {}
        assert (await book.participants(PART, limit=10)).items == []
        assert len((await book.of("player-0002")).held) == 1
        with connected(path) as connection:
            assert book.remove_test_places(connection, "player-0002") == 1
        assert (await book.of("player-0002")).held == {}
    assert exposures(path) == 0


@pytest.mark.parametrize("is_test", [True, False])
async def test_who_is_not_any_more_what_was_resolved_gets_nothing(
    path: Path, *, is_test: bool
) -> None:
    mark(path, *([] if is_test else [1]))
    async with node(path) as book:
        found = await book.admit(1, [admission()], now_us=NOW_US, is_test=is_test)
        assert (found.held, found.refused, found.wrote) == ({}, {}, False)
        assert (await book.of("player-0001")).held == {}
        found = await book.admit(1, [admission()], now_us=NOW_US, is_test=not is_test)
        assert list(found.held) == [PART]


async def test_a_player_who_is_gone_gets_nothing(path: Path) -> None:
    async with node(path) as book:
        with pytest.raises(NotFound):
            await book.admit(PLAYERS + 1, [admission()], now_us=NOW_US)


async def test_many_are_read_at_once(path: Path) -> None:
    async with node(path) as book:
        await book.admit(1, [admission()], now_us=NOW_US)
        found = await book.of_many(["player-0001", "player-0002"])
        assert {name: list(each.held) for name, each in found.items()} == {
            "player-0001": [PART],
            "player-0002": [],
        }


async def test_places_that_only_test_devices_had_go_with_what_they_were_in(path: Path) -> None:
    mark(path, 1)
    async with node(path) as book:
        await book.admit(1, [admission()], now_us=NOW_US, is_test=True)
        assert await book.counts(PART.subject_id) == {}
        assert await book.tidy() == 1
        assert (await book.of("player-0001")).held == {}


async def test_places_go_with_what_they_were_in_a_little_at_a_time(path: Path) -> None:
    kept, test = Part("kept", "run-1"), Part("experiment-1", "phase-2")
    with connected(path) as connection:
        put_definition(connection, Definition(id="kept", kind="live_event", name="raid", body="{}"))
        for number in range(1500):
            for part in (PART, kept):
                enrolment = Enrolment(part=part, enrolled_us=1, variant="test")
                place = Place(
                    identity_id=f"{number}", enrolment=enrolment, kind="any", is_test=False
                )
                store.give_place(connection, place)
        enrolment = Enrolment(part=test, enrolled_us=1)
        store.give_place(
            connection, Place(identity_id="0", enrolment=enrolment, kind="any", is_test=True)
        )
    clock = ManualClock(NOW_US)
    async with node(path, clock) as book:
        await book.keep_tidy()
        assert sum((await book.counts("experiment-1")).values()) in {500, 501}
        # Not more than once a minute, whoever asks.
        await book.keep_tidy()
        clock.advance(60)
        await book.keep_tidy()
        assert await book.counts("experiment-1") == {}
        assert sum((await book.counts("kept")).values()) == 1500
        assert await book.tidy() == 0
    with connected(path) as connection:
        left = select(enrolments.c.subject_id).distinct()
        counted = select(enrolment_counts.c.subject_id).distinct()
        assert connection.execute(left).all() == connection.execute(counted).all() == [("kept",)]


ids = st.sampled_from(["a", "b", "c"])
parts = st.sampled_from([PART, OTHER, Part("experiment-1", "phase-2")])
steps = st.one_of(
    st.tuples(st.just("give"), ids, parts, st.sampled_from(["control", "test"]), st.booleans()),
    st.tuples(st.just("merge"), ids, ids),
    st.tuples(st.just("erase"), ids),
    st.tuples(st.just("untest"), ids),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("enrolments") / "control.db"
    engine = sqlite_engine(path)
    migrate(engine, DatabaseName.CONTROL)
    engine.dispose()
    return path


@given(history=st.lists(steps, max_size=12))
def test_counts_are_always_those_of_the_places(
    shared: Path, history: list[tuple[object, ...]]
) -> None:
    follow = EnrolmentsFollow()
    with connected(shared) as connection:
        connection.execute(enrolments.delete())
        connection.execute(enrolment_counts.delete())
        for step in history:
            match step:
                case ("give", str(who), Part() as part, str(variant), bool(is_test)):
                    enrolment = Enrolment(part=part, enrolled_us=1, variant=variant)
                    place = Place(
                        identity_id=who, enrolment=enrolment, kind="experiment", is_test=is_test
                    )
                    had = part in store.places_of(connection, who)
                    assert store.give_place(connection, place) is not had
                case ("merge", str(one), str(other)) if one != other:
                    before = store.places_of(connection, other)
                    follow.merged(connection, one, other)
                    assert store.places_of(connection, one) == {}
                    assert before.items() <= store.places_of(connection, other).items()
                case ("erase", str(who)):
                    follow.erased(connection, [who])
                    assert store.places_of(connection, who) == {}
                case ("untest", str(who)):
                    store.forget_places(connection, [who], tests_only=True)
        rows = connection.execute(select(enrolments).where(enrolments.c.is_test.is_(False))).all()
        counted: dict[tuple[Part, str], int] = {}
        for row in rows:
            key = (Part(row.subject_id, row.part), row.variant)
            counted[key] = counted.get(key, 0) + 1
        told: dict[tuple[Part, str], int] = {}
        for subject in ("experiment-1", "experiment-2"):
            told |= store.counts_of(connection, subject)
        assert told == counted
