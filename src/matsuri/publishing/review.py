"""What a change set would do to the definitions as they are now, and what stands against it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from matsuri.definitions.changes import Change
from matsuri.definitions.model import Catalog, Edit
from matsuri.errors import Aborted, FailedPrecondition, InvalidArgument, MatsuriError
from matsuri.kit.clock import Clock
from matsuri.publishing.model import Actor, ChangeSet, SetChange
from matsuri.publishing.protection import Approvals
from matsuri.publishing.rehearse import (
    Conflict,
    Rehearsal,
    conflict_of,
    rehearse,
    without_version,
)


class Reader(Protocol):
    """Reads what a change says of a definition (``publishing.read_changes``)."""

    def change(self, change: SetChange, by: Actor) -> Change:
        """The change as definitions take it; raises ``InvalidArgument`` that names the field."""
        ...


class Review(NamedTuple):
    """A change set tried on the definitions as they are ``before``.

    ``conflicts`` are by the number of the change. ``protected`` names what needs approval.
    """

    change_set: ChangeSet
    before: Catalog
    rehearsal: Rehearsal
    conflicts: Mapping[int, Conflict]
    protected: Sequence[str]

    def details(self, number: int, error: MatsuriError) -> list[dict[str, Any]]:
        """What is wrong with a change, one detail for each field."""
        change = next(each for each in self.change_set.changes if each.number == number)
        place = {"change": number, "kind": change.kind, "name": change.name}
        told = error.details or [{"problem": error.message}]
        # What names a kind is about a field of another definition.
        return [
            {**place, "problem": error.message, "other": detail}
            if "kind" in detail
            else {**place, **detail}
            for detail in told
        ]


class Reviews:
    """Reviews change sets."""

    def __init__(
        self,
        *,
        catalog: Callable[[], Catalog],
        reader: Reader,
        approvals: Approvals,
        clock: Clock,
        definitions_max: int,
    ) -> None:
        self._catalog = catalog
        self._reader = reader
        self._clock = clock
        self._definitions_max = definitions_max
        self.approvals = approvals

    @property
    def catalog(self) -> Catalog:
        """All definitions as they are."""
        return self._catalog()

    async def review(self, change_set: ChangeSet, by: Actor) -> Review:
        """What the set would do if ``by`` published it now."""
        # To try thousands of changes takes a while, in which games are to be answered.
        return await asyncio.to_thread(self._review, change_set, by, self._catalog())

    def _review(self, change_set: ChangeSet, by: Actor, before: Catalog) -> Review:
        changes: list[tuple[SetChange, Change]] = []
        unread: dict[int, MatsuriError] = {}
        for each in change_set.changes:
            try:
                changes.append((each, without_version(self._reader.change(each, by))))
            except MatsuriError as error:
                unread[each.number] = error
        rehearsal = rehearse(
            before,
            changes,
            Edit(self._clock.now_us(), by.label),
            definitions_max=self._definitions_max,
        )
        rehearsal.problems.update(unread)
        conflicts = {
            each.number: conflict
            for each in change_set.changes
            if (conflict := conflict_of(each, before)) is not None
        }
        return Review(change_set, before, rehearsal, conflicts, self._protected(rehearsal, by))

    def _protected(self, rehearsal: Rehearsal, by: Actor) -> list[str]:
        if by.is_key and self.approvals.keys_exempt:
            return []
        return [
            f"{done.of.kind} {done.of.name}"
            for done in rehearsal.done
            if done.step.after is not done.step.before
            and self.approvals.protects(done.step.before, done.step.after)
        ]


def check_ready(review: Review) -> None:
    """Raise for what stands against publishing a set, all of it at once.

    ``Aborted`` for definitions that have changed since they were looked at, ``InvalidArgument`` and
    ``FailedPrecondition`` for changes that cannot be made.
    """
    if review.conflicts:
        raise Aborted(
            f"{len(review.conflicts)} definition(s) have changed since this change set was "
            "written: look at the diff, and rebase or change it",
            details=[_conflict_detail(each) for each in review.conflicts.values()],
        )
    check_makeable(review)


def check_makeable(review: Review) -> None:
    """Raise for changes that cannot be made of the definitions as they are now."""
    problems = review.rehearsal.problems
    if problems:
        first = next(iter(problems.values()))
        is_invalid = all(isinstance(each, InvalidArgument) for each in problems.values())
        error = InvalidArgument if is_invalid else FailedPrecondition
        raise error(
            f"{len(problems)} change(s) cannot be made: {first.message}",
            details=[
                detail
                for number, problem in sorted(problems.items())
                for detail in review.details(number, problem)
            ],
        )


def _conflict_detail(conflict: Conflict) -> dict[str, Any]:
    change, current = conflict
    return {
        "change": change.number,
        "kind": change.kind,
        "name": change.name,
        "problem": conflict_problem(conflict),
        "base_version": str(change.base_version),
        "current_version": "" if current is None else str(current.version),
    }


def conflict_problem(conflict: Conflict) -> str:
    """What has happened to the definition, in words."""
    change, current = conflict
    if current is None:
        return "was deleted"
    if current.id != change.definition_id:
        return "the name is taken by another one"
    return "was changed" if change.base_version else "is there already"
