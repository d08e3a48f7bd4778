"""The API with the pipeline in the same process: what the two processes are compared with.

Takes the settings from the environment, as ``matsuri serve`` does, and prints its address as that
does.
"""

import asyncio
import contextlib
import os

import uvicorn
import uvloop

from matsuri.adapters.telemetry import set_up_logging
from matsuri.app import HttpServer, listen
from matsuri.bootstrap.api import open_api
from matsuri.bootstrap.worker import open_worker
from matsuri.config import Settings, load_settings
from matsuri.data_folder import migrate_all
from matsuri.kit.clock import SystemClock


async def serve(settings: Settings) -> None:
    listener = listen(settings.host, settings.port)
    clock = SystemClock()
    news = asyncio.Event()
    async with (
        open_api(settings, clock=clock, on_append=lambda _end: news.set()) as node,
        open_worker(settings, clock=clock) as worker,
    ):

        async def apply() -> None:
            while True:
                if await worker.pipeline.run_once() == 0:
                    await news.wait()
                    news.clear()

        task = asyncio.create_task(apply())
        server = HttpServer(
            on_stop=node.application.stop_streams,
            config=uvicorn.Config(
                node.application,
                loop="none",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
            ),
        )
        listener.listen()
        print(f"address http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        await server.serve(sockets=[listener])
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


if __name__ == "__main__":
    loaded = load_settings(environment=os.environ)
    set_up_logging(level=loaded.log_level, log_format=loaded.log_format)
    migrate_all(loaded)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(loaded))
