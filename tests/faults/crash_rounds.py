"""Many short lives of everything behind the API, each ended by SIGKILL at a chosen point.

    .venv/bin/python -m tests.faults.crash_rounds [--rounds 300] [--seed 1]

Every life is a process of its own on the same data folder: it appends batches to the log (new
events, repeated ones, refused ones, replays, merges), applies the log, feeds the analytics store
and tidies it, and keeps windows over events, until the point comes. Every few lives another one
finishes all that is left and compares: each acknowledged event is in analytics once, nothing is
there twice, and every profile and every window is what its history in analytics comes to. Ends with
1 and says why at the first difference.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database, SqliteDatabase, Synchronous
from matsuri.adapters.log_file import FileLogReader, FileLogWriter
from matsuri.bootstrap.worker import analytics_store
from matsuri.config import Settings
from matsuri.data_folder import Paths, migrate_all
from matsuri.events.analytics import AnalyticsStore, Chunk, EventRow, NamedEventsQuery
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.model import (
    Event,
    EventBatch,
    LogEntry,
    ProfileMerged,
    Reason,
    RejectedEvent,
    Replay,
    Source,
    encode_entries,
)
from matsuri.events.pipeline import Pipeline, Step, Work
from matsuri.events.store import rejected_events
from matsuri.identities.rebuild import ProfileRebuild
from matsuri.kit.clock import MICROSECONDS
from matsuri.steps import fold_step, pipeline_steps
from tests.faults.crash_windows import KeptWindows, windows_asked
from tests.support.in_process import settings_for

T = TypeVar("T")

POINTS = (
    "before append",
    "before sync",
    "after sync",
    "after append",
    "mid-batch",
    "before commit",
    "after commit",
    "before insert",
    "during insert",
    "after insert",
    "mid-backfill",
    "after backfill",
    "at random",
)
PLAYERS = 8
BATCHES_A_LIFE = 25
_CHECK_EVERY = 10
_DAYS = 6
_NAMES = ("gameStarted", "purchaseCompleted", "screenViewed")
_NOW_S = 1_790_000_000
_LATE_SECONDS = {"mid-backfill": 0.3, "after backfill": 0.3}


def die() -> None:
    """End this process as a power cut or the system would."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class LivesClock:
    """The clock of all lives: events are some days old at most, whenever this runs."""

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()

    def now_us(self) -> int:
        """See ``Clock``."""
        return _NOW_S * MICROSECONDS + (time.monotonic_ns() - self._began_ns) // 1000


CLOCK = LivesClock()


class Fate:
    """When this life ends: the ``nth`` time that its ``point`` is reached."""

    def __init__(self, point: str, nth: int) -> None:
        self.point = point
        self._left = nth
        self._lock = threading.Lock()

    def reach(self, point: str) -> None:
        """A point is reached, on whatever thread."""
        if point != self.point:
            return
        with self._lock:
            self._left -= 1
            if not self._left:
                die()


class KillStep:
    """A step that is a point."""

    def __init__(self, fate: Fate, point: str) -> None:
        self._fate = fate
        self._point = point

    def apply(self, work: Work, connection: Connection) -> None:
        """Maybe the end."""
        del connection
        if work.entries:
            self._fate.reach(self._point)

    def settle(self, *, committed: bool) -> None:
        """The transaction has ended."""
        if committed and self._point == "before commit":
            self._fate.reach("after commit")


class KillingStore:
    """The real analytics store, with points around and within its ``append``."""

    def __init__(self, store: AnalyticsStore, fate: Fate, chance: random.Random) -> None:
        self._store = store
        self._fate = fate
        self._chance = chance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(self, chunk: Chunk) -> None:
        """See ``AnalyticsStore``."""
        self._fate.reach("before insert")
        if self._fate.point == "during insert":
            delay = self._chance.uniform(0, 0.015)
            threading.Timer(delay, self._fate.reach, ["during insert"]).start()
        await self._store.append(chunk)
        self._fate.reach("after insert")

    async def named_events(self, query: NamedEventsQuery) -> list[EventRow]:
        """See ``AnalyticsStore``."""
        rows = await self._store.named_events(query)
        self._fate.reach("mid-backfill")
        return rows


class KillingDatabase:
    """The history database as a backfill writes it, with a point after each write."""

    def __init__(self, database: Database, fate: Fate) -> None:
        self._database = database
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See ``Database``."""
        result = await self._database.write(work)
        self._fate.reach("after backfill")
        return result


class Known:
    """What the lives told before they ended.

    ``sent`` has every event by id: its player and name; ``acknowledged`` the ids that a life heard
    to be durable.
    """

    def __init__(self) -> None:
        self.sent: dict[str, tuple[int, str]] = {}
        self.refused: dict[str, tuple[int, str]] = {}
        self.acknowledged: set[str] = set()
        self.refusals_acknowledged: set[str] = set()
        self.replays_acknowledged: set[int] = set()
        self.merged: dict[int, int] = {}

    def hear(self, lines: Sequence[str]) -> None:
        """Take in what a life told."""
        for line in lines:
            kind, *rest = line.split()
            if kind == "sends":
                self.sent[rest[0]] = (int(rest[1]), rest[2])
            elif kind == "refuses":
                self.refused[rest[0]] = (int(rest[1]), rest[2])
            elif kind == "acknowledged":
                self.acknowledged.add(rest[0])
            elif kind == "refusal-acknowledged":
                self.refusals_acknowledged.add(rest[0])
            elif kind == "replay-acknowledged":
                self.replays_acknowledged.add(int(rest[0]))
            elif kind == "merges":
                self.merged[int(rest[0])] = int(rest[1])


class Life:
    """One process: what it has open, and what it does until its end."""

    def __init__(
        self,
        folder: Path,
        known: Known,
        chance: random.Random,
        fate: Fate,
        tell: Callable[..., None],
    ) -> None:
        self.settings: Settings = settings_for(
            folder,
            log_segment_bytes_max=1024 * 1024,
            pipeline_read_bytes_max=chance.choice([1024, 16 * 1024, 1024 * 1024]),
        )
        self.paths = Paths(self.settings.data_path)
        self.known = known
        self.chance = chance
        self.fate = fate
        self.tell = tell
        self.clock = CLOCK
        self.history = SqliteDatabase(self.paths.history, synchronous=Synchronous.NORMAL)
        self.fold = fold_step(self.settings)
        self.pipeline = Pipeline(
            log=FileLogReader(self.paths.log),
            database=self.history,
            steps=self._steps(),
            clock=self.clock,
            read_bytes_max=self.settings.pipeline_read_bytes_max,
        )

    def _steps(self) -> list[Step]:
        steps = pipeline_steps(self.settings, self.fold)
        middle = steps.index(self.fold)
        steps.insert(middle, KillStep(self.fate, "mid-batch"))
        return [*steps, KillStep(self.fate, "before commit")]

    def open_feed(self) -> tuple[AnalyticsFeed, AnalyticsStore]:
        """The way to the analytics store, with its points."""
        store = analytics_store(self.settings)
        feed = AnalyticsFeed(
            database=self.history,
            store=KillingStore(store, self.fate, self.chance),
            chunk_events_max=self.chance.choice([5, 50, 10_000]),
            interval_seconds=0.01,
        )
        return feed, store

    def windows(self, feed: AnalyticsFeed, store: AnalyticsStore) -> KeptWindows:
        """What keeps the windows that this life asks about."""
        killing: Any = KillingStore(store, self.fate, self.chance)
        database: Any = KillingDatabase(self.history, self.fate)
        return KeptWindows(
            windows_asked(len(self.known.sent)),
            history=self.history,
            filled=database,
            store=killing,
            feed=feed,
            clock=self.clock,
        )

    def _sync(self, descriptor: int) -> None:
        self.fate.reach("before sync")
        os.fdatasync(descriptor)
        self.fate.reach("after sync")

    async def live(self) -> None:
        """Send, apply and feed; whoever lives to the end of it dies then."""
        feed, store = self.open_feed()
        log = FileLogWriter(
            self.paths.log, clock=self.clock, segment_bytes_max=1024 * 1024, sync=self._sync
        )
        if self.fate.point == "at random":
            threading.Timer(self.chance.uniform(0.02, 0.4), die).start()

        tasks = [
            asyncio.create_task(self._apply()),
            asyncio.create_task(self._feed(feed, store)),
            asyncio.create_task(self.windows(feed, store).keep()),
        ]
        for _ in range(BATCHES_A_LIFE):
            await self._send(log)
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(self.chance.choice([0, 0, 0.005]))
        # Some points come only when all of this arrives where it goes.
        await asyncio.sleep(_LATE_SECONDS.get(self.fate.point, 0.0))
        die()

    async def _apply(self) -> None:
        while True:
            if not await self.pipeline.run_once():
                await asyncio.sleep(0.001)

    async def _feed(self, feed: AnalyticsFeed, store: AnalyticsStore) -> None:
        while True:
            if not await feed.run_once():
                await asyncio.sleep(0.002)
                if self.chance.random() < 0.1:
                    await store.tidy(now_us=self.clock.now_us(), keep_days=0)

    async def _send(self, log: FileLogWriter) -> None:
        entries, acknowledgements = await self._entries()
        self.fate.reach("before append")
        await log.append(encode_entries(entries))
        for told in acknowledgements:
            self.tell(*told)
        self.fate.reach("after append")

    async def _entries(self) -> tuple[list[LogEntry], list[tuple[object, ...]]]:
        """One request's entries, and what to tell once they are durable."""
        entries: list[LogEntry] = []
        told: list[tuple[object, ...]] = []
        kind = self.chance.random()
        if kind < 0.15:
            rejected = self._refused()
            entries.append(rejected)
            told.append(("refusal-acknowledged", rejected.event_id))
        elif kind < 0.3:
            replay = await self._replay()
            if replay is not None:
                entries.append(replay)
                told += [("replay-acknowledged", number) for number in replay.rejected_ids]
        elif kind < 0.33:
            into_key, from_key = self.chance.sample(range(1, PLAYERS + 1), 2)
            self.tell("merges", from_key, into_key)
            entries.append(ProfileMerged(self.clock.now_us(), from_key, into_key))
        batch = self._batch()
        entries.append(batch)
        told += [("acknowledged", event.id) for event in batch.events]
        return entries, told

    def _batch(self) -> EventBatch:
        events = []
        player = self.chance.randrange(1, PLAYERS + 1)
        again = [i for i, (key, _) in self.known.sent.items() if key == player]
        for _ in range(self.chance.randint(1, 8)):
            if again and self.chance.random() < 0.3:
                event_id = self.chance.choice(again)
                name = self.known.sent[event_id][1]
            else:
                event_id = f"event-{self.chance.getrandbits(64):016x}"
                name = self.chance.choice(_NAMES)
                self.tell("sends", event_id, player, name)
                self.known.sent[event_id] = (player, name)
            # The same event is the same whenever it is sent.
            fixed = random.Random(event_id)
            back_us = fixed.randrange(_DAYS * 86_400) * MICROSECONDS
            events.append(
                Event(
                    id=event_id,
                    name=name,
                    timestamp_us=_NOW_S * MICROSECONDS - back_us,
                    value=str(fixed.randrange(1000)),
                    metadata={"level": str(fixed.randrange(60))},
                    id_given=True,
                )
            )
        return EventBatch(
            received_us=self.clock.now_us(),
            source=Source.SESSION,
            api_key="default",
            identity_id=f"player-{player:04}",
            profile_key=player,
            session_id=f"session-{player}-{self.chance.randrange(3)}",
            session_issued_at=0,
            session_expires_at=0,
            events=events,
        )

    def _refused(self) -> RejectedEvent:
        player = self.chance.randrange(1, PLAYERS + 1)
        event_id = f"refused-{self.chance.getrandbits(64):016x}"
        self.tell("refuses", event_id, player, "undeclared")
        return RejectedEvent(
            received_us=self.clock.now_us(),
            source=Source.SESSION,
            api_key="default",
            identity_id=f"player-{player:04}",
            profile_key=player,
            session_id="",
            event_id=event_id,
            name="undeclared",
            reason=Reason.INVALID_NAME,
            problem="Event name 'undeclared' is not declared in the taxonomy",
            payload=b"{}",
        )

    async def _replay(self) -> Replay | None:
        """A replay of some refused events, whether they were replayed before or not."""
        columns = rejected_events.c
        rows = await self.history.read(
            lambda c: c.execute(select(columns.id, columns.event_id, columns.profile_key)).all()
        )
        if not rows:
            return None
        chosen = self.chance.sample(rows, min(len(rows), self.chance.randint(1, 3)))
        batches = [
            EventBatch(
                received_us=self.clock.now_us(),
                source=Source.SESSION,
                api_key="default",
                identity_id=f"player-{row.profile_key:04}",
                profile_key=row.profile_key,
                session_id="",
                session_issued_at=0,
                session_expires_at=0,
                events=[
                    Event(
                        id=row.event_id,
                        name="undeclared",
                        timestamp_us=_NOW_S * MICROSECONDS,
                        # Nothing but the claim of the replay keeps it from counting twice.
                        id_given=False,
                    )
                ],
            )
            for row in chosen
        ]
        return Replay(
            at_us=self.clock.now_us(),
            rejected_ids=[row.id for row in chosen],
            dead_letter_id=0,
            entries=encode_entries(batches),
        )

    async def finish_and_check(self) -> None:
        """Apply and feed all that is left, then compare everything with everything."""
        log = FileLogWriter(self.paths.log, clock=self.clock, segment_bytes_max=1024 * 1024)
        await log.close()
        feed, store = self.open_feed()
        while await self.pipeline.run_once():
            pass
        while await feed.run_once():
            pass
        rows = [row async for row in all_rows(store)]
        check_rows(rows, self.known)
        await self.windows(feed, store).finish_and_check(rows)
        await self._check_refused(rows)
        rebuild = ProfileRebuild(
            pipeline=self.pipeline,
            feed=feed,
            fold=self.fold,
            store=store,
            database=self.history,
            session_grace_us=self.settings.session_grace_seconds * MICROSECONDS,
            computed_names_max=self.settings.computed_names_max,
            on_swap=lambda: None,
        )
        progress = [step async for step in rebuild.run(apply=False)][-1]
        expect(progress.checked > 0, "no profile was checked")
        expect(progress.different == 0, f"{progress.different} profiles differ from their history")
        applied = await self.pipeline.progress()
        expect(applied.dead_letters == 0, f"{applied.dead_letters} dead letters")
        expect(
            applied.events_applied == len(rows),
            f"{applied.events_applied} applied, {len(rows)} in analytics",
        )
        await store.close()
        await self.history.close()

    async def _check_refused(self, rows: list[EventRow]) -> None:
        columns = rejected_events.c
        kept = await self.history.read(
            lambda c: c.execute(select(columns.id, columns.event_id, columns.closed_us)).all()
        )
        counts = Counter(row.event_id for row in kept)
        expect(all(n == 1 for n in counts.values()), "a refused event is kept twice")
        expect(self.known.refusals_acknowledged <= counts.keys(), "a refused event is lost")
        expect(counts.keys() <= self.known.refused.keys(), "a refused event nobody sent")
        replayed = {row.event_id for row in rows if row.name == "undeclared"}
        closed = {row.event_id for row in kept if row.closed_us is not None}
        expect(replayed == closed, "what is closed is not what was replayed")
        asked = {row.event_id for row in kept if row.id in self.known.replays_acknowledged}
        expect(asked <= replayed, "an acknowledged replay is lost")


async def all_rows(store: AnalyticsStore) -> AsyncIterator[EventRow]:
    """Everything in the analytics store."""
    after = 0
    while keys := await store.profile_keys(after=after, limit=100):
        after = keys[-1]
        for row in await store.history_of(keys):
            yield row


def check_rows(rows: Sequence[EventRow], known: Known) -> None:
    """Each acknowledged event once, nothing twice, nothing that nobody sent."""
    places = Counter((row.position, row.place) for row in rows)
    expect(all(n == 1 for n in places.values()), "a place of the log is there twice")
    # What was sent for a player before and after a merge goes to one profile, and counts there.
    ids = Counter(row.event_id for row in rows if row.name != "undeclared")
    twice = [event_id for event_id, count in ids.items() if count > 1]
    expect(not twice, f"events there twice: {twice[:5]}")
    lost = known.acknowledged - ids.keys()
    expect(not lost, f"{len(lost)} acknowledged events are lost: {sorted(lost)[:5]}")
    expect(ids.keys() <= known.sent.keys(), "an event nobody sent")


def expect(truth: bool, otherwise: str) -> None:
    """Raise unless it is so."""
    if not truth:
        raise AssertionError(otherwise)


def run_life(folder: Path, known: Known, seed: str, fate: Fate, *, check: bool) -> int:
    """Fork one life, hear what it tells, and return its exit status."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    process_id = os.fork()
    if not process_id:
        os.close(reader)
        code = 1
        try:

            def tell(*words: object) -> None:
                os.write(writer, (" ".join(map(str, words)) + "\n").encode())

            async def whole() -> None:
                life = Life(folder, known, random.Random(seed), fate, tell)
                await (life.finish_and_check() if check else life.live())

            asyncio.run(whole())
            code = 0
        except BaseException:  # noqa: BLE001 # a child must never go back into the parent's code
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, encoding="ascii") as told:
        lines = told.read().splitlines()
    known.hear(lines)
    return os.waitpid(process_id, 0)[1]


def main() -> None:
    """Live and die."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    known, chance = Known(), random.Random(options.seed)
    began = time.perf_counter()
    reached: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        migrate_all(settings_for(folder))
        for number in range(1, options.rounds + 1):
            point = POINTS[number % len(POINTS)]
            fate = Fate(point, chance.randint(1, 6))
            status = run_life(folder, known, f"{options.seed}-{number}", fate, check=False)
            if not os.WIFSIGNALED(status):
                sys.exit(f"round {number} ({point}) ended with {status}")
            reached[point] += 1
            if number % _CHECK_EVERY == 0 or number == options.rounds:
                fate = Fate("never", 0)
                status = run_life(folder, known, f"check-{number}", fate, check=True)
                if status:
                    sys.exit(f"after round {number} ({point}) things are not as they should be")
    seconds = time.perf_counter() - began
    print(  # noqa: T201 # it is a command
        f"{options.rounds} lives in {seconds:.0f} s, {len(known.sent)} events sent, "
        f"{len(known.acknowledged)} acknowledged, {len(known.refused)} refused, "
        f"{len(known.replays_acknowledged)} replayed, {len(known.merged)} merges; "
        + ", ".join(f"{point}: {count}" for point, count in reached.items())
    )


if __name__ == "__main__":
    main()
