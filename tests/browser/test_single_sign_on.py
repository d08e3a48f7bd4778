"""Signing in at a provider on another site: what the browser's rules for cookies let through."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.console import Console, need_built_console
from tests.oidc.console import SignInDesk, sign_in_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInDesk]:
    need_built_console()
    folder = tmp_path_factory.mktemp("single-sign-on") / "data"
    # By its name the provider is another site than the console at 127.0.0.1.
    with sign_in_desk(
        folder,
        host="localhost",
        with_page=True,
        oidc_label="Studio",
        console_password_sign_in="false",
    ) as running:
        yield running


@pytest.fixture
def window(browser: Browser, desk: SignInDesk, tmp_path: Path) -> Iterator[Console]:
    console = Console(browser, desk.server, pictures=tmp_path)
    try:
        yield console
        assert console.faults == []
    finally:
        console.close()


def test_signing_in_with_the_company_account(window: Console, desk: SignInDesk) -> None:
    desk.user("anna@example.com", role="developer")
    desk.provider.person("anna", email="anna@example.com", email_verified=True)
    desk.provider.next("anna")
    page = window.open("/flags?search=a")
    button = page.get_by_role("link", name="Sign in with Studio")
    button.wait_for()
    window.picture("single-sign-on")
    assert window.barriers() == []
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="It is me").click()
    # The cookie came from the answer to another site's page, and is there for the console's calls.
    for _ in range(2):
        expect(page.get_by_role("heading", level=1)).to_have_text("Flags")
        expect(page.get_by_role("button", name="anna@example.com")).to_be_visible()
        page.reload()
    assert page.url == f"{desk.server.url}/flags?search=a"
    (cookie,) = (
        each for each in window.context.cookies(desk.server.url) if "matsuri" in each["name"]
    )
    assert (cookie["name"], cookie["sameSite"]) == ("matsuri_session", "Strict")
    assert cookie["httpOnly"]


def test_who_has_no_access_is_told_so_once(window: Console, desk: SignInDesk) -> None:
    desk.provider.person("guest", email="guest@example.com", email_verified=True)
    desk.provider.next("guest")
    page = window.open("/")
    page.get_by_role("link", name="Sign in with Studio").click()
    page.get_by_role("button", name="It is me").click()
    expect(page.get_by_role("alert")).to_contain_text("You have no access yet")
    assert page.url == f"{desk.server.url}/"
    window.picture("single-sign-on-refused")
    assert window.barriers() == []
    page.reload()
    expect(page.get_by_role("link", name="Sign in with Studio")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_password_is_asked_for_on_demand(window: Console) -> None:
    page = window.open("/")
    expect(page.get_by_label("E-mail")).to_have_count(0)
    page.get_by_role("button", name="Sign in with a password").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
