"""What changes of definitions would come to, in whatever order they can be made. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matsuri.definitions.changes import Change, Creation, Deletion, Step, Update, steps
from matsuri.definitions.model import Catalog, Definition, Edit
from matsuri.errors import MatsuriError
from matsuri.publishing.model import SetChange


class Rehearsed(NamedTuple):
    """A change of a set as it could be made, with what comes of it."""

    of: SetChange
    change: Change
    step: Step


class Rehearsal(NamedTuple):
    """What a change set would do: changes in an order in which they can be made, and all after.

    ``problems`` are by the number of the change that cannot be made.
    """

    catalog: Catalog
    done: Sequence[Rehearsed]
    problems: dict[int, MatsuriError]


class Conflict(NamedTuple):
    """That a definition is not what it was when the change was written.

    ``current`` is what it is by now, or who has the name of a new one; ``None`` where it is gone.
    """

    of: SetChange
    current: Definition[Any] | None


def rehearse(
    catalog: Catalog,
    changes: Sequence[tuple[SetChange, Change]],
    edit: Edit,
    *,
    definitions_max: int,
) -> Rehearsal:
    """The changes tried on ``catalog``.

    What is new comes first and what goes comes last; a change that cannot be made yet is tried
    again after the others, for it may need one of them: a flag has a variant for an audience that
    is made by the same set.
    """
    waiting = sorted(changes, key=lambda each: _rank(each[1]))
    done: list[Rehearsed] = []
    while True:
        problems: dict[int, MatsuriError] = {}
        later = []
        for of, change in waiting:
            try:
                (step,) = steps(catalog, [change], edit, definitions_max=definitions_max)
            except MatsuriError as error:
                problems[of.number] = error
                later.append((of, change))
                continue
            done.append(Rehearsed(of, change, step))
            catalog = step.catalog
        if not later or len(later) == len(waiting):
            return Rehearsal(catalog, done, problems)
        waiting = later


def without_version(change: Change) -> Change:
    """The change as it is tried on whatever is there now."""
    return change if isinstance(change, Creation) else change._replace(version=None)


def with_version(change: Change, base_version: int) -> Change:
    """The change as it is made: only of what was looked at."""
    return change if isinstance(change, Creation) else change._replace(version=base_version)


def conflict_of(change: SetChange, catalog: Catalog) -> Conflict | None:
    """The conflict of a change with what the definitions are by now, if there is one."""
    current = catalog.find_by_id(change.kind, change.definition_id)
    if change.base_version or current is not None:
        is_same = current is not None and current.version == change.base_version
        return None if is_same else Conflict(change, current)
    holder = catalog.find(change.kind, change.name)
    return None if holder is None else Conflict(change, holder)


def _rank(change: Change) -> int:
    return (Creation, Update, Deletion).index(type(change))
