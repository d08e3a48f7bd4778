"""Which earlier filters there were is read once, however often other definitions change."""

from pathlib import Path
from typing import Any

import pytest

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions import store
from tests.support.in_process import SERVER_KEY, InProcess, basic, in_process

PATH = "/v1/console/audience"
STARTED = 'EventCount("gameStarted", "{}d") > 1'


async def put(server: InProcess, method: str, path: str, body: object) -> None:
    reply = await server.request(method, path, body=body, auth=basic(SERVER_KEY))
    assert reply.status == 200, reply.body


async def test_revisions_are_read_of_what_has_changed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    list_revisions = store.list_revisions

    def listen(connection: Any, kind: str, definition_id: str, **given: Any) -> Any:
        read.append(definition_id)
        return list_revisions(connection, kind, definition_id, **given)

    monkeypatch.setattr(store, "list_revisions", listen)
    async with in_process(tmp_path) as server:
        for name in ("One", "Two"):
            await put(server, "POST", PATH, {"name": name, "filter": STARTED.format(1)})
        await server.worker.refresh()
        for days in (2, 3):
            read.clear()
            await put(server, "PUT", f"{PATH}/Two", {"filter": STARTED.format(days)})
            await server.worker.refresh()
            for snapshot in (server.node.snapshot, server.worker.snapshot):
                one, two = (snapshot.catalog.find(AUDIENCE_KIND, name) for name in ("One", "Two"))
                assert one is not None
                assert two is not None
                assert [each.filter for each in snapshot.catalog.earlier(two.id)] == [
                    STARTED.format(earlier) for earlier in range(days - 1, 0, -1)
                ]
                assert one.id not in read
