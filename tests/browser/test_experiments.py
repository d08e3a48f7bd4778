"""Experiments at a desk: from a question by the wizard to the winner's value in the flag."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console
from tests.support.in_process import SERVER_KEY, basic, bearer
from tests.support.served import Served

MARKUP = '<img src=x onerror="window.attacked = true">'
DAY_S = 86_400
# So many that each variant has some, whatever the experiment's id is.
PLAYERS = 24


def ask(server: Served, method: str, path: str, body: object = None) -> Any:
    reply = server.request(method, path, body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return reply.json


def play(server: Served, identity_id: str, flag: str) -> str:
    """Let a player read a flag; what the flag was."""
    token = server.authenticate(identity_id)["token"]
    reply = server.request("GET", f"/v1/flag?names={flag}", auth=bearer(token))
    assert reply.status == 200, reply.body
    (read,) = reply.json["flags"]
    return str(read["value"])


def experiment(server: Served, name: str, flag: str, **fields: Any) -> Any:
    """One with a phase that began a moment ago, for a week."""
    now = int(time.time())
    variants = [
        {"name": "control", "weight_permille": 500},
        {"name": "other", "weight_permille": 500, "flags": [{"flag": flag, "value": "2"}]},
    ]
    phase = {
        "name": "main",
        "start_time_sec": now,
        "end_time_sec": now + 7 * DAY_S,
        "variants": variants,
    }
    body = {"name": name, "launched": True, "phases": [phase], **fields}
    return ask(server, "POST", "/v1/console/experiment", body)


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    console.sign_in()
    yield console.page
    assert console.page.evaluate("() => window.attacked") is None


def make_by_wizard(console: Console, page: Page, server: Served) -> None:
    """Ask whether blue sells more, with what is wrong on the way, and launch it at once."""
    console.open("/experiments/new")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("An experiment needs a name.")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("Shop colours")
    page.get_by_role("textbox", name="Hypothesis").fill("A blue shop sells more.")
    page.get_by_role("combobox", name="Goal metrics").fill("revenue")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("combobox", name="Audiences", exact=True)).to_be_visible()
    page.get_by_role("button", name="Next").click()

    # Shares are shown as percentages, and must be all there is.
    page.get_by_role("textbox", name="Name").nth(1).fill("blue")
    page.get_by_role("textbox", name="Share of the players").nth(1).fill("40")
    expect(page.get_by_text("The shares add up to 90 %: 10 % too little")).to_be_visible()
    page.get_by_role("button", name="Equal shares").click()
    page.get_by_role("combobox", name="Set a flag for blue").click()
    page.get_by_role("option", name="shop-colour").click()
    page.get_by_role("textbox", name="shop-colour for blue").fill("blue")
    assert console.barriers() == []
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Begin at once").click()
    page.get_by_role("button", name="Next").click()

    # Nothing is saved before the end.
    expect(page.get_by_text("No other launched experiment sets the same flags")).to_be_visible()
    found = server.request("GET", "/v1/console/experiment/Shop%20colours", auth=basic(SERVER_KEY))
    assert found.status == 404
    page.get_by_role("radio", name="Launch it").check()
    console.picture("experiments-look-over")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop colours")
    expect(page.get_by_text("Running").first).to_be_visible()


def see_who_takes_part(console: Console, page: Page, values: list[str]) -> None:
    """The page counts those who had these values of the flag."""
    expect(page.get_by_text(f"{PLAYERS} players take part.")).to_be_visible()
    blue = page.get_by_role("table", name="Variants").get_by_role("row").filter(has_text="blue")
    count = values.count("blue")
    share = round(count / PLAYERS * 100, 1)
    expect(blue.get_by_role("cell").last).to_have_text(f"{count}{share:g} %")
    assert console.barriers() == []
    page.get_by_role("tab", name="Participants").click()
    expect(page.get_by_role("table", name="Participants").get_by_role("row")).to_have_count(
        PLAYERS + 1
    )
    page.get_by_role("textbox", name="Player id").fill("player-0000")
    page.get_by_role("button", name="Look").click()
    shown = "control" if values[0] == "red" else "blue"
    expect(page.get_by_text(f"has variant {shown} in phase main.")).to_be_visible()


def test_from_a_question_to_the_winner(console: Console, page: Page, server: Served) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "shop-colour", "value": "red"})
    make_by_wizard(console, page, server)
    values = [play(server, f"player-{number:04}", "shop-colour") for number in range(PLAYERS)]
    assert set(values) == {"red", "blue"}
    page.reload()
    see_who_takes_part(console, page, values)

    # The winner becomes the value of the flag for everybody.
    page.get_by_role("button", name="Promote a variant").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox", name="shop-colour")).to_be_checked()
    console.picture("experiments-promote")
    dialog.get_by_role("textbox", name="Why").fill("Blue sells more")
    dialog.get_by_role("button", name="Change the flag").click()
    expect(dialog.get_by_text("is ended: it changes no flag any more")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    assert ask(server, "GET", "/v1/console/flag/shop-colour")["value"] == "blue"
    assert play(server, "player-9999", "shop-colour") == "blue"
    expect(page.get_by_text("Ended").first).to_be_visible()


def test_what_biases_is_done_only_by_who_was_told(
    console: Console, page: Page, server: Served
) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "lives", "value": "1"})
    experiment(server, "Lives", "lives")
    console.open("/experiments/Lives?tab=phases")
    page.get_by_role("button", name="main Running").click()
    page.get_by_role("textbox", name="Share of the players").first.fill("30")
    page.get_by_role("textbox", name="Share of the players").last.fill("70")
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_disabled()
    expect(page.get_by_text("This biases the phase that is running")).to_be_visible()
    page.get_by_role("checkbox", name="Change it anyway, and note it with the results").check()
    page.get_by_role("textbox", name="Why, for the history").fill("Too few had it")
    save.click()
    expect(page.get_by_text("Lives is saved.")).to_be_visible()
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_text("Phase main: variants")).to_contain_text("Too few had it")

    # Locking biases nothing; the end comes at once.
    page.get_by_role("tab", name="Phases").click()
    for verb, word in (("Lock", "locked"), ("Unlock", "unlocked")):
        page.get_by_role("button", name=verb, exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name=verb, exact=True).click()
        expect(page.get_by_text(f"Phase main is {word}.")).to_be_visible()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("textbox", name="Name of the phase")).to_have_value("main 2")
    assert console.barriers() == []
    save.click()
    expect(page.get_by_role("tab", name="Phases 2")).to_be_visible()
    phases = ask(server, "GET", "/v1/console/experiment/Lives")["phases"]
    assert [each["state"] for each in phases] == ["running", "scheduled"]
    assert phases[1]["start_time_sec"] == phases[0]["end_time_sec"]
    page.get_by_role("button", name="End", exact=True).first.click()
    page.get_by_role("dialog").get_by_role("button", name="End experiment").click()
    expect(page.get_by_text("Lives is over.")).to_be_visible()


def test_who_shares_players_sees_what_is_taken(
    console: Console, page: Page, server: Served
) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "price", "value": "1"})
    console.open("/experiments/exclusion-groups")
    page.get_by_role("link", name="New exclusion group").first.click()
    page.get_by_role("textbox", name="Name").fill("Prices")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prices")
    group = {"exclusion_group": "Prices", "exclusion_to_permille": 300}
    experiment(server, "Cheap", "price", **group)
    ask(server, "POST", "/v1/console/experiment", {"name": "Dear"})
    console.open("/experiments/Dear?tab=edit")
    page.get_by_role("combobox", name="Exclusion group").click()
    page.get_by_role("option", name="Prices").click()
    expect(page.get_by_role("textbox", name="Its players from")).to_have_value("30 %")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Dear is saved.")).to_be_visible()
    console.open("/experiments/exclusion-groups/Prices")
    expect(page.get_by_text("30 % to 100 %")).to_be_visible()
    assert console.barriers() == []


def test_markup_in_an_experiment_is_only_text(console: Console, page: Page, server: Served) -> None:
    ask(server, "POST", "/v1/console/flag", {"name": "hostile", "value": MARKUP})
    phase_name = MARKUP.replace("/", "")
    now = int(time.time())
    hostile = {"name": phase_name, "weight_permille": 1000, "description": MARKUP}
    phase = {
        "name": phase_name,
        "description": MARKUP,
        "start_time_sec": now,
        "end_time_sec": now + DAY_S,
        "variants": [{**hostile, "flags": [{"flag": "hostile", "value": MARKUP}]}],
    }
    experiment(
        server,
        "Hostile",
        "hostile",
        hypothesis=MARKUP,
        description=MARKUP,
        goal_metrics=[MARKUP],
        note=MARKUP,
        phases=[phase],
    )
    play(server, "victim-0001", "hostile")
    for tab in ("overview", "phases", "participants", "overlaps", "edit", "history"):
        console.open(f"/experiments/Hostile?tab={tab}")
        expect(page.get_by_text("onerror").first).to_be_visible()
        assert page.locator("img[src=x]").count() == 0
    page.get_by_role("button", name="Promote a variant").click()
    expect(page.get_by_role("dialog").get_by_text("onerror").first).to_be_visible()
    console.open("/experiments")
    expect(page.get_by_text("onerror").first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
