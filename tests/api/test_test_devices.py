"""Test devices: a clock of their own through the usual API, nobody's place, and no metric."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.events.analytics import CountsQuery, PlayerEventsQuery, TopValuesQuery
from matsuri.identities.store import find_identity
from matsuri.live_events.model import Schedule
from tests.api.flags import define_flag, remove_default_flags
from tests.api.live_events import DAY, HOUR, define_live_event, join, names_of, token_of
from tests.api.running import KEY, NOW, Server, refused, running
from tests.api.test_experiments import (
    ask,
    create,
    done,
    experiments_of,
    flag_of,
    phase,
)
from tests.support.in_process import bearer

QA, OTHER, ACCOUNT = "qa-device-0001", "player-0001", "account-0001"
TOMORROW = {"start_time_sec": NOW + DAY - HOUR, "end_time_sec": NOW + DAY + HOUR // 2}
NAME = "appLaunched"
ALL_DAYS = {"from_day": 0, "until_day": 3_000_000}


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    return server


async def mark(server: Server, identity_id: str = QA, offset: object = DAY, **body: Any) -> Any:
    body = {"clock_offset_sec": offset, **body}
    return await done(server, "PUT", f"identity/{identity_id}/test-device", body)


async def unmark(server: Server, identity_id: str = QA) -> Any:
    return await done(server, "DELETE", f"identity/{identity_id}/test-device?note=over")


async def experiment_names(server: Server, token: str) -> list[str]:
    return [each["name"] for each in await experiments_of(server, bearer(token))]


async def shop(server: Server, token: str) -> str:
    return str((await flag_of(server, bearer(token)))["value"])


async def participants(server: Server, name: str = "colours") -> int:
    listed = await done(server, "GET", f"experiment/{name}/participant?phase=first")
    assert len(listed["participants"]) == listed["participant_count"]
    return int(listed["participant_count"])


async def exposures(server: Server) -> int:
    await server.settle_analytics()
    counts = await server.node.analytics.event_counts(
        CountsQuery(**ALL_DAYS, names=["_experimentExposure"])
    )
    return sum(each.events for each in counts)


async def actions(server: Server, subject_id: str) -> list[tuple[str, str, Any, Any]]:
    path = f"audit?search.subject_id.exact={subject_id}"
    entries = (await done(server, "GET", path))["entries"]
    return [
        (each["action"], each["actor"], each.get("before"), each.get("after"))
        for each in reversed(entries)
    ]


async def test_a_test_device_sees_tomorrow_through_the_usual_api(studio: Server) -> None:
    await create(studio, "colours", phase(**TOMORROW))
    await define_live_event(
        studio, "festival", Schedule(start_time_sec=NOW + DAY - HOUR, end_time_sec=NOW + DAY + HOUR)
    )
    qa, other = await token_of(studio, QA), await token_of(studio, OTHER)
    assert await shop(studio, qa) == "red"
    assert await mark(studio) == {
        "identity_id": QA,
        "is_test": True,
        "clock_offset_sec": str(DAY),
        "device_time_sec": str(NOW + DAY),
    }
    assert (await shop(studio, qa), await experiment_names(studio, qa)) == ("blue", ["colours"])
    assert await names_of(studio, qa) == (["festival"], [])
    assert (await shop(studio, other), await experiment_names(studio, other)) == ("red", [])
    assert await names_of(studio, other) == ([], [])
    # By the device's clock the phase is over in half an hour.
    studio.clock.advance(HOUR // 2)
    assert await shop(studio, qa) == "red"
    await mark(studio, offset=str(DAY - HOUR))
    assert await shop(studio, qa) == "blue"
    await unmark(studio)
    assert (await shop(studio, qa), await experiment_names(studio, qa)) == ("red", [])


async def test_yesterday_can_be_seen_too(studio: Server) -> None:
    await create(studio, "colours", phase(end_time_sec=NOW + HOUR // 4))
    token = await token_of(studio, QA)
    studio.clock.advance(HOUR // 2)
    assert await shop(studio, token) == "red"
    await mark(studio, offset=-HOUR // 3)
    assert await shop(studio, token) == "blue"


async def test_a_test_device_takes_no_place_and_finds_none_taken(studio: Server) -> None:
    await create(studio, "colours", phase(participants_max=1))
    qa, other, late = [await token_of(studio, each) for each in (QA, OTHER, ACCOUNT)]
    await mark(studio, offset=0)
    assert await shop(studio, qa) == "blue"
    assert (await participants(studio), await exposures(studio)) == (0, 0)
    assert await shop(studio, other) == "blue"
    assert await shop(studio, late) == "red"
    assert (await participants(studio), await exposures(studio)) == (1, 1)
    await mark(studio, ACCOUNT, 0)
    assert await shop(studio, late) == "blue"
    assert (await participants(studio), await exposures(studio)) == (1, 1)
    # A player like all others again, there is no place left for it.
    await unmark(studio, QA)
    assert await shop(studio, qa) == "red"
    assert await participants(studio) == 1


async def test_a_place_from_before_stays_and_counts(studio: Server) -> None:
    await create(studio, "colours", phase())
    token = await token_of(studio, QA)
    assert await shop(studio, token) == "blue"
    await mark(studio, offset=0)
    await unmark(studio)
    assert (await participants(studio), await exposures(studio)) == (1, 1)


async def test_a_test_device_joins_without_counting(studio: Server) -> None:
    schedule = Schedule(start_time_sec=NOW - HOUR, end_time_sec=NOW + HOUR)
    made = await define_live_event(studio, "race", schedule, explicit_join=True, participants_max=1)
    qa, other = await token_of(studio, QA), await token_of(studio, OTHER)
    await mark(studio, offset=60)
    assert (await join(studio, qa, made.id)).status == 200
    assert (await join(studio, other, made.id)).status == 200
    assert await names_of(studio, qa) == (["race"], [])
    # The place was had by a clock that is not the device's any more.
    await mark(studio, offset=120)
    assert await names_of(studio, qa) == ([], ["race"])


async def test_a_test_device_joins_what_begins_tomorrow(studio: Server) -> None:
    schedule = Schedule(start_time_sec=NOW + DAY - HOUR, end_time_sec=NOW + DAY + HOUR)
    made = await define_live_event(studio, "race", schedule, explicit_join=True)
    qa, other = await token_of(studio, QA), await token_of(studio, OTHER)
    await mark(studio)
    assert await names_of(studio, qa) == ([], ["race"])
    assert (await join(studio, qa, made.id)).status == 200
    assert await names_of(studio, qa) == (["race"], [])
    assert (await join(studio, other, made.id)).status == 400
    # A player again, it joins anew when everybody can.
    await unmark(studio)
    studio.clock.advance(DAY)
    again = await token_of(studio, QA)
    assert await names_of(studio, again) == ([], ["race"])


async def test_events_of_a_test_device_count_in_no_metric(server: Server) -> None:
    qa, other = await token_of(server, QA), await token_of(server, OTHER)
    tap = {"name": NAME, "value": "1"}
    await server.publish(qa, {**tap, "id": "before"})
    await mark(server, offset=0)
    await server.publish(qa, {**tap, "id": "marked"})
    await server.publish_as_server({**tap, "identity_id": QA, "id": "by-script"})
    await server.publish(other, {**tap, "id": "another"})
    await token_of(server, QA)
    await unmark(server)
    await server.publish(qa, {**tap, "id": "after"})
    await server.settle_analytics()
    analytics = server.node.analytics
    found = await analytics.event_counts(CountsQuery(**ALL_DAYS, names=[NAME, "_sessionStart"]))
    assert {each.name: (each.events, each.players) for each in found} == {
        NAME: (3, 2),
        "_sessionStart": (2, 2),
    }
    values = await analytics.top_values(TopValuesQuery(name=NAME, **ALL_DAYS))
    assert [(each.value, each.events, each.players) for each in values] == [("1", 3, 2)]
    # They are kept all the same, and the player's own facts go by them.
    listed = await done(server, "GET", f"identity/{QA}/event")
    told = {each["id"]: each.get("is_test", False) for each in listed["events"]}
    assert {name: told[name] for name in ("before", "marked", "by-script", "after")} == {
        "before": False,
        "marked": True,
        "by-script": True,
        "after": False,
    }
    assert (await server.computed(qa))[f"{NAME}Count"] == "4"


async def test_what_the_console_shows(server: Server) -> None:
    for each in (QA, OTHER):
        await token_of(server, each)
    await mark(server, offset=-90)
    shown = await done(server, "GET", f"identity/{QA}")
    assert (shown["is_test"], shown["clock_offset_sec"]) == (True, "-90")
    assert "is_test" not in await done(server, "GET", f"identity/{OTHER}")
    listed = (await done(server, "GET", "identity?order=id"))["identities"]
    assert {each["id"]: each["is_test"] for each in listed} == {QA: True, OTHER: False}
    for query in ("", "&order=id", f"&search.id.exact={QA}", "&search.id.like=qa-"):
        listed = await done(server, "GET", f"identity?search.is_test.exact=true{query}")
        assert [each["id"] for each in listed["identities"]] == [QA]
    none = await done(server, "GET", f"identity?search.is_test.exact=true&search.id.exact={OTHER}")
    assert none["identities"] == []
    assert await done(server, "GET", f"identity/{OTHER}/test-device") == {
        "identity_id": OTHER,
        "is_test": False,
        "clock_offset_sec": "0",
        "device_time_sec": str(NOW),
    }


async def test_every_change_is_in_the_audit_log(server: Server) -> None:
    await token_of(server, QA)
    await mark(server, note="Anna's phone")
    await mark(server)
    await mark(server, offset=0)
    await unmark(server)
    await unmark(server)
    day, zero = {"clock_offset_sec": str(DAY)}, {"clock_offset_sec": "0"}
    assert await actions(server, QA) == [
        ("test_device.set", "default", None, day),
        # What changes nothing is told, too, as a call that was made.
        ("test_device.set", "default", None, None),
        ("test_device.set", "default", day, zero),
        ("test_device.remove", "default", zero, None),
        ("test_device.remove", "default", None, None),
    ]
    path = "audit?search.action.prefix=test_device."
    entries = (await done(server, "GET", path))["entries"]
    changes = [each["note"] for each in entries if "before" in each or "after" in each]
    assert changes == ["over", "", "Anna's phone"]


async def test_a_console_user_may_mark_and_support_may_not(server: Server) -> None:
    await token_of(server, QA)
    body = {"clock_offset_sec": 1}
    token = await server.sign_in()
    path = f"identity/{QA}/test-device"
    assert (await ask(server, "PUT", path, body, auth=bearer(token))).status == 200
    assert (await actions(server, QA))[0][1] == "admin@example.com"
    for method in ("GET", "PUT", "DELETE"):
        given = body if method == "PUT" else None
        refused(await ask(server, method, path, given, auth=KEY), 401, 16)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"clock_offset_sec": ""},
        {"clock_offset_sec": "soon"},
        {"clock_offset_sec": 0.5},
        {"clock_offset_sec": 401 * DAY},
        {"clock_offset_sec": str(-401 * DAY)},
        {"clock_offset_sec": 2**63},
    ],
)
async def test_a_wrong_offset_changes_nothing(server: Server, body: Any) -> None:
    await token_of(server, QA)
    reply = await ask(server, "PUT", f"identity/{QA}/test-device", body)
    details = refused(reply, 400, 3)
    assert [each["field"] for each in details] == ["clock_offset_sec"]
    assert not (await done(server, "GET", f"identity/{QA}/test-device"))["is_test"]


async def test_nobody_is_no_test_device(server: Server) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"clock_offset_sec": 0} if method == "PUT" else None
        refused(await ask(server, method, "identity/nobody-0001/test-device", body), 404, 5)


async def test_there_are_only_so_many(tmp_path: Path) -> None:
    async with running(tmp_path, test_devices_max=1) as server:
        for each in (QA, OTHER):
            await token_of(server, each)
        await mark(server)
        path, body = f"identity/{OTHER}/test-device", {"clock_offset_sec": 0}
        refused(await ask(server, "PUT", path, body), 400, 9)
        await mark(server, offset=5)
        await unmark(server)
        await mark(server, OTHER)


async def test_who_gets_a_new_id_stays_a_test_device(server: Server) -> None:
    guest = await token_of(server, QA)
    await mark(server)
    token = (await server.identify(guest, ACCOUNT))["token"]
    await server.publish(token, {"name": NAME})
    assert (await done(server, "GET", f"identity/{QA}/test-device")) == {
        "identity_id": ACCOUNT,
        "is_test": True,
        "clock_offset_sec": str(DAY),
        "device_time_sec": str(NOW + DAY),
    }
    offset = {"clock_offset_sec": str(DAY)}
    assert await actions(server, ACCOUNT) == [("test_device.set", "game", None, offset)]
    await server.settle_analytics()
    found = await server.node.analytics.event_counts(CountsQuery(**ALL_DAYS, names=[NAME]))
    assert found == []


async def test_an_account_that_was_there_stays_what_it_was(server: Server) -> None:
    account, guest = await token_of(server, ACCOUNT), await token_of(server, QA)
    await mark(server)
    await server.publish(guest, {"name": NAME})
    token = (await server.identify(guest, ACCOUNT))["token"]
    assert not (await done(server, "GET", f"identity/{ACCOUNT}/test-device"))["is_test"]
    offset = {"clock_offset_sec": str(DAY)}
    assert await actions(server, QA) == [
        ("test_device.set", "default", None, offset),
        ("test_device.remove", "game", offset, None),
    ]
    for each in (account, token):
        await server.publish(each, {"name": NAME})
    await server.settle_analytics()
    found = await server.node.analytics.event_counts(CountsQuery(**ALL_DAYS, names=[NAME]))
    assert [(each.events, each.players) for each in found] == [(2, 1)]


async def test_a_test_device_that_takes_over_a_player_stays_one(server: Server) -> None:
    await token_of(server, ACCOUNT)
    guest = await token_of(server, OTHER)
    await mark(server, ACCOUNT, 5)
    await server.publish(guest, {"name": NAME})
    token = (await server.identify(guest, ACCOUNT))["token"]
    await server.publish(token, {"name": NAME})
    state = await done(server, "GET", f"identity/{OTHER}/test-device")
    assert (state["identity_id"], state["clock_offset_sec"]) == (ACCOUNT, "5")
    assert await actions(server, OTHER) == []
    await server.settle_analytics()
    # What was played before stays in the metrics.
    [row] = await server.node.analytics.event_counts(CountsQuery(**ALL_DAYS, names=[NAME]))
    assert (row.events, row.players) == (1, 1)


async def test_an_erased_test_device_comes_back_as_a_player(server: Server) -> None:
    token = await token_of(server, QA)
    await mark(server)
    assert (await server.delete(token)).status == 200
    token = await token_of(server, QA)
    await server.publish(token, {"name": NAME})
    assert not (await done(server, "GET", f"identity/{QA}/test-device"))["is_test"]
    await server.settle_analytics()
    identity = await server.node.control.read(lambda c: find_identity(c, QA))
    assert identity is not None
    [row] = await server.node.analytics.player_events(
        PlayerEventsQuery(profile_key=identity.key, names=[NAME])
    )
    assert not row.is_test
