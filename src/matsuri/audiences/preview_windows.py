"""What previews read of players' past events: from what is kept, or else from history."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from matsuri.audiences.mixed_windows import MixedWindows
from matsuri.audiences.no_windows import NO_WINDOWS
from matsuri.filters.facts import Window, Windows
from matsuri.identities.read_past_windows import PastFound
from matsuri.kit.clock import MICROSECONDS


class KeptWindows(Protocol):
    """Knows those past events of players that are kept."""

    def ready(self, window: Window) -> bool:
        """Whether that can be asked about every player."""
        ...

    async def windows_of_many(self, profile_keys: Sequence[int]) -> Mapping[int, Windows]:
        """The past of each player; absent where nothing is stored."""
        ...


class HistoryWindows(Protocol):
    """Finds any past events of players, at a price."""

    async def windows_of_many(
        self,
        profile_keys: Sequence[int],
        asked: Collection[Window],
        *,
        now_us: int,
        events_max: int,
    ) -> PastFound | None:
        """The ``asked`` windows of each player; ``None`` for more than ``events_max`` events.

        Raises ``Unavailable``.
        """
        ...


class PreviewSources(NamedTuple):
    """Where a preview has players' past from."""

    kept: KeptWindows
    history: HistoryWindows


class PreviewWindows:
    """The windows that one preview asks about, as of ``now_us``.

    ``past`` are those that history is read for, with ``events_max`` events of it in all;
    ``asks_kept`` says whether there are others.
    """

    def __init__(
        self,
        sources: PreviewSources,
        asked: Collection[Window],
        *,
        asks_kept: bool,
        now_us: int,
        events_max: int,
    ) -> None:
        self.past = frozenset(each for each in asked if not sources.kept.ready(each))
        self._sources = sources
        self._asks_kept = asks_kept
        self._now_us = now_us
        self._events_left = events_max

    async def of(self, keys: Sequence[int], *, until_us: int, now_us: int) -> "Found | None":
        """The windows of these players.

        ``None`` where history has too many events of them, or takes longer than ``until_us``, when
        it is ``now_us``. Raises ``Unavailable``.
        """
        kept: Mapping[int, Windows] = {}
        if self._asks_kept:
            kept = await self._sources.kept.windows_of_many(keys)
        if not self.past:
            return Found(kept)
        try:
            async with asyncio.timeout(max(0, until_us - now_us) / MICROSECONDS):
                found = await self._sources.history.windows_of_many(
                    keys, self.past, now_us=self._now_us, events_max=self._events_left
                )
        except TimeoutError:
            return None
        if found is None:
            return None
        self._events_left -= found.events
        return Found(kept, found.windows, self.past)


class Found(NamedTuple):
    """The windows of some players."""

    kept: Mapping[int, Windows]
    history: Mapping[int, Windows] = {}
    past: Collection[Window] = ()

    def of(self, key: int) -> Windows:
        """Those of one player."""
        kept = self.kept.get(key, NO_WINDOWS)
        if not self.past:
            return kept
        return MixedWindows(kept, self.history.get(key, NO_WINDOWS), self.past)
