"""OpenFeature's remote evaluation protocol: one flag, all flags, contexts, and entity tags."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from matsuri.audiences.model import Entry, Listing
from matsuri.audiences.store import put_entries
from matsuri.events.taxonomy import ValueType
from matsuri.flags.model import FlagReads, Variant
from matsuri.flags.store import load_reads
from tests.api.flags import change_flag, define_audience, define_flag, define_property
from tests.api.running import KEY, NOW, Server, running
from tests.support.in_process import API_KEY, InProcess, Reply, basic, bearer

ONE = "/ofrep/v1/evaluate/flags/"
ALL = "/ofrep/v1/evaluate/flags"


async def evaluate(
    server: InProcess,
    path: str,
    context: Mapping[str, Any] | None = None,
    *,
    auth: str | None = KEY,
    headers: Mapping[str, str] | None = None,
    raw: bytes | None = None,
) -> Reply:
    """An answer of OFREP, whose failures have a shape of their own."""
    body = None if context is None and raw is not None else {"context": dict(context or {})}
    return await InProcess.request(
        server, "POST", path, body=body, raw=raw, auth=auth, headers=headers
    )


async def all_values(
    server: InProcess, context: Mapping[str, Any], **fields: Any
) -> dict[str, Any]:
    reply = await evaluate(server, ALL, context, **fields)
    assert reply.status == 200, reply.body
    return {flag["key"]: flag["value"] for flag in reply.json["flags"]}


def failure(reply: Reply, status: int, code: str) -> str:
    assert (reply.status, reply.json["errorCode"]) == (status, code), reply.body
    return str(reply.json["errorDetails"])


@pytest.fixture
async def shop(server: Server) -> Server:
    """A server with gold players, who have another price."""
    await define_property(server, "tier")
    await define_property(server, "level", ValueType.NUMERIC)
    await define_audience(server, "gold", 'PropertiesCustom("tier", "") == "gold"')
    await define_audience(server, "high", 'PropertiesCustom("level", 0) >= 10')
    await define_audience(server, "swiss", 'Properties("countryCode", "") == "CH"')
    await define_flag(server, "price", "9", variants={"gold": "7"})
    return server


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("12", 12),
        ("12.0", 12.0),
        ("-0.5", -0.5),
        ("plain", "plain"),
        ("", ""),
        ("null", "null"),
        ('"quoted"', '"quoted"'),
        ('{"a":[1,"two"]}', {"a": [1, "two"]}),
        ("[1,2]", [1, 2]),
    ],
)
async def test_values_have_types(server: Server, text: str, value: object) -> None:
    await define_flag(server, "f", text)
    reply = await evaluate(server, ONE + "f")
    assert reply.json == {
        "key": "f",
        "value": value,
        "reason": "STATIC",
        "variant": "default",
        "metadata": {},
    }
    assert type(reply.json["value"]) is type(value)


async def test_a_flag_has_one_type(server: Server) -> None:
    """Where its values differ in type, all are texts; and so where its validator wants texts."""
    await define_flag(server, "mixed", "12", variants=(Variant(name="other", value="many"),))
    await define_flag(server, "numbers", "12", variants=(Variant(name="other", value="12.5"),))
    await define_flag(server, "texts", "12", validator="String")
    await define_flag(server, "any", "12", validator="ANY")
    values = await all_values(server, {"targetingKey": "player-0001"})
    assert {name: values[name] for name in ("mixed", "numbers", "texts", "any")} == {
        "mixed": "many",
        "numbers": 12.5,
        "texts": "12",
        "any": 12,
    }
    defaults = await all_values(server, {})
    assert defaults["mixed"] == "12"


async def test_reasons_and_variants(shop: Server) -> None:
    await define_audience(shop, "everybody", "true")
    await define_flag(shop, "static", "1")
    await define_flag(shop, "missed", "1", variants={"high": "2"})
    await define_flag(shop, "matched", "1", variants={"everybody": "2"})
    half = Variant(name="half", value="2", rollout_percent=99.999999)
    await define_flag(shop, "split", "1", variants=(half,))
    await define_flag(shop, "off", "1", enabled=False, variants={"everybody": "2"})
    await shop.authenticate("player-0001")
    reply = await evaluate(shop, ALL, {"targetingKey": "player-0001"})
    found = {flag["key"]: flag for flag in reply.json["flags"]}
    told = {key: (flag["value"], flag["reason"], flag["variant"]) for key, flag in found.items()}
    assert (
        told.items()
        >= {
            "static": (1, "STATIC", "default"),
            "missed": (1, "DEFAULT", "default"),
            "matched": (2, "TARGETING_MATCH", "for everybody"),
            "split": (2, "SPLIT", "half"),
            "off": (1, "DISABLED", "default"),
        }.items()
    )
    assert found["matched"]["metadata"] == {"source": "flag_variant", "sourceName": "matched"}
    assert found["missed"]["metadata"] == {}


async def test_a_known_player_is_evaluated_as_stored(shop: Server) -> None:
    await shop.authenticate("player-0001", custom={"tier": "gold"})
    await shop.authenticate("player-0002", custom={"tier": "tin"})
    assert (await all_values(shop, {"targetingKey": "player-0001"}))["price"] == 7
    assert (await all_values(shop, {"targetingKey": "player-0002"}))["price"] == 9


async def test_attributes_stand_in_place_of_properties(shop: Server) -> None:
    await define_flag(shop, "flag", "no", variants={"swiss": "here"})
    await define_flag(shop, "boss", "no", variants={"high": "yes"})
    session = await shop.authenticate("player-0001", custom={"tier": "gold"})
    key = {"targetingKey": "player-0001"}
    given = {**key, "tier": "tin", "level": 12, "countryCode": "CH", "unheardOf": {"deep": [1]}}
    values = await all_values(shop, given)
    assert (values["price"], values["boss"], values["flag"]) == (9, "yes", "here")
    # For that evaluation only: nothing is stored, and nothing is remembered.
    values = await all_values(shop, key)
    assert (values["price"], values["boss"], values["flag"]) == (7, "no", "no")
    assert (await shop.properties(session["token"]))["custom"] == {"tier": "gold"}


async def test_what_only_the_server_says_cannot_be_said(shop: Server) -> None:
    await define_audience(shop, "mine", 'Properties("apiKeyName", "") == "default"')
    await define_flag(shop, "key", "no", variants={"mine": "yes"})
    await shop.authenticate("player-0001")
    given = {"targetingKey": "player-0001", "apiKeyName": "other", "tier": "gold"}
    values = await all_values(shop, given)
    assert (values["key"], values["price"]) == ("yes", 7)
    assert (await all_values(shop, {"targetingKey": "nobody", "apiKeyName": "default"}))[
        "key"
    ] == "no"


async def test_an_unknown_player_has_the_context_alone(shop: Server) -> None:
    assert (await all_values(shop, {"targetingKey": "someone@example.com"}))["price"] == 9
    given = {"targetingKey": "someone@example.com", "tier": "gold"}
    assert (await all_values(shop, given))["price"] == 7
    assert not await shop.exists("someone@example.com")


async def test_an_unknown_player_may_be_on_a_list(shop: Server) -> None:
    gold = shop.node.definitions.get("audience", "gold").id
    entry = Entry(gold, Listing.INCLUDE, "player-0009")
    await shop.node.control.write(lambda c: put_entries(c, [entry]))
    assert (await all_values(shop, {"targetingKey": "player-0009"}))["price"] == 7


async def test_a_percentage_places_unknown_players(server: Server) -> None:
    half = Variant(name="half", value="1", rollout_percent=50)
    await define_flag(server, "coin", "0", variants=(half,))
    keys = [f"someone-{number}" for number in range(60)]
    coins = [(await all_values(server, {"targetingKey": key}))["coin"] for key in keys]
    assert 10 < sum(coins) < 50
    # The same place once the player is known, and without a context.
    session = await server.authenticate(keys[0])
    assert (await all_values(server, {"targetingKey": keys[0]}))["coin"] == coins[0]
    assert (await all_values(server, {}, auth=bearer(session["token"])))["coin"] == coins[0]


async def test_without_a_targeting_key(shop: Server) -> None:
    assert (await all_values(shop, {}))["price"] == 9
    for path in (ALL, ONE + "price"):
        reply = await evaluate(shop, path, {"tier": "gold"})
        assert "targetingKey" in failure(reply, 400, "TARGETING_KEY_MISSING")
        reply = await evaluate(shop, path, {"targetingKey": "", "tier": "gold"})
        failure(reply, 400, "TARGETING_KEY_MISSING")


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"targetingKey": 12}, "targetingKey: is no text"),
        ({"targetingKey": "x" * 257}, "256"),
        ({"targetingKey": "someone", "level": "high"}, "level: is no number"),
        ({"targetingKey": "someone", "tier": "x" * 1025}, "tier: has more than 1024"),
        ({"targetingKey": "someone", **{f"a{n}": 1 for n in range(513)}}, "512"),
    ],
)
async def test_contexts_that_cannot_be(shop: Server, context: dict[str, Any], said: str) -> None:
    for path in (ALL, ONE + "price"):
        assert said in failure(await evaluate(shop, path, context), 400, "INVALID_CONTEXT")


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"context":[]}', b'"x"', b"\xff"])
async def test_bodies_that_cannot_be_read(shop: Server, raw: bytes) -> None:
    for path in (ALL, ONE + "price"):
        assert failure(await evaluate(shop, path, raw=raw), 400, "PARSE_ERROR")


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"context":null}', b'{"context":{},"other":1}'])
async def test_bodies_that_say_nothing(shop: Server, raw: bytes) -> None:
    assert (await evaluate(shop, ALL, raw=raw)).status == 200


async def test_a_flag_that_there_is_not(shop: Server) -> None:
    reply = await evaluate(shop, ONE + "nothing", {"targetingKey": "player-0001"})
    failure(reply, 404, "FLAG_NOT_FOUND")
    assert reply.json["key"] == "nothing"


async def test_a_player_speaks_for_itself(shop: Server) -> None:
    gold = bearer((await shop.authenticate("player-0001", custom={"tier": "gold"}))["token"])
    assert (await all_values(shop, {}, auth=gold))["price"] == 7
    assert (await all_values(shop, {"targetingKey": "player-0001"}, auth=gold))["price"] == 7
    assert (await all_values(shop, {"tier": "tin"}, auth=gold))["price"] == 9
    reply = await evaluate(shop, ALL, {"targetingKey": "player-0002"}, auth=gold)
    failure(reply, 400, "INVALID_CONTEXT")
    unknown = bearer(shop.game_server_token("player-0009"))
    assert (await all_values(shop, {"tier": "gold"}, auth=unknown))["price"] == 7


@pytest.mark.parametrize(
    ("auth", "headers", "status"),
    [
        (basic(API_KEY), {}, 200),
        (bearer(API_KEY), {}, 200),
        (None, {"X-API-Key": API_KEY}, 200),
        (None, {}, 401),
        (None, {"X-API-Key": "another"}, 401),
        (basic("another"), {}, 401),
        (basic(API_KEY), {"X-API-Key": "another"}, 401),
    ],
)
async def test_who_may_ask(
    shop: Server, auth: str | None, headers: dict[str, str], status: int
) -> None:
    for path in (ALL, ONE + "price"):
        assert (await evaluate(shop, path, {}, auth=auth, headers=headers)).status == status


async def test_an_entity_tag_names_the_answer(shop: Server) -> None:
    key = {"targetingKey": "player-0001"}
    token = (await shop.authenticate("player-0001"))["token"]
    first = await evaluate(shop, ALL, key)
    tag = first.headers["etag"]
    assert first.headers["access-control-expose-headers"] == "ETag"
    for seen in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = await evaluate(shop, ALL, key, headers={"If-None-Match": seen})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    other = await evaluate(shop, ALL, key, headers={"If-None-Match": '"other"'})
    assert (other.status, other.body) == (200, first.body)
    # Another value makes another answer.
    await shop.request(
        "PUT", "/v1/properties", body={"custom": {"tier": "gold"}}, auth=bearer(token)
    )
    changed = await evaluate(shop, ALL, key, headers={"If-None-Match": tag})
    assert (changed.status, changed.headers["etag"] == tag) == (200, False)
    # So does another reason.
    tag = (await evaluate(shop, ALL, {})).headers["etag"]
    await change_flag(shop, "price", enabled=False)
    assert (await evaluate(shop, ALL, {})).headers["etag"] != tag


async def test_an_entity_tag_names_whom_the_stream_is_about(shop: Server) -> None:
    """The flags are the same, but a stream of before would tell nothing of what concerns them."""

    async def tag(context: dict[str, Any], auth: str = KEY) -> str:
        reply = await evaluate(shop, ALL, context, auth=auth)
        again = await evaluate(
            shop, ALL, context, auth=auth, headers={"If-None-Match": reply.headers["etag"]}
        )
        assert again.status == 304
        return reply.headers["etag"]

    key = {"targetingKey": "player-0001"}
    unknown = await tag(key)
    session = await shop.authenticate("player-0001")
    other = await shop.authenticate("player-0002")
    tags = [
        unknown,
        await tag(key),
        await tag({**key, "level": 3}),
        await tag({"targetingKey": "player-0002"}),
        await tag({}),
    ]
    assert len(set(tags)) == len(tags)
    assert await tag({}, bearer(session["token"])) == tags[1]
    assert await tag({}, bearer(other["token"])) == tags[3]


async def test_reads_are_counted(shop: Server) -> None:
    price = shop.node.definitions.get("flag", "price").id
    await evaluate(shop, ALL)
    await evaluate(shop, ONE + "price")
    await evaluate(shop, ONE + "nothing")
    await shop.node.targeting.flag_reads.write()
    at_us = NOW * 1_000_000
    counted = await shop.node.control.read(load_reads)
    assert counted[price] == FlagReads(price, at_us, 2, at_us, 1)


@pytest.mark.parametrize("default", [False, True])
async def test_without_profiles(tmp_path: Path, default: bool) -> None:
    async with running(tmp_path, flags_default_when_unavailable=default) as server:
        await define_flag(server, "price", "9")
        await server.authenticate("player-0001")
        with sqlite3.connect(tmp_path / "history.db") as connection:
            connection.execute("ALTER TABLE profiles RENAME TO lost")
        for context in ({}, {"countryCode": "CH"}):
            given = {"targetingKey": "player-0001", **context}
            reply = await evaluate(server, ALL, given)
            assert reply.status == (200 if default else 503)
        assert (await evaluate(server, ALL)).status == 200


async def test_paths_with_a_prefix_and_odd_keys(shop: Server) -> None:
    for path in (f"/liveops{ONE}price", f"/{ONE}price"):
        assert (await evaluate(shop, path)).json["value"] == 9
    assert (await evaluate(shop, ONE + "a b")).status == 404
    assert json.loads((await evaluate(shop, ALL + "/")).body)["flags"]


async def test_answers_are_as_described(shop: Server) -> None:
    document = (await shop.request("GET", "/openapi.json")).json
    calls: list[tuple[str, str, dict[str, Any]]] = [
        (ONE + "{key}", ONE + "price", {}),
        (ONE + "{key}", ONE + "nothing", {}),
        (ONE + "{key}", ONE + "price", {"targetingKey": 1}),
        (ALL, ALL, {}),
        (ALL, ALL, {"targetingKey": 1}),
    ]
    for path, asked, context in calls:
        operation = document["paths"][path]["post"]
        reply = await evaluate(shop, asked, context)
        content = operation["responses"][str(reply.status)]["content"]["application/json"]
        jsonschema_rs.validator_for(
            {**content["schema"], "components": document["components"]}
        ).validate(reply.json)
