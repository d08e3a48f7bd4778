"""What a player gets, and why (``POST /v1/console/resolve``)."""

import asyncio
import time
from typing import Any

import pytest

from matsuri.events.taxonomy import ValueType
from matsuri.flags.model import ScheduledChange, Variant
from tests.api.flags import (
    define_audience,
    define_flag,
    define_label,
    define_property,
    remove_default_flags,
)
from tests.api.running import KEY, NOW, Server, refused
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
LAPSED = """\
PropertiesComputed("purchaseCompletedCount", 0) > 0
  and Now() - PropertiesComputed("purchaseCompletedSeenLast", 0) >= Duration("14d")"""
PURCHASE = {"name": "purchaseCompleted", "value": "499"}
DAY_S = 86_400


async def ask(server: Server, body: object, *, auth: str | None = ADMIN) -> Reply:
    return await server.request("POST", "/v1/console/resolve", body=body, auth=auth)


async def why(server: Server, **body: object) -> Any:
    """The answer, which must be 200."""
    reply = await ask(server, body)
    assert reply.status == 200, reply.body
    return reply.json


async def why_flag(server: Server, name: str, **body: object) -> Any:
    (flag,) = (await why(server, names=[name], **body))["flags"]
    return flag


@pytest.fixture
async def shop(server: Server) -> Server:
    """A server with the audience ``lapsed`` and the flag ``offer`` for it."""
    await remove_default_flags(server)
    await define_audience(server, "lapsed", LAPSED)
    await define_label(server, "shop")
    variants = (Variant(name="welcome back", value="50 % off", audiences=("lapsed",)),)
    await define_flag(server, "offer", "none", variants=variants, labels=("shop",))
    return server


async def test_one_outside_and_then_inside(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    await shop.publish(token, PURCHASE)
    await shop.settle()
    flag = await why_flag(shop, "offer", identity_id="player-0001")
    assert (flag["value"], flag["condition_changed"], flag["labels"]) == ("none", False, ["shop"])
    assert "change_reason" not in flag
    variant, default = flag["candidates"]
    assert (variant["applies"], variant["wins"], default["applies"], default["wins"]) == (
        False,
        False,
        True,
        True,
    )
    assert variant["problem"]
    (lapsed,) = variant["audiences"]
    assert (lapsed["audience"], lapsed["member"], lapsed["decided_by"]) == (
        "lapsed",
        False,
        "filter",
    )
    bought, long_ago = lapsed["filter"]["parts"]
    assert (bought["value"], long_ago["value"]) == ("true", "false")
    assert {"text": 'PropertiesComputed("purchaseCompletedCount", 0)', "value": "1"} in (
        bought["seen"]
    )

    shop.clock.advance(14 * DAY_S)
    flag = await why_flag(shop, "offer", identity_id="player-0001")
    assert flag["change_reason"] == {"type": 1, "name": "offer", "variant_name": "welcome back"}
    assert flag["candidates"][0]["wins"]
    assert flag["candidates"][0]["audiences"][0]["filter"]["value"] == "true"


async def test_another_instant(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    await shop.publish(token, PURCHASE)
    await shop.settle()
    now = await why(shop, identity_id="player-0001")
    assert (now["now_time_sec"], now["change_time_sec"]) == (str(NOW), str(NOW + 14 * DAY_S))
    assert now["notes"] == []
    for at, value in ((NOW + 14 * DAY_S - 1, "none"), (NOW + 14 * DAY_S, "50 % off")):
        then = await why(shop, identity_id="player-0001", now_time_sec=str(at), names=["offer"])
        assert then["flags"][0]["value"] == value
        assert then["now_time_sec"] == str(at)
        assert then["notes"]


async def test_a_profile_that_there_need_not_be(shop: Server) -> None:
    await define_property(shop, "level", ValueType.NUMERIC)
    await define_audience(shop, "guests", "")
    await define_audience(
        shop, "high", 'PropertiesCustom("level", 0) > 5 and Properties("countryCode", "") == "DE"'
    )
    variants = tuple(
        Variant(name=name, value=name, audiences=(name,)) for name in ("high", "guests", "lapsed")
    )
    await define_flag(shop, "greeting", "hello", variants=variants)
    bought = {
        "purchaseCompletedCount": 1,
        "purchaseCompletedSeenLast": str(NOW - 14 * DAY_S),
    }
    for profile, value in (
        ({}, "hello"),
        ({"custom": {"level": 6}, "default": {"countryCode": "DE"}}, "high"),
        ({"custom": {"level": 6}, "default": {"countryCode": "FR"}}, "hello"),
        ({"include": ["guests"]}, "guests"),
        ({"include": ["guests"], "exclude": ["guests"]}, "hello"),
        ({"computed": bought}, "lapsed"),
        ({"computed": bought, "exclude": ["lapsed"]}, "hello"),
    ):
        told = await why(shop, profile={"id": "somebody", **profile}, names=["greeting"])
        assert told["flags"][0]["value"] == value, profile
        assert told["identity_id"] == "somebody"
        assert told["notes"]
        members = {each["name"]: each["member"] for each in told["audiences"]}
        assert {"lapsed", "guests", "high", "All-Spenders"} <= members.keys()
        assert members["guests"] == (value == "guests")
    excluded = await why_flag(shop, "greeting", profile={"exclude": ["lapsed"]})
    assert excluded["candidates"][2]["audiences"][0]["decided_by"] == "exclude"


async def test_times_of_a_profile(shop: Server) -> None:
    await define_audience(shop, "new", 'Now() - createTime < Duration("2d")')
    await define_audience(shop, "away", 'Now() - updateTime > Duration("7d")')
    old = {"create_time_sec": str(NOW - 3 * DAY_S), "update_time_sec": NOW - 8 * DAY_S}
    for profile, new, away in (({}, True, False), (old, False, True)):
        members = {
            each["name"]: each["member"] for each in (await why(shop, profile=profile))["audiences"]
        }
        assert (members["new"], members["away"]) == (new, away)


async def test_audiences_have_their_reasons_where_they_are_asked_for(shop: Server) -> None:
    await define_audience(shop, "young", 'Now() - createTime < Duration("2d")')
    profile = {"create_time_sec": str(NOW - 3 * DAY_S), "exclude": ["lapsed"]}
    told = {
        each["name"]: each
        for each in (await why(shop, profile=profile, audience_reasons=True))["audiences"]
    }
    assert told["young"]["member"] is False
    assert told["young"]["why"]["decided_by"] == "filter"
    assert told["young"]["why"]["filter"]["value"] == "false"
    assert told["lapsed"]["why"]["decided_by"] == "exclude"
    # They are long: who does not ask for them does not get them.
    assert all("why" not in each for each in (await why(shop, profile=profile))["audiences"])


async def test_schedules_percentages_and_switches_are_told(shop: Server) -> None:
    later = ScheduledChange(at_time_sec=NOW + 100, value="later", enabled=False)
    await define_flag(
        shop,
        "half",
        "no",
        variants=(Variant(name="v", value="yes", rollout_percent=50),),
        schedule=(later,),
    )
    seen = set()
    for number in range(20):
        flag = await why_flag(shop, "half", profile={"id": f"player-{number}"})
        variant = flag["candidates"][0]
        assert variant["applies"] == (variant["place_percent"] < 50) == (flag["value"] == "yes")
        assert variant["rollout_percent"] == 50
        assert (flag["enabled"], flag["next_change_time_sec"]) == (True, str(NOW + 100))
        seen.add(flag["value"])
    assert seen == {"yes", "no"}
    then = await why_flag(shop, "half", profile={}, now_time_sec=NOW + 100)
    assert (then["value"], then["enabled"], then["last_change_time_sec"]) == (
        "later",
        False,
        str(NOW + 100),
    )
    assert [each["applies"] for each in then["candidates"]] == [False, True]


async def test_an_alias_leads_to_the_player_of_today(shop: Server) -> None:
    guest = (await shop.authenticate("guest-00001"))["token"]
    await shop.identify(guest, "player-0001")
    assert (await why(shop, identity_id="guest-00001"))["identity_id"] == "player-0001"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 400, 3, "identity_id"),
        ({"identity_id": ""}, 400, 3, "identity_id"),
        ({"identity_id": "nobody-0001"}, 404, 5, None),
        ({"identity_id": "player-0001", "profile": {}}, 400, 3, None),
        ({"profile": {"include": ["none"]}}, 400, 3, "profile.include[0]"),
        ({"profile": {"exclude": ["lapsed", "none"]}}, 400, 3, "profile.exclude[1]"),
        ({"profile": {"custom": ["x"]}}, 400, 3, "profile.custom"),
        ({"profile": {"create_time_sec": "x"}}, 400, 3, "profile.create_time_sec"),
        ({"profile": {}, "now_time_sec": "x"}, 400, 3, "now_time_sec"),
        ({"profile": {}, "now_time_sec": -1}, 400, 3, "now_time_sec"),
        ({"profile": {}, "now_time_sec": 10**12}, 400, 3, "now_time_sec"),
        ({"profile": {}, "names": "offer"}, 400, 3, "names"),
    ],
)
async def test_bad_questions(
    shop: Server, body: object, status: int, code: int, field: str | None
) -> None:
    details = refused(await ask(shop, body), status, code)
    assert [each["field"] for each in details] == ([] if field is None else [field])


async def test_only_operators_ask(shop: Server) -> None:
    token = bearer((await shop.authenticate("player-0001"))["token"])
    for auth in (None, KEY, token):
        refused(await ask(shop, {"profile": {}}, auth=auth), 401, 16)


async def test_names_that_no_flag_has_are_left_out(shop: Server) -> None:
    told = await why(shop, profile={}, names=["none", "offer", "offer"])
    assert [each["name"] for each in told["flags"]] == ["offer"]


async def test_others_go_on_while_it_is_worked_out(server: Server) -> None:
    """Filters that take many steps stand here for hundreds of flags."""
    await server.authenticate("player-0001")
    clause = "none(1..9999, # > createTime + 1e9)"
    for number in range(4):
        text = " and ".join([f"{clause} and Sample({number + 1})"] * 60)
        await define_audience(server, f"heavy-{number}", text)
        await define_flag(server, f"flag-{number}", variants={f"heavy-{number}": "on"})
    pauses: list[float] = []

    async def go_on() -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(0)
            pauses.append(time.monotonic() - before)
            before = time.monotonic()

    other = asyncio.create_task(go_on())
    began = time.monotonic()
    await why(server, identity_id="player-0001")
    took = time.monotonic() - began
    other.cancel()
    assert max(pauses) < took / 2
