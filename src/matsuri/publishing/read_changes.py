"""Changes of definitions as requests give them, made into what change sets keep, and back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from matsuri.definitions.changes import Change, Creation, Deletion, Update, existing
from matsuri.definitions.model import Catalog
from matsuri.errors import MatsuriError, NotFound, invalid_field
from matsuri.kit.ids import new_id
from matsuri.planning.changes_messages import DraftKind, ProposedChange, proposal_of
from matsuri.planning.drafts import ChangeAction, within
from matsuri.publishing.console_messages import ChangeRequest
from matsuri.publishing.model import Actor, ChangeSet, SetChange
from matsuri.web.definitions import version_of

_VERSION, _NOTE = "version", "note"
# Far from where a JSON text cannot be read again within another one.
_DEPTH_MAX = 200


class DraftReader:
    """Reads changes by the kinds of definitions there are."""

    def __init__(self, kinds: Mapping[str, DraftKind]) -> None:
        self._kinds = kinds

    def change(self, change: SetChange, by: Actor) -> Change:
        """The change as definitions take it; raises ``InvalidArgument`` that names the field."""
        kind = self._kinds[change.kind]
        if change.action is ChangeAction.DELETE:
            return Deletion(change.kind, change.definition_id)
        if change.whole:
            return _whole_change(change, kind, by)
        given = ProposedChange(
            kind=change.kind,
            action=change.action,
            id="" if change.action is ChangeAction.CREATE else change.definition_id,
            definition=dict(change.definition),
        )
        proposal = proposal_of(given, kind, definition_id=change.definition_id)
        if isinstance(proposal.change, Update):
            changes = _guarded(proposal.change.changes, kind, by)
            return proposal.change._replace(changes=changes, forced=proposal.forced)
        return proposal.change

    def given(self, requests: Sequence[ChangeRequest], by: Actor) -> "GivenChanges":
        """The changes of a request."""
        return GivenChanges(self, requests, by)

    def kind(self, name: str) -> DraftKind:
        """The kind of that name; raises ``InvalidArgument``."""
        found = self._kinds.get(name)
        if found is None:
            raise invalid_field("kind", "is none that is defined", ", ".join(sorted(self._kinds)))
        return found


class GivenChanges:
    """Changes that somebody gives: see ``publishing.service.Given``."""

    def __init__(self, reader: DraftReader, requests: Sequence[ChangeRequest], by: Actor) -> None:
        self._reader = reader
        self._requests = requests
        self._by = by

    def read(self, change_set: ChangeSet | None, catalog: Catalog) -> Sequence[SetChange]:
        """The same as a set keeps them; raises ``InvalidArgument`` that names the field."""
        known = () if change_set is None else change_set.changes
        found: list[SetChange] = []
        for index, request in enumerate(self._requests):
            try:
                found.append(self._read(request, (*known, *found), catalog))
            except NotFound as error:
                raise invalid_field(f"changes[{index}].id", error.message) from None
            except MatsuriError as error:
                raise within(error, f"changes[{index}]") from None
        return found

    def _read(
        self, request: ChangeRequest, known: Sequence[SetChange], catalog: Catalog
    ) -> SetChange:
        kind = self._reader.kind(request.kind)
        _check_fields(request.definition, kind)
        is_new = request.action is ChangeAction.CREATE
        change = _creation(request, known) if is_new else _of_existing(request, known, catalog)
        try:
            # What cannot be read at all is refused at once; the rest is for the diff to tell.
            self._reader.change(change, self._by)
        except MatsuriError as error:
            raise within(error, "definition") from None
        return change


def _creation(request: ChangeRequest, known: Sequence[SetChange]) -> SetChange:
    name = request.definition.get("name")
    if not isinstance(name, str) or not name:
        raise invalid_field("definition.name", "is missing")
    creations = [
        each
        for each in known
        if each.kind == request.kind and each.action is ChangeAction.CREATE and not each.whole
    ]
    if request.id:
        same = next((each for each in creations if each.definition_id == request.id), None)
        if same is None:
            raise invalid_field("id", "is given, but a new definition gets its own")
    else:
        same = next((each for each in creations if each.name == name), None)
    return SetChange(
        number=0,
        kind=request.kind,
        action=ChangeAction.CREATE,
        definition_id=new_id() if same is None else same.definition_id,
        name=name,
        definition=_definition(request),
    )


def _of_existing(request: ChangeRequest, known: Sequence[SetChange], catalog: Catalog) -> SetChange:
    if not request.id:
        raise invalid_field("id", "is missing")
    for each in known:
        is_creation = each.kind == request.kind and each.action is ChangeAction.CREATE
        if is_creation and request.id in {each.definition_id, each.name}:
            raise invalid_field(
                "id", f"is made by change {each.number or 'before it'} of this set: change that"
            )
    current = existing(catalog, request.kind, request.id)
    seen = (
        request.definition.get(_VERSION) if request.base_version is None else request.base_version
    )
    base_version = version_of(seen)
    return SetChange(
        number=0,
        kind=request.kind,
        action=request.action,
        definition_id=current.id,
        name=current.name,
        definition=_definition(request),
        base_version=current.version if base_version is None else base_version,
    )


def _definition(request: ChangeRequest) -> Mapping[str, Any]:
    return {key: value for key, value in request.definition.items() if key != _VERSION}


def _check_fields(definition: Mapping[str, Any], kind: DraftKind) -> None:
    if _depth(definition) > _DEPTH_MAX:
        raise invalid_field("definition", "is nested too deeply", f"at most {_DEPTH_MAX} levels")
    allowed = set(kind.request_type.__struct_encode_fields__) - {_NOTE}
    for field in definition:
        if field not in allowed:
            told = ", ".join(sorted(allowed))
            raise invalid_field(f"definition.{field[:64]}", "is no field of this kind", told)


def _depth(document: Any) -> int:
    """How many objects and lists are within each other, at the deepest place."""
    depth, level = 0, [document]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [
            inner for each in level for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _whole_change(change: SetChange, kind: DraftKind, by: Actor) -> Change:
    text = msgspec.json.encode(change.definition)
    try:
        body = msgspec.json.decode(text, type=kind.body_type)
    except msgspec.ValidationError as error:
        raise invalid_field("", f"is of another version of the server: {error}") from None
    if change.action is ChangeAction.CREATE:
        return Creation(change.kind, change.name, body, change.definition_id, restored=True)
    return Update(
        change.kind,
        change.definition_id,
        _guarded(msgspec.structs.asdict(body), kind, by),
        name=change.name,
        forced=change.forced,
    )


def _guarded(
    changes: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]], kind: DraftKind, by: Actor
) -> Callable[[Any], Mapping[str, Any]]:
    """The same changes, unless ``by`` may not make them."""

    def changes_of(body: Any) -> Mapping[str, Any]:
        fields = changes(body) if callable(changes) else changes
        if kind.guard is not None:
            kind.guard(body, fields, by.is_key)
        return fields

    return changes_of
