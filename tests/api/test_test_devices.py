"""Test devices: what starts tomorrow on a real device today, and nobody else is any the wiser."""

from typing import Any

import pytest

from matsuri.enrolments.model import Part
from tests.api.flags import define_flag, remove_default_flags
from tests.api.live_events import define_live_event, names_of
from tests.api.running import NOW, Server, refused
from tests.api.test_erasure import erase, scrub
from tests.api.test_experiments import (
    ALL_BLUE,
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
DEVICE = "device-0001"
PLAYER = "player-0001"
PATH = f"identity/{DEVICE}/test-device"
TOMORROW = {"start_time_sec": NOW + DAY - HOUR, "end_time_sec": NOW + DAY + HOUR}


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    return server


async def mark(server: Server, offset: object = DAY, identity_id: str = DEVICE) -> Any:
    body = {"clock_offset_sec": offset, "reason": "sees it before"}
    return await done(server, "PUT", f"identity/{identity_id}/test-device", body)


async def unmark(server: Server, identity_id: str = DEVICE) -> Any:
    return await done(server, "DELETE", f"identity/{identity_id}/test-device?reason=over")


async def value_of(server: Server, token: str) -> str:
    return str((await flag_of(server, token))["value"])


async def audit(server: Server) -> list[Any]:
    return list((await done(server, "GET", "audit"))["entries"])


async def test_nobody_is_one_unless_made_one(studio: Server) -> None:
    await token_of(studio, DEVICE)
    ordinary = {
        "identity_id": DEVICE,
        "is_test": False,
        "clock_offset_sec": "0",
        "device_time_sec": str(NOW),
    }
    assert await done(studio, "GET", PATH) == ordinary
    made = await mark(studio, -HOUR)
    assert made == {
        "identity_id": DEVICE,
        "is_test": True,
        "clock_offset_sec": str(-HOUR),
        "device_time_sec": str(NOW - HOUR),
    }
    assert await done(studio, "GET", PATH) == made
    assert (await done(studio, "GET", f"identity/{DEVICE}"))["is_test"] is True
    await token_of(studio, PLAYER)
    listed = (await done(studio, "GET", "identity"))["identities"]
    assert {each["id"]: each["is_test"] for each in listed} == {DEVICE: True, PLAYER: False}
    assert await unmark(studio) == ordinary
    assert "is_test" not in await done(studio, "GET", f"identity/{DEVICE}")


async def test_an_experiment_of_tomorrow(studio: Server) -> None:
    await create(studio, "colours", phase(**TOMORROW))
    device, player = await token_of(studio, DEVICE), await token_of(studio, PLAYER)
    # Both answers are remembered by now.
    assert [await value_of(studio, each) for each in (device, player)] == ["red", "red"]
    await mark(studio)
    assert [await value_of(studio, each) for each in (device, player)] == ["blue", "red"]
    (told,) = await experiments_of(studio, device)
    assert (told["name"], told["phase_variant_name"]) == ("colours", "blue")
    assert await experiments_of(studio, player) == []
    await mark(studio, 2 * DAY)
    assert await value_of(studio, device) == "red"
    await mark(studio)
    assert await value_of(studio, device) == "blue"
    await unmark(studio)
    assert await value_of(studio, device) == "red"
    assert await experiments_of(studio, device) == []
    studio.clock.advance(DAY)
    tokens = [await token_of(studio, each) for each in (DEVICE, PLAYER)]
    assert [await value_of(studio, each) for each in tokens] == ["blue", "blue"]


async def test_a_live_event_of_tomorrow(studio: Server) -> None:
    created = await done(
        studio,
        "POST",
        "live-event",
        {
            "name": "festival",
            "flags": [{"flag": "shop", "value": "gold"}],
            "schedule": TOMORROW,
        },
    )
    assert created["state"] != "active"
    device, player = await token_of(studio, DEVICE), await token_of(studio, PLAYER)
    await mark(studio)
    assert [await value_of(studio, each) for each in (device, player)] == ["gold", "red"]
    tokens = [each.removeprefix("Bearer ") for each in (device, player)]
    assert await names_of(studio, tokens[0]) == (["festival"], [])
    assert await names_of(studio, tokens[1]) == ([], [])
    # For the device it is over before it begins for all others.
    studio.clock.advance(2 * HOUR)
    later = [await token_of(studio, each) for each in (DEVICE, PLAYER)]
    assert [await value_of(studio, each) for each in later] == ["red", "red"]


async def test_a_clock_that_is_behind_sees_what_was(studio: Server) -> None:
    await define_live_event(studio, "festival", flags=())
    studio.clock.advance(DAY)
    token = (await studio.authenticate(DEVICE))["token"]
    assert await names_of(studio, token) == ([], [])
    await mark(studio, -DAY)
    assert await names_of(studio, token) == (["festival"], [])


async def test_it_takes_no_place_and_tells_no_exposure(studio: Server) -> None:
    made = await create(studio, "colours", phase(variants=ALL_BLUE, participants_max=1))
    part = Part(made["id"], made["phases"][0]["id"])
    device = await token_of(studio, DEVICE)
    await mark(studio, 0)
    assert await value_of(studio, device) == "blue"
    enrolments = studio.node.targeting.enrolments
    assert await enrolments.counts(made["id"]) == {}
    player, late = await token_of(studio, PLAYER), await token_of(studio, "player-0002")
    assert [await value_of(studio, each) for each in (player, late)] == ["blue", "red"]
    assert await enrolments.counts(made["id"]) == {(part, "blue"): 1}
    # Where all others find it full, a test device still has a look.
    await mark(studio, 0, "player-0002")
    assert await value_of(studio, late) == "blue"
    listed = await done(studio, "GET", f"experiment/{made['id']}/participant")
    assert [each["identity_id"] for each in listed["participants"]] == [PLAYER]
    await studio.settle()
    told = {}
    for identity_id in (DEVICE, PLAYER, "player-0002"):
        computed = (await done(studio, "GET", f"identity/{identity_id}"))["computed"]
        told[identity_id] = computed.get("experimentExposureCount", "0")
    assert told == {DEVICE: "0", PLAYER: "1", "player-0002": "0"}


async def test_it_counts_in_no_metric(studio: Server) -> None:
    tokens = [await studio.authenticate(each) for each in (DEVICE, PLAYER)]
    event = {"name": "purchaseCompleted", "value": "7"}

    async def play() -> list[Any]:
        for each in tokens:
            await studio.publish(each["token"], event)
        await studio.settle_analytics()
        query = "search.name.or=purchaseCompleted"
        found = await done(studio, "GET", f"analytics/count?{query}")
        top = await done(studio, "GET", "analytics/top-value?name=purchaseCompleted")
        (day,) = found["counts"]
        (value,) = top["values"]
        counts = {name: day[name] for name in ("events", "players")}
        assert counts == {name: value[name] for name in ("events", "players")}
        return list(counts.values())

    assert await play() == [2, 2]
    await mark(studio)
    # What came before the mark still counts.
    assert await play() == [3, 2]
    (latest, earlier) = (
        await done(studio, "GET", f"identity/{DEVICE}/event?search.name.or=purchaseCompleted")
    )["events"]
    assert (latest["is_test"], "is_test" in earlier) == (True, False)
    await unmark(studio)
    # What came with the mark never does.
    assert await play() == [5, 2]


async def test_every_change_is_in_the_audit_log(studio: Server) -> None:
    await token_of(studio, DEVICE)
    await mark(studio)
    await mark(studio)
    await mark(studio, 0)
    await unmark(studio)
    await unmark(studio)
    noted = [
        (e["action"], e.get("before"), e.get("after"), e["reason"]) for e in await audit(studio)
    ]
    day, zero = {"clock_offset_sec": str(DAY)}, {"clock_offset_sec": "0"}
    assert noted == [
        ("test_device.remove", zero, None, "over"),
        ("test_device.set", day, zero, "sees it before"),
        ("test_device.set", None, day, "sees it before"),
    ]
    assert {(e["actor"], e["actor_kind"], e["subject_id"]) for e in await audit(studio)} == {
        ("default", "server_key", DEVICE)
    }


async def test_a_user_is_noted_by_e_mail(studio: Server) -> None:
    await token_of(studio, DEVICE)
    auth = bearer(await studio.sign_in())
    reply = await ask(studio, "PUT", PATH, {"clock_offset_sec": 1}, auth=auth)
    assert reply.status == 200
    (entry,) = await audit(studio)
    assert entry["actor_kind"] == "user"
    assert "@" in entry["actor"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"clock_offset_sec": ""},
        {"clock_offset_sec": "tomorrow"},
        {"clock_offset_sec": 1.5},
        {"clock_offset_sec": 401 * DAY},
        {"clock_offset_sec": -401 * DAY},
        {"clock_offset_sec": 1, "reason": "x" * 1001},
        {"clock_offset_sec": 1, "reason": "\x00"},
    ],
)
async def test_what_is_wrong_changes_nothing(studio: Server, body: dict[str, Any]) -> None:
    await token_of(studio, DEVICE)
    [detail] = refused(await ask(studio, "PUT", PATH, body), 400, 3)
    assert detail["field"] == ("reason" if "reason" in body else "clock_offset_sec")
    assert (await done(studio, "GET", PATH))["is_test"] is False
    assert await audit(studio) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_of_nobody_there_is_none(studio: Server, method: str) -> None:
    body = {"clock_offset_sec": 1} if method == "PUT" else None
    refused(await ask(studio, method, PATH, body), 404, 5)
    assert await audit(studio) == []


async def test_a_device_that_becomes_an_account_does_not_make_it_one(studio: Server) -> None:
    await token_of(studio, PLAYER)
    guest = (await studio.authenticate(DEVICE))["token"]
    await create(studio, "colours", phase(**TOMORROW))
    await mark(studio)
    assert await value_of(studio, bearer(guest)) == "blue"
    token = (await studio.identify(guest, PLAYER))["token"]
    assert (await done(studio, "GET", PATH))["identity_id"] == PLAYER
    assert (await done(studio, "GET", PATH))["is_test"] is False
    assert await value_of(studio, bearer(token)) == "red"
    assert await experiments_of(studio, bearer(token)) == []
    latest = (await audit(studio))[0]
    assert (latest["action"], latest["actor"], latest["actor_kind"]) == (
        "test_device.remove",
        "game",
        "system",
    )


async def test_an_account_that_is_one_stays_one(studio: Server) -> None:
    await token_of(studio, DEVICE)
    await mark(studio)
    guest = (await studio.authenticate("guest-000001"))["token"]
    await create(studio, "colours", phase(**TOMORROW))
    assert await value_of(studio, bearer(guest)) == "red"
    token = (await studio.identify(guest, DEVICE))["token"]
    assert (await done(studio, "GET", PATH))["is_test"] is True
    assert await value_of(studio, bearer(token)) == "blue"


async def test_a_device_with_a_new_id_stays_one(studio: Server) -> None:
    guest = (await studio.authenticate(DEVICE))["token"]
    await mark(studio)
    await studio.identify(guest, PLAYER)
    found = await done(studio, "GET", PATH)
    assert (found["identity_id"], found["clock_offset_sec"]) == (PLAYER, str(DAY))


async def test_who_comes_back_after_an_erasure_is_none(studio: Server) -> None:
    await token_of(studio, DEVICE)
    await mark(studio)
    await erase(studio, DEVICE)
    await scrub(studio)
    await token_of(studio, DEVICE)
    assert (await done(studio, "GET", PATH))["is_test"] is False
    (entry,) = await audit(studio)
    assert (entry["subject_id"], entry["reason"], entry["subject_erased"]) == ("", "", True)
