"""What every analytics store promises of counts, erasure, retention and exports."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from matsuri.events.analytics import (
    DAY_US,
    AnalyticsStore,
    AnalyticsUnavailable,
    CountsQuery,
    DayCount,
    ExportQuery,
    Merge,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SizeQuery,
    TopValuesQuery,
    ValueCount,
)
from tests.stores.analytics_engines import ENGINES, Engine, engine_of
from tests.stores.analytics_histories import DAY, NOON_US, History, batch, erased, event, merged

EVER = CountsQuery(from_day=-800_000, until_day=3_000_000)
CANARIES = ("canary-identity", "canary-session", "canary-value", "canary-key", "canary-event")


@pytest.fixture(params=ENGINES)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    async with engine_of(request.param) as made:
        yield made


@pytest.fixture
async def store(engine: Engine) -> AnalyticsStore:
    return await engine.open()


@pytest.fixture
def history() -> History:
    return History()


async def names_of(store: AnalyticsStore, player: int) -> list[str]:
    return [row.name for row in await store.player_events(PlayerEventsQuery(profile_key=player))]


async def test_counts_are_by_day_and_name_and_of_players(
    store: AnalyticsStore, history: History
) -> None:
    later_us = NOON_US + DAY_US
    await store.append(
        history.chunk(
            batch(1, event("b"), event("b"), event("a")),
            batch(2, event("b"), event("é"), event("z")),
            batch(3, event("b", later_us)),
            batch(0, event("b"), event("only nobody")),
            merged(2, 1),
        )
    )
    whole = [
        DayCount(DAY, "a", 1, 1),
        DayCount(DAY, "b", 4, 1),
        DayCount(DAY, "only nobody", 1, 0),
        DayCount(DAY, "z", 1, 1),
        DayCount(DAY, "é", 1, 1),
        DayCount(DAY + 1, "b", 1, 1),
    ]
    assert await store.event_counts(EVER) == whole
    assert await store.event_counts(CountsQuery(from_day=DAY, until_day=DAY)) == whole[:-1]
    only_b = CountsQuery(from_day=DAY, until_day=DAY + 1, names=["b", "none"])
    assert await store.event_counts(only_b) == [whole[1], whole[-1]]
    assert await store.event_counts(CountsQuery(from_day=DAY + 1, until_day=DAY)) == []


async def test_events_of_test_devices_are_kept_and_count_nowhere(
    engine: Engine, history: History
) -> None:
    store = await engine.open()
    tap, buy = event("tap", value="1"), event("buy", value="2")
    sent = [
        history.chunk(batch(1, tap, session="s"), batch(2, tap), batch(1, tap, is_test=True)),
        history.chunk(batch(3, tap, buy, is_test=True), batch(2, tap, session="t", is_test=True)),
        history.chunk(merged(3, 1), merged(2, 1), batch(1, buy)),
    ]
    for chunk in sent:
        await store.append(chunk)
    for _ in range(3):
        assert await store.event_counts(EVER) == [
            DayCount(DAY, "buy", 1, 1),
            DayCount(DAY, "tap", 2, 1),
        ]
        top = TopValuesQuery(name="tap", from_day=DAY, until_day=DAY)
        assert await store.top_values(top) == [ValueCount("1", 2, 1)]
        rows = await store.history_of([1, 2, 3])
        assert [row.is_test for row in rows] == [False, False, True, True, True, True, False]
        assert (await store.size(SizeQuery())).events == 7
        found = await store.player_events(PlayerEventsQuery(profile_key=1, names=["buy"]))
        assert [row.is_test for row in found] == [False, True]
        exported = [row async for rows in store.export(ExportQuery(), rows_max=2) for row in rows]
        assert sum(row.is_test for row in exported) == 4
        # The same from the final form of the day, and after it is opened again.
        await store.tidy(now_us=NOON_US + 40 * DAY_US, keep_days=0)
        await store.close()
        store = await engine.open()


async def test_the_commonest_values_come_first_and_equals_by_value(
    store: AnalyticsStore, history: History
) -> None:
    values = ["b", "b", "10", "9", "ä", "Z", "a", None, ""]
    await store.append(
        history.chunk(
            *(
                batch(1, event("buy", value=value, metadata={"of": value or ""}))
                for value in values
            ),
            batch(2, event("buy", value="b", metadata={"other": "x"})),
            batch(0, event("buy", value="a")),
            batch(2, event("other", value="b"), event("buy", NOON_US + DAY_US, value="b")),
        )
    )
    query = TopValuesQuery(name="buy", from_day=DAY, until_day=DAY)
    assert await store.top_values(query) == [
        ValueCount("b", 3, 2),
        ValueCount("a", 2, 1),
        ValueCount("", 1, 1),
        ValueCount("10", 1, 1),
        ValueCount("9", 1, 1),
        ValueCount("Z", 1, 1),
        ValueCount("ä", 1, 1),
        ValueCount(None, 1, 1),
    ]
    of = TopValuesQuery(name="buy", from_day=DAY, until_day=DAY, metadata_key="of", limit=4)
    assert await store.top_values(of) == [
        ValueCount("", 2, 1),
        ValueCount("b", 2, 1),
        ValueCount(None, 2, 1),
        ValueCount("10", 1, 1),
    ]


async def test_an_erasure_takes_a_player_whole_and_nobody_else(
    engine: Engine, history: History
) -> None:
    store = await engine.open()
    await store.append(
        history.chunk(
            batch(1, event("old"), session="s"),
            batch(2, event("part"), session="s"),
            batch(3, event("part of part"), session="s"),
            batch(9, event("stays"), session="s"),
            merged(3, 2),
        )
    )
    await store.append(
        history.chunk(
            batch(1, event("before"), session="s"),
            merged(2, 1),
            batch(4, event("part in this chunk"), session="s"),
            merged(4, 1),
            batch(2, event("told late"), session="s"),
            batch(9, event("stays too"), session="s"),
            erased(1),
            batch(1, event("after"), session="s"),
            batch(9, event("comes"), session="s"),
        )
    )
    for key in (1, 2, 3, 4):
        assert await names_of(store, key) == []
        assert await store.player_sessions(PlayerSessionsQuery(profile_key=key)) == []
    assert await store.profile_keys(after=-1, limit=10) == [9]
    assert await store.history_of([1, 2, 3, 4]) == []
    assert sorted(await names_of(store, 9)) == ["comes", "stays", "stays too"]
    [session] = await store.player_sessions(PlayerSessionsQuery(profile_key=9))
    assert session.event_count == 3
    assert (await store.size(SizeQuery())).events == 3
    assert [row.name for row in await store.event_counts(EVER)] == ["comes", "stays", "stays too"]
    assert await store.merges() == [Merge(500, 0, 3, 2), Merge(700, 0, 2, 1), Merge(900, 0, 4, 1)]
    assert await store.complete()


async def test_scrub_leaves_no_byte_of_the_erased(engine: Engine, history: History) -> None:
    identity, session, value, key, event_id = CANARIES
    canary = batch(
        1,
        event("tap", value=f"x{value}x", metadata={key: value}, event_id=event_id),
        session=session,
    )
    canary = msgspec.structs.replace(canary, identity_id=identity)
    store = await engine.open()
    others = [batch(2, event("tap", NOON_US + n, f"kept-{n}"), session="kept") for n in range(50)]
    await store.append(history.chunk(canary, *others))
    await store.tidy(now_us=NOON_US + 9 * DAY_US, keep_days=0)
    await store.append(history.chunk(canary))
    await store.append(history.chunk(erased(1)))
    assert await store.scrub() > 0
    assert files_with(engine, "canary-") == []
    await store.tidy(now_us=NOON_US + 9 * DAY_US, keep_days=0)
    assert await store.scrub() == 0
    assert files_with(engine, "canary-") == []
    assert len(await names_of(store, 2)) == 50
    assert await store.last_seq() == 9


def files_with(engine: Engine, text: str) -> list[str]:
    files = (path for path in engine.files.rglob("*") if path.is_file())
    return [str(path) for path in files if text.encode() in path.read_bytes()]


async def test_retention_drops_old_days_and_says_so(engine: Engine, history: History) -> None:
    store = await engine.open()
    days = [-1, DAY - 400, DAY - 31, DAY - 30, DAY - 29, DAY]
    await store.append(
        history.chunk(*(batch(1, event(f"d{day}", day * DAY_US), session="s") for day in days))
    )
    await store.tidy(now_us=NOON_US, keep_days=0)
    await store.tidy(now_us=NOON_US, keep_days=DAY + 1)
    assert len(await names_of(store, 1)) == 6
    assert await store.complete()
    await store.tidy(now_us=NOON_US, keep_days=30)
    assert not await store.complete()
    assert await names_of(store, 1) == [f"d{day}" for day in (DAY, DAY - 29, DAY - 30)]
    assert (await store.size(SizeQuery())).first_day == DAY - 30
    [session] = await store.player_sessions(PlayerSessionsQuery(profile_key=1))
    assert (session.started_us, session.event_count) == ((DAY - 30) * DAY_US, 3)
    late = history.chunk(batch(1, event("very late", 0)))
    await store.append(late)
    assert "very late" in await names_of(store, 1)
    await store.close()
    store = await engine.open()
    assert not await store.complete()
    await store.tidy(now_us=NOON_US + DAY_US, keep_days=30)
    assert await names_of(store, 1) == [f"d{day}" for day in (DAY, DAY - 29)]
    await store.append(late)
    assert len(await names_of(store, 1)) == 2


async def test_days_in_their_final_form_answer_as_before(
    store: AnalyticsStore, history: History
) -> None:
    days = [batch(n % 4, event(time_us=(DAY - n) * DAY_US), session="s") for n in range(12)]
    await store.append(history.chunk(*days, merged(1, 2)))
    counts = await store.event_counts(EVER)
    events = await store.history_of([0, 1, 2, 3])
    sessions = await store.player_sessions(PlayerSessionsQuery(profile_key=2))
    for _ in range(4):
        await store.tidy(now_us=NOON_US + 90 * DAY_US, keep_days=0)
    late = batch(3, event("late", (DAY - 3) * DAY_US + 5))
    await store.append(history.chunk(late))
    assert await names_of(store, 3) == ["late", "tap", "tap", "tap"]
    assert await store.history_of([0, 1, 2]) == [row for row in events if row.profile_key != 3]
    assert await store.player_sessions(PlayerSessionsQuery(profile_key=2)) == sessions
    assert await store.event_counts(EVER) == sorted(
        [*counts, DayCount(DAY - 3, "late", 1, 1)], key=lambda row: (row.day, row.name)
    )
    await store.append(history.chunk(erased(2)))
    assert await store.profile_keys(after=-1, limit=9) == [0, 3]
    assert await store.complete()


async def test_keys_and_histories_are_read_in_order(
    store: AnalyticsStore, history: History
) -> None:
    await store.append(
        history.chunk(
            batch(2, event("b", 50), event("c", 40)),
            batch(1, event("a", 60)),
            batch(0, event("nobody")),
            batch(2**53 + 1, event("large")),
        )
    )
    await store.append(history.chunk(batch(2, event("first by time", -5)), merged(2, 1)))
    assert await store.profile_keys(after=0, limit=2) == [1, 2]
    assert await store.profile_keys(after=2, limit=2) == [2**53 + 1]
    assert await store.profile_keys(after=2**53 + 1, limit=2) == []
    told = await store.history_of([2, 1])
    assert [row.name for row in told] == ["b", "c", "a", "first by time"]
    assert [(row.position, row.place) for row in told] == [(100, 0), (100, 1), (200, 0), (500, 0)]


async def test_exports_are_in_the_order_of_time_in_bounded_pieces(
    store: AnalyticsStore, history: History
) -> None:
    times = [5, DAY_US, 5, -1, NOON_US, NOON_US, 5, -DAY_US]
    await store.append(
        history.chunk(*(batch(1, event(f"n{number}", t)) for number, t in enumerate(times)))
    )

    async def names(query: ExportQuery, rows_max: int = 2) -> list[str]:
        pieces = [piece async for piece in store.export(query, rows_max=rows_max)]
        assert all(1 <= len(piece) <= rows_max for piece in pieces)
        return [row.name for piece in pieces for row in piece]

    ordered = ["n7", "n3", "n0", "n2", "n6", "n1", "n4", "n5"]
    for rows_max in (1, 2, 3, 100):
        assert await names(ExportQuery(), rows_max) == ordered
        # Here everything is received a millisecond after its time.
        assert await names(ExportQuery(received=True), rows_max) == ordered
    assert await names(ExportQuery(from_us=5, until_us=DAY_US)) == ["n0", "n2", "n6"]
    assert await names(ExportQuery(until_us=0)) == ["n7", "n3"]
    assert await names(ExportQuery(until_us=1000, received=True)) == ["n7", "n3"]
    assert await names(ExportQuery(from_us=NOON_US + 1)) == []
    assert await names(ExportQuery(from_us=NOON_US + 1, received=True)) == ["n4", "n5"]
    assert await names(ExportQuery(names=["n1", "n7"])) == ["n7", "n1"]


async def test_questions_are_answered_while_chunks_come(
    store: AnalyticsStore, history: History
) -> None:
    chunks = [history.chunk(batch(1, event(time_us=n))) for n in range(6)]
    await store.append(chunks[0])

    async def ask() -> None:
        for _ in range(3):
            assert await names_of(store, 1)
            assert (await store.event_counts(EVER))[0].players == 1

    async def feed() -> None:
        for chunk in chunks[1:]:
            await store.append(chunk)

    await asyncio.gather(feed(), *(ask() for _ in range(5)))
    assert len(await names_of(store, 1)) == 6


async def test_a_closed_store_is_unavailable(engine: Engine, history: History) -> None:
    store = await engine.open()
    await store.append(history.chunk(batch(1, event())))
    await store.close()
    await store.close()
    with pytest.raises(AnalyticsUnavailable):
        await names_of(store, 1)
    with pytest.raises(AnalyticsUnavailable):
        await store.append(history.chunk(batch(1, event())))
