"""Change sets: written, published in one transaction, and taken back."""

from typing import Any

from tests.api.change_sets import (
    administrator,
    create,
    delete,
    key_of,
    update,
)
from tests.api.running import Server

FLAG = "/v1/console/flag"
AUDIENCE = "/v1/console/audience"
IOS = 'Properties("platform", "") == "ios"'


async def flag(server: Server, name: str, value: str = "plain", **fields: Any) -> Any:
    return await key_of(server).call("POST", FLAG, {"name": name, "value": value, **fields})


async def test_an_audience_and_a_flag_variant_for_it_are_published_together(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(
        # The variant comes first, and needs the audience after it.
        update("flag", "shop", variants=[{"name": "ios", "value": "new", "audiences": ["Ios"]}]),
        create("audience", name="Ios", filter=IOS),
    )
    assert (made["state"], made["version"], made["change_count"]) == ("draft", "1", 2)
    assert (await me.call("GET", f"{FLAG}/shop"))["variants"] == []
    published = await me.act("publish", made, note="at last")
    assert published["state"] == "published"
    assert published["publication"]["note"] == "at last"
    assert [each["name"] for each in published["outcomes"]] == ["Ios", "shop"]
    found = await me.call("GET", f"{FLAG}/shop")
    assert [each["audiences"] for each in found["variants"]] == [["Ios"]]
    # A new definition has the id that the set has told.
    assert (await me.call("GET", f"{AUDIENCE}/Ios"))["id"] == made["changes"][1]["id"]
    history = (await me.call("GET", f"{FLAG}/shop/revision"))["revisions"]
    assert history[0]["note"] == "Change set 'Spring': at last"


async def test_all_or_nothing(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(
        update("flag", "shop", value="other"),
        create("audience", name="Broken", filter="no filter at all ("),
    )
    found = await me.not_allowed(400, "publish", made)
    assert found["details"][0]["change"] == 2
    assert found["details"][0]["field"] == "filter"
    assert (await me.call("GET", f"{FLAG}/shop"))["value"] == "plain"
    assert (await me.read(made))["state"] == "draft"


async def test_what_changed_since_is_a_conflict_until_rebased(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop")
    made = await me.draft(update("flag", "shop", value="mine"))
    await me.call("PUT", f"{FLAG}/shop", {"description": "somebody else's"})
    refused = await me.not_allowed(409, "publish", made)
    assert refused["details"][0]["problem"] == "was changed"
    rebased = await me.act("rebase", made)
    assert rebased["changes"][0]["base_version"] != made["changes"][0]["base_version"]
    await me.act("publish", made)
    found = await me.call("GET", f"{FLAG}/shop")
    assert (found["value"], found["description"]) == ("mine", "somebody else's")


async def test_a_rollback_gives_back_all_that_was(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop", description="the shop")
    gone = await flag(server, "gone", "bye")
    made = await me.draft(
        update("flag", "shop", value="new", name="store"),
        create("audience", name="Ios", filter=IOS),
        delete("flag", "gone"),
    )
    await me.act("publish", made)
    back = await me.act("rollback", made, note="too loud")
    assert (back["state"], back["rolls_back"]) == ("published", made["id"])
    found = await me.call("GET", f"{FLAG}/shop")
    assert (found["value"], found["description"]) == ("plain", "the shop")
    assert (await me.call("GET", f"{FLAG}/gone"))["id"] == gone["id"]
    await me.refused(404, "GET", f"{AUDIENCE}/Ios")
    assert (await me.read(made))["rolled_back_by"] == back["id"]
    await me.not_allowed(400, "rollback", made)
    # What was taken back is published again by taking that back.
    await me.act("rollback", back)
    assert (await me.call("GET", f"{FLAG}/store"))["value"] == "new"


async def test_a_diff_tells_before_and_after_by_path(server: Server) -> None:
    me = await administrator(server)
    await flag(server, "shop", variants=[{"name": "all", "value": "a", "rollout_percent": 10}])
    made = await me.draft(
        update("flag", "shop", variants=[{"name": "all", "value": "b", "rollout_percent": 10}]),
        create("audience", name="Ios", filter="wrong ("),
    )
    found = await me.diff(made)
    shop, ios = found["definitions"]
    assert shop["changes"] == [{"path": 'body.variants["all"].value', "before": "a", "after": "b"}]
    assert ios["problems"][0]["field"] == "filter"
    assert not found["ready"]
