from pathlib import Path

import pytest

from matsuri.errors import InvalidArgument
from matsuri.events.model import Source
from matsuri.events.sent import SentEvent, SentEvents
from matsuri.events.service import Sender
from tests.api.running import KEY, NOW, Server, refused, running
from tests.support.in_process import bearer

PURCHASE = {"name": "purchaseCompleted", "value": "5"}


async def test_every_token_stops_working(server: Server) -> None:
    session = await server.authenticate("player-0001")
    other = await server.authenticate("player-0001")
    neighbour = await server.authenticate("player-0002")
    reply = await server.delete(session["token"])
    assert (reply.status, reply.json) == (200, {})
    for token in (session["token"], other["token"]):
        refused(
            await server.request("GET", "/v1/properties", auth=bearer(token)),
            401,
            16,
            "Auth token invalid",
        )
        refused(await server.publish(token, PURCHASE), 401, 16)
        refused(await server.delete(token), 401, 16)
    assert (await server.refresh(other["refresh_token"])).status == 401
    assert await server.status_of(neighbour["token"]) == 200


async def test_a_body_is_ignored(server: Server) -> None:
    for number, raw in enumerate((b"", b"{}", b"not json")):
        session = await server.authenticate(f"player-000{number}")
        reply = await server.request(
            "DELETE", "/v1/identity", raw=raw, auth=bearer(session["token"])
        )
        assert (reply.status, reply.json) == (200, {})


async def test_the_same_id_comes_back_as_a_stranger(server: Server) -> None:
    session = await server.authenticate("player-0001", default={"platform": "Android"})
    await server.publish(session["token"], {**PURCHASE, "id": "e1"})
    await server.settle()
    await server.delete(session["token"])
    server.clock.advance(100)
    again = await server.authenticate("player-0001")
    assert again["properties"]["computed"] == {}
    assert again["properties"]["default"]["firstOpen"] == str(NOW + 100)
    assert "platform" not in again["properties"]["default"]
    await server.publish(again["token"], {**PURCHASE, "id": "e1"})
    computed = await server.computed(again["token"])
    assert computed["purchaseCompletedCount"] == "1"
    assert computed["identityCreateCount"] == "1"
    assert computed["sessionStartCount"] == "1"
    assert len(await server.sessions_of("player-0001")) == 1
    assert await server.status_of(session["token"]) == 401


async def test_stragglers_are_dropped(server: Server) -> None:
    session = await server.authenticate("player-0001")
    player = await server.node.sessions.player(session["token"])
    await server.delete(session["token"])
    await server.settle()
    again = await server.authenticate("player-0001")
    # A request that was let in before the deletion reaches the log after it.
    sender = Sender(
        source=Source.SESSION,
        api_key="default",
        identity_id=player.identity_id,
        profile_key=player.identity_key,
        session_id=player.session_id,
    )
    await server.node.events.publish(
        sender, SentEvents([SentEvent(name="purchaseCompleted", id="e1")])
    )
    with pytest.raises(InvalidArgument):
        await server.node.events.publish(sender, SentEvents([SentEvent(name="unknown", id="e2")]))
    computed = await server.computed(again["token"])
    assert "purchaseCompletedCount" not in computed
    assert await server.rejected() == []
    assert await server.seen_events_of(player.identity_key) == 0


async def test_refused_events_of_the_player_go_too(server: Server) -> None:
    session = await server.authenticate("player-0001")
    await server.publish(session["token"], {"name": "unknown"})
    assert len(await server.rejected()) == 1
    await server.delete(session["token"])
    assert await server.rejected() == []


async def test_aliases_go_too(server: Server) -> None:
    guest = await server.authenticate("guest-0001")
    session = await server.identify(guest["token"], "player-0001")
    await server.delete(session["token"])
    for identity_id in ("guest-0001", "player-0001"):
        assert await server.status_of(server.game_server_token(identity_id)) == 404
    assert await server.status_of(guest["token"]) == 401


async def test_a_game_server_deletes_and_starts_again(server: Server) -> None:
    token = server.game_server_token("player-0001")
    await server.publish(token, PURCHASE)
    assert (await server.computed(token))["purchaseCompletedCount"] == "1"
    assert (await server.delete(token)).status == 200
    assert await server.status_of(token) == 404
    assert (await server.delete(token)).status == 404
    await server.publish(token, PURCHASE)
    assert (await server.computed(token))["purchaseCompletedCount"] == "1"


async def test_it_needs_a_token(server: Server) -> None:
    for header in (None, KEY):
        reply = await server.request("DELETE", "/v1/identity", auth=header)
        refused(reply, 401, 16, "Auth token required")


async def test_gone_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001")
        await server.publish(session["token"], PURCHASE)
        await server.delete(session["token"])
    async with running(tmp_path, clock=server.clock) as server:
        assert await server.status_of(session["token"]) == 401
        assert (await server.refresh(session["refresh_token"])).status == 401
        assert await server.status_of(server.game_server_token("player-0001")) == 404
        again = await server.authenticate("player-0001")
        assert "purchaseCompletedCount" not in await server.computed(again["token"])
