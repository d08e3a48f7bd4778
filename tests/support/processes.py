"""The processes of a running server, and the ``matsuri`` command."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.served import Served

_WAIT_SECONDS_MAX = 15.0
_RUN_SECONDS_MAX = 30.0
_GONE = frozenset({"Z", "X"})


def wait_for(what: Callable[[], bool], *, seconds: float = _WAIT_SECONDS_MAX) -> None:
    """Wait until ``what`` is so; an ``AssertionError`` if it never is."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)


def _state(pid: int) -> tuple[str, int]:
    """The state letter and the parent of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return fields[0], int(fields[1])


def is_running(pid: int) -> bool:
    return _state(pid)[0] not in _GONE


def command_line(pid: int) -> str:
    """The arguments of a process as anyone on the machine can see them."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def find_worker(server: Served) -> int | None:
    """The process that runs the pipeline of ``server``, if it has one right now."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        pid = int(entry.name)
        state, parent = _state(pid)
        if parent == server.process.pid and state not in _GONE:
            try:
                arguments = command_line(pid)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if "matsuri.worker" in arguments:
                return pid
    return None


def worker_of(server: Served) -> int:
    """The process that runs the pipeline of ``server``, which must have one soon."""
    found: list[int] = []

    def look() -> bool:
        pid = find_worker(server)
        found.extend([] if pid is None else [pid])
        return bool(found)

    wait_for(look)
    return found[0]


def kill_worker(server: Served) -> int:
    """End the worker as the system would for want of memory; returns its process id."""
    pid = worker_of(server)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_running(pid))
    return pid


def _environment(folder: Path | None, settings: dict[str, object]) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MATSURI_")}
    given = {f"MATSURI_{name.upper()}": str(value) for name, value in settings.items()}
    if folder is not None:
        given["MATSURI_DATA_DIR"] = str(folder)
    return {**clean, **given}


def matsuri(
    *arguments: str, folder: Path | None = None, **settings: object
) -> subprocess.CompletedProcess[str]:
    """Run the ``matsuri`` command to its end, with only ``settings`` in the environment."""
    return subprocess.run(
        [sys.executable, "-m", "matsuri", *arguments],
        env=_environment(folder, settings),
        capture_output=True,
        text=True,
        timeout=_RUN_SECONDS_MAX,
        check=False,
    )


@contextlib.contextmanager
def started(
    *arguments: str, folder: Path | None = None, **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    """The ``matsuri`` command under way; it is killed if it has not ended by itself."""
    with subprocess.Popen(
        [sys.executable, "-m", "matsuri", *arguments],
        env=_environment(folder, settings),
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
