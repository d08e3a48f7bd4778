"""A season as a studio lives it: experiment, live event and winner, seen through the official SDK.

An experiment on a shop flag goes from testers to all players, a weekly live event that is joined
gives the same flag another value, and the winner becomes everybody's.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.game import define
from tests.contract.sdk import Sdk, in_node
from tests.contract.test_satori_js import claims, new_player
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer
from tests.support.served import Served

FLAG = "shop.layout"
EXPERIMENT = "shop-layout-test"
EVENT = "weekly-bazaar"
PLAYERS = 40
ADMIN = basic(SERVER_KEY)


@pytest.fixture(scope="module")
def sdk(server: Served) -> Iterator[Sdk]:
    with in_node("own-fetch") as call:
        yield Sdk(call, api_key=API_KEY, port=server.port)


def console(server: Served, method: str, path: str, body: object = None) -> Any:
    reply = server.request(method, f"/v1/console/{path}", body=body, auth=ADMIN)
    assert reply.status == 200, reply.body
    return reply.json


def seen(sdk: Sdk, session: Any) -> tuple[str, int, str]:
    """The value of the flag, and what it comes from: the number of the reason, and its name."""
    flag = sdk("getFlag", session, FLAG)
    reason = flag.get("change_reason", {"type": 0, "name": ""})
    return flag["value"], reason["type"], reason["name"]


def variant(sdk: Sdk, session: Any) -> str:
    """What the player has in the experiment; empty for nothing."""
    found = sdk("getExperiments", session, [EXPERIMENT])["experiments"]
    return found[0]["phase_variant_name"] if found else ""


def overrides(server: Served, session: Any) -> list[tuple[int, str, str]]:
    path = f"/v1/flag/override?names={FLAG}"
    reply = server.request("GET", path, auth=bearer(session["token"]))
    (flag,) = reply.json["flags"]
    return [(each["type"], each["name"], each["value"]) for each in flag["overrides"]]


def variants() -> list[dict[str, Any]]:
    return [
        {"name": "control", "weight_permille": 500},
        {
            "name": "grid",
            "weight_permille": 500,
            "flags": [{"flag": FLAG, "value": "grid"}],
        },
    ]


def lay_out(server: Served) -> None:
    define(server, "taxonomy/property", name="tester", type="string")
    define(server, "audience", name="testers", filter='PropertiesCustom("tester", "") == "yes"')
    define(server, "flag", name=FLAG, value="list")


def for_testers(now: int) -> dict[str, Any]:
    return {
        "name": "testers",
        "start_time_sec": now,
        "end_time_sec": now + 3600,
        "audiences": ["testers"],
        "variants": [
            {"name": "control", "weight_permille": 0},
            {**variants()[1], "weight_permille": 1000},
        ],
    }


def every_week(now: int) -> dict[str, Any]:
    """A schedule of which a run is on at any time of this hour."""
    began = time.gmtime(now - 3600)
    weekday = (began.tm_wday + 1) % 7
    return {
        "start_time_sec": now - 2 * 86_400,
        "reset_cron": f"{began.tm_min} {began.tm_hour} * * {weekday}",
        "duration_sec": 2 * 86_400,
    }


def test_from_testers_to_the_winner(sdk: Sdk, server: Served) -> None:
    now = int(time.time())
    lay_out(server)

    # An experiment that only testers see at first.
    tester = sdk("authenticate", new_player())
    sdk("updateProperties", tester, {}, {"tester": "yes"})
    player = sdk("authenticate", new_player())
    define(server, "experiment", name=EXPERIMENT, phases=[for_testers(now)])
    assert variant(sdk, tester) == ""
    console(server, "POST", f"experiment/{EXPERIMENT}/launch", {})
    assert seen(sdk, tester) == ("grid", 3, EXPERIMENT)
    assert seen(sdk, player) == ("list", 0, "")
    assert variant(sdk, tester) == "grid"
    assert variant(sdk, player) == ""

    # It works, so that all players are split in halves.
    console(server, "POST", f"experiment/{EXPERIMENT}/phase/testers/end", {})
    production = {
        "name": "production",
        "start_time_sec": int(time.time()),
        "end_time_sec": now + 30 * 86_400,
        "variants": variants(),
    }
    console(server, "POST", f"experiment/{EXPERIMENT}/phase", production)
    sessions = [sdk("authenticate", new_player()) for _ in range(PLAYERS)]
    split = [variant(sdk, each) for each in sessions]
    assert set(split) == {"control", "grid"}
    # In one of a hundred million times, chance alone would make them fewer.
    assert 4 < split.count("grid") < PLAYERS - 4
    for session, name in zip(sessions, split, strict=True):
        assert seen(sdk, session) == (
            ("grid", 3, EXPERIMENT) if name == "grid" else ("list", 0, "")
        )
    told = console(server, "GET", f"experiment/{EXPERIMENT}/participant")
    assert told["participant_count"] == PLAYERS

    # A weekly live event for who joins it has another value of the same flag.
    define(
        server,
        "live-event",
        name=EVENT,
        explicit_join=True,
        flags=[{"flag": FLAG, "value": "bazaar"}],
        schedule=every_week(now),
    )
    in_test = sessions[split.index("grid")]
    in_control = sessions[split.index("control")]
    (to_join,) = sdk("getLiveEvents", in_control, [EVENT])["explicit_join_live_events"]
    assert to_join["status"] == 1
    assert int(to_join["active_start_time_sec"]) <= now < int(to_join["active_end_time_sec"])
    assert seen(sdk, in_control) == ("list", 0, "")
    for session in (in_test, in_control):
        path = f"/v1/live-event/{to_join['id']}/participation"
        assert server.request("POST", path, auth=bearer(session["token"])).status == 200
        (joined,) = sdk("getLiveEvents", session, [EVENT])["live_events"]
        assert joined["id"] == to_join["id"]

    # The experiment goes before the live event, and that before the default.
    assert seen(sdk, in_test) == ("grid", 3, EXPERIMENT)
    assert overrides(server, in_test) == [
        (0, FLAG, "list"),
        (2, EVENT, "bazaar"),
        (4, EXPERIMENT, "grid"),
    ]
    assert seen(sdk, in_control) == ("bazaar", 2, EVENT)
    why = console(
        server,
        "POST",
        "resolve",
        {"identity_id": claims(in_test["token"])["iid"], "names": [FLAG]},
    )
    applying = [each["name"] for each in why["flags"][0]["candidates"] if each["applies"]]
    assert applying == [EXPERIMENT, EVENT, FLAG]

    # The winner is everybody's, and the experiment is over.
    winner = {"phase": "production", "variant": "grid", "end": True}
    console(server, "POST", f"experiment/{EXPERIMENT}/promote", winner)
    assert variant(sdk, in_test) == ""
    assert seen(sdk, player) == ("grid", 0, "")
    assert seen(sdk, in_test) == ("bazaar", 2, EVENT)
    console(server, "POST", f"live-event/{EVENT}/stop", {})
    assert seen(sdk, in_test) == ("grid", 0, "")
    told = console(server, "GET", f"live-event/{EVENT}/run")["runs"]
    (over,) = [each for each in told if each["start_time_sec"] == joined["active_start_time_sec"]]
    assert over["participants"] == 2
    assert int(over["end_time_sec"]) <= time.time()
