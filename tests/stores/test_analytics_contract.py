"""What every analytics store promises, whichever engine keeps it."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsuri.events.analytics import (
    DAY_US,
    AnalyticsStore,
    Chunk,
    CountsQuery,
    DayCount,
    EventCursor,
    EventRow,
    ExportQuery,
    Merge,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SessionCursor,
    SessionRow,
    SizeQuery,
    TopValuesQuery,
    ValueCount,
)
from matsuri.events.model import SESSION_START
from matsuri.kit.timestamps import EARLIEST_US, LATEST_US
from tests.stores.analytics_engines import ENGINES, Engine, engine_of
from tests.stores.analytics_histories import (
    DAY,
    HARD_TEXTS,
    NOON_US,
    History,
    batch,
    event,
    merged,
)

ALL_DAYS = CountsQuery(from_day=-800_000, until_day=3_000_000)
SECOND_US = 1_000_000


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


async def names_of(store: AnalyticsStore, player: int, **query: object) -> list[str]:
    found = await store.player_events(PlayerEventsQuery(profile_key=player, **query))
    return [row.name for row in found]


async def exported(store: AnalyticsStore, query: ExportQuery) -> list[EventRow]:
    return [row async for piece in store.export(query, rows_max=7) for row in piece]


async def test_an_empty_store_has_nothing(store: AnalyticsStore) -> None:
    assert await store.last_seq() == 0
    assert await store.complete()
    assert await names_of(store, 1) == []
    assert await store.player_sessions(PlayerSessionsQuery(profile_key=1)) == []
    assert await store.event_counts(ALL_DAYS) == []
    assert await store.top_values(TopValuesQuery(name="tap", from_day=0, until_day=9)) == []
    size = await store.size(SizeQuery())
    assert (size.events, size.first_day, size.last_day) == (0, None, None)
    assert await store.profile_keys(after=-1, limit=10) == []
    assert await store.history_of([1]) == []
    assert await store.history_of([]) == []
    assert await store.merges() == []
    assert await exported(store, ExportQuery()) == []
    await store.tidy(now_us=NOON_US, keep_days=1)
    assert await store.scrub() == 0
    assert await store.complete()


async def test_a_chunk_is_stored_once_however_often_it_is_given(
    engine: Engine, history: History
) -> None:
    store = await engine.open()
    first = history.chunk(batch(1, event("one"), session="s"), batch(2, event("two")))
    second = history.chunk(merged(2, 1), batch(1, event("three"), session="s"))
    for chunk in (first, first, second, first, second):
        await store.append(chunk)
    assert await store.last_seq() == second.last_seq
    await store.close()
    store = await engine.open()
    assert await store.last_seq() == second.last_seq
    for chunk in (first, second):
        await store.append(chunk)
    assert await names_of(store, 1) == ["three", "two", "one"]
    [session] = await store.player_sessions(PlayerSessionsQuery(profile_key=1))
    assert session.event_count == 2
    assert len(await store.merges()) == 1


async def test_a_chunk_of_nothing_moves_on(store: AnalyticsStore) -> None:
    await store.append(Chunk(1, 7, []))
    assert await store.last_seq() == 7
    await store.append(Chunk(8, 8, []))
    assert await store.last_seq() == 8


async def test_events_come_back_as_they_were_and_reopening_keeps_them(
    engine: Engine, history: History
) -> None:
    store = await engine.open()
    sent = batch(
        3,
        event("buy", NOON_US + 1, "9.90", {"item": "sword", "": ""}, event_id="id-1"),
        event("tap", NOON_US, "", {}),
        session="session-1",
    )
    chunk = history.chunk(batch(0, event("server")), sent)
    await store.append(chunk)
    await store.close()
    store = await engine.open()
    kept = {
        "position": 200,
        "profile_key": 3,
        "received_us": NOON_US + 1001,
        "identity_id": "player-3",
        "session_id": "session-1",
        "source": "session",
        "api_key": "default",
    }
    assert await store.player_events(PlayerEventsQuery(profile_key=3)) == [
        EventRow(
            place=0,
            time_us=NOON_US + 1,
            event_id="id-1",
            name="buy",
            value="9.90",
            metadata={"item": "sword", "": ""},
            **kept,
        ),
        EventRow(
            place=1,
            time_us=NOON_US,
            event_id="e",
            name="tap",
            value="",
            metadata={},
            **kept,
        ),
    ]


async def test_hard_texts_come_back_and_are_found(store: AnalyticsStore, history: History) -> None:
    await store.append(
        history.chunk(
            *(
                batch(
                    1,
                    event("tap", NOON_US, text, {text: text, f"x{text}": "y"}, event_id=f"i{text}"),
                    session=f"s{text}",
                    api_key=f"k{text}",
                )
                for text in HARD_TEXTS
            )
        )
    )
    rows = await store.history_of([1])
    assert [row.value for row in rows] == list(HARD_TEXTS)
    for row, text in zip(rows, HARD_TEXTS, strict=True):
        assert row.metadata == {text: text, f"x{text}": "y"}
        assert (row.event_id, row.session_id, row.api_key) == (f"i{text}", f"s{text}", f"k{text}")
        one = PlayerEventsQuery(profile_key=1, session_id=f"s{text}", event_id=f"i{text}")
        assert await store.player_events(one) == [row]
        if text:
            found = await store.player_events(PlayerEventsQuery(profile_key=1, text=text))
            assert row in found
    days = {"from_day": DAY, "until_day": DAY}
    values = await store.top_values(TopValuesQuery(name="tap", **days))
    assert [row.value for row in values] == sorted(HARD_TEXTS)
    for text in HARD_TEXTS[1:]:
        top = TopValuesQuery(name="tap", **days, metadata_key=text)
        none = len(HARD_TEXTS) - 1
        assert await store.top_values(top) == [
            ValueCount(None, none, 1),
            ValueCount(text, 1, 1),
        ]


_any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("engine_name", ENGINES)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    told=st.lists(
        st.tuples(
            st.none() | _any_text,
            st.none() | st.dictionaries(_any_text, _any_text, max_size=3),
            st.integers(EARLIEST_US, LATEST_US),
        ),
        min_size=10,
        max_size=40,
    )
)
async def test_any_value_metadata_and_time_comes_back(
    engine_name: str, told: list[tuple[str | None, dict[str, str] | None, int]]
) -> None:
    events = [event("tap", time_us, value, metadata) for value, metadata, time_us in told]
    async with engine_of(engine_name) as engine:
        store = await engine.open()
        await store.append(History().chunk(batch(1, *events)))
        rows = await store.history_of([1])
    assert [(row.value, row.metadata, row.time_us) for row in rows] == told


async def test_metadata_keeps_its_order(store: AnalyticsStore, history: History) -> None:
    metadata = dict.fromkeys("zbya", "1")
    await store.append(history.chunk(batch(1, event(metadata=metadata))))
    [row] = await store.history_of([1])
    assert row.metadata is not None
    assert list(row.metadata) == list("zbya")


async def test_events_land_on_the_day_of_their_own_time(
    store: AnalyticsStore, history: History
) -> None:
    times = {
        EARLIEST_US: -719_162,
        -1: -1,
        -DAY_US: -1,
        0: 0,
        DAY * DAY_US - 1: DAY - 1,
        DAY * DAY_US: DAY,
        (DAY - 3000) * DAY_US: DAY - 3000,
        LATEST_US: 2_932_896,
    }
    await store.append(history.chunk(batch(1, event(time_us=NOON_US))))
    await store.append(history.chunk(*(batch(1, event("late", time_us)) for time_us in times)))
    counts = await store.event_counts(CountsQuery(from_day=-719_162, until_day=2_932_896))
    late = {row.day: row.events for row in counts if row.name == "late"}
    assert late == {-719_162: 1, -1: 2, 0: 1, DAY - 3000: 1, DAY - 1: 1, DAY: 1, 2_932_896: 1}
    assert await store.event_counts(CountsQuery(from_day=-1, until_day=-1)) == [
        DayCount(-1, "late", 2, 1)
    ]
    size = await store.size(SizeQuery())
    assert (size.events, size.first_day, size.last_day) == (9, -719_162, 2_932_896)
    assert size.bytes > 0


async def test_a_chunk_may_touch_many_months(store: AnalyticsStore, history: History) -> None:
    events = [event(time_us=(DAY - 31 * month) * DAY_US) for month in range(250)]
    await store.append(history.chunk(batch(1, *events, session="s")))
    assert len(await store.event_counts(ALL_DAYS)) == 250
    assert len(await names_of(store, 1, limit=1000)) == 250


async def test_a_players_events_can_be_filtered(store: AnalyticsStore, history: History) -> None:
    await store.append(
        history.chunk(
            batch(1, event("a", 10, event_id="x"), event("b", 20), session="s1"),
            batch(1, event("c", 30, event_id="x"), session="s2"),
            batch(1, event("a", 40), event("A", 50)),
            batch(2, event("a", 20, event_id="x"), session="s1"),
        )
    )
    assert await names_of(store, 1) == ["A", "a", "c", "b", "a"]
    assert await names_of(store, 1, names=["a", "b", "none"]) == ["a", "b", "a"]
    assert await names_of(store, 1, session_id="s1") == ["b", "a"]
    assert await names_of(store, 1, event_id="x") == ["c", "a"]
    assert await names_of(store, 1, event_id="x", session_id="s2") == ["c"]
    assert await names_of(store, 1, from_us=20, until_us=40) == ["c", "b"]
    assert await names_of(store, 1, from_us=40, until_us=40) == []
    assert await names_of(store, 1, limit=2) == ["A", "a"]
    assert await names_of(store, 3) == []


async def test_text_is_looked_for_in_name_value_and_metadata(
    store: AnalyticsStore, history: History
) -> None:
    await store.append(
        history.chunk(
            batch(
                1,
                event("in.Name", 1),
                event("value", 2, "Das ÄPFEL-Feld"),
                event("key", 3, None, {"Tür_1": "-"}),
                event("told", 4, None, {"-": 'a "100%" \\ ДЕНЬ'}),
                event("empty", 5, "", {}),
            )
        )
    )
    for text, names in {
        "IN.NAME": ["in.Name"],
        "äpfel": ["value"],
        "tÜR_": ["key"],
        "день": ["told"],
        '"100%"': ["told"],
        "% \\": [],
        '" \\ ': ["told"],
        "%": ["told"],
        "_": ["key"],
        "100_": [],
        "e": ["empty", "key", "value", "in.Name"],
        # Neither what separates fields nor their written form is text of theirs.
        '":"': [],
        "{": [],
        "\\\\": [],
        "null": [],
    }.items():
        assert await names_of(store, 1, text=text) == names, text


async def test_pages_over_equal_times_lose_and_repeat_nothing(
    store: AnalyticsStore, history: History
) -> None:
    same = [event(f"n{number}", NOON_US) for number in range(5)]
    await store.append(history.chunk(batch(1, *same), batch(1, *same[:3]), batch(1, event("z", 1))))
    whole = await store.player_events(PlayerEventsQuery(profile_key=1))
    assert [(row.position, row.place) for row in whole[:8]] == [
        *((200, place) for place in (2, 1, 0)),
        *((100, place) for place in (4, 3, 2, 1, 0)),
    ]
    for limit in (1, 2, 4):
        paged: list[EventRow] = []
        before = None
        while page := await store.player_events(
            PlayerEventsQuery(profile_key=1, before=before, limit=limit)
        ):
            assert len(page) <= limit
            paged += page
            before = EventCursor(page[-1].time_us, page[-1].position, page[-1].place)
        assert paged == whole


async def test_merged_profiles_are_one_player(store: AnalyticsStore, history: History) -> None:
    await store.append(
        history.chunk(
            batch(1, event("of-1", 1), session="s"),
            batch(2, event("of-2", 2), session="s"),
            batch(3, event("of-3", 3), session="s"),
            batch(4, event("of-4", 4)),
        )
    )
    days = {"from_day": 0, "until_day": 0}
    assert await names_of(store, 3) == ["of-3"]
    await store.append(history.chunk(merged(1, 2), batch(1, event("told-late", 5))))
    assert await names_of(store, 2) == ["told-late", "of-2", "of-1"]
    await store.append(history.chunk(merged(2, 3), batch(3, event("of-3", 6))))
    assert await names_of(store, 3) == ["of-3", "told-late", "of-3", "of-2", "of-1"]
    rows = await store.player_events(PlayerEventsQuery(profile_key=3))
    assert [row.profile_key for row in rows] == [3, 1, 3, 2, 1]
    assert [row.identity_id for row in rows[-2:]] == ["player-2", "player-1"]
    [session] = await store.player_sessions(PlayerSessionsQuery(profile_key=3))
    assert (session.profile_key, session.event_count) == (3, 3)
    assert await store.event_counts(CountsQuery(**days, names=["of-3"])) == [
        DayCount(0, "of-3", 2, 1)
    ]
    [row] = await store.top_values(TopValuesQuery(name="told-late", **days))
    assert row.players == 1
    assert await store.merges() == [Merge(500, 0, 1, 2), Merge(700, 0, 2, 3)]
    assert await store.profile_keys(after=0, limit=10) == [1, 2, 3, 4]


async def test_a_session_is_put_together_from_what_chunks_tell(
    store: AnalyticsStore, history: History
) -> None:
    start_us = NOON_US
    begun = event(SESSION_START, start_us, None, {"countryCode": "DE"})
    next_day_us = (DAY + 1) * DAY_US
    await store.append(history.chunk(batch(1, event("tap", start_us + 5), session="s")))
    await store.append(
        history.chunk(batch(1, begun, event("tap", start_us + 10), session="s", api_key="other"))
    )
    await store.append(history.chunk(batch(1, event("tap", next_day_us), session="s")))
    await store.append(history.chunk(batch(1, event("late", start_us - 7), session="s")))
    assert await store.player_sessions(PlayerSessionsQuery(profile_key=1)) == [
        SessionRow(
            session_id="s",
            profile_key=1,
            started_us=start_us,
            first_event_us=start_us - 7,
            last_event_us=next_day_us,
            event_count=4,
            country="DE",
            api_key="default",
        )
    ]


async def test_sessions_without_a_start_begin_as_told_or_with_their_first_event(
    store: AnalyticsStore, history: History
) -> None:
    issued_at = NOON_US // SECOND_US - 60
    await store.append(
        history.chunk(
            batch(1, event(time_us=NOON_US), session="told", issued_at=issued_at),
            batch(1, event(time_us=NOON_US + 2), event(time_us=NOON_US + 1), session="untold"),
            batch(1, event(time_us=NOON_US)),
            batch(0, event(time_us=NOON_US), session="of nobody"),
        )
    )
    rows = await store.player_sessions(PlayerSessionsQuery(profile_key=1))
    assert [(row.session_id, row.started_us) for row in rows] == [
        ("untold", NOON_US + 1),
        ("told", issued_at * SECOND_US),
    ]
    assert [row.event_count for row in rows] == [2, 1]


async def test_the_start_itself_corrects_what_was_told_of_it(
    store: AnalyticsStore, history: History
) -> None:
    told = batch(1, event(time_us=NOON_US), session="s", issued_at=NOON_US // SECOND_US - 60)
    begun = batch(1, event(SESSION_START, NOON_US - 5), session="s")
    await store.append(history.chunk(told))
    assert await starts_of(store) == [NOON_US - 60 * SECOND_US]
    await store.append(history.chunk(begun))
    assert await starts_of(store) == [NOON_US - 5]
    await store.append(history.chunk(told))
    assert await starts_of(store) == [NOON_US - 5]


async def starts_of(store: AnalyticsStore) -> list[int]:
    return [
        row.started_us for row in await store.player_sessions(PlayerSessionsQuery(profile_key=1))
    ]


async def test_sessions_page_over_equal_starts(store: AnalyticsStore, history: History) -> None:
    sessions = [batch(1, event(time_us=5), session=name) for name in ("b", "a", "C", "d")]
    await store.append(history.chunk(*sessions, batch(1, event(time_us=9), session="e")))
    seen = []
    before = None
    while page := await store.player_sessions(
        PlayerSessionsQuery(profile_key=1, before=before, limit=2)
    ):
        seen += [row.session_id for row in page]
        before = SessionCursor(page[-1].started_us, page[-1].session_id)
    assert seen == ["e", "C", "a", "b", "d"]
