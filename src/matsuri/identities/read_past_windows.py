"""Reads windows out of stored history, for filters that nothing is kept for yet."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from matsuri.adapters.database import Database
from matsuri.events.analytics import (
    PAST_EVENTS_MAX,
    AnalyticsReader,
    EventPlace,
    PastEventsQuery,
)
from matsuri.filters.facts import Window, Windows
from matsuri.identities.past_windows import PastWindows
from matsuri.identities.player_walk import keys_merged_into


class PastFound(NamedTuple):
    """The windows of some players, and how many events they were made of."""

    windows: Mapping[int, Windows]
    events: int


class PastWindowsReader:
    """Answers windows from the analytics store; ``rows_per_page`` is how many events it asks for.

    Events count once that store has them, which is about a second after the pipeline.
    """

    def __init__(
        self,
        *,
        history: Database,
        analytics: AnalyticsReader,
        rows_per_page: int = PAST_EVENTS_MAX,
    ) -> None:
        self._history = history
        self._analytics = analytics
        self._rows_per_page = rows_per_page

    async def windows_of_many(
        self,
        profile_keys: Sequence[int],
        asked: Collection[Window],
        *,
        now_us: int,
        events_max: int,
    ) -> PastFound | None:
        """The ``asked`` windows of these players; ``None`` for more than ``events_max`` events.

        Raises ``Unavailable`` where the analytics store does not answer.
        """
        merged = await self._history.read(lambda c: keys_merged_into(c, profile_keys))
        past = PastWindows(asked, now_us=now_us)
        query = PastEventsQuery(
            profile_keys=sorted({*profile_keys, *merged}),
            names=past.names,
            from_day=past.from_day,
            limit=self._rows_per_page,
        )
        events = 0
        while True:
            rows = await self._analytics.past_events(query)
            events += len(rows)
            if events > events_max:
                return None
            await asyncio.to_thread(past.take, rows)
            if len(rows) < query.limit:
                break
            last = rows[-1]
            after = EventPlace(last.profile_key, last.position, last.place)
            query = msgspec.structs.replace(query, after=after)
        windows = await asyncio.to_thread(past.of, profile_keys, merged)
        return PastFound(windows, events)
