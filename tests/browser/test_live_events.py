"""Live events at a desk: planned by the wizard, previewed, launched, edited and stopped."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.support.in_process import SERVER_KEY, basic
from tests.support.served import Served

EVENT = "/v1/console/live-event"
MARKUP = '<img src=x onerror="window.attacked = true">'


def ask(server: Served, method: str, path: str, body: object = None) -> Any:
    reply = server.request(method, path, body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return reply.json


@pytest.fixture(scope="module", autouse=True)
def _definitions(server: Served) -> None:
    ask(server, "POST", "/v1/console/taxonomy/property", {"name": "country"})
    german = {"name": "germans", "filter": 'PropertiesCustom("country", "") == "DE"'}
    ask(server, "POST", "/v1/console/audience", german)
    ask(server, "POST", "/v1/console/flag", {"name": "shop-colour", "value": "red"})


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    console.sign_in()
    yield console.page
    assert console.page.evaluate("() => window.attacked") is None


def next_step(page: Page, label: str) -> None:
    page.get_by_role("button", name=f"Next: {label}").click()


def plan_weekly_market(page: Page) -> None:
    """The steps of the wizard up to the last one: Fridays and the weekend, in Berlin."""
    page.get_by_role("textbox", name="Name", exact=True).fill("Night market")
    page.get_by_role("textbox", name="Description").fill(MARKUP)
    next_step(page, "When")
    page.get_by_text("One time zone").click()
    page.get_by_role("combobox", name="Time zone", exact=True).fill("Europe/Berlin")
    page.get_by_text("Again and again").click()
    cron = page.get_by_role("textbox", name="The same as cron")
    cron.fill("0 99 * * FRI")
    expect(page.get_by_text("bad hour").first).to_be_visible()
    expect(page.get_by_role("button", name="Next: Who")).to_be_disabled()
    cron.fill("30 19 * * 5-6")
    expect(page.get_by_role("checkbox", name="Saturday")).to_be_checked()
    page.get_by_role("checkbox", name="Sunday").check()
    expect(cron).to_have_value("30 19 * * FRI,SAT,SUN")
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("at 19:30 (Europe/Berlin) for 1 day")
    expect(preview.get_by_role("listitem").first).to_contain_text("19:30 UTC+")
    others = preview.get_by_role("table", name="The same runs in other time zones")
    expect(others.get_by_role("columnheader", name="Asia/Tokyo")).to_be_visible()


def test_a_weekly_live_event_is_planned_launched_and_stopped(
    console: Console, page: Page, server: Served
) -> None:
    console.open("/live-events")
    expect(page.get_by_text("No live events yet")).to_be_visible()
    page.get_by_role("link", name="New live event").first.click()
    plan_weekly_market(page)
    assert console.barriers() == []
    console.picture("live-events-when")
    next_step(page, "Who")
    page.get_by_role("combobox", name="Audiences", exact=True).click()
    page.get_by_role("option", name="germans").click()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="They join").check()
    page.get_by_role("textbox", name="Places in each run").fill("1000")
    next_step(page, "Flags")
    page.get_by_role("combobox", name="Give a flag another value").click()
    page.get_by_role("option", name="shop-colour").click()
    page.get_by_role("textbox", name="Value of shop-colour while it is on").fill(MARKUP)
    next_step(page, "Look over")
    expect(page.get_by_role("region", name="When")).to_contain_text("First run from now")
    expect(page.get_by_role("region", name="Flags")).to_contain_text(MARKUP)
    assert console.barriers() == []
    console.picture("live-events-look-over")
    assert ask(server, "GET", EVENT)["live_events"] == []
    page.get_by_role("button", name="Save and launch").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Night market")
    expect(page.get_by_text(MARKUP).first).to_be_visible()
    stored = ask(server, "GET", f"{EVENT}/Night%20market")
    assert stored["schedule"]["reset_cron"] == "30 19 * * FRI,SAT,SUN"
    assert (stored["draft"], stored["participants_max"]) == (False, 1000)
    assert stored["flags"][0]["value"] == MARKUP

    console.open("/live-events")
    row = page.get_by_role("row", name="Night market")
    expect(row).to_contain_text("Europe/Berlin")
    expect(row).to_contain_text("germans")
    console.open("/timeline")
    expect(page.get_by_role("link", name="Night market").first).to_be_visible()

    console.open("/live-events/Night%20market")
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Why?").fill("Prices are wrong")
    dialog.get_by_role("button", name="Stop it now").click()
    expect(page.get_by_text("None until it is resumed")).to_be_visible()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    assert ask(server, "GET", f"{EVENT}/Night%20market")["stopped_time_sec"] != "0"
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("Prices are wrong")).to_be_visible()
    assert console.barriers() == []


def test_what_was_edited_meanwhile_is_not_overwritten(
    console: Console, page: Page, server: Served
) -> None:
    path = f"{EVENT}/Autumn%20fair"
    schedule = {"start_time_sec": "4000000000", "end_time_sec": "4000086400"}
    ask(server, "POST", EVENT, {"name": "Autumn fair", "draft": True, "schedule": schedule})
    console.open("/live-events/Autumn%20fair?tab=edit")
    page.get_by_role("textbox", name="Description").fill("Stalls")
    page.get_by_role("combobox", name="Excluded audiences").click()
    page.get_by_role("option", name="germans").click()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Audiences", exact=True).click()
    page.get_by_role("option", name="germans").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is one of the audiences, too").first).to_be_visible()
    page.get_by_role("combobox", name="Audiences", exact=True).press("Backspace")
    page.keyboard.press("Escape")

    ask(server, "PUT", path, {"color": "#123456"})
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Keep mine on top of theirs").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Autumn fair is saved.").last).to_be_visible()
    stored = ask(server, "GET", path)
    assert (stored["description"], stored["color"]) == ("Stalls", "#123456")
    assert stored["schedule"]["start_time_sec"] == "4000000000"
    assert stored["exclude_audiences"] == ["germans"]
