"""What is kept of players' events, as windows that filters can ask."""

from collections.abc import Callable, Collection

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.filters.facts import Window
from matsuri.identities.profile_store import find_tombstones, roots_of
from matsuri.identities.series import WindowReadiness
from matsuri.identities.series_store import load_backfills, load_series
from matsuri.identities.stored_windows import SeriesIds, StoredWindows
from matsuri.identities.window_store import load_players


class KnownSeries:
    """The series that are kept, as this process knows them: ``refresh`` brings in the newest.

    ``version`` is another one whenever a window has become ready, or is kept no longer.
    """

    def __init__(self, history: Database) -> None:
        self.readiness = WindowReadiness()
        self.version = 0
        self._history = history

    def ready(self, window: Window) -> bool:
        """Whether the answers of a window are complete."""
        return self.readiness.ready(window)

    async def refresh(self) -> bool:
        """Whether anything became ready, or ceased to be; raises ``Unavailable``."""
        before = self.readiness.ready_series
        self.readiness = await self._history.read(_load_readiness)
        changed = self.readiness.ready_series != before
        self.version += changed
        return changed


def _load_readiness(connection: Connection) -> WindowReadiness:
    return WindowReadiness(load_series(connection), load_backfills(connection))


class PlayerWindows:
    """Reads players' windows by profile key, at the end of what a profile was merged into.

    Nothing is read while ``asked``, which gives the windows that may be asked about, gives none.
    """

    def __init__(
        self,
        *,
        history: Database,
        known: KnownSeries,
        asked: Callable[[], Collection[Window]] | None = None,
    ) -> None:
        self._history = history
        self._known = known
        self._asked = asked

    def ready(self, window: Window) -> bool:
        """Whether the answers of a window are complete."""
        return self._known.ready(window)

    async def windows_of(self, profile_key: int) -> StoredWindows:
        """The windows of one player."""
        return (await self.windows_of_many([profile_key]))[profile_key]

    async def windows_of_many(self, profile_keys: Collection[int]) -> dict[int, StoredWindows]:
        """The windows of each of these players, as they are at one moment."""
        series_id = self._known.readiness.series_id
        if self._asked is not None and not self._asked():
            return {key: StoredWindows(series_id, {}, {}) for key in profile_keys}
        return await self._history.read(lambda c: load_windows(c, profile_keys, series_id))


def load_windows(
    connection: Connection, profile_keys: Collection[int], series_id: SeriesIds
) -> dict[int, StoredWindows]:
    """The windows of each of these players, given the ids of the series that are kept."""
    days, times = load_players(connection, profile_keys)
    empty = [key for key in profile_keys if key not in days and key not in times]
    # A profile that was merged has nothing of its own any more.
    roots = roots_of(empty, find_tombstones(connection, empty))
    elsewhere = {root for key, root in roots.items() if root != key}
    if elsewhere:
        more_days, more_times = load_players(connection, elsewhere)
        days, times = {**days, **more_days}, {**times, **more_times}
    return {
        key: StoredWindows(
            series_id, days.get(roots.get(key, key), {}), times.get(roots.get(key, key), {})
        )
        for key in profile_keys
    }
