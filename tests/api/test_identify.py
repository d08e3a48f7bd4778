from pathlib import Path

import pytest

from tests.api.running import NOW, Server, parts, refused, running
from tests.support.in_process import bearer

PURCHASE = {"name": "purchaseCompleted"}


async def anonymous(server: Server, identity_id: str = "guest-0001") -> str:
    """The token of a guest with a property and two purchases."""
    session = await server.authenticate(
        identity_id, default={"platform": "Android", "language": "en"}
    )
    await server.publish(
        session["token"], {**PURCHASE, "value": "10", "id": "g1"}, {**PURCHASE, "value": "5"}
    )
    return str(session["token"])


async def test_a_new_id_takes_the_profile_along(server: Server) -> None:
    token = await anonymous(server)
    await server.settle()
    server.clock.advance(60)
    session = await server.identify(token, "player-0001")
    assert sorted(session) == ["properties", "refresh_token", "token"]
    before, after = parts(token)[1], parts(session["token"])[1]
    assert after["iid"] == "player-0001"
    assert after["api"] == "default"
    assert after["sid"] != before["sid"]
    assert session["properties"]["default"]["platform"] == "Android"
    assert session["properties"]["default"]["firstOpen"] == str(NOW)
    assert session["properties"]["computed"]["purchaseCompletedCount"] == "2"
    computed = await server.computed(session["token"])
    assert computed["purchaseCompletedValueSum"] == "15"
    assert computed["identityCreateCount"] == "1"
    assert computed["identifyCount"] == "1"
    assert computed["sessionStartCount"] == "2"


async def test_the_old_session_ends(server: Server) -> None:
    session = await server.authenticate("guest-0001")
    other = await server.authenticate("guest-0001")
    await server.identify(session["token"], "player-0001")
    for old in (session, other):
        assert await server.status_of(old["token"]) == 401
        assert (await server.refresh(old["refresh_token"])).status == 401


async def test_values_of_an_existing_target_win(server: Server) -> None:
    token = await anonymous(server)
    target = await server.authenticate("player-0001", default={"platform": "iOS", "version": "1.0"})
    await server.publish(target["token"], {**PURCHASE, "value": "100"})
    server.clock.advance(5)
    session = await server.identify(token, "player-0001")
    assert session["properties"]["default"]["platform"] == "iOS"
    assert session["properties"]["default"]["version"] == "1.0"
    assert session["properties"]["default"]["language"] == "en"
    computed = await server.computed(session["token"])
    assert computed["purchaseCompletedCount"] == "3"
    assert computed["purchaseCompletedValueSum"] == "115"
    assert computed["purchaseCompletedValueLow"] == "5"
    assert computed["purchaseCompletedValueHigh"] == "100"
    assert computed["identityCreateCount"] == "2"
    assert await server.status_of(target["token"]) == 200


async def test_custom_properties_are_merged_alike(tmp_path: Path) -> None:
    async with running(tmp_path, accept_undeclared=True) as server:
        guest = await server.authenticate("guest-0001", custom={"earlyAccess": "true", "a": "1"})
        await server.authenticate("player-0001", custom={"earlyAccess": "false", "b": ""})
        session = await server.identify(guest["token"], "player-0001")
        assert session["properties"]["custom"] == {"earlyAccess": "false", "a": "1", "b": ""}


async def test_given_properties_are_laid_over_both(server: Server) -> None:
    token = await anonymous(server)
    await server.authenticate("player-0001", default={"platform": "iOS"})
    session = await server.identify(token, "player-0001", default={"platform": "Web"}, custom={})
    assert session["properties"]["default"]["platform"] == "Web"
    assert (await server.properties(session["token"]))["default"]["platform"] == "Web"


async def test_the_same_id_is_another_session(server: Server) -> None:
    session = await server.authenticate("player-0001")
    after = await server.identify(session["token"], "player-0001")
    assert parts(after["token"])[1]["iid"] == "player-0001"
    assert await server.status_of(session["token"]) == 401
    assert await server.status_of(after["token"]) == 200
    computed = await server.computed(after["token"])
    assert computed["identityCreateCount"] == "1"
    assert computed["sessionStartCount"] == "2"


async def test_the_retired_id_starts_afresh(server: Server) -> None:
    token = await anonymous(server)
    known = await server.identify(token, "player-0001")
    again = await server.authenticate("guest-0001")
    computed = await server.computed(again["token"])
    assert "purchaseCompletedCount" not in computed
    assert computed["identityCreateCount"] == "1"
    assert "platform" not in again["properties"]["default"]
    assert (await server.computed(known["token"]))["purchaseCompletedCount"] == "2"


async def test_a_game_servers_token_for_the_retired_id_means_the_player(server: Server) -> None:
    token = await anonymous(server)
    known = await server.identify(token, "player-0001")
    alias = server.game_server_token("guest-0001")
    assert (await server.properties(alias))["default"]["platform"] == "Android"
    assert (await server.publish(alias, {**PURCHASE, "value": "1"})).status == 200
    assert (await server.computed(known["token"]))["purchaseCompletedCount"] == "3"
    reply = await server.publish_as_server({**PURCHASE, "identity_id": "guest-0001"})
    assert reply.status == 200
    assert (await server.computed(known["token"]))["purchaseCompletedCount"] == "4"
    assert not await server.exists("guest-0001")


async def test_once_the_retired_id_is_back_its_tokens_mean_the_new_player(server: Server) -> None:
    token = await anonymous(server)
    known = await server.identify(token, "player-0001")
    alias = server.game_server_token("guest-0001")
    assert await server.status_of(alias) == 200
    await server.authenticate("guest-0001")
    server.clock.advance(2)
    await server.publish(alias, PURCHASE)
    assert (await server.computed(alias))["purchaseCompletedCount"] == "1"
    assert (await server.computed(known["token"]))["purchaseCompletedCount"] == "2"


async def test_a_chain_of_ids(server: Server) -> None:
    token = await anonymous(server, "player-aaaa")
    second = await server.identify(token, "player-bbbb")
    await server.publish(second["token"], PURCHASE)
    third = await server.identify(second["token"], "player-cccc")
    for identity_id in ("player-aaaa", "player-bbbb", "player-cccc"):
        alias = server.game_server_token(identity_id)
        assert (await server.computed(alias))["purchaseCompletedCount"] == "3"
        await server.publish(alias, {"name": "appLaunched"})
    computed = await server.computed(third["token"])
    assert computed["appLaunchedCount"] == "3"
    assert computed["identifyCount"] == "2"
    assert [await server.status_of(old) for old in (token, second["token"])] == [401, 401]


async def test_back_and_forth(server: Server) -> None:
    token = await anonymous(server, "player-aaaa")
    second = await server.identify(token, "player-bbbb")
    third = await server.identify(second["token"], "player-aaaa")
    assert parts(third["token"])[1]["iid"] == "player-aaaa"
    assert (await server.computed(third["token"]))["purchaseCompletedCount"] == "2"
    alias = server.game_server_token("player-bbbb")
    assert (await server.computed(alias))["purchaseCompletedCount"] == "2"


async def test_a_game_server_identifies_a_player_nobody_knows(server: Server) -> None:
    session = await server.identify(server.game_server_token("guest-0001"), "player-0001")
    computed = await server.computed(session["token"])
    assert computed["identityCreateCount"] == "1"
    assert not await server.exists("guest-0001")


@pytest.mark.parametrize("identity_id", ["", None, "short", "00000000-0000-0000-0000-000000000000"])
async def test_bad_ids_change_nothing(server: Server, identity_id: str | None) -> None:
    session = await server.authenticate("guest-0001")
    reply = await server.request(
        "PUT", "/v1/identify", body={"id": identity_id}, auth=bearer(session["token"])
    )
    assert refused(reply, 400, 3)[0]["field"] == "id"
    assert await server.status_of(session["token"]) == 200


async def test_a_bad_property_changes_nothing(server: Server) -> None:
    session = await server.authenticate("guest-0001")
    reply = await server.request(
        "PUT",
        "/v1/identify",
        body={"id": "player-0001", "custom": {"undeclared": "1"}},
        auth=bearer(session["token"]),
    )
    assert refused(reply, 400, 3)[0]["field"] == "custom.undeclared"
    assert await server.status_of(session["token"]) == 200
    assert not await server.exists("player-0001")


async def test_an_event_id_counts_once_over_both_ids(server: Server) -> None:
    token = await anonymous(server)
    await server.settle()
    session = await server.identify(token, "player-0001")
    await server.publish(session["token"], {**PURCHASE, "value": "10", "id": "g1"})
    assert (await server.computed(session["token"]))["purchaseCompletedCount"] == "2"


async def test_the_same_when_the_pipeline_sees_all_at_once(server: Server) -> None:
    token = await anonymous(server)
    session = await server.identify(token, "player-0001")
    await server.publish(session["token"], {**PURCHASE, "value": "10", "id": "g1"})
    assert (await server.computed(session["token"]))["purchaseCompletedCount"] == "2"
    progress = await server.progress()
    assert progress.events_duplicate == 1


async def test_everything_stays_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        token = await anonymous(server)
        session = await server.identify(token, "player-0001")
    async with running(tmp_path, clock=server.clock) as server:
        assert await server.status_of(token) == 401
        assert (await server.computed(session["token"]))["purchaseCompletedCount"] == "2"
        await server.publish(session["token"], {**PURCHASE, "value": "10", "id": "g1"})
        assert (await server.computed(session["token"]))["purchaseCompletedCount"] == "2"
        alias = server.game_server_token("guest-0001")
        assert (await server.computed(alias))["purchaseCompletedCount"] == "2"
