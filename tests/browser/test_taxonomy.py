"""The taxonomy in the console: declared, refused, declared by the wizard, counted, and watched."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console import Console, need_built_console
from tests.support.in_process import SERVER_KEY, basic, bearer
from tests.support.served import Served, served

MARKUP = "<img src=x onerror='window.attacked = true'>"
PLAYER = "player-0001"
# What a server takes to keep what was refused, or to count an event, on a busy machine.
KEPT_MS_MAX = 30_000
EVENT_KEYS = {"world": "3", MARKUP: MARKUP}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that refuses what nobody has declared."""
    need_built_console()
    with served(tmp_path_factory.mktemp("taxonomy") / "data") as running:
        yield running


@pytest.fixture
def page(console: Console) -> Iterator[Page]:
    console.sign_in()
    yield console.page
    assert console.page.evaluate("() => window.attacked") is None


def ask(server: Served, method: str, path: str, body: object = None) -> Any:
    reply = server.request(method, path, body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body
    return reply.json


def send(server: Served, *events: object, player: str = PLAYER) -> int:
    """What the server answers to these events of a player."""
    token = server.authenticate(player)["token"]
    body = {"events": list(events)}
    return server.request("POST", "/v1/event", body=body, auth=bearer(token)).status


def code(page: Page, name: str, text: str) -> None:
    """Type a text into an editor for code, in place of what it has."""
    editor = page.get_by_role("textbox", name=name, exact=True)
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def test_an_event_and_its_validator_are_declared(
    console: Console, page: Page, server: Served
) -> None:
    console.open("/taxonomy/validators/new")
    page.get_by_role("textbox", name="Name").fill("RaidData")
    code(page, "Schema", '{"properties": {"level": {"type": "integr"}}}')
    expect(page.locator(".cm-lintRange-error").first).to_be_visible()
    code(page, "Schema", '{"properties": {"level": {"type": "integer", "minimum": 1}}}')
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    code(page, "Value", '{"level": 0}')
    expect(page.get_by_text("0 is less than the minimum of 1")).to_be_visible()
    code(page, "Value", '{"level": 2}')
    expect(page.get_by_text("It fits", exact=True)).to_be_visible()
    console.picture("taxonomy-validator")
    assert console.barriers() == []
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("RaidData")

    console.open("/taxonomy/events/new")
    page.get_by_role("textbox", name="Name").fill("raidFinished")
    page.get_by_role("textbox", name="Description").fill(MARKUP)
    page.get_by_role("radio", name="Number").check()
    page.get_by_role("combobox", name="Metadata validator").click()
    page.get_by_role("option", name="RaidData").click()
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("raidFinished")
    assert send(server, {"name": "raidFinished", "value": "1", "metadata": {"level": "2"}}) == 200

    console.open("/taxonomy/events?origin=own")
    row = page.get_by_role("row").filter(has_text="raidFinished")
    expect(row).to_contain_text(MARKUP)
    expect(row).to_contain_text("RaidData")
    # What refers to a validator keeps it from being deleted.
    console.open("/taxonomy/validators/RaidData")
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("cannot be deleted yet")
    expect(dialog.get_by_role("link", name="raidFinished")).to_be_visible()


def test_what_came_with_the_server_takes_labels_and_nothing_else(
    console: Console, page: Page, server: Served
) -> None:
    ask(server, "POST", "/v1/console/taxonomy/label", {"name": "Money", "colour": "#2f9e60"})
    console.open("/taxonomy/events/purchaseCompleted")
    expect(page.get_by_text("This event comes with the server")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).not_to_be_editable()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    page.get_by_role("combobox", name="Labels").click()
    page.get_by_role("option", name="Money").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("purchaseCompleted is saved.")).to_be_visible()
    stored = ask(server, "GET", "/v1/console/taxonomy/event/purchaseCompleted")
    assert stored["labels"] == ["Money"]


def test_refused_events_are_declared_replayed_and_counted(
    console: Console, page: Page, server: Served
) -> None:
    for value in ("1", "2"):
        event = {"name": "levelStart", "value": value, "metadata": EVENT_KEYS}
        assert send(server, event) == 400
    assert send(server, {"name": MARKUP, "metadata": EVENT_KEYS}) == 400
    console.open("/taxonomy/debugger")
    refused = page.get_by_role("table", name="Refused events by name and reason")
    # What was refused last is kept last; the list follows by itself.
    expect(refused.get_by_role("link", name=MARKUP)).to_be_visible(timeout=KEPT_MS_MAX)
    row = refused.get_by_role("row").filter(has_text="levelStart")
    expect(row).to_contain_text("Not declared")
    console.picture("taxonomy-debugger")
    assert console.barriers() == []

    row.get_by_role("link", name="levelStart").click()
    fields = page.get_by_role("table", name="The event field by field").first
    expect(fields).to_contain_text(f"metadata.{MARKUP}")
    expect(fields).to_contain_text("'levelStart' is not declared in the taxonomy")
    page.get_by_role("link", name="Declare and replay").click()
    expect(page.get_by_role("radio", name="Number")).to_be_checked()
    expect(page.get_by_text("2 would be accepted")).to_be_visible()
    # Made narrower than what was proposed, it shows at once whom that leaves out.
    code(page, "Schema", '{"properties": {"world": {"type": "integer", "maximum": 2}}}')
    expect(page.get_by_text("0 of 2 would be accepted")).to_be_visible()
    code(page, "Schema", '{"properties": {"world": {"type": "integer", "maximum": 3}}}')
    expect(page.get_by_text("2 would be accepted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Declare and replay").click()
    expect(page.get_by_text("2 replayed", exact=True)).to_be_visible()
    console.picture("taxonomy-replayed")
    assert console.barriers() == []
    assert send(server, {"name": "levelStart", "value": "3", "metadata": {"world": "1"}}) == 200

    console.open(f"/players/{PLAYER}?tab=events")
    events = page.get_by_role("table", name="Events")
    counted = events.get_by_role("row").filter(has_text="levelStart")
    expect(counted).to_have_count(3, timeout=KEPT_MS_MAX)

    # The name that nobody could declare is discarded.
    console.open("/taxonomy/debugger")
    expect(page.get_by_role("link", name="levelStart")).to_have_count(0)
    page.get_by_role("link", name=MARKUP).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    expect(page.get_by_role("link", name="Declare and replay")).to_have_count(0)
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Discard for good").click()
    expect(page.get_by_text("Nothing is refused")).to_be_visible()
    page.get_by_role("tab", name="Dead letters").click()
    expect(page.get_by_text("No dead letters")).to_be_visible()


def test_the_tail_shows_events_as_they_come(console: Console, page: Page, server: Served) -> None:
    ask(server, "POST", "/v1/console/taxonomy/event", {"name": "bossBeaten"})
    # The page never rests: its connection stays open.
    page.goto("/taxonomy/tail")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert send(server, {"name": "bossBeaten", "metadata": EVENT_KEYS}, player="player-0002") == 200
    assert (
        send(server, {"name": "nobodyKnows", "metadata": EVENT_KEYS}, player="player-0002") == 400
    )
    tail = page.get_by_role("table", name="Events as they come in")
    accepted = tail.get_by_role("row").filter(has_text="bossBeaten")
    expect(accepted).to_contain_text("Accepted")
    expect(accepted).to_contain_text(MARKUP)
    expect(accepted.get_by_role("link", name="player-0002")).to_have_attribute(
        "href", "/players/player-0002"
    )
    expect(tail.get_by_role("row").filter(has_text="nobodyKnows").first).to_contain_text("Refused")
    page.get_by_role("button", name="Details of nobodyKnows").click()
    expect(tail).to_contain_text(f"metadata.{MARKUP}")
    console.picture("taxonomy-tail")
    assert console.barriers() == []

    page.get_by_role("button", name="Pause").click()
    assert send(server, {"name": "bossBeaten"}, player="player-0003") == 200
    expect(page.get_by_text("held")).to_be_visible()
    expect(tail.get_by_role("link", name="player-0003")).to_have_count(0)
    page.get_by_role("button", name="Resume").click()
    expect(tail.get_by_role("link", name="player-0003").first).to_be_visible()

    page.get_by_role("textbox", name="Player id").fill("player-0004")
    expect(page.get_by_text("Nothing like this has come yet")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    send(server, {"name": "bossBeaten"}, player="player-0005")
    send(server, {"name": "bossBeaten"}, player="player-0004")
    expect(tail.get_by_role("link", name="player-0004").first).to_be_visible()
    expect(tail.get_by_role("link", name="player-0005")).to_have_count(0)
