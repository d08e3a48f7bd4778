"""Computing every profile again from the history in the analytics store, beside the pipeline.

Profiles that come out different are set aside. What the pipeline changes meanwhile is done again,
the last of it while the pipeline waits; then all that was set aside takes its place at once.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Collection

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.adapters.process_calls import CallClient, Handler
from matsuri.errors import FailedPrecondition
from matsuri.events.analytics import AnalyticsStore, Merge
from matsuri.events.analytics_feed import AnalyticsFeed
from matsuri.events.pipeline import Pipeline
from matsuri.identities.fold_profiles import FoldProfiles
from matsuri.identities.model import Profile
from matsuri.identities.profile_store import (
    clear_staged,
    load_profiles,
    stage_profiles,
    swap_profiles,
)
from matsuri.identities.recompute import recompute, root_of

_KEYS_PER_TURN = 500
# The pipeline waits for about as long as this many profiles take.
_KEYS_AT_THE_END_MAX = 500
_CATCH_UPS_MAX = 20


class RebuildProgress(msgspec.Struct, frozen=True):
    """How far a rebuild is.

    ``checked`` profiles were computed again, ``different`` of those came out different, and
    ``swapped`` took their new form; that is 0 until the end, and stays so if nothing is stored.
    """

    checked: int = 0
    different: int = 0
    swapped: int = 0
    done: bool = False


class RebuildOrder(msgspec.Struct, frozen=True):
    """What is asked of a rebuild: whether what differs is to be stored."""

    apply: bool = True


class ProfileRebuild:
    """``matsuri rebuild profiles``. One at a time."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        feed: AnalyticsFeed,
        fold: FoldProfiles,
        store: AnalyticsStore,
        database: Database,
        session_grace_us: int,
        computed_names_max: int,
        on_swap: Callable[[], None],
    ) -> None:
        """``on_swap`` hears that any profile may have become another one."""
        self._pipeline = pipeline
        self._feed = feed
        self._fold = fold
        self._store = store
        self._database = database
        self._session_grace_us = session_grace_us
        self._computed_names_max = computed_names_max
        self._on_swap = on_swap
        self._turn = asyncio.Lock()
        # What the last look at the analytics store said of merges.
        self._merged_into: dict[int, int] = {}
        self._merges: dict[int, Merge] = {}
        self._families: dict[int, list[int]] = {}
        self._checked = 0
        self._different: set[int] = set()

    async def run(self, *, apply: bool) -> AsyncGenerator[RebuildProgress, None]:
        """Compute every profile again, and store what differs if ``apply``; tells how far it is.

        Raises ``FailedPrecondition`` where history is not complete, or a rebuild is under way.
        """
        if self._turn.locked():
            raise FailedPrecondition("A rebuild is under way already")
        async with self._turn:
            if not await self._store.complete():
                raise FailedPrecondition(
                    "The analytics store has dropped days (analytics_retention_days): profiles "
                    "computed from what is left would forget what players did on them"
                )
            self._fold.watch()
            try:
                async for progress in self._run(apply=apply):
                    yield progress
            finally:
                self._fold.unwatch()
                await self._database.write(clear_staged)

    async def _run(self, *, apply: bool) -> AsyncGenerator[RebuildProgress, None]:
        self._checked, self._different = 0, set()
        await self._database.write(clear_staged)
        await self._catch_up()
        after = 0
        while keys := await self._store.profile_keys(after=after, limit=_KEYS_PER_TURN):
            after = keys[-1]
            # Merged profiles come with the one that they are part of.
            await self._compute(keys)
            yield RebuildProgress(self._checked, len(self._different))
        for _ in range(_CATCH_UPS_MAX):
            changed = self._fold.take_changed()
            await self._compute_again(changed)
            if len(changed) <= _KEYS_AT_THE_END_MAX:
                break
        swapped = 0
        async with self._pipeline.paused():
            await self._compute_again(self._fold.take_changed())
            if apply:
                swapped = await self._database.write(swap_profiles)
                self._fold.forget()
                self._on_swap()
        yield RebuildProgress(self._checked, len(self._different), swapped, done=True)

    async def _catch_up(self) -> None:
        """Let the analytics store have what the pipeline has applied so far."""
        await self._feed.catch_up()
        merges = await self._store.merges()
        self._merges = {merge.from_key: merge for merge in merges}
        self._merged_into = {merge.from_key: merge.into_key for merge in merges}
        self._families = defaultdict(list)
        for key in self._merged_into:
            self._families[root_of(key, self._merged_into)].append(key)

    async def _compute_again(self, keys: Collection[int]) -> None:
        await self._catch_up()
        ordered = sorted(keys)
        for start in range(0, len(ordered), _KEYS_PER_TURN):
            await self._compute(ordered[start : start + _KEYS_PER_TURN])

    async def _compute(self, keys: Collection[int]) -> None:
        """Compute the profiles that ``keys`` are part of, and set aside those that differ."""
        roots = {root_of(key, self._merged_into) for key in keys}
        merged = {key for root in roots for key in self._families.get(root, ())}
        rows = await self._store.history_of(sorted(roots | merged))
        merges = [self._merges[key] for key in merged]
        computed = await asyncio.to_thread(
            recompute,
            rows,
            merges,
            session_grace_us=self._session_grace_us,
            computed_names_max=self._computed_names_max,
        )
        # What became part of another since it was set aside must not come back.
        staged: dict[int, Profile | None] = dict.fromkeys({*keys, *merged, *roots})

        def stage(connection: Connection) -> None:
            # In one transaction, so that the pipeline erases nobody between the two.
            stored = load_profiles(connection, roots)
            for root in roots:
                known = stored.get(root)
                profile = computed.get(root)
                # What was erased, or merged since the merges were read, has no profile here.
                gone = known is not None and known.profile is None
                if profile is not None and not gone and (known is None or known.profile != profile):
                    staged[root] = profile
            stage_profiles(connection, staged)

        await self._database.write(stage)
        self._checked += len(roots)
        self._different -= staged.keys()
        self._different |= {root for root, profile in staged.items() if profile is not None}


REBUILD_CALL = "rebuild.profiles"


def rebuild_handlers(rebuild: ProfileRebuild) -> dict[str, Handler]:
    """What the worker answers to who wants profiles rebuilt: its progress, piece by piece."""

    async def handle(argument: bytes) -> AsyncGenerator[bytes, None]:
        order = msgspec.msgpack.decode(argument, type=RebuildOrder)
        async with contextlib.aclosing(rebuild.run(apply=order.apply)) as told:
            async for progress in told:
                yield msgspec.msgpack.encode(progress)

    return {REBUILD_CALL: handle}


async def ask_for_rebuild(
    calls: CallClient, order: RebuildOrder
) -> AsyncGenerator[RebuildProgress, None]:
    """Let the worker rebuild, and hear how far it is.

    Raises ``Unavailable`` where there is no worker, ``CallFailed`` where it refuses.
    """
    argument = msgspec.msgpack.encode(order)
    async with contextlib.aclosing(calls.stream(REBUILD_CALL, argument)) as pieces:
        async for piece in pieces:
            yield msgspec.msgpack.decode(piece, type=RebuildProgress)
