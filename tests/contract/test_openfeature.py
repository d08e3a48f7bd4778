"""OpenFeature's own providers for OFREP, against a running server."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from tests.contract.game import buy, change, define, define_flags, until
from tests.contract.sdk import Call, in_chromium
from tests.support.in_process import API_KEY, basic, bearer
from tests.support.served import Served

_TOLD_SECONDS_MAX = 1.0


@pytest.fixture(scope="module", autouse=True)
def _flags(server: Served) -> None:
    define_flags(server)


@pytest.fixture
def client(server: Served) -> Iterator[OpenFeatureClient]:
    """A back end's client, with the API key."""
    provider = OFREPProvider(server.url, headers_factory=lambda: {"Authorization": basic(API_KEY)})
    api.set_provider(provider)
    yield api.get_client()
    api.shutdown()
    # It has no method to close its connections.
    provider.session.close()


def new_player(server: Served) -> tuple[str, str]:
    """The id of a new player, and a session token."""
    identity_id = f"player-{uuid.uuid4()}"
    return identity_id, server.authenticate(identity_id)["token"]


def test_every_type(client: OpenFeatureClient) -> None:
    assert client.get_integer_value("contract.one", 0) == 1
    assert client.get_boolean_value("contract.on", True) is False
    assert client.get_float_value("contract.share", 0.0) == 0.5
    assert client.get_string_value("contract.text", "") == "plain"
    assert client.get_object_value("contract.object", {}) == {"gems": [1, 2], "name": "☃"}


def test_a_player_and_what_it_has_done(client: OpenFeatureClient, server: Served) -> None:
    identity_id, token = new_player(server)
    context = EvaluationContext(identity_id)
    before = client.get_boolean_details("contract.on", True, context)
    assert (before.value, before.reason, before.variant) == (False, Reason.DEFAULT, "default")
    buy(server, token)
    after = until(
        lambda: client.get_boolean_details("contract.on", False, context),
        lambda details: details.value,
    )
    assert (after.reason, after.variant) == (Reason.TARGETING_MATCH, "spent")
    assert after.flag_metadata == {"source": "flag_variant", "sourceName": "contract.on"}
    assert client.get_object_value("contract.object", {}, context) == {"gems": []}


def test_attributes_of_the_context(client: OpenFeatureClient, server: Served) -> None:
    define(
        server, "audience", name="contract-swiss", filter='Properties("countryCode", "") == "CH"'
    )
    variants = [{"name": "swiss", "value": "yes", "audiences": ["contract-swiss"]}]
    define(server, "flag", name="contract.swiss", value="no", variants=variants)
    for key in (new_player(server)[0], "nobody@example.com"):
        context = EvaluationContext(key, {"countryCode": "CH", "anything": {"else": [True]}})
        assert client.get_string_value("contract.swiss", "", context) == "yes"
        assert client.get_string_value("contract.swiss", "", EvaluationContext(key)) == "no"


def test_what_goes_wrong(client: OpenFeatureClient) -> None:
    missing = client.get_string_details("contract.missing", "mine")
    assert (missing.value, missing.error_code) == ("mine", ErrorCode.FLAG_NOT_FOUND)
    mismatch = client.get_integer_details("contract.text", 7)
    assert (mismatch.value, mismatch.error_code) == (7, ErrorCode.TYPE_MISMATCH)
    nobody = client.get_string_details(
        "contract.text", "mine", EvaluationContext(attributes={"countryCode": "CH"})
    )
    assert (nobody.value, nobody.error_code) == ("mine", ErrorCode.TARGETING_KEY_MISSING)
    context = EvaluationContext("someone", {"countryCode": "x" * 2000})
    wrong = client.get_string_details("contract.text", "mine", context)
    assert (wrong.value, wrong.error_code) == ("mine", ErrorCode.INVALID_CONTEXT)


def test_without_a_key(server: Served) -> None:
    provider = OFREPProvider(server.url)
    api.set_provider(provider)
    try:
        refused = api.get_client().get_string_details("contract.text", "mine")
        assert (refused.value, refused.error_code) == ("mine", ErrorCode.GENERAL)
    finally:
        api.shutdown()
        provider.session.close()


class Page:
    """The web provider in a page: its methods by name."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __call__(self, method: str, *args: object) -> Any:
        return self._call({"method": method, "args": list(args)})["returned"]


@pytest.fixture
def page() -> Iterator[Page]:
    with in_chromium("openfeature.html") as call:
        page = Page(call)
        yield page
        page("end")


def test_the_web_provider_hears_of_changes(page: Page, server: Served) -> None:
    """It gets all flags at once, and again when its event stream says so."""
    identity_id, token = new_player(server)
    page("begin", server.url, bearer(token), {"targetingKey": identity_id})
    details = page("details", "Number", "contract.one", 0)
    assert (details["value"], details["reason"], details["variant"]) == (1, "DEFAULT", "default")
    # The stream's first word is that of the answer it has: not modified.
    assert until(lambda: page("heard")["statuses"], lambda s: len(s) > 1) == [200, 304]
    buy(server, token)
    heard = until(lambda: page("heard"), lambda heard: heard["changes"])
    assert heard["statuses"] == [200, 304, 200]
    assert set(heard["changes"][0]) >= {"contract.one", "contract.on", "contract.share"}
    assert "contract.text" not in heard["changes"][0]
    assert page("details", "Number", "contract.one", 0)["value"] == 2
    assert page("details", "Boolean", "contract.on", False)["reason"] == "TARGETING_MATCH"
    assert page("details", "Object", "contract.object", {})["value"] == {"gems": []}
    began = time.monotonic()
    change(server, "flag", "contract.text", value="another")
    until(lambda: page("heard")["changes"], lambda changes: len(changes) > 1)
    assert time.monotonic() - began < _TOLD_SECONDS_MAX
    assert page("details", "String", "contract.text", "")["value"] == "another"
    change(server, "flag", "contract.text", value="plain")


def test_the_web_provider_changes_its_context(page: Page, server: Served) -> None:
    buyer, token = new_player(server)
    buy(server, token)
    other, _ = new_player(server)
    until(
        lambda: server.request("GET", "/v1/flag?names=contract.one", auth=bearer(token)).json,
        lambda told: told["flags"][0]["value"] == "2",
    )
    page("begin", server.url, basic(API_KEY), {"targetingKey": other})
    assert page("details", "Number", "contract.one", 0)["value"] == 1
    page("setContext", {"targetingKey": buyer})
    assert page("details", "Number", "contract.one", 0)["value"] == 2
    missing = page("details", "String", "contract.missing", "mine")
    assert (missing["value"], missing["errorCode"]) == ("mine", "FLAG_NOT_FOUND")
