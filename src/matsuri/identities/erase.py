"""Erasing players, on the side of the worker: what is left in files after the rows are gone.

The pipeline removes what was made of a player's events, and notes it in ``erased_keys``. A scrub
takes all erasures that wait: it redacts the log, makes the stores overwrite what they dropped,
searches every file for what the players were called, and reports. Whatever interrupts it, the
next one does all of it again; the API does its part when the report is there.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.byte_search import Found, Needles, files_under, search_files
from matsuri.adapters.database import Database
from matsuri.adapters.sqlite_scrub import Scrubbed, empty_wal, files_of, scrub_sqlite
from matsuri.errors import MatsuriError
from matsuri.events.erase_nameless import erase_nameless
from matsuri.events.redact import Erased
from matsuri.events.store import Progress, analytics_outbox_ends
from matsuri.identities import erasure_store
from matsuri.identities.erasure_model import Erasure, StoreReport, WorkerReport, report_search
from matsuri.identities.erasure_requests import open_erasures
from matsuri.identities.erasure_store import ErasedKey
from matsuri.identities.redact_log import LogRedaction, RedactLog
from matsuri.kit.clock import MICROSECONDS, Clock

HISTORY_STORE = "history.db"
LOG_STORE = "event log"
ANALYTICS_STORE = "analytics"
OTHER_STORE = "other files"

# After a scrub the next one waits for this many times as long as it took: about 5 % of the time.
PAUSE_FACTOR = 20
_LOOK_SECONDS = 0.25
_AT_ONCE_MAX = 200

logger = structlog.get_logger(__name__)


class Scrubbable(Protocol):
    """A store that can make sure that nothing is left of rows that it removed."""

    async def scrub(self) -> int:
        """Leave no byte of erased rows in any file; how many bytes were redone."""
        ...


class Applied(Protocol):
    """Knows how far the log was applied."""

    async def progress(self) -> Progress:
        """How far the pipeline has come."""
        ...


class ScrubPaths(NamedTuple):
    """Where things are: the data folder, and in it the databases, the log and the analytics."""

    data: Path
    control: Path
    history: Path
    log: Path
    analytics: Path


class _Due(NamedTuple):
    """What a scrub is about: erasures that want a report, and every key to be cleaned of."""

    erasures: list[Erasure]
    keys: list[ErasedKey]
    owners: dict[str, int]

    def before(self, target: int) -> "_Due":
        """What of it ends before the position ``target``."""
        late = {key.erased_key for key in self.keys if key.position >= target}
        return _Due(
            [each for each in self.erasures if self.owners[each.id] not in late],
            [key for key in self.keys if key.erased_key not in late],
            self.owners,
        )

    @property
    def erased(self) -> Erased:
        """Whose entries go."""
        ids = {
            text: self.owners[erasure.id]
            for erasure in self.erasures
            if erasure.traces is not None
            for text in erasure.traces.ids
        }
        return Erased({key.profile_key: key.erased_key for key in self.keys}, ids)

    @property
    def needles(self) -> Needles:
        """What is looked for."""
        return Needles(t for each in self.erasures if each.traces for t in each.traces.texts)


class _Aim(NamedTuple):
    """What is waited for: the log up to there, applied, sealed, and in the analytics store.

    ``outbox_seq`` is the last row of the analytics outbox when it was applied.
    """

    target: int
    outbox_seq: int | None = None


class _Done(NamedTuple):
    """What a scrub came to."""

    started_us: int
    rows: Mapping[int, Counter[str]]
    log: LogRedaction
    history: Scrubbed
    analytics_bytes: int
    searched: Mapping[str, Found]


def pause_after(took_seconds: float, *, pause_seconds_min: float) -> float:
    """How long to rest after a scrub that took so long."""
    return max(pause_seconds_min, PAUSE_FACTOR * took_seconds)


class Erase:
    """Scrubs the worker's stores after erasures. ``control`` is only read."""

    def __init__(
        self,
        *,
        paths: ScrubPaths,
        control: Database,
        history: Database,
        applied: Applied,
        analytics: Scrubbable,
        clock: Clock,
        scrub_seconds_min: float,
        vacuum_bytes_max: int,
    ) -> None:
        self._paths = paths
        self._control = control
        self._history = history
        self._applied = applied
        self._analytics = analytics
        self._clock = clock
        self._scrub_seconds_min = scrub_seconds_min
        self._vacuum_bytes_max = vacuum_bytes_max
        self._log = RedactLog(paths.log)
        self._aim: _Aim | None = None

    async def run(self) -> None:
        """Scrub for ever, whenever an erasure waits, but for about 5 % of the time at most."""
        while True:
            began_us = self._clock.now_us()
            pause_seconds = _LOOK_SECONDS
            try:
                if await self.scrub():
                    took_seconds = (self._clock.now_us() - began_us) / MICROSECONDS
                    pause_seconds = pause_after(
                        took_seconds, pause_seconds_min=self._scrub_seconds_min
                    )
                    logger.info("erased players were scrubbed", seconds=round(took_seconds, 3))
            except (MatsuriError, OSError) as error:
                logger.warning("a scrub failed; it will be tried again", reason=str(error))
                pause_seconds = self._scrub_seconds_min
            except Exception:
                logger.exception("a scrub failed; it will be tried again")
                pause_seconds = max(self._scrub_seconds_min, 60.0)
            await asyncio.sleep(pause_seconds)

    async def scrub(self) -> bool:
        """Do all that waits; whether anything did, and could be done.

        Raises ``MatsuriError`` and ``OSError``; the next call does all of it again.
        """
        due = await self._due()
        if not due.keys:
            return False
        if self._aim is None:
            # What comes after this waits for the next scrub, or none would ever begin.
            self._aim = _Aim(max(key.position for key in due.keys) + 1)
        if not await self._ready(self._aim):
            return False
        due = due.before(self._aim.target)
        self._aim = None
        started_us = self._clock.now_us()
        ids = [erasure.id for erasure in due.erasures]
        await self._history.write(lambda c: erasure_store.begin_reports(c, ids))
        done = await self._scrub(due, started_us)
        await self._report(due, done)
        return True

    async def _due(self) -> _Due:
        waiting = await self._history.read(erasure_store.waiting_keys)
        asked = await self._control.read(lambda c: open_erasures(c, limit=_AT_ONCE_MAX))

        def work(connection: Connection) -> _Due:
            reported = erasure_store.load_reports(connection, [each.id for each in asked])
            wanted = {
                each.profile_key: each
                for each in asked
                if each.traces is not None and each.id not in reported
            }
            keys = erasure_store.keys_erased_with(connection, list(wanted))
            owners = {
                wanted[key.profile_key].id: key.erased_key
                for key in keys
                if key.profile_key in wanted
            }
            every = {key.profile_key: key for key in [*waiting, *keys]}
            return _Due(
                [each for each in wanted.values() if each.id in owners],
                list(every.values()),
                owners,
            )

        return await self._history.read(work)

    async def _ready(self, aim: _Aim) -> bool:
        """Whether everything up to there is sealed, applied, and in the analytics store."""
        sealed = self._log.sealed_after(aim.target)
        if sealed is None:
            await self._history.write(lambda c: erasure_store.ask_for_seal(c, aim.target))
            return False
        if (await self._applied.progress()).position < sealed:
            return False
        oldest, newest = await self._history.read(analytics_outbox_ends)
        if aim.outbox_seq is None:
            aim = self._aim = aim._replace(outbox_seq=newest)
        return not oldest or oldest > (aim.outbox_seq or 0)

    async def _scrub(self, due: _Due, started_us: int) -> _Done:
        erased, needles = due.erased, due.needles
        rows = await self._history.write(lambda c: erase_nameless(c, erased))
        # Before the log changes, the position must be on disk: what was applied before that is
        # never read again, not even after a power cut.
        await asyncio.to_thread(empty_wal, self._paths.history)
        applied = (await self._applied.progress()).position
        clean = min((key.clean_position for key in due.keys), default=0)
        log = await self._log.redact(erased, needles, after=clean, before=applied)
        analytics_bytes = await self._analytics.scrub()
        history = await asyncio.to_thread(
            scrub_sqlite, self._paths.history, needles, rewrite_bytes_max=self._vacuum_bytes_max
        )
        searched = await asyncio.to_thread(self._search, needles)
        return _Done(started_us, rows, log, history, analytics_bytes, searched)

    def _search(self, needles: Needles) -> dict[str, Found]:
        """Every file of the data folder but those of the two databases, by store."""
        apart = {*files_of(self._paths.control), *files_of(self._paths.history)}
        stores: dict[str, list[Path]] = {LOG_STORE: [], ANALYTICS_STORE: [], OTHER_STORE: []}
        for path in files_under(self._paths.data):
            if path.is_relative_to(self._paths.log):
                stores[LOG_STORE].append(path)
            elif self._paths.analytics in (path, *path.parents):
                stores[ANALYTICS_STORE].append(path)
            elif path not in apart:
                stores[OTHER_STORE].append(path)
        return {store: search_files(files, needles) for store, files in stores.items()}

    async def _report(self, due: _Due, done: _Done) -> None:
        finished_us = self._clock.now_us()

        def work(connection: Connection) -> None:
            runs = erasure_store.runs_of(connection, [each.id for each in due.erasures])
            reports = {
                erasure.id: WorkerReport(
                    runs=runs[erasure.id],
                    removed_us=min(
                        k.erased_us for k in due.keys if k.erased_key == due.owners[erasure.id]
                    ),
                    started_us=done.started_us,
                    finished_us=finished_us,
                    stores=_store_reports(erasure, due, done),
                )
                for erasure in due.erasures
            }
            erasure_store.save_reports(connection, reports)
            erasure_store.mark_clean(
                connection, [key.profile_key for key in due.keys], position=done.log.clean_position
            )

        await self._history.write(work)
        await asyncio.to_thread(empty_wal, self._paths.history)


def _store_reports(erasure: Erasure, due: _Due, done: _Done) -> list[StoreReport]:
    owner = due.owners[erasure.id]
    rows: Counter[str] = Counter(done.rows.get(owner, {}))
    for key in due.keys:
        if key.erased_key == owner:
            rows.update(key.removed)
    return [
        report_search(
            HISTORY_STORE,
            erasure.traces,
            done.history.found,
            live=done.history.live,
            removed=rows,
            bytes_rewritten=done.history.bytes_rewritten,
        ),
        report_search(
            LOG_STORE,
            erasure.traces,
            done.searched[LOG_STORE],
            removed={
                "entries": done.log.entries.get(owner, 0),
                "torn_tails": done.log.torn_tails,
            },
            bytes_rewritten=done.log.bytes_rewritten,
        ),
        report_search(
            ANALYTICS_STORE,
            erasure.traces,
            done.searched[ANALYTICS_STORE],
            live={},
            bytes_rewritten=done.analytics_bytes,
        ),
        report_search(OTHER_STORE, erasure.traces, done.searched[OTHER_STORE], live={}),
    ]
