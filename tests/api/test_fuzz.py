"""Whatever a caller sends, the answer is the contract's: never a 5xx, a stack trace or a hang."""

import asyncio
import base64
import gzip
import json
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matsuri.identities.tokens import Claims, TokenSigner
from tests.support.in_process import (
    API_KEY,
    EMAIL,
    SERVER_KEY,
    SIGNING_KEY,
    InProcess,
    Reply,
    basic,
    bearer,
    in_process,
)

ROUTES = [
    ("GET", "/healthcheck"),
    ("GET", "/readycheck"),
    ("POST", "/v1/authenticate"),
    ("POST", "/v1/authenticate/refresh"),
    ("POST", "/v1/authenticate/logout"),
    ("PUT", "/v1/identify"),
    ("DELETE", "/v1/identity"),
    ("GET", "/v1/properties"),
    ("PUT", "/v1/properties"),
    ("POST", "/v1/event"),
    ("POST", "/v1/server-event"),
    ("POST", "/v1/console/authenticate"),
    ("POST", "/v1/console/apikey"),
]
SECONDS_MAX = 10.0
FIELDS = [
    *("id", "default", "custom", "no_session", "refresh_token", "refreshToken", "token"),
    *("recompute", "events", "name", "value", "metadata", "timestamp", "identity_id"),
    *("identityId", "session_id", "session_issued_at", "sessionExpiresAt", "email", "password"),
]
ODD_TEXTS = [
    "\x00",
    "\ud800",
    "a\u202eb",
    "\U0001d518\U0001d52b\U0001d526" * 40,
    "A" * 2000,
    "1e999999",
    "-0",
    "NaN",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999999999-14:00",
    "2026-11-23T10:00:19.602102Z",
    "../../etc/passwd",
    "'; DROP TABLE identities; --",
    "00000000-0000-0000-0000-000000000000",
    "gameStarted",
    "purchaseCompleted",
    "_sessionStart",
]


class Server:
    """One server for every example, on a loop of its own."""

    def __init__(self, runner: asyncio.Runner, server: InProcess) -> None:
        self._runner = runner
        self._server = server
        self.clock = server.clock

    def request(self, method: str, path: str, **how: Any) -> Reply:
        async def send() -> Reply:
            async with asyncio.timeout(SECONDS_MAX):
                return await self._server.request(method, path, **how)

        return self._runner.run(send())

    def session(self) -> Any:
        return self._runner.run(self._server.authenticate("player-fuzz-1"))

    def applied(self) -> Any:
        """Let the pipeline apply everything; its progress then."""

        async def settle() -> Any:
            await self._server.settle()
            return await self._server.pipeline.progress()

        return self._runner.run(settle())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        # Throttled sign-ins would hide what lies behind the throttle.
        opened = in_process(Path(folder), sign_in_failures_max=10**9, accept_undeclared=True)
        node = runner.run(stack.enter_async_context(opened))
        yield Server(runner, node)
        runner.run(stack.aclose())


def jwt(header: object, claims: object, signature: str = "") -> str:
    """A token with any header and claims."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header)}.{part(claims)}.{signature}"


def good_token(now: int) -> str:
    """A token as a game server signs it."""
    claims = Claims(iid="player-fuzz-1", exp=now + 600, iat=now, api="default")
    return TokenSigner(SIGNING_KEY).sign(claims)


def tokens(now: int) -> st.SearchStrategy[str]:
    """Tokens that are forged, expired, foreign, unsigned, or no tokens at all; and good ones."""
    good = good_token(now)
    claims = Claims(iid="player-fuzz-1", exp=now + 600, iat=now, api="default")
    expired = TokenSigner(SIGNING_KEY).sign(Claims(iid="player-fuzz-1", exp=now - 1, api="default"))
    foreign = TokenSigner("another key, long enough for HS256 to take").sign(claims)
    unsigned = jwt({"alg": "none", "typ": "JWT"}, {"iid": "player-fuzz-1", "exp": now + 600})
    odd_headers = st.fixed_dictionaries(
        {"alg": st.sampled_from(["HS256", "none", "RS256", ""])},
        optional=dict.fromkeys(("crit", "typ", "kid", "jwk", "b64", "cty", "zip"), json_values),
    )
    odd_claims = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("iid", "sid", "exp", "iat", "api"), json_values)
    )
    return st.one_of(
        st.sampled_from([good, expired, foreign, unsigned, good[:-2], good + ".", "", "a.b.c"]),
        st.builds(jwt, odd_headers, odd_claims, st.just("AAAA")),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80),
    )


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from(ODD_TEXTS),
        st.text(max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=6), inner, max_size=5),
    ),
    max_leaves=12,
)
messages = st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6)
plausible_events = st.fixed_dictionaries(
    {"name": st.sampled_from(["gameStarted", "purchaseCompleted", "undeclared"])},
    optional=dict.fromkeys(("id", "value", "metadata", "timestamp"), json_values),
)
event_messages = st.fixed_dictionaries(
    {"events": st.lists(plausible_events | messages | json_values, max_size=4)}
)
bodies = st.one_of(
    messages.map(lambda value: json.dumps(value).encode()),
    event_messages.map(lambda value: json.dumps(value).encode()),
    json_values.map(lambda value: json.dumps(value).encode()),
    messages.map(lambda value: gzip.compress(json.dumps(value).encode())),
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"",
            b"{",
            b"[" * 100_000,
            b'{"events":' * 3000,
            b'{"a":1,"a":2}',
            b'{"id":"\\ud800\\u0000"}',
            b'{"id":"\xff\xfe"}',
            b'{"events":[' + b"{}," * 1500 + b"{}]}",
            b"x" * (1024 * 1024 + 1),
            gzip.compress(b" " * (8 * 1024 * 1024), mtime=0),
            gzip.compress(b'{"id":"player-0001"}', mtime=0)[:-4],
            b"9" * 5000,
        ]
    ),
)


def test_every_answer_is_the_contracts(server: Server) -> None:
    @settings(
        max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(data=st.data(), route=st.sampled_from(ROUTES), body=bodies)
    def examples(data: st.DataObject, route: tuple[str, str], body: bytes) -> None:
        now = server.clock.now_us() // 1_000_000
        headers = {}
        if data.draw(st.booleans(), label="past authentication"):
            route = data.draw(st.sampled_from([r for r in ROUTES if "event" in r[1]]))
            body = json.dumps(data.draw(event_messages)).encode()
            auth = data.draw(st.sampled_from([basic(API_KEY), bearer(good_token(now))]))
        else:
            keys = [basic(API_KEY), basic(SERVER_KEY), f"Bearer {API_KEY}", "Basic", "x"]
            auth = data.draw(st.one_of(st.none(), st.sampled_from(keys), tokens(now).map(bearer)))
            encoding = data.draw(st.sampled_from(["", "gzip", "deflate", "br", "identity"]))
            headers = {"content-encoding": encoding} if encoding else {}
        reply = server.request(*route, raw=body, auth=auth, headers=headers, chunks=3)
        statuses.add(reply.status)
        check(reply)

    statuses: set[int] = set()
    server.session()
    examples()
    assert {200, 400, 401} <= statuses
    # Nothing that got through may have become a dead letter.
    progress = server.applied()
    assert progress.dead_letters == 0
    assert progress.events_applied > 2
    session = server.session()
    assert server.request("GET", "/v1/properties", auth=bearer(session["token"])).status == 200


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "BREW"]),
    path=st.text(max_size=60).map(lambda text: "/" + text)
    | st.lists(st.sampled_from(["v1", "event", "/", "..", "%2f", "authenticate", ""])).map(
        lambda parts: "/" + "/".join(parts)
    ),
)
def test_any_path_and_method(server: Server, method: str, path: str) -> None:
    check(server.request(method, path), empty=method == "HEAD")


def check(reply: Reply, *, empty: bool = False) -> None:
    assert reply.status < 500, reply.body
    assert b"Traceback" not in reply.body
    assert EMAIL.encode() not in reply.body
    if reply.headers["content-type"].startswith("text/html"):
        # The console's page, which is for its own origin; 404 where the console was not built.
        assert reply.status in {200, 404}
        return
    assert reply.headers["access-control-allow-origin"] == "*"
    if reply.headers["content-type"] != "application/json" or empty:
        assert reply.status == 200 or empty
        return
    answer = reply.json
    assert isinstance(answer, dict)
    if reply.status != 200:
        assert set(answer) == {"code", "message", "details"}
        assert isinstance(answer["code"], int)
        assert answer["message"]
        assert isinstance(answer["details"], list)
