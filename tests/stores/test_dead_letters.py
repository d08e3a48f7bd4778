"""Dead letters: shown, replayed once, failing again, dismissed; refused events among them."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import select

from matsuri.events.housekeeping import Housekeeping
from matsuri.events.model import encode_entries
from matsuri.events.store import dead_letters
from tests.stores.test_pipeline import Trip, publish, with_trip
from tests.support.in_process import (
    SERVER_KEY,
    InProcess,
    basic,
    bearer,
    in_process,
    settings_for,
)

PATH = "/v1/console/dead-letter"
DEBUGGER = "/v1/console/taxonomy/debugger"
CONSOLE = basic(SERVER_KEY)
POISON = "gameFinished"


async def ask(server: InProcess, method: str, path: str, body: object = None) -> Any:
    reply = await server.request(method, path, body=body, auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def letters(server: InProcess, query: str = "") -> list[Any]:
    await server.settle()
    return list((await ask(server, "GET", f"{PATH}{query}"))["dead_letters"])


async def replay(server: InProcess, **wanted: object) -> Any:
    return await ask(server, "POST", f"{PATH}/replay", wanted)


async def finished(server: InProcess, token: str) -> int:
    return int((await server.properties(token))["computed"].get("gameFinishedCount", 0))


async def poisoned(server: InProcess, folder: Path, trip: Trip) -> str:
    """A player with one event that could not be applied, between two that were."""
    with_trip(server, folder, trip)
    token = (await server.authenticate("player-0001"))["token"]
    await publish(
        server,
        token,
        {"name": "gameStarted"},
        {"name": POISON, "id": "bad", "value": "level 3"},
        {"name": "gameStarted"},
    )
    await server.settle()
    return str(token)


async def test_a_letter_says_what_could_not_be_applied(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await poisoned(server, tmp_path, Trip(poison=POISON))
        [letter] = await letters(server)
        assert letter["error"] == "ZeroDivisionError: cannot be applied"
        assert letter["status"] == "open"
        assert letter["attempts"] == 1
        [entry] = letter["entries"]
        assert entry["type"] == "events"
        assert entry["identity_id"] == "player-0001"
        assert [event["name"] for event in entry["events"]] == [POISON]
        assert entry["events"][0]["value"] == "level 3"
        assert await ask(server, "GET", f"{PATH}/{letter['id']}") == letter


async def test_it_fails_again_and_is_applied_once_what_was_wrong_is_mended(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        trip = Trip(poison=POISON)
        token = await poisoned(server, tmp_path, trip)
        assert (await replay(server, all=True))["replayed"] == ["1"]
        [letter] = await letters(server)
        assert letter["attempts"] == 2
        assert (await server.pipeline.progress()).dead_letters == 1
        trip.poison = ""
        first, second = await asyncio.gather(replay(server, all=True), replay(server, ids=["1"]))
        assert sorted([first["replayed"], second["replayed"]]) == [[], ["1"]]
        assert await finished(server, token) == 1
        assert await letters(server) == []
        assert (await replay(server, ids=[1]))["skipped"]["closed"] == ["1"]
        # The event's id is known: it cannot be sent again either.
        await publish(server, token, {"name": POISON, "id": "bad"})
        assert await finished(server, token) == 1
        [closed] = await letters(server, "?search.status.exact=closed")
        assert closed["close_time_sec"]


async def test_two_servers_replay_the_same_letter(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        trip = Trip(poison=POISON)
        token = await poisoned(server, tmp_path, trip)
        trip.poison = ""
        await replay(server, all=True)
        records = await server.node.log_reader.read(0, bytes_max=1 << 30)
        await server.node.log.append(records[-1].payload)
        assert await finished(server, token) == 1


async def test_letters_are_found(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await poisoned(server, tmp_path, Trip(poison=POISON))
        for query, count in {
            "?search.name.exact=gameFinished": 1,
            # It is in the bytes, but only as a part of another name.
            "?search.name.exact=gameFin": 0,
            "?search.identity_id.exact=player-0001": 1,
            "?search.identity_id.exact=player-0002": 0,
            "?search.error.like=zerodivision": 1,
            "?search.error.like=other": 0,
            "?search.failed.from=1800000000": 0,
            "?search.failed.until=1800000000": 1,
            "?search.status.exact=closed": 0,
        }.items():
            assert len(await letters(server, query)) == count, query
        reply = await server.request("GET", f"{PATH}/77", auth=CONSOLE)
        assert reply.status == 404
        for body in ({}, {"ids": ["1"], "all": True}, {"ids": ["x"]}):
            reply = await server.request("POST", f"{PATH}/replay", body=body, auth=CONSOLE)
            assert reply.status == 400


async def test_a_record_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await server.node.log.append(b"\x93" + encode_entries([]))
        [letter] = await letters(server)
        assert letter["entries"] == []
        assert "cannot be read" in letter["problem"]
        outcome = await replay(server, all=True)
        assert outcome["replayed"] == []
        assert outcome["skipped"]["undecodable"] == [letter["id"]]
        assert (await ask(server, "DELETE", f"{PATH}/{letter['id']}"))["dismissed"] == 1
        assert await letters(server) == []


async def test_what_was_dismissed_is_not_replayed(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        trip = Trip(poison=POISON)
        token = await poisoned(server, tmp_path, trip)
        trip.poison = ""
        path = f"{PATH}?search.id.or=1&search.id.or=77"
        assert (await ask(server, "DELETE", path))["dismissed"] == 1
        await replay(server, all=True)
        assert await finished(server, token) == 0
        assert await letters(server, "?search.status.exact=all") == []


async def test_a_refused_event_whose_replay_fails_counts_once(tmp_path: Path) -> None:
    """It is open among the refused and among the dead letters, and comes back from one of them."""
    async with in_process(tmp_path) as server:
        trip = Trip(poison="gameStart")
        with_trip(server, tmp_path, trip)
        token = (await server.authenticate("player-0001"))["token"]
        events = [{"name": "gameStart", "id": text} for text in ("a", "b")]
        reply = await server.request(
            "POST", "/v1/event", body={"events": events}, auth=bearer(token)
        )
        assert reply.status == 400
        await server.settle()
        await ask(server, "POST", "/v1/console/taxonomy/event", {"name": "gameStart"})
        await ask(server, "POST", f"{DEBUGGER}/replay", {})
        found = await letters(server, "?search.name.exact=gameStart")
        assert [letter["attempts"] for letter in found] == [1, 1]
        rows = await server.pipeline.database.read(
            lambda c: c.execute(select(dead_letters.c.profile_key)).scalars().all()
        )
        assert len(set(rows)) == 1
        assert 0 not in rows
        trip.poison = ""
        assert (await ask(server, "POST", f"{DEBUGGER}/replay", {}))["replayed"] == 2
        await replay(server, all=True)
        computed = (await server.properties(token))["computed"]
        assert computed["gameStartCount"] == "2"
        assert await letters(server) == []


async def test_letters_of_an_erased_player_go(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        trip = Trip(poison=POISON)
        token = await poisoned(server, tmp_path, trip)
        trip.poison = ""
        await replay(server, all=True)
        await server.request("DELETE", "/v1/identity", auth=bearer(token))
        assert await letters(server, "?search.status.exact=all") == []


async def test_old_letters_go(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await poisoned(server, tmp_path, Trip(poison=POISON))
        tidying = Housekeeping(
            database=server.pipeline.database,
            pipeline=server.pipeline,
            log=server.node.log_reader,
            clock=server.clock,
            settings=settings_for(tmp_path),
        )
        await tidying.tidy()
        assert len(await letters(server)) == 1
        server.clock.advance(91 * 86_400)
        await tidying.tidy()
        assert await letters(server) == []
