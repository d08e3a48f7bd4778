"""The first walk of somebody new: from signing in to a change that players have, and back."""

import subprocess
import sys

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.console import Console
from tests.support.in_process import API_KEY, EMAIL, PASSWORD, SERVER_KEY
from tests.support.served import Served

AUDIENCE = "Ember-Riders"
FLAG = "Demo-New-Harbour"
LIVE_EVENT = "Harbour party"
CHANGE_SET = "Harbour opening"
DEMO = ("--players", "60", "--weeks", "2")


@pytest.fixture(scope="module", autouse=True)
def _demo(server: Served) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "matsuri", "demo", "--server", server.url, *DEMO],
        env={"MATSURI_SERVER_KEY": SERVER_KEY, "MATSURI_API_KEY": API_KEY},
        cwd=server.folder.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def go(page: Page, screen: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=screen, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(screen)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).last.click()
    page.get_by_role("option", name=option).click()


def confirm(page: Page, action: str) -> None:
    page.get_by_role("button", name=action).click()
    page.get_by_role("dialog").get_by_role("button", name=action).click()


def make_audience(page: Page) -> None:
    go(page, "Audiences")
    page.get_by_role("link", name="New audience").click()
    page.get_by_role("textbox", name="Name").fill(AUDIENCE)
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("menuitem", name="Property").click()
    choose(page, "Property", "favouriteDragon")
    page.get_by_role("textbox", name="Value").fill("ember")
    counted = page.get_by_role("region", name="Who would be in")
    expect(counted.get_by_text("of 60 players. Exact")).to_be_visible()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text(f"{AUDIENCE} is saved.")).to_be_visible()


def draft_variant(page: Page) -> None:
    go(page, "Flags")
    page.get_by_role("link", name=FLAG).click()
    page.get_by_role("tab", name="Variants").click()
    page.get_by_role("button", name="Add variant").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("riders")
    choose(page, "Audiences", AUDIENCE)
    page.keyboard.press("Escape")
    page.get_by_text("true", exact=True).last.click()
    page.get_by_role("button", name="Add to change set").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill(CHANGE_SET)
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The change waits in")).to_be_visible()


def draft_live_event(page: Page) -> None:
    go(page, "Live events")
    page.get_by_role("link", name="New live event").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(LIVE_EVENT)
    page.get_by_role("button", name="Next: When").click()
    page.get_by_text("Again and again").click()
    page.get_by_role("button", name="Next: Who").click()
    choose(page, "Audiences", AUDIENCE)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Next: Flags").click()
    page.get_by_role("button", name="Next: Look over").click()
    page.get_by_role("button", name="Add to change set").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=CHANGE_SET).check()
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog).to_have_count(0)


def flag_of(player: Page) -> Locator:
    """The player's page as it is now: the row of the flag."""
    player.reload()
    flags = player.get_by_role("table", name="Flags of the player")
    return flags.get_by_role("row").filter(has_text=FLAG).first


def test_a_change_reaches_a_player_and_is_taken_back(console: Console) -> None:
    page = console.open("/")
    page.get_by_role("textbox", name="E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    make_audience(page)
    draft_variant(page)
    draft_live_event(page)

    go(page, "Changes")
    page.get_by_role("link", name=CHANGE_SET).click()
    expect(page.get_by_text("would get something else")).to_be_visible()
    touched = page.get_by_role("main").get_by_role("link", name="demo-player").first
    address = touched.get_attribute("href")
    player = console.new_page()
    player.goto(f"{address}?tab=flags")
    expect(flag_of(player)).to_contain_text("false")

    confirm(page, "Publish now")
    expect(page.get_by_text("Published by")).to_be_visible()
    flag = flag_of(player)
    expect(flag).to_contain_text("riders")
    expect(flag).to_contain_text("true")
    flag.get_by_role("button", name=f"Details of {FLAG}").click()
    expect(player.get_by_text("The first that applies wins")).to_be_visible()
    player.get_by_role("tab", name="Live events").click()
    expect(player.get_by_text(LIVE_EVENT).first).to_be_visible()

    confirm(page, "Roll back")
    expect(page.get_by_text("The set that it takes back")).to_be_visible()
    player.get_by_role("tab", name="Flags").click()
    expect(flag_of(player)).to_contain_text("false")
    player.get_by_role("tab", name="Live events").click()
    expect(player.get_by_text("Demo-Ember-Festival").first).to_be_visible()
    expect(player.get_by_text(LIVE_EVENT)).to_have_count(0)
