"""The worker notices when runs of live events start and end, and tells it once.

What is told is in the history database from the transaction on that remembers that it was: another
worker goes on where this one was, whenever that is.
"""

import asyncio
from collections.abc import Mapping

import msgspec
import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.definitions.model import Definition
from matsuri.definitions.snapshot import Snapshot
from matsuri.errors import MatsuriError
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.live_events.model import LIVE_EVENT_KIND, LiveEventDefinition
from matsuri.live_events.transition_outbox import behind
from matsuri.live_events.transition_store import (
    forget_event,
    load_marks,
    mark_of,
    put_turn,
    told_runs,
    trim_runs,
    trim_transitions,
)
from matsuri.live_events.transitions import LOOK_BACK_US, due, gone, look_from_us
from matsuri.live_events.worldwide import world_runs

_RUNS_PER_TURN = 200
_TRIM_ROWS_PER_TURN = 5000
_TRIM_SECONDS = 60
_PAUSE_SECONDS_MAX = 1.0
_PAUSE_SECONDS_MIN = 0.01
_NEVER_US = 2**63 - 1

logger = structlog.get_logger(__name__)


class TransitionLimits(msgspec.Struct, frozen=True):
    """How long transitions are kept for their readers, and how many."""

    keep_us: int
    transitions_max: int


class _Next(msgspec.Struct, frozen=True):
    """When an event is to be looked at again, unless it has another version by then."""

    version: int
    at_us: int


class TellTransitions:
    """Looks at a live event when a run of it starts or ends, and when its definition changed."""

    def __init__(
        self,
        *,
        snapshot: Snapshot,
        database: Database,
        clock: Clock,
        limits: TransitionLimits,
    ) -> None:
        self._snapshot = snapshot
        self._database = database
        self._clock = clock
        self._limits = limits
        self._known: dict[str, _Next] | None = None
        self._version = -1
        self._next_us = 0
        self._trim_us = 0

    async def run(self) -> None:
        """Tell for ever; what fails is tried again."""
        while True:
            try:
                await self.tell()
            except (MatsuriError, OSError) as error:
                logger.warning("live events could not be told; tried again", reason=str(error))
            except Exception:
                # Nobody waits for this task: without it, nothing would be told until a restart.
                logger.exception("live events could not be told; tried again")
            await asyncio.sleep(self._pause_seconds())

    async def tell(self) -> int:
        """Tell everything that is due by now; how many transitions that were.

        Where nothing is due, it reads but the version of the definitions.
        """
        # The time first: of definitions that are read after it, all up to it is known.
        now_us = self._clock.now_us()
        await self._snapshot.refresh()
        told = 0
        if now_us >= self._trim_us:
            await self._trim(now_us)
        catalog = self._snapshot.catalog
        if catalog.version == self._version and now_us < self._next_us:
            return told
        events: Mapping[str, Definition[LiveEventDefinition]] = {
            each.id: each for each in catalog.of_kind(LIVE_EVENT_KIND).values()
        }
        known = self._known
        if known is None:
            marks = await self._database.read(load_marks)
            known = self._known = dict.fromkeys(marks, _Next(-1, 0))
        for event_id in [each for each in known if each not in events]:
            told += await self._forget(event_id, now_us)
            del known[event_id]
        for event in events.values():
            before = known.get(event.id)
            if before is None or before.version != event.version or before.at_us <= now_us:
                told += await self._tell_of(event, now_us)
                known[event.id] = _Next(event.version, _next_us(event, now_us))
        self._version = catalog.version
        self._next_us = min((each.at_us for each in known.values()), default=_NEVER_US)
        return told

    async def _tell_of(self, event: Definition[LiveEventDefinition], now_us: int) -> int:
        horizon_us = now_us - self._limits.keep_us

        def work(connection: Connection) -> tuple[int, bool]:
            since_us = max(look_from_us(event, mark_of(connection, event.id)), horizon_us)
            turn = due(
                event,
                told_runs(connection, event.id, ended_from_us=since_us - LOOK_BACK_US),
                since_us=since_us,
                now_us=now_us,
                runs_max=_RUNS_PER_TURN,
            )
            put_turn(
                connection,
                mark=turn.mark,
                runs=turn.runs,
                transitions=turn.transitions,
                told_us=now_us,
            )
            return len(turn.transitions), turn.whole

        told, whole = 0, False
        while not whole:
            count, whole = await self._database.write(work)
            told += count
        return told

    async def _forget(self, event_id: str, now_us: int) -> int:
        def work(connection: Connection) -> int:
            transitions, runs = gone(told_runs(connection, event_id), now_us)
            forget_event(connection, event_id, runs=runs, transitions=transitions, told_us=now_us)
            return len(transitions)

        return await self._database.write(work)

    async def _trim(self, now_us: int) -> None:
        limits = self._limits

        def work(connection: Connection) -> list[str]:
            last = trim_transitions(
                connection,
                before_us=now_us - limits.keep_us,
                keep_max=limits.transitions_max,
                rows_max=_TRIM_ROWS_PER_TURN,
            )
            # What is forgotten is too old to be told again.
            trim_runs(connection, before_us=now_us - limits.keep_us - 2 * LOOK_BACK_US)
            return behind(connection, last)

        late = await self._database.write(work)
        if late:
            logger.warning("starts and ends of live events were dropped unread", readers=late)
        self._trim_us = now_us + _TRIM_SECONDS * MICROSECONDS

    def _pause_seconds(self) -> float:
        seconds = (self._next_us - self._clock.now_us()) / MICROSECONDS
        return min(max(seconds, _PAUSE_SECONDS_MIN), _PAUSE_SECONDS_MAX)


def _next_us(event: Definition[LiveEventDefinition], now_us: int) -> int:
    source = world_runs(event.body, event.created_us)
    found = source.next_boundary_us(now_us)
    return _NEVER_US if found is None else found
