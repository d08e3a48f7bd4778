"""Seeing whom an audience would have (``/v1/console/audience/preview``)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.audiences import ADMIN, ask, done, put
from tests.api.running import NOW, Server, refused, running

SPENDERS = 'PropertiesComputed("purchaseCompletedCount", 0) > 0'
IOS = 'Properties("platform", "") == "ios"'


async def play(server: Server, players: int, *, ios: int, spend: int) -> None:
    """Players of whom the first so many are on iOS, and the first so many spend."""
    for number in range(players):
        platform = "ios" if number < ios else "android"
        session = await server.authenticate(f"player-{number:04}", default={"platform": platform})
        if number < spend:
            await server.publish(
                session["token"], {"name": "purchaseCompleted", "value": "5", "id": f"p{number}"}
            )
    await server.settle()


async def preview(server: Server, **body: Any) -> Any:
    return await done(server, "POST", "preview", body)


def ids(examples: list[Any]) -> set[str]:
    return {each["identity_id"] for each in examples}


async def test_everybody_is_looked_at_where_they_are_few(server: Server) -> None:
    await play(server, 12, ios=5, spend=3)
    found = await preview(server, filter=f"{IOS} and not ({SPENDERS})", examples=3)
    inside, outside = found.pop("inside"), found.pop("outside")
    assert found == {
        "count": 2,
        "count_low": 2,
        "count_high": 2,
        "confidence_percent": 100,
        "exact": True,
        "players": 12,
        "looked_at": 12,
        "matched": 2,
        "included": 0,
        "excluded": 0,
        "from_history": [],
    }
    assert ids(inside) == {"player-0003", "player-0004"}
    assert len(outside) == 3
    for example in inside:
        why = example["why"]
        assert (why["member"], why["decided_by"]) == (True, "filter")
        assert why["filter"]["value"] == "true"
        assert {"text": 'Properties("platform", "")', "value": '"ios"'} in why["filter"]["parts"][
            0
        ]["seen"]


async def test_lists_and_other_audiences_count(server: Server) -> None:
    await play(server, 10, ios=4, spend=2)
    await done(server, "POST", "", {"name": "Ours", "filter": IOS})
    await put(server, "Ours/include", "player-0009", "not-here-1")
    await put(server, "Ours/exclude", "player-0000")
    await put(server, "Ours/exclude", "player-0001", until=NOW + 1)
    server.clock.advance(1)
    found = await preview(server, audience="Ours")
    assert (found["count"], found["included"], found["excluded"]) == (4, 1, 1)
    found = await preview(
        server,
        audience="Ours",
        filter=f"not ({IOS})",
        includes=["player-0001", "player-0000", "not-here-2"],
        excludes=["player-0008", "player-0009"],
    )
    # Of 4 to 9, and of 1: without 8 and 9. 0 is excluded already.
    assert (found["count"], found["included"], found["excluded"]) == (5, 1, 3)
    assert ids(found["inside"]) == {f"player-{n:04}" for n in (1, 4, 5, 6, 7)}
    await done(server, "POST", "", {"name": "Others", "filter": 'not Audience("Ours")'})
    found = await preview(server, filter='Audience("Others") and not Audience("All-Spenders")')
    assert found["count"] == 10 - 4 - 1
    # What others ask about it is what it would be.
    found = await preview(server, audience="Others", filter='Audience("Ours")')
    assert found["count"] == 4


async def test_nothing_is_stored(server: Server) -> None:
    await play(server, 2, ios=1, spend=0)
    before = await done(server, "GET", "")
    version = server.node.definitions.catalog.version
    await preview(server, filter=IOS, includes=["player-0001"])
    assert await done(server, "GET", "") == before
    assert server.node.definitions.catalog.version == version


async def test_of_many_players_some_speak_for_all(tmp_path: Path) -> None:
    async with running(tmp_path, preview_players_max=40) as server:
        await play(server, 100, ios=50, spend=0)
        await put(server, "All-Spenders/include", "player-0099", "player-0098")
        found = await preview(server, filter=IOS)
        assert (found["exact"], found["confidence_percent"]) == (False, 95)
        assert (found["players"], found["looked_at"]) == (100, 40)
        assert found["count_low"] < 50 < found["count_high"]
        assert found["count_low"] <= found["count"] <= found["count_high"]
        assert found == await preview(server, filter=IOS), "the same players each time"
        everybody = await preview(server, filter="1 < 2")
        assert (everybody["count"], everybody["count_high"]) == (100, 100)
        # Who is listed is counted, and not guessed from those that were looked at.
        found = await preview(server, audience="All-Spenders", filter="2 < 1")
        assert (found["included"], found["count"], found["count_low"]) == (2, 2, 2)


async def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async with running(tmp_path, preview_seconds_max=0.001) as server:
        await play(server, 3, ios=1, spend=0)
        clock = server.clock
        clock.advance(1)
        many = [f"imported-{number:04}" for number in range(600)]
        body = {"identities": [{"id": each} for each in many]}
        reply = await server.request("POST", "/v1/console/identity/import", body=body, auth=ADMIN)
        assert reply.status == 200
        asked = asyncio.create_task(preview(server, filter=IOS))
        while not asked.done():
            clock.advance(0.001)
            await asyncio.sleep(0)
        found = asked.result()
        assert found["looked_at"] == 250
        assert (found["exact"], found["players"]) == (False, 603)


async def test_without_any_players(server: Server) -> None:
    found = await preview(server, filter=IOS)
    assert (found["count"], found["players"], found["exact"]) == (0, 0, True)
    assert found["inside"] == found["outside"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, 3),
        ({"filter": "1 <"}, 400, 3),
        ({"filter": 'Audience("Nobody")'}, 400, 3),
        ({"audience": "Nobody"}, 404, 5),
        ({"filter": 'Audience("All-Spenders")', "audience": "All-Spenders"}, 400, 3),
        ({"filter": "1 < 2", "includes": ["x"]}, 400, 3),
        ({"filter": "1 < 2", "examples": 51}, 400, 3),
        ({"filter": "1 < 2", "excludes": [f"player-{n:05}" for n in range(5001)]}, 400, 3),
    ],
)
async def test_what_cannot_be_previewed(server: Server, body: Any, status: int, code: int) -> None:
    details = refused(await ask(server, "POST", "preview", body), status, code)
    if "filter" in body and "audience" not in body and len(body) == 1:
        assert details[0]["field"] == "filter"


async def test_few_at_once(server: Server) -> None:
    await play(server, 3, ios=1, spend=0)
    replies = await asyncio.gather(
        *(ask(server, "POST", "preview", {"filter": IOS}) for _ in range(12))
    )
    assert {each.status for each in replies} == {200, 429}
    assert (await preview(server, filter=IOS))["count"] == 1
