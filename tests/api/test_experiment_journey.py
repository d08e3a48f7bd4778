"""An experiment from a draft to a promoted winner, through the console API alone."""

import pytest

from tests.api.flags import remove_default_flags
from tests.api.running import NOW, Server
from tests.api.test_experiments import HOUR, ask, create, done, experiments_of, flag_of, phase
from tests.api.test_experiments import token_of as token_for

PATH = "experiment/colours"


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await done(server, "POST", "flag", {"name": "shop", "value": "red"})
    return server


async def state_of(server: Server) -> tuple[str, list[str]]:
    found = await done(server, "GET", PATH)
    return found["state"], [each["state"] for each in found["phases"]]


async def test_from_a_draft_to_the_winner(studio: Server) -> None:
    later = phase("second", start_time_sec=NOW + HOUR, end_time_sec=NOW + 2 * HOUR)
    await create(studio, "colours", phase(), later, launched=False)
    token = await token_for(studio, "player-0001")
    assert await state_of(studio) == ("draft", ["draft", "draft"])
    assert (await flag_of(studio, token))["value"] == "red"

    await done(studio, "POST", f"{PATH}/launch", {})
    assert await state_of(studio) == ("running", ["running", "scheduled"])
    await done(studio, "POST", f"{PATH}/phase/first/lock", {})
    assert (await flag_of(studio, token))["value"] == "red"
    await done(studio, "POST", f"{PATH}/phase/first/unlock", {})
    assert (await flag_of(studio, token))["value"] == "blue"
    await done(studio, "POST", f"{PATH}/phase/first/lock", {})
    assert len(await experiments_of(studio, token)) == 1

    winner = {"phase": "first", "variant": "blue", "end": True, "note": "It won."}
    promoted = await done(studio, "POST", f"{PATH}/promote", winner)
    assert [(each["name"], each["value"]) for each in promoted["flags"]] == [("shop", "blue")]
    assert await state_of(studio) == ("ended", ["ended", "ended"])
    flag = await flag_of(studio, token)
    assert (flag["value"], flag["condition_changed"]) == ("blue", False)
    revisions = (await done(studio, "GET", "flag/shop/revision"))["revisions"]
    assert len(revisions) == 2
    assert revisions[0]["after"]["body"]["value"] == "blue"

    await done(studio, "POST", f"{PATH}/archive", {})
    assert (await state_of(studio))[0] == "archived"
    await done(studio, "DELETE", PATH)
    assert (await ask(studio, "GET", PATH)).status == 404


async def test_what_runs_is_neither_archived_nor_launched_again(studio: Server) -> None:
    await create(studio)
    assert (await ask(studio, "POST", f"{PATH}/archive", {})).json["code"] == 9
    assert (await ask(studio, "POST", f"{PATH}/phase/none/end", {})).json["code"] == 5
    assert (await ask(studio, "DELETE", f"{PATH}/phase/first")).json["code"] == 9
    await done(studio, "POST", f"{PATH}/phase/first/end", {})
    assert await state_of(studio) == ("ended", ["ended"])


async def test_a_copy_is_a_draft_with_the_same_split(studio: Server) -> None:
    made = await create(studio)
    copied = await done(studio, "POST", f"{PATH}/copy", {"name": "colours again"})
    assert copied["state"] == "draft"
    assert copied["id"] != made["id"]
    before, after = made["phases"][0], copied["phases"][0]
    assert after["id"] != before["id"]
    assert [(each["name"], each["weight_permille"]) for each in after["variants"]] == [
        (each["name"], each["weight_permille"]) for each in before["variants"]
    ]
