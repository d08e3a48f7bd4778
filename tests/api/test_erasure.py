"""Erasing players through the API, step by step, and broken off at every step."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matsuri.events.model import Source
from matsuri.events.sent import SentEvent, SentEvents
from matsuri.events.service import Sender
from matsuri.identities import erase as erase_module
from matsuri.identities import erasures as erasures_module
from matsuri.identities import redact_log as redact_log_module
from matsuri.identities.erase import pause_after
from matsuri.identities.sign_receipt import verify_receipt
from matsuri.kit.paging import Cursor, encode_cursor
from tests.api.audiences import done, put
from tests.api.running import KEY, Server, refused, running
from tests.support.in_process import SERVER_KEY, basic, bearer

CONSOLE = basic(SERVER_KEY)
PLAYER = "canary-player-01"
GUEST = "canary-guest-0001"
CANARY = "canary-"


def purchase(number: int) -> dict[str, Any]:
    return {
        "name": "purchaseCompleted",
        "value": "5",
        "id": f"{CANARY}event-{number}",
        "metadata": {"key": f"{CANARY}metadata"},
    }


async def play(server: Server) -> str:
    """A guest who becomes a player, with accepted and refused events; the player's token."""
    guest = await server.authenticate(GUEST)
    await put_on_lists(server, GUEST)
    await server.publish(guest["token"], purchase(1), {"name": f"{CANARY}undeclared"})
    token: str = (await server.identify(guest["token"], PLAYER))["token"]
    await server.publish(token, purchase(2))
    await put_on_lists(server, PLAYER)
    return token


async def put_on_lists(server: Server, identity_id: str) -> None:
    """Put a player on a list of an audience, and take it off another one."""
    path = "/v1/console/audience/All-Spenders"
    for listing in ("include", "exclude"):
        body = {"entries": [{"identity_id": identity_id}]}
        reply = await server.request("PUT", f"{path}/{listing}", body=body, auth=CONSOLE)
        assert reply.status == 200, reply.body
    reply = await server.request("DELETE", f"{path}/exclude?id={identity_id}", auth=CONSOLE)
    assert reply.json["removed"] == 1


async def scrub(server: Server) -> int:
    """Let worker and API do their parts until there is a receipt; how many there are."""
    for _ in range(100):
        await server.settle()
        while await server.worker.feed.run_once():
            pass
        await server.worker.erase.scrub()
        done = await server.node.erasures.finish()
        if done:
            return done
        await asyncio.sleep(0.02)
    raise AssertionError("there is no receipt")


async def erasure(server: Server, erasure_id: str) -> Any:
    reply = await server.request("GET", f"/v1/console/erasure/{erasure_id}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


async def erase(server: Server, identity_id: str) -> str:
    reply = await server.request("DELETE", f"/v1/console/identity/{identity_id}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    return str(reply.json["erasure_id"])


def places_of(folder: Path, text: str) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file() and text.encode() in path.read_bytes():
            yield path.name


async def test_it_is_requested_then_removed_then_scrubbed(server: Server, tmp_path: Path) -> None:
    token = await play(server)
    erasure_id = await erase(server, GUEST)  # an alias does as well as the id
    assert await server.status_of(token) == 401
    asked = await erasure(server, erasure_id)
    assert (asked["state"], asked["requested_by"]) == ("requested", "server key default")
    assert "signed_receipt" not in asked
    await server.settle()
    assert (await erasure(server, erasure_id))["state"] == "removed"
    assert await scrub(server) == 1
    done = await erasure(server, erasure_id)
    assert done["state"] == "scrubbed"
    key = (await server.request("GET", "/v1/console/erasure/key", auth=CONSOLE)).json
    assert sorted(key) == ["crv", "kty", "x"]
    assert verify_receipt(done["signed_receipt"], key).erasure_id == erasure_id
    assert list(places_of(tmp_path, CANARY)) == []
    assert await server.node.erasures.finish() == 0


async def test_places_on_lists_are_removed_and_counted(server: Server, tmp_path: Path) -> None:
    await play(server)
    await put(server, "All-Spenders/exclude", GUEST, "player-other")
    await put(server, "Non-Spenders/exclude", PLAYER)
    begun = await done(server, "POST", "Non-Spenders/include/import")
    await put(server, f"Non-Spenders/include/import/{begun['id']}", PLAYER, "player-other")
    erasure_id = await erase(server, PLAYER)
    await scrub(server)
    receipt = (await erasure(server, erasure_id))["receipt"]
    [control] = [each for each in receipt["stores"] if each["store"] == "control.db"]
    assert control["removed"] == {
        "identities": 1,
        "identity_aliases": 1,
        "audience_entries": 3,
        "audience_import_entries": 1,
        "audience_change_ids": 7,
    }
    assert list(places_of(tmp_path, CANARY)) == []


async def test_many_are_scrubbed_at_once_and_listed_in_pages(server: Server) -> None:
    ids = []
    for number in range(5):
        await server.authenticate(f"player-000{number}")
        ids.append(await erase(server, f"player-000{number}"))
    assert await scrub(server) == 5
    listed: list[str] = []
    cursor = ""
    while True:
        query = f"pagination.limit=2&pagination.cursor={cursor}"
        reply = await server.request("GET", f"/v1/console/erasure?{query}", auth=CONSOLE)
        listed += [found["id"] for found in reply.json["erasures"]]
        cursor = reply.json["page_options"]["next_cursor"]
        if not cursor:
            break
        last = reply.json
    assert listed == ids[::-1]
    back = (await server.request("GET", f"/v1/console/erasure?{query}", auth=CONSOLE)).json
    cursor = back["page_options"]["prev_cursor"]
    query = f"pagination.limit=2&pagination.cursor={cursor}"
    reply = await server.request("GET", f"/v1/console/erasure?{query}", auth=CONSOLE)
    assert reply.json == last


@pytest.mark.parametrize("key", [(), (1,), ("a", "b")])
async def test_a_cursor_of_another_list_is_refused(
    server: Server, key: tuple[str | int, ...]
) -> None:
    cursor = encode_cursor(Cursor(backward=False, key=key))
    path = f"/v1/console/erasure?pagination.cursor={cursor}"
    reply = await server.request("GET", path, auth=CONSOLE)
    assert refused(reply, 400, 3)[0]["field"] == "pagination.cursor"


async def test_who_may_not(server: Server) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    for auth in (None, KEY, bearer(token)):
        path = "/v1/console/identity/player-0001"
        refused(await server.request("DELETE", path, auth=auth), 401, 16)
        refused(await server.request("GET", "/v1/console/erasure", auth=auth), 401, 16)
    refused(
        await server.request("DELETE", "/v1/console/identity/nobody-0001", auth=CONSOLE),
        404,
        5,
        "Identity not found",
    )
    refused(
        await server.request("GET", "/v1/console/erasure/nothing", auth=CONSOLE),
        404,
        5,
        "Erasure not found",
    )
    assert await server.exists("player-0001")


async def test_what_names_the_player_but_belongs_to_nobody_goes_too(
    server: Server, tmp_path: Path
) -> None:
    for identity_id in (PLAYER, f"{PLAYER}-2"):
        await server.publish_as_server({"name": "undeclared", "identity_id": identity_id})
    await server.settle()
    assert len(await server.rejected()) == 2
    await server.authenticate(PLAYER)
    await erase(server, PLAYER)
    await scrub(server)
    assert [event.identity_id for event in await server.rejected()] == [f"{PLAYER}-2"]
    data = b"".join(path.read_bytes() for path in (tmp_path / "log").glob("*.log"))
    assert data.count(PLAYER.encode()) == data.count(f"{PLAYER}-2".encode()) > 0


async def test_ids_of_others_that_begin_alike_are_told_apart(server: Server) -> None:
    other = await server.authenticate(f"{PLAYER}-2")
    await server.publish(other["token"], purchase(1))
    await server.authenticate(PLAYER)
    erasure_id = await erase(server, PLAYER)
    await scrub(server)
    stores = (await erasure(server, erasure_id))["receipt"]["stores"]
    found = {store["store"]: store for store in stores}
    for name in ("event log", "control.db"):
        assert found[name]["matches_of_others"] > 0
        assert found[name]["matches_unexplained"] == 0
    assert (await server.computed(other["token"]))["purchaseCompletedCount"] == "1"


async def test_stragglers_are_redacted_once_more(server: Server, tmp_path: Path) -> None:
    player = await server.node.sessions.player(await play(server))
    await erase(server, PLAYER)
    await scrub(server)
    sender = Sender(
        source=Source.SESSION,
        api_key="default",
        identity_id=player.identity_id,
        profile_key=player.identity_key,
        session_id=player.session_id,
    )
    await server.node.events.publish(sender, SentEvents([SentEvent(name="gameStarted")]))
    await server.settle()
    assert list(places_of(tmp_path / "log", PLAYER))
    for _ in range(50):
        if await server.worker.erase.scrub():
            break
        await server.node.erasures.finish()
        await asyncio.sleep(0.02)
    assert list(places_of(tmp_path, PLAYER)) == []
    assert not await server.worker.erase.scrub()


async def test_it_waits_for_the_analytics_store(server: Server) -> None:
    await play(server)
    erasure_id = await erase(server, PLAYER)
    await server.settle()
    for _ in range(20):
        assert not await server.worker.erase.scrub()
        assert await server.node.erasures.finish() == 0
        await asyncio.sleep(0.01)
    assert (await erasure(server, erasure_id))["state"] == "removed"
    assert await scrub(server) == 1


POINTS = [
    (erase_module, "erase_nameless"),
    (erase_module, "empty_wal"),
    (erase_module, "scrub_sqlite"),
    (erase_module, "search_files"),
    (erase_module.erasure_store, "save_reports"),
    (erase_module.erasure_store, "mark_clean"),
    (redact_log_module, "prepare_rewrite"),
    (redact_log_module, "put_in_place"),
    (redact_log_module, "torn_tails"),
    (erasures_module, "scrub_sqlite"),
    (erasures_module, "sign_receipt"),
    (erasures_module.erasure_requests, "forget_traces"),
    (erasures_module.erasure_requests, "finish_erasures"),
]


@pytest.mark.parametrize(("module", "name"), POINTS, ids=[name for _, name in POINTS])
async def test_it_goes_on_after_a_restart_wherever_it_was_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    met = []

    def die(*_arguments: Any, **_named: Any) -> None:
        met.append(name)
        raise OSError("the process is gone")

    async with running(tmp_path) as server:
        await play(server)
        other = await server.authenticate("player-0002")
        await server.publish(other["token"], purchase(1))
        erasure_id = await erase(server, PLAYER)
        with monkeypatch.context() as patch:
            patch.setattr(module, name, die)
            with pytest.raises(OSError, match="gone"):
                await scrub(server)
        assert met
    async with running(tmp_path, clock=server.clock) as server:
        assert await scrub(server) == 1
        receipt = (await erasure(server, erasure_id))["receipt"]
        assert all(store["matches_unexplained"] == 0 for store in receipt["stores"])
        assert (await server.computed(other["token"]))["purchaseCompletedCount"] == "1"
    assert list(places_of(tmp_path, PLAYER)) == []
    assert list(places_of(tmp_path, GUEST)) == []


def test_searching_takes_a_twentieth_of_the_time() -> None:
    assert pause_after(0.1, pause_seconds_min=5) == 5
    assert pause_after(3, pause_seconds_min=5) == 60
