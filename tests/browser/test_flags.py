"""Flags at a desk: made, given variants, saved, lost to somebody else's change, and taken back."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.support.in_process import SERVER_KEY, basic
from tests.support.served import Served

MARKUP = '<img src=x onerror="window.attacked = true">'
SHOP = {
    "type": "object",
    "required": ["price"],
    "properties": {
        "price": {"type": "integer", "minimum": 1},
        "open": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
# Digits that no number of JavaScript keeps, and layout of somebody's own.
STOCK = '{ "price": 10,\n  "big": 12345678901234567890, "rate": 1.50 }'


def ask(server: Served, method: str, path: str, body: object = None) -> Any:
    reply = server.request(method, path, body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return reply.json


@pytest.fixture(scope="module", autouse=True)
def _definitions(server: Served) -> None:
    ask(server, "POST", "/v1/console/taxonomy/property", {"name": "country"})
    german = {"name": "germans", "filter": 'PropertiesCustom("country", "") == "DE"'}
    ask(server, "POST", "/v1/console/audience", german)
    ask(server, "POST", "/v1/console/taxonomy/validator", {"name": "shop", "schema": SHOP})


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    console.sign_in()
    yield console.page
    assert console.page.evaluate("() => window.attacked") is None


def saved(page: Page, name: str) -> None:
    expect(page.get_by_text(f"{name} is saved.").last).to_be_visible()


def test_a_flag_is_made_with_a_variant_and_listed(
    console: Console, page: Page, server: Served
) -> None:
    console.open("/flags/new")
    page.get_by_role("textbox", name="Name").fill("greeting")
    # Key by key: what begins like a number stays a text.
    page.get_by_role("textbox", name="Default value").press_sequentially("1 Hello")
    page.get_by_role("tab", name="Variants").click()
    page.get_by_role("button", name="Add variant").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("german")
    page.get_by_role("combobox", name="Audiences").click()
    page.get_by_role("option", name="germans").click()
    page.get_by_role("textbox", name="Value of german").fill("Hallo")
    page.get_by_role("button", name="Create").click()
    saved(page, "greeting")
    expect(page.get_by_role("heading", level=1)).to_have_text("greeting")
    console.open("/flags?q=greet")
    expect(page.get_by_role("row").nth(1)).to_contain_text("1 Hello")
    server.authenticate("anna-0001", custom={"country": "DE"})
    page.get_by_role("link", name="greeting").click()
    page.get_by_role("tab", name="Who gets what").click()
    page.get_by_role("textbox", name="Player id").fill("anna-0001")
    page.get_by_role("button", name="See what they get").click()
    expect(page.get_by_text("because of variant “german”")).to_be_visible()
    page.get_by_role("button", name="Why, for audience germans").click()
    expect(page.get_by_text('PropertiesCustom("country", "") = "DE"')).to_be_visible()
    assert console.barriers() == []
    console.picture("flags-who")


def test_a_value_is_edited_by_its_schema_and_nothing_else_of_it_changes(
    console: Console, page: Page, server: Served
) -> None:
    flag = {"name": "shop", "value": STOCK, "validator": "shop"}
    ask(server, "POST", "/v1/console/flag", flag)
    console.open("/flags/shop")
    page.get_by_role("textbox", name="price").fill("0")
    expect(page.get_by_text("0 is less than the minimum of 1")).to_be_visible()
    page.get_by_role("textbox", name="price").fill("-")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_role("textbox", name="price").fill("12")
    page.get_by_role("button", name="tags").click()
    page.get_by_role("button", name="Add to tags").click()
    page.get_by_role("textbox", name="1", exact=True).fill("new")
    console.picture("flags-form")
    assert console.barriers() == []
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page, "shop")
    value = ask(server, "GET", "/v1/console/flag/shop")["value"]
    assert value == STOCK.replace("10,", "12,").replace("1.50 }", '1.50, "tags": ["new"] }')


def test_variants_are_put_in_order_with_the_keyboard(
    console: Console, page: Page, server: Served
) -> None:
    variants = [{"name": name, "value": name} for name in ("one", "two", "three")]
    ask(server, "POST", "/v1/console/flag", {"name": "order", "variants": variants})
    console.open("/flags/order?tab=variants")
    handle = page.get_by_role("button", name="Move one: Space, then arrows")
    handle.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("one is at place 1 of 3.")).to_be_attached()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("one is at place 2 of 3.")).to_be_attached()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Move three up").click()
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page, "order")
    stored = ask(server, "GET", "/v1/console/flag/order")["variants"]
    assert [each["name"] for each in stored] == ["two", "three", "one"]


def test_somebody_elses_change_is_not_lost_and_history_leads_back(
    console: Console, page: Page, server: Served
) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "price", "value": "10"})
    console.open("/flags/price")
    page.get_by_role("textbox", name="Default value").fill("20")
    theirs = {"description": "What a sword costs", "note": "Told by Ben"}
    ask(server, "PUT", "/v1/console/flag/price", theirs)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody else was quicker")).to_be_visible()
    expect(page.get_by_text("They changed description.")).to_be_visible()
    page.get_by_role("button", name="Keep mine on top of theirs").click()
    expect(page.get_by_text("Somebody else was quicker")).to_be_hidden()
    page.get_by_role("textbox", name="Why, for the history").fill("Swords are dearer")
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page, "price")
    stored = ask(server, "GET", "/v1/console/flag/price")
    assert (stored["value"], stored["description"]) == ("20", "What a sword costs")
    page.get_by_role("textbox", name="Name").fill("sword-price")
    page.get_by_role("button", name="Save", exact=True).click()
    saved(page, "sword-price")
    expect(page).to_have_url(f"{server.url}/flags/sword-price")
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("Swords are dearer")).to_be_visible()
    console.picture("flags-history")
    page.get_by_role("button", name="Created").click()
    page.get_by_role("button", name="Make it this again").click()
    expect(page.get_by_role("dialog").get_by_text("What a sword costs")).to_be_visible()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The flag is again what it was.")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/flags/price?tab=history")
    stored = ask(server, "GET", "/v1/console/flag/price")
    assert (stored["value"], stored["description"]) == ("10", "")


def test_markup_in_a_flag_is_only_text(console: Console, page: Page, server: Served) -> None:
    flag = {
        "name": "hostile",
        "description": MARKUP,
        "value": MARKUP,
        "variants": [{"name": MARKUP.replace("/", ""), "value": MARKUP, "description": MARKUP}],
        "note": MARKUP,
    }
    ask(server, "POST", "/v1/console/flag", flag)
    for path in (
        "/flags",
        "/flags/hostile",
        "/flags/hostile?tab=variants",
        "/flags/hostile?tab=who",
        "/flags/hostile?tab=history",
    ):
        console.open(path)
        expect(
            page.get_by_text("onerror").or_(page.get_by_label("Description")).first
        ).to_be_visible()
        assert page.locator("img[src=x]").count() == 0


def test_a_flag_that_is_used_says_why_it_stays(
    console: Console, page: Page, server: Served
) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "used", "value": "1"})
    schedule = {"start_time_sec": 4_000_000_000, "end_time_sec": 4_000_100_000}
    event = {"name": "night", "flags": [{"flag": "used", "value": "2"}], "schedule": schedule}
    ask(server, "POST", "/v1/console/live-event", event)
    console.open("/flags/used")
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="night")).to_have_attribute("href", "/live-events/night")
    dialog.get_by_role("button", name="Close").last.click()
    ask(server, "PUT", "/v1/console/live-event/night", {"flags": []})
    console.open("/flags/used")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete flag").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Flags")
    expect(page.get_by_role("link", name="used", exact=True)).to_have_count(0)


def test_a_change_can_wait_in_a_change_set(console: Console, page: Page, server: Served) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "waiting", "value": "1"})
    console.open("/flags/waiting")
    page.get_by_role("textbox", name="Default value").fill("2")
    page.get_by_role("button", name="Add to change set").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("Winter")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Nothing changed")).to_be_visible()
    assert ask(server, "GET", "/v1/console/flag/waiting")["value"] == "1"
    (kept,) = ask(server, "GET", "/v1/console/change-set")["change_sets"]
    assert (kept["name"], kept["change_count"]) == ("Winter", 1)
    # The next edit asks again before one leaves.
    page.get_by_role("textbox", name="Default value").fill("3")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audiences").click()
    page.get_by_role("button", name="Stay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("waiting")
