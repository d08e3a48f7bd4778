from pathlib import Path

from tests.support.in_process import bearer, in_process


async def test_a_session_an_event_and_a_profile(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        session = await server.authenticate("player-0001")
        reply = await server.request(
            "POST",
            "/v1/event",
            body={"events": [{"name": "purchaseCompleted", "value": "499"}]},
            auth=bearer(session["token"]),
        )
        assert (reply.status, reply.json) == (200, {})
        properties = await server.properties(session["token"])
        assert properties["computed"]["purchaseCompletedValueSum"] == "499"
