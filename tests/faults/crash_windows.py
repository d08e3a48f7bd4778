"""Windows in the lives of ``crash_rounds``: they are kept, filled, lengthened and given up.

Every life has filters that ask about other windows than the one before. What is kept in the end is
compared with a plain list of the events in analytics, which are compared with what was
acknowledged.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from matsuri.adapters.database import Database
from matsuri.events.analytics import AnalyticsStore, EventRow
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.pipeline import PIPELINE
from matsuri.filters.facts import Window
from matsuri.identities.backfill_windows import BackfillWindows
from matsuri.identities.keep_series import KeepSeries
from matsuri.identities.profile_store import find_tombstones, roots_of
from matsuri.identities.read_windows import KnownSeries, PlayerWindows
from matsuri.identities.series import DAY_S
from matsuri.identities.series_store import load_series
from matsuri.identities.window_store import event_moments, event_windows
from matsuri.kit.clock import MICROSECONDS, Clock
from tests.unit.plain_windows import PlainEvent, PlainWindows

_SUM = Window("total", "purchaseCompleted", 4 * DAY_S)
_COUNT = Window("count", "gameStarted", 2 * DAY_S)
_LONGER = Window("count", "gameStarted", 5 * DAY_S)
_SEQUENCE = Window("sequence", "gameStarted", 2 * 3_600, then="purchaseCompleted")
_LAST = Window("last", "screenViewed")
_REPLAYED = Window("count", "undeclared", DAY_S)
_STAGES: tuple[tuple[Window, ...], ...] = (
    (_COUNT, _LAST),
    (_COUNT, _SUM, _REPLAYED),
    (_LONGER, _SUM, _SEQUENCE),
    (_LONGER, _SEQUENCE, Window("days", "screenViewed", 9 * DAY_S)),
    (_SUM, _LAST, Window("count", "purchaseCompleted", 3 * DAY_S, "#.value > 500")),
)
_EVENTS_A_STAGE = 150
_EVENTS_A_CONDITION = 60
# Few events at a time, so that there are many moments at which to be killed.
_ROWS_MAX = 20


def windows_asked(events: int) -> tuple[Window, ...]:
    """What filters ask about when so many events were sent: the same for some lives.

    So some lives have to fill what is new, and some go on with what others began to fill.
    """
    condition = f"#.value > {events // _EVENTS_A_CONDITION}"
    stage = _STAGES[events // _EVENTS_A_STAGE % len(_STAGES)]
    return (*stage, Window("count", "gameStarted", 6 * DAY_S, condition))


class KeptWindows:
    """What keeps the windows of ``asked`` in one life; backfills write to ``filled``."""

    def __init__(
        self,
        asked: Sequence[Window],
        *,
        history: Database,
        filled: Database,
        store: AnalyticsStore,
        feed: AnalyticsFeed,
        clock: Clock,
    ) -> None:
        self._asked = asked
        self._history = history
        self._clock = clock
        self._series = KeepSeries(
            history=history, pipeline=PIPELINE, wanted=lambda: asked, clock=clock, grace_us=0
        )
        self._backfill = BackfillWindows(
            history=filled, store=store, feed=feed, clock=clock, rows_max=_ROWS_MAX
        )

    async def keep(self) -> None:
        """Keep them for ever."""
        while True:
            await self._series.refresh()
            while await self._backfill.run_once():
                pass
            await self._series.tidy()

    async def finish_and_check(self, rows: Sequence[EventRow]) -> None:
        """Fill what is left to fill, then compare with ``rows``, which are all events."""
        known = KnownSeries(self._history)
        while not known.readiness.all_ready(self._asked):
            await self._series.refresh()
            await self._backfill.run_once()
            await known.refresh()
        # What this life does not ask about is noted as not needed, and goes then.
        await self._series.refresh()
        await self._series.refresh()
        await self._series.tidy()
        await self._series.tidy()
        await known.refresh()
        keys = {row.profile_key for row in rows}
        gone = await self._history.read(lambda c: find_tombstones(c, keys))
        roots = roots_of(keys, gone)
        await self._check_leftovers(gone)
        told: dict[int, list[PlainEvent]] = {}
        for row in rows:
            event = PlainEvent(row.name, row.time_us // MICROSECONDS, row.value, row.metadata or {})
            told.setdefault(roots[row.profile_key], []).append(event)
        found = await PlayerWindows(history=self._history, known=known).windows_of_many(list(told))
        now_s = self._clock.now_us() // MICROSECONDS
        for key, events in told.items():
            plain = PlainWindows(events)
            for window in self._asked:
                for asked_s in (now_s, now_s + 7_777):
                    kept = getattr(found[key], window.kind)(window, asked_s)
                    expected = getattr(plain, window.kind)(window, asked_s)
                    if kept != expected:
                        raise AssertionError(
                            f"player {key}: {window} says {kept}, the events {expected}"
                        )

    async def _check_leftovers(self, gone: Collection[int]) -> None:
        """Raise where something is kept for nobody, or of what is not asked about."""
        kept = await self._history.read(load_series)
        ids = {each.id for each in kept}
        for table in (event_windows, event_moments):
            rows = await self._history.read(
                lambda c, of=table.c: set(c.execute(select(of.profile_key, of.series_id)).all())
            )
            for key, series_id in rows:
                if key in gone or series_id not in ids:
                    raise AssertionError(f"{table.name} has {key}, {series_id}")
