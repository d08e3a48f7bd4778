"""A line that says how far something has come, for people at a terminal."""

import sys
import time
from typing import TextIO

_EVERY_SECONDS = 0.2


class ProgressLine:
    """Writes over one line of standard error; nothing where that is no terminal."""

    def __init__(self, what: str, *, out: TextIO | None = None) -> None:
        self._what = what
        self._out = out or sys.stderr
        self._shown = self._out.isatty()
        self._began = time.monotonic()
        self._last = 0.0

    def show(self, count: int, share: float | None = None) -> None:
        """So many rows are done, which is so much of all (0 to 1), if that is known."""
        now = time.monotonic()
        if not self._shown or now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        percent = "" if share is None else f"{share:5.0%}  "
        rate = count / max(0.001, now - self._began)
        self._out.write(f"\r{self._what}: {percent}{count:,} rows  {rate:,.0f}/s \x1b[K")
        self._out.flush()

    def end(self) -> None:
        """Leave no trace."""
        if self._shown and self._last:
            self._out.write("\r\x1b[K")
            self._out.flush()
