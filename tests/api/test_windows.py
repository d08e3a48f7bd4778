"""Filters over players' past events, from the console to the player."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matsuri.identities.window_store import event_moments, event_windows
from tests.api.flags import define_flag
from tests.api.running import Server, refused, running
from tests.support.in_process import SERVER_KEY, basic, bearer

CONSOLE = basic(SERVER_KEY)
DAY = 86_400
HOUR = 3_600
STARTED = {"name": "gameStarted"}


def purchase(value: str) -> dict[str, Any]:
    return {"name": "purchaseCompleted", "value": value, "metadata": {"currency": "EUR"}}


async def declare(server: Server, name: str, text: str) -> Any:
    reply = await server.request(
        "POST", "/v1/console/audience", body={"name": name, "filter": text}, auth=CONSOLE
    )
    assert reply.status == 200, reply.body
    return reply.json


async def change(server: Server, name: str, text: str) -> None:
    path = f"/v1/console/audience/{name}"
    reply = await server.request("PUT", path, body={"filter": text}, auth=CONSOLE)
    assert reply.status == 200, reply.body


async def audience(server: Server, name: str) -> Any:
    reply = await server.request("GET", f"/v1/console/audience/{name}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def begin_backfill(server: Server) -> None:
    await server.settle()
    await server.worker.refresh()
    await server.worker.windows.series.refresh()
    await server.node.refresh()


async def fill(server: Server) -> None:
    """Let worker and API do what they do each second, until windows are ready."""
    await begin_backfill(server)
    while await server.worker.windows.backfill.run_once():
        pass
    await server.worker.refresh()
    await server.node.refresh()


async def flag(server: Server, token: str) -> str:
    reply = await server.request("GET", "/v1/flag?names=offer", auth=bearer(token))
    assert reply.status == 200, reply.body
    return str(reply.json["flags"][0]["value"])


async def members(server: Server, name: str) -> list[str]:
    await server.settle()
    await server.worker.memberships.run_pass()
    reply = await server.request("GET", f"/v1/console/audience/{name}/members", auth=CONSOLE)
    return sorted(each["identity_id"] for each in reply.json["members"])


async def test_a_new_audience_counts_what_was_and_what_comes(server: Server) -> None:
    often = (await server.authenticate("player-often"))["token"]
    once = (await server.authenticate("player-once1"))["token"]
    await server.publish(often, STARTED, STARTED, STARTED)
    await server.publish(once, STARTED)
    made = await declare(server, "Busy", 'EventCount("gameStarted", "7d") >= 3')
    assert made["window_backfill"] == {"percent": 0}
    await define_flag(server, "offer", "off", variants={"Busy": "on"})
    await begin_backfill(server)
    assert (await audience(server, "Busy"))["window_backfill"]["percent"] < 100
    # What comes while history is read counts once, too.
    await server.publish(once, STARTED)
    await server.settle()
    assert [await flag(server, token) for token in (often, once)] == ["off", "off"]
    await fill(server)
    assert "window_backfill" not in await audience(server, "Busy")
    assert [await flag(server, token) for token in (often, once)] == ["on", "off"]
    assert await members(server, "Busy") == ["player-often"]
    await server.publish(once, STARTED)
    await server.settle()
    assert await flag(server, once) == "on"
    assert await members(server, "Busy") == ["player-often", "player-once1"]
    # Time alone takes them out again, at the very second.
    server.clock.advance(7 * DAY - 1)
    often = (await server.authenticate("player-often"))["token"]
    assert await flag(server, often) == "on"
    server.clock.advance(1)
    assert await flag(server, often) == "off"
    assert await members(server, "Busy") == []


async def test_the_earlier_filter_serves_while_a_longer_window_is_filled(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await server.publish(token, *[purchase("4.99")] * 3)
    await declare(server, "Buyers", 'EventSum("purchaseCompleted", "1d") > 10')
    await define_flag(server, "offer", "off", variants={"Buyers": "on"})
    await fill(server)
    assert await flag(server, token) == "on"
    server.clock.advance(20 * HOUR)
    token = (await server.authenticate("player-0001"))["token"]
    await change(
        server, "Buyers", 'EventSum("purchaseCompleted", "1d", #.metadata.currency == "USD") > 10'
    )
    assert (await audience(server, "Buyers"))["window_backfill"] == {"percent": 0}
    await begin_backfill(server)
    assert await flag(server, token) == "on"
    await fill(server)
    assert await flag(server, token) == "off"
    await change(server, "Buyers", 'EventSum("purchaseCompleted", "3d") > 14.96')
    assert await flag(server, token) == "off"
    await fill(server)
    assert await flag(server, token) == "on"


async def test_every_kind_of_window_is_answered(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    await server.publish(token, STARTED)
    server.clock.advance(30 * HOUR)
    token = (await server.authenticate("player-0001"))["token"]
    server.clock.advance(1)
    await server.publish(token, STARTED, purchase("4.99"), purchase("5"))
    filters = {
        "Days": 'EventDays("gameStarted", "3d") == 2',
        "Last": 'Now() - EventLast("purchaseCompleted") < Duration("1h")',
        "Sum": 'EventSum("purchaseCompleted", "1h") == 9.99',
        "Large": 'EventCount("purchaseCompleted", "1h", #.value >= 5) == 1',
        "Soon": 'EventSequence("gameStarted", "purchaseCompleted", "1h")',
        "Never": 'EventSequence("purchaseCompleted", "_sessionStart", "1h")',
        "Starts": 'EventCount("_sessionStart", "2d") == 2',
    }
    for name, text in filters.items():
        await declare(server, name, text)
    await fill(server)
    reached = {name for name in filters if await members(server, name) == ["player-0001"]}
    assert reached == filters.keys() - {"Never"}
    server.clock.advance(HOUR)
    reached = {name for name in filters if await members(server, name)}
    assert reached == {"Days", "Soon", "Starts"}


async def test_a_backfill_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        for number in range(6):
            token = (await server.authenticate(f"player-000{number}"))["token"]
            await server.publish(token, *[STARTED] * number)
        await declare(server, "Busy", 'EventCount("gameStarted", "7d") >= 3')
        server.worker.windows.backfill._keys = 2  # noqa: SLF001 # not all at once
        await begin_backfill(server)
        assert await server.worker.windows.backfill.run_once()
        await server.node.refresh()
        percent = (await audience(server, "Busy"))["window_backfill"]["percent"]
        assert 0 < percent < 100
        clock = server.clock
    async with running(tmp_path, clock=clock) as server:
        assert (await audience(server, "Busy"))["window_backfill"]["percent"] == percent
        await fill(server)
        assert await members(server, "Busy") == ["player-0003", "player-0004", "player-0005"]
    async with running(tmp_path, clock=clock) as server:
        assert "window_backfill" not in await audience(server, "Busy")
        assert await members(server, "Busy") == ["player-0003", "player-0004", "player-0005"]


async def stored(server: Server) -> int:
    counts = [select(func.count()).select_from(table) for table in (event_windows, event_moments)]
    return sum(
        [await server.node.history.read(lambda c, q=q: c.execute(q).scalar_one()) for q in counts]
    )


async def test_nothing_is_kept_of_an_erased_player(server: Server) -> None:
    await declare(server, "Busy", 'EventCount("gameStarted", "7d") > 0')
    await declare(server, "Seen", 'EventLast("gameStarted") > 0')
    await fill(server)
    token = (await server.authenticate("player-guest"))["token"]
    await server.publish(token, STARTED)
    token = (await server.identify(token, "player-0001"))["token"]
    await server.publish(token, STARTED)
    await server.settle()
    assert await stored(server) == 2
    assert await members(server, "Busy") == ["player-0001"]
    await server.delete(token)
    await server.settle()
    assert await stored(server) == 0


@pytest.mark.parametrize("text", ['EventCount("gameStarted", "91d") > 0'])
async def test_windows_that_are_too_long_are_refused(server: Server, text: str) -> None:
    reply = await server.request(
        "POST", "/v1/console/audience", body={"name": "Long", "filter": text}, auth=CONSOLE
    )
    [detail] = refused(reply, 400, 3)
    assert detail["field"] == "filter"
    assert "90 days at most" in detail["problem"]
