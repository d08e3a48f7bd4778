"""Refused events: looked at, understood, replayed, dismissed."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from matsuri.adapters.database import Database
from matsuri.errors import NotFound
from matsuri.events.log import LogAppender
from matsuri.events.model import (
    Dismissed,
    Event,
    EventBatch,
    Reason,
    RejectedEvent,
    Replay,
    encode_entries,
)
from matsuri.events.pipeline import PIPELINE
from matsuri.events.propose import Proposal, propose
from matsuri.events.rejected_store import (
    Group,
    Kept,
    RejectedFilter,
    find_rejected,
    find_rejected_ids,
    group_rejected,
    load_rejected,
)
from matsuri.events.revalidate import Owner, owner_of, revalidate, sent_event
from matsuri.events.service import IdentityKeys
from matsuri.events.store import load_progress
from matsuri.events.taxonomy import Taxonomy
from matsuri.events.validate import EventLimits, Rejection, no_identity
from matsuri.kit.clock import Clock
from matsuri.kit.paging import Cursor, Page, page_from_store

# So many rows are looked at in one go, and so many numbers stand in one record of the log.
_ROWS_PER_TURN = 500
_DISMISSED_PER_RECORD = 5000
# The latest events of a name tell what it is; more of them would tell the same.
_PROPOSE_EVENTS_MAX = 5000


class GroupSeen(NamedTuple):
    """A group, its last event, and whether that would pass now."""

    group: Group
    sample: Kept
    accepted_now: bool


class Refusal(msgspec.Struct):
    """How many events are refused for a reason, and the problem of one of them."""

    reason: Reason
    events: int
    sample_id: int
    problem: str


class Outcome(msgspec.Struct):
    """What became, or would become, of kept events.

    ``passed`` would be, or are, replayed. ``cut_off`` were too long to be kept whole, ``closed``
    count already, ``under_way`` are being replayed, ``unknown`` are not kept.
    """

    passed: int = 0
    refused: dict[Reason, Refusal] = msgspec.field(default_factory=dict)
    cut_off: int = 0
    closed: int = 0
    under_way: int = 0
    unknown: int = 0

    def refuse(self, kept: Kept, why: Rejection) -> None:
        """One more is refused."""
        seen = self.refused.setdefault(why.reason, Refusal(why.reason, 0, kept.id, why.problem))
        seen.events += 1


class Debugger:
    """The use cases of refused events. All may raise ``Unavailable``."""

    def __init__(
        self,
        *,
        history: Database,
        log: LogAppender,
        identities: IdentityKeys,
        clock: Clock,
        taxonomy: Callable[[], Taxonomy],
        limits: EventLimits,
        batch_events_max: int,
    ) -> None:
        self._history = history
        self._log = log
        self._identities = identities
        self._clock = clock
        self._taxonomy = taxonomy
        self._limits = limits
        self._batch_events_max = batch_events_max
        # Replays that the pipeline has yet to apply: where in the log, by number of the row.
        self._under_way: dict[int, int] = {}
        self._replaying = asyncio.Lock()

    @property
    def taxonomy(self) -> Taxonomy:
        """What is declared now."""
        return self._taxonomy()

    async def page(
        self, wanted: RejectedFilter, *, beyond: int | None, cursor: Cursor | None, limit: int
    ) -> Page[Kept]:
        """One page of refused events, the latest first; ``beyond`` is the row ``cursor`` names."""
        backward = cursor is not None and cursor.backward
        wanted = await self._resolved(wanted)
        found = await self._history.read(
            lambda c: find_rejected(c, wanted, beyond=beyond, backward=backward, limit=limit + 1)
        )
        return page_from_store(found, key=lambda kept: (kept.id,), limit=limit, cursor=cursor)

    async def find(self, row_id: int) -> Kept:
        """One refused event; raises ``NotFound``."""
        found = await self._history.read(lambda c: load_rejected(c, [row_id]))
        if not found:
            raise NotFound(f"There is no refused event {row_id}")
        return found[0]

    async def groups(self, wanted: RejectedFilter, *, offset: int, limit: int) -> list[GroupSeen]:
        """Refused events by name and reason, the largest group first."""
        wanted = await self._resolved(wanted)
        groups = await self._history.read(
            lambda c: group_rejected(c, wanted, limit=limit, offset=offset)
        )
        samples = await self._history.read(
            lambda c: load_rejected(c, [group.sample_id for group in groups])
        )
        by_id = {kept.id: kept for kept in samples}
        return [
            GroupSeen(group, by_id[group.sample_id], self._passes(by_id[group.sample_id]))
            for group in groups
            # It may have gone between the two reads.
            if group.sample_id in by_id
        ]

    async def propose(self, name: str, reason: Reason | None) -> Proposal:
        """The definition that the open refused events of ``name`` suggest; raises ``NotFound``."""
        wanted = RejectedFilter(names=[name], reasons=[reason] if reason else ())

        def work(kept: Sequence[Kept]) -> Proposal:
            # The column may have a cut-off name; then the payload is cut off as well, or tells.
            sent = [event for each in kept if (event := sent_event(each.event)) is not None]
            return propose(event for event in sent if event.name == name)

        proposal = await self._history.read(
            lambda c: work(find_rejected(c, wanted, limit=_PROPOSE_EVENTS_MAX))
        )
        if not proposal.events:
            raise NotFound("No refused event of that name is kept and open")
        return proposal

    async def preview(self, wanted: RejectedFilter, taxonomy: Taxonomy) -> Outcome:
        """What would become of the kept events with that taxonomy."""
        outcome = Outcome()
        for chunk in await self._chunks(wanted):
            await self._check(chunk, outcome, taxonomy)
        return outcome

    async def replay(self, wanted: RejectedFilter) -> Outcome:
        """Give those events that pass now to the log, under their own ids and times.

        The pipeline takes each of them once, however often this is called.
        """
        outcome = Outcome()
        async with self._replaying:
            progress = await self._history.read(lambda c: load_progress(c, PIPELINE))
            self._under_way = {
                row_id: at for row_id, at in self._under_way.items() if at >= progress.position
            }
            for chunk in await self._chunks(wanted):
                passed = await self._check(chunk, outcome, self._taxonomy())
                await self._append(passed, outcome)
        return outcome

    async def dismiss(self, wanted: RejectedFilter) -> int:
        """Drop refused events, so that nothing brings them back; how many."""
        resolved = await self._resolved(wanted)
        ids = await self._history.read(lambda c: find_rejected_ids(c, resolved))
        for start in range(0, len(ids), _DISMISSED_PER_RECORD):
            gone = Dismissed(self._clock.now_us(), ids[start : start + _DISMISSED_PER_RECORD], [])
            await self._log.append(encode_entries([gone]))
        return len(ids)

    async def _resolved(self, wanted: RejectedFilter) -> RejectedFilter:
        """The filter that also finds what a player sent under other ids."""
        if not wanted.identity_id:
            return wanted
        keys = await self._identities.known_keys_of([wanted.identity_id])
        return msgspec.structs.replace(wanted, profile_key=keys.get(wanted.identity_id, 0))

    async def _chunks(self, wanted: RejectedFilter) -> list[list[int]]:
        """The numbers of the rows wanted, some at a time."""
        if wanted.ids is not None:
            # Whoever names them is told what became of each.
            ids = sorted(set(wanted.ids))
        else:
            resolved = await self._resolved(wanted)
            ids = await self._history.read(lambda c: find_rejected_ids(c, resolved))
        return [ids[start : start + _ROWS_PER_TURN] for start in range(0, len(ids), _ROWS_PER_TURN)]

    async def _check(
        self, ids: Sequence[int], outcome: Outcome, taxonomy: Taxonomy
    ) -> list[tuple[Kept, Event]]:
        """The events of these rows that pass; ``outcome`` tells of the others."""

        def work(kept: Sequence[Kept]) -> list[tuple[Kept, Event | Rejection | None]]:
            return [
                (
                    each,
                    None
                    if each.closed_us is not None
                    else revalidate(each.id, each.event, taxonomy=taxonomy, limits=self._limits),
                )
                for each in kept
            ]

        checked = await self._history.read(lambda c: work(load_rejected(c, ids)))
        outcome.unknown += len(ids) - len(checked)
        passed = []
        for kept, event in checked:
            if kept.closed_us is not None:
                outcome.closed += 1
            elif kept.id in self._under_way:
                outcome.under_way += 1
            elif event is None:
                outcome.cut_off += 1
            elif isinstance(event, Rejection):
                outcome.refuse(kept, event)
            else:
                passed.append((kept, event))
        outcome.passed += len(passed)
        return passed

    def _passes(self, kept: Kept) -> bool:
        checked = revalidate(kept.id, kept.event, taxonomy=self._taxonomy(), limits=self._limits)
        return isinstance(checked, Event)

    async def _append(self, passed: list[tuple[Kept, Event]], outcome: Outcome) -> None:
        """Write replays of these events to the log."""
        now_us = self._clock.now_us()
        known = await self._with_keys(passed, outcome)
        for start in range(0, len(known), self._batch_events_max):
            part = known[start : start + self._batch_events_max]
            entries = list(_replays(part, now_us))
            position = await self._log.append(encode_entries(entries))
            self._under_way.update((kept.id, position) for kept, _, _, _ in part)

    async def _with_keys(
        self, passed: list[tuple[Kept, Event]], outcome: Outcome
    ) -> list["_Passed"]:
        """Each event with its owner and profile; those that can be nobody's are refused."""
        owned = [
            _Passed(kept, event, owner_of(kept.event), kept.event.profile_key)
            for kept, event in passed
        ]
        unknown: dict[str, list[str]] = {}
        for each in owned:
            if each.owner.identity_id and not each.profile_key:
                unknown.setdefault(each.kept.event.api_key, []).append(each.owner.identity_id)
        keys: dict[str, int] = {}
        for api_key, ids in unknown.items():
            # As the call itself would have done, had the event passed then.
            keys |= await self._identities.keys_of(ids, api_key=api_key, address="")
        found: list[_Passed] = []
        for each in owned:
            identity_id = each.owner.identity_id
            if identity_id and not each.profile_key and identity_id not in keys:
                outcome.passed -= 1
                outcome.refuse(each.kept, no_identity(identity_id))
            else:
                key = each.profile_key or keys.get(identity_id, 0)
                found.append(each._replace(profile_key=key))
        return found


class _Passed(NamedTuple):
    kept: Kept
    event: Event
    owner: Owner
    profile_key: int


def _replays(passed: Iterable[_Passed], now_us: int) -> Iterable[Replay]:
    """One replay for each profile, so that one player's part can be told from another's."""
    by_profile: dict[int, list[_Passed]] = {}
    for each in passed:
        by_profile.setdefault(each.profile_key, []).append(each)
    for key, of_profile in by_profile.items():
        batches: dict[object, tuple[RejectedEvent, Owner, list[_Passed]]] = {}
        for each in of_profile:
            rejected = each.kept.event
            call = (rejected.received_us, rejected.source, rejected.api_key, each.owner)
            batches.setdefault(call, (rejected, each.owner, []))[2].append(each)
        entries = [
            EventBatch(
                received_us=rejected.received_us,
                source=rejected.source,
                api_key=rejected.api_key,
                identity_id=owner.identity_id,
                profile_key=key,
                session_id=owner.session_id,
                session_issued_at=owner.issued_at,
                session_expires_at=owner.expires_at,
                events=[each.event for each in events],
            )
            for rejected, owner, events in batches.values()
        ]
        ids = [each.kept.id for _, _, events in batches.values() for each in events]
        yield Replay(now_us, ids, 0, encode_entries(entries))
