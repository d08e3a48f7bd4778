"""Random histories: every analytics store answers as the plain model does."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsuri.events.analytics import (
    AnalyticsStore,
    Chunk,
    CountsQuery,
    EventCursor,
    EventPlace,
    EventRow,
    ExportQuery,
    NamedEventsQuery,
    PastEventsQuery,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SessionCursor,
    SizeQuery,
    TopValuesQuery,
)
from matsuri.events.model import SESSION_START
from tests.stores.analytics_engines import ENGINES, engine_of
from tests.stores.analytics_histories import DAY, NOON_US, random_chunks
from tests.stores.analytics_model import AnalyticsModel

PLAYERS = (1, 2, 3, 4, 5)
Question = PlayerEventsQuery | PlayerSessionsQuery | CountsQuery | TopValuesQuery

_players = st.sampled_from(PLAYERS)
_names = st.sampled_from([[], [], ["tap"], ["buy", "Zap"], [SESSION_START], ["none"]])
_from_days = st.sampled_from([-800_000, 0, DAY])
_until_days = st.sampled_from([800_000, DAY, -1])
_from_us = st.sampled_from([None, None, 0, NOON_US])
_until_us = st.sampled_from([None, None, NOON_US, NOON_US + 1])
_questions = st.one_of(
    st.builds(
        PlayerEventsQuery,
        profile_key=_players,
        names=_names,
        session_id=st.sampled_from(["", "", "s1"]),
        event_id=st.sampled_from(["", "", "e1"]),
        text=st.sampled_from(["", "", "ä", '"B"', "\\", "A", "Level", "%"]),
        from_us=_from_us,
        until_us=_until_us,
        limit=st.sampled_from([1, 100]),
    ),
    st.builds(PlayerSessionsQuery, profile_key=_players, limit=st.sampled_from([1, 100])),
    st.builds(CountsQuery, from_day=_from_days, until_day=_until_days, names=_names),
    st.builds(
        TopValuesQuery,
        name=st.sampled_from(["tap", "buy"]),
        from_day=_from_days,
        until_day=_until_days,
        metadata_key=st.sampled_from(["", "level", "q'\"\\", "none"]),
        limit=st.sampled_from([2, 20]),
    ),
)
_exports = st.builds(
    ExportQuery, from_us=_from_us, until_us=_until_us, names=_names, received=st.booleans()
)


@pytest.mark.parametrize("engine_name", ENGINES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    chunks=random_chunks(),
    questions=st.lists(_questions, min_size=4, max_size=10),
    walker=_players,
    export=_exports,
    keep_days=st.sampled_from([0, 0, 0, 399, 30]),
)
async def test_every_answer_is_the_models(
    engine_name: str,
    chunks: Sequence[Chunk],
    questions: list[Question],
    walker: int,
    export: ExportQuery,
    keep_days: int,
) -> None:
    model = AnalyticsModel()
    async with engine_of(engine_name) as engine:
        store = await engine.open()
        for number, chunk in enumerate(chunks):
            await store.append(chunk)
            model.append(chunk)
            if number % 2:
                await store.close()
                store = await engine.open()
                await store.append(chunk)
        if keep_days:
            await store.tidy(now_us=NOON_US, keep_days=keep_days)
            model.tidy(now_us=NOON_US, keep_days=keep_days)
        assert await store.last_seq() == model.last_seq
        assert await store.complete() is model.complete
        for question in questions:
            assert await answer_of(store, question) == model_answer(model, question)
        await same_pages(store, model, model.player_of(walker))
        await same_records(store, model, export)


async def answer_of(store: AnalyticsStore, question: Question) -> object:
    match question:
        case PlayerEventsQuery():
            return await store.player_events(question)
        case PlayerSessionsQuery():
            return await store.player_sessions(question)
        case CountsQuery():
            return await store.event_counts(question)
        case TopValuesQuery():
            return await store.top_values(question)


def model_answer(model: AnalyticsModel, question: Question) -> object:
    match question:
        case PlayerEventsQuery():
            return model.player_events(question)
        case PlayerSessionsQuery():
            return model.player_sessions(question)
        case CountsQuery():
            return model.event_counts(question)
        case TopValuesQuery():
            return model.top_values(question)


async def same_pages(store: AnalyticsStore, model: AnalyticsModel, player: int) -> None:
    """Page by page, nothing is lost and nothing comes twice."""
    events = []
    before = None
    while page := await store.player_events(
        PlayerEventsQuery(profile_key=player, before=before, limit=4)
    ):
        events += page
        before = EventCursor(page[-1].time_us, page[-1].position, page[-1].place)
    assert events == model.player_events(PlayerEventsQuery(profile_key=player, limit=1000))
    sessions = []
    end = None
    while rows := await store.player_sessions(
        PlayerSessionsQuery(profile_key=player, before=end, limit=1)
    ):
        sessions += rows
        end = SessionCursor(rows[-1].started_us, rows[-1].session_id)
    assert sessions == model.player_sessions(PlayerSessionsQuery(profile_key=player))


async def same_named_events(store: AnalyticsStore, model: AnalyticsModel) -> None:
    """Page by page, and within all bounds."""
    query = NamedEventsQuery(
        names=["tap", SESSION_START],
        first_key=0,
        last_key=4,
        before_position=10**9,
        from_day=-(2**31),
        limit=3,
    )
    found: list[EventRow] = []
    page = query
    while rows := await store.named_events(page):
        found += rows
        last = rows[-1]
        after = EventPlace(last.profile_key, last.position, last.place)
        page = msgspec.structs.replace(query, after=after)
    every = msgspec.structs.replace(query, limit=1000)
    assert found == model.named_events(every)
    for bounds in ({"before_position": 500}, {"first_key": 2}, {"last_key": 1}, {"from_day": DAY}):
        bounded = msgspec.structs.replace(every, **bounds)
        assert await store.named_events(bounded) == model.named_events(bounded)


async def same_past_events(store: AnalyticsStore, model: AnalyticsModel) -> None:
    """Of some players alone, page by page, and of some days."""
    query = PastEventsQuery(
        profile_keys=[5, 1, 3, 99], names=["tap", SESSION_START], from_day=-(2**31), limit=2
    )
    found: list[EventRow] = []
    page = query
    while rows := await store.past_events(page):
        found += rows
        last = rows[-1]
        after = EventPlace(last.profile_key, last.position, last.place)
        page = msgspec.structs.replace(query, after=after)
    every = msgspec.structs.replace(query, limit=1000)
    assert found == model.past_events(every)
    for other in ({"from_day": DAY}, {"profile_keys": [2]}, {"profile_keys": []}, {"names": []}):
        asked = msgspec.structs.replace(every, **other)
        assert await store.past_events(asked) == model.past_events(asked)


async def same_records(store: AnalyticsStore, model: AnalyticsModel, export: ExportQuery) -> None:
    """What rebuilding, exports and operators read is the same."""
    assert await store.merges() == model.merges
    keys: list[int] = []
    while more := await store.profile_keys(after=keys[-1] if keys else -1, limit=3):
        keys += more
    assert keys == model.profile_keys()
    assert await store.history_of(PLAYERS) == model.history_of(set(PLAYERS))
    await same_named_events(store, model)
    await same_past_events(store, model)
    pieces = [piece async for piece in store.export(export, rows_max=3)]
    assert all(1 <= len(piece) <= 3 for piece in pieces)
    assert [event for piece in pieces for event in piece] == model.export(export)
    size = await store.size(SizeQuery())
    days = model.days()
    ends = (days[0], days[-1]) if days else (None, None)
    assert (size.events, size.first_day, size.last_day) == (len(model.events), *ends)
