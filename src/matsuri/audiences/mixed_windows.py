"""A player's windows, some of which are answered from elsewhere. Pure."""

from collections.abc import Collection

from matsuri.filters.facts import Window, Windows


class MixedWindows:
    """``Windows`` that asks ``past`` about the windows in ``asked``, and ``kept`` about others."""

    __slots__ = ("_asked", "_kept", "_past")

    def __init__(self, kept: Windows, past: Windows, asked: Collection[Window]) -> None:
        self._kept = kept
        self._past = past
        self._asked = asked

    def _of(self, window: Window) -> Windows:
        return self._past if window in self._asked else self._kept

    def count(self, window: Window, now_s: int) -> int:
        """See ``Windows``."""
        return self._of(window).count(window, now_s)

    def total(self, window: Window, now_s: int) -> int | float:
        """See ``Windows``."""
        return self._of(window).total(window, now_s)

    def days(self, window: Window, now_s: int) -> int:
        """See ``Windows``."""
        return self._of(window).days(window, now_s)

    def last(self, window: Window, now_s: int) -> int:
        """See ``Windows``."""
        return self._of(window).last(window, now_s)

    def sequence(self, window: Window, now_s: int) -> bool:
        """See ``Windows``."""
        return self._of(window).sequence(window, now_s)

    def next_change(self, window: Window, now_s: int) -> int | None:
        """See ``Windows``."""
        return self._of(window).next_change(window, now_s)
