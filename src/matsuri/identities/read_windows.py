"""What is kept of players' events, as windows that filters can ask."""

from collections.abc import Callable, Collection

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import PointReads
from matsuri.filters.facts import Window
from matsuri.identities.last_times import decode_times
from matsuri.identities.profile_store import find_tombstones, is_tombstone, roots_of
from matsuri.identities.series import WindowReadiness
from matsuri.identities.series_store import load_backfills, load_series
from matsuri.identities.stored_windows import SeriesIds, StoredWindows
from matsuri.identities.window_store import (
    DayRow,
    days_of_player,
    load_players,
    moments_of_player,
)


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
    With ``points``, which reads the same database, single players are read in some microseconds.
    """

    def __init__(
        self,
        *,
        history: Database,
        known: KnownSeries,
        asked: Callable[[], Collection[Window]] | None = None,
        points: PointReads | None = None,
    ) -> None:
        self._history = history
        self._known = known
        self._asked = asked
        self._points = None if points is None else _WindowPoints(points)

    def ready(self, window: Window) -> bool:
        """Whether the answers of a window are complete."""
        return self._known.ready(window)

    async def windows_of(self, profile_key: int) -> StoredWindows:
        """The windows of one player."""
        found = None
        if self._points is not None and (self._asked is None or self._asked()):
            found = self._points.read(profile_key, self._known.readiness.series_id)
        return found or (await self.windows_of_many([profile_key]))[profile_key]

    async def windows_of_many(self, profile_keys: Collection[int]) -> dict[int, StoredWindows]:
        """The windows of each of these players, as they are at one moment."""
        series_id = self._known.readiness.series_id
        if self._asked is not None and not self._asked():
            return {key: StoredWindows(series_id, {}, {}) for key in profile_keys}
        return await self._history.read(lambda c: load_windows(c, profile_keys, series_id))


class _WindowPoints:
    """Reads one player's windows by point reads.

    The two parts may be of two moments: then the player's profile has another version than
    before, and whoever remembers the answer looks again.
    """

    def __init__(self, points: PointReads) -> None:
        self._days = points.prepare_all(days_of_player)
        self._moments = points.prepare_all(moments_of_player)
        self._is_gone = points.prepare(is_tombstone)

    def read(self, profile_key: int, series_id: SeriesIds) -> StoredWindows | None:
        """The windows; ``None`` where the profile became part of another."""
        days: dict[int, list[DayRow]] = {}
        for series, *row in self._days(profile_key):
            days.setdefault(series, []).append(DayRow(*row))
        times = {series: decode_times(blob) for series, blob in self._moments(profile_key)}
        if not days and not times and self._is_gone(profile_key) is not None:
            return None
        return StoredWindows(series_id, days, times)


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
