"""Changes of definitions in the audit log: what differs, and where the whole revision is."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from matsuri.console.attempts import under_way
from matsuri.console.audit import AuditLog
from matsuri.definitions.model import Revision

_VALUE_CHARS_MAX = 1000


class RevisionNotes:
    """Notes the revisions of definitions: a ``RevisionTrail``.

    An entry tells the fields that differ, and of a new or a deleted definition all of them. Long
    values are left out: the revision has them.
    """

    def noted(self, connection: Connection, revision: Revision) -> None:
        """Note a revision within the transaction that made it."""
        before, after = changed_fields(revision.before, revision.after)
        AuditLog.note(
            connection,
            at_us=revision.changed_us,
            action=_action(revision),
            subject_kind=revision.kind,
            subject_id=revision.definition_id,
            subject_name=revision.name,
            revision=revision.id,
            note=revision.note,
            before=before,
            after=after,
        )


def changed_fields(
    before: str | None, after: str | None
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The fields that differ between two states of a definition, as revisions tell them.

    ``None`` stays what there is none of. A value that is too long to be read is told by its size.
    """
    old, new = _fields(before), _fields(after)
    if old is None or new is None:
        return _short(old), _short(new)
    same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
    return (
        _short({name: value for name, value in old.items() if name not in same}),
        _short({name: value for name, value in new.items() if name not in same}),
    )


def _fields(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    told = msgspec.json.decode(text)
    return {"name": told["name"], **told["body"]}


def _short(fields: dict[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {name: _shortened(value) for name, value in fields.items()}


def _shortened(value: Any) -> Any:
    size = len(msgspec.json.encode(value))
    return value if size <= _VALUE_CHARS_MAX else {"left_out_bytes": size}


def _action(revision: Revision) -> str:
    """What was done: by the name of the call, where it was about this very definition."""
    attempt = under_way()
    if attempt is not None and attempt.subject_kind == revision.kind:
        is_it = attempt.subject_id in {revision.definition_id, revision.name}
        if is_it or (not attempt.subject_id and revision.before is None):
            return attempt.action
    verb = "update"
    if revision.before is None:
        verb = "create"
    elif revision.after is None:
        verb = "delete"
    return f"{revision.kind}.{verb}"
