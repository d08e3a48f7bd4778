"""Sees to it that what filters need of players' events is kept, and what they do not is not."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import MatsuriError
from matsuri.events.store import load_progress
from matsuri.filters.facts import Window
from matsuri.identities.series import ANY_DAY, Backfill, KeptSeries, SeriesKind, reaches_of
from matsuri.identities.series_changes import Reach, first_day, series_changes
from matsuri.identities.series_store import (
    add_series,
    begin_backfill,
    end_backfills,
    forget_series,
    load_backfills,
    load_series,
    newest_profile_key,
    save_series,
)
from matsuri.identities.window_store import expire_days, remove_moments
from matsuri.kit.clock import Clock

_ROWS_PER_TURN = 5_000
_LOOK_SECONDS = 1.0
_TURNS_PER_TIDY = 5
_PAUSE_SECONDS = 0.05
# Days stay this much longer: a clock that is set back by less finds them all.
_SET_BACK_S = 3_600

logger = structlog.get_logger(__name__)


class KeepSeries:
    """Registers series, lengthens and shortens them, and removes what they keep no longer.

    ``wanted`` gives the windows of all filters; ``pipeline`` names the pipeline that adds to the
    series. What no filter needs stays for ``grace_us`` more.
    """

    def __init__(
        self,
        *,
        history: Database,
        pipeline: str,
        wanted: Callable[[], Iterable[Window]],
        clock: Clock,
        grace_us: int,
    ) -> None:
        self._history = history
        self._pipeline = pipeline
        self._wanted = wanted
        self._clock = clock
        self._grace_us = grace_us

    async def refresh(self) -> None:
        """Do what the newest filters ask for; raises ``Unavailable``.

        What cannot be done at this moment is left for the next call.
        """
        wanted = reaches_of(self._wanted())
        now_us = self._clock.now_us()

        def changes(connection: Connection) -> object:
            kept, backfills = load_series(connection), load_backfills(connection)
            return series_changes(kept, backfills, wanted, now_us=now_us, grace_us=self._grace_us)

        def work(connection: Connection) -> None:
            found = series_changes(
                load_series(connection),
                load_backfills(connection),
                wanted,
                now_us=now_us,
                grace_us=self._grace_us,
            )
            for kept in found.save:
                save_series(connection, kept)
                if kept.removing:
                    end_backfills(connection, [kept.id])
            self._reach(connection, found.reach, now_us)

        if await self._history.read(changes):
            await self._history.write(work)

    def _reach(self, connection: Connection, reaches: Iterable[Reach], now_us: int) -> None:
        """Begin the backfills that are asked for, where the pipeline is between two records.

        Both this transaction and the pipeline's, with the position in it, are written by one
        thread. So the fold adds every event from this position on, and none before it.
        """
        progress = load_progress(connection, self._pipeline)
        if progress.parts_applied:
            return
        last_key = newest_profile_key(connection)
        for series, reach_s, kept in reaches:
            from_day = first_day(reach_s, now_us=now_us)
            before_day = ANY_DAY
            if kept is None:
                new = KeptSeries(id=0, series=series, kept_s=reach_s, kept_from_day=from_day)
                series_id = add_series(connection, new)
                logger.info(
                    "events are kept for windows",
                    event_name=series.event,
                    what=series.kind.value,
                    condition=series.condition,
                )
            else:
                series_id = kept.id
                before_day = max(kept.kept_from_day, first_day(kept.kept_s, now_us=now_us))
                # Days that were about to go are not all there any more: they are done anew.
                gone = expire_days(
                    connection, series_id, before_day=before_day, rows_max=_ROWS_PER_TURN
                )
                if gone == _ROWS_PER_TURN:
                    continue
                save_series(
                    connection,
                    msgspec.structs.replace(
                        kept,
                        kept_s=max(reach_s, kept.kept_s),
                        kept_from_day=from_day,
                        surplus_since_us=None,
                    ),
                )
            begin_backfill(
                connection,
                Backfill(
                    series_id=series_id,
                    reach_s=reach_s,
                    before_position=progress.position,
                    before_day=before_day,
                    last_key=last_key,
                ),
            )

    async def run(self) -> None:
        """Do both for ever; what fails is tried again."""
        turns = 0
        while True:
            more = False
            try:
                await self.refresh()
                if turns % _TURNS_PER_TIDY == 0:
                    # However much there is to remove, new windows do not wait for it.
                    more = await self._tidy_some()
            except (MatsuriError, OSError) as error:
                logger.warning("windows stay as they are", reason=str(error))
            except Exception:
                # Nobody waits for this task: without it, no new window would ever be ready.
                logger.exception("windows stay as they are")
            turns += not more
            # Between two of these the pipeline takes its turn.
            await asyncio.sleep(_PAUSE_SECONDS if more else _LOOK_SECONDS)

    async def tidy(self) -> None:
        """Remove what is kept no longer, in transactions of bounded size."""
        more = True
        while more:
            more = await self._tidy_some()
            # The pipeline takes its turn between two of these.
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _tidy_some(self) -> bool:
        """Remove some of it; whether there may be more."""
        if not await self._history.read(load_series):
            return False
        now_us = self._clock.now_us()
        return await self._history.write(lambda c: _tidy(c, now_us=now_us)) >= _ROWS_PER_TURN


def _tidy(connection: Connection, *, now_us: int) -> int:
    gone = 0
    for kept in load_series(connection):
        if gone >= _ROWS_PER_TURN:
            break
        rows_max = _ROWS_PER_TURN - gone
        if kept.removing:
            some = expire_days(connection, kept.id, before_day=ANY_DAY, rows_max=rows_max)
            some += remove_moments(connection, kept.id, rows_max=rows_max)
            if not some:
                forget_series(connection, kept.id)
        elif kept.series.kind is SeriesKind.COUNTED:
            some = _expire(connection, kept, now_us=now_us, rows_max=rows_max)
        else:
            some = 0
        gone += some
    return gone


def _expire(connection: Connection, kept: KeptSeries, *, now_us: int, rows_max: int) -> int:
    before_day = first_day(kept.kept_s + _SET_BACK_S, now_us=now_us)
    if before_day > kept.kept_from_day:
        save_series(connection, msgspec.structs.replace(kept, kept_from_day=before_day))
    before_day = max(before_day, kept.kept_from_day)
    return expire_days(connection, kept.id, before_day=before_day, rows_max=rows_max)
