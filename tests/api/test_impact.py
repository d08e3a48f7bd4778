"""What a change would do is what it does (``POST /v1/console/impact``)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from matsuri.enrolments.store import enrolments
from matsuri.events.taxonomy import ValueType
from tests.api.audiences import put
from tests.api.flags import define_audience, define_flag, define_property, remove_default_flags
from tests.api.impact import (
    ADMIN,
    Change,
    console,
    counted,
    create,
    delete,
    impact,
    populate,
    publish,
    sampled,
    see_all,
    told,
    update,
)
from tests.api.running import NOW, Server, refused, running
from tests.api.test_windows import fill
from tests.support.in_process import bearer

PLAYERS = 200
HOUR = 3600
IOS = 'Properties("platform", "") == "ios"'
SPENDERS = 'PropertiesComputed("purchaseCompletedCount", 0) > 0'
VARIANTS = [
    {"name": "for spenders", "value": "gold", "audiences": ["Spenders"]},
    {"name": "some", "value": "silver", "rollout_percent": 30},
]
HALVES = [
    {"name": "control", "weight_permille": 500},
    {"name": "blue", "weight_permille": 300, "flags": [{"flag": "shop", "value": "blue"}]},
    {"name": "red", "weight_permille": 200, "flags": [{"flag": "shop", "value": "red"}]},
]


ALL_BLUE = {**HALVES[1], "weight_permille": 1000}


def phase(name: str = "first", **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "start_time_sec": NOW,
        "end_time_sec": NOW + HOUR,
        "variants": HALVES,
        **fields,
    }


async def furnish(server: Server) -> None:
    """Flags, audiences on top of each other, experiments of one group, and a live event."""
    await remove_default_flags(server)
    await define_property(server, "level", ValueType.NUMERIC)
    await define_property(server, "timeZone")
    await define_audience(server, "Spenders", SPENDERS)
    await define_audience(server, "Ios", IOS)
    await define_audience(server, "Both", 'Audience("Spenders") and Audience("Ios")')
    await define_audience(server, "Veterans", 'PropertiesCustom("level", 0) >= 20')
    await define_flag(server, "shop", "plain")
    await define_flag(server, "banner", "none", variants={"Both": "gift"})
    await define_flag(server, "unrelated", "same", variants={"Veterans": "other"})
    await publish(
        server,
        update("flag", "shop", variants=VARIANTS),
        create("exclusion_group", name="tests"),
        create("holdout_group", name="never", holdout_permille=100),
        create(
            "experiment",
            name="colours",
            phases=[phase()],
            audiences=["Ios"],
            exclusion_group="tests",
            exclusion_from_permille=0,
            exclusion_to_permille=600,
            holdout_group="never",
        ),
        create(
            "experiment",
            name="running",
            phases=[phase(variants=[HALVES[0], {**HALVES[1], "weight_permille": 500}])],
            audiences=["Veterans"],
            exclusion_group="tests",
            exclusion_from_permille=600,
            exclusion_to_permille=1000,
            launched=True,
        ),
        create(
            "live_event",
            name="festival",
            audiences=["Ios", "Spenders"],
            flags=[
                {
                    "flag": "banner",
                    "value": "party",
                    "variants": [{"name": "vip", "value": "gala", "audiences": ["Spenders"]}],
                }
            ],
            schedule={"start_time_sec": NOW - HOUR, "end_time_sec": NOW + HOUR},
            draft=True,
        ),
        create(
            "live_event",
            name="evening",
            sticky_membership=False,
            flags=[{"flag": "banner", "value": "moon"}],
            schedule={
                "start_time_sec": NOW - 86_400,
                "reset_cron": "0 17 * * *",
                "duration_sec": 6 * HOUR,
                "player_local": True,
            },
        ),
    )


# One after the other, each made before the next one is asked about.
CHANGES: dict[str, list[Change]] = {
    "nothing": [update("flag", "shop", value="plain")],
    "default value": [update("flag", "shop", value="new")],
    "new variant on audience": [
        update(
            "flag", "shop", variants=[{"name": "v", "value": "x", "audiences": ["Both"]}, *VARIANTS]
        )
    ],
    "deleted variant": [update("flag", "shop", variants=VARIANTS)],
    "rollout percent": [
        update("flag", "shop", variants=[VARIANTS[0], {**VARIANTS[1], "rollout_percent": 70}])
    ],
    "audience filter": [update("audience", "Spenders", filter=f"not ({SPENDERS})")],
    "experiment launched": [update("experiment", "colours", launched=True)],
    "audience of an experiment": [
        update("audience", "Ios", filter='PropertiesCustom("level", 0) < 30')
    ],
    "values in a running phase": [
        update(
            "experiment",
            "running",
            phases=[phase(variants=[HALVES[0], {**HALVES[2], "weight_permille": 500}])],
            force=True,
        )
    ],
    "flag off": [update("flag", "shop", enabled=False)],
    "flag on": [update("flag", "shop", enabled=True)],
    "live event launched": [update("live_event", "festival", draft=False)],
    "live event for fewer": [update("live_event", "evening", exclude_audiences=["Veterans"])],
    "two at once": [
        create("audience", name="Level 7", filter='PropertiesCustom("level", 0) == 7'),
        update("flag", "shop", variants=[{"name": "7", "value": "7", "audiences": ["Level 7"]}]),
        update("holdout_group", "never", holdout_permille=500, force=True),
    ],
    "flags come and go": [
        delete("flag", "unrelated"),
        create("flag", name="fresh", value="1", variants=[{"name": "i", "audiences": ["Ios"]}]),
    ],
}


async def test_impact_is_the_change_that_follows(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, PLAYERS)
    before = await see_all(server, tokens)
    for what, changes in CHANGES.items():
        asked = await impact(server, *changes)
        await publish(server, *changes)
        after = await see_all(server, tokens)
        found = counted(before, after)
        assert told(asked) == found, what
        assert asked["players"] == PLAYERS
        assert (found.changed > 0) == (what != "nothing"), what
        assert "unrelated" not in found.flags or what == "flags come and go"
        before = after


@pytest.mark.parametrize("what", ["default value", "experiment launched", "live event launched"])
async def test_players_who_have_not_read_yet_count_as_if_they_had(
    server: Server, what: str
) -> None:
    await furnish(server)
    tokens = await populate(server, 50)
    asked = await impact(server, *CHANGES[what])
    before = await see_all(server, tokens)
    assert await impact(server, *CHANGES[what]) == asked
    await publish(server, *CHANGES[what])
    assert told(asked) == counted(before, await see_all(server, tokens))


async def test_at_an_instant_to_come(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, 40)
    tomorrow = NOW + 86_400
    schedule = {
        "start_time_sec": tomorrow - HOUR,
        "reset_cron": "0 7 * * *",
        "duration_sec": 2 * HOUR,
        "player_local": True,
    }
    changes = [
        update("flag", "shop", schedule=[{"at_time_sec": tomorrow - HOUR, "value": "late"}]),
        update("live_event", "evening", schedule=schedule),
    ]
    now = await impact(server, *changes)
    assert (now["changed"]["count"], now["now_time_sec"]) == (0, str(NOW))
    later = await impact(server, *changes, now_time_sec=tomorrow)
    [event] = later["live_events"]
    # It is 22:13 in UTC: seven in the morning in Tokyo, and evening in New York.
    standings = {
        (each.get("before"), each.get("after")): each["count"] for each in event["changes"]
    }
    assert standings.keys() == {(None, "takes_part"), ("takes_part", None)}
    [shop] = [each for each in later["flags"] if each["name"] == "shop"]
    await publish(server, *changes)
    server.clock.advance(86_400)
    tokens = {each: (await server.authenticate(each))["token"] for each in tokens}
    found = (await see_all(server, tokens)).values()
    assert sum("evening" in each.live_events for each in found) == standings[None, "takes_part"]
    assert sum(each.flags["shop"] == "late" for each in found) == shop["count"] > 0


async def test_samples_tell_who_and_why(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, 60)
    changes = CHANGES["new variant on audience"]
    found = await impact(server, *changes, samples=20)
    few = await impact(server, *changes, samples=1)
    assert [len(each["samples"]) for each in few["flags"][0]["changes"]] == [1]
    assert sampled(await impact(server, *changes, samples=0), "shop") == []
    before = await see_all(server, tokens)
    await publish(server, *changes)
    samples = sampled(found, "shop")
    assert len(samples) == found["changed"]["count"] > 0
    for each in samples:
        token = tokens[each["identity_id"]]
        reply = await server.request("GET", "/v1/flag?names=shop", auth=bearer(token))
        [flag] = reply.json["flags"]
        assert flag["change_reason"] == each["after"]
        assert before[each["identity_id"]].flags["shop"] != flag["value"]
    assert {each["before"]["variant_name"] for each in samples} == {"for spenders"}


async def test_lists_count(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, 20)
    await put(server, "Both/include", *list(tokens)[:8])
    await put(server, "Both/exclude", *list(tokens)[8:])
    changes = [update("flag", "banner", variants=[])]
    asked = await impact(server, *changes, samples=20)
    before = await see_all(server, tokens)
    await publish(server, *changes)
    assert told(asked) == counted(before, await see_all(server, tokens))
    gifts = {each for each, seen in before.items() if seen.flags["banner"] == "gift"}
    assert {each["identity_id"] for each in sampled(asked, "banner")} == gifts
    assert gifts
    assert gifts <= set(list(tokens)[:8])


async def test_of_many_players_some_speak_for_all(tmp_path: Path) -> None:
    async with running(tmp_path, impact_exact_players_max=60) as server:
        await furnish(server)
        tokens = await populate(server, PLAYERS)
        changes = CHANGES["rollout percent"]
        found = await impact(server, *changes)
        assert (found["exact"], found["complete"], found["confidence_percent"]) == (False, True, 95)
        assert (found["players"], found["looked_at"]) == (PLAYERS, 60)
        assert found == await impact(server, *changes), "the same players each time"
        before = await see_all(server, tokens)
        await publish(server, *changes)
        truth = counted(before, await see_all(server, tokens))
        [shop] = found["flags"]
        assert shop["count_low"] <= sum(truth.flags["shop"].values()) <= shop["count_high"]
        assert shop["count_low"] < shop["count"] < shop["count_high"]
        for each in shop["changes"]:
            pair = each["before"], each["after"]
            assert each["count_low"] <= truth.flags["shop"][pair] <= each["count_high"]
        nothing = await impact(server, update("flag", "shop", enabled=True))
        assert (nothing["exact"], nothing["changed"]["count_high"]) == (True, 0)
        # Nobody of those who were looked at has it, but others may.
        rare = create("audience", name="Few", filter='PropertiesCustom("level", 0) > 50')
        variant = {"name": "few", "value": "few", "audiences": ["Few"]}
        found = await impact(server, rare, update("flag", "banner", variants=[variant]))
        assert (found["changed"]["count"], found["flags"]) == (0, [])
        assert found["changed"]["count_high"] > 0


async def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    async with running(tmp_path, impact_seconds_max=0.001) as server:
        await furnish(server)
        ids = [f"imported-{number:04}" for number in range(600)]
        await console(
            server, "POST", "identity/import", {"identities": [{"id": each} for each in ids]}
        )
        asked = asyncio.create_task(impact(server, update("flag", "shop", value="new")))
        while not asked.done():
            server.clock.advance(0.001)
            await asyncio.sleep(0)
        found = asked.result()
        assert (found["exact"], found["complete"], found["confidence_percent"]) == (
            False,
            False,
            95,
        )
        assert 0 < found["looked_at"] < found["players"] == 600
        assert found["changed"]["count_low"] < 600


async def test_who_goes_meanwhile_is_no_player(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, 5)
    ids = [f"imported-{number:04}" for number in range(600)]
    await console(server, "POST", "identity/import", {"identities": [{"id": each} for each in ids]})
    asked = asyncio.create_task(impact(server, update("flag", "shop", value="new")))
    # Those who are looked at last are still to be read when the first step is over.
    for token in tokens.values():
        await server.request("DELETE", "/v1/identity", auth=bearer(token))
    found = await asked
    assert (found["exact"], found["complete"]) == (True, True)
    assert 600 <= found["looked_at"] == found["players"] <= 605


async def test_one_is_counted_at_a_time(server: Server) -> None:
    await furnish(server)
    body = {"changes": [update("flag", "shop", value="new")]}
    replies = await asyncio.gather(
        *(server.request("POST", "/v1/console/impact", body=body, auth=ADMIN) for _ in range(3))
    )
    assert sorted(each.status for each in replies) == [200, 429, 429]
    busy = next(each for each in replies if each.status == 429)
    assert busy.json["code"] == 8
    assert int(busy.headers["retry-after"]) > 0
    assert (await impact(server, *body["changes"]))["exact"], "and the next one when it is done"


async def test_nothing_is_stored(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, 20)
    version = server.node.definitions.catalog.version
    for changes in CHANGES.values():
        await server.request("POST", "/v1/console/impact", body={"changes": changes}, auth=ADMIN)
    assert server.node.definitions.catalog.version == version
    counts = await server.node.control.read(
        lambda c: c.execute(select(func.count()).select_from(enrolments)).scalar_one()
    )
    assert counts == 0
    assert tokens


async def test_a_full_phase_takes_nobody_more(server: Server) -> None:
    await furnish(server)
    tokens = await populate(server, 40)
    all_blue = phase(participants_max=5, variants=[{**HALVES[0], "weight_permille": 0}, ALL_BLUE])
    launch = create("experiment", name="few", phases=[all_blue], launched=True)
    found = await impact(server, launch)
    [few] = found["experiments"]
    assert few["count"] == 40, "each of them would come in, were they the first"
    [note] = [each for each in found["notes"] if "places left" in each]
    assert "'few' has 5 places left in 'first', and about 40 players" in note
    await publish(server, launch)
    before = await see_all(server, tokens)
    assert sum("few" in each.experiments for each in before.values()) == 5
    # Now only those five have anything of it.
    [running_phase] = (await console(server, "GET", "experiment/few"))["phases"]
    stop = update("experiment", "few", phases=[{**running_phase, "end_time_sec": NOW + 1}])
    found = await impact(server, stop, now_time_sec=NOW + 2)
    [few] = found["experiments"]
    assert few["count"] == 5
    assert not [each for each in found["notes"] if "places left" in each]


async def test_windows_that_nothing_is_kept_of_are_looked_up(server: Server) -> None:
    await define_property(server, "level", ValueType.NUMERIC)
    await define_property(server, "timeZone")
    await define_flag(server, "shop", "plain", variants={"All-Spenders": "gold"})
    tokens = await populate(server, 30)
    await server.settle_analytics()
    change = update("audience", "All-Spenders", filter='EventCount("purchaseCompleted", "3d") > 0')
    asked = await impact(server, change)
    assert asked["from_history"] == ["purchaseCompleted"]
    more = await impact(
        server,
        update("audience", "All-Spenders", filter='EventCount("purchaseCompleted", "3d") == 0'),
    )
    assert more["changed"]["count"] == 30
    assert asked["changed"]["count"] == 0, "who ever bought, did so in these days"
    assert [each for each in asked["notes"] if "history" in each]
    before = await see_all(server, tokens)
    await publish(server, change)
    await fill(server)
    assert counted(before, await see_all(server, tokens)).changed == 0


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"changes": []}, 400, 3, "changes"),
        ({}, 400, 3, "changes"),
        ({"changes": [{"kind": "unknown", "id": "x"}]}, 400, 3, "changes[0].kind"),
        ({"changes": [update("flag", "nobody")]}, 404, 5, "changes[0].definition"),
        (
            {"changes": [update("flag", "shop"), create("flag", name="shop", value="1")]},
            409,
            6,
            "changes[1].definition.name",
        ),
        (
            {"changes": [update("flag", "shop", variants=[{"name": "", "value": "1"}])]},
            400,
            3,
            "changes[0].definition.variants[0].name",
        ),
        (
            {"changes": [update("flag", "shop", value="1", version="1")]},
            409,
            10,
            "changes[0].definition.version",
        ),
        ({"changes": [update("flag", "shop")], "now_time_sec": NOW - 1}, 400, 3, "now_time_sec"),
        ({"changes": [update("flag", "shop")], "now_time_sec": "soon"}, 400, 3, "now_time_sec"),
        ({"changes": [update("flag", "shop")], "samples": 21}, 400, 3, "samples"),
    ],
)
async def test_what_cannot_be_changed_is_not_counted(
    server: Server, body: Any, status: int, code: int, field: str
) -> None:
    await furnish(server)
    reply = await server.request("POST", "/v1/console/impact", body=body, auth=ADMIN)
    details = refused(reply, status, code)
    assert [each["field"] for each in details] == [field]


async def test_what_is_in_use_is_told(server: Server) -> None:
    await furnish(server)
    body = {"changes": [delete("audience", "Spenders")]}
    reply = await server.request("POST", "/v1/console/impact", body=body, auth=ADMIN)
    users = refused(reply, 400, 9)
    assert {"kind": "flag", "name": "shop", "field": "variants[0].audiences[0]"} in users
