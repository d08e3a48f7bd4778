"""``GET /v1/flag`` and ``GET /v1/flag/override`` (wire contract, section 2)."""

import sqlite3
from pathlib import Path

import pytest

from matsuri.events.taxonomy import LABEL_KIND
from matsuri.flags.model import FlagReads, ScheduledChange, Variant
from matsuri.flags.store import load_reads
from matsuri.kit.clock import MICROSECONDS
from tests.api.flags import (
    AUTHOR,
    change_flag,
    define_audience,
    define_flag,
    define_label,
    define_property,
    read,
    remove_default_flags,
    values,
)
from tests.api.running import KEY, NOW, SIGNING_KEY, Server, forge, refused, running
from tests.support.in_process import API_KEY, bearer

SPENDERS = 'PropertiesComputed("purchaseCompletedCount", 0) > 0'
PURCHASE = {"name": "purchaseCompleted", "value": "499"}


@pytest.fixture
async def shop(server: Server) -> Server:
    """A server with the flags ``price`` and ``theme``."""
    await remove_default_flags(server)
    await define_label(server, "shop")
    await define_label(server, "looks")
    await define_audience(server, "spenders", SPENDERS)
    await define_flag(server, "price", "9", labels=("shop",), variants={"spenders": "7"})
    await define_flag(server, "theme", "light", labels=("looks", "shop"))
    return server


async def test_a_player_in_no_audience_has_defaults(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    reply = await read(shop, bearer(token))
    assert reply.json == {
        "flags": [
            {"name": "price", "value": "9", "condition_changed": False, "labels": ["shop"]},
            {
                "name": "theme",
                "value": "light",
                "condition_changed": False,
                "labels": ["looks", "shop"],
            },
        ]
    }


async def test_an_event_changes_the_next_read(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    assert await values(shop, token) == {"price": "9", "theme": "light"}
    await shop.publish(token, PURCHASE)
    await shop.settle()
    reply = await read(shop, bearer(token), "?names=price")
    assert reply.json["flags"] == [
        {
            "name": "price",
            "value": "7",
            "condition_changed": True,
            "change_reason": {"type": 1, "name": "price", "variant_name": "for spenders"},
            "labels": ["shop"],
        }
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?", ["price", "theme"]),
        ("?names=theme", ["theme"]),
        ("?names=theme&names=price&", ["price", "theme"]),
        ("?names=nothing", []),
        ("?names=nothing&names=theme", ["theme"]),
        ("?names=Theme", []),
        ("?names=them", []),
        ("?names=", ["price", "theme"]),
        ("?names=&names=theme", ["theme"]),
        ("?labels=shop", ["price", "theme"]),
        ("?labels=looks", ["theme"]),
        ("?labels=looks&labels=shop", ["price", "theme"]),
        ("?labels=other", []),
        ("?names=price&labels=looks", []),
        ("?names=price&names=theme&labels=looks", ["theme"]),
        ("?names=theme&unknown=1&unknown=2", ["theme"]),
        ("?names=theme&labels=", ["theme"]),
    ],
)
@pytest.mark.parametrize("path", ["/v1/flag", "/v1/flag/override"])
async def test_names_and_labels_narrow(
    shop: Server, path: str, query: str, names: list[str]
) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    for auth in (bearer(token), KEY):
        reply = await shop.request("GET", path + query, auth=auth)
        found = reply.json["flags"]
        assert [flag.get("name") or flag["flag_name"] for flag in found] == names


async def test_an_api_key_alone_gets_the_defaults(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    await shop.publish(token, PURCHASE)
    await shop.settle()
    # As Basic user, as Bearer and bare: see the contract, section 1.
    for auth in (KEY, bearer(API_KEY), API_KEY):
        reply = await read(shop, auth)
        assert [flag["value"] for flag in reply.json["flags"]] == ["9", "light"]
        assert not any("change_reason" in flag for flag in reply.json["flags"])
        held = (await shop.request("GET", "/v1/flag/override", auth=auth)).json["flags"]
        assert [[each["type"] for each in flag["overrides"]] for flag in held] == [[0], [0]]


async def test_everything_that_holds_for_a_player(shop: Server) -> None:
    await define_audience(shop, "everybody", "true")
    await define_flag(
        shop,
        "banner",
        "none",
        variants=(
            Variant(name="first", value="one", audiences=("everybody",)),
            Variant(name="off", value="no", audiences=("spenders",)),
            Variant(name="second", value="two"),
        ),
    )
    token = (await shop.authenticate("player-0001"))["token"]
    reply = await shop.request("GET", "/v1/flag/override?names=banner", auth=bearer(token))
    at = {"create_time_sec": str(NOW)}
    assert reply.json == {
        "flags": [
            {
                "flag_name": "banner",
                "overrides": [
                    {"type": 0, "name": "banner", "variant_name": "", "value": "none", **at},
                    {"type": 1, "name": "banner", "variant_name": "second", "value": "two", **at},
                    {"type": 1, "name": "banner", "variant_name": "first", "value": "one", **at},
                ],
                "labels": [],
            }
        ]
    }
    assert await values(shop, token, "?names=banner") == {"banner": "one"}


async def test_who_nobody_knows(shop: Server) -> None:
    token = shop.game_server_token("player-9999")
    for path in ("/v1/flag", "/v1/flag/override"):
        refused(await shop.request("GET", path, auth=bearer(token)), 404, 5, "Identity not found")
    await shop.publish(token, PURCHASE)
    await shop.settle()
    assert (await values(shop, token))["price"] == "7"


@pytest.mark.parametrize(
    "auth", [None, "Bearer ", "Basic bm9ib2R5Og==", "Bearer a.b.c", "Bearer x"]
)
@pytest.mark.parametrize("path", ["/v1/flag", "/v1/flag/override"])
async def test_who_proves_nothing(shop: Server, path: str, auth: str | None) -> None:
    refused(await shop.request("GET", path, auth=auth), 401, 16)


async def test_an_expired_token_is_no_api_key(shop: Server) -> None:
    claims = {"iid": "player-0001", "exp": NOW - 1, "iat": NOW - 100, "api": "default"}
    refused(await read(shop, bearer(forge(claims, key=SIGNING_KEY))), 401, 16)


async def test_what_the_store_remembers_is_looked_at_anew(shop: Server) -> None:
    """Every cause of a change is seen by the next read, whatever was remembered before."""
    await define_property(shop, "tier")
    await define_audience(shop, "gold", 'PropertiesCustom("tier", "") == "gold"')
    await define_audience(shop, "old", f"Now() >= {NOW + 100}")
    await define_flag(shop, "a", "0", variants={"gold": "1"})
    await define_flag(shop, "b", "0", variants={"old": "1"})
    change = ScheduledChange(at_time_sec=NOW + 50, value="1")
    await define_flag(shop, "c", "0", schedule=(change,))
    token = (await shop.authenticate("player-0001"))["token"]
    query = "?names=a&names=b&names=c"
    assert await values(shop, token, query) == {"a": "0", "b": "0", "c": "0"}
    await shop.request(
        "PUT", "/v1/properties", body={"custom": {"tier": "gold"}}, auth=bearer(token)
    )
    assert await values(shop, token, query) == {"a": "1", "b": "0", "c": "0"}
    shop.clock.advance(50)
    assert await values(shop, token, query) == {"a": "1", "b": "0", "c": "1"}
    shop.clock.advance(50)
    assert await values(shop, token, query) == {"a": "1", "b": "1", "c": "1"}
    await change_flag(shop, "b", enabled=False)
    assert await values(shop, token, query) == {"a": "1", "b": "0", "c": "1"}
    shop.clock.advance(-60)
    assert await values(shop, token, query) == {"a": "1", "b": "0", "c": "0"}


async def test_what_concerns_no_flag_leaves_what_is_remembered(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    before = await values(shop, token)
    flags = shop.node.targeting.flags
    key = (await shop.node.sessions.player(token)).identity_key
    held = await flags.held(key)
    await define_label(shop, "unused")
    await shop.node.definitions.update(
        LABEL_KIND, "shop", {"description": "What is sold"}, author=AUTHOR
    )
    await define_property(shop, "tier")
    assert await values(shop, token) == before
    assert await flags.held(key) is held
    await define_audience(shop, "unused", "true")
    assert await flags.held(key) is not held


async def test_two_players_have_what_is_theirs(shop: Server) -> None:
    tokens = [(await shop.authenticate(f"player-000{n}"))["token"] for n in range(4)]
    await shop.publish(tokens[1], PURCHASE)
    await shop.publish(tokens[3], PURCHASE)
    await shop.settle()
    for _ in range(2):
        prices = [(await values(shop, token))["price"] for token in tokens]
        assert prices == ["9", "7", "9", "7"]


async def test_the_defaults_follow_a_schedule(shop: Server) -> None:
    change = ScheduledChange(at_time_sec=NOW + 50, value="later")
    await define_flag(shop, "c", "now", schedule=(change,))
    assert (await read(shop, KEY, "?names=c")).json["flags"][0]["value"] == "now"
    shop.clock.advance(50)
    assert (await read(shop, KEY, "?names=c")).json["flags"][0]["value"] == "later"


async def test_reads_are_counted(shop: Server) -> None:
    token = (await shop.authenticate("player-0001"))["token"]
    ids = {name: each.id for name, each in shop.node.definitions.catalog.of_kind("flag").items()}
    await values(shop, token)
    await values(shop, token, "?names=price&names=nothing")
    await read(shop, KEY, "?labels=looks")
    await shop.node.refresh()
    assert await shop.node.control.read(load_reads) == {}
    shop.clock.advance(60)
    await shop.node.refresh()
    at_us = (NOW + 60) * MICROSECONDS
    counted = await shop.node.control.read(load_reads)
    assert counted == {
        ids["price"]: FlagReads(ids["price"], at_us, 2, at_us, 1),
        ids["theme"]: FlagReads(ids["theme"], at_us, 2, 0, 0),
    }
    await values(shop, token, "?names=theme")
    await shop.node.targeting.flag_reads.close()
    assert (await shop.node.control.read(load_reads))[ids["theme"]].asked == 1


def break_profiles(folder: Path) -> None:
    """As if history.db were damaged."""
    with sqlite3.connect(folder / "history.db") as connection:
        connection.execute("ALTER TABLE profiles RENAME TO lost")


async def test_without_profiles_there_is_no_answer(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        await define_flag(server, "price", "9")
        token = (await server.authenticate("player-0001"))["token"]
        break_profiles(tmp_path)
        for path in ("/v1/flag", "/v1/flag/override"):
            reply = await server.request("GET", path, auth=bearer(token))
            refused(reply, 503, 14)
            assert reply.headers["retry-after"] == "1"
        assert (await read(server, KEY)).status == 200


async def test_without_profiles_there_are_defaults_if_allowed(tmp_path: Path) -> None:
    async with running(tmp_path, flags_default_when_unavailable=True) as server:
        await remove_default_flags(server)
        await define_flag(server, "price", "9")
        token = (await server.authenticate("player-0001"))["token"]
        break_profiles(tmp_path)
        assert await values(server, token) == {"price": "9"}
        reply = await server.request("GET", "/v1/flag/override", auth=bearer(token))
        assert [each["value"] for each in reply.json["flags"][0]["overrides"]] == ["9"]
