"""People in the console: a second factor, who may do what, and keys."""

import base64
import time

from playwright.sync_api import Page, expect

from matsuri.console.totp import code_at
from tests.browser.console import Console
from tests.support.in_process import EMAIL, PASSWORD, SERVER_KEY, basic
from tests.support.served import Served

SUPPORT = "support@example.com"
SUPPORT_PASSWORD = "a password that nobody guesses"


def add_user(server: Served, email: str, role: str, password: str) -> None:
    """A user with a password of their own."""
    made = server.request(
        "POST",
        "/v1/console/user",
        body={"email": email, "role": role},
        auth=basic(SERVER_KEY),
    )
    assert made.status == 200, made.body
    signed_in = server.request(
        "POST",
        "/v1/console/authenticate",
        body={
            "email": email,
            "password": made.json["one_time_password"],
            "new_password": password,
        },
    )
    assert signed_in.status == 200, signed_in.body


def sign_in_by_form(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_second_factor_is_set_up_and_then_asked_for(console: Console, server: Served) -> None:
    email = "careful@example.com"
    add_user(server, email, "developer", SUPPORT_PASSWORD)
    console.sign_in(email, SUPPORT_PASSWORD)
    page = console.open("/account")
    page.get_by_role("button", name="Set up").click()
    page.get_by_label("Your password").fill(SUPPORT_PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_alt_text("QR code of the secret")).to_be_visible()
    secret = base64.b32decode(page.get_by_role("dialog").locator("code").first.inner_text())
    step = int(time.time()) // 30
    page.get_by_label("Code that the app shows now").fill(code_at(secret, step))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery_code = page.get_by_role("dialog").locator("code").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("with 10 recovery codes left")).to_be_visible()

    page.get_by_role("button", name=email).click()
    page.get_by_role("menuitem", name="Sign out").click()
    sign_in_by_form(page, email, SUPPORT_PASSWORD)
    # A code opens once, so the next one is used; clocks of phones may be a step ahead.
    digits = page.get_by_label("Digit of the code")
    expect(digits.first).to_be_visible()
    digits.first.click()
    page.keyboard.type(code_at(secret, step + 1))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")

    page.get_by_role("button", name=email).click()
    page.get_by_role("menuitem", name="Sign out").click()
    sign_in_by_form(page, email, SUPPORT_PASSWORD)
    page.get_by_role("button", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(recovery_code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("with 9 recovery codes left")).to_be_visible()


def test_who_may_only_read_sees_no_write_action_and_is_refused(
    console: Console, server: Served
) -> None:
    add_user(server, SUPPORT, "support", SUPPORT_PASSWORD)
    token = console.sign_in(SUPPORT, SUPPORT_PASSWORD)["csrf_token"]
    page = console.open("/flags")
    expect(page.get_by_role("link", name="Min-Build-Number")).to_be_visible()
    expect(page.get_by_role("link", name="New flag")).to_have_count(0)
    page.get_by_role("link", name="Min-Build-Number").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Min-Build-Number")
    for name in ("Save", "Create", "Delete", "Add to change set"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    console.open("/changes")
    expect(page.get_by_role("button", name="New change set")).to_have_count(0)
    console.open("/settings/health")
    for tab in ("Users", "API keys", "Server keys", "Audit log"):
        expect(page.get_by_role("tab", name=tab)).to_have_count(0)
    assert console.refusals == []
    refused = console.context.request.post(
        "/v1/console/flag",
        data={"name": "not-mine", "value": "1"},
        headers={"x-csrf-token": token},
    )
    assert refused.status == 403
    assert refused.json()["details"] == [{"permission": "flag:write"}]


def test_a_user_is_added_and_adjusted(console: Console) -> None:
    console.sign_in()
    page = console.open("/settings/users")
    page.get_by_role("button", name="Add user").click()
    page.get_by_role("dialog").get_by_label("E-mail").fill("designer@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("They choose their own at the first sign-in")).to_be_visible()
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("link", name="designer@example.com").click()
    page.get_by_label("delete Flags").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("designer@example.com is changed.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("delete Flags")).not_to_be_checked()
    expect(page.get_by_text("Differs")).to_be_visible()
    assert console.barriers() == []


def test_a_server_key_is_made_with_what_it_needs_and_rotated(
    console: Console, server: Served
) -> None:
    console.sign_in()
    page = console.open("/settings/server-keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("nightly")
    page.get_by_label("read Flags").check()
    assert console.barriers() == []
    page.get_by_role("button", name="Create").click()
    value = page.get_by_role("dialog").locator("pre").first.inner_text()
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_role("cell", name="nightly", exact=True)).to_be_visible()
    assert server.request("GET", "/v1/console/flag", auth=basic(value)).status == 200
    assert server.request("GET", "/v1/console/audience", auth=basic(value)).status == 403

    page.get_by_role("button", name="Actions of nightly").click()
    page.get_by_role("menuitem", name="Rotate").click()
    page.get_by_role("button", name="Rotate").click()
    page.get_by_role("dialog").get_by_text("Both values work").wait_for()
    new_value = page.get_by_role("dialog").locator("pre").first.inner_text()
    page.get_by_role("button", name="I have kept it").click()
    for each in (value, new_value):
        assert server.request("GET", "/v1/console/flag", auth=basic(each)).status == 200


def test_the_audit_log_tells_who_did_what(console: Console) -> None:
    console.sign_in()
    console.context.request.post(
        "/v1/console/authenticate", data={"email": EMAIL, "password": "wrong", "cookie": True}
    )
    page = console.open("/settings/audit")
    expect(page.get_by_role("table", name="Audit log")).to_contain_text("user.sign_in")
    page.get_by_role("combobox", name="Outcome").click()
    page.get_by_role("option", name="refused").click()
    expect(page.get_by_role("table", name="Audit log")).not_to_contain_text("audience.create")
    page.get_by_role("button", name="Details of").first.click()
    expect(page.get_by_text("Operation", exact=True)).to_be_visible()
    assert console.barriers() == []
    assert PASSWORD not in page.content()
