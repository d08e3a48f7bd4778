"""The API process: listens, serves, keeps a worker running, and drains when told to stop."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import IO, cast

import msgspec
import structlog
import uvicorn
import uvloop

from matsuri import __version__
from matsuri.adapters.telemetry import Metrics, MetricsServer
from matsuri.bootstrap.api import ApiNode, open_api
from matsuri.config import Role, Settings, SettingsError
from matsuri.errors import MatsuriError
from matsuri.kit.clock import SystemClock
from matsuri.kit.garbage import collect_rarely
from matsuri.web.protocol import guarded_protocol

logger = structlog.get_logger(__name__)

_BACKLOG = 2048
_SWITCH_SECONDS = 0.0005
_KEEP_ALIVE_SECONDS = 75
_REFRESH_SECONDS = 1.0
_RESTART_SECONDS = 1.0
_WORKER_STOP_SECONDS_MAX = 60.0


class WorkerProcess:
    """The worker beside this process: started again if it dies, told of every commit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._wake_fd: int | None = None

    def start(self) -> None:
        """Start the worker; it ends by itself if this process goes."""
        ours, theirs = os.pipe()
        os.set_inheritable(ours, True)
        os.set_blocking(theirs, False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 # our own command, no caller's text
                [sys.executable, "-m", "matsuri.worker", str(ours)],
                stdin=subprocess.PIPE,
                pass_fds=(ours,),
                # Ctrl-C in a terminal is for this process, which tells the worker when to end.
                process_group=0,
            )
        except OSError:
            os.close(theirs)
            raise
        finally:
            os.close(ours)
        self._wake_fd = theirs
        # A worker that has died already is started again, as at any other time.
        with (
            contextlib.suppress(BrokenPipeError),
            cast("IO[bytes]", self._process.stdin) as settings_pipe,
        ):
            settings_pipe.write(msgspec.json.encode(self._settings))

    def wake(self, _end: int) -> None:
        """Tell the worker that the log has grown."""
        if self._wake_fd is not None:
            # A full pipe has told it already; a broken one means that it is being restarted.
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(self._wake_fd, b"\n")

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    async def keep_running(self) -> None:
        """Start the worker again whenever it has died."""
        while True:
            await asyncio.sleep(_RESTART_SECONDS)
            if not self.running and self._process is not None:
                logger.error("the worker died; starting it again", code=self._process.returncode)
                self._close_wake()
                try:
                    self.start()
                except OSError as error:
                    logger.warning("no worker can be started", reason=str(error))

    async def stop(self) -> None:
        """Let the worker apply what is left, then end it."""
        self._close_wake()
        if self._process is None:
            return
        try:
            async with asyncio.timeout(_WORKER_STOP_SECONDS_MAX):
                await asyncio.to_thread(self._process.wait)
        except TimeoutError:
            logger.warning("the worker did not finish in time; the rest is applied at next start")
            self._process.kill()

    def _close_wake(self) -> None:
        if self._wake_fd is not None:
            os.close(self._wake_fd)
            self._wake_fd = None


class HttpServer(uvicorn.Server):
    """Uvicorn, whose process ends with 0 after a signal that asked it to stop.

    ``on_stop`` is called when the first such signal comes.
    """

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT; a second one stops without waiting for requests."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 # uvicorn's
        """See ``capture_signals``."""
        if self.should_exit:
            self.force_exit = True
        else:
            logger.info("stopping", signal=signal.Signals(sig).name)
            self._on_stop()
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on; raises ``SettingsError`` where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


def take_connections(listener: socket.socket) -> None:
    """From here on connections wait to be served; raises ``SettingsError`` as ``listen``."""
    try:
        listener.listen(_BACKLOG)
    except OSError as error:
        # Another process had bound the port, too, and has begun to listen in the meantime.
        host, port = listener.getsockname()[:2]
        raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror}") from error


async def serve_api(settings: Settings) -> None:
    """Serve until a signal asks to stop, then finish what was begun."""
    listener = listen(settings.host, settings.port)
    worker = WorkerProcess(settings) if settings.role is Role.ALL else None
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(listener.close)
        metrics = Metrics()
        # Whatever can fail for the settings comes before the first start, which is told only once.
        metrics_server = _serve_metrics(settings, metrics)
        if metrics_server is not None:
            stack.callback(metrics_server.close)
        if worker is not None:
            # Left after the API node: the log is closed and complete when the worker drains it.
            stack.push_async_callback(worker.stop)
        node = await stack.enter_async_context(
            open_api(
                settings,
                clock=SystemClock(),
                metrics=metrics,
                on_append=worker.wake if worker else None,
            )
        )
        tasks = [
            asyncio.create_task(_keep_fresh(node, worker)),
            asyncio.create_task(node.erasures.keep_finishing()),
        ]
        if worker is not None:
            worker.start()
            tasks.append(asyncio.create_task(worker.keep_running()))
        server = HttpServer(
            on_stop=node.application.stop_streams,
            config=uvicorn.Config(
                node.application,
                loop="none",
                http=guarded_protocol(
                    head_bytes_max=settings.head_bytes_max,
                    head_seconds_max=settings.head_seconds_max,
                ),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=settings.drain_seconds_max,
            ),
        )
        take_connections(listener)
        print(banner(settings, node, listener, metrics_server), flush=True)  # noqa: T201 # for people
        try:
            await server.serve(sockets=[listener])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    logger.info("stopped")


def _serve_metrics(settings: Settings, metrics: Metrics) -> MetricsServer | None:
    if settings.metrics_port < 0:
        return None
    try:
        return metrics.serve(host=settings.metrics_host, port=settings.metrics_port)
    except OSError as error:
        raise SettingsError(
            f"metrics_port: cannot listen on {settings.metrics_host}:{settings.metrics_port}: "
            f"{error.strerror} (-1 switches it off)"
        ) from error


async def _keep_fresh(node: ApiNode, worker: WorkerProcess | None) -> None:
    while True:
        node.metrics.worker_up.set(1 if worker is not None and worker.running else 0)
        node.status.worker_running = None if worker is None else worker.running
        try:
            await node.refresh()
        except MatsuriError as error:
            logger.warning("what changed elsewhere is not seen", reason=error.message)
        except Exception:
            logger.exception("what changed elsewhere is not seen")
        await asyncio.sleep(_REFRESH_SECONDS)


def banner(
    settings: Settings,
    node: ApiNode,
    listener: socket.socket,
    metrics_server: MetricsServer | None,
) -> str:
    """What an operator needs to know at start; credentials only those just made."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    lines = [
        f"Matsuri {__version__} is listening",
        f"  address         http://{shown}:{port}",
        f"  API reference   http://{shown}:{port}/docs",
    ]
    if metrics_server is not None:
        lines.append(
            f"  metrics         http://{settings.metrics_host}:{metrics_server.port}/metrics"
        )
    lines.append(f"  data            {settings.data_path}")
    made = node.first_start.made
    if made:
        lines.append("First start. Keep these, they are not shown again:")
        for name, label in (
            ("api_key", "API key"),
            ("server_key", "server key"),
            ("signing_key", "signing key"),
            ("admin_email", "administrator"),
            ("admin_password", "password"),
        ):
            if name in made:
                lines.append(f"  {label:<15} {made[name] or '(as set)'}")
    return "\n".join(lines)


def _tune_interpreter() -> None:
    """Settings of the interpreter for a server with one busy thread and quick helpers.

    The log's thread needs the interpreter for microseconds after each commit and must not wait
    long for it.
    """
    collect_rarely()
    sys.setswitchinterval(_SWITCH_SECONDS)


def run_api(settings: Settings) -> None:
    """The API process's main: blocks until it is told to stop."""
    _tune_interpreter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_api(settings))
