"""Signing in and out, and that every place of the console can be opened by who is signed in."""

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console
from tests.support.in_process import EMAIL, PASSWORD


def places(console: Console) -> list[str]:
    """The paths in the side bar."""
    console.open("/")
    links = console.page.get_by_role("navigation", name="Main").get_by_role("link")
    links.first.wait_for()
    return [str(each.get_attribute("href")) for each in links.all()]


def test_signing_in_and_out(console: Console) -> None:
    page = console.open("/flags")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Not signed in")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    # Where one wanted to go is where one is then, also after a reload.
    for _ in range(2):
        expect(page.get_by_role("heading", level=1)).to_have_text("Flags")
        page.reload()
    assert page.evaluate("() => document.cookie") == ""
    (cookie,) = console.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.get_by_role("button", name=EMAIL).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert console.context.request.get("/v1/console/me").status == 401


def test_a_call_with_the_cookie_alone_changes_nothing(console: Console) -> None:
    token = console.sign_in()["csrf_token"]
    flag = {"name": "from-elsewhere", "value": "1"}
    alone = console.context.request.post("/v1/console/flag", data=flag)
    assert (alone.status, alone.json()["code"]) == (403, 7)
    own = console.context.request.post(
        "/v1/console/flag", data=flag, headers={"x-csrf-token": token}
    )
    assert own.status == 200


def test_every_place_opens_without_a_fault_or_barrier(console: Console) -> None:
    console.sign_in()
    paths = places(console)
    assert "/flags" in paths
    barriers = {}
    for path in paths:
        console.open(path)
        expect(console.page.get_by_role("heading", level=1)).to_be_visible()
        console.picture(path.strip("/").replace("/", "-") or "home")
        barriers[path] = console.barriers()
        assert console.faults == [], path
        assert console.refusals == [], path
    assert {path: found for path, found in barriers.items() if found} == {}


@pytest.mark.parametrize("path", ["/", "/flags"])
def test_the_keyboard_skips_to_the_content_of_the_same_page(console: Console, path: str) -> None:
    console.sign_in()
    page = console.open(path)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => location.pathname") == path
    assert page.evaluate("() => document.activeElement.closest('main') !== null")
