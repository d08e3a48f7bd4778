"""What may be done to a change set, by where it stands and by whom. Pure.

Each function makes the change set as it is then. They raise ``FailedPrecondition`` for what its
state does not allow, and ``PermissionDenied`` for a word from somebody who has none.
"""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from matsuri.errors import FailedPrecondition, PermissionDenied
from matsuri.publishing.model import (
    Actor,
    ChangeSet,
    Failure,
    Outcome,
    SetChange,
    State,
    Word,
)

_OPEN = (State.DRAFT, State.WAITING, State.APPROVED, State.FAILED)


def edited(change_set: ChangeSet, by: Actor, now_us: int, **fields: Any) -> ChangeSet:
    """The set with other ``fields``: then nobody has approved it any more, as it is now."""
    _check(change_set, _OPEN, "changed")
    is_waiting = change_set.state in {State.WAITING, State.APPROVED}
    return _next(
        change_set,
        now_us,
        **fields,
        state=State.WAITING if is_waiting else State.DRAFT,
        editors=_with(change_set.editors, by),
        approvals=(),
        failure=None,
    )


def with_changes(
    known: Sequence[SetChange], last_number: int, given: Sequence[SetChange]
) -> tuple[tuple[SetChange, ...], int]:
    """The changes with each of ``given`` in the place of the one of its definition, or at the end.

    What is new is numbered from after ``last_number``; the last number is returned as well.
    """
    changes = {(each.kind, each.definition_id): each for each in known}
    for each in given:
        key = (each.kind, each.definition_id)
        if key in changes:
            number = changes[key].number
        else:
            number = last_number = last_number + 1
        changes[key] = msgspec.structs.replace(each, number=number)
    return tuple(changes.values()), last_number


def submitted(change_set: ChangeSet, now_us: int) -> ChangeSet:
    """The set when it waits for somebody's approval."""
    _check(change_set, (State.DRAFT, State.FAILED), "submitted")
    _check_any(change_set)
    return _next(
        change_set, now_us, state=State.WAITING, approvals=(), rejection=None, failure=None
    )


def withdrawn(change_set: ChangeSet, now_us: int) -> ChangeSet:
    """The set when it waits no more."""
    _check(change_set, (State.WAITING, State.APPROVED), "withdrawn")
    return _next(change_set, now_us, state=State.DRAFT, approvals=())


def approved(change_set: ChangeSet, word: Word, *, needed: int) -> ChangeSet:
    """The set with one approval more; ``needed`` is how many it takes."""
    _check(change_set, (State.WAITING, State.APPROVED), "approved")
    check_other_eyes(change_set, word.by)
    if any(each.by.is_same(word.by) for each in change_set.approvals):
        raise FailedPrecondition("You have approved this change set already")
    approvals = (*change_set.approvals, word)
    is_enough = len(approvals) >= needed
    return _next(
        change_set,
        word.at_us,
        state=State.APPROVED if is_enough else State.WAITING,
        approvals=approvals,
    )


def check_other_eyes(change_set: ChangeSet, by: Actor) -> None:
    """Raise ``PermissionDenied`` for who may not approve: four eyes are those of two people."""
    if by.is_key:
        raise PermissionDenied("A server key approves nothing: people do")
    if any(each.is_same(by) for each in change_set.editors):
        raise PermissionDenied(
            "Who has made or changed a change set does not approve it: somebody else has to",
            details=[{"editors": [each.name for each in change_set.editors]}],
        )
    held = [each.name for each in change_set.editors if by.label in each.holders]
    if held:
        raise PermissionDenied(
            f"Server key {held[0]!r} has made or changed this change set, and you were told its "
            "value: somebody else has to approve it",
            details=[{"server_keys": held}],
        )


def rejected(change_set: ChangeSet, word: Word) -> ChangeSet:
    """The set as a draft again, with what was said against it."""
    _check(change_set, (State.WAITING, State.APPROVED), "rejected")
    return _next(change_set, word.at_us, state=State.DRAFT, approvals=(), rejection=word)


def check_publishable(change_set: ChangeSet) -> None:
    """Raise ``FailedPrecondition`` unless its state lets it be published by somebody."""
    _check(change_set, _OPEN, "published")
    _check_any(change_set)


def check_approvals(
    change_set: ChangeSet, protected: Collection[str], by: Actor, *, needed: int
) -> None:
    """Raise ``FailedPrecondition`` where too few have approved what is ``protected``."""
    if protected and len(change_set.approvals) < needed:
        raise FailedPrecondition(
            f"This change set needs {needed} approval(s) of others than {by.name} and whoever "
            f"has changed it, and has {len(change_set.approvals)}: submit it first",
            details=[{"protected": name} for name in protected],
        )


def scheduled(change_set: ChangeSet, by: Actor, at_us: int, now_us: int) -> ChangeSet:
    """The set when it is to be published at a time."""
    check_publishable(change_set)
    return _next(
        change_set,
        now_us,
        state=State.SCHEDULED,
        publish_us=at_us,
        scheduled_by=by,
        failure=None,
    )


def cancelled(change_set: ChangeSet, now_us: int, *, needed: int) -> ChangeSet:
    """The set when it is not to be published at its time after all."""
    _check(change_set, (State.SCHEDULED,), "cancelled")
    is_approved = len(change_set.approvals) >= needed
    return _next(
        change_set,
        now_us,
        state=State.APPROVED if is_approved else State.DRAFT,
        publish_us=0,
        scheduled_by=None,
    )


def published(change_set: ChangeSet, word: Word, outcomes: Sequence[Outcome]) -> ChangeSet:
    """The set when its changes are made."""
    return _next(
        change_set,
        word.at_us,
        state=State.PUBLISHED,
        publication=word,
        outcomes=tuple(outcomes),
        failure=None,
    )


def failed(change_set: ChangeSet, failure: Failure, now_us: int) -> ChangeSet:
    """The set that could not be published at its time."""
    _check(change_set, (State.SCHEDULED,), "failed")
    return _next(change_set, now_us, state=State.FAILED, failure=failure)


def discarded(change_set: ChangeSet, now_us: int) -> ChangeSet:
    """The set when nothing is to come of it."""
    _check(change_set, _OPEN, "discarded")
    return _next(change_set, now_us, state=State.DISCARDED, approvals=())


def check_deletable(change_set: ChangeSet) -> None:
    """Raise ``FailedPrecondition`` for what somebody has asked others about, or has published."""
    _check(change_set, (State.DRAFT, State.FAILED, State.DISCARDED), "deleted")


def check_rollback(change_set: ChangeSet) -> None:
    """Raise ``FailedPrecondition`` where there is nothing to be undone."""
    _check(change_set, (State.PUBLISHED,), "rolled back")
    if change_set.rolled_back_by:
        raise FailedPrecondition(
            "This change set was rolled back already",
            details=[{"change_set": change_set.rolled_back_by}],
        )


def rolled_back(change_set: ChangeSet, by_id: str, now_us: int) -> ChangeSet:
    """The set when another one has undone what it did."""
    check_rollback(change_set)
    return _next(change_set, now_us, rolled_back_by=by_id)


def _check(change_set: ChangeSet, allowed: Sequence[State], what: str) -> None:
    if change_set.state not in allowed:
        states = ", ".join(allowed)
        raise FailedPrecondition(
            f"A change set that is {change_set.state.value} cannot be {what} (it is {states} then)",
            details=[{"field": "state", "problem": f"is {change_set.state}", "allowed": states}],
        )


def _check_any(change_set: ChangeSet) -> None:
    if not change_set.changes:
        raise FailedPrecondition("This change set has no changes yet")


def _with(editors: tuple[Actor, ...], by: Actor) -> tuple[Actor, ...]:
    if not any(each.is_same(by) for each in editors):
        return (*editors, by)
    # A key may have come to others meanwhile.
    return tuple(
        msgspec.structs.replace(each, holders=tuple(sorted({*each.holders, *by.holders})))
        if each.is_same(by)
        else each
        for each in editors
    )


def _next(change_set: ChangeSet, now_us: int, **fields: Any) -> ChangeSet:
    return msgspec.structs.replace(
        change_set, **fields, version=change_set.version + 1, updated_us=now_us
    )
