"""How the server is and how it is set up, for the console."""

from tests.api.running import NOW, Server
from tests.support.in_process import SERVER_KEY, basic


async def test_the_status_tells_what_comes_in_and_how_far_it_is_applied(server: Server) -> None:
    session = await server.authenticate("player-0001")
    sent = await server.publish(session["token"], {"name": "gameStarted"}, {"name": "dragonSlain"})
    assert sent.status == 400
    await server.node.refresh()
    reply = await server.request("GET", "/v1/console/status", auth=basic(SERVER_KEY))
    told = reply.json
    assert told["start_time_sec"] == str(NOW)
    assert told["problems"] == []
    ingestion = told["ingestion"]
    assert ingestion["minutes"][-1]["accepted"] == 1
    assert ingestion["minutes"][-1]["refused"] == 1
    assert ingestion["lag_bytes"] > 0
    await server.settle()
    await server.node.refresh()
    reply = await server.request("GET", "/v1/console/status", auth=basic(SERVER_KEY))
    assert reply.json["ingestion"]["lag_bytes"] == 0
    assert reply.json["ingestion"]["events_applied"] >= 1


async def test_the_configuration_shows_limits_and_no_secrets(server: Server) -> None:
    reply = await server.request("GET", "/v1/console/configuration", auth=basic(SERVER_KEY))
    settings = {each["name"]: each for each in reply.json["settings"]}
    assert settings["batch_events_max"]["value"] == 1000
    assert settings["batch_events_max"]["variable"] == "MATSURI_BATCH_EVENTS_MAX"
    assert settings["server_key"]["value"] == "(set)"
    assert settings["server_key"]["secret"]
    assert SERVER_KEY not in reply.body.decode()
