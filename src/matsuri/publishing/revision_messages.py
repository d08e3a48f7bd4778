"""Revisions of definitions, as the console API tells them one by one and all together."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matsuri.definitions.compare import differences
from matsuri.definitions.model import Definition, Revision
from matsuri.definitions.store import RevisionSearch
from matsuri.errors import invalid_field
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing.console_messages import TimeSec, seconds
from matsuri.publishing.diff_messages import (
    Document,
    PathChange,
    document,
    path_changes,
    told_document,
)
from matsuri.publishing.entities import ENTITY_OF
from matsuri.web.definitions import Note, Version
from matsuri.web.lists import PageOptions, PageQuery
from matsuri.web.messages import moment_us

_PATHS_TOLD_MAX = 20
_AUTHOR_KINDS = ("", "user:", "server_key:")


class CompareQuery(msgspec.Struct, frozen=True, kw_only=True):
    """With what to compare."""

    to: Annotated[str, Meta(description="Another revision of it; what it is now if missing.")] = ""


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which version was seen last, and why it is restored."""

    version: Version | None = None
    note: Note = ""
    force: Annotated[
        bool, Meta(description="Also what would bias a running experiment, and note it.")
    ] = False


class HistoryQuery(PageQuery, frozen=True, kw_only=True):
    """Which changes, and which page of them. Every part that is given narrows."""

    kinds: Annotated[list[str], Meta(description="Of definitions of these kinds.")] = msgspec.field(
        name="search.kind.or", default_factory=list
    )
    author: Annotated[
        str,
        Meta(description="By this user or server key: `user:…`, `server_key:…`, or without that."),
    ] = msgspec.field(name="search.author.exact", default="")
    like: Annotated[str, Meta(description="A part of the definition's name, in any case.")] = (
        msgspec.field(name="search.name.like", default="")
    )
    label: Annotated[str, Meta(description="With this label, before the change or after it.")] = (
        msgspec.field(name="search.label_name.exact", default="")
    )
    from_time: Annotated[
        str, Meta(description="At this time (RFC 3339, a date, or epoch seconds) or later.")
    ] = msgspec.field(name="from", default="")
    until_time: Annotated[str, Meta(description="Before this time.")] = msgspec.field(
        name="until", default=""
    )

    def search(self, readable: frozenset[str]) -> RevisionSearch:
        """What is looked for, of what is ``readable``; raises ``InvalidArgument``."""
        for kind in self.kinds:
            if kind not in ENTITY_OF:
                allowed = ", ".join(sorted(ENTITY_OF))
                raise invalid_field("search.kind.or", "is no kind of definitions", allowed)
        return RevisionSearch(
            kinds=readable & frozenset(self.kinds) if self.kinds else readable,
            authors=tuple(f"{kind}{self.author}" for kind in _AUTHOR_KINDS if self.author),
            like=self.like,
            label=self.label,
            from_us=moment_us("from", self.from_time),
            until_us=moment_us("until", self.until_time),
        )


class ChangeHead(msgspec.Struct, frozen=True, kw_only=True):
    """That a definition was changed: which, when, by whom and why."""

    version: Annotated[str, Meta(description="The version that the change made; as text.")]
    kind: str
    id: str
    name: str
    action: ChangeAction
    changed_by: Annotated[str, Meta(description="Such as `user:anna@example.com`.")]
    change_time_sec: TimeSec
    note: str


class RevisionDiff(ChangeHead, frozen=True, kw_only=True):
    """One change: what there was before it and after it, and what differs."""

    before: Document | UnsetType = UNSET
    after: Document | UnsetType = UNSET
    changes: Sequence[PathChange]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two states of a definition, and what differs between them."""

    kind: str
    id: str
    name: str
    from_version: Annotated[str, Meta(description="The revision that left the first state.")]
    to_version: Annotated[str, Meta(description="The one that left the other; as of now.")]
    before: Document | UnsetType = UNSET
    after: Document | UnsetType = UNSET
    changes: Sequence[PathChange]


class RestoredMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A definition that is again what it was; read it for the rest."""

    kind: str
    id: str
    name: str
    version: str


class HistoryEntry(ChangeHead, frozen=True, kw_only=True):
    """A change in the history of all definitions."""

    paths: Annotated[
        Sequence[str], Meta(description=f"Where it differs, the first {_PATHS_TOLD_MAX} paths.")
    ]
    path_count: int


class HistoryList(msgspec.Struct, frozen=True):
    """A page of the history, the newest change first."""

    changes: list[HistoryEntry]
    page_options: PageOptions


def revision_message(revision: Revision) -> RevisionDiff:
    """A change, and what it changed."""
    before, after = told_document(revision.before), told_document(revision.after)
    return RevisionDiff(
        **_head(revision), before=before, after=after, changes=path_changes(before, after)
    )


def history_entry(revision: Revision) -> HistoryEntry:
    """A change as the history tells it."""
    found = differences(told_document(revision.before), told_document(revision.after))
    paths = [each.text for each in found[:_PATHS_TOLD_MAX]]
    return HistoryEntry(**_head(revision), paths=paths, path_count=len(found))


def comparison(one: Revision, other: Revision) -> Comparison:
    """What two revisions left."""
    return _comparison(one, other.name, str(other.id), told_document(other.after))


def comparison_with_now(one: Revision, current: Definition[Any] | None) -> Comparison:
    """What a revision left, and what there is now."""
    if current is None:
        return _comparison(one, one.name, "", UNSET)
    return _comparison(one, current.name, str(current.version), document(current))


def _comparison(
    one: Revision, name: str, to_version: str, after: dict[str, Any] | UnsetType
) -> Comparison:
    before = told_document(one.after)
    return Comparison(
        kind=one.kind,
        id=one.definition_id,
        name=name,
        from_version=str(one.id),
        to_version=to_version,
        before=before,
        after=after,
        changes=path_changes(before, after),
    )


def _head(revision: Revision) -> dict[str, Any]:
    action = ChangeAction.UPDATE
    if revision.before is None:
        action = ChangeAction.CREATE
    elif revision.after is None:
        action = ChangeAction.DELETE
    return {
        "version": str(revision.id),
        "kind": revision.kind,
        "id": revision.definition_id,
        "name": revision.name,
        "action": action,
        "changed_by": revision.changed_by,
        "change_time_sec": seconds(revision.changed_us),
        "note": revision.note,
    }
