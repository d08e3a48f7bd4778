"""Every endpoint that the official JavaScript SDK has, driven by it, checked over plain HTTP."""

import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.game import buy, define, define_flags, until
from tests.contract.sdk import Answer, Refused, Sdk
from tests.support.in_process import Reply, bearer
from tests.support.served import Served

_APPLIED_SECONDS_MAX = 10.0
_HOURS_MS = 48 * 3600 * 1000


def new_player() -> str:
    return f"player-{uuid.uuid4()}"


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


def properties_of(server: Served, session: dict[str, Any]) -> Reply:
    """What the server says of the session's player, without the SDK."""
    return server.request("GET", "/v1/properties", auth=bearer(session["token"]))


def once_applied(
    server: Served, session: dict[str, Any], *, are: Callable[[dict[str, str]], bool]
) -> dict[str, str]:
    """The computed properties, as soon as they ``are`` what is waited for."""
    deadline = time.monotonic() + _APPLIED_SECONDS_MAX
    while True:
        reply = properties_of(server, session)
        assert reply.status == 200, reply.body
        computed: dict[str, str] = reply.json["computed"]
        if are(computed) or time.monotonic() > deadline:
            return computed
        time.sleep(0.02)


def refusal(sdk: Sdk, method: str, *args: object, api_key: str | None = None) -> Answer:
    """The server's answer that ``method`` was refused with, in the shape all of them have."""
    with pytest.raises(Refused) as caught:
        sdk(method, *args, api_key=api_key)
    answer = caught.value.answer
    assert answer.content_type == "application/json"
    assert set(answer.body) == {"code", "message", "details"}
    assert isinstance(answer.body["message"], str)
    return answer


def test_authenticate(sdk: Sdk, server: Served) -> None:
    player = new_player()
    session = sdk("authenticate", player)
    said = claims(session["token"])
    assert said["iid"] == player
    assert session["expires_at"] == said["exp"]
    assert session["refresh_expires_at"] == claims(session["refresh_token"])["exp"]
    reply = properties_of(server, session)
    assert (reply.status, reply.json["default"]["apiKeyName"]) == (200, "default")

    again = sdk("authenticate", player)
    assert claims(again["token"])["sid"] != said["sid"]
    computed = once_applied(server, again, are=lambda c: c.get("sessionStartCount") == "2")
    assert computed["sessionStartCount"] == "2"
    assert computed["identityCreateCount"] == "1"


def test_authenticate_refused(sdk: Sdk) -> None:
    unknown_key = refusal(sdk, "authenticate", new_player(), api_key=str(uuid.uuid4()))
    assert (unknown_key.status, unknown_key.body["code"]) == (401, 16)
    bad_id = refusal(sdk, "authenticate", "no spaces, please")
    assert (bad_id.status, bad_id.body["code"]) == (400, 3)


def test_session_refresh(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    for _ in range(2):
        fresh = sdk("sessionRefresh", session)
        assert claims(fresh["token"])["sid"] == claims(session["token"])["sid"]
        assert properties_of(server, fresh).status == 200
    assert properties_of(server, session).status == 200


def test_session_refresh_refused(sdk: Sdk) -> None:
    session = sdk("authenticate", new_player())
    forged = {**session, "refresh_token": session["refresh_token"][:-6] + "AAAAAA"}
    answer = refusal(sdk, "sessionRefresh", forged)
    assert (answer.status, answer.body["code"]) == (401, 16)


def test_a_session_about_to_expire_is_refreshed_before_each_call(sdk: Sdk) -> None:
    """The SDK throws the refreshed session away and goes on with the old one, every time."""
    session = sdk("authenticate", new_player())
    for _ in range(2):
        listed = sdk("listProperties", session, expired_timespan_ms=_HOURS_MS)
        assert listed["default"]["apiKeyName"] == "default"
        assert sdk("event", session, {"name": "gameStarted"}, expired_timespan_ms=_HOURS_MS) is True


def test_logout(sdk: Sdk, server: Served) -> None:
    player = new_player()
    session, other = sdk("authenticate", player), sdk("authenticate", player)
    assert sdk("logout", session) is True
    for method, *args in (
        ("listProperties",),
        ("event", {"name": "gameStarted"}),
        ("sessionRefresh",),
        ("logout",),
    ):
        answer = refusal(sdk, str(method), session, *args)
        assert (answer.status, answer.body["code"]) == (401, 16), method
    assert properties_of(server, session).status == 401
    assert properties_of(server, other).status == 200


def test_event(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    event = {
        "name": "purchaseCompleted",
        "id": str(uuid.uuid4()),
        "value": "4.99",
        "metadata": {"sku": "sword", "käse": "☃"},
        "timestamp": "2026-01-31T12:00:00.123Z",
    }
    assert sdk("event", session, event) is True
    assert sdk("event", session, event) is True
    assert sdk("event", session, {"name": "gameStarted"}) is True
    computed = once_applied(server, session, are=lambda c: "gameStartedCount" in c)
    assert computed["purchaseCompletedCount"] == "1"
    assert computed["purchaseCompletedValueSum"] == "4.99"
    assert computed["purchaseCompletedSeenFirst"] == "1769860800"
    assert computed["gameStartedCount"] == "1"


def test_events(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    batch = [{"name": "purchaseCompleted", "value": value} for value in ("1", "2", "3.5")]
    assert sdk("events", session, batch) is True
    assert sdk("events", session, []) is True
    computed = once_applied(server, session, are=lambda c: "purchaseCompletedCount" in c)
    assert computed["purchaseCompletedCount"] == "3"
    assert computed["purchaseCompletedValueSum"] == "6.5"
    assert computed["purchaseCompletedValueHigh"] == "3.5"


def test_a_refused_event_is_told_and_the_others_are_kept(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    batch = [
        {"name": "gameStarted"},
        {"name": "_sessionStart", "id": "mine"},
        {"name": "purchaseCompleted", "value": "much"},
    ]
    answer = refusal(sdk, "events", session, batch)
    assert (answer.status, answer.body["code"]) == (400, 3)
    assert [(detail["index"], detail["id"]) for detail in answer.body["details"]] == [
        (1, "mine"),
        (2, ""),
    ]
    computed = once_applied(server, session, are=lambda c: "gameStartedCount" in c)
    assert computed["gameStartedCount"] == "1"
    assert computed["sessionStartCount"] == "1"
    assert "purchaseCompletedCount" not in computed


def test_properties(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    assert sdk("updateProperties", session, {"language": "fi"}, {"pet": "cat"}) is True
    assert sdk("updateProperties", session, None, {"colour": "red"}) is True
    assert sdk("updateProperties", session, {}) is True
    once_applied(server, session, are=lambda c: "sessionStartCount" in c)
    listed = sdk("listProperties", session)
    assert listed == properties_of(server, session).json
    assert listed["default"]["language"] == "fi"
    assert listed["custom"] == {"pet": "cat", "colour": "red"}
    assert listed["computed"]["sessionStartCount"] == "1"


def test_properties_refused(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    before = properties_of(server, session).json["custom"]
    answer = refusal(sdk, "updateProperties", session, None, {"pet": "c" * 2000})
    assert (answer.status, answer.body["code"]) == (400, 3)
    assert properties_of(server, session).json["custom"] == before


def test_identify(sdk: Sdk, server: Served) -> None:
    known, guest = new_player(), new_player()
    before = sdk("authenticate", known)
    sdk("updateProperties", before, {"language": "fi"}, {"pet": "cat"})
    sdk("event", before, {"name": "gameStarted"})
    session = sdk("authenticate", guest)
    sdk("updateProperties", session, None, {"pet": "dog", "colour": "red"})
    sdk("event", session, {"name": "gameStarted"})

    merged = sdk("identify", session, known, {"platform": "web"}, {"colour": "blue"})
    assert claims(merged["token"])["iid"] == known
    computed = once_applied(server, merged, are=lambda c: "identifyCount" in c)
    assert computed["gameStartedCount"] == "2"
    assert computed["sessionStartCount"] == "3"
    said = properties_of(server, merged).json
    assert said["custom"] == {"pet": "cat", "colour": "blue"}
    assert (said["default"]["language"], said["default"]["platform"]) == ("fi", "web")
    assert sdk("listProperties", merged) == said
    assert refusal(sdk, "listProperties", session).status == 401


def test_identify_as_someone_new(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    sdk("event", session, {"name": "gameStarted"})
    chosen = new_player()
    named = sdk("identify", session, chosen)
    assert claims(named["token"])["iid"] == chosen
    computed = once_applied(server, named, are=lambda c: "identifyCount" in c)
    assert computed["gameStartedCount"] == "1"
    assert refusal(sdk, "identify", named, "short").status == 400


@pytest.mark.parametrize("method", ["satoriHealthcheck", "satoriReadycheck"])
def test_health(sdk: Sdk, method: str) -> None:
    session = sdk("authenticate", new_player())
    assert sdk(method, session["token"], target="apiClient") == {}
    assert sdk(method, "", target="apiClient") == {}


@pytest.fixture(scope="module")
def live_events(server: Served) -> dict[str, int]:
    """Two live events; the first is on."""
    now = int(time.time())
    times = {"start_time_sec": now - 60, "end_time_sec": now + 3600}
    define(server, "flag", name="contract.lit", value="dark")
    define(
        server,
        "live-event",
        name="contract lanterns",
        description="Lights",
        value={"lamps": 3},
        flags=[{"flag": "contract.lit", "value": "bright"}],
        schedule=times,
    )
    define(server, "live-event", name="contract race", explicit_join=True, schedule=times)
    return times


def test_live_events_of_a_player(sdk: Sdk, server: Served, live_events: dict[str, int]) -> None:
    session = sdk("authenticate", new_player())
    told = sdk("getLiveEvents", session)
    (lanterns,) = told["live_events"]
    (race,) = told["explicit_join_live_events"]
    assert {name: value for name, value in lanterns.items() if name != "id"} == {
        "name": "contract lanterns",
        "description": "Lights",
        "value": '{"lamps":3}',
        "active_start_time_sec": str(live_events["start_time_sec"]),
        "active_end_time_sec": str(live_events["end_time_sec"]),
        "start_time_sec": str(live_events["start_time_sec"]),
        "end_time_sec": str(live_events["end_time_sec"]),
        "duration_sec": "3660",
        "reset_cron": "",
        "status": 1,
        "labels": [],
        "flag_names": ["contract.lit"],
    }
    flag = sdk("getFlag", session, "contract.lit")
    assert flag["value"] == "bright"
    assert flag["change_reason"] == {"type": 2, "name": "contract lanterns", "variant_name": ""}
    assert sdk("getLiveEvents", session, ["nothing"])["live_events"] == []
    # This SDK cannot join; others send this.
    path = f"/v1/live-event/{race['id']}/participation"
    joined = server.request("POST", path, auth=bearer(session["token"]))
    assert (joined.status, joined.json) == (200, {})
    told = sdk("getLiveEvents", session, ["contract race"])
    assert [each["name"] for each in told["live_events"]] == ["contract race"]
    assert told["explicit_join_live_events"] == []


@pytest.fixture(scope="module")
def experiment(server: Served) -> None:
    now = int(time.time())
    variants = [
        {"name": "control", "weight_permille": 0},
        {
            "name": "blue",
            "weight_permille": 1000,
            "value": {"gems": 1},
            "flags": [{"flag": "contract.tried", "value": "blue"}],
        },
    ]
    phase = {
        "name": "first",
        "start_time_sec": now,
        "end_time_sec": now + 3600,
        "variants": variants,
    }
    define(server, "flag", name="contract.tried", value="red")
    define(server, "experiment", name="contract colours", launched=True, phases=[phase])


@pytest.mark.usefixtures("experiment")
def test_experiments_of_a_player(sdk: Sdk) -> None:
    session = sdk("authenticate", new_player())
    # Beside the sample that every server begins with.
    sample, found = sdk("getExperiments", session)["experiments"]
    assert (sample["name"], sample["value"]) == ("Sample-Experiment", sample["phase_variant_name"])
    assert (found["name"], found["value"]) == ("contract colours", '{"gems":1}')
    assert sdk("getExperiments", session, ["contract colours"])["experiments"] == [found]
    assert sdk("getExperiments", session, ["another"])["experiments"] == []
    flag = sdk("getFlag", session, "contract.tried")
    assert flag["value"] == "blue"
    assert flag["change_reason"] == {
        "type": 3,
        "name": "contract colours",
        "variant_name": "blue",
    }
    assert sdk("getFlagDefault", "contract.tried")["value"] == "red"


@pytest.fixture(scope="module")
def flags(server: Served) -> None:
    define_flags(server)


@pytest.mark.usefixtures("flags")
def test_flags_of_a_player(sdk: Sdk, server: Served) -> None:
    session = sdk("authenticate", new_player())
    told = {flag["name"]: flag for flag in sdk("getFlags", session)["flags"]}
    assert told["contract.one"] == {
        "name": "contract.one",
        "value": "1",
        "condition_changed": False,
        "labels": [],
    }
    assert told["contract.text"]["labels"] == ["contract"]
    buy(server, session["token"])
    flag = until(lambda: sdk("getFlag", session, "contract.one"), lambda flag: flag["value"] == "2")
    assert flag == {
        "name": "contract.one",
        "value": "2",
        "condition_changed": True,
        "change_reason": {"type": 1, "name": "contract.one", "variant_name": "spent"},
        "labels": [],
    }
    assert json.loads(sdk("getFlag", session, "contract.object")["value"]) == {"gems": []}


@pytest.mark.usefixtures("flags")
def test_only_the_flags_that_are_named(sdk: Sdk) -> None:
    session = sdk("authenticate", new_player())
    names = ["contract.text", "contract.one", "two and ☃"]
    told = sdk("getFlags", session, names)["flags"]
    assert [flag["name"] for flag in told] == ["contract.one", "contract.text"]
    assert sdk("getFlags", session, ["nothing"])["flags"] == []


@pytest.mark.usefixtures("flags")
def test_flags_of_nobody_are_the_defaults(sdk: Sdk) -> None:
    told = sdk("getFlagsDefault", ["contract.one"])["flags"]
    assert [(flag["name"], flag["value"]) for flag in told] == [("contract.one", "1")]
    assert sdk("getFlagDefault", "contract.one")["value"] == "1"
    answer = refusal(sdk, "getFlagsDefault", api_key="no-key-of-this-server")
    assert (answer.status, answer.body["code"]) == (401, 16)


@pytest.mark.usefixtures("flags")
def test_a_flag_falls_back_to_what_the_game_says(sdk: Sdk) -> None:
    session = sdk("authenticate", new_player())
    fallback = {"name": "nothing", "value": "mine"}
    assert sdk("getFlagWithFallback", session, "nothing", "mine") == fallback
    assert sdk("getFlagDefaultWithFallback", "nothing", "mine") == fallback
    assert sdk("getFlagWithFallback", session, "contract.text", "mine")["value"] == "plain"


@pytest.mark.parametrize("host", ["chromium"], indirect=True)
def test_the_page_is_of_another_origin(sdk: Sdk, server: Served) -> None:
    """So what the other tests show in Chromium holds for CORS: nobody else sends OPTIONS."""
    sdk("authenticate", new_player())
    assert "method=OPTIONS" in server.folder.with_suffix(".log").read_text()
