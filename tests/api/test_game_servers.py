"""A game server's events for a player: which session they join, and when none."""

from pathlib import Path

import pytest

from tests.api.running import NOW, Server, running

LAUNCH = {"name": "appLaunched"}
US = 1_000_000


async def counts(server: Server) -> list[int]:
    """Events per session, the latest session first."""
    return [one.event_count for one in await server.sessions_of("player-0001")]


async def test_nakama_authenticates_and_publishes(server: Server) -> None:
    await server.authenticate("player-0001", no_session=True, default={"platform": "Web"})
    token = server.game_server_token("player-0001")
    assert (
        await server.publish(token, {**LAUNCH, "timestamp": "2023-11-14T23:13:20+01:00"})
    ).status == 200
    properties = await server.properties(token)
    assert properties["default"]["platform"] == "Web"
    assert properties["computed"]["appLaunchedSeenLast"] == str(NOW)
    assert await counts(server) == []


@pytest.mark.parametrize(
    ("seconds", "joined"), [(0, 1), (1799, 1), (1800, 1), (1801, 0), (100_000, 0)]
)
async def test_events_join_the_session_within_the_grace_period(
    server: Server, seconds: int, joined: int
) -> None:
    await server.authenticate("player-0001")
    server.clock.advance(seconds)
    await server.publish(server.game_server_token("player-0001"), LAUNCH)
    assert await counts(server) == [joined]
    computed = await server.computed(server.game_server_token("player-0001"))
    assert computed["appLaunchedCount"] == "1"


async def test_the_grace_period_is_a_setting(tmp_path: Path) -> None:
    async with running(tmp_path, session_grace_seconds=10) as server:
        await server.authenticate("player-0001")
        server.clock.advance(10)
        await server.publish(server.game_server_token("player-0001"), LAUNCH)
        assert await counts(server) == [1]
        server.clock.advance(11)
        await server.publish(server.game_server_token("player-0001"), LAUNCH)
        assert await counts(server) == [1]


async def test_every_event_of_the_session_renews_it(server: Server) -> None:
    session = await server.authenticate("player-0001")
    token = server.game_server_token("player-0001", lives=100_000)
    server.clock.advance(1000)
    await server.publish(session["token"], LAUNCH)
    server.clock.advance(1500)
    await server.publish(token, LAUNCH)
    server.clock.advance(1700)
    await server.publish(token, LAUNCH)
    assert await counts(server) == [3]
    [facts] = await server.sessions_of("player-0001")
    assert facts.last_event_us == (NOW + 4200) * US


async def test_events_without_a_session_renew_nothing(server: Server) -> None:
    await server.authenticate("player-0001")
    token = server.game_server_token("player-0001", lives=100_000)
    for _ in range(3):
        server.clock.advance(1801)
        await server.publish(token, LAUNCH)
    assert await counts(server) == [0]
    assert (await server.computed(token))["appLaunchedCount"] == "3"


async def test_the_latest_of_two_sessions_is_joined(server: Server) -> None:
    await server.authenticate("player-0001")
    server.clock.advance(60)
    await server.authenticate("player-0001")
    await server.publish(server.game_server_token("player-0001"), LAUNCH)
    assert await counts(server) == [1, 0]


async def test_the_session_that_was_active_last_is_joined(server: Server) -> None:
    first = await server.authenticate("player-0001")
    server.clock.advance(60)
    await server.authenticate("player-0001")
    server.clock.advance(60)
    await server.publish(first["token"], LAUNCH)
    await server.publish(server.game_server_token("player-0001"), LAUNCH)
    assert await counts(server) == [0, 2]


async def test_a_script_naming_an_old_session_is_no_sign_of_life(server: Server) -> None:
    session = await server.authenticate("player-0001")
    [facts] = await server.sessions_of("player-0001")
    server.clock.advance(60)
    await server.publish_as_server(
        {**LAUNCH, "identity_id": "player-0001", "session_id": "an-old-one"}
    )
    await server.publish(server.game_server_token("player-0001"), LAUNCH)
    by_id = {one.session_id: one.event_count for one in await server.sessions_of("player-0001")}
    assert by_id == {facts.session_id: 1, "an-old-one": 1}
    assert await server.status_of(session["token"]) == 200


async def test_a_session_is_joined_after_identify_and_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        guest = await server.authenticate("guest-0001")
        await server.identify(guest["token"], "player-0001")
    async with running(tmp_path, clock=server.clock) as server:
        server.clock.advance(100)
        await server.publish(server.game_server_token("guest-0001"), LAUNCH)
        assert sorted(await counts(server)) == [0, 2]
