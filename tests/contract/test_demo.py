"""``matsuri demo`` against a running server: there is something on every screen, once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.in_process import API_KEY, SERVER_KEY, basic
from tests.support.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


def run_demo(server: Served, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "matsuri", "demo", "--server", server.url, *flags],
        env={"MATSURI_SERVER_KEY": SERVER_KEY, "MATSURI_API_KEY": API_KEY},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def console(server: Served, path: str) -> Any:
    reply = server.request("GET", f"/v1/console/{path}", auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return reply.json


def test_the_demo_fills_every_screen_and_a_second_run_adds_nothing(server: Served) -> None:
    for made in ("21 definitions", "0 definitions"):
        done = run_demo(server, "--players", "60", "--weeks", "2")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(made), done.stdout
        assert "60 players" in done.stdout
    for path, plural in (
        ("audience", "audiences"),
        ("flag", "flags"),
        ("experiment", "experiments"),
        ("live-event", "live_events"),
        ("taxonomy/event", "events"),
    ):
        found = console(server, f"{path}?search.name.like=Demo-&pagination.limit=1000")[plural]
        assert found or path == "taxonomy/event", path
    assert len(console(server, "taxonomy/debugger/group")["groups"]) == 3
    (waiting,) = console(server, "change-set")["change_sets"]
    assert waiting["change_count"] == 2
    diff = console(server, f"change-set/{waiting['id']}/diff")
    assert diff["ready"], diff
    participants = console(server, "experiment/Demo-Short-Tutorial")["phases"][0]
    assert participants["state"] == "running"
    assert len(console(server, "identity?pagination.limit=1000")["identities"]) == 60


def test_a_wrong_key_is_told(server: Served) -> None:
    done = run_demo(server, "--server-key", "nobody")
    assert done.returncode == 1
    assert done.stderr.startswith("matsuri: ") or "matsuri: " in done.stderr
    assert "Traceback" not in done.stderr
