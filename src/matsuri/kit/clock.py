"""The time as an argument: microseconds since the Unix epoch, UTC."""

import time
from typing import Protocol

MICROSECONDS = 1_000_000


class Clock(Protocol):
    """Tells the time; the only way for code of ours to learn it."""

    def now_us(self) -> int:
        """Microseconds since the Unix epoch."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Microseconds since the Unix epoch, as the machine has it."""
        return time.time_ns() // 1000


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, now_us: int = 1_700_000_000 * MICROSECONDS) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """The instant that was set."""
        return self._now_us

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``."""
        self._now_us += round(seconds * MICROSECONDS)
