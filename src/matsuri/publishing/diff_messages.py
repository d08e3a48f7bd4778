"""What a change set would change, as the console API tells it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matsuri.definitions.compare import differences
from matsuri.definitions.model import Definition, Revision
from matsuri.errors import MatsuriError
from matsuri.planning.calendar_messages import ConflictMessage
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing.console_messages import seconds
from matsuri.publishing.model import ChangeSet, SetChange
from matsuri.publishing.overlaps import SharedFlag
from matsuri.publishing.rehearse import Conflict, Rehearsed
from matsuri.publishing.review import Review, conflict_problem

Document = Annotated[
    dict[str, Any], Meta(description='`{"name", "body"}`, as revisions tell definitions.')
]


class PathChange(msgspec.Struct, frozen=True, kw_only=True):
    """What differs at a path; ``before`` or ``after`` is missing where there is nothing."""

    path: Annotated[
        str,
        Meta(description='Such as `body.variants["some"].value`; ends in ` (order)` for that.'),
    ]
    before: Any | UnsetType = UNSET
    after: Any | UnsetType = UNSET


class ProblemMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Why a change cannot be made, and which field of the definition is wrong, if one is."""

    field: Annotated[str, Meta(description="Of the definition; empty for all of it.")]
    problem: str
    allowed: str
    detail: Annotated[
        Mapping[str, Any], Meta(description="As the endpoint of the kind would tell it.")
    ]


class DefinitionConflict(msgspec.Struct, frozen=True, kw_only=True):
    """That the definition is not what it was when the change was written."""

    problem: str
    current_version: Annotated[str, Meta(description="Empty where it is gone.")]
    changed_by: Annotated[str, Meta(description="Who changed it last; empty if nobody knows.")] = ""
    change_time_sec: str = "0"
    changes: Annotated[
        Sequence[PathChange], Meta(description="From what the change was made of to what is now.")
    ] = ()


class DefinitionDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would make of a definition as it is now."""

    number: Annotated[int, Meta(description="Of the change.")]
    kind: str
    action: ChangeAction
    id: str
    name: str
    base_version: str
    current_version: Annotated[str, Meta(description="Empty where there is none.")]
    before: Document | UnsetType = UNSET
    after: Document | UnsetType = UNSET
    changes: Annotated[
        Sequence[PathChange], Meta(description="None where nothing changes, or it cannot be made.")
    ]
    problems: Sequence[ProblemMessage]
    conflict: DefinitionConflict | UnsetType = UNSET


class FollowerDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A definition that changes along with one of the set, such as an experiment that is biased."""

    kind: str
    id: str
    name: str
    because_of: Annotated[int, Meta(description="The number of the change.")]
    changes: Sequence[PathChange]


class FlagSource(msgspec.Struct, frozen=True, kw_only=True):
    """What gives a flag values: an experiment or a live event."""

    kind: str
    id: str
    name: str


class SharedFlagWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A flag that several experiments and live events would give values, at whatever times."""

    flag: str
    sources: Sequence[FlagSource]


class DiffMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a change set would change of the definitions as they are now."""

    id: Annotated[str, Meta(description="Of the change set.")]
    version: Annotated[str, Meta(description="Of the change set; to approve it, tell this one.")]
    definitions_version: Annotated[
        str, Meta(description="Of all definitions; to rebase the set, tell this one.")
    ]
    ready: Annotated[bool, Meta(description="Whether there is neither conflict nor problem.")]
    approvals_needed: Annotated[
        int, Meta(description="How many others have to approve it; 0 where nothing is protected.")
    ]
    approvals: Annotated[int, Meta(description="How many have.")]
    protected: Annotated[
        Sequence[str], Meta(description="What of it needs approval, as kinds and names.")
    ]
    definitions: Sequence[DefinitionDiff]
    followers: Sequence[FollowerDiff]
    overlaps: Annotated[
        Sequence[ConflictMessage],
        Meta(
            description=(
                "The first conflicts that the calendar of the next `change_set_overlap_days` would "
                "have, and has not yet."
            )
        ),
    ]
    shared_flags: Sequence[SharedFlagWarning]


def definition_diffs(
    review: Review, conflicts: Mapping[int, DefinitionConflict]
) -> list[DefinitionDiff]:
    """What the changes of a set would make of the definitions, in the order of the set."""
    done = {each.of.number: each for each in review.rehearsal.done}
    return [
        _diff(each, review, done.get(each.number), conflicts.get(each.number, UNSET))
        for each in review.change_set.changes
    ]


def outcome_diffs(change_set: ChangeSet, revisions: Mapping[int, Revision]) -> list[DefinitionDiff]:
    """What publishing a set has done, by the revisions that it made."""
    numbers = {(each.kind, each.definition_id): each for each in change_set.changes}
    found = []
    for outcome in change_set.outcomes:
        change = numbers[outcome.kind, outcome.definition_id]
        before = told_document(revisions[outcome.revision].before)
        after = told_document(revisions[outcome.version].after)
        found.append(
            DefinitionDiff(
                number=change.number,
                kind=outcome.kind,
                action=outcome.action,
                id=outcome.definition_id,
                name=outcome.name,
                base_version=str(change.base_version),
                current_version=str(outcome.version),
                before=before,
                after=after,
                changes=path_changes(before, after),
                problems=[],
            )
        )
    return found


def told_document(text: str | None) -> dict[str, Any] | UnsetType:
    """What a revision tells of a definition."""
    return UNSET if text is None else msgspec.json.decode(text, type=dict[str, Any])


def follower_diffs(review: Review) -> list[FollowerDiff]:
    """What would change along."""
    return [
        FollowerDiff(
            kind=after.kind,
            id=after.id,
            name=after.name,
            because_of=done.of.number,
            changes=path_changes(document(before), document(after)),
        )
        for done in review.rehearsal.done
        for before, after in done.step.followed
    ]


def conflict_message(
    conflict: Conflict, base: Revision | None, last: Revision | None
) -> DefinitionConflict:
    """A conflict; ``base`` made what the change was made of, ``last`` what there is now."""
    current = conflict.current
    is_same = current is not None and current.id == conflict.of.definition_id
    now = document(current) if current is not None and is_same else UNSET
    was = UNSET if base is None else told_document(base.after)
    return DefinitionConflict(
        problem=conflict_problem(conflict),
        current_version="" if current is None else str(current.version),
        changed_by="" if last is None else last.changed_by,
        change_time_sec="0" if last is None else seconds(last.changed_us),
        changes=() if was is UNSET else path_changes(was, now),
    )


def shared_flag_warning(shared: SharedFlag) -> SharedFlagWarning:
    """A flag that the set would have several give values."""
    sources = [FlagSource(kind=kind, id=each, name=name) for kind, each, name in shared.sources]
    return SharedFlagWarning(flag=shared.flag, sources=sources)


def path_changes(before: Any, after: Any) -> list[PathChange]:
    """All that differs between two documents; ``UNSET`` is none."""
    return [
        PathChange(path=each.text, before=each.before, after=each.after)
        for each in differences(before, after)
    ]


def _diff(
    change: SetChange,
    review: Review,
    done: Rehearsed | None,
    conflict: DefinitionConflict | UnsetType,
) -> DefinitionDiff:
    current = review.before.find_by_id(change.kind, change.definition_id)
    error = review.rehearsal.problems.get(change.number)
    before = _document_or_none(current if done is None else done.step.before)
    after = _document_or_none(None if done is None else done.step.after)
    return DefinitionDiff(
        number=change.number,
        kind=change.kind,
        action=change.action,
        id=change.definition_id,
        name=change.name if current is None else current.name,
        base_version=str(change.base_version),
        current_version="" if current is None else str(current.version),
        before=before,
        after=after,
        changes=[] if done is None else path_changes(before, after),
        problems=[] if error is None else _problems(error),
        conflict=conflict,
    )


def _problems(error: MatsuriError) -> list[ProblemMessage]:
    details = error.details or [{}]
    return [
        ProblemMessage(
            # What names a kind is about a field of another definition.
            field="" if "kind" in each else str(each.get("field", "")),
            problem=str(each.get("problem", error.message)),
            allowed=str(each.get("allowed", "")),
            detail=each,
        )
        for each in details
    ]


def _document_or_none(definition: Definition[Any] | None) -> dict[str, Any] | UnsetType:
    return UNSET if definition is None else document(definition)


def document(definition: Definition[Any]) -> dict[str, Any]:
    """A definition as revisions tell it."""
    body = msgspec.json.decode(msgspec.json.encode(definition.body))
    return {"name": definition.name, "body": body}
