"""What a server says of a plan: what is wrong with it, and what it would do to players."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from matsuri.as_code.changes import PlannedChange
from matsuri.as_code.documents import body_of, field_in_files
from matsuri.as_code.references import Key, references
from matsuri.as_code.server import Server
from matsuri.console_client import RefusedByServer
from matsuri.planning.changes_messages import CHANGES_MAX
from matsuri.planning.drafts import ChangeAction

_BAD_REQUEST = 400
_CONFLICT = 409
_WRONG_MAX = 10
_INDEX = re.compile(r"changes\[(\d+)\](?:\.definition)?[.:]?\s*")


class Wrong(NamedTuple):
    """What is wrong with a change: a field of the document, empty for the whole, and why."""

    change: PlannedChange
    field: str
    text: str


class Checked(NamedTuple):
    """What the server says; ``impact`` is its answer, or ``None`` with the reason in ``notes``."""

    impact: Mapping[str, Any] | None
    wrong: list[Wrong]
    notes: list[str]


def check_plan(server: Server, changes: Sequence[PlannedChange], *, force: bool = False) -> Checked:
    """Have the server try the changes on all its players.

    They are tried one after the other. One that cannot be made is tried again after the others,
    for it may need one of them, as a change set finds out by itself. What is wrong still is told,
    and the others are tried without it. Raises as ``Server.call`` but for refusals.
    """
    if not changes:
        return Checked(None, [], [])
    if len(changes) > CHANGES_MAX:
        told = (
            f"{len(changes)} changes are more than the {CHANGES_MAX} that can be tried at once: "
            "they are not checked, nor counted for how many players"
        )
        return Checked(None, [], [told])
    wrong: list[Wrong] = []
    left, later = list(changes), set[Key]()
    while left and len(wrong) < _WRONG_MAX:
        body = {"changes": [change_message(each, force=force) for each in left], "samples": 0}
        try:
            impact = server.call("POST", "impact", body=body)
        except RefusedByServer as error:
            found = wrong_in(error, left)
            if not found:
                return Checked(None, wrong, [f"not checked by the server: {error.message}"])
            refused = found[0].change
            if refused.key not in later:
                later.add(refused.key)
                left = [*(each for each in left if each is not refused), refused]
                continue
            wrong += found
            left = _without(left, refused)
            continue
        return Checked(None if wrong else impact, wrong, [])
    return Checked(None, wrong, [])


def _without(changes: Sequence[PlannedChange], wrong: PlannedChange) -> list[PlannedChange]:
    """The changes but for one, and for those that cannot be without what it makes."""
    missing = {wrong.key} if wrong.action is ChangeAction.CREATE else set[Key]()
    left = [each for each in changes if each is not wrong]
    while missing:
        without = [each for each in left if missing & _referred(each)]
        left = [each for each in left if each not in without]
        missing = {each.key for each in without if each.action is ChangeAction.CREATE}
    return left


def _referred(change: PlannedChange) -> frozenset[Key]:
    if not change.after:
        return frozenset()
    return references(change.kind, change.name, body_of(change.kind, change.after))


def change_message(change: PlannedChange, *, force: bool) -> dict[str, Any]:
    """A change as the console API takes it."""
    forced = {"force": True} if force and change.kind.is_forcible and change.definition else {}
    return {
        "kind": change.kind.name,
        "action": change.action.value,
        "id": change.id,
        "definition": {**change.definition, **forced},
    }


def wrong_in(error: RefusedByServer, changes: Sequence[PlannedChange]) -> list[Wrong]:
    """What an error says of the changes; nothing where it is about something else."""
    by_key = {each.key: each for each in changes}
    of_set = [
        _wrong_of(change, each)
        for each in error.details
        if "change" in each
        and (change := by_key.get((str(each.get("kind")), str(each.get("name")))))
    ]
    if of_set:
        return of_set
    found = _INDEX.match(error.message)
    if error.status not in {_BAD_REQUEST, _CONFLICT} or found is None:
        return []
    index = int(found[1])
    if index >= len(changes):
        return []
    change = changes[index]
    return list(_by_field(error, change)) or [Wrong(change, "", _without_place(error.message))]


def _by_field(error: RefusedByServer, change: PlannedChange) -> Iterator[Wrong]:
    message = _without_place(error.message)
    for detail in error.details:
        if "kind" in detail:
            # It is about a field of another definition, which the message does not tell.
            other = f"{detail['kind']} {detail.get('name', '')!r}"
            problem = detail.get("problem", "refers to it")
            field = detail.get("field", "")
            yield Wrong(change, "", f"{message}: {other}, {field_in_files(str(field))}: {problem}")
            continue
        yield _wrong_of(change, {"problem": message, **detail})


def _wrong_of(change: PlannedChange, detail: Mapping[str, Any]) -> Wrong:
    field = field_in_files(_INDEX.sub("", str(detail.get("field", "")), count=1))
    problem = field_in_files(str(detail.get("problem", "")))
    allowed = f" ({detail['allowed']})" if detail.get("allowed") else ""
    return Wrong(change, field, f"{field}: {problem}{allowed}" if field else problem + allowed)


def _without_place(message: str) -> str:
    return field_in_files(_INDEX.sub("", message, count=1))
