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
from tests.api.running import NOW, Server, refused, running
from tests.support.in_process import InProcess, basic

HOUR = 3600
URL = "http://here"
ELSEWHERE = "http://elsewhere"
KEYS = ("MATSURI_SERVER_KEY", "MATSURI_FROM_KEY", "MATSURI_TO_KEY")


class Near:
    """What the console client is, of a server in this process."""

    auth = ADMIN

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
            self._server, method, f"{path}?{urlencode(query or {})}", body=body, auth=self.auth
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
                "name": "Raid",
                "schedule": {"start_time_sec": NOW, "end_time_sec": NOW + 24 * HOUR},
                "value": "1.50",
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
    assert done.out.endswith("28 new, 0 changed, 0 removed; the server is at version 28\n")
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


async def test_what_changes_is_told_and_for_how_many_players(desk: Desk) -> None:
    server = desk.servers[URL]
    for number in range(3):
        await server.authenticate(f"player-{number}")
    await console(server, "POST", "flag", {"name": "Shop", "value": 1})
    await server.settle()
    await desk.here("pull")
    desk.write("flags/Shop.yaml", "name: Shop\nvalue: 2 # more\nenabled: true\n")
    done = await desk.here("plan")
    assert done.out.splitlines()[:4] == [
        "~ flag Shop",
        "    value: 1 -> 2",
        "0 to create, 1 to change, 0 to delete",
        "Something changes for 3 of 3 players.",
    ]
    assert "    3: 1 -> 2" in done.out.splitlines()
    shown = await desk.here("diff", "--json", code=1)
    assert msgspec.json.decode(shown.out) == {
        "changes": [
            {
                "kind": "flag",
                "name": "Shop",
                "action": "update",
                "differences": [{"path": "value", "before": 1, "after": 2}],
            }
        ]
    }
    assert (await desk.here("diff", code=1)).out.splitlines() == [
        "flag Shop",
        "   name: Shop",
        "  -value: 1",
        "  +value: 2",
    ]
    await desk.here("apply", "--yes", "--note=Prices go up")
    assert (await console(server, "GET", "flag/Shop"))["value"] == "2"
    history = await console(server, "GET", "flag/Shop/revision")
    assert history["revisions"][0]["changed_by"] == "server_key:default"
    assert (await desk.here("apply", "--yes")).out == "Nothing to change.\n"


async def test_what_is_wrong_is_told_with_file_and_line_and_changes_nothing(desk: Desk) -> None:
    server = desk.servers[URL]
    await console(server, "POST", "taxonomy/validator", {"name": "small", "schema": {"maximum": 5}})
    desk.write("flags/a.yaml", "name: a\nvalue: 9\nvalidator: small\n")
    desk.write(
        "flags/b.yaml",
        "name: b\nvariants:\n  - name: one\n    value: 1\n    audiences:\n"
        "      - There\n      - Not\n",
    )
    desk.write("audiences/c.yaml", "name: There\nfilter: |\n  1 +\n")
    desk.write("labels/good.yaml", "name: good\n")
    done = await desk.here("apply", "--yes", code=1)
    # What cannot be without another wrong one is not told as well.
    assert [line.partition(": ")[0] for line in done.err.splitlines() if ".yaml" in line] == [
        "audiences/c.yaml:2",
        "flags/a.yaml:2",
    ]
    assert "is not what validator small asks for" in done.err
    desk.write("audiences/c.yaml", "name: There\nfilter: Sample(10)\n")
    assert "flags/b.yaml:7: variants[0].audiences[1]" in (await desk.here("plan", code=1)).err
    names = [each["name"] for each in await said(server)]
    assert "good" not in names


@pytest.mark.parametrize(
    ("path", "text", "said_"),
    [
        ("flags/a.yaml", "name: a\nvalu: 5\n", "flags/a.yaml:2: Additional properties"),
        ("flags/a.yaml", "value: 5\n", 'flags/a.yaml:1: "name" is a required property'),
        ("flags/a.yaml", "name: a\nvalue: [1\n", "flags/a.yaml:3: "),
        ("flags/a.yaml", "name: a\nvalue: null\n", "flags/a.yaml:2: value: null is not"),
        ("flags/a.yaml", "name: a\nname: b\n", "flags/a.yaml:2: 'name' is there twice"),
        ("flags/a.yaml", "", "flags/a.yaml:1: null is not of type"),
        (
            "flags/a.yaml",
            "name: a\nschedule:\n  - at_time: 2026-11-24\n",
            "flags/a.yaml:3: schedule[0].at_time: is no time",
        ),
        (
            "live-events/a.yaml",
            "name: a\nschedule:\n  start_time: 2026-11-24T00:00:00\n",
            "live-events/a.yaml:3: schedule.start_time: has no zone",
        ),
        ("flag/a.yaml", "name: a\n", "flag/a.yaml: is in no folder of definitions: labels, "),
        ("a.yaml", "name: a\n", "a.yaml: is in no folder of definitions"),
        ("flags/.hidden.yaml", "[", "flags/broken.yaml:1: null is not"),
        ("flags/b.yml", "name: twice\n", "flags/twice.yaml:1: flag 'twice' is in flags/b.yml"),
        (
            "events/gameStarted.yaml",
            "name: gameStarted\nvalue_type: any\n",
            "events/gameStarted.yaml:1: value_type: event 'gameStarted' comes with the server",
        ),
    ],
)
async def test_a_file_that_cannot_be_is_told_with_its_line(
    desk: Desk, path: str, text: str, said_: str
) -> None:
    desk.write("flags/twice.yaml", "name: twice\n" if path.endswith("yml") else "name: other\n")
    desk.write(path, text)
    if ".hidden" in path:
        desk.write("flags/broken.yaml", "")
    for command, code in (("plan", 1), ("diff", 2)):
        assert (await desk.here(command, code=code)).err.startswith(said_)


async def test_a_plan_holds_only_on_the_definitions_that_it_was_made_on(
    desk: Desk, tmp_path: Path
) -> None:
    server = desk.servers[URL]
    kept = str(tmp_path / "plan.json")
    desk.write("labels/a.yaml", "name: a\n")
    await desk.here("plan", f"--out={kept}")
    await console(server, "POST", "taxonomy/label", {"name": "other"})
    done = await desk.here("apply", kept, "--yes", code=1)
    assert "have changed since the plan was made" in done.err
    await desk.here("plan", f"--out={kept}")
    assert "published." in (await desk.here("apply", kept, "--yes")).out
    assert (await console(server, "GET", "taxonomy/label/a"))["name"] == "a"
    desk.servers = {**desk.servers, ELSEWHERE: server}
    elsewhere = await desk.give("apply", kept, f"--server={ELSEWHERE}", "--yes", code=2)
    assert f"This plan is for {URL}" in elsewhere.err
    (tmp_path / "plan.json").write_text("{}")
    assert "this is no plan" in (await desk.here("apply", kept, code=1)).err
    desk.write("labels/b.yaml", "name: b\n")
    assert "Nobody is there to be asked" in (await desk.here("apply", code=2)).err


async def test_what_is_only_on_the_server_goes_only_if_it_is_to(desk: Desk) -> None:
    server = desk.servers[URL]
    await console(server, "POST", "taxonomy/label", {"name": "old"})
    await console(server, "POST", "audience", {"name": "Fans", "filter": "Sample(5)"})
    await console(server, "PUT", "taxonomy/event/gameStarted", {"labels": ["old"]})
    variant = {"name": "v", "value": 1, "audiences": ["Fans"]}
    await console(server, "POST", "flag", {"name": "Shop", "value": 0, "variants": [variant]})
    await desk.here("pull")
    for path in ("labels/old", "audiences/Fans", "events/gameStarted", "flags/Shop"):
        (desk.folder / f"{path}.yaml").unlink()
    done = await desk.here("plan")
    assert done.out == "Nothing to change.\n"
    assert len(done.err.splitlines()) == 4
    await desk.here("apply", "--prune", "--yes", "--only=flags/Sh*")
    assert "published." in (await desk.here("apply", "--prune", "--yes")).out
    there = {(each["kind"], each["name"]) for each in await said(server)}
    assert not there & {("label", "old"), ("audience", "Fans"), ("flag", "Shop")}
    assert (await console(server, "GET", "taxonomy/event/gameStarted"))["labels"] == []
    desk.write("labels/mine.yaml", "name: mine\n")
    assert "labels/mine.yaml is only here" in (await desk.here("pull")).err
    assert "- labels/mine.yaml" in (await desk.here("pull", "--prune")).out
    assert not (desk.folder / "labels/mine.yaml").exists()


async def test_some_are_promoted_with_what_they_refer_to(desk: Desk, tmp_path: Path) -> None:
    await furnish(desk.servers[URL])
    clock = desk.servers[URL].clock
    async with running(tmp_path / "elsewhere", clock=clock) as other:
        desk.servers = {**desk.servers, ELSEWHERE: other}
        promote = ("promote", f"--from={URL}", f"--to={ELSEWHERE}")
        seen = await desk.give(*promote, "--only=flags/Shop-*", "--plan-only")
        assert {line for line in seen.out.splitlines() if line.startswith("+")} == {
            "+ validator offer",
            "+ property spend",
            "+ audience 1e3",
            "+ audience All Fans",
            "+ flag Shop-Offer",
        }
        await desk.give(*promote, "--only=flags/Shop-*", "--yes")
        await desk.give(*promote, "--prune", "--yes")
        assert await said(other) == await said(desk.servers[URL])
        again = await desk.give(*promote, "--yes")
        assert again.out == "Nothing to change.\n"


async def test_what_the_server_has_noted_stays_whatever_a_file_says(desk: Desk) -> None:
    server = desk.servers[URL]
    await furnish(server)
    await desk.here("pull")
    server.clock.advance(60)
    await console(server, "POST", "experiment/Prices/end", {})
    await console(server, "POST", "live-event/Raid/stop", {})
    await console(server, "PUT", "flag/Shop-Offer", {"description": "by hand"})
    text = desk.read("experiments/Prices.yaml")
    assert "ended" not in text
    assert "launched: true" in text
    # Nobody says that it should not be stopped, or not be over.
    done = await desk.here("diff", code=1)
    assert [line for line in done.out.splitlines() if not line.startswith(" ")] == [
        "flag Shop-Offer"
    ]
    desk.write("experiments/Prices.yaml", text.replace("archived: false\n", "hypothesis: none\n"))
    raid = desk.read("live-events/Raid.yaml").replace("schedule:", "# raids\nschedule:")
    desk.write("live-events/Raid.yaml", f"{raid}color: '#ffffff'\n")
    await desk.here("apply", "--yes", "--only=experiments", "--only=live-events")
    prices = await console(server, "GET", "experiment/Prices")
    assert (prices["state"], prices["hypothesis"]) == ("ended", "none")
    raid = await console(server, "GET", "live-event/Raid")
    assert (raid["state"], raid["color"]) == ("stopped", "#ffffff")
    # A change that is due counts as made.
    server.clock.advance(2 * HOUR)
    due = await desk.here("plan", "--only=flags/Shop-Offer")
    assert "flags/Shop-Offer.yaml:" in due.err
    assert "this change is due" in due.err
    await desk.here("pull")
    assert "schedule" not in desk.read("flags/Shop-Offer.yaml")
    assert "# raids" in desk.read("live-events/Raid.yaml")
    assert (await desk.here("diff")).code == 0


async def test_a_plan_may_be_left_for_approval_or_for_a_time(desk: Desk) -> None:
    server = desk.servers[URL]
    desk.write("labels/a.yaml", "name: a\n")
    await desk.here("apply", "--submit", "--note=please", "--yes")
    await desk.here("apply", "--schedule-at=2023-11-15T00:00:00Z", "--yes")
    sets = (await console(server, "GET", "change-set"))["change_sets"]
    assert [each["state"] for each in sets] == ["scheduled", "waiting"]
    assert await desk.here("apply", "--submit", "--schedule-at=2030-01-01T00:00:00Z", code=2)
    assert await desk.here("apply", "--schedule-at=tomorrow", code=2)


async def test_what_the_server_refuses_is_not_left_behind(desk: Desk) -> None:
    server = desk.servers[URL]
    desk.write("flags/a.yaml", "name: a\nvalidator: none\n")
    # More changes than are tried out before are refused when they are published.
    for number in range(101):
        desk.write(f"labels/l{number}.yaml", f"name: l{number}\n")
    done = await desk.here("apply", "--yes", code=1)
    assert "flags/a.yaml:2: validator: there is no validator 'none'" in done.err
    assert "are more than the 100" in done.err
    sets = (await console(server, "GET", "change-set"))["change_sets"]
    assert [each["state"] for each in sets] == ["discarded"]
    (desk.folder / "flags/a.yaml").unlink()
    assert "published." in (await desk.here("apply", "--yes")).out


async def test_a_validator_and_its_flag_change_together(desk: Desk) -> None:
    server = desk.servers[URL]
    await console(server, "POST", "taxonomy/validator", {"name": "v", "schema": {"maximum": 5}})
    await console(server, "POST", "flag", {"name": "f", "value": 5, "validator": "v"})
    await desk.here("pull")
    for schema, value in (("maximum: 9", 9), ("maximum: 2", 1)):
        desk.write("validators/v.yaml", f"name: v\nschema:\n  {schema}\n")
        desk.write("flags/f.yaml", f"name: f\nvalue: {value}\nvalidator: v\n")
        assert "published." in (await desk.here("apply", "--yes")).out
    assert (await console(server, "GET", "flag/f"))["value"] == "1"


async def test_an_experiment_that_is_over_is_not_made_anew(desk: Desk, tmp_path: Path) -> None:
    server = desk.servers[URL]
    await furnish(server)
    server.clock.advance(2 * HOUR)
    await desk.here("pull")
    async with running(tmp_path / "elsewhere", clock=server.clock) as other:
        again = Desk(desk.folder, {URL: other})
        done = await again.here("apply", "--yes", "--prune")
        assert "experiment Prices is over, and is not made anew" in done.err
        assert (await again.here("diff")).out == ""


async def test_all_definitions_are_told_at_one_version(server: Server) -> None:
    made = await console(server, "POST", "flag", {"name": "Shop", "value": 1})
    change = {"at_time_sec": NOW + 60, "value": 2}
    changed = await console(server, "PUT", "flag/Shop", {"schedule": [change]})
    server.clock.advance(60)
    path = "/v1/console/definition?kind=flag&kind=label"
    reply = await InProcess.request(server, "GET", path, auth=ADMIN)
    told = msgspec.json.decode(reply.body)
    assert (told["version"], told["now_time_sec"]) == (changed["version"], str(NOW + 60))
    assert {each["kind"] for each in told["definitions"]} == {"flag"}
    (shop,) = (each for each in told["definitions"] if each["name"] == "Shop")
    assert (shop["id"], shop["version"], shop["origin"]) == (made["id"], changed["version"], "")
    # What is due counts as made.
    assert (shop["body"]["value"], shop["body"]["schedule"]) == ("2", [])
    wrong = await server.request("GET", "/v1/console/definition?kind=flags", auth=ADMIN)
    assert refused(wrong, 400, 3)[0]["field"] == "kind"


async def test_what_the_caller_may_not_read_is_left_out_and_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = desk.servers[URL]
    await furnish(server)
    await desk.here("pull")
    body = {"name": "part", "permissions": ["taxonomy:read", "flag:read"]}
    key = (await console(server, "POST", "serverkey", body))["value"]
    auth = basic(key)
    reply = await InProcess.request(server, "GET", "/v1/console/definition", auth=auth)
    told = msgspec.json.decode(reply.body)
    assert {each["kind"]: each["permission"] for each in told["left_out"]} == {
        "audience": "audience:read",
        "exclusion_group": "experiment:read",
        "experiment": "experiment:read",
        "holdout_group": "experiment:read",
        "live_event": "live_event:read",
    }
    assert {each["kind"] for each in told["definitions"]} == {
        "event",
        "flag",
        "label",
        "property",
        "validator",
    }
    nothing = {"name": "none", "permissions": ["flag:read"]}
    none = basic((await console(server, "POST", "serverkey", nothing))["value"])
    refused(await server.request("GET", "/v1/console/definition", auth=none), 403, 7)
    # What is not told of is not taken for gone.
    monkeypatch.setattr(Near, "auth", auth)
    paths = desk.paths()
    done = await desk.here("pull", "--prune")
    assert "audiences are left out: the server key lacks audience:read" in done.err
    assert desk.paths() == paths
    wrong = await desk.here("diff", code=2)
    assert "audiences/1e3.yaml:2: the server key may not read it: this needs audience:read" in (
        wrong.err
    )
    assert (await desk.here("diff", "--only=labels")).out == ""


async def test_what_the_server_does_not_count_is_planned_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = desk.servers[URL]
    permissions = [f"{each}:read" for each in ("taxonomy", "flag", "audience", "experiment")]
    body = {"name": "reader", "permissions": [*permissions, "live_event:read"]}
    monkeypatch.setattr(
        Near, "auth", basic((await console(server, "POST", "serverkey", body))["value"])
    )
    desk.write("labels/a.yaml", "name: a\n")
    done = await desk.here("plan")
    assert "+ label a" in done.out
    assert "not checked by the server: This needs the permission identity:read" in done.err
    assert "change_set:write" in (await desk.here("apply", "--yes", code=1)).err


async def test_files_may_be_moved_and_named_as_somebody_likes(desk: Desk) -> None:
    server = desk.servers[URL]
    for name in ("one", "two"):
        await console(server, "POST", "flag", {"name": name, "value": 1})
    await desk.here("pull")
    (desk.folder / "flags/shop").mkdir()
    (desk.folder / "flags/one.yaml").rename(desk.folder / "flags/shop/First.YML")
    await console(server, "PUT", "flag/one", {"value": 2})
    assert "~ flags/shop/First.YML" in (await desk.here("pull")).out
    assert "value: 2" in desk.read("flags/shop/First.YML")
    assert not (desk.folder / "flags/one.yaml").exists()
    # A file of the name that a new definition would have is of another one.
    (desk.folder / "flags/two.yaml").rename(desk.folder / "flags/three.yaml")
    await console(server, "POST", "flag", {"name": "three", "value": 3})
    assert "+ flags/three-" in (await desk.here("pull")).out
    assert (await desk.here("diff")).out == ""
