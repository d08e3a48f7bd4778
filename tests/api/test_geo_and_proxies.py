"""Places by client address, and whose word about that address counts."""

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from matsuri.config import SettingsError
from tests.api.running import KEY, Server, running
from tests.support.in_process import bearer

NESTED = {
    "country": {"iso_code": "GB", "names": {"en": "United Kingdom"}},
    "subdivisions": [
        {"iso_code": "ENG", "names": {"en": "England", "de": "England"}},
        {"iso_code": "WBK", "names": {"en": "West Berkshire"}},
    ],
    "city": {"names": {"en": "Boxford", "fr": "Boxford-sur-Lambourn"}},
}
FLAT = {"country_code": "US", "state1": "California", "city": "Mountain View"}
COUNTRY_ONLY = {"country": {"iso_code": "SE"}}
BRITISH, AMERICAN, SWEDISH = "2.125.160.216", "2001:4860::8888", "89.160.20.112"


@pytest.fixture(scope="module")
def geo_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("geo") / "places.mmdb"
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test")
    writer.insert_network(IPSet(["2.125.160.0/24"]), NESTED)
    writer.insert_network(IPSet(["2001:4860::/32"]), FLAT)
    writer.insert_network(IPSet(["89.160.20.0/24"]), COUNTRY_ONLY)
    writer.insert_network(IPSet(["81.2.69.0/24"]), {"country": 5, "city": [], "subdivisions": {}})
    writer.to_db_file(str(path))
    return str(path)


async def place_of(server: Server, identity_id: str = "player-0001", **fields: Any) -> list[str]:
    """Country, region, sub-region, state and city of a player who authenticates."""
    reply = await server.request(
        "POST", "/v1/authenticate", body={"id": identity_id}, auth=KEY, **fields
    )
    assert reply.status == 200
    default = reply.json["properties"]["default"]
    return [default[name] for name in ("countryCode", "region", "subRegion", "state", "city")]


BRITAIN = ["GB", "ENG", "WBK", "England", "Boxford"]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (BRITISH, BRITAIN),
        (AMERICAN, ["US", "", "", "California", "Mountain View"]),
        (SWEDISH, ["SE", "", "", "", ""]),
        ("127.0.0.1", [""] * 5),
        ("81.2.69.1", [""] * 5),
        ("no-address", [""] * 5),
        ("", [""] * 5),
    ],
)
async def test_where_a_player_signs_up(
    tmp_path: Path, geo_file: str, address: str, place: list[str]
) -> None:
    async with running(tmp_path, geo_database=geo_file) as server:
        assert await place_of(server, client=address) == place
        [facts] = await server.sessions_of("player-0001")
        assert facts.country == place[0]


async def test_the_place_is_where_the_player_signed_up(tmp_path: Path, geo_file: str) -> None:
    async with running(tmp_path, geo_database=geo_file) as server:
        await place_of(server, client=BRITISH)
        assert await place_of(server, client=SWEDISH) == BRITAIN
        # Each session has the country that it began in.
        server.clock.advance(1)
        await place_of(server, client=SWEDISH)
        countries = sorted(one.country for one in await server.sessions_of("player-0001"))
        assert countries == ["GB", "SE", "SE"]


async def test_a_place_that_was_unknown_is_learnt_later(tmp_path: Path, geo_file: str) -> None:
    async with running(tmp_path, geo_database=geo_file) as server:
        assert await place_of(server, client="127.0.0.1") == [""] * 5
        assert await place_of(server, client=BRITISH) == BRITAIN


async def test_a_game_server_without_a_session_tells_the_place(
    tmp_path: Path, geo_file: str
) -> None:
    async with running(tmp_path, geo_database=geo_file, trusted_proxies=["10.0.0.0/8"]) as server:
        reply = await server.request(
            "POST",
            "/v1/authenticate",
            body={"id": "player-0001", "no_session": True},
            auth=KEY,
            client="10.1.2.3",
            headers={"X-Forwarded-For": BRITISH},
        )
        assert reply.json["properties"]["default"]["countryCode"] == "GB"


async def test_without_a_file_everything_is_empty_and_it_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path) as server:
        assert await place_of(server, client=BRITISH) == [""] * 5
        assert await place_of(server, client=SWEDISH) == [""] * 5
    assert capsys.readouterr().out.count("no geo file") == 1


@pytest.mark.parametrize("content", [None, b"no such database"])
async def test_a_file_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "places.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="geo_database"):
        async with running(tmp_path / "data", geo_database=str(path)):
            pass


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "country"),
    [
        ([], "10.0.0.1", BRITISH, ""),
        ([], SWEDISH, BRITISH, "SE"),
        (["10.0.0.0/8"], SWEDISH, BRITISH, "SE"),
        (["10.0.0.0/8"], "10.0.0.1", BRITISH, "GB"),
        (["10.0.0.1"], "10.0.0.1", BRITISH, "GB"),
        (["10.0.0.1"], "10.0.0.2", BRITISH, ""),
        (["10.0.0.0/8"], "10.0.0.1", f"{SWEDISH}, {BRITISH}", "GB"),
        (["10.0.0.0/8"], "10.0.0.1", f"{SWEDISH}, {BRITISH}, 10.9.9.9", "GB"),
        (["10.0.0.0/8"], "10.0.0.1", f" {BRITISH} ,10.1.1.1 , 10.2.2.2", "GB"),
        (["10.0.0.0/8"], "10.0.0.1", f"{SWEDISH}, nonsense", ""),
        (["10.0.0.0/8"], "10.0.0.1", "", ""),
        (["10.0.0.0/8"], "10.0.0.1", ",,,", ""),
        (["10.0.0.0/8"], "10.0.0.1", f"{BRITISH}:4711", "GB"),
        (["10.0.0.0/8"], "10.0.0.1", f"[{AMERICAN}]:4711", "US"),
        (["10.0.0.0/8"], "10.0.0.1", AMERICAN, "US"),
        (["::1", "fd00::/8"], "::1", f"{BRITISH}, fd00::5", "GB"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", BRITISH, "GB"),
        (["0.0.0.0/0"], "10.0.0.1", f"{BRITISH}, {SWEDISH}", "GB"),
    ],
)
async def test_only_trusted_proxies_are_believed(
    tmp_path: Path, geo_file: str, trusted: list[str], peer: str, forwarded: str, country: str
) -> None:
    async with running(tmp_path, geo_database=geo_file, trusted_proxies=trusted) as server:
        place = await place_of(server, client=peer, headers={"X-Forwarded-For": forwarded})
        assert place[0] == country


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/event", {"events": [{"name": "gameStarted"}]}),
        ("PUT", "/v1/properties", {"default": {"platform": "ios"}}),
    ],
)
@pytest.mark.parametrize(
    ("client", "told", "country"),
    [
        pytest.param("10.1.2.3", BRITISH, "GB", id="told by a trusted game server"),
        pytest.param(SWEDISH, "", "", id="not told: the address is the game server's own"),
        pytest.param(SWEDISH, BRITISH, "", id="told by one who is not trusted"),
    ],
)
async def test_a_game_server_tells_where_its_new_player_is(
    tmp_path: Path,
    geo_file: str,
    method: str,
    path: str,
    body: object,
    client: str,
    told: str,
    country: str,
) -> None:
    async with running(tmp_path, geo_database=geo_file, trusted_proxies=["10.0.0.0/8"]) as server:
        token = server.game_server_token("player-0001")
        reply = await server.request(
            method,
            path,
            body=body,
            auth=bearer(token),
            client=client,
            headers={"X-Forwarded-For": told} if told else {},
        )
        assert reply.status == 200
        assert (await server.properties(token))["default"]["countryCode"] == country
