"""What the clients' tests define on a server, over its console API."""

import time
from collections.abc import Callable
from typing import Any

from tests.support.in_process import SERVER_KEY, basic, bearer
from tests.support.served import Served

_APPLIED_SECONDS_MAX = 10.0


def define(server: Served, kind: str, **body: Any) -> None:
    """A definition of that kind."""
    reply = server.request("POST", f"/v1/console/{kind}", body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body


def change(server: Served, kind: str, name: str, **body: Any) -> None:
    """Other fields of a definition."""
    reply = server.request("PUT", f"/v1/console/{kind}/{name}", body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body


def define_flags(server: Served) -> None:
    """Flags of every type; some have another value for those who have bought something."""
    define(server, "taxonomy/label", name="contract")
    define(
        server,
        "audience",
        name="contract-spenders",
        filter='PropertiesComputed("purchaseCompletedCount", 0) > 0',
    )

    def variants(value: str) -> list[dict[str, Any]]:
        return [{"name": "spent", "value": value, "audiences": ["contract-spenders"]}]

    define(server, "flag", name="contract.one", value="1", variants=variants("2"))
    define(server, "flag", name="contract.on", value="false", variants=variants("true"))
    define(server, "flag", name="contract.share", value="0.5", variants=variants("0.75"))
    define(server, "flag", name="contract.text", value="plain", labels=["contract"])
    define(
        server,
        "flag",
        name="contract.object",
        value='{"gems":[1,2],"name":"\u2603"}',
        variants=variants('{"gems":[]}'),
    )


def buy(server: Served, token: str) -> None:
    """Let a player have bought something."""
    event = {"events": [{"name": "purchaseCompleted", "value": "499"}]}
    reply = server.request("POST", "/v1/event", body=event, auth=bearer(token))
    assert reply.status == 200, reply.body


def until(found: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What ``found`` tells, as soon as it is ``wanted``."""
    deadline = time.monotonic() + _APPLIED_SECONDS_MAX
    while True:
        told = found()
        if wanted(told) or time.monotonic() > deadline:
            return told
        time.sleep(0.02)
