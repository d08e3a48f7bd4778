"""What is kept of players' events, as windows that filters can ask."""

from collections.abc import Callable, Collection

from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.identities.profile_store import find_tombstones
from matsuri.identities.series import WindowReadiness
from matsuri.identities.stored_windows import SeriesIds, StoredWindows
from matsuri.identities.window_store import load_players


class PlayerWindows:
    """Reads players' windows by profile key, at the end of what a profile was merged into."""

    def __init__(self, *, history: Database, readiness: Callable[[], WindowReadiness]) -> None:
        self._history = history
        self._readiness = readiness

    async def windows_of(self, profile_key: int) -> StoredWindows:
        """The windows of one player."""
        return (await self.windows_of_many([profile_key]))[profile_key]

    async def windows_of_many(self, profile_keys: Collection[int]) -> dict[int, StoredWindows]:
        """The windows of each of these players, as they are at one moment."""
        series_id = self._readiness().series_id
        return await self._history.read(lambda c: load_windows(c, profile_keys, series_id))


def load_windows(
    connection: Connection, profile_keys: Collection[int], series_id: SeriesIds
) -> dict[int, StoredWindows]:
    """The windows of each of these players, given the ids of the series that are kept."""
    days, times = load_players(connection, profile_keys)
    empty = [key for key in profile_keys if key not in days and key not in times]
    # A profile that was merged has nothing of its own any more.
    merged = find_tombstones(connection, empty) if empty else {}
    roots = {key: _root(key, merged) for key in empty if key in merged}
    if roots:
        more_days, more_times = load_players(connection, set(roots.values()))
        days, times = {**days, **more_days}, {**times, **more_times}
    return {
        key: StoredWindows(
            series_id, days.get(roots.get(key, key), {}), times.get(roots.get(key, key), {})
        )
        for key in profile_keys
    }


def _root(key: int, merged: dict[int, int]) -> int:
    while key in merged:
        key = merged[key]
    return key
