"""Audiences at a desk: made as a form, read as text, counted, mended, listed, and given players."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.support.in_process import SERVER_KEY, basic
from tests.support.served import Served

MARKUP = '<img src=x onerror="window.attacked = true">'


def ask(server: Served, method: str, path: str, body: object = None) -> Any:
    reply = server.request(method, path, body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return reply.json


@pytest.fixture(scope="module", autouse=True)
def _players(server: Served) -> None:
    level = {"name": "level", "value_type": "numeric"}
    ask(server, "POST", "/v1/console/taxonomy/property", level)
    for number, reached in (("0001", "12"), ("0002", "30"), ("0003", "2")):
        server.authenticate(f"player-{number}", custom={"level": reached})


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    console.sign_in()
    yield console.page
    assert console.page.evaluate("() => window.attacked") is None


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).last.click()
    page.get_by_role("option", name=option, exact=True).click()


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Filter").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("Delete")
    page.keyboard.type(text)


def test_an_audience_is_made_as_a_form_counted_and_listed(
    console: Console, page: Page, server: Served
) -> None:
    console.open("/audiences/new")
    page.get_by_role("textbox", name="Name").fill("high-level")
    page.get_by_role("textbox", name="Description").fill(MARKUP)
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("menuitem", name="Property").click()
    choose(page, "Property", "level")
    page.get_by_role("textbox", name="Value").fill("10")
    counted = page.get_by_role("region", name="Who would be in")
    expect(counted.get_by_text("67 % of 3 players. Exact")).to_be_visible()
    expect(counted.get_by_role("link", name="player-0002")).to_be_visible()
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("menuitem", name="How long ago").click()
    page.get_by_role("button", name="Move condition 2 up").click()
    page.get_by_role("radiogroup", name="How the filter is edited").get_by_text("Text").click()
    written = page.get_by_role("textbox", name="Filter")
    expect(written).to_contain_text('Now() - createTime < Duration("7d")')
    expect(written).to_contain_text('and PropertiesCustom("level", 0) >= 10')
    console.picture("audience-text")
    assert console.barriers() == []
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("high-level is saved.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("high-level")
    assert ask(server, "GET", "/v1/console/audience/high-level")["filter"] == (
        'Now() - createTime < Duration("7d")\n  and PropertiesCustom("level", 0) >= 10'
    )
    console.open("/audiences?q=high-level")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("high-level")
    expect(row).to_contain_text(MARKUP)
    expect(row).to_contain_text("Unused")
    assert console.barriers() == []


def test_a_mistake_is_told_where_it_is_and_keeps_the_filter_from_being_saved(
    console: Console, page: Page, server: Served
) -> None:
    hand = f'PropertiesCustom("level", 0) * 2 > 10 // {MARKUP}'
    ask(server, "POST", "/v1/console/audience", {"name": "by-hand", "filter": hand})
    console.open("/audiences/by-hand")
    condition = page.get_by_role("group", name="Condition 1 of 1")
    expect(condition).to_contain_text("Written by hand")
    expect(condition).to_contain_text('PropertiesCustom("level", 0) * 2 > 10')
    expect(condition).to_contain_text(MARKUP)
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("menuitem", name="Another audience").click()
    second = page.get_by_role("group", name="Condition 2 of 2")
    expect(second.get_by_role("alert")).to_have_text("Choose an audience.")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    console.picture("audience-form-mistake")
    assert console.barriers() == []
    page.get_by_role("radiogroup", name="How the filter is edited").get_by_text("Text").click()
    write(page, "creatTime > 5")
    problems = page.get_by_role("list", name="Problems of the filter")
    expect(problems).to_contain_text("Mistake, line 1, column 1")
    expect(problems).to_contain_text("did you mean createTime?")
    expect(page.get_by_text("Mend the filter to see")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    write(page, "createTime ~ 5")
    page.get_by_role("radiogroup", name="How the filter is edited").get_by_text("Form").click()
    expect(page.get_by_text("This text cannot be shown as a form yet")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(condition).to_contain_text("Written by hand")


def test_players_are_put_on_lists_one_by_one_and_from_a_file(
    console: Console, page: Page, server: Served, tmp_path: Path
) -> None:
    ask(server, "POST", "/v1/console/audience", {"name": "testers"})
    console.open("/audiences/testers?tab=lists")
    page.get_by_role("textbox", name="Include players").fill("player-0001\nno such id!")
    page.get_by_role("button", name="Add 2 players").click()
    expect(page.get_by_text("no such id!: cannot name an identity")).to_be_visible()
    page.get_by_role("textbox", name="Include players").fill("player-0001")
    page.get_by_role("button", name="Add", exact=True).click()
    included = page.get_by_role("table", name="Included players")
    expect(included.get_by_role("link", name="player-0001")).to_be_visible()
    ids = tmp_path / "ids.csv"
    ids.write_text("identity_id,note\nplayer-0002,a\nplayer-0003,b\n", "utf-8")
    page.get_by_role("button", name="Import a file").click()
    page.locator("input[type=file]").set_input_files(ids)
    expect(page.get_by_text("2 ids, such as player-0002, player-0003.")).to_be_visible()
    page.get_by_role("button", name="Replace the list").click()
    expect(page.get_by_text("The include list has 2 players: 2 came, 1 went.")).to_be_visible()
    expect(included.get_by_role("link")).to_have_text(["player-0002", "player-0003"])
    page.get_by_role("button", name="Take player-0003 off the list").click()
    expect(included.get_by_role("link")).to_have_text(["player-0002"])
    console.picture("audience-lists")
    assert console.barriers() == []
    stored = ask(server, "GET", "/v1/console/audience/testers/include")["entries"]
    assert [each["identity_id"] for each in stored] == ["player-0002"]
