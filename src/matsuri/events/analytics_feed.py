"""Brings what the pipeline applied to the analytics store: each chunk for good, once, in order.

Which rows of the outbox make a chunk is written down, durably, before the chunk goes. After a
crash at any point the same rows go again under the same numbers, and the store knows numbers that
it has. That holds after a power cut, too, when the history database has lost later commits.
"""

import asyncio

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.errors import MatsuriError, Unavailable
from matsuri.events.analytics import AnalyticsStore, Chunk, Item
from matsuri.events.analytics_rows import decode_items
from matsuri.events.store import (
    AnalyticsClaim,
    advance_analytics_claim,
    analytics_outbox_ends,
    analytics_outbox_payloads,
    load_analytics_claim,
)

FEED = "main"
_RETRY_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class AnalyticsOutOfStep(MatsuriError):
    """The analytics store has chunks that the history database never made."""


class AnalyticsFeed:
    """The one that empties the analytics outbox.

    ``chunk_events_max`` is about how many events go at once. ``wake`` is called after each commit
    of the pipeline; without news, it looks again after ``interval_seconds``.
    """

    def __init__(
        self,
        *,
        database: Database,
        store: AnalyticsStore,
        chunk_events_max: int,
        interval_seconds: float,
    ) -> None:
        self._database = database
        self._store = store
        self._chunk_events_max = chunk_events_max
        self._interval_seconds = interval_seconds
        self._claim: AnalyticsClaim | None = None
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()

    def wake(self) -> None:
        """There may be something to send."""
        self._news.set()

    async def run(self) -> None:
        """Send for ever, at most once in ``interval_seconds``; what fails is tried again."""
        while True:
            try:
                await self._news.wait()
                self._news.clear()
                while await self.run_once():
                    pass
            except Unavailable as error:
                logger.warning("analytics wait", reason=error.message)
                await self._pause(_RETRY_SECONDS)
            except AnalyticsOutOfStep as error:
                logger.error("analytics stand still", reason=error.message)  # noqa: TRY400 # it says all
                await self._pause(_RETRY_SECONDS * 30)
            except Exception:
                # Going on without the chunk would lose events silently: a person has to look.
                logger.exception("analytics stand still")
                await self._pause(_RETRY_SECONDS * 30)
            await asyncio.sleep(self._interval_seconds)

    async def drain(self, *, seconds_max: float) -> None:
        """Send all there is, within ``seconds_max``; the rest is sent at the next start."""
        try:
            async with asyncio.timeout(seconds_max):
                while await self.run_once():
                    pass
        except (MatsuriError, TimeoutError):
            pass
        except Exception:
            # The rest of the process is to end in order all the same.
            logger.exception("analytics stand still")

    async def catch_up(self) -> None:
        """Send all that the pipeline had applied when this was called; raises as ``run_once``.

        What it applies meanwhile may wait: on a busy server there is always more.
        """
        _, newest = await self._database.read(analytics_outbox_ends)
        while True:
            oldest, _ = await self._database.read(analytics_outbox_ends)
            if not oldest or oldest > newest:
                return
            await self.run_once()

    async def run_once(self) -> int:
        """Send the next chunk; how many rows of the outbox it had, 0 where all are sent.

        Raises ``Unavailable`` and ``AnalyticsOutOfStep`` with nothing lost: the next call sends
        the same chunk.
        """
        async with self._turn:
            return await self._send_next()

    async def _send_next(self) -> int:
        if self._claim is None:
            await self._begin()
        claim = self._claim
        if claim is None or claim.is_done:
            claim = self._claim = await self._advance()
            if claim.is_done:
                return 0
        payloads = await self._database.read(lambda c: analytics_outbox_payloads(c, claim))
        items: list[Item] = []
        for payload in payloads:
            items += decode_items(payload)
        await self._store.append(Chunk(claim.first_seq, claim.last_seq, items))
        self._claim = await self._advance()
        return len(payloads)

    async def _begin(self) -> None:
        """Find out where an earlier process stopped."""
        claim = await self._database.read(lambda c: load_analytics_claim(c, FEED))
        stored = await self._store.last_seq()
        if stored > claim.last_seq:
            raise AnalyticsOutOfStep(
                f"the analytics store has chunks up to {stored}, the history database made them "
                f"only up to {claim.last_seq}: restore both from one backup"
            )
        sent = claim.last_seq if claim.is_done else claim.first_seq - 1
        if stored < sent:
            logger.warning(
                "the analytics store lacks events; it is older than the history database",
                first_missing=stored + 1,
                last_missing=sent,
            )
        self._claim = claim

    async def _advance(self) -> AnalyticsClaim:
        """Forget what the store has, and claim the next rows."""
        before = self._claim
        events_max = self._chunk_events_max

        def work(connection: Connection) -> AnalyticsClaim:
            return advance_analytics_claim(connection, FEED, before, events_max=events_max)

        # The store keeps what it is given through a power cut: so must this.
        return await self._database.write_durably(work)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._news.set()
