"""What a change set would do, in the console API: its diff, and its impact on players."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from matsuri.definitions.history import History
from matsuri.definitions.model import Catalog
from matsuri.flags.model import FLAG_KIND
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.planning.calendar_messages import ConflictMessage
from matsuri.planning.calendar_messages import conflict_message as calendar_conflict
from matsuri.planning.drafts import Proposal
from matsuri.planning.impact_api import InstantSec, SamplesCount, instant_us
from matsuri.planning.impact_messages import ImpactMessage, impact_message
from matsuri.planning.impact_scan import CountImpact
from matsuri.planning.worlds import World
from matsuri.publishing import overlaps
from matsuri.publishing.console_api import PATH, TAG
from matsuri.publishing.diff_messages import (
    DefinitionConflict,
    DiffMessage,
    SharedFlagWarning,
    conflict_message,
    definition_diffs,
    follower_diffs,
    outcome_diffs,
    shared_flag_warning,
)
from matsuri.publishing.entities import check_may_read
from matsuri.publishing.model import ChangeSet, State
from matsuri.publishing.overlaps import Span
from matsuri.publishing.review import Review, Reviews, check_makeable
from matsuri.publishing.service import ChangeSets
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.routes import Request, Route

_WARNINGS_MAX = 200
_DAY_US = 86_400 * MICROSECONDS


class SetImpactRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The instant that is asked about."""

    now_time_sec: InstantSec | None = None
    samples: SamplesCount = 3


class ReviewServices(NamedTuple):
    """What the endpoints need; ``compiled`` makes of a catalog what decides by it."""

    sets: ChangeSets
    reviews: Reviews
    history: History
    world: Callable[[], World]
    compiled: Callable[[Catalog], World]
    counting: CountImpact
    clock: Clock
    overlap_days: int
    entries_max: int


class _Warnings(NamedTuple):
    overlaps: Sequence[ConflictMessage]
    shared_flags: Sequence[SharedFlagWarning]


def routes(services: ReviewServices, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints."""

    async def found(request: Request, caller: ConsoleCaller) -> ChangeSet:
        change_set = await services.sets.get(request.params["id"])
        check_may_read(caller, {each.kind for each in change_set.changes})
        return change_set

    async def tell(request: Request, caller: ConsoleCaller, _body: None) -> DiffMessage:
        change_set = await found(request, caller)
        if change_set.state is State.PUBLISHED:
            return await _published(services, change_set)
        review = await services.sets.review(change_set, caller)
        conflicts = await _conflicts(services.history, review)
        # To compile hundreds of definitions takes a while, in which games are to be answered.
        warnings = await asyncio.to_thread(_warnings, services, review)
        needed = services.reviews.approvals.needed if review.protected else 0
        return DiffMessage(
            id=review.change_set.id,
            version=str(review.change_set.version),
            definitions_version=str(review.before.version),
            ready=not review.conflicts and not review.rehearsal.problems,
            approvals_needed=needed,
            approvals=len(review.change_set.approvals),
            protected=review.protected,
            definitions=definition_diffs(review, conflicts),
            followers=follower_diffs(review),
            overlaps=warnings.overlaps,
            shared_flags=warnings.shared_flags,
        )

    async def count(
        request: Request, caller: ConsoleCaller, body: SetImpactRequest
    ) -> ImpactMessage:
        review = await services.sets.review(await found(request, caller), caller)
        check_makeable(review)
        now_us = services.clock.now_us()
        asked_us = instant_us(body.now_time_sec, now_us) or _planned_us(review.change_set, now_us)
        impact = await services.counting.count(
            review.before,
            review.rehearsal.catalog,
            now_us=now_us,
            asked_us=asked_us,
            samples_max=body.samples,
        )
        # What is new has its id already: nothing is drawn anew when it is made.
        proposals: list[Proposal] = []
        at_us = now_us if asked_us is None else asked_us
        return await asyncio.to_thread(impact_message, impact, proposals, at_us // MICROSECONDS)

    one = f"{PATH}/{{id}}"
    may_read = console_may(Entity.CHANGE_SET, Action.READ)
    return [
        Route(
            method="GET",
            path=f"{one}/diff",
            auth=may_read,
            handler=tell,
            response_type=DiffMessage,
            operation="console_diff_change_set",
            summary="Tell what a change set would change, and what stands against it",
            description=(
                "For each definition what it is now, what it would be, and what differs by path; "
                "what is wrong, field by field; what somebody else has changed meanwhile; and what "
                "would decide about the same flags at the same time. Of a set that is published, "
                "what it has changed."
            ),
            tag=TAG,
        ),
        Route(
            method="POST",
            path=f"{one}/impact",
            auth=console_may(Entity.IDENTITY, Action.READ),
            handler=count,
            request_type=SetImpactRequest,
            response_type=ImpactMessage,
            operation="console_impact_of_change_set",
            audited=False,
            summary="Tell what a change set would do to players",
            description=(
                "As `POST /v1/console/impact` of its changes; of a set that is scheduled, at the "
                "time when it is to be published. New definitions have their ids already, so these "
                "are the very players whom their percentages take."
            ),
            tag=TAG,
        ),
    ]


async def _published(services: ReviewServices, change_set: ChangeSet) -> DiffMessage:
    """What a published set has changed."""
    wanted = {each.revision for each in change_set.outcomes}
    wanted |= {each.version for each in change_set.outcomes}
    return DiffMessage(
        id=change_set.id,
        version=str(change_set.version),
        definitions_version=str(services.reviews.catalog.version),
        ready=False,
        approvals_needed=0,
        approvals=len(change_set.approvals),
        protected=[],
        definitions=outcome_diffs(change_set, await services.history.revisions(wanted)),
        followers=[],
        overlaps=[],
        shared_flags=[],
    )


def _planned_us(change_set: ChangeSet, now_us: int) -> int | None:
    """When the set is to be published, if that is to come."""
    return change_set.publish_us if change_set.publish_us > now_us else None


async def _conflicts(history: History, review: Review) -> dict[int, DefinitionConflict]:
    found = {}
    bases = await history.revisions({each.of.base_version for each in review.conflicts.values()})
    for number, conflict in review.conflicts.items():
        current = conflict.current
        changed_id = conflict.of.definition_id if current is None else current.id
        last = await history.last(conflict.of.kind, changed_id)
        found[number] = conflict_message(conflict, bases.get(conflict.of.base_version), last)
    return found


def _warnings(services: ReviewServices, review: Review) -> _Warnings:
    start_us = max(services.clock.now_us(), review.change_set.publish_us)
    span = Span(start_us, start_us + services.overlap_days * _DAY_US, services.entries_max)
    before, after = services.world(), services.compiled(review.rehearsal.catalog)
    conflicts = overlaps.new_conflicts(before, after, span)
    flags = {
        to.name
        for done in review.rehearsal.done
        if done.step.after is not None
        for to in after.catalog.kinds[done.of.kind].references(done.step.after.body)
        if to.kind == FLAG_KIND
    }
    shared = overlaps.newly_shared(before.catalog, after.catalog, flags)
    return _Warnings(
        [calendar_conflict(each) for each in conflicts[:_WARNINGS_MAX]],
        [shared_flag_warning(each) for each in islice(shared, _WARNINGS_MAX)],
    )
