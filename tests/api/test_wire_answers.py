"""What every answer looks like: CORS, errors, HEAD, packed bodies (wire contract, 0 and 2)."""

import gzip
import json
from pathlib import Path

import pytest

from tests.api.running import KEY, Reply, Server, refused, running
from tests.support.in_process import bearer, in_process

ROUTES = {
    "/healthcheck": {"GET"},
    "/readycheck": {"GET"},
    "/v1/authenticate": {"POST"},
    "/v1/authenticate/refresh": {"POST"},
    "/v1/authenticate/logout": {"POST"},
    "/v1/identify": {"PUT"},
    "/v1/identity": {"DELETE"},
    "/v1/properties": {"GET", "PUT"},
    "/v1/event": {"POST"},
    "/v1/server-event": {"POST"},
    "/v1/event-receipt": {"GET"},
    "/v1/experiment": {"GET"},
    "/v1/live-event": {"GET"},
    "/v1/live-event/{id}/participation": {"POST"},
    "/v1/flag": {"GET"},
    "/v1/flag/override": {"GET"},
    "/ofrep/v1/evaluate/flags": {"POST"},
    "/ofrep/v1/evaluate/flags/{key}": {"POST"},
    "/ofrep/v1/stream": {"GET"},
    "/v1/console/authenticate": {"POST"},
    "/v1/console/apikey": {"GET", "POST"},
}
METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"}


async def test_the_endpoints_of_the_contract(server: Server) -> None:
    by_path: dict[str, set[str]] = {}
    for route in server.node.routes:
        # The console's own endpoints are none of the game-facing contract.
        ours = route.path.startswith("/v1/console/") and route.path not in ROUTES
        if route.documented and not ours:
            by_path.setdefault(route.path, set()).add(route.method)
    assert by_path == ROUTES


@pytest.mark.parametrize("path", sorted(ROUTES))
async def test_wrong_methods(server: Server, path: str) -> None:
    for method in sorted(METHODS - ROUTES[path]):
        reply = await server.request(method, path, auth=KEY)
        refused(reply, 405, 12)
        allowed = set(reply.headers["allow"].split(", "))
        expected = {*ROUTES[path], "OPTIONS"} | ({"HEAD"} if "GET" in ROUTES[path] else set())
        assert allowed == expected


@pytest.mark.parametrize("path", [*sorted(ROUTES), "/unknown", "/v1/unknown", "/"])
async def test_preflight(server: Server, path: str) -> None:
    reply = await server.request(
        "OPTIONS",
        path,
        headers={
            "Origin": "https://game.example",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert (reply.status, reply.json) == (200, {})
    assert reply.headers["access-control-allow-origin"] == "*"
    methods = set(reply.headers["access-control-allow-methods"].split(", "))
    assert methods == {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}
    named = set(reply.headers["access-control-allow-headers"].lower().split(", "))
    assert {"authorization", "content-type", "user-agent"} <= named


async def test_errors_carry_cors_and_the_shape(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        replies = [
            await server.request("GET", "/unknown"),
            await server.request("GET", "/v1/event"),
            await server.request("POST", "/v1/authenticate"),
            await server.request("POST", "/v1/authenticate", raw=b"{", auth=KEY),
            await server.request("POST", "/v1/authenticate", raw=b"x" * 2_000_000, auth=KEY),
        ]
    assert [reply.status for reply in replies] == [404, 405, 401, 400, 413]
    assert [reply.json["code"] for reply in replies] == [5, 12, 16, 3, 3]
    for reply in replies:
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.headers["content-type"] == "application/json"
        assert list(reply.json) == ["code", "message", "details"]
        assert isinstance(reply.json["message"], str)
        assert isinstance(reply.json["details"], list)


async def test_head_answers_as_get_without_a_body(server: Server) -> None:
    session = await server.authenticate("player-0001")
    await server.settle()
    for path, auth in (
        ("/healthcheck", None),
        ("/v1/properties", bearer(session["token"])),
        ("/openapi.json", None),
    ):
        get = await server.request("GET", path, auth=auth)
        head = await server.request("HEAD", path, auth=auth)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == get.headers["content-length"]
    for path, status in (("/v1/properties", 401), ("/v1/event", 405), ("/unknown", 404)):
        assert (await server.request("HEAD", path)).status == status


def unpacked(reply: Reply) -> bytes:
    return gzip.decompress(reply.body)


async def test_large_answers_are_packed_only_when_asked(server: Server) -> None:
    plain = await server.request("GET", "/openapi.json")
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    for accepted in ("gzip", "deflate, gzip;q=1.0, *;q=0.5", "GZIP"):
        packed = await server.request("GET", "/openapi.json", headers={"Accept-Encoding": accepted})
        assert packed.headers["content-encoding"] == "gzip"
        assert unpacked(packed) == plain.body
    for refusing in ("identity", "br", "gzip;q=0", ""):
        reply = await server.request("GET", "/openapi.json", headers={"Accept-Encoding": refusing})
        assert "content-encoding" not in reply.headers


async def test_small_answers_stay_as_they_are(server: Server) -> None:
    reply = await server.request("GET", "/healthcheck", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in reply.headers
    assert reply.body == b"{}"


async def test_request_ids(server: Server) -> None:
    given = await server.request("GET", "/healthcheck", headers={"X-Request-Id": "abc-123.x:y_z"})
    assert given.headers["x-request-id"] == "abc-123.x:y_z"
    made = set()
    for bad in ("", "a b", "x" * 65, "a\r\nb", "é"):
        reply = await server.request("GET", "/healthcheck", headers={"X-Request-Id": bad})
        made.add(reply.headers["x-request-id"])
    assert len(made) == 5
    assert all(len(request_id) == 36 for request_id in made)


async def test_what_breaks_inside_says_nothing_of_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(server.node.identities, "authenticate", broken)
    reply = await super(Server, server).request(
        "POST", "/v1/authenticate", body={"id": "player-0001"}, auth=KEY
    )
    assert (reply.status, reply.json["code"]) == (500, 13)
    assert "secret" not in json.dumps(reply.json)
    assert reply.json["details"] == [{"request_id": reply.headers["x-request-id"]}]
    assert reply.headers["access-control-allow-origin"] == "*"


async def test_too_many_at_once(tmp_path: Path) -> None:
    async with running(tmp_path, requests_in_flight_max=1) as server:
        body = {"id": "player-0001"}
        server.node.application.in_flight = 1
        reply = await server.request("POST", "/v1/authenticate", body=body, auth=KEY)
        refused(reply, 503, 14, "Too many requests are under way")
        assert reply.headers["retry-after"] == "1"
        # An orchestrator must not take a busy server for a dead one.
        assert (await server.request("GET", "/healthcheck")).status == 200
        server.node.application.in_flight = 0
        reply = await server.request("POST", "/v1/authenticate", body=body, auth=KEY)
        assert reply.status == 200


async def test_too_many_slow_bodies(tmp_path: Path) -> None:
    async with running(tmp_path, bodies_in_flight_max=1) as server:
        server.node.application.bodies_in_flight = 1
        reply = await server.request("POST", "/v1/authenticate", body={}, auth=KEY)
        refused(reply, 503, 14, "Too many request bodies are on their way")
        assert (await server.request("GET", "/healthcheck")).status == 200
