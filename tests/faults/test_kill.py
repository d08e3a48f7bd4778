"""The promise that matters most: an acknowledged event counts, once, whatever is killed when."""

import contextlib
import http.client
import json
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process import API_KEY, basic, bearer
from tests.support.processes import wait_for, worker_of
from tests.support.served import Served, served, start

_SEED = 20_260_131
_LOAD_SECONDS = 1.5
_SENDERS = 6
_EVENTS_MAX = 20
_RESENT_SHARE = 0.3
_SIGN_IN_SHARE = 0.05
_APPLIED_SECONDS_MAX = 30.0
_GONE = (ConnectionError, http.client.HTTPException, TimeoutError)


@dataclass
class Sent:
    """One request of events: which of a sender's players, and what was in it."""

    player: int
    events: list[dict[str, str]]


@dataclass
class Player:
    """What must, and what may, be on a player's profile.

    ``values`` is by event id. Without ids, what was not acknowledged may count or not: ``surely``
    and ``maybe`` are counts of such events, and the same goes for sessions.
    """

    id: str
    token: str
    sessions: int = 1
    maybe_sessions: int = 0
    values: dict[str, int] = field(default_factory=dict)
    surely: int = 0
    maybe: int = 0


class Sender:
    """One connection of a game server's: sends batches for players of its own, and keeps books.

    The first player's events have ids, the second's have none, and the third's have ids and some
    of them are sent twice at once.
    """

    def __init__(self, server: Served, number: int) -> None:
        self._number = number
        self._random = random.Random(_SEED + number)  # the same load every time
        self.acknowledged: list[Sent] = []
        self.unacknowledged: list[Sent] = []
        self.refused: list[object] = []
        self.players = [self._new_player(server, index) for index in range(3)]

    def _new_player(self, server: Served, index: int) -> Player:
        name = f"player-{self._number}-{index}"
        return Player(name, server.authenticate(name)["token"])

    def send_until(self, server: Served, stop: threading.Event) -> None:
        """Send batch after batch until the server goes away or ``stop`` is set."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
        try:
            while not stop.is_set():
                if self._random.random() < _SIGN_IN_SHARE and not self._sign_in(server):
                    return
                sent = self._next()
                try:
                    answer = self._exchange(connection, sent)
                except _GONE:
                    self.unacknowledged.append(sent)
                    return
                if answer == 200:
                    self.acknowledged.append(sent)
                else:
                    self.refused.append(answer)
        finally:
            connection.close()

    def resend(self, server: Served) -> None:
        """What a client does that had no answer, and what one does that lost the answer."""
        retried = [sent for sent in self.unacknowledged if sent.player != 1]
        lost = [sent for sent in self.acknowledged if sent.player != 1]
        again = self._random.sample(lost, int(len(lost) * _RESENT_SHARE))
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
        with contextlib.closing(connection):
            for sent in self._random.sample(retried + again, len(retried) + len(again)):
                assert self._exchange(connection, sent) == 200
        # The books of this round are closed: everything in them is settled now.
        for sent in self.acknowledged + self.unacknowledged:
            if sent.player != 1:
                player = self.players[sent.player]
                player.values |= {event["id"]: int(event["value"]) for event in sent.events}
        nameless = self.players[1]
        nameless.surely += sum(len(s.events) for s in self.acknowledged if s.player == 1)
        nameless.maybe += sum(len(s.events) for s in self.unacknowledged if s.player == 1)
        self.acknowledged, self.unacknowledged = [], []

    def _sign_in(self, server: Served) -> bool:
        """A new session of one player, whose token is the one to be used; whether it came."""
        player = self._random.choice(self.players)
        try:
            player.token = server.authenticate(player.id)["token"]
        except _GONE:
            player.maybe_sessions += 1
            return False
        player.sessions += 1
        return True

    def _next(self) -> Sent:
        index = self._random.randrange(len(self.players))
        events = [
            {"name": "purchaseCompleted", "value": str(self._random.randint(1, 1000))}
            for _ in range(self._random.randint(1, _EVENTS_MAX))
        ]
        if index != 1:
            for event in events:
                event["id"] = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        if index == 2:
            events += events[: self._random.randint(1, len(events))]
        return Sent(index, events)

    def _exchange(self, connection: http.client.HTTPConnection, sent: Sent) -> Any:
        body = json.dumps({"events": sent.events})
        auth = bearer(self.players[sent.player].token)
        connection.request("POST", "/v1/event", body=body, headers={"authorization": auth})
        answer = connection.getresponse()
        told = answer.read()
        return 200 if answer.status == 200 else (answer.status, told)


@contextlib.contextmanager
def load(senders: list[Sender], server: Served) -> Iterator[None]:
    """All senders at work; they end when the server does, or with this."""
    stop = threading.Event()
    threads = [threading.Thread(target=s.send_until, args=(server, stop)) for s in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def kill(server: Served, what: str) -> None:
    """Without the API, the worker finishes what it is at; the next server's waits for it."""
    if what != "api":
        os.kill(worker_of(server), signal.SIGKILL)
    if what != "worker":
        server.kill()


def computed(server: Served, player: Player) -> dict[str, str]:
    reply = server.request("GET", "/v1/properties", auth=bearer(player.token))
    assert reply.status == 200, reply.body
    found: dict[str, str] = reply.json["computed"]
    return found


def check(server: Served, player: Player, *, with_ids: bool) -> None:
    found = computed(server, player)
    assert found["identityCreateCount"] == "1", player.id
    sessions = int(found["sessionStartCount"])
    assert player.sessions <= sessions <= player.sessions + player.maybe_sessions, player.id
    if with_ids:
        assert found["purchaseCompletedCount"] == str(len(player.values)), player.id
        assert found["purchaseCompletedValueSum"] == str(sum(player.values.values())), player.id
    else:
        count = int(found["purchaseCompletedCount"])
        assert player.surely <= count <= player.surely + player.maybe, player.id


def wait_until_applied(server: Served) -> None:
    """Until a mark that was sent last is on its profile: the log is applied in order."""
    mark = f"mark-{uuid.uuid4()}"
    body = {"events": [{"name": "gameFinished", "identity_id": mark}]}
    reply = server.request("POST", "/v1/server-event", body=body, auth=basic(API_KEY))
    assert reply.status == 200, reply.body
    player = Player(mark, server.authenticate(mark)["token"])
    wait_for(
        lambda: {"gameFinishedCount", "sessionStartCount"} <= computed(server, player).keys(),
        seconds=_APPLIED_SECONDS_MAX,
    )


@pytest.mark.slow
def test_every_acknowledged_event_counts_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    chance = random.Random(_SEED)  # the same rounds every time
    senders: list[Sender] = []
    killed_with_work_under_way = 0
    for what in ("api", "both", "worker", "api"):
        # Small files and small stretches: kills meet new segments and half-applied logs as well.
        settings: dict[str, Any] = {
            "log_segment_bytes_max": 1024 * 1024,
            "pipeline_read_bytes_max": 16 * 1024,
        }
        with served(folder, **settings) as server:
            if not senders:
                senders = [Sender(server, number) for number in range(_SENDERS)]
            with load(senders, server):
                time.sleep(_LOAD_SECONDS * chance.uniform(0.3, 1))
                kill(server, what)
                if what == "worker":
                    time.sleep(_LOAD_SECONDS / 2)
            assert [sender.refused for sender in senders] == [[] for _ in senders]
            assert all(sender.acknowledged for sender in senders)
            killed_with_work_under_way += sum(len(sender.unacknowledged) for sender in senders)
            if what == "worker":
                # The API went on without it and started another; now all of it goes.
                worker_of(server)
                server.kill()
        if what == "both":
            # Once is not enough: it dies again as soon as it has started.
            start(folder, **settings).kill()
        with served(folder, **settings) as server:
            # With the tokens that the server gave before it was killed.
            for sender in senders:
                sender.resend(server)
            wait_until_applied(server)
            for sender in senders:
                for index, player in enumerate(sender.players):
                    check(server, player, with_ids=index != 1)
            if what == "both":
                assert server.stop() == 0
            else:
                server.kill()
    assert killed_with_work_under_way > 0


def test_what_was_promised_to_the_log_reaches_it_after_a_kill(tmp_path: Path) -> None:
    """A log that takes nothing stands for a server that is killed just before it writes."""
    folder = tmp_path / "data"
    server = start(folder, log_pending_bytes_max=1)
    try:
        for _ in range(3):
            token = server.authenticate("player-0001")["token"]
        body = {"events": [{"name": "gameStarted"}]}
        reply = server.request("POST", "/v1/event", body=body, auth=bearer(token))
        assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, 14, "1")
        player = Player("player-0001", token)
        assert computed(server, player) == {}
    finally:
        server.kill()
    for _ in range(2):
        with served(folder) as server:
            wait_until_applied(server)
            found = computed(server, player)
            assert (found["identityCreateCount"], found["sessionStartCount"]) == ("1", "3")
            assert "gameStartedCount" not in found
