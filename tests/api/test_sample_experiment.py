"""The experiment that a server begins with."""

from pathlib import Path
from typing import Any

from tests.api.flags import values
from tests.api.running import Server, running
from tests.support.in_process import SERVER_KEY, basic, bearer

ADMIN = basic(SERVER_KEY)
SAMPLE = "Sample-Experiment"


async def ask(server: Server, method: str, path: str = "", body: object = None) -> Any:
    reply = await server.request(method, f"/v1/console/experiment{path}", body=body, auth=ADMIN)
    assert reply.status == 200, reply.body
    return reply.json


async def names(server: Server) -> list[str]:
    return [each["name"] for each in (await ask(server, "GET"))["experiments"]]


async def test_a_new_player_of_a_fresh_server_has_one_experiment(tmp_path: Path) -> None:
    async with running(tmp_path, sample_experiment=True) as server:
        token = (await server.authenticate("player-0001"))["token"]
        await values(server, token)
        (phase,) = (await ask(server, "GET", f"/{SAMPLE}"))["phases"]
        # Who reads flags takes no part in what changes none.
        assert (phase["state"], phase["participants"]) == ("running", 0)
        reply = await server.request("GET", "/v1/experiment", auth=bearer(token))
        (found,) = reply.json["experiments"]
        assert found == {
            "name": SAMPLE,
            "value": found["phase_variant_name"],
            "labels": [],
            "phase_name": "Sample-Phase",
            "phase_variant_name": found["phase_variant_name"],
            "flag_names": [],
        }
        assert found["value"] in {"control", "test"}


async def test_the_sample_is_the_studio_s_own_and_stays_away(tmp_path: Path) -> None:
    async with running(tmp_path, sample_experiment=True) as server:
        await ask(server, "PUT", f"/{SAMPLE}", {"description": "Ours."})
    async with running(tmp_path, sample_experiment=True) as server:
        assert (await ask(server, "GET", f"/{SAMPLE}"))["description"] == "Ours."
        await ask(server, "POST", f"/{SAMPLE}/end", {})
        await ask(server, "POST", f"/{SAMPLE}/archive", {})
        await ask(server, "DELETE", f"/{SAMPLE}")
    async with running(tmp_path, sample_experiment=True) as server:
        assert await names(server) == []


async def test_nothing_begins_to_run_on_a_server_that_was_there_before(tmp_path: Path) -> None:
    async with running(tmp_path, sample_experiment=False) as server:
        assert await names(server) == []
    async with running(tmp_path, sample_experiment=True) as server:
        assert await names(server) == []
