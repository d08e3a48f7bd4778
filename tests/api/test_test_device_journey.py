"""A test device as its owner has it: tomorrow on the phone, nothing in the numbers, and an end."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.flags import define_flag, remove_default_flags
from tests.api.running import NOW, Server, refused
from tests.api.test_erasure import erase, places_of, scrub
from tests.api.test_experiments import (
    HOUR,
    ask,
    create,
    done,
    experiments_of,
    flag_of,
    phase,
    token_of,
)
from tests.support.in_process import bearer

DAY = 24 * HOUR
DEVICE = "canary-device-01"
PLAYER = "player-0001"
PATH = f"identity/{DEVICE}/test-device"
TOMORROW = {"start_time_sec": NOW + DAY - HOUR, "end_time_sec": NOW + DAY + HOUR}
FESTIVAL = {
    "name": "festival",
    "flags": [{"flag": "shop", "value": "gold"}],
    "schedule": TOMORROW,
}


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    return server


async def mark(server: Server, offset: object = DAY) -> Any:
    body = {"clock_offset_sec": offset, "note": "canary-note"}
    return await done(server, "PUT", PATH, body)


async def value_of(server: Server, token: str) -> str:
    return str((await flag_of(server, token))["value"])


async def test_an_answer_that_is_remembered_does_not_outlive_the_clock(studio: Server) -> None:
    await create(studio, "colours", phase(**TOMORROW))
    device, player = await token_of(studio, DEVICE), await token_of(studio, PLAYER)
    assert [await value_of(studio, each) for each in (device, player)] == ["red", "red"]
    for offset, expected in [(DAY, "blue"), (2 * DAY, "red"), (DAY, "blue"), (0, "red")]:
        await mark(studio, offset)
        assert await value_of(studio, device) == expected
        assert await value_of(studio, player) == "red"
    await done(studio, "DELETE", PATH)
    # When the day has come, all of them have it.
    studio.clock.advance(DAY)
    tokens = [await token_of(studio, each) for each in (DEVICE, PLAYER)]
    assert [await value_of(studio, each) for each in tokens] == ["blue", "blue"]


async def test_a_live_event_of_tomorrow_gives_its_flags(studio: Server) -> None:
    created = await done(studio, "POST", "live-event", FESTIVAL)
    assert created["state"] != "active"
    device, player = await token_of(studio, DEVICE), await token_of(studio, PLAYER)
    await mark(studio)
    flag = await flag_of(studio, device)
    assert (flag["value"], flag["change_reason"]["name"]) == ("gold", "festival")
    assert await value_of(studio, player) == "red"
    reply = await studio.request("GET", "/v1/live-event", auth=device)
    (told,) = reply.json["live_events"]
    assert told["active_start_time_sec"] == str(TOMORROW["start_time_sec"])
    # For the device it is over before it has begun for anybody else.
    studio.clock.advance(2 * HOUR)
    tokens = [await token_of(studio, each) for each in (DEVICE, PLAYER)]
    assert [await value_of(studio, each) for each in tokens] == ["red", "red"]


async def test_the_numbers_of_the_console_do_not_move(studio: Server) -> None:
    tokens = [(await studio.authenticate(each))["token"] for each in (DEVICE, PLAYER)]

    async def play() -> list[int]:
        for token in tokens:
            await studio.publish(token, {"name": "purchaseCompleted", "value": "7"})
        await studio.settle_analytics()
        found = await done(studio, "GET", "analytics/count?search.name.or=purchaseCompleted")
        top = await done(studio, "GET", "analytics/top-value?name=purchaseCompleted")
        (day,), (value,) = found["counts"], top["values"]
        assert (day["events"], day["players"]) == (value["events"], value["players"])
        return [day["events"], day["players"]]

    assert await play() == [2, 2]
    await mark(studio)
    # What came before the mark counts, what comes with it never does.
    assert await play() == [3, 2]
    await done(studio, "DELETE", PATH)
    assert await play() == [5, 2]


async def marks_in_audit(studio: Server, outcome: str = "") -> Any:
    """What the audit log has of test devices, the latest first."""
    query = f"search.action.prefix=test_device.&search.outcome.exact={outcome}"
    return (await done(studio, "GET", f"audit?{query}"))["entries"]


async def test_an_account_gets_nothing_of_the_clock_of_what_it_takes_over(studio: Server) -> None:
    await token_of(studio, PLAYER)
    await create(studio, "colours", phase(**TOMORROW))
    guest = (await studio.authenticate(DEVICE))["token"]
    await mark(studio)
    assert await value_of(studio, bearer(guest)) == "blue"
    token = bearer((await studio.identify(guest, PLAYER))["token"])
    assert await value_of(studio, token) == "red"
    assert await experiments_of(studio, token) == []
    latest = (await marks_in_audit(studio))[0]
    assert (latest["actor"], latest["actor_kind"]) == ("game", "system")
    # The day comes, and the place is drawn for the account and counted as for all others.
    studio.clock.advance(DAY)
    assert await value_of(studio, await token_of(studio, PLAYER)) == "blue"
    listed = await done(studio, "GET", "experiment/colours/participant?phase=first")
    assert [each["identity_id"] for each in listed["participants"]] == [PLAYER]


async def test_erasing_it_leaves_nothing_but_who_did_what(studio: Server, tmp_path: Path) -> None:
    await token_of(studio, DEVICE)
    await create(studio, "colours", phase(**TOMORROW))
    await mark(studio)
    assert await value_of(studio, await token_of(studio, DEVICE)) == "blue"
    await studio.settle_analytics()
    await erase(studio, DEVICE)
    await scrub(studio)
    assert list(places_of(tmp_path, "canary-")) == []
    (entry,) = await marks_in_audit(studio)
    assert (entry["action"], entry["actor"]) == ("test_device.set", "default")
    assert (entry["subject_id"], entry["note"], entry["subject_erased"]) == ("", "", True)


@pytest.mark.parametrize("note", ["x" * 1001, "\x00", 7])
async def test_a_note_that_cannot_be_kept_is_refused(studio: Server, note: object) -> None:
    await token_of(studio, DEVICE)
    body = {"clock_offset_sec": 1, "note": note}
    [detail] = refused(await ask(studio, "PUT", PATH, body), 400, 3)
    assert detail["field"] == "note"
    assert (await done(studio, "GET", PATH))["is_test"] is False
    assert await marks_in_audit(studio, outcome="ok") == []
