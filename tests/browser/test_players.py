"""Players in the console: one who appears with their first event, until they are erased."""

import json
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.support.in_process import SERVER_KEY, basic, bearer
from tests.support.served import Served

PLAYER = "player-0001"
SCRIPT = "<img src=x onerror=window.ran=1><script>window.ran=1</script>"
# What a server takes to count an event, or to erase a player, on a busy machine.
SECONDS_MAX = 30.0
DAY_S = 86_400


def define(server: Served, path: str, **fields: Any) -> None:
    """Make something with the server key."""
    made = server.request("POST", f"/v1/console/{path}", body=fields, auth=basic(SERVER_KEY))
    assert made.status == 200, made.body


def play(server: Served, identity_id: str, **custom: str) -> None:
    """Let a player appear by a session and an event, with an attempt in every text."""
    token = server.authenticate(identity_id, custom=custom)["token"]
    events = [{"name": "levelCompleted", "value": SCRIPT, "metadata": {"boss": SCRIPT}}]
    sent = server.request("POST", "/v1/event", body={"events": events}, auth=bearer(token))
    assert sent.status == 200, sent.body


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute(
        "aria-selected", "true"
    )


def row(page: Page, table: str, text: str) -> Any:
    return page.get_by_role("table", name=table).get_by_role("row").filter(has_text=text)


def test_a_player_from_the_first_event_to_the_receipt(console: Console, server: Served) -> None:
    console.sign_in()
    page = console.open("/players")
    expect(page.get_by_text("No players yet")).to_be_visible()
    assert console.barriers() == []

    play(server, PLAYER, motto=SCRIPT)
    page.reload()
    page.get_by_role("link", name=PLAYER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(PLAYER)

    # A property is changed where it stands, and another one is added.
    expect(page.get_by_text(SCRIPT).first).to_be_visible()
    page.get_by_role("button", name="Change motto").click()
    page.get_by_role("textbox", name="Value of motto").fill("onward")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("onward")).to_be_visible()
    page.get_by_role("combobox", name="Name of a new custom property").fill("guild")
    page.get_by_role("textbox", name="Value of a new custom property").fill(SCRIPT)
    page.get_by_role("button", name="Add").first.click()
    expect(page.get_by_role("button", name="Change guild")).to_be_visible()
    assert console.barriers() == []

    # Events come by themselves; what is in them is text.
    tab(page, "Events")
    event = row(page, "Events", "levelCompleted")
    expect(event).to_be_visible(timeout=SECONDS_MAX * 1000)
    event.get_by_role("button", name="Details of levelCompleted").click()
    expect(page.get_by_role("table", name="Facts of levelCompleted")).to_contain_text(SCRIPT)
    assert console.barriers() == []
    page.get_by_text("By session").click()
    expect(page.get_by_role("table", name="Sessions")).to_be_visible()
    assert page.evaluate("() => window.ran") is None

    # What is left is a receipt.
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Erase this player").click()
    erase = page.get_by_role("button", name="Erase for good")
    expect(erase).to_be_disabled()
    page.get_by_role("textbox", name=f"Type “{PLAYER}” to go on").fill(PLAYER)
    erase.click()
    expect(page.get_by_text("The player is erased")).to_be_visible(timeout=SECONDS_MAX * 1000)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the receipt", exact=True).click()
    header, payload, signature = Path(saved.value.path()).read_text("ascii").split(".")
    assert header
    assert payload
    assert signature
    page.get_by_role("button", name="Details of erasure").click()
    expect(page.get_by_role("table", name="What was done in every store")).to_be_visible()
    assert console.barriers() == []
    assert console.refusals == []
    page.goto(f"/players/{PLAYER}")
    expect(page.get_by_text("There is no player of this id")).to_be_visible()


def test_another_time_and_another_clock(console: Console, server: Served) -> None:
    now = int(time.time())
    define(
        server,
        "flag",
        name="shop-colour",
        value="red",
        schedule=[{"at_time_sec": str(now + DAY_S), "value": "green"}],
    )
    define(server, "audience", name="fans", filter='PropertiesCustom("fan", "") == "yes"')
    play(server, "player-0002", fan="yes")
    console.sign_in()
    page = console.open("/players/player-0002?tab=flags")
    flag = row(page, "Flags of the player", "shop-colour").first
    expect(flag).to_contain_text("red")

    # In two days, as a link may say.
    page.goto(f"/players/player-0002?tab=flags&at={now + 2 * DAY_S}")
    not_now = page.get_by_role("status", name="This is not now")
    expect(not_now).to_be_visible()
    expect(flag).to_contain_text("green")
    flag.get_by_role("button", name="Details of shop-colour").click()
    expect(page.get_by_text("The first that applies wins")).to_be_visible()
    assert console.barriers() == []
    tab(page, "Audiences")
    expect(not_now).to_be_visible()
    page.get_by_role("button", name="Details of fans").click()
    expect(page.get_by_text('PropertiesCustom("fan", "") == "yes"')).to_be_visible()
    page.get_by_role("button", name="Back to now").first.click()
    expect(not_now).to_have_count(0)

    # A test device is there already.
    page.get_by_role("button", name="Test device").click()
    page.get_by_role("textbox", name="Clock offset").fill("48")
    page.get_by_role("button", name="Make it a test device").click()
    expect(page.get_by_text("Test device, 2 d ahead", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Test device")).to_be_focused()
    tab(page, "Flags")
    expect(flag).to_contain_text("green")
    assert console.barriers() == []


def test_who_may_only_read_finds_nothing_to_change(console: Console, server: Served) -> None:
    play(server, "player-0003")
    console.sign_in()
    # The screen goes by what the server says that the user may do.
    me = console.context.request.get("/v1/console/me").json()
    reads = [name for name in me["permissions"] if name.endswith(":read")]
    console.page.route(
        "**/v1/console/me",
        lambda route: route.fulfill(
            body=json.dumps({**me, "permissions": reads}), content_type="application/json"
        ),
    )
    page = console.open("/players/player-0003")
    expect(page.get_by_role("link", name="Export")).to_be_visible()
    for name in ("Test device", "More actions", "Change", "Add"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
