"""The event log: durable, ordered, append only. What every history starts from."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from matsuri.errors import MatsuriError, Unavailable


class LogRecord(NamedTuple):
    """One record as it stands in the log.

    ``position`` orders records; ``next_position`` is where the following one begins.
    """

    position: int
    next_position: int
    payload: bytes


class LogUnavailable(Unavailable):
    """The log cannot take or give records right now; nothing of the request was kept."""


class LogCorrupt(MatsuriError):
    """A record that was once durable cannot be read back; a person has to look."""


class LogAppender(Protocol):
    """The writing end."""

    async def append(self, payload: bytes) -> int:
        """Store one record and return its position once it is durable.

        Records become durable in the order of the calls. Raises ``LogUnavailable`` where it
        could not be stored; then nothing of it will ever be read.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun, then refuse further records."""
        ...


class LogReader(Protocol):
    """The reading end: any number may read, each from where it likes."""

    async def read(self, position: int, *, bytes_max: int) -> Sequence[LogRecord]:
        """Durable records from ``position`` on, in order, about ``bytes_max`` of them.

        At least one record if there is any; empty at the end of the log. Raises ``LogCorrupt``.
        """
        ...

    async def end(self) -> int:
        """The position after the last record that can be read."""
        ...

    async def trim(self, position: int, *, older_than_us: int) -> int:
        """Drop whole stretches before ``position`` last written before ``older_than_us``.

        Returns how many bytes were dropped.
        """
        ...
