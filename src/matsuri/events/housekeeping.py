"""What the pipeline leaves behind stays within its limits."""

import asyncio
from typing import Protocol

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import MatsuriError
from matsuri.events.kept_limits import trim_claims, trim_dead_letters, trim_rejected
from matsuri.events.log import LogReader
from matsuri.events.pipeline import Pipeline
from matsuri.events.store import expire_seen_events
from matsuri.kit.clock import MICROSECONDS, Clock

_ROWS_PER_TURN = 20_000
_KEPT_ROWS_PER_TURN = 2_000
_CLAIM_SECONDS = 30 * 86_400
_PAUSE_SECONDS = 0.05

logger = structlog.get_logger(__name__)


class Limits(Protocol):
    """The settings that say how long things are kept."""

    @property
    def dedup_window_seconds(self) -> int:
        """How long event ids are remembered."""
        ...

    @property
    def rejected_events_max(self) -> int:
        """How many refused events are kept."""
        ...

    @property
    def rejected_seconds_max(self) -> int:
        """How long refused events are kept."""
        ...

    @property
    def dead_letters_max(self) -> int:
        """How many dead letters are kept."""
        ...

    @property
    def dead_letter_seconds_max(self) -> int:
        """How long dead letters are kept."""
        ...

    @property
    def log_retention_seconds(self) -> int:
        """How long applied parts of the log are kept."""
        ...


class Housekeeping:
    """Forgets old event ids, what was kept aside beyond the limits, and log files long applied."""

    def __init__(
        self,
        *,
        database: Database,
        pipeline: Pipeline,
        log: LogReader,
        clock: Clock,
        settings: Limits,
    ) -> None:
        self._database = database
        self._pipeline = pipeline
        self._log = log
        self._clock = clock
        self._settings = settings

    async def run(self, *, every_seconds: float) -> None:
        """Tidy for ever, a turn every ``every_seconds``; a turn that fails is tried again."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await self.tidy()
            except (MatsuriError, OSError) as error:
                logger.warning("housekeeping failed; it will be tried again", reason=str(error))
            except Exception:
                # Nobody waits for this task: without it, everything would be kept for ever.
                logger.exception("housekeeping failed; it will be tried again")

    async def tidy(self) -> None:
        """One turn: all that is due, in transactions of bounded size."""
        now_us = self._clock.now_us()
        progress = await self._pipeline.progress()
        # The window ends where the pipeline is, not where the clock is: what still waits in the
        # log may repeat an id that was in the window when it came.
        reached_us = min(now_us, progress.received_us)
        before_s = reached_us // MICROSECONDS - self._settings.dedup_window_seconds
        gone = _ROWS_PER_TURN
        while gone >= _ROWS_PER_TURN:
            gone = await self._database.write(
                lambda c: expire_seen_events(c, before_s=before_s, rows_max=_ROWS_PER_TURN)
            )
            # The pipeline takes its turn between two of these.
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._trim_kept(now_us)
        await self._log.trim(
            progress.position,
            older_than_us=now_us - self._settings.log_retention_seconds * MICROSECONDS,
        )

    async def _trim_kept(self, now_us: int) -> None:
        """Drop refused events, dead letters and claims of replays that are kept no longer."""
        settings = self._settings
        rejected_us = now_us - settings.rejected_seconds_max * MICROSECONDS
        letters_us = now_us - settings.dead_letter_seconds_max * MICROSECONDS
        claims_us = now_us - _CLAIM_SECONDS * MICROSECONDS
        lost = 0

        def turn(connection: Connection) -> tuple[int, int]:
            rejected = trim_rejected(
                connection,
                keep_max=settings.rejected_events_max,
                before_us=rejected_us,
                rows_max=_KEPT_ROWS_PER_TURN,
            )
            letters, unsolved = trim_dead_letters(
                connection,
                keep_max=settings.dead_letters_max,
                before_us=letters_us,
                rows_max=_KEPT_ROWS_PER_TURN,
            )
            claims = trim_claims(connection, before_us=claims_us, rows_max=_KEPT_ROWS_PER_TURN)
            return max(rejected, letters, claims), unsolved

        gone = _KEPT_ROWS_PER_TURN
        while gone >= _KEPT_ROWS_PER_TURN:
            gone, unsolved = await self._database.write(turn)
            lost += unsolved
            await asyncio.sleep(_PAUSE_SECONDS)
        if lost:
            logger.warning("dead letters were dropped that nobody had replayed", dead_letters=lost)
