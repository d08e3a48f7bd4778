"""Stored membership as it is seen from outside, while processes come and go."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process import SERVER_KEY, basic, bearer
from tests.support.processes import kill_worker, wait_for
from tests.support.served import Served, served

CONSOLE = basic(SERVER_KEY)
PURCHASE = {"name": "purchaseCompleted", "value": "500"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "data") as it:
        yield it


def ask(server: Served, path: str) -> Any:
    reply = server.request("GET", f"/v1/console/{path}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    return reply.json


def members(server: Served, audience: str) -> set[str]:
    found = ask(server, f"audience/{audience}/members?pagination.limit=1000")["members"]
    return {each["identity_id"] for each in found}


def buy(server: Served, token: str) -> None:
    body = {"events": [PURCHASE]}
    reply = server.request("POST", "/v1/event", body=body, auth=bearer(token))
    assert reply.status == 200, reply.body


def all_passed(server: Served) -> bool:
    return bool(ask(server, "audience/All-Spenders/members")["complete"])


def test_a_player_enters_within_a_second_of_an_event(server: Served) -> None:
    token = server.authenticate("player-0001")["token"]
    wait_for(lambda: all_passed(server) and "player-0001" in members(server, "Non-Spenders"))
    buy(server, token)
    acknowledged = time.monotonic()
    wait_for(lambda: "player-0001" in members(server, "All-Spenders"))
    assert time.monotonic() - acknowledged < 1
    assert "player-0001" not in members(server, "Non-Spenders")


def test_recompute_is_done_when_the_answer_comes(server: Served) -> None:
    body = {"name": "On-Web", "filter": 'Properties("platform", "") == "Web"'}
    assert server.request("POST", "/v1/console/audience", body=body, auth=CONSOLE).status == 200
    token = server.authenticate("player-0001")["token"]
    wait_for(lambda: bool(ask(server, "audience/On-Web/members")["complete"]))
    for platform, expected in (("Web", {"player-0001"}), ("iOS", set())):
        update = {"default": {"platform": platform}, "recompute": True}
        reply = server.request("PUT", "/v1/properties", body=update, auth=bearer(token))
        assert reply.status == 200
        assert members(server, "On-Web") == expected


def test_whatever_the_worker_was_at_it_goes_on_after_it_was_killed(server: Served) -> None:
    tokens = {
        player: server.authenticate(player)["token"]
        for player in (f"player-{number:04}" for number in range(30))
    }
    for round_ in range(3):
        for token in tokens.values():
            buy(server, token)
        if round_ < 2:
            kill_worker(server)
    wait_for(lambda: members(server, "All-Spenders") == tokens.keys() and all_passed(server))
    counted = {each["name"]: each for each in ask(server, "audience")["audiences"]}
    assert counted["All-Spenders"]["member_count"] == len(tokens)
    assert counted["Non-Spenders"]["member_count"] == 0


def test_without_a_worker_properties_can_be_updated_all_the_same(tmp_path: Path) -> None:
    with served(tmp_path / "data", role="api") as server:
        token = server.authenticate("player-0001")["token"]
        update = {"default": {"platform": "Web"}, "recompute": True}
        reply = server.request("PUT", "/v1/properties", body=update, auth=bearer(token))
        assert (reply.status, reply.json) == (200, {})
        assert not ask(server, "audience/New-Players/members")["complete"]
