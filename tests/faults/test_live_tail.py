"""A live tail over a real server: it shows what comes, goes on after a break, and ends at once."""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer
from tests.support.served import Served, served

PATH = "/v1/console/event/tail"
CONSOLE = basic(SERVER_KEY)
STOP_SECONDS_MAX = 5.0


class Tail:
    """A tail on a connection of its own."""

    def __init__(self, server: Served, query: str = "", last: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        headers = {"authorization": CONSOLE, **({"last-event-id": last} if last else {})}
        self._connection.request("GET", f"{PATH}{query}", headers=headers)
        self.answer = self._connection.getresponse()
        if self.answer.status == 200:
            assert self.answer.headers["content-type"] == "text/event-stream"
            assert self.answer.readline().startswith(b":")

    def events(self) -> Iterator[tuple[str, str, Any]]:
        """The id, kind and data of each event as it comes."""
        fields: dict[str, str] = {}
        for line in self.answer:
            text = line.decode().rstrip("\n")
            if ": " in text:
                key, _, value = text.partition(": ")
                fields[key] = value
            elif "data" in fields:
                yield fields.get("id", ""), fields["event"], json.loads(fields["data"])
                fields = {}

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


def publish(server: Served, token: str, *names: str) -> None:
    server.request(
        "POST", "/v1/event", body={"events": [{"name": n} for n in names]}, auth=bearer(token)
    )


def test_a_tail_goes_on_after_a_break_and_ends_with_the_server(tmp_path: Path) -> None:
    with served(tmp_path / "data", tails_max=1) as server:
        token = server.authenticate("player-0001")["token"]
        tail = Tail(server, "?identity_id=player-0001&status=accepted")
        refused = Tail(server)
        assert refused.answer.status == 429
        assert refused.answer.headers["retry-after"] == "10"
        refused.close()
        publish(server, token, "gameStarted", "unknownEvent")
        last = ""
        for place, kind, data in tail.events():
            if data["name"] == "gameStarted":
                assert kind == "accepted"
                last = place
                break
        tail.close()
        publish(server, token, "gameFinished")
        # The server notices that the caller has gone, and there is room for the next.
        deadline = time.monotonic() + 5
        while (tail := Tail(server, last=last)).answer.status == 429:
            assert time.monotonic() < deadline
            tail.close()
            time.sleep(0.05)
        names = []
        for _place, kind, data in tail.events():
            names.append((kind, data["name"]))
            if data["name"] == "gameFinished":
                break
        assert names == [("rejected", "unknownEvent"), ("accepted", "gameFinished")]
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < STOP_SECONDS_MAX
        assert list(tail.events()) == []
        tail.close()


def test_only_asking_for_the_head_holds_nothing_open(tmp_path: Path) -> None:
    with served(tmp_path / "data", tails_max=1) as server:
        for _ in range(3):
            reply = server.request("HEAD", PATH, auth=CONSOLE)
            assert reply.status == 200
            assert reply.headers["content-type"] == "text/event-stream"
            assert reply.headers["x-accel-buffering"] == "no"
        assert server.request("GET", PATH, auth=basic(API_KEY)).status == 401
        assert server.request("GET", f"{PATH}?last_event_id=x", auth=CONSOLE).status == 400
