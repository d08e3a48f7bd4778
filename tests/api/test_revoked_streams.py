"""A stream of events ends with the right of who opened it."""

import asyncio
from typing import Any

import pytest

from matsuri.errors import Unauthenticated, Unavailable
from matsuri.web import rights
from matsuri.web.rights import until_revoked
from matsuri.web.routes import Auth, Request
from tests.api.running import Server
from tests.support.in_process import SERVER_KEY, basic

_REQUEST = Request(method="GET", path="/", headers=[], address="", request_id="test")


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "_LOOK_SECONDS", 0.01)


async def tail_key(server: Server) -> Any:
    reply = await server.request(
        "POST",
        "/v1/console/serverkey",
        body={"name": "tail", "permissions": ["event:read"]},
        auth=basic(SERVER_KEY),
    )
    assert reply.status == 200, reply.body
    return reply.json


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/disable", None),
        ("DELETE", "", None),
        ("PUT", "", {"permissions": ["flag:read"]}),
    ],
)
async def test_a_live_tail_ends_with_the_key_that_opened_it(
    server: Server, method: str, path: str, body: Any
) -> None:
    key = await tail_key(server)
    tail = asyncio.create_task(
        super(Server, server).request(
            "GET", "/v1/console/event/tail", auth=basic(key["value"]), stays=True
        )
    )
    await asyncio.sleep(0.1)
    assert not tail.done()
    changed = await server.request(
        method, f"/v1/console/serverkey/{key['id']}{path}", body=body, auth=basic(SERVER_KEY)
    )
    assert changed.status == 200, changed.body
    async with asyncio.timeout(5):
        assert (await tail).status == 200


async def test_what_tells_nothing_of_the_caller_ends_no_stream() -> None:
    answers = [None, Unavailable("The database does not answer"), None, Unauthenticated("Gone")]
    asked: list[Request] = []

    async def resolve(request: Request) -> None:
        asked.append(request)
        answer = answers[len(asked) - 1]
        if answer is not None:
            raise answer

    async with asyncio.timeout(5):
        await until_revoked(Auth(resolve, ("ServerKey",)), _REQUEST)
    assert asked == [_REQUEST] * 4
