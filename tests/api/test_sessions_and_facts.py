"""What is kept of a session: its start, its last event, how many, and the country."""

from pathlib import Path

from tests.api.running import NOW, Server, parts, running

US = 1_000_000
LAUNCH = {"name": "appLaunched"}


async def test_a_session_begins_with_its_authentication(server: Server) -> None:
    session = await server.authenticate("player-0001")
    [facts] = await server.sessions_of("player-0001")
    assert facts.session_id == parts(session["token"])[1]["sid"]
    assert facts.started_us == NOW * US
    assert facts.first_event_us == NOW * US
    assert facts.last_event_us == NOW * US
    assert (facts.event_count, facts.country, facts.api_key) == (0, "", "default")


async def test_it_ends_with_its_last_event(server: Server) -> None:
    session = await server.authenticate("player-0001")
    server.clock.advance(100)
    await server.publish(session["token"], LAUNCH, LAUNCH)
    server.clock.advance(100)
    await server.publish(session["token"], LAUNCH)
    late = {**LAUNCH, "timestamp": "2023-11-14T22:13:25Z"}
    await server.publish(session["token"], late)
    [facts] = await server.sessions_of("player-0001")
    assert facts.event_count == 4
    assert facts.started_us == NOW * US
    assert facts.first_event_us == NOW * US
    assert facts.last_event_us == (NOW + 200) * US


async def test_a_duplicate_adds_nothing(server: Server) -> None:
    session = await server.authenticate("player-0001")
    for _ in range(3):
        await server.publish(session["token"], {**LAUNCH, "id": "e1"})
        await server.settle()
    [facts] = await server.sessions_of("player-0001")
    assert facts.event_count == 1


async def test_a_refresh_goes_on_with_the_session(server: Server) -> None:
    session = await server.authenticate("player-0001")
    await server.publish(session["token"], LAUNCH)
    server.clock.advance(3500)
    later = (await server.refresh(session["refresh_token"])).json
    await server.publish(later["token"], LAUNCH)
    [facts] = await server.sessions_of("player-0001")
    assert facts.event_count == 2


async def test_sessions_of_both_identities_are_the_players(server: Server) -> None:
    guest = await server.authenticate("guest-0001")
    await server.publish(guest["token"], LAUNCH)
    server.clock.advance(10)
    session = await server.identify(guest["token"], "player-0001")
    await server.publish(session["token"], LAUNCH, LAUNCH)
    facts = await server.sessions_of("player-0001")
    assert [one.session_id for one in facts] == [
        parts(session["token"])[1]["sid"],
        parts(guest["token"])[1]["sid"],
    ]
    # ``_identify`` is an event of the session that it opens.
    assert [one.event_count for one in facts] == [3, 1]


async def test_a_deleted_player_leaves_none(server: Server) -> None:
    session = await server.authenticate("player-0001")
    await server.delete(session["token"])
    await server.authenticate("player-0001")
    assert len(await server.sessions_of("player-0001")) == 1


async def test_facts_go_on_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001")
        await server.publish(session["token"], LAUNCH)
    async with running(tmp_path, clock=server.clock) as server:
        await server.publish(session["token"], LAUNCH)
        [facts] = await server.sessions_of("player-0001")
        assert (facts.event_count, facts.started_us) == (2, NOW * US)


async def test_the_identitys_beginning_is_no_event_of_a_session(server: Server) -> None:
    session = await server.authenticate("player-0001")
    computed = await server.computed(session["token"])
    assert computed["identityCreateCount"] == "1"
    assert computed["sessionStartCount"] == "1"
    [facts] = await server.sessions_of("player-0001")
    assert facts.event_count == 0


async def test_a_server_event_does_not_move_the_start(server: Server) -> None:
    session = await server.authenticate("player-0001")
    sid = parts(session["token"])[1]["sid"]
    server.clock.advance(60)
    await server.publish_as_server(
        {**LAUNCH, "identity_id": "player-0001", "session_id": sid, "session_issued_at": NOW - 900}
    )
    [facts] = await server.sessions_of("player-0001")
    assert (facts.started_us, facts.last_event_us) == (NOW * US, (NOW + 60) * US)


async def test_a_session_opened_elsewhere_starts_when_its_sender_says(server: Server) -> None:
    told = {**LAUNCH, "identity_id": "player-0001", "session_id": "elsewhere"}
    await server.publish_as_server({**told, "timestamp": "2023-11-14T22:13:50Z"})
    await server.publish_as_server({**told, "session_issued_at": NOW - 100})
    server.clock.advance(40)
    await server.publish_as_server({**told, "session_issued_at": NOW - 50})
    [facts] = await server.sessions_of("player-0001")
    assert (facts.started_us, facts.last_event_us) == ((NOW - 100) * US, (NOW + 40) * US)
    assert facts.event_count == 3


async def test_a_session_that_both_identities_have_is_one_after_the_merge(server: Server) -> None:
    guest = await server.authenticate("guest-0001")
    sid = parts(guest["token"])[1]["sid"]
    await server.publish(guest["token"], LAUNCH)
    server.clock.advance(100)
    await server.publish_as_server(
        {**LAUNCH, "identity_id": "player-0001", "session_id": sid},
        {**LAUNCH, "identity_id": "player-0001", "session_id": sid},
    )
    await server.settle()
    await server.identify(guest["token"], "player-0001")
    merged = {one.session_id: one for one in await server.sessions_of("player-0001")}
    assert len(merged) == 2
    assert merged[sid].event_count == 3
    assert (merged[sid].started_us, merged[sid].last_event_us) == (NOW * US, (NOW + 100) * US)
    assert (await server.progress()).dead_letters == 0
