"""A player who was erased is in no byte of any file, whatever is killed meanwhile."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from matsuri.identities.erasure_model import digest_of
from matsuri.identities.sign_receipt import InvalidReceipt, verify_receipt
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer
from tests.support.processes import wait_for, worker_of
from tests.support.served import Served, served, start

_SEED = 20_261_123
_SCRUBBED_SECONDS_MAX = 60.0
QUICK: dict[str, Any] = {"erasure_scrub_seconds_min": 0.2, "log_segment_bytes_max": 1024 * 1024}
CONSOLE = basic(SERVER_KEY)
GUEST = "canary-guest-7d1f"
PLAYER = "canary-player-7d1f"


def send(server: Served, token: str, *events: dict[str, Any]) -> int:
    body = {"events": events}
    return server.request("POST", "/v1/event", body=body, auth=bearer(token)).status


def canary_events(number: int) -> list[dict[str, Any]]:
    """Events with something of the player's own in every place; the last one is refused."""
    return [
        {
            "name": "purchaseCompleted",
            "id": f"canary-event-{number}",
            "value": str(770_011_223_344 + number),
            "metadata": {"canary-key": f"canary-metadata-{number}"},
        },
        {"name": f"canary-undeclared-{number}", "id": f"canary-refused-{number}"},
    ]


def play(server: Served) -> list[str]:
    """A guest who becomes a player; what must not be found of both afterwards."""
    keep_windows(server)
    guest = server.authenticate(GUEST, default={"platform": "canary-platform"})
    put_on_list(server, GUEST, "include")
    for number in range(5):
        assert send(server, guest["token"], *canary_events(number)) == 400
    reply = server.request("PUT", "/v1/identify", body={"id": PLAYER}, auth=bearer(guest["token"]))
    assert reply.status == 200, reply.body
    token = reply.json["token"]
    put_on_list(server, PLAYER, "exclude")
    for number in range(5, 40):
        assert send(server, token, *canary_events(number)) == 400
    # A back-end script speaks of the player, once under an id that can name nobody.
    told = {
        "name": "gameStarted",
        "identity_id": PLAYER,
        "session_id": "canary-session-of-a-server",
    }
    lost = {"name": "canary-undeclared-x", "identity_id": f"{PLAYER}!", "id": "canary-lost"}
    body = {"events": [told, lost]}
    reply = server.request("POST", "/v1/server-event", body=body, auth=basic(API_KEY))
    assert reply.status == 400, reply.body
    values = [770_011_223_344 + number for number in range(40)]
    return ["canary-", "canary_", token.split(".")[2], *map(str, values), *sums_of(values)]


def keep_windows(server: Served) -> None:
    """Have the events of players kept for windows, with sums of their values."""
    asked = 'EventSum("purchaseCompleted", "7d") > 1 and EventLast("purchaseCompleted") > 1'
    body = {"name": "Big-Spenders", "filter": asked}
    path = "/v1/console/audience"
    assert server.request("POST", path, body=body, auth=CONSOLE).status == 200
    path += "/Big-Spenders"
    wait_for(lambda: not server.request("GET", path, auth=CONSOLE).json.get("window_backfill"))


def sums_of(values: list[int]) -> list[str]:
    """What windows keep of these values, one after another; not the first, which stands alone."""
    return [str(each) for each in accumulate(values)][1:]


def put_on_list(server: Served, identity_id: str, listing: str) -> None:
    body = {"entries": [{"identity_id": identity_id}]}
    path = f"/v1/console/audience/All-Spenders/{listing}"
    reply = server.request("PUT", path, body=body, auth=CONSOLE)
    assert reply.status == 200, reply.body


class Others:
    """Players beside: their books must balance, before and after."""

    def __init__(self, server: Served, count: int = 8) -> None:
        self.tokens = {
            f"neighbour-{number:04}": server.authenticate(f"neighbour-{number:04}")["token"]
            for number in range(count)
        }
        self.sent = dict.fromkeys(self.tokens, 0)

    def play(self, server: Served, times: int) -> None:
        for number in range(times):
            for name, token in self.tokens.items():
                event = {
                    "name": "purchaseCompleted",
                    "value": "3",
                    "id": f"{name}-{self.sent[name]}-{number}",
                }
                assert send(server, token, event) == 200
        for name in self.sent:
            self.sent[name] += times

    def check(self, server: Served) -> None:
        for name, token in self.tokens.items():
            wait_for(lambda t=token, n=name: count_of(server, t) == self.sent[n])
            assert computed(server, token)["purchaseCompletedValueSum"] == str(3 * self.sent[name])


def computed(server: Served, token: str) -> dict[str, str]:
    reply = server.request("GET", "/v1/properties", auth=bearer(token))
    assert reply.status == 200, reply.body
    found: dict[str, str] = reply.json["computed"]
    return found


def count_of(server: Served, token: str) -> int:
    return int(computed(server, token).get("purchaseCompletedCount", "0"))


def erasure(server: Served, erasure_id: str) -> dict[str, Any]:
    reply = server.request("GET", f"/v1/console/erasure/{erasure_id}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json
    return found


def erase(server: Served, identity_id: str) -> str:
    reply = server.request("DELETE", f"/v1/console/identity/{identity_id}", auth=CONSOLE)
    assert reply.status == 200, reply.body
    return str(reply.json["erasure_id"])


def wait_until_scrubbed(server: Served, erasure_id: str) -> dict[str, Any]:
    wait_for(
        lambda: erasure(server, erasure_id)["state"] == "scrubbed", seconds=_SCRUBBED_SECONDS_MAX
    )
    return erasure(server, erasure_id)


def occurrences(folder: Path, texts: list[str]) -> Iterator[tuple[str, str]]:
    """Where any of ``texts`` stands, in every byte of every file of the folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            for text in texts:
                if text.encode() in data:
                    yield path.name, text


def test_nothing_is_left_of_a_canary(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with served(folder, **QUICK) as server:
        others = Others(server)
        others.play(server, 5)
        canaries = play(server)
        others.play(server, 5)
        token = server.authenticate(PLAYER)["token"]
        wait_for(lambda: count_of(server, token) == 40)
        there = {text for _, text in occurrences(folder, canaries)}
        assert "canary-" in there
        assert there.intersection(canaries[-39:])
        assert server.request("DELETE", "/v1/identity", auth=bearer(token)).json == {}
        reply = server.request("GET", "/v1/console/erasure", auth=CONSOLE)
        (listed,) = reply.json["erasures"]
        others.play(server, 5)
        done = wait_until_scrubbed(server, listed["id"])
        assert list(occurrences(folder, canaries)) == []
        others.check(server)
        check_receipt(server, done)
        # The same id is a stranger's from now on.
        again = server.authenticate(PLAYER)
        assert "platform" not in again["properties"]["default"]
        assert server.request("GET", "/v1/properties", auth=bearer(token)).status == 401
        second = wait_until_scrubbed(server, erase(server, PLAYER))
        assert server.stop() == 0
    assert list(occurrences(folder, canaries)) == []
    assert second["requested_by"] == "server key default"
    with served(folder, **QUICK) as server:
        others.check(server)
        assert erasure(server, done["id"]) == done
        assert server.request("GET", "/v1/properties", auth=bearer(token)).status == 401


def check_receipt(server: Served, done: dict[str, Any]) -> None:
    assert done["requested_by"] == "player"
    key = server.request("GET", "/v1/console/erasure/key", auth=CONSOLE).json
    receipt = verify_receipt(done["signed_receipt"], key)
    assert receipt.identity_digest == digest_of(PLAYER, bytes.fromhex(receipt.salt)).hex()
    stores = {store.store: store for store in receipt.stores}
    assert {"history.db", "event log", "analytics", "other files", "control.db"} == stores.keys()
    assert all(store.matches_unexplained == 0 for store in receipt.stores)
    assert all(store.matches_of_others == 0 for store in receipt.stores)
    assert stores["history.db"].removed["rejected_events"] == 41
    # A day, perhaps two, and the last time.
    assert stores["history.db"].removed["event_windows"] in {2, 3}
    assert stores["event log"].removed["entries"] > 80
    assert stores["control.db"].removed == {
        "identities": 1,
        "identity_aliases": 1,
        "audience_entries": 2,
        "audience_change_ids": 2,
    }
    header, payload, signature = done["signed_receipt"].split(".")
    changed = ("B" if payload[40] == "A" else "A").join([payload[:40], payload[41:]])
    for forged in (f"{header}.{changed}.{signature}", f"{header}.{payload}.{signature[::-1]}"):
        with pytest.raises(InvalidReceipt):
            verify_receipt(forged, key)


@pytest.mark.slow
def test_it_goes_on_after_every_kill(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    chance = random.Random(_SEED)  # the same rounds every time
    server = start(folder, **QUICK)
    try:
        others = Others(server, count=3)
        others.play(server, 5)
        canaries = play(server)
        erasure_id = erase(server, PLAYER)
        # Without the rest between, most kills meet the erasure at another point of its work.
        for round_number in range(8):
            time.sleep(chance.uniform(0, 0.4))
            if round_number % 2:
                server.kill()
                server = start(folder, **QUICK)
            else:
                os.kill(worker_of(server), signal.SIGKILL)
        done = wait_until_scrubbed(server, erasure_id)
        assert done["receipt"]["runs"] >= 1
        others.play(server, 2)
        others.check(server)
        assert list(occurrences(folder, canaries)) == []
    finally:
        server.kill()


def test_the_command_erases_and_its_receipt_can_be_verified(tmp_path: Path) -> None:
    def matsuri(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "matsuri", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "MATSURI_SERVER_KEY": SERVER_KEY},
        )

    with served(tmp_path / "data", **QUICK) as server:
        server.authenticate(PLAYER)
        done = matsuri("erase", PLAYER, "--url", server.url)
        assert done.returncode == 0, done.stderr
        receipt = tmp_path / "receipt.json"
        receipt.write_text(done.stdout)
        again = matsuri("erase", PLAYER, "--url", server.url)
        assert (again.returncode, again.stderr) == (1, "matsuri: Identity not found\n")
        key = tmp_path / "key.json"
        key.write_bytes(server.request("GET", "/v1/console/erasure/key", auth=CONSOLE).body)
        asked = matsuri("verify-receipt", str(receipt), "--url", server.url)
        assert asked.returncode == 0, asked.stderr
    offline = matsuri("verify-receipt", str(receipt), "--key", str(key), "--identity", PLAYER)
    assert offline.returncode == 0, offline.stderr
    assert json.loads(offline.stdout) == json.loads(done.stdout)["receipt"]
    wrong = matsuri("verify-receipt", str(receipt), "--key", str(key), "--identity", "someone-else")
    assert wrong.returncode == 1
    changed = json.loads(done.stdout)
    changed["signed_receipt"] = changed["signed_receipt"][:-6] + "AAAAAA"
    receipt.write_text(json.dumps(changed))
    forged = matsuri("verify-receipt", str(receipt), "--key", str(key))
    assert forged.returncode == 1
