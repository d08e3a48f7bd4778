"""``/healthcheck`` says that the process lives, ``/readycheck`` that it can serve."""

from pathlib import Path

import pytest
from sqlalchemy import text

from matsuri.adapters.database import sqlite_engine
from tests.api.running import KEY, Server, refused
from tests.support.in_process import bearer


@pytest.mark.parametrize("path", ["/healthcheck", "/readycheck"])
@pytest.mark.parametrize("auth", [None, "Bearer ", bearer("nonsense"), KEY])
async def test_all_is_well(server: Server, path: str, auth: str | None) -> None:
    reply = await server.request("GET", path, auth=auth)
    assert (reply.status, reply.json) == (200, {})


@pytest.mark.parametrize("database", ["control", "history"])
@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE alembic_version",
        "DELETE FROM alembic_version",
        "UPDATE alembic_version SET version_num = 'an_older_one'",
    ],
)
async def test_not_ready_without_the_migrations(
    server: Server, tmp_path: Path, database: str, change: str
) -> None:
    engine = sqlite_engine(tmp_path / f"{database}.db")
    with engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    reply = await server.request("GET", "/readycheck")
    needs = f"Not ready: the {database} database needs `matsuri migrate`"
    refused(reply, 503, 14, needs)
    assert reply.headers["retry-after"] == "1"
    assert (await server.request("GET", "/healthcheck")).status == 200


async def test_not_ready_once_the_log_takes_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.node.log, "_problem", "no space left on the disk")
    reply = await server.request("GET", "/readycheck")
    refused(reply, 503, 14, "Not ready: the event log takes no records: no space left on the disk")
    reply = await server.publish_as_server({"name": "appLaunched"})
    refused(reply, 503, 14)
    assert reply.headers["retry-after"] == "1"
    monkeypatch.undo()
    assert (await server.request("GET", "/readycheck")).status == 200
    assert (await server.progress()).events_applied == 0


async def test_players_are_promised_their_events_while_the_log_takes_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.node.log, "_problem", "no space left on the disk")
    session = await server.authenticate("player-0001")
    assert await server.computed(session["token"]) == {}
    monkeypatch.undo()
    await server.node.outbox.close()
    await server.node.outbox.start()
    computed = await server.computed(session["token"])
    assert computed["sessionStartCount"] == "1"
    assert computed["identityCreateCount"] == "1"
