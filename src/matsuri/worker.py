"""The worker process: runs the pipeline, and keeps what it leaves behind within limits."""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog
import uvloop

from matsuri.adapters.log_file import FileLogReader
from matsuri.adapters.process_calls import CallServer
from matsuri.adapters.telemetry import set_up_logging
from matsuri.bootstrap.worker import WorkerNode, open_worker
from matsuri.config import Settings
from matsuri.data_folder import Paths
from matsuri.errors import MatsuriError, Unavailable
from matsuri.events.housekeeping import Housekeeping
from matsuri.events.log import LogCorrupt
from matsuri.kit.clock import Clock, SystemClock
from matsuri.kit.garbage import collect_rarely

logger = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0
_CORRUPT_SECONDS = 30.0
_HOUSEKEEPING_SECONDS = 5.0
_TIDY_SECONDS = 60.0
_REFRESH_SECONDS = 1.0
_DRAIN_SECONDS_MAX = 30.0
_WAKE_BYTES = 65_536


class Wake:
    """How the worker hears that there is something to do, or that it shall stop.

    ``fd`` is a pipe from the API process: a byte means new records, its end means that no more
    will come. Without one the worker looks by itself and stops on a signal.
    """

    def __init__(self, fd: int | None) -> None:
        self.stopping = asyncio.Event()
        self._news = asyncio.Event()
        self._fd = fd
        loop = asyncio.get_running_loop()
        if fd is not None:
            os.set_blocking(fd, False)
            loop.add_reader(fd, self._read, fd)
        for number in (signal.SIGTERM, signal.SIGINT):
            # With a pipe, the API process decides when there is nothing more to apply.
            loop.add_signal_handler(number, self.stopping.set if fd is None else _ignore)

    def _read(self, fd: int) -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(fd, _WAKE_BYTES):
                asyncio.get_running_loop().remove_reader(fd)
                self.stopping.set()
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Until there is news, at most ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()

    async def wait_for_stop(self, seconds: float) -> None:
        """Until the worker shall stop, at most ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()


def _ignore() -> None:
    """A signal for the whole process group is the API process's to act on."""


@contextlib.contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Only one worker at a time: waits for one before, which is about to end.

    Raises ``Unavailable`` where there is one and ``wait`` is false.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise Unavailable("a worker is using the data folder") from None
            logger.info("waiting for another worker on this data folder to end")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


async def run(node: WorkerNode, wake: Wake, *, poll_seconds: float) -> None:
    """Apply the log as it grows; when told to stop, whatever is still in it first."""
    pipeline = node.pipeline
    while True:
        stopping = wake.stopping.is_set()
        try:
            applied = await pipeline.run_once()
        except Unavailable as error:
            logger.warning("the pipeline waits", reason=error.message)
            if stopping:
                return
            await wake.wait(_RETRY_SECONDS)
            continue
        except LogCorrupt as error:
            # Going on without it would lose events silently: a person has to look.
            logger.error("the event log cannot be read; profiles stand still", reason=str(error))  # noqa: TRY400 # the reason says it all
            if stopping:
                return
            await wake.wait_for_stop(_CORRUPT_SECONDS)
            continue
        if applied == 0:
            if stopping:
                return
            await wake.wait(poll_seconds)
        else:
            node.feed.wake()
            await asyncio.sleep(0)


async def tidy_analytics(node: WorkerNode, settings: Settings, clock: Clock) -> None:
    """Bring days of the analytics store to their final form, and drop old ones, now and then."""
    while True:
        try:
            await node.analytics.tidy(
                now_us=clock.now_us(), keep_days=settings.analytics_retention_days
            )
        except (MatsuriError, OSError) as error:
            logger.warning("analytics could not be tidied; tried again later", reason=str(error))
        except Exception:
            # Nobody waits for this task: without it, old days would stay until the next start.
            logger.exception("analytics could not be tidied; tried again later")
        await asyncio.sleep(_TIDY_SECONDS)


async def keep_refreshing(node: WorkerNode) -> None:
    """Bring in what the API changed, each second; what fails is tried again."""
    while True:
        try:
            await node.refresh()
        except (MatsuriError, OSError) as error:
            logger.warning("the worker goes on with the definitions it has", reason=str(error))
        except Exception:
            # Nobody waits for this task: without it, the worker would stay with what it has.
            logger.exception("the worker goes on with the definitions it has")
        await asyncio.sleep(_REFRESH_SECONDS)


async def work(settings: Settings, wake_fd: int | None) -> None:
    """Run the worker until it is told to stop."""
    clock = SystemClock()
    paths = Paths(settings.data_path)
    async with open_worker(settings, clock=clock) as node:
        # The pipeline would stand still meanwhile, and everything else here.
        collect_rarely()
        wake = Wake(wake_fd)
        housekeeping = Housekeeping(
            database=node.history,
            pipeline=node.pipeline,
            log=FileLogReader(paths.log),
            clock=clock,
            settings=settings,
        )
        calls = CallServer(paths.worker_socket, node.handlers())
        await calls.start()
        node.feed.wake()
        tasks = [
            asyncio.create_task(node.feed.run()),
            asyncio.create_task(housekeeping.run(every_seconds=_HOUSEKEEPING_SECONDS)),
            asyncio.create_task(tidy_analytics(node, settings, clock)),
            asyncio.create_task(node.erase.run()),
            asyncio.create_task(keep_refreshing(node)),
            asyncio.create_task(node.windows.series.run()),
            asyncio.create_task(node.windows.backfill.run()),
            asyncio.create_task(node.memberships.run()),
            asyncio.create_task(node.transitions.run()),
        ]
        try:
            await run(node, wake, poll_seconds=settings.pipeline_poll_seconds)
        finally:
            await calls.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await node.feed.drain(seconds_max=_DRAIN_SECONDS_MAX)


def run_worker(settings: Settings, wake_fd: int | None = None) -> None:
    """The worker process's main: blocks until it is told to stop."""
    set_up_logging(level=settings.log_level, log_format=settings.log_format)
    # Engines make files as they please; what they keep is for nobody else.
    os.umask(0o077)
    with (
        held(Paths(settings.data_path).worker_lock),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(work(settings, wake_fd))


if __name__ == "__main__":
    # Settings come on standard input: an argument or a variable would show the secrets in them.
    run_worker(msgspec.json.decode(sys.stdin.buffer.read(), type=Settings), int(sys.argv[1]))
