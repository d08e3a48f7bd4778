"""Wiring of windows over players' events, for the process that keeps them and those that ask."""

from collections.abc import Callable, Iterable

from matsuri.adapters.database import Database
from matsuri.config import Settings
from matsuri.events.analytics import AnalyticsStore
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.pipeline import PIPELINE
from matsuri.filters.facts import Window
from matsuri.identities.backfill_windows import BackfillWindows
from matsuri.identities.keep_series import KeepSeries
from matsuri.kit.clock import MICROSECONDS, Clock


class WindowKeeping:
    """What keeps series, and what fills them from history."""

    def __init__(
        self,
        settings: Settings,
        *,
        history: Database,
        store: AnalyticsStore,
        feed: AnalyticsFeed,
        wanted: Callable[[], Iterable[Window]],
        clock: Clock,
    ) -> None:
        self.series = KeepSeries(
            history=history,
            pipeline=PIPELINE,
            wanted=wanted,
            clock=clock,
            grace_us=settings.event_window_grace_seconds * MICROSECONDS,
        )
        self.backfill = BackfillWindows(history=history, store=store, feed=feed, clock=clock)
