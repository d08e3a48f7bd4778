"""A server that answers as it is told to, for what sends to one."""

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from matsuri.transfer.server_client import Answer

Items = list[dict[str, Any]]
Judge = Callable[[Items], Answer]


def takes_all(_items: Items) -> Answer:
    return Answer(200, b"{}")


def refuses(bad: Callable[[dict[str, Any]], bool]) -> Judge:
    """Refuses such events, and takes the others."""

    def judge(items: Items) -> Answer:
        details = [
            {"index": index, "reason": "INVALID_NAME", "problem": "is not declared"}
            for index, item in enumerate(items)
            if bad(item)
        ]
        if not details:
            return Answer(200, b"{}")
        return Answer(400, msgspec.json.encode({"message": "bad", "details": details}))

    return judge


class FakeServer:
    """Keeps what it was sent in ``taken``, request by request."""

    def __init__(self, judge: Judge = takes_all) -> None:
        self._judge = judge
        self._lock = threading.Lock()
        self.taken: list[Items] = []
        self.stopped = False

    def post(self, path: str, body: bytes) -> Answer:
        """See ``Poster``."""
        [(plural, items)] = msgspec.json.decode(body).items()
        assert plural in path or path == "/v1/server-event" or path.endswith("/import")
        with self._lock:
            answer = self._judge(items)
            self.taken.append(items)
        return answer

    def stop(self) -> None:
        """See ``Poster``."""
        self.stopped = True

    def ids(self) -> list[str]:
        """The id of everything that was sent, sorted."""
        return sorted(item["id"] for items in self.taken for item in items)
