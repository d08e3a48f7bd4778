"""Folders and servers that come to say the same, through the commands that people give."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
import pytest
from click.testing import CliRunner

from matsuri.as_code.options import Connect
from matsuri.as_code.profiles import Place
from matsuri.cli import main
from matsuri.console_client import RefusedByServer
from tests.api.impact import ADMIN, console
from tests.api.running import NOW, Server, running
from tests.support.in_process import InProcess

HOUR = 3600
URL = "http://here"
ELSEWHERE = "http://elsewhere"
KEYS = ("MATSURI_SERVER_KEY", "MATSURI_FROM_KEY", "MATSURI_TO_KEY")


class Near:
    """What the console client is, of a server in this process."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop

    def call(
        self,
        method: str,
        *segments: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        path = "/".join(["/v1/console", *(quote(each, safe="") for each in segments)])
        asked = InProcess.request(
            self._server, method, f"{path}?{urlencode(query or {})}", body=body, auth=ADMIN
        )
        reply = asyncio.run_coroutine_threadsafe(asked, self._loop).result(timeout=60)
        if reply.status >= 400:
            told = reply.json
            raise RefusedByServer(told["message"], details=told["details"], status=reply.status)
        return reply.json


class Done(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Desk:
    """Somebody with a folder, a shell and servers by their addresses."""

    def __init__(self, folder: Path, servers: Mapping[str, Server]) -> None:
        self.folder = folder
        self.servers = servers

    async def give(self, *arguments: str, code: int = 0) -> Done:
        loop = asyncio.get_running_loop()

        def connect(place: Place) -> Near:
            return Near(self.servers[place.url], loop)

        def run() -> Done:
            ended = CliRunner().invoke(
                main,
                arguments,
                obj=Connect(connect),
                env=dict.fromkeys(KEYS, "k"),
            )
            if ended.exception is not None and not isinstance(ended.exception, SystemExit):
                raise ended.exception
            return Done(ended.exit_code, ended.stdout, ended.stderr)

        done = await asyncio.to_thread(run)
        assert done.code == code, done
        return done

    async def here(self, command: str, *arguments: str, code: int = 0) -> Done:
        """A command about the folder and the server at ``URL``."""
        return await self.give(
            command, f"--folder={self.folder}", f"--server={URL}", *arguments, code=code
        )

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def read(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")

    def paths(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.yaml")}


@pytest.fixture
def desk(server: Server, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "definitions", {URL: server})


async def furnish(server: Server) -> None:
    """One definition of every kind at least, each as odd as its kind lets it be."""
    for path, body in (
        ("taxonomy/label", {"name": "yes", "colour": "#00ff00", "description": "a: b # c"}),
        ("taxonomy/label", {"name": "日本: null", "description": "two\nlines\n"}),
        ("taxonomy/validator", {"name": "offer", "schema": {"type": "object", "minimum": 1.5}}),
        ("taxonomy/validator", {"name": "offers", "schema": {"items": {"$ref": "offer"}}}),
        ("taxonomy/event", {"name": "CON", "value_type": "numeric", "labels": ["yes"]}),
        ("taxonomy/event", {"name": "con"}),
        ("taxonomy/property", {"name": "spend", "value_type": "numeric"}),
        ("audience", {"name": "1e3", "filter": 'PropertiesCustom("spend", 0) > 5\n and true'}),
        ("audience", {"name": "All Fans", "filter": 'Audience("1e3")'}),
        (
            "flag",
            {
                "name": "Shop-Offer",
                "value": {"b": 1, "a": [1, 2.5, "1e3", None]},
                "validator": "offer",
                "variants": [
                    {"name": "whales", "value": {"x": 1}, "audiences": ["All Fans", "1e3"]},
                    {"name": "half", "value": '{"x": 1.50}', "rollout_percent": 50},
                ],
                "schedule": [{"at_time_sec": NOW + HOUR, "enabled": False}],
            },
        ),
        ("flag", {"name": "no", "value": "null", "description": "null"}),
        ("exclusion-group", {"name": "shop tests"}),
        ("holdout-group", {"name": "holdout", "holdout_permille": 50}),
        (
            "experiment",
            {
                "name": "Prices",
                "exclusion_group": "shop tests",
                "holdout_group": "holdout",
                "launched": True,
                "phases": [
                    {
                        "name": "one",
                        "start_time_sec": NOW - HOUR,
                        "end_time_sec": NOW + HOUR,
                        "audiences": [],
                        "variants": [
                            {"name": "control", "weight_permille": 500},
                            {
                                "name": "b",
                                "weight_permille": 500,
                                "value": 5,
                                "flags": [{"flag": "no", "value": True}],
                            },
                        ],
                    }
                ],
            },
        ),
        (
            "live-event",
            {
                "name": "Weekend",
                "schedule": {
                    "start_time_sec": NOW,
                    "reset_cron": "0 18 * * FRI",
                    "duration_sec": HOUR,
                    "player_local": True,
                },
                "flags": [{"flag": "no", "variants": [
                    {"name": "v", "value": [1], "audiences": ["1e3"]}
                ]}],
            },
        ),
    ):  # fmt: skip
        await console(server, "POST", path, body)
    await console(server, "PUT", "taxonomy/event/gameStarted", {"labels": ["yes"]})


async def said(server: Server) -> Any:
    """What a server tells of all its definitions, but for ids and versions."""
    reply = await InProcess.request(server, "GET", "/v1/console/definition", auth=ADMIN)
    told = msgspec.json.decode(reply.body)
    assert not told["left_out"]
    for each in told["definitions"]:
        del each["id"], each["version"]
        for phase in each["body"].get("phases", ()):
            del phase["id"]
    return told["definitions"]


async def test_a_folder_is_what_the_server_has_and_the_server_what_the_folder_says(
    desk: Desk, tmp_path: Path
) -> None:
    server = desk.servers[URL]
    await furnish(server)
    done = await desk.here("pull")
    assert done.out.endswith("27 new, 0 changed, 0 removed; the server is at version 27\n")
    assert desk.paths() >= {
        "flags/Shop-Offer.yaml",
        "flags/no.yaml",
        "labels/yes.yaml",
        "events/gameStarted.yaml",
        "exclusion-groups/shop-tests.yaml",
    }
    texts = {path: desk.read(path) for path in desk.paths()}
    assert "0 new, 0 changed" in (await desk.here("pull")).out
    assert {path: desk.read(path) for path in desk.paths()} == texts
    assert (await desk.here("diff")) == Done(0, "", "")
    async with running(tmp_path / "elsewhere", clock=server.clock) as other:
        # The same server again, but empty, says the same once the folder is applied to it.
        again = Desk(desk.folder, {URL: other})
        await again.here("diff", code=1)
        assert "published." in (await again.here("apply", "--yes", "--prune")).out
        assert await said(other) == await said(server)
        assert (await again.here("diff")) == Done(0, "", "")
