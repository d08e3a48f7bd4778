"""What undoes a publication. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from matsuri.planning.drafts import ChangeAction
from matsuri.publishing.model import ChangeSet, Outcome, SetChange

_BACK = {
    ChangeAction.CREATE: ChangeAction.DELETE,
    ChangeAction.UPDATE: ChangeAction.UPDATE,
    ChangeAction.DELETE: ChangeAction.CREATE,
}


class _Told(msgspec.Struct):
    """A definition as a revision tells it."""

    name: str
    body: Mapping[str, Any]


def inverse(
    change_set: ChangeSet, before: Mapping[int, str | None], *, forced: bool = False
) -> tuple[SetChange, ...]:
    """The changes that undo those of a published set, the last one first.

    ``before`` tells, by revision, what was there before it, as revisions keep it. Each is made only
    of what the publication left; what was deleted gets its id back.
    """
    outcomes = reversed(change_set.outcomes)
    return tuple(
        _undone(number, outcome, before[outcome.revision], forced=forced)
        for number, outcome in enumerate(outcomes, start=1)
    )


def _undone(number: int, outcome: Outcome, told: str | None, *, forced: bool) -> SetChange:
    action = _BACK[outcome.action]
    base_version = 0 if action is ChangeAction.CREATE else outcome.version
    undone = SetChange(
        number=number,
        kind=outcome.kind,
        action=action,
        definition_id=outcome.definition_id,
        name=outcome.name,
        base_version=base_version,
    )
    if told is None:
        return undone
    was = msgspec.json.decode(told, type=_Told)
    return msgspec.structs.replace(
        undone,
        name=was.name,
        definition=was.body,
        whole=True,
        forced=forced or outcome.forced,
    )
