"""Questions about events, asked from another process: the same answers as on the spot."""

from pathlib import Path
from typing import Any

from matsuri.adapters.analytics_remote import RemoteAnalytics, analytics_handlers
from matsuri.adapters.process_calls import CallClient, CallServer
from matsuri.events.analytics import (
    ANALYTICS_METHODS,
    CountsQuery,
    EventCursor,
    EventPlace,
    PastEventsQuery,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    SizeQuery,
    TopValuesQuery,
)
from tests.stores.analytics_engines import ENGINES, engine_of
from tests.stores.analytics_histories import DAY, HARD_TEXTS, NOON_US, History, batch, event

QUESTIONS: dict[str, Any] = {
    "player_events": PlayerEventsQuery(profile_key=1, before=EventCursor(NOON_US + 5, 10**6, 0)),
    "player_sessions": PlayerSessionsQuery(profile_key=1),
    "event_counts": CountsQuery(from_day=DAY, until_day=DAY),
    "top_values": TopValuesQuery(name="tap", from_day=DAY, until_day=DAY),
    "past_events": PastEventsQuery(
        profile_keys=[1, 2], names=["tap"], from_day=DAY, after=EventPlace(1, 100, 3), limit=10
    ),
    "size": SizeQuery(),
}


async def test_answers_are_those_of_the_store(tmp_path: Path) -> None:
    assert QUESTIONS.keys() == ANALYTICS_METHODS.keys()
    taps = [
        event(time_us=NOON_US + number, value=text, metadata={"key": text})
        for number, text in enumerate(HARD_TEXTS)
    ]
    history = History()
    async with engine_of(next(iter(ENGINES))) as engine:
        store = await engine.open()
        await store.append(history.chunk(batch(1, *taps, session="s1"), batch(2, *taps)))
        server = CallServer(tmp_path / "worker.sock", analytics_handlers(store))
        await server.start()
        client = CallClient(tmp_path / "worker.sock")
        remote = RemoteAnalytics(client, seconds_max=10)
        for name, question in QUESTIONS.items():
            answer = await getattr(store, name)(question)
            assert answer, name
            assert await getattr(remote, name)(question) == answer, name
        await client.close()
        await server.close()
