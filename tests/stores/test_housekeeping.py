"""What is kept only for a while is kept for that while, however far behind the pipeline is."""

import asyncio
from pathlib import Path

from matsuri.adapters.log_file import FileLogReader
from matsuri.events.housekeeping import Housekeeping
from tests.support.in_process import InProcess, bearer, in_process, settings_for

DAY = 86_400
EVENT = {"events": [{"name": "gameStarted", "id": "the-same-event"}]}


async def publish(server: InProcess, token: str) -> None:
    reply = await server.request("POST", "/v1/event", body=EVENT, auth=bearer(token))
    assert reply.status == 200


def housekeeping(server: InProcess, folder: Path) -> Housekeeping:
    return Housekeeping(
        database=server.pipeline.database,
        pipeline=server.pipeline,
        log=FileLogReader(folder / "log"),
        clock=server.clock,
        settings=settings_for(folder),
    )


async def counted(server: InProcess) -> str:
    token = (await server.authenticate("player-0001"))["token"]
    return str((await server.properties(token))["computed"]["gameStartedCount"])


async def test_a_retry_that_waited_in_the_log_counts_once(tmp_path: Path) -> None:
    """It came a day after the first, well within the window, and was applied a week later."""
    async with in_process(tmp_path) as server:
        await publish(server, (await server.authenticate("player-0001"))["token"])
        await server.settle()
        server.clock.advance(DAY)
        await publish(server, (await server.authenticate("player-0001"))["token"])
        server.clock.advance(6.5 * DAY)
        await housekeeping(server, tmp_path).tidy()
        assert await counted(server) == "1"


async def test_ids_are_forgotten_after_the_window(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        await publish(server, (await server.authenticate("player-0001"))["token"])
        await server.settle()
        server.clock.advance(7 * DAY + 10)
        # Something later has been applied, so the pipeline is where the clock is.
        await server.authenticate("player-0002")
        await server.settle()
        await housekeeping(server, tmp_path).tidy()
        await publish(server, (await server.authenticate("player-0001"))["token"])
        assert await counted(server) == "2"


class Failing:
    """A log that cannot be trimmed for a reason that nobody expected, the first time."""

    def __init__(self) -> None:
        self.trimmed = 0
        self.again = asyncio.Event()

    async def trim(self, before: int, *, older_than_us: int) -> int:
        self.trimmed += 1
        if self.trimmed == 1:
            raise ZeroDivisionError(f"{before} {older_than_us}")
        self.again.set()
        return 0


async def test_a_turn_that_fails_is_not_the_last(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        log = Failing()
        turns = Housekeeping(
            database=server.pipeline.database,
            pipeline=server.pipeline,
            log=log,  # type: ignore[arg-type] # it is only trimmed here
            clock=server.clock,
            settings=settings_for(tmp_path),
        )
        task = asyncio.create_task(turns.run(every_seconds=0))
        async with asyncio.timeout(5):
            await log.again.wait()
        task.cancel()
