"""Change sets in the console: drafted, approved by other eyes, published, rolled back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.console import Console, need_built_console
from tests.browser.test_people import SUPPORT_PASSWORD, add_user
from tests.support.in_process import API_KEY, SERVER_KEY, basic
from tests.support.served import Served, served

OTHER = "other@example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    need_built_console()
    folder = tmp_path_factory.mktemp("publishing") / "data"
    with served(folder, approval_entities="flag", approval_server_keys_exempt=True) as running:
        flag = {"name": "Shop-Price", "value": "100", "description": "In gold."}
        made = running.request("POST", "/v1/console/flag", body=flag, auth=basic(SERVER_KEY))
        assert made.status == 200, made.body
        add_user(running, OTHER, "game_designer", SUPPORT_PASSWORD)
        yield running


@pytest.fixture
def other(
    browser: Browser, server: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """The window of somebody else."""
    window = Console(browser, server, pictures=tmp_path_factory.mktemp("other"))
    try:
        yield window
        assert window.faults == []
    finally:
        window.close()


def price(server: Served) -> str:
    """What players get."""
    token = server.authenticate("player-0001")["token"]
    told = server.request("GET", "/v1/flag?names=Shop-Price", auth=f"Bearer {token}").json
    return str(told["flags"][0]["value"])


def test_a_change_is_drafted_approved_published_and_rolled_back(
    console: Console, other: Console, server: Served
) -> None:
    assert server.request("GET", "/v1/flag", auth=basic(API_KEY)).status == 200
    console.sign_in()
    page = console.open("/changes")
    page.get_by_role("button", name="New change set").first.click()
    page.get_by_role("textbox", name="Name").fill("Winter <b>sale</b>")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Winter <b>sale</b>")
    address = page.url.removeprefix(server.url)
    put = console.context.request.put(
        f"/v1/console/change-set/{address.rpartition('/')[2]}/change",
        data={
            "changes": [
                {
                    "kind": "flag",
                    "action": "update",
                    "id": "Shop-Price",
                    "definition": {"value": "80"},
                }
            ]
        },
        headers={
            "x-csrf-token": console.context.request.get("/v1/console/me").json()["csrf_token"]
        },
    )
    assert put.status == 200, put.text()

    console.open(address)
    expect(page.get_by_role("article", name="flag Shop-Price")).to_contain_text("80")
    expect(page.get_by_text("Needs approval")).to_be_visible()
    assert console.barriers() == []
    console.picture("change-set")
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_role("dialog").get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("Waits for approval", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    other.sign_in(OTHER, SUPPORT_PASSWORD)
    theirs = other.open(address)
    theirs.get_by_role("button", name="Approve").click()
    theirs.get_by_role("dialog").get_by_label("Note").fill("Looks right")
    theirs.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(theirs.get_by_text(f"Approved by {OTHER}")).to_be_visible()
    assert price(server) == "100"

    console.open(address)
    page.get_by_role("button", name="Publish now").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Published by")).to_be_visible()
    assert price(server) == "80"

    console.open("/changes/history")
    expect(page.get_by_role("table", name="History")).to_contain_text("Shop-Price")
    # What takes it back is a change of a protected flag, too: other eyes again.
    other.open(address)
    theirs.get_by_role("button", name="Roll back").click()
    theirs.get_by_role("button", name="Make a draft of it").click()
    expect(theirs.get_by_text("The set that it takes back")).to_be_visible()
    back = theirs.url.removeprefix(server.url)
    theirs.get_by_role("button", name="Ask for approval").click()
    theirs.get_by_role("dialog").get_by_role("button", name="Ask for approval").click()
    expect(theirs.get_by_text("Waits for approval", exact=True)).to_be_visible()
    console.open(back)
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Publish now").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Published by")).to_be_visible()
    assert price(server) == "100"
