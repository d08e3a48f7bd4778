"""What a player's place in percentages goes by, and what moves it."""

from pathlib import Path
from typing import Any

from matsuri.flags.model import Variant
from matsuri.identities.erasure_requests import open_erasures
from matsuri.identities.store import find_identity
from tests.api.audiences import done
from tests.api.flags import define_audience, define_flag, values
from tests.api.running import Server
from tests.api.test_erasure import CONSOLE, erase, erasure, places_of, scrub
from tests.api.test_ofrep import ONE, evaluate
from tests.support.in_process import InProcess, bearer
from tests.support.memberships import stored_members

GUESTS = [f"canary-guest-{number:04}" for number in range(12)]
GUEST, PLAYER = GUESTS[0], "canary-player-0000"
CANARY = "canary-"
HALF = "Sample(50)"


async def sample_id(server: Server, identity_id: str) -> str:
    found = await server.node.control.read(lambda c: find_identity(c, identity_id))
    assert found is not None
    return found.sample_id


async def place(server: Server, **body: object) -> float:
    """The place in the order of the flag ``offer``."""
    body = {"names": ["offer"], **body}
    reply = await server.request("POST", "/v1/console/resolve", body=body, auth=CONSOLE)
    assert reply.status == 200, reply.body
    [candidate] = [each for each in reply.json["flags"][0]["candidates"] if each["type"] == 1]
    return float(candidate["place_percent"])


async def define_offer(server: Server) -> None:
    variant = Variant(name="half", value="yes", rollout_percent=50)
    await define_flag(server, "offer", "no", variants=(variant,))


async def ofrep(server: Server, key: str) -> Any:
    reply = await evaluate(server, f"{ONE}offer", {"targetingKey": key})
    assert reply.status == 200, reply.body
    return reply.json["value"]


async def test_an_id_that_is_new_keeps_the_place_of_the_guest(server: Server) -> None:
    await define_offer(server)
    await define_audience(server, "half", HALF)
    tokens = {guest: (await server.authenticate(guest))["token"] for guest in GUESTS}
    before = {guest: (await values(server, tokens[guest]))["offer"] for guest in GUESTS}
    assert set(before.values()) == {"yes", "no"}
    await server.settle()
    await server.worker.memberships.run_pass()
    members = (await stored_members(server))["half"]
    assert 0 < len(members) < len(GUESTS)
    places = {guest: await place(server, identity_id=guest) for guest in GUESTS}
    names = {guest: guest.replace("guest", "player") for guest in GUESTS}
    for guest, name in names.items():
        token = (await server.identify(tokens[guest], name))["token"]
        assert (await values(server, token))["offer"] == before[guest]
        assert await place(server, identity_id=name) == places[guest]
        assert await ofrep(server, name) == before[guest]
        # Somebody else of that id is where the id is.
        assert await place(server, profile={"id": guest}) == places[guest]
    await server.settle()
    await server.worker.memberships.run_pass()
    assert (await stored_members(server))["half"] == {names[guest] for guest in members}
    counted = await done(server, "POST", "preview", {"filter": HALF})
    assert (counted["count"], counted["exact"]) == (len(members), True)


async def test_a_player_that_there_is_keeps_their_place(server: Server) -> None:
    await define_offer(server)
    await server.authenticate(PLAYER)
    before = await place(server, identity_id=PLAYER)
    guest = (await server.authenticate(GUEST))["token"]
    assert await place(server, identity_id=GUEST) != before
    await server.identify(guest, PLAYER)
    assert await place(server, identity_id=PLAYER) == before


async def test_whoever_knows_nobody_is_where_the_key_is(server: Server) -> None:
    await define_offer(server)
    before = {guest: await ofrep(server, guest) for guest in GUESTS}
    assert set(before.values()) == {"yes", "no"}
    for guest in GUESTS:
        await server.authenticate(guest)
        assert await ofrep(server, guest) == before[guest]


async def test_the_retired_id_starts_afresh_elsewhere(server: Server) -> None:
    guest = (await server.authenticate(GUEST))["token"]
    await server.identify(guest, PLAYER)
    afresh = (await server.authenticate(GUEST))["token"]
    assert await sample_id(server, PLAYER) == GUEST
    own = await sample_id(server, GUEST)
    assert own not in {GUEST, PLAYER}
    # It is that player's, as any other guest's.
    await server.identify(afresh, "canary-player-0001")
    assert await sample_id(server, "canary-player-0001") == own
    await server.authenticate(GUEST)
    assert await sample_id(server, GUEST) not in {GUEST, own}


async def test_a_way_back_to_the_first_id_keeps_the_place(server: Server) -> None:
    guest = (await server.authenticate(GUEST))["token"]
    player = (await server.identify(guest, PLAYER))["token"]
    await server.identify(player, GUEST)
    assert await sample_id(server, GUEST) == GUEST


async def test_it_is_looked_for_when_the_player_is_erased(server: Server) -> None:
    guest = (await server.authenticate(GUEST))["token"]
    await server.identify(guest, PLAYER)
    afresh = (await server.authenticate(GUEST))["token"]
    own = await sample_id(server, GUEST)
    await server.identify(afresh, "canary-player-0001")
    await erase(server, "canary-player-0001")
    [asked] = await server.node.control.read(lambda c: open_erasures(c, limit=2))
    assert asked.traces is not None
    assert own in asked.traces.texts


async def test_the_export_has_it(server: Server) -> None:
    guest = (await server.authenticate(GUEST))["token"]
    token = (await server.identify(guest, PLAYER))["token"]
    path = f"/v1/console/identity/{PLAYER}/export"
    reply = await InProcess.request(server, "GET", path, auth=CONSOLE, stays=True)
    assert reply.json["identity"]["sample_id"] == GUEST
    assert await server.status_of(token) == 200


async def test_erasing_leaves_nothing_of_it(server: Server, tmp_path: Path) -> None:
    guest = (await server.authenticate(GUEST))["token"]
    await server.identify(guest, PLAYER)
    afresh = (await server.authenticate(GUEST))["token"]
    own = await sample_id(server, GUEST)
    erased = await erase(server, PLAYER)
    await scrub(server)
    # The guest's id is that of somebody else now, and is not looked for.
    stores = (await erasure(server, erased))["receipt"]["stores"]
    assert all(each["matches_of_others"] == each["matches_unexplained"] == 0 for each in stores)
    assert await server.status_of(afresh) == 200
    reply = await server.request("DELETE", "/v1/identity", auth=bearer(afresh))
    assert reply.status == 200
    await scrub(server)
    for text in (CANARY, own):
        assert list(places_of(tmp_path, text)) == []
    # Nobody knows any more that there was a player of that id: it is where the id is.
    await server.authenticate(GUEST)
    assert await sample_id(server, GUEST) == GUEST


async def test_the_guest_can_be_erased_and_the_player_stays(server: Server) -> None:
    guest = (await server.authenticate(GUEST))["token"]
    token = (await server.identify(guest, PLAYER))["token"]
    await server.authenticate(GUEST)
    await erase(server, GUEST)
    await scrub(server)
    # What the player was called before is the player's own.
    assert await sample_id(server, PLAYER) == GUEST
    assert await server.status_of(token) == 200
