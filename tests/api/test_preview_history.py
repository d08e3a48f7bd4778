"""Previews of filters over past events that nothing is kept of yet."""

import random
from pathlib import Path
from typing import Any

import pytest

from matsuri.adapters.analytics_duckdb import DuckDBAnalytics
from matsuri.events.analytics import AnalyticsUnavailable, EventRow, PastEventsQuery
from tests.api.audiences import ask, done
from tests.api.running import Server, refused, running
from tests.api.test_windows import DAY, declare, fill, purchase

STARTED = {"name": "gameStarted"}
PIECES = (
    'EventCount("gameStarted", "7d") >= 2',
    'EventCount("purchaseCompleted", "3d", #.value >= 5) == 1',
    'EventSum("purchaseCompleted", "12h") > 4.99',
    'EventDays("gameStarted", "5d") == 2',
    'Now() - EventLast("purchaseCompleted") < Duration("2d")',
    'EventSequence("gameStarted", "purchaseCompleted", "1h")',
    'EventCount("_sessionStart", "4d") > 1',
    'PropertiesComputed("purchaseCompletedCount", 0) > 1',
    'Audience("Kept")',
)
FACTS = ("count", "exact", "players", "looked_at", "matched", "inside", "outside")


async def preview(server: Server, **body: Any) -> Any:
    return await done(server, "POST", "preview", {"examples": 50, **body})


async def live(server: Server, chance: random.Random) -> None:
    """Some players do something on some days, and guests become players."""
    for day in range(4):
        for number in range(5):
            if chance.random() < 0.4:
                continue
            name = f"player-{number:04}"
            token = (await server.authenticate(f"{name}-guest{day}"))["token"]
            if chance.random() < 0.8:
                token = (await server.identify(token, name))["token"]
            for _ in range(chance.randint(0, 3)):
                value = chance.choice(["1", "4.99", "5", "7.5"])
                await server.publish(token, chance.choice([STARTED, purchase(value)]))
                server.clock.advance(chance.choice([1, 600, 4000]))
        server.clock.advance(chance.choice([3_600, DAY]))
    await server.settle_analytics()


@pytest.mark.parametrize("seed", range(4))
async def test_history_says_what_will_be_kept(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with running(tmp_path) as server:
        await live(server, chance)
        await declare(server, "Kept", 'EventCount("gameStarted", "2d") > 0')
        await fill(server)
        texts = []
        for _ in range(4):
            first, second = chance.sample(PIECES, 2)
            texts.append(f"{first} {chance.choice(['and', 'or', 'and not'])} ({second})")
        before = [await preview(server, filter=text) for text in texts]
        assert any(each["from_history"] for each in before)
        for number, text in enumerate(texts):
            await declare(server, f"Saved-{number}", text)
        await fill(server)
        for text, found in zip(texts, before, strict=True):
            kept = await preview(server, filter=text)
            assert kept["from_history"] == []
            assert {name: kept[name] for name in FACTS} == {name: found[name] for name in FACTS}


async def test_what_is_kept_is_not_looked_up(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await server.publish(token, STARTED, purchase("5"))
    await server.settle_analytics()
    await declare(server, "Kept", 'EventCount("gameStarted", "7d") > 0')
    await fill(server)
    mixed = 'EventCount("gameStarted", "7d") > 0 and EventSum("purchaseCompleted", "7d") == 5'
    found = await preview(server, filter=mixed)
    assert (found["count"], found["from_history"]) == (1, ["purchaseCompleted"])
    # A longer window than the one that is kept.
    found = await preview(server, filter='EventCount("gameStarted", "8d") == 1')
    assert (found["count"], found["from_history"]) == (1, ["gameStarted"])
    [player] = found["inside"]
    assert player["why"]["filter"]["value"] == "true"
    audiences = await done(server, "GET", "")
    assert "window_backfill" not in str(audiences), "nothing is kept for a preview"


async def test_it_ends_where_there_is_too_much_history(tmp_path: Path) -> None:
    async with running(tmp_path, preview_events_max=60) as server:
        for number in range(30):
            token = (await server.authenticate(f"player-{number:04}"))["token"]
            await server.publish(token, STARTED, STARTED)
        await server.settle_analytics()
        found = await preview(server, filter='EventCount("gameStarted", "1d") == 2')
        assert (found["looked_at"], found["matched"], found["exact"]) == (30, 30, True)
        await server.publish(token, STARTED)
        await server.settle_analytics()
        found = await preview(server, filter='EventCount("gameStarted", "1d") > 0')
        assert (found["looked_at"], found["count"], found["exact"]) == (25, 30, False)
        assert (found["count_low"], found["count_high"]) == (28, 30)


async def test_without_history_it_says_so(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    await server.authenticate("player-0001")
    await server.settle_analytics()

    async def unavailable(_store: object, _query: PastEventsQuery) -> list[EventRow]:
        raise AnalyticsUnavailable("The analytics store does not answer")

    monkeypatch.setattr(DuckDBAnalytics, "past_events", unavailable)
    asked = {"filter": 'EventCount("gameStarted", "7d") > 3'}
    refused(await ask(server, "POST", "preview", asked), 503, 14)
    assert (await preview(server, filter="1 < 2"))["count"] == 1
