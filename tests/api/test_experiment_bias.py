"""Changes of what running experiments refer to: refused, noted with their results, or neither."""

from typing import Any

import pytest

from tests.api.flags import define_audience, define_flag, define_property, remove_default_flags
from tests.api.running import NOW, Server, refused
from tests.support.in_process import SERVER_KEY, Reply, basic, bearer

ADMIN = basic(SERVER_KEY)
HOUR = 3600
VARIANTS = [
    {"name": "control", "weight_permille": 500},
    {"name": "blue", "weight_permille": 500, "flags": [{"flag": "shop", "value": "blue"}]},
]


async def ask(server: Server, method: str, path: str, body: object = None) -> Reply:
    return await server.request(method, f"/v1/console/{path}", body=body, auth=ADMIN)


async def done(server: Server, method: str, path: str, body: object = None) -> Any:
    reply = await ask(server, method, path, body)
    assert reply.status == 200, reply.body
    return reply.json


async def create(server: Server, name: str, *, start: int = 0, **fields: Any) -> None:
    first = {
        "name": "first",
        "start_time_sec": NOW + start,
        "end_time_sec": NOW + HOUR,
        "variants": VARIANTS,
    }
    body = {"name": name, "launched": True, "phases": [first], **fields}
    await done(server, "POST", "experiment", body)


async def notes_of(server: Server, name: str) -> list[Any]:
    found: list[Any] = (await done(server, "GET", f"experiment/{name}"))["bias_notes"]
    return found


async def value_of(server: Server, identity_id: str) -> str:
    """The variant that a player has in the experiment ``e``, or nothing."""
    token = (await server.authenticate(identity_id))["token"]
    reply = await server.request("GET", "/v1/experiment?names=e", auth=bearer(token))
    return next((each["phase_variant_name"] for each in reply.json["experiments"]), "")


@pytest.fixture
async def studio(server: Server) -> Server:
    await remove_default_flags(server)
    await define_flag(server, "shop", "red")
    await define_property(server, "fan")
    await define_audience(server, "fans", 'PropertiesCustom("fan", "") == "yes"')
    await done(server, "POST", "holdout-group", {"name": "untouched", "holdout_permille": 100})
    return server


async def test_a_holdout_group_of_running_experiments_changes_only_by_force(
    studio: Server,
) -> None:
    for name in ("one", "two"):
        await create(studio, name, holdout_group="untouched")
    await create(studio, "later", holdout_group="untouched", start=HOUR // 2)
    change = {"holdout_permille": 500, "note": "half"}
    (detail,) = refused(await ask(studio, "PUT", "holdout-group/untouched", change), 400, 9)
    assert (detail["field"], detail["experiment"]) == ("holdout_permille", "one")
    group = await done(studio, "GET", "holdout-group/untouched")
    assert group["holdout_permille"] == 100
    assert await notes_of(studio, "one") == []
    # What is only said of the group changes freely.
    await done(studio, "PUT", "holdout-group/untouched", {"description": "Nobody."})
    forced = {**change, "force": True, "version": await version_of_group(studio)}
    await done(studio, "PUT", "holdout-group/untouched", forced)
    for name in ("one", "two"):
        (note,) = await notes_of(studio, name)
        assert (note["kind"], note["name"]) == ("holdout_group", "untouched")
        assert (note["fields"], note["note"]) == (["holdout_permille"], "half")
        revisions = await done(studio, "GET", f"experiment/{name}/revision")
        assert [each["note"] for each in revisions["revisions"]] == ["half", ""]
    assert await notes_of(studio, "later") == []


async def version_of_group(server: Server) -> str:
    return str((await done(server, "GET", "holdout-group/untouched"))["version"])


async def test_who_is_held_out_by_a_forced_change_keeps_a_place(studio: Server) -> None:
    await create(studio, "e", holdout_group="untouched")
    players = [f"player-{number:04}" for number in range(20)]
    before = {each: await value_of(studio, each) for each in players}
    body = {"holdout_permille": 1000, "force": True}
    await done(studio, "PUT", "holdout-group/untouched", body)
    assert {each: await value_of(studio, each) for each in players} == before
    assert await value_of(studio, "player-new-1") == ""


async def test_another_filter_is_noted_and_takes_no_place_away(studio: Server) -> None:
    await create(studio, "e", exclude_audiences=["fans"])
    before = await value_of(studio, "player-0001")
    assert before
    await done(studio, "PUT", "audience/fans", {"filter": "true", "note": "all of us"})
    (note,) = await notes_of(studio, "e")
    assert (note["kind"], note["name"], note["fields"]) == ("audience", "fans", ["filter"])
    assert await value_of(studio, "player-0001") == before
    assert await value_of(studio, "player-0002") == ""


async def test_a_flag_that_controls_have_is_noted(studio: Server) -> None:
    await create(studio, "e")
    await done(studio, "PUT", "flag/shop", {"description": "What colour?"})
    assert await notes_of(studio, "e") == []
    await done(studio, "PUT", "flag/shop", {"value": "green"})
    assert [each["fields"] for each in await notes_of(studio, "e")] == [["value"]]


async def test_to_promote_while_it_runs_is_noted_too(studio: Server) -> None:
    await create(studio, "e")
    body = {"phase": "first", "variant": "blue", "note": "won"}
    answer = (await done(studio, "POST", "experiment/e/promote", body))["experiment"]
    (note,) = answer["bias_notes"]
    assert (note["kind"], note["name"], note["note"]) == ("flag", "shop", "won")
    # The answer is the newest: its version is good for the next change.
    change = {"description": "Over soon.", "version": answer["version"]}
    assert (await done(studio, "PUT", "experiment/e", change))["bias_notes"] == [note]
    await done(studio, "PUT", "flag/shop", {"value": "red"})
    ended = {**body, "end": True}
    answer = (await done(studio, "POST", "experiment/e/promote", ended))["experiment"]
    assert len(answer["bias_notes"]) == 2


async def test_a_validator_or_flag_does_not_change_so_that_a_variant_would_be_wrong(
    studio: Server,
) -> None:
    schema = {"type": "string", "enum": ["red", "blue"]}
    await done(studio, "POST", "taxonomy/validator", {"name": "Colour", "schema": schema})
    await done(studio, "PUT", "flag/shop", {"validator": "Colour"})
    await create(studio, "e")
    tighter = {"schema": {"type": "string", "enum": ["red"]}}
    for path, change in (
        ("taxonomy/validator/Colour", tighter),
        ("flag/shop", {"validator": "Number", "value": 1}),
    ):
        (detail,) = refused(await ask(studio, "PUT", path, change), 400, 9)
        assert (detail["kind"], detail["name"]) == ("experiment", "e")
        assert detail["field"] == "phases[0].variants[1].flags[0].value"
    for path in ("flag/shop", "taxonomy/validator/Colour"):
        refused(await ask(studio, "DELETE", path), 400, 9)
    wider = {"schema": {"type": "string", "enum": ["red", "blue", "green"]}}
    await done(studio, "PUT", "taxonomy/validator/Colour", wider)
    assert await notes_of(studio, "e") == []
