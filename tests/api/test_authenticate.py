import base64
from pathlib import Path

import pytest

from tests.api.running import KEY, NOW, Server, parts, refused, running
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer

NOWHERE = {"city": "", "countryCode": "", "region": "", "state": "", "subRegion": ""}
FRESH = {"apiKeyName": "default", "firstOpen": str(NOW), **NOWHERE}


async def test_a_new_identity_gets_a_session_and_the_derived_properties(server: Server) -> None:
    session = await server.authenticate("player-0001")
    assert sorted(session) == ["properties", "refresh_token", "token"]
    assert session["properties"] == {"default": FRESH, "computed": {}, "custom": {}}


async def test_claims_are_those_of_the_contract(server: Server) -> None:
    session = await server.authenticate("player-0001")
    header, claims = parts(session["token"])
    assert header == {"alg": "HS256", "typ": "JWT"}
    sid = claims.pop("sid")
    assert len(sid) == 36
    assert claims == {
        "iid": "player-0001",
        "exp": NOW + 3600,
        "iat": NOW,
        "api": "default",
    }
    header, claims = parts(session["refresh_token"])
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert claims == {"sid": sid, "iid": "player-0001", "exp": NOW + 7 * 86_400, "iat": NOW}


@pytest.mark.parametrize("identity_id", ["zzzzzzzz", "Z_-_-_-z", "a-b_c-d_e"])
async def test_no_client_needs_to_know_base64url(server: Server, identity_id: str) -> None:
    session = await server.authenticate(identity_id)
    for token in (session["token"], session["refresh_token"]):
        payload = token.split(".")[1]
        assert "-" not in payload
        assert "_" not in payload
        assert "=" not in token


async def test_the_expiry_fits_in_32_bits(tmp_path: Path) -> None:
    async with running(
        tmp_path, session_token_seconds=3650 * 86_400, refresh_token_seconds=3650 * 86_400
    ) as server:
        server.clock.advance(300_000_000)
        session = await server.authenticate("player-0001")
        assert parts(session["token"])[1]["exp"] == 2_147_483_647
        assert parts(session["refresh_token"])[1]["exp"] == 2_147_483_647
        assert await server.status_of(session["token"]) == 200


async def test_every_authentication_is_another_session(server: Server) -> None:
    first = await server.authenticate("player-0001")
    second = await server.authenticate("player-0001")
    assert parts(first["token"])[1]["sid"] != parts(second["token"])[1]["sid"]
    assert await server.status_of(first["token"]) == 200
    assert await server.status_of(second["token"]) == 200
    assert (await server.computed(second["token"]))["sessionStartCount"] == "2"
    assert (await server.computed(second["token"]))["identityCreateCount"] == "1"


async def test_no_session_gives_properties_and_no_tokens(server: Server) -> None:
    answer = await server.authenticate("player-0001", no_session=True)
    assert answer == {"properties": {"default": FRESH, "computed": {}, "custom": {}}}
    computed = await server.computed(server.game_server_token("player-0001"))
    assert computed["identityCreateCount"] == "1"
    assert "sessionStartCount" not in computed


async def test_no_session_in_camel_case(server: Server) -> None:
    assert list(await server.authenticate("player-0001", noSession=True)) == ["properties"]


@pytest.mark.parametrize("fields", [{"no_session": False}, {"no_session": None}, {}])
async def test_a_session_unless_told_otherwise(server: Server, fields: dict[str, object]) -> None:
    assert "token" in await server.authenticate("player-0001", **fields)


async def test_given_properties_are_laid_over_the_stored_ones(server: Server) -> None:
    await server.authenticate("player-0001", default={"platform": "Android", "language": "en"})
    answer = await server.authenticate(
        "player-0001", default={"language": "de", "buildNumber": "135"}
    )
    assert answer["properties"]["default"] == {
        **FRESH,
        "platform": "Android",
        "language": "de",
        "buildNumber": "135",
    }


@pytest.mark.parametrize("nothing", [{}, [], None])
async def test_nothing_given_changes_nothing(server: Server, nothing: object) -> None:
    await server.authenticate("player-0001", default={"platform": "Android"})
    answer = await server.authenticate("player-0001", default=nothing, custom=nothing)
    assert answer["properties"]["default"] == {**FRESH, "platform": "Android"}
    assert answer["properties"]["custom"] == {}


async def test_first_open_and_key_name_stay_those_of_the_first_time(server: Server) -> None:
    await server.authenticate("player-0001")
    reply = await server.request(
        "POST", "/v1/console/apikey", body={"name": "second"}, auth=basic(SERVER_KEY)
    )
    server.clock.advance(5000)
    reply = await server.request(
        "POST",
        "/v1/authenticate",
        body={"id": "player-0001"},
        auth=basic(reply.json["value"]),
    )
    assert reply.json["properties"]["default"] == FRESH
    assert parts(reply.json["token"])[1]["api"] == "second"


@pytest.mark.parametrize(
    "identity_id",
    ["a" * 8, "a" * 128, "abcDEF_-", "00000000-0000-0000-0000-000000000001"],
)
async def test_good_ids(server: Server, identity_id: str) -> None:
    session = await server.authenticate(identity_id)
    assert parts(session["token"])[1]["iid"] == identity_id


@pytest.mark.parametrize(
    "identity_id",
    [
        "",
        None,
        "a" * 7,
        "a" * 129,
        "with space",
        "dotted.id",
        "player-0001\n",
        "spieler-ü-1",
        "١٢٣٤٥٦٧٨",
        "00000000-0000-0000-0000-000000000000",
        "00000000000000000000000000000000",
    ],
)
async def test_bad_ids(server: Server, identity_id: str | None) -> None:
    reply = await server.request("POST", "/v1/authenticate", body={"id": identity_id}, auth=KEY)
    details = refused(reply, 400, 3)
    assert details[0]["field"] == "id"
    assert (await server.progress()).events_applied == 0


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"custom": {"undeclared": "1"}}, "custom.undeclared"),
        ({"default": {"undeclared": "1"}}, "default.undeclared"),
        ({"default": {"buildNumber": "many"}}, "default.buildNumber"),
        ({"default": {"apiKeyName": "mine"}}, "default.apiKeyName"),
        ({"default": {"firstOpen": "1"}}, "default.firstOpen"),
        ({"default": {"platform": "x" * 1025}}, "default.platform"),
        ({"default": {"platform": "a\x00b"}}, "default.platform"),
    ],
)
async def test_a_bad_property_stores_nothing(
    server: Server, fields: dict[str, object], where: str
) -> None:
    reply = await server.request(
        "POST", "/v1/authenticate", body={"id": "player-0001", **fields}, auth=KEY
    )
    assert [detail["field"] for detail in refused(reply, 400, 3)] == [where]
    assert not await server.exists("player-0001")
    assert (await server.progress()).events_applied == 0


def unpadded(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "header",
    [
        KEY,
        unpadded(API_KEY),
        KEY.replace("Basic", "basic"),
        KEY.replace("Basic ", "Basic   "),
        "Basic " + base64.b64encode(API_KEY.encode()).decode(),
        "Basic " + base64.b64encode(f"{API_KEY}:anything".encode()).decode(),
        bearer(API_KEY),
        f"bearer {API_KEY}",
        API_KEY,
    ],
)
async def test_the_key_in_every_form(server: Server, header: str) -> None:
    reply = await server.request(
        "POST", "/v1/authenticate", body={"id": "player-0001"}, auth=header
    )
    assert reply.status == 200


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "API key required"),
        ("", "API key required"),
        ("Basic", "API key required"),
        ("Basic ", "API key required"),
        ("Basic !!!", "API key required"),
        ("Basic Og==", "API key required"),
        ("Bearer", "API key required"),
        ("Digest abc", "API key required"),
        (basic("wrong"), "API key invalid"),
        (basic(API_KEY.upper()), "API key invalid"),
        (basic(SERVER_KEY), "API key invalid"),
        (bearer("wrong"), "API key invalid"),
        ("Basic \xff\xfe", "API key required"),
        ("Basic " + "A" * 9000, "API key required"),
    ],
)
async def test_no_or_a_wrong_key(server: Server, header: str | None, message: str) -> None:
    reply = await server.request(
        "POST", "/v1/authenticate", body={"id": "player-0001"}, auth=header
    )
    refused(reply, 401, 16, message)
    assert not await server.exists("player-0001")


async def test_a_session_token_is_no_key(server: Server) -> None:
    session = await server.authenticate("player-0001")
    reply = await server.request(
        "POST", "/v1/authenticate", body={"id": "player-0002"}, auth=bearer(session["token"])
    )
    refused(reply, 401, 16, "API key invalid")


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as server:
        session = await server.authenticate("player-0001", default={"platform": "Android"})
    async with running(tmp_path, clock=server.clock) as server:
        properties = await server.properties(session["token"])
        assert properties["default"] == {**FRESH, "platform": "Android"}
        assert properties["computed"] == {
            "identityCreateCount": "1",
            "identityCreateSeenFirst": str(NOW),
            "identityCreateSeenLast": str(NOW),
            "sessionStartCount": "1",
            "sessionStartSeenFirst": str(NOW),
            "sessionStartSeenLast": str(NOW),
        }
