# ruff: noqa: ARG002 # without events every question has the same answer
"""What a player without events answers. Pure."""

from matsuri.filters.facts import Window, Windows


class NoWindows:
    """``Windows`` of a player without events."""

    def count(self, window: Window, now_s: int) -> int:
        """See ``Windows``."""
        return 0

    def total(self, window: Window, now_s: int) -> int | float:
        """See ``Windows``."""
        return 0

    def days(self, window: Window, now_s: int) -> int:
        """See ``Windows``."""
        return 0

    def last(self, window: Window, now_s: int) -> int:
        """See ``Windows``."""
        return 0

    def sequence(self, window: Window, now_s: int) -> bool:
        """See ``Windows``."""
        return False

    def next_change(self, window: Window, now_s: int) -> int | None:
        """See ``Windows``."""
        return None


NO_WINDOWS: Windows = NoWindows()
