"""How often refused and failed calls are noted: a flood of them must not fill the disk. Pure.

The first of a kind is noted at once. Those that follow within the same minute are counted, and
told by one more entry when the minute is over. Beyond a number of entries an hour, callers are not
told apart any more: one entry a minute counts all of them.
"""

from collections.abc import Iterator
from typing import NamedTuple

from matsuri.kit.clock import MICROSECONDS

_WINDOW_US = 60 * MICROSECONDS
_HOUR_US = 3600 * MICROSECONDS


class Refusal(NamedTuple):
    """What refused calls have in common that are told by one entry; all empty for a crowd."""

    actor: str = ""
    actor_is_key: bool = False
    address: str = ""
    operation: str = ""
    action: str = ""
    subject_kind: str = ""
    outcome: str = ""
    status: int = 0


CROWD = Refusal()


class _Window:
    __slots__ = ("began_us", "count")

    def __init__(self, began_us: int) -> None:
        self.began_us = began_us
        self.count = 0


class Refusals:
    """Which refused calls to note at once, and how many more there were.

    At most ``entries_per_hour_max`` of them are noted at once in an hour, and about as many
    counts after them. Times are in microseconds since the epoch.
    """

    def __init__(self, entries_per_hour_max: int) -> None:
        self._most = float(entries_per_hour_max)
        self._left = self._most
        self._refilled_us = 0
        self._windows: dict[Refusal, _Window] = {}

    def is_first(self, refusal: Refusal, *, now_us: int) -> bool:
        """Whether to note this one at once; otherwise it is counted."""
        window = self._windows.get(refusal)
        if window is None:
            self._refill(now_us)
            if self._left >= 1:
                self._left -= 1
                self._windows[refusal] = _Window(now_us)
                return True
            window = self._windows.setdefault(CROWD, _Window(now_us))
        window.count += 1
        return False

    def due(self, *, now_us: int, everything: bool = False) -> Iterator[tuple[Refusal, int]]:
        """What was counted in the minutes that are over, or in ``everything``; told only once."""
        over = [
            refusal
            for refusal, window in self._windows.items()
            if everything or now_us - window.began_us >= _WINDOW_US
        ]
        for refusal in over:
            count = self._windows.pop(refusal).count
            if count:
                yield refusal, count

    def _refill(self, now_us: int) -> None:
        passed = max(0, now_us - self._refilled_us)
        self._left = min(self._most, self._left + self._most * passed / _HOUR_US)
        self._refilled_us = now_us
