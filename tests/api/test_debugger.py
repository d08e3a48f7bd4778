"""Refused events: listed, understood, declared, replayed once, dismissed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from matsuri.adapters.log_file import FileLogReader
from matsuri.events.housekeeping import Housekeeping
from matsuri.events.model import Replay, decode_entries
from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import SERVER_KEY, basic, settings_for

CONSOLE = basic(SERVER_KEY)
PATH = "/v1/console/taxonomy/debugger"
DAY = 86_400
UNDECLARED = "Event name 'gameStart' is not declared in the taxonomy"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as it:
        yield it


async def ask(server: Server, method: str, path: str, body: object = None) -> Any:
    reply = await server.request(method, f"{PATH}{path}", body=body, auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def replay(server: Server, **wanted: object) -> Any:
    return await ask(server, "POST", "/replay", {"filter": wanted})


async def declare(server: Server, name: str, **fields: object) -> None:
    reply = await server.request(
        "POST", "/v1/console/taxonomy/event", body={"name": name, **fields}, auth=CONSOLE
    )
    assert reply.status == 200, reply.body


async def player(server: Server, identity_id: str = "player-0001") -> str:
    return str((await server.authenticate(identity_id))["token"])


async def refuse(server: Server, token: str, *events: dict[str, Any]) -> None:
    """Send events of a name that is not declared."""
    named = [{"name": "gameStart", **event} for event in events]
    refused(await server.publish(token, *named), 400, 3)


async def counted(server: Server, token: str) -> int:
    return int((await server.computed(token)).get("gameStartCount", 0))


async def listed(server: Server, query: str = "") -> list[Any]:
    await server.settle()
    return list((await ask(server, "GET", query))["rejected_events"])


async def tidy(server: Server, folder: Path) -> None:
    await Housekeeping(
        database=server.pipeline.database,
        pipeline=server.pipeline,
        log=FileLogReader(folder / "log"),
        clock=server.clock,
        settings=settings_for(folder),
    ).tidy()


async def replays_in_log(server: Server) -> list[bytes]:
    """The records of the log that replay something."""
    records = await server.node.log_reader.read(0, bytes_max=1 << 30)
    return [
        record.payload
        for record in records
        if any(isinstance(entry, Replay) for entry in decode_entries(record.payload))
    ]


async def test_declare_and_replay(server: Server) -> None:
    """The whole story, as a person goes through it."""
    token = await player(server)
    sent = [
        {"id": f"e{n}", "value": f"{n}.5", "metadata": {"level": str(n)}, "timestamp": NOW - 60 + n}
        for n in range(5)
    ]
    await refuse(server, token, *sent)
    await server.publish(token, {"name": "gameOver"})
    server.clock.advance(60)
    await refuse(server, await player(server, "player-0002"), {})
    await server.settle()

    groups = (await ask(server, "GET", "/group"))["groups"]
    assert [(group["name"], group["count"], group["identities"]) for group in groups] == [
        ("gameStart", 6, 2),
        ("gameOver", 1, 1),
    ]
    assert groups[0]["first_receive_time_sec"] == str(NOW)
    assert groups[0]["last_receive_time_sec"] == str(NOW + 60)
    assert groups[0]["sample"]["problem"] == UNDECLARED
    assert not groups[0]["accepted_now"]

    proposed = await ask(server, "POST", "/propose", {"name": "gameStart"})
    assert proposed["events"] == 6
    assert proposed["definition"]["value_type"] == "numeric"
    assert proposed["validator"]["schema"]["properties"] == {"level": {"type": "integer"}}
    as_if = {key: proposed[key] for key in ("definition", "validator")}
    wanted = {"filter": {"name": "gameStart"}}
    assert (await ask(server, "POST", "/preview", {**wanted, **as_if}))["would_pass"] == 6
    still = await ask(server, "POST", "/preview", wanted)
    assert still["would_pass"] == 0
    assert still["would_be_refused"] == [
        {"reason": "INVALID_NAME", "count": 6, "sample_id": "1", "problem": UNDECLARED}
    ]

    for path, kind in (("validator", "validator"), ("event", "definition")):
        reply = await server.request(
            "POST", f"/v1/console/taxonomy/{path}", body=proposed[kind], auth=CONSOLE
        )
        assert reply.status == 200
    assert (await ask(server, "GET", "/group"))["groups"][0]["accepted_now"]
    assert (await replay(server, name="gameStart"))["replayed"] == 6
    computed = await server.computed(token)
    assert computed["gameStartCount"] == "5"
    assert computed["gameStartValueSum"] == "12.5"
    assert computed["gameStartSeenFirst"] == str(NOW - 60)
    assert [event["name"] for event in await listed(server)] == ["gameOver"]
    closed = await listed(server, "?search.status.exact=closed")
    assert len(closed) == 6
    assert {event["close_time_sec"] for event in closed} == {str(NOW + 60)}


async def test_ids_times_and_sessions_stay(server: Server) -> None:
    session = (await server.authenticate("player-0001"))["token"]
    await refuse(server, session, {"id": "mine", "timestamp": NOW - 500}, {})
    await server.settle()
    await declare(server, "gameStart")
    server.clock.advance(3600)
    assert (await replay(server))["replayed"] == 2
    [payload] = await replays_in_log(server)
    [entry] = decode_entries(payload)
    assert isinstance(entry, Replay)
    [batch] = decode_entries(entry.entries)
    [original] = [e for e in await server.rejected() if e.event_id == "mine"]
    for field in ("received_us", "source", "api_key", "identity_id", "profile_key", "session_id"):
        assert getattr(batch, field) == getattr(original, field)
    events = batch.events  # type: ignore[union-attr] # the comparison above shows what it is
    assert [event.timestamp_us for event in events] == [(NOW - 500) * 10**6, NOW * 10**6]
    assert events[0].id == "mine"
    assert len(events[1].id) == 36


async def test_twice_at_once_and_once_more(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"}, {"id": "b"}, {})
    await server.settle()
    await declare(server, "gameStart")
    first, second = await asyncio.gather(replay(server), replay(server))
    assert sorted([first["replayed"], second["replayed"]]) == [0, 3]
    assert first["skipped"]["under_way"] + second["skipped"]["under_way"] == 3
    # Another server on the same log knows nothing of this one's replays.
    [payload] = await replays_in_log(server)
    await server.node.log.append(payload)
    assert await counted(server, token) == 3
    await server.node.log.append(payload)
    assert await counted(server, token) == 3
    assert (await replay(server, ids=["1", 2, "77"]))["skipped"] == {
        "closed": 2,
        "under_way": 0,
        "cut_off": 0,
        "unknown": 1,
    }


async def test_a_crash_between_the_log_and_the_profiles(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = await player(server)
        await refuse(server, token, {"id": "a"}, {})
        await server.settle()
        await declare(server, "gameStart")
        await replay(server)
    async with running(tmp_path, clock=server.clock) as server:
        # The new process sees them open still, and gives them to the log again.
        assert (await replay(server))["replayed"] == 2
        assert await counted(server, token) == 2


async def test_an_event_that_was_sent_again_is_not_replayed(server: Server, tmp_path: Path) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"}, {"id": "b"})
    await server.settle()
    await declare(server, "gameStart")
    assert (await server.publish(token, {"name": "gameStart", "id": "a"})).status == 200
    assert [event["event_id"] for event in await listed(server)] == ["b"]
    # Even when the id itself is forgotten.
    server.clock.advance(8 * DAY)
    token = await player(server)
    await server.settle()
    await tidy(server, tmp_path)
    assert (await replay(server))["replayed"] == 1
    assert await counted(server, token) == 2


async def test_sent_again_and_replayed_in_one_stretch(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"}, {"id": "b"})
    await server.settle()
    await declare(server, "gameStart")
    await server.publish(token, {"name": "gameStart", "id": "a"})
    await replay(server)
    await server.publish(token, {"name": "gameStart", "id": "b"})
    assert await counted(server, token) == 2
    assert await listed(server) == []


async def test_refused_and_sent_again_in_one_stretch(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"})
    await declare(server, "gameStart")
    await server.publish(token, {"name": "gameStart", "id": "a"})
    assert await counted(server, token) == 1
    assert await listed(server) == []


async def test_an_event_that_was_replayed_and_then_sent_again(
    server: Server, tmp_path: Path
) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"})
    # It is replayed so late that its id would be forgotten, had it counted from its receipt.
    server.clock.advance(20 * DAY)
    token = await player(server)
    await server.settle()
    await declare(server, "gameStart")
    await replay(server)
    await server.settle()
    await tidy(server, tmp_path)
    assert (await server.publish(token, {"name": "gameStart", "id": "a"})).status == 200
    assert await counted(server, token) == 1


async def test_what_was_refused_before_a_merge_counts_for_the_merged(server: Server) -> None:
    token = await player(server, "device-0001")
    await refuse(server, token, {"id": "a"}, {"id": "b"})
    await server.settle()
    await declare(server, "gameStart")
    known = await server.identify(token, "player-0001")
    # One is sent again under the new identity, the other is replayed.
    await server.publish(known["token"], {"name": "gameStart", "id": "a"})
    await server.settle()
    assert [event["event_id"] for event in await listed(server)] == ["b"]
    [found] = await listed(server, "?search.identity_id.exact=player-0001")
    assert found["identity_id"] == "device-0001"
    await replay(server)
    assert await counted(server, known["token"]) == 2


async def test_a_merge_and_a_repeat_in_one_stretch(server: Server) -> None:
    token = await player(server, "device-0001")
    await refuse(server, token, {"id": "a"})
    await declare(server, "gameStart")
    known = await server.identify(token, "player-0001")
    await server.publish(known["token"], {"name": "gameStart", "id": "a"})
    assert await listed(server) == []
    assert await counted(server, known["token"]) == 1


async def test_nothing_of_an_erased_player_comes_back(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"})
    await server.settle()
    await declare(server, "gameStart")
    await replay(server)
    assert (await server.delete(token)).status == 200
    again = await player(server)
    assert await counted(server, again) == 0
    assert await listed(server, "?search.status.exact=all") == []


async def test_server_events_and_those_of_nobody(server: Server) -> None:
    events = [
        {"name": "gameStart", "identity_id": "player-0007"},
        {"name": "gameStart"},
        {"name": "gameStart", "identity_id": "x"},
        {"name": "gameStart", "identity_id": "player-0008", "session_id": "s" * 200},
    ]
    refused(await server.publish_as_server(*events), 400, 3)
    await server.settle()
    assert not await server.exists("player-0007")
    await declare(server, "gameStart")
    outcome = await replay(server)
    assert outcome["replayed"] == 2
    assert [(why["reason"], why["count"]) for why in outcome["still_refused"]] == [
        ("INVALID_ID", 2)
    ]
    assert await server.exists("player-0007")
    assert not await server.exists("player-0008")
    assert await counted(server, await player(server, "player-0007")) == 1
    assert {event["identity_id"] for event in await listed(server)} == {"x", "player-0008"}


async def test_a_payload_that_was_cut_off(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"metadata": {"long": "x" * 20_000}})
    [event] = await listed(server)
    assert event["payload"] == {}
    assert event["payload_beginning"].startswith('{"name":"gameStart"')
    await declare(server, "gameStart")
    outcome = await replay(server)
    assert outcome["replayed"] == 0
    assert outcome["skipped"]["cut_off"] == 1
    details = refused(
        await server.request("POST", f"{PATH}/propose", body={"name": "gameStart"}, auth=CONSOLE),
        404,
        5,
    )
    assert details == []


async def test_the_problem_stands_in_the_metadata(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a", "metadata": {"level": 3}})
    [event] = await listed(server)
    assert event["payload"] == {
        "name": "gameStart",
        "id": "a",
        "metadata": {"level": "3", "_eventError": UNDECLARED},
    }
    assert await ask(server, "GET", f"/{event['id']}") == event


async def test_lists_are_narrowed_and_paged(server: Server) -> None:
    first, second = await player(server), await player(server, "player-0002")
    await refuse(server, first, {"id": "1"}, {"id": "2"})
    server.clock.advance(10)
    await refuse(server, second, {"id": "3"})
    await server.publish(second, {"name": "levelUp", "id": "4"})
    await server.publish(second, {"name": "gameStarted", "id": "5", "value": "x" * 2000})
    await server.settle()

    async def ids(query: str) -> list[str]:
        return [event["event_id"] for event in await listed(server, query)]

    assert await ids("") == ["5", "4", "3", "2", "1"]
    assert await ids("?search.name.exact=gameStart") == ["3", "2", "1"]
    assert await ids("?search.name.like=START") == ["5", "3", "2", "1"]
    assert await ids("?search.name.or=levelUp&search.name.or=gameStarted") == ["5", "4"]
    assert await ids("?search.reason.or=VALUE_LENGTH_EXCEEDED") == ["5"]
    assert await ids("?search.identity_id.exact=player-0001") == ["2", "1"]
    assert await ids("?search.api_key.exact=other") == []
    assert await ids(f"?search.received.from={NOW + 10}") == ["5", "4", "3"]
    assert await ids("?search.received.until=2023-11-14T22:13:25Z") == ["2", "1"]
    page = await ask(server, "GET", "?pagination.limit=2")
    seen = [event["event_id"] for event in page["rejected_events"]]
    cursor = page["page_options"]["next_cursor"]
    page = await ask(server, "GET", f"?pagination.limit=2&pagination.cursor={cursor}")
    seen += [event["event_id"] for event in page["rejected_events"]]
    assert seen == ["5", "4", "3", "2"]
    back = page["page_options"]["prev_cursor"]
    page = await ask(server, "GET", f"?pagination.limit=2&pagination.cursor={back}")
    assert [event["event_id"] for event in page["rejected_events"]] == ["5", "4"]
    assert page["page_options"]["prev_cursor"] == ""
    page = await ask(server, "GET", "/group?pagination.limit=1")
    cursor = page["page_options"]["next_cursor"]
    page = await ask(server, "GET", f"/group?pagination.limit=2&pagination.cursor={cursor}")
    assert {group["name"] for group in page["groups"]} == {"levelUp", "gameStarted"}


async def test_what_was_dismissed_never_comes_back(server: Server) -> None:
    token = await player(server)
    await refuse(server, token, {"id": "a"}, {"id": "b"}, {"id": "c"})
    await server.publish(token, {"name": "levelUp"})
    await server.settle()
    await declare(server, "gameStart")
    assert (await ask(server, "DELETE", "/1"))["dismissed"] == 1
    # It is on its way to the log when somebody replays it.
    assert (await replay(server, ids=["1", "2"]))["replayed"] == 2
    assert await counted(server, token) == 1
    assert (await ask(server, "DELETE", "?search.name.exact=gameStart"))["dismissed"] == 1
    assert [event["name"] for event in await listed(server)] == ["levelUp"]
    details = refused(await server.request("DELETE", PATH, auth=CONSOLE), 400, 3)
    assert details[0]["field"] == "search"
    assert (await ask(server, "DELETE", "?all=true"))["dismissed"] == 1
    assert await listed(server) == []
    assert len(await listed(server, "?search.status.exact=closed")) == 1
    # Numbers are not given twice: a new refused event can be replayed.
    await server.publish(token, {"name": "levelUp"})
    [new] = await listed(server)
    assert int(new["id"]) > 4


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "?search.received.from=yesterday", None, "search.received.from"),
        ("GET", "?search.status.exact=some", None, "search.status.exact"),
        ("GET", "?pagination.cursor=WzEsMl0", None, "pagination.cursor"),
        ("GET", "?pagination.cursor=W2ZhbHNlLFsieCJdXQ", None, "pagination.cursor"),
        ("GET", "/one", None, "id"),
        ("POST", "/propose", {}, "name"),
        ("POST", "/replay", {"filter": {"ids": ["-1"]}}, "filter.ids"),
        # Were these let pass, they would ask for all that are open.
        ("POST", "/replay", {"filter": {"names": ["a"]}}, "filter"),
        ("POST", "/replay", {"ids": ["1"]}, ""),
        ("POST", "/preview", {"filter": {"nameLike": "a"}}, "filter"),
        (
            "POST",
            "/preview",
            {"definition": {"name": "a", "metadata_validator": "b"}},
            "definition.metadata_validator",
        ),
        (
            "POST",
            "/preview",
            {"validator": {"name": "a", "schema": {"type": "some"}}},
            "validator.schema",
        ),
    ],
)
async def test_what_is_asked_wrongly(
    server: Server, method: str, path: str, body: object, field: str
) -> None:
    reply = await server.request(method, f"{PATH}{path}", body=body, auth=CONSOLE)
    details = refused(reply, 400, 3)
    assert details[0]["field"] == field


async def test_what_is_not_kept(server: Server) -> None:
    refused(await server.request("GET", f"{PATH}/1", auth=CONSOLE), 404, 5)
    refused(await server.request("DELETE", f"{PATH}/1", auth=CONSOLE), 404, 5)


async def test_who_may(server: Server) -> None:
    refused(await server.request("GET", PATH), 401, 16)
    refused(await server.request("GET", PATH, auth=KEY), 401, 16)
    routes = {
        (route.method, route.path): route.auth.permission
        for route in server.node.routes
        if route.path.startswith((PATH, "/v1/console/dead-letter"))
    }
    for (method, path), needed in routes.items():
        writes = path.endswith("/replay")
        action = "delete" if method == "DELETE" else "write" if writes else "read"
        assert needed == f"event:{action}"
    assert len(routes) == 13


async def test_many_go_in_bounded_records(tmp_path: Path) -> None:
    async with running(tmp_path, batch_events_max=10) as server:
        token = await player(server)
        for start in range(0, 25, 5):
            await refuse(server, token, *({"id": f"{start + n}"} for n in range(5)))
        await server.settle()
        await declare(server, "gameStart")
        assert (await replay(server))["replayed"] == 25
        assert len(await replays_in_log(server)) == 3
        assert await counted(server, token) == 25


async def test_what_is_kept_too_long_or_is_too_much_goes(tmp_path: Path) -> None:
    limits = {"rejected_events_max": 3, "rejected_seconds_max": 10 * DAY}
    async with running(tmp_path, **limits) as server:
        token = await player(server)
        await refuse(server, token, *({"id": str(n)} for n in range(6)))
        await server.settle()
        await declare(server, "gameStart")
        await replay(server, ids=["5", "6"])
        await server.settle()
        tidying = Housekeeping(
            database=server.pipeline.database,
            pipeline=server.pipeline,
            log=FileLogReader(tmp_path / "log"),
            clock=server.clock,
            settings=settings_for(tmp_path, **limits),
        )
        await tidying.tidy()
        left = await listed(server, "?search.status.exact=all")
        # Those that count already went first, then the oldest.
        assert [event["event_id"] for event in left] == ["3", "2", "1"]
        server.clock.advance(11 * DAY)
        await tidying.tidy()
        assert await listed(server, "?search.status.exact=all") == []


async def test_a_game_servers_old_event_joins_no_session_that_began_since(server: Server) -> None:
    await player(server)
    helper = server.game_server_token("player-0001")
    await refuse(server, helper, {"id": "a"})
    await server.settle()
    await declare(server, "gameStart")
    server.clock.advance(DAY)
    await player(server)
    await replay(server)
    sessions = await server.sessions_of("player-0001")
    assert [session.event_count for session in sessions] == [0, 0]
