"""Texts that would be code if a page took them for markup: stored wherever a text can be stored."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.console import Console, need_built_console
from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer
from tests.support.served import Served, served

HOSTILE = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}'
PLAYER = "hostile-player"
# What a note, a description or a value may be long.
SHORT = HOSTILE[:80]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    need_built_console()
    with served(tmp_path_factory.mktemp("hostile") / "data") as running:
        fill(running)
        yield running


def fill(server: Served) -> None:
    """Something hostile of every kind."""
    texts = {"description": HOSTILE, "note": HOSTILE}
    console = [
        ("taxonomy/label", {"name": "hostile", "colour": "#123456", **texts}),
        ("taxonomy/validator", {"name": "hostile", "schema": {"title": HOSTILE}, **texts}),
        ("taxonomy/event", {"name": "hostileEvent", "value_type": "any", **texts}),
        ("taxonomy/property", {"name": "hostileProperty", "value_type": "string", **texts}),
        (
            "audience",
            {"name": "hostile", "filter": f"// {HOSTILE}\ntrue", "labels": ["hostile"], **texts},
        ),
        (
            "flag",
            {
                "name": "hostile",
                "value": HOSTILE,
                "labels": ["hostile"],
                "note": HOSTILE,
                "description": HOSTILE,
                "variants": [
                    {"name": "<b>x<b>", "value": HOSTILE, "audiences": ["hostile"]},
                ],
            },
        ),
        (
            "experiment",
            {
                "name": "hostile",
                "hypothesis": HOSTILE,
                "phases": [
                    {
                        "name": "<b>phase<b>",
                        "description": HOSTILE,
                        "start_time_sec": "4000000000",
                        "end_time_sec": "4000086400",
                        "variants": [{"name": "<u>one<u>", "weight_permille": 1000}],
                    }
                ],
                **texts,
            },
        ),
        (
            "live-event",
            {
                "name": "hostile",
                "value": HOSTILE,
                "schedule": {"start_time_sec": "1700000000", "end_time_sec": "4000000000"},
                **texts,
            },
        ),
        ("change-set", {"name": SHORT, "description": HOSTILE}),
        ("serverkey", {"name": "hostile", "description": HOSTILE, "permissions": ["flag:read"]}),
    ]
    for path, body in console:
        made = server.request(
            "POST", f"/v1/console/{path}", body=without_markup(body, path), auth=basic(SERVER_KEY)
        )
        assert made.status == 200, (path, made.body)
    session = server.authenticate(PLAYER)
    sent = server.request(
        "PUT",
        "/v1/properties",
        body={"custom": {"hostileProperty": HOSTILE}},
        auth=bearer(session["token"]),
    )
    assert sent.status == 200, sent.body
    events = [
        {"name": "hostileEvent", "value": HOSTILE, "metadata": {"<b>k</b>": HOSTILE}},
        {"name": HOSTILE, "value": HOSTILE, "metadata": {"k": HOSTILE}},
    ]
    refused = server.request(
        "POST", "/v1/event", body={"events": events}, auth=bearer(session["token"])
    )
    assert refused.status == 400
    imported = server.request(
        "POST",
        "/v1/authenticate",
        body={"id": "hostile-player-2", "default": {"platform": HOSTILE}},
        auth=basic(API_KEY),
    )
    assert imported.status == 200, imported.body


def without_markup(body: dict[str, object], path: str) -> dict[str, object]:
    """Flags say less of themselves than the others: their descriptions are short."""
    if path == "flag":
        return {**body, "description": HOSTILE[:128]}
    return body


SCREENS = [
    "/",
    "/players",
    *(f"/players/{PLAYER}?tab={tab}" for tab in ("profile", "events", "flags")),
    f"/players/{PLAYER}?tab=audiences",
    "/audiences",
    "/audiences/hostile",
    "/audiences/hostile?tab=history",
    "/flags",
    *(f"/flags/hostile?tab={tab}" for tab in ("values", "variants", "history")),
    "/experiments",
    "/experiments/hostile",
    "/experiments/hostile?tab=phases",
    "/live-events",
    "/live-events/hostile",
    "/live-events/hostile?tab=edit",
    "/timeline",
    "/taxonomy/events",
    "/taxonomy/events/hostileEvent",
    "/taxonomy/properties",
    "/taxonomy/validators/hostile",
    "/taxonomy/labels",
    "/taxonomy/debugger",
    "/changes",
    "/changes/history",
    "/settings/server-keys",
    "/settings/audit",
]


def test_no_screen_takes_a_text_for_markup(console: Console) -> None:
    console.sign_in()
    for path in SCREENS:
        page = console.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        # What opens shows more of it.
        for button in page.get_by_role("button", name="Details of").all()[:3]:
            button.click()
        assert page.evaluate("() => window.hacked") is None, path
        assert page.locator("main img[src=x]").count() == 0, path
        assert page.locator("main script").count() == 0, path
        assert "{{7*7}}" in page.content() or "49" not in page.title(), path
        assert console.faults == [], path
    address = console.context.request.get("/v1/console/change-set").json()["change_sets"][0]["id"]
    page = console.open(f"/changes/{address}")
    expect(page.get_by_role("heading", level=1)).to_have_text(SHORT)
    assert page.evaluate("() => window.hacked") is None
