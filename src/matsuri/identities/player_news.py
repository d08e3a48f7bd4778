"""Who wants to hear at once that a player's properties have changed."""

from collections.abc import Iterable
from typing import Protocol


class PlayerNews(Protocol):
    """Hears of changed players. What it does not hear of it finds by itself, only later."""

    def changed(self, profile_keys: Iterable[int]) -> None:
        """The properties of these players have changed; this returns at once."""
        ...

    async def recompute(self, profile_key: int) -> None:
        """Act on a change before this returns, if that is possible now; never raises."""
        ...


class NoNews:
    """``PlayerNews`` that nobody wants to hear."""

    def changed(self, profile_keys: Iterable[int]) -> None:
        """See ``PlayerNews``."""

    async def recompute(self, profile_key: int) -> None:
        """See ``PlayerNews``."""
