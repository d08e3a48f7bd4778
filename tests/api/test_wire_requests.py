"""Every form in which some client sends a request (wire contract, section 0)."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.api.running import KEY, NOW, Reply, Server, refused, running
from tests.support.in_process import bearer

LAUNCH = {"name": "appLaunched"}
BODY = json.dumps({"events": [{**LAUNCH, "value": "日本"}]}, ensure_ascii=False).encode()


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


async def send(server: Server, raw: bytes, **fields: Any) -> Reply:
    return await server.request("POST", "/v1/server-event", raw=raw, auth=KEY, **fields)


async def events_applied(server: Server) -> int:
    return (await server.progress()).events_applied


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/plain",
        "nonsense",
    ],
)
async def test_json_whatever_the_content_type(server: Server, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert (await send(server, BODY, headers=headers)).status == 200
    assert await events_applied(server) == 1


@pytest.mark.parametrize("chunks", [1, 7])
@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("GZIP", gzip.compress(BODY, mtime=0)),
        ("x-gzip", gzip.compress(BODY, mtime=0)),
        ("gzip", BODY),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("identity", BODY),
        ("", BODY),
        ("gzip", b"\xef\xbb\xbf" + BODY),
        ("gzip", gzip.compress(b"\xef\xbb\xbf" + BODY, mtime=0)),
    ],
)
async def test_packed_bodies(server: Server, encoding: str, raw: bytes, chunks: int) -> None:
    reply = await send(server, raw, chunks=chunks, headers={"Content-Encoding": encoding})
    assert (reply.status, reply.json) == (200, {})
    assert await events_applied(server) == 1


@pytest.mark.parametrize(
    ("encoding", "raw", "status"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)[:-9], 400),
        ("gzip", b"\x1f\x8b" + b"broken", 400),
        ("deflate", BODY, 400),
        ("deflate", zlib.compress(BODY)[:-6], 400),
        ("gzip", gzip.compress(b"no json", mtime=0), 400),
        ("br", BODY, 415),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY, mtime=0), mtime=0), 415),
    ],
)
async def test_broken_bodies(server: Server, encoding: str, raw: bytes, status: int) -> None:
    refused(await send(server, raw, headers={"Content-Encoding": encoding}), status, 3)
    assert await events_applied(server) == 0


@pytest.mark.parametrize("raw", [b"", b"  \r\n", b"{}", b"\xef\xbb\xbf", b"\xef\xbb\xbf {}\n"])
@pytest.mark.parametrize("encoding", [None, "gzip", "deflate"])
async def test_empty_bodies_are_empty_messages(
    server: Server, raw: bytes, encoding: str | None
) -> None:
    if raw.strip() and encoding == "deflate":
        raw = zlib.compress(raw)
    headers = {"Content-Encoding": encoding} if encoding and raw != b"  \r\n" else {}
    reply = await send(server, raw, headers=headers)
    assert (reply.status, reply.json) == (200, {})


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b"{} {}",
        b"{'a': 1}",
        b'{"events": [}',
        b'{"events": {}}',
        b'{"events": [[]]}',
        b'{"events": [null]}',
        b'{"events": ["appLaunched"]}',
        b'{"events": [{"name": 5}]}',
        b'{"events": [{"name": "appLaunched", "id": {}}]}',
        b'{"events": [{"name": "appLaunched", "metadata": "x"}]}',
        b'{"events": [{"name": "appLaunched", "metadata": ["x"]}]}',
        b'{"events": [{"name": "appLaunched", "value": {}}]}',
        b'{"events": [{"name": "appLaunched", "timestamp": []}]}',
        b'{"events": [{"name": "app\xff"}]}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"events":' * 1000 + b"[]" + b"}" * 1000,
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": 01}',
        b"\x00",
    ],
)
async def test_bodies_that_are_no_such_message(server: Server, raw: bytes) -> None:
    refused(await send(server, raw), 400, 3)
    assert await events_applied(server) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b'{"events":[{"name":"appLaunched","value":"\\ud800"}]}',
        b'{"events":[{"name":"appLaunched","metadata":{"\\udfff":"a"}}]}',
        b'{"events":[{"name":"\\ud800"}]}',
        b'{"events":[{"name":"appLaunched","id":"\\ud800"}]}',
        b'{"events":[{"name":"appLaunched","identity_id":"\\ud800\\ud800\\ud800"}]}',
        b'{"events":[{"name":"appLaunched","session_id":"\\ud800"}]}',
        b'{"events":[{"name":"appLaunched","metadata":{"a":{"b":"\\u0000"}}}]}',
        b'{"events":[{"name":"appLaunched","value":1e400}]}',
    ],
)
async def test_odd_texts_are_refused_and_the_rest_goes_on(server: Server, raw: bytes) -> None:
    reply = await send(server, raw)
    assert reply.status in {200, 400}
    assert (await send(server, BODY)).status == 200
    progress = await server.progress()
    assert progress.dead_letters == 0
    assert progress.events_applied == (1 if reply.status == 400 else 2)


async def test_an_error_names_the_field(server: Server) -> None:
    details = refused(await send(server, b'{"events": [{"name": 5}]}'), 400, 3)
    assert details == [{"field": "events[0].name", "problem": "Expected `str | null`, got `int`"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"id": None, "value": None, "metadata": None, "timestamp": None},
        {"id": "", "value": "", "timestamp": ""},
        {"metadata": {}},
        {"metadata": []},
        {"metadata": {"a": None}},
        {"identity_id": "", "session_id": "", "session_issued_at": "", "session_expires_at": ""},
        {"identity_id": None, "session_issued_at": None},
        {"identityId": None, "sessionId": None, "sessionIssuedAt": None},
        {"unknown": {"deep": [1, None]}, "no_session": False, "Name": 5},
        {"session_issued_at": 0, "session_expires_at": 0},
    ],
)
async def test_what_stands_for_nothing(server: Server, fields: dict[str, Any]) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    assert (await server.publish(token, {**LAUNCH, **fields})).status == 200
    computed = await server.computed(token)
    assert computed["appLaunchedCount"] == "1"
    assert computed["appLaunchedSeenLast"] == str(NOW)
    assert "appLaunchedValueLast" not in computed


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("text", "text"),
        (5, "5"),
        (-7, "-7"),
        (1.5, "1.5"),
        (3.0, "3.0"),
        (True, "true"),
        (False, "false"),
        (2**63, "9223372036854775808"),
        ("日本 \U0001f3ae", "日本 \U0001f3ae"),
        ("x" * 1024, "x" * 1024),
    ],
)
async def test_values_become_texts(server: Server, value: object, kept: str) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    assert (await server.publish(token, {**LAUNCH, "value": value})).status == 200
    assert (await server.computed(token))["appLaunchedValueLast"] == kept


@pytest.mark.parametrize(
    "metadata",
    [
        {"a": "b"},
        {"a": 1, "b": 2.5, "c": True},
        {"a": {"b": [1]}, "c": []},
        {str(number): "" for number in range(32)},
    ],
)
async def test_metadata_of_any_values(server: Server, metadata: dict[str, Any]) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    assert (await server.publish(token, {**LAUNCH, "metadata": metadata})).status == 200
    assert (await server.computed(token))["appLaunchedCount"] == "1"


@pytest.mark.parametrize(
    ("timestamp", "seconds"),
    [
        ("2023-11-14T22:13:19Z", NOW - 1),
        ("2023-11-14T23:13:19+01:00", NOW - 1),
        ("2023-11-14T16:43:19-05:30", NOW - 1),
        ("2023-11-14T22:13:19.6Z", NOW - 1),
        ("2023-11-14T22:13:19.602102Z", NOW - 1),
        ("2023-11-14T22:13:19.6021021Z", NOW - 1),
        ("2023-11-14T22:13:19.999999499Z", NOW - 1),
        ("2023-11-14t22:13:19z", NOW - 1),
        ("2023-11-14 22:13:19", NOW - 1),
        (NOW - 1, NOW - 1),
        (NOW - 0.5, NOW - 1),
        ((NOW - 1) * 1000, NOW - 1),
        ("1970-01-01T00:00:00Z", 0),
        (0, 0),
        ("1969-12-31T23:59:59Z", -1),
        ("0001-01-01T00:00:00Z", -62135596800),
        ("2023-11-14T22:18:20Z", NOW + 300),
        ("2023-11-14T22:18:21Z", NOW),
        ("9999-12-31T23:59:59Z", NOW),
        (253402300799, NOW),
        ("", NOW),
        (None, NOW),
    ],
)
async def test_timestamps(server: Server, timestamp: object, seconds: int) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    assert (await server.publish(token, {**LAUNCH, "timestamp": timestamp})).status == 200
    assert (await server.computed(token))["appLaunchedSeenLast"] == str(seconds)


@pytest.mark.parametrize(
    "timestamp",
    ["yesterday", "2023-11-14", "2023-13-14T22:13:19Z", True, 1e300, -1e300, "2023-W46-2", {}],
)
async def test_texts_that_are_no_times(server: Server, timestamp: object) -> None:
    token = (await server.authenticate("player-0001"))["token"]
    reply = await server.publish(token, LAUNCH, {**LAUNCH, "timestamp": timestamp})
    refused(reply, 400, 3)
    assert "appLaunchedCount" not in await server.computed(token)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/server-event",
        "//v1/server-event",
        "/v1//server-event",
        "/v1/server-event/",
        "/v1/server-event//",
        "/v1/server-event?",
        "/v1/server-event?&",
        "/v1/server-event?a=b&",
        "/any/prefix/v1/server-event",
        "/prefix//v1/server-event/",
    ],
)
async def test_paths(server: Server, path: str) -> None:
    reply = await server.request("POST", path, body={"events": [LAUNCH]}, auth=KEY)
    assert reply.status == 200
    assert await events_applied(server) == 1


async def test_a_base_path_for_every_route(tmp_path: Path) -> None:
    async with running(tmp_path, base_path="/liveops/") as server:
        for path in ("/liveops/healthcheck", "/healthcheck", "/liveops//healthcheck/"):
            assert (await server.request("GET", path)).status == 200
        refused(await server.request("GET", "/other/healthcheck"), 404, 5, "Not Found")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/server-event/x",
        "/v1/Server-Event",
        "/v1",
        "/v2/server-event",
        "/v1/server-event\x00",
        "/favicon.ico",
        "//",
        "/é",
    ],
)
async def test_unknown_paths(server: Server, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "BREW"):
        if path == "//" and method == "GET":
            continue  # The web console is there.
        reply = await server.request(method, path, auth=KEY)
        assert reply.status == 404


async def test_a_body_with_delete_and_get(server: Server) -> None:
    session = await server.authenticate("player-0001")
    token = bearer(session["token"])
    for raw in (b"{}", b"not json"):
        reply = await server.request("GET", "/v1/properties", raw=raw, auth=token)
        assert reply.status == 200
    reply = await server.request("DELETE", "/v1/identity", raw=b"{}", auth=token)
    assert (reply.status, reply.json) == (200, {})
