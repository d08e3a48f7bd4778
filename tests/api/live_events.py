"""Live events that tests declare, and what games read of them."""

from typing import Any

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Author
from matsuri.live_events.model import (
    LIVE_EVENT_KIND,
    FlagOverride,
    LiveEventDefinition,
    Schedule,
)
from tests.api.running import NOW, Server
from tests.support.in_process import Reply, bearer

HOUR = 3600
DAY = 86_400
MIDNIGHT = NOW // DAY * DAY
AUTHOR = Author("tester", "")
ON = Schedule(start_time_sec=NOW - HOUR, end_time_sec=NOW + HOUR)
NIGHTS = Schedule(start_time_sec=MIDNIGHT, reset_cron="0 22 * * *", duration_sec=2 * HOUR)
EVENINGS = Schedule(
    start_time_sec=MIDNIGHT,
    reset_cron="0 18 * * *",
    duration_sec=2 * HOUR,
    player_local=True,
)
SHOP = (FlagOverride(flag="shop", value="blue"),)


async def define_live_event(
    server: Server, name: str = "festival", schedule: Schedule = ON, **body: Any
) -> Definition[LiveEventDefinition]:
    return await server.node.definitions.create(
        LIVE_EVENT_KIND, name, LiveEventDefinition(schedule=schedule, **body), author=AUTHOR
    )


async def change_live_event(
    server: Server, definition: Definition[LiveEventDefinition], **changes: Any
) -> None:
    await server.node.definitions.update(LIVE_EVENT_KIND, definition.id, changes, author=AUTHOR)


async def token_of(server: Server, identity_id: str, **fields: object) -> str:
    return str((await server.authenticate(identity_id, **fields))["token"])


async def read_live_events(server: Server, token: str, query: str = "") -> Any:
    reply = await server.request("GET", f"/v1/live-event{query}", auth=bearer(token))
    assert reply.status == 200, reply.body
    return reply.json


async def names_of(server: Server, token: str, query: str = "") -> tuple[list[str], list[str]]:
    """The names of the two lists."""
    told = await read_live_events(server, token, query)
    assert list(told) == ["live_events", "explicit_join_live_events"]
    mine, to_join = told.values()
    return [each["name"] for each in mine], [each["name"] for each in to_join]


async def join(server: Server, token: str, event_id: str) -> Reply:
    return await server.request(
        "POST", f"/v1/live-event/{event_id}/participation", auth=bearer(token)
    )
