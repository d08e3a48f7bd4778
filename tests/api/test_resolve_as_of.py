"""What a player gets at other times, by other definitions, and where the player stands."""

from typing import Any

import pytest
from sqlalchemy import MetaData, select

from matsuri.flags.model import Variant
from matsuri.identities.store import set_clock_offset
from matsuri.live_events.model import Schedule
from tests.api.flags import (
    change_flag,
    define_audience,
    define_flag,
    define_property,
    remove_default_flags,
)
from tests.api.live_events import (
    EVENINGS,
    HOUR,
    MIDNIGHT,
    NIGHTS,
    ON,
    SHOP,
    define_live_event,
    join,
)
from tests.api.running import NOW, Server, refused
from tests.api.test_windows import fill
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
DAY = 86_400
MORNING = MIDNIGHT + 2 * DAY + 6 * HOUR
PLAYER = "player-0001"
BLUE = [
    {"name": "control", "weight_permille": 0},
    {"name": "blue", "weight_permille": 1000, "flags": [{"flag": "shop", "value": "blue"}]},
]


async def ask(server: Server, **body: object) -> Reply:
    return await server.request("POST", "/v1/console/resolve", body=body, auth=ADMIN)


async def why(server: Server, **body: object) -> Any:
    """The answer about the player, which must be 200."""
    if "profile" not in body:
        body.setdefault("identity_id", PLAYER)
    reply = await ask(server, **body)
    assert reply.status == 200, reply.body
    return reply.json


async def shop_of(server: Server, **body: object) -> str:
    (flag,) = (await why(server, names=["shop"], **body))["flags"]
    return str(flag["value"])


async def standing(server: Server, where: str, name: str, **body: object) -> Any:
    (found,) = [each for each in (await why(server, **body))[where] if each["name"] == name]
    return found


async def create(server: Server, kind: str, **body: object) -> Any:
    reply = await server.request("POST", f"/v1/console/{kind}", body=body, auth=ADMIN)
    assert reply.status == 200, reply.body
    return reply.json


async def change(server: Server, kind: str, name: str, **body: object) -> Any:
    reply = await server.request("PUT", f"/v1/console/{kind}/{name}", body=body, auth=ADMIN)
    assert reply.status == 200, reply.body
    return reply.json


def phase(
    name: str = "first", start: int = NOW - HOUR, end: int = NOW + HOUR, **fields: Any
) -> Any:
    return {
        "name": name,
        "start_time_sec": str(start),
        "end_time_sec": str(end),
        "variants": BLUE,
        **fields,
    }


@pytest.fixture
async def studio(server: Server) -> Server:
    """A server with the flag ``shop``, the audience ``fans``, and a player."""
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    await define_property(server, "fan")
    await define_audience(server, "fans", 'PropertiesCustom("fan", "") == "yes"')
    await server.authenticate(PLAYER)
    return server


async def stored(server: Server) -> dict[str, list[Any]]:
    """All that is stored of decisions."""

    def rows(connection: Any) -> dict[str, list[Any]]:
        tables = MetaData()
        tables.reflect(connection)
        return {
            name: sorted(map(repr, connection.execute(select(table))))
            for name, table in tables.tables.items()
        }

    return await server.node.control.read(rows)


async def test_by_every_version_of_the_definitions(studio: Server) -> None:
    versions = {}
    for seconds, value in enumerate(("orange", "green", "red")):
        studio.clock.advance(10)
        await change_flag(studio, "shop", value=value)
        version = studio.node.definitions.catalog.version
        versions[value] = (version, NOW + 10 * (seconds + 1))
    for value, (version, since) in versions.items():
        assert await shop_of(studio, definitions_version=version) == value
        assert await shop_of(studio, definitions_version=str(version)) == value
        assert await shop_of(studio, definitions_time_sec=str(since)) == value
        told = await why(studio, definitions_time_sec=since + 9)
        assert told["definitions_version"] == str(version)
        assert any(f"version {version}" in note for note in told["notes"])
    now = await why(studio)
    assert now["definitions_version"] == str(versions["red"][0])
    assert now["notes"] == []
    # Before the flag was made, there was none.
    assert (await why(studio, definitions_version=0))["flags"] == []


async def test_a_version_that_there_never_was(studio: Server) -> None:
    newest = studio.node.definitions.catalog.version
    for version in (-1, newest + 1):
        reply = await ask(studio, identity_id=PLAYER, definitions_version=version)
        assert refused(reply, 400, 3) == [
            {
                "field": "definitions_version",
                "problem": "there is no such version",
                "allowed": f"0 to {newest}",
            }
        ]
    both = await ask(studio, identity_id=PLAYER, definitions_version=1, definitions_time_sec=NOW)
    refused(both, 400, 3)
    refused(await ask(studio, identity_id=PLAYER, definitions_time_sec=-1), 400, 3)
    refused(await ask(studio, identity_id=PLAYER, definitions_version="newest"), 400, 3)


async def test_audiences_are_those_of_the_version(studio: Server) -> None:
    await studio.identify(
        (await studio.authenticate(PLAYER))["token"], PLAYER, custom={"fan": "yes"}
    )
    variants = (Variant(name="fan", value="gold", audiences=("fans",)),)
    await change_flag(studio, "shop", variants=variants)
    version = studio.node.definitions.catalog.version
    await change(studio, "audience", "fans", filter='PropertiesCustom("fan", "") == "no"')
    assert await shop_of(studio) == "red"
    assert await shop_of(studio, definitions_version=version) == "gold"
    members = (await why(studio, definitions_version=version))["audiences"]
    assert {"name": "fans", "member": True} in members


async def test_former_audiences_see_events_that_nothing_asks_about_any_more(
    studio: Server,
) -> None:
    token = (await studio.authenticate(PLAYER))["token"]
    await studio.publish(token, {"name": "gameStarted"})
    await define_audience(studio, "busy", 'EventCount("gameStarted", "7d") > 0')
    variants = (Variant(name="busy", value="gold", audiences=("busy",)),)
    await change_flag(studio, "shop", variants=variants)
    version = studio.node.definitions.catalog.version
    awaited = await why(studio, definitions_version=version - 1)
    assert any("'busy'" in note for note in awaited["notes"])
    await fill(studio)
    assert await shop_of(studio) == "gold"
    await change(studio, "audience", "busy", filter="false")
    assert await shop_of(studio) == "red"
    assert await shop_of(studio, definitions_version=version) == "gold"
    told = await why(studio, definitions_version=version)
    assert not any("'busy'" in note for note in told["notes"])


async def test_an_experiment_from_draft_to_end(studio: Server) -> None:
    phases = [phase(), phase("second", NOW + 2 * HOUR, NOW + 3 * HOUR)]
    await create(studio, "experiment", name="colours", phases=phases)
    draft = await standing(studio, "experiments", "colours")
    assert (draft["state"], draft["participation"]) == ("draft", "does_not")
    assert draft["reason"] == "the experiment is a draft"
    await change(studio, "experiment", "colours", launched=True)
    for at, state, participation, part, value in (
        (NOW - 2 * HOUR, "scheduled", "does_not", "first", "red"),
        (NOW + 1, "running", "would_take_part", "first", "blue"),
        (NOW + HOUR, "scheduled", "does_not", "second", "red"),
        (NOW + 2 * HOUR, "running", "would_take_part", "second", "blue"),
        (NOW + 3 * HOUR, "ended", "does_not", None, "red"),
    ):
        found = await standing(studio, "experiments", "colours", now_time_sec=at)
        assert (found["state"], found["participation"]) == (state, participation)
        assert found.get("phase", {}).get("name") == part
        assert found["reason"]
        assert found["variant"] == ("blue" if participation == "would_take_part" else "")
        assert await shop_of(studio, now_time_sec=at) == value


async def test_why_a_player_takes_no_part(studio: Server) -> None:
    await create(
        studio, "experiment", name="colours", phases=[phase()], audiences=["fans"], launched=True
    )
    found = await standing(studio, "experiments", "colours")
    assert found["reason"] == "the player is in none of the audiences"
    fan = {"profile": {"id": "somebody", "custom": {"fan": "yes"}}}
    found = await standing(studio, "experiments", "colours", **fan)
    assert (found["participation"], found["variant"]) == ("would_take_part", "blue")
    await studio.request("POST", "/v1/console/experiment/colours/end", body={}, auth=ADMIN)
    await change(studio, "experiment", "colours", archived=True)
    assert (await why(studio))["experiments"] == []


async def test_a_place_counts_from_when_it_was_given(studio: Server) -> None:
    token = bearer((await studio.authenticate(PLAYER))["token"])
    await create(studio, "experiment", name="colours", phases=[phase()], launched=True)
    studio.clock.advance(60)
    await studio.request("GET", "/v1/flag", auth=token)
    now = await standing(studio, "experiments", "colours")
    assert (now["participation"], now["enrolled_time_sec"]) == ("takes_part", str(NOW + 60))
    # Nobody is let in any more: who has no place by then gets none.
    reply = await studio.request("GET", "/v1/console/experiment/colours", auth=ADMIN)
    phase_id = reply.json["phases"][0]["id"]
    locked = await studio.request(
        "POST", f"/v1/console/experiment/colours/phase/{phase_id}/lock", body={}, auth=ADMIN
    )
    assert locked.status == 200, locked.body
    for at, participation in ((NOW + 59, "does_not"), (NOW + 60, "takes_part")):
        told = await why(studio, now_time_sec=at)
        (found,) = [each for each in told["experiments"] if each["name"] == "colours"]
        assert found["participation"] == participation
        assert told["notes"]


async def test_live_events_at_any_time(studio: Server) -> None:
    await define_live_event(studio, "festival", ON, flags=SHOP)
    await define_live_event(studio, "nights", NIGHTS)
    await define_live_event(studio, "evenings", EVENINGS)
    await define_live_event(studio, "raid", ON, explicit_join=True)
    await define_live_event(studio, "gala", ON, audiences=("fans",))
    await define_live_event(studio, "sketch", ON, draft=True)
    told = {each["name"]: each for each in (await why(studio))["live_events"]}
    assert told["sketch"]["reason"] == "the live event is a draft"
    assert list(told) == sorted(told)
    assert told["festival"]["participation"] == "takes_part"
    assert told["festival"]["run"]["start_time_sec"] == str(NOW - HOUR)
    assert (told["raid"]["participation"], told["raid"]["eligible"]) == ("does_not", True)
    assert told["raid"]["reason"] == "the player may join, and has not"
    assert (told["gala"]["participation"], told["gala"]["eligible"]) == ("does_not", False)
    assert told["gala"]["reason"] == "the player is in none of the audiences"
    assert await shop_of(studio) == "blue"
    assert await shop_of(studio, now_time_sec=NOW + HOUR) == "red"
    over = await standing(studio, "live_events", "festival", now_time_sec=NOW + HOUR)
    assert (over["on"], over["reason"]) == (False, "no run is on")
    assert "run" not in over
    # The next run of what is not on, and that one once it is.
    for name in ("nights", "evenings"):
        before = await standing(studio, "live_events", name, now_time_sec=MORNING)
        start = int(before["run"]["start_time_sec"])
        assert not before["on"]
        assert start > MORNING
        on = await standing(studio, "live_events", name, now_time_sec=start)
        assert (on["on"], on["run"]) == (True, before["run"])
        assert not (await standing(studio, "live_events", name, now_time_sec=start - 1))["on"]


async def test_who_has_joined(studio: Server) -> None:
    raid = await define_live_event(studio, "raid", ON, explicit_join=True, flags=SHOP)
    token = (await studio.authenticate(PLAYER))["token"]
    studio.clock.advance(60)
    assert (await join(studio, token, raid.id)).status == 200
    found = await standing(studio, "live_events", "raid")
    assert (found["participation"], found["enrolled_time_sec"]) == ("takes_part", str(NOW + 60))
    assert (await standing(studio, "live_events", "raid", now_time_sec=NOW))["participation"] == (
        "does_not"
    )


@pytest.mark.parametrize(
    ("ahead_s", "words", "starts_s", "own", "asked"),
    [
        (DAY, "86400 seconds ahead", NOW + DAY, "blue", "red"),
        (-DAY, "86400 seconds behind", NOW, "red", "blue"),
    ],
)
async def test_a_test_device_has_its_own_now_unless_another_time_is_asked_for(
    studio: Server, ahead_s: int, words: str, starts_s: int, own: str, asked: str
) -> None:
    schedule = Schedule(start_time_sec=starts_s, end_time_sec=starts_s + HOUR)
    await define_live_event(studio, "festival", schedule, flags=SHOP)
    key = (await studio.node.targeting.players.find(PLAYER)).identity.key
    await studio.node.control.write(lambda c: set_clock_offset(c, key, ahead_s))
    for body, at, value in (({}, NOW + ahead_s, own), ({"now_time_sec": NOW}, NOW, asked)):
        told = await why(studio, **body)
        assert told["now_time_sec"] == str(at)
        assert any(words in note for note in told["notes"])
        assert told["flags"][0]["value"] == value


async def test_changes_are_tried_and_told_as_they_would_be(studio: Server) -> None:
    changes = [
        {"kind": "flag", "action": "update", "id": "shop", "definition": {"value": "green"}},
        {"kind": "audience", "action": "create", "definition": {"name": "all", "filter": "true"}},
        {
            "kind": "experiment",
            "action": "create",
            "definition": {
                "name": "colours",
                "launched": True,
                "audiences": ["all"],
                "phases": [phase(start=NOW + HOUR, end=NOW + 2 * HOUR)],
            },
        },
    ]
    told = await why(studio, changes=changes, names=["shop"])
    assert told["flags"][0]["value"] == "green"
    assert told["definitions_version"] == str(studio.node.definitions.catalog.version)
    assert any("nobody has made" in note for note in told["notes"])
    assert await shop_of(studio, changes=changes, now_time_sec=NOW + HOUR) == "blue"
    assert await shop_of(studio, now_time_sec=NOW + HOUR) == "red"
    # What was tried is what comes of it once it is made.
    for each in changes:
        path = f"/{each['id']}" if "id" in each else ""
        method = "PUT" if "id" in each else "POST"
        reply = await studio.request(
            method, f"/v1/console/{each['kind']}{path}", body=each["definition"], auth=ADMIN
        )
        assert reply.status == 200, reply.body
    assert await shop_of(studio, now_time_sec=NOW + HOUR) == "blue"
    assert await shop_of(studio) == "green"


async def test_a_live_event_is_tried_before_it_is_made(studio: Server) -> None:
    festival = {
        "name": "festival",
        "schedule": {"start_time_sec": str(NOW + HOUR), "end_time_sec": str(NOW + 2 * HOUR)},
        "flags": [{"flag": "shop", "value": "blue"}],
    }
    changes = [{"kind": "live_event", "action": "create", "definition": festival}]
    assert await shop_of(studio, changes=changes) == "red"
    assert await shop_of(studio, changes=changes, now_time_sec=NOW + HOUR) == "blue"
    del festival["schedule"]
    reply = await ask(studio, identity_id=PLAYER, changes=changes)
    for detail in refused(reply, 400, 3):
        assert detail["field"].startswith("changes[0].definition.schedule.")


async def test_changes_are_tried_on_former_definitions(studio: Server) -> None:
    version = studio.node.definitions.catalog.version
    await define_flag(studio, "other", "x")
    changes = [{"kind": "flag", "action": "delete", "id": "shop"}]
    told = await why(studio, changes=changes, definitions_version=version)
    assert told["flags"] == []
    assert [each["name"] for each in (await why(studio, changes=changes))["flags"]] == ["other"]


@pytest.mark.parametrize(
    ("proposed", "status", "field"),
    [
        ({"kind": "spell"}, 400, "changes[0].kind"),
        ({"kind": "flag", "action": "update"}, 400, "changes[0].id"),
        ({"kind": "flag", "action": "create", "id": "x"}, 400, "changes[0].id"),
        ({"kind": "flag", "action": "create"}, 400, "changes[0].definition.name"),
        (
            {"kind": "flag", "action": "create", "definition": {"name": "shop"}},
            409,
            "changes[0].definition.name",
        ),
        ({"kind": "flag", "id": "none"}, 404, "changes[0].definition"),
        (
            {"kind": "flag", "id": "shop", "definition": {"enabled": "yes"}},
            400,
            "changes[0].definition.enabled",
        ),
        (
            {"kind": "flag", "id": "shop", "definition": {"version": 99}},
            409,
            "changes[0].definition.version",
        ),
        (
            {"kind": "flag", "id": "shop", "definition": {"variants": [{"audiences": ["no"]}]}},
            400,
            "changes[0].definition.variants[0].name",
        ),
        ({"kind": "flag", "action": "rename", "id": "shop"}, 400, "changes[0].action"),
    ],
)
async def test_changes_that_cannot_be(
    studio: Server, proposed: Any, status: int, field: str
) -> None:
    reply = await ask(studio, identity_id=PLAYER, changes=[proposed])
    assert reply.status == status, reply.body
    assert field in [each["field"] for each in reply.json["details"]]


async def test_nothing_is_ever_written(studio: Server) -> None:
    capped = {"participants_max": "1"}
    await create(studio, "experiment", name="colours", phases=[phase(**capped)], launched=True)
    await define_live_event(studio, "festival", ON, flags=SHOP, participants_max=1)
    before = await stored(studio)
    asked: list[dict[str, Any]] = [
        {},
        {"now_time_sec": NOW - DAY},
        {"now_time_sec": NOW + DAY},
        {"definitions_version": 1},
        {"changes": [{"kind": "flag", "id": "shop", "definition": {"value": "green"}}]},
        {"profile": {"id": PLAYER}},
    ]
    for body in asked:
        await why(studio, **body)
    after = await stored(studio)
    # What was promised before may have been delivered by now.
    assert set(after.pop("outbox")) <= set(before.pop("outbox"))
    assert after == before


async def test_only_who_may_read_players(studio: Server) -> None:
    for auth in (None, basic("nobody")):
        reply = await studio.request(
            "POST", "/v1/console/resolve", body={"identity_id": PLAYER}, auth=auth
        )
        refused(reply, 401, 16)
