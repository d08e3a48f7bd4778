"""Changes of definitions: what each makes of a catalog, or why it is refused. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from matsuri.definitions.model import (
    Catalog,
    Changed,
    Definition,
    Edit,
    Kind,
    Problem,
)
from matsuri.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)

_USERS_SHOWN_MAX = 100


class Creation(NamedTuple):
    """A definition to be made, with the id that it gets; ``restored`` where it had that before."""

    kind: str
    name: str
    body: Any
    definition_id: str
    restored: bool = False


class Update(NamedTuple):
    """Fields of a definition's body to be changed, and perhaps its name.

    ``ref`` is its id or its name. ``changes`` may be a function that makes them of the body as it
    is then. ``version`` is the one that was seen last, if any. ``forced`` lets through what would
    spoil something.
    """

    kind: str
    ref: str
    changes: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]
    name: str | None = None
    version: int | None = None
    forced: bool = False


class Deletion(NamedTuple):
    """A definition to be deleted."""

    kind: str
    ref: str
    version: int | None = None


Change = Creation | Update | Deletion


class Step(NamedTuple):
    """One of several changes: the definition before and after it, and all of them after it.

    ``followed`` are the others that changed along, before and after it.
    """

    before: Definition[Any] | None
    after: Definition[Any] | None
    catalog: Catalog
    followed: Sequence[tuple[Definition[Any], Definition[Any]]] = ()


def steps(
    catalog: Catalog, changes: Sequence[Change], edit: Edit, *, definitions_max: int
) -> Iterator[Step]:
    """The changes one after the other, each checked as if it were alone.

    Raises what ``created``, ``updated`` and ``deleted`` raise.
    """
    for change in changes:
        if isinstance(change, Creation):
            made = created(catalog, change, edit, definitions_max=definitions_max)
            step = Step(None, made, catalog.with_changed(made))
        elif isinstance(change, Update):
            step = _update(catalog, change, edit._replace(forced=edit.forced or change.forced))
        else:
            gone = deleted(catalog, change, edit)
            step = Step(gone, None, catalog.without(gone))
        yield step
        catalog = step.catalog


def changed_catalog(
    catalog: Catalog, changes: Sequence[Change], edit: Edit, *, definitions_max: int
) -> Catalog:
    """All definitions after ``changes``; raises what ``steps`` raises."""
    for step in steps(catalog, changes, edit, definitions_max=definitions_max):
        catalog = step.catalog
    return catalog


def created(
    catalog: Catalog, change: Creation, edit: Edit, *, definitions_max: int
) -> Definition[Any]:
    """The new definition.

    Raises ``InvalidArgument`` with every field that is wrong, ``AlreadyExists``, and
    ``FailedPrecondition`` where there are ``definitions_max`` of the kind.
    """
    if catalog.find(change.kind, change.name) is not None:
        raise taken(change.kind, change.name)
    if catalog.find_by_id(change.kind, change.definition_id) is not None:
        raise AlreadyExists(f"The {change.kind} with that id is there already")
    if _own_count(catalog, change.kind) >= definitions_max:
        raise FailedPrecondition(
            f"There are {definitions_max} definitions of this kind, the most allowed"
        )
    made = Definition(
        id=change.definition_id,
        kind=change.kind,
        name=change.name,
        body=change.body,
        created_us=edit.now_us,
        updated_us=edit.now_us,
    )
    made = _edited(catalog, None, made, edit._replace(restored=change.restored))
    _check(catalog, made)
    return made


def updated(catalog: Catalog, change: Update, edit: Edit) -> Definition[Any]:
    """The definition as it will be; the very one of before where nothing of it changes.

    Raises ``NotFound``, ``Aborted``, ``AlreadyExists``, ``InvalidArgument`` with every field that
    is wrong, and ``FailedPrecondition`` for what is locked, or renamed and in use, or would make a
    definition wrong that depends on it.
    """
    before = existing(catalog, change.kind, change.ref)
    _check_version(before, change.version)
    given = change.changes(before.body) if callable(change.changes) else change.changes
    after = msgspec.structs.replace(
        before,
        name=before.name if change.name is None else change.name,
        body=msgspec.structs.replace(before.body, **given),
        updated_us=edit.now_us,
    )
    if after.name == before.name and after.body == before.body:
        return before
    after = _edited(catalog, before, after, edit)
    if before.locked:
        _check_amendment(catalog.kinds[change.kind], before, after)
    if after.name != before.name:
        if catalog.find(change.kind, after.name) is not None:
            raise taken(change.kind, after.name)
        _check_unused(catalog, before, "renamed")
    _check(catalog, after)
    _check_dependants(catalog, before, after)
    return after


def _update(catalog: Catalog, change: Update, edit: Edit) -> Step:
    before = existing(catalog, change.kind, change.ref)
    after = updated(catalog, change, edit)
    if after is before:
        return Step(before, after, catalog)
    followed = list(_followed(Changed(before, after, catalog), edit))
    catalog = catalog.with_changed(after)
    for _, follower in followed:
        catalog = catalog.with_changed(follower)
    return Step(before, after, catalog, followed)


def _followed(changed: Changed, edit: Edit) -> Iterator[tuple[Definition[Any], Definition[Any]]]:
    """Those that change along, before and after it; see ``Kind.follows``."""
    for kind in changed.catalog.kinds.values():
        if kind.follows is None or kind.name == changed.before.kind:
            continue
        for each in kind.follows(changed, edit):
            before = existing(changed.catalog, kind.name, each.id)
            yield before, msgspec.structs.replace(each, updated_us=edit.now_us)


def deleted(catalog: Catalog, change: Deletion, edit: Edit) -> Definition[Any]:
    """The definition that goes.

    Raises ``NotFound``, ``Aborted``, and ``FailedPrecondition`` for what is locked or in use.
    """
    before = existing(catalog, change.kind, change.ref)
    if before.locked:
        raise _locked(before)
    _check_version(before, change.version)
    deletable = catalog.kinds[change.kind].deletable
    if deletable is not None:
        deletable(before, edit)
    _check_unused(catalog, before, "deleted")
    return before


def found_by_ref(catalog: Catalog, kind: str, ref: str) -> Definition[Any] | None:
    """The definition of that id or name."""
    return catalog.find_by_id(kind, ref) or catalog.find(kind, ref)


def existing(catalog: Catalog, kind: str, ref: str) -> Definition[Any]:
    """The same; raises ``NotFound``."""
    definition = found_by_ref(catalog, kind, ref)
    if definition is None:
        raise not_found(kind, ref)
    return definition


def _own_count(catalog: Catalog, kind: str) -> int:
    return sum(not each.locked for each in catalog.of_kind(kind).values())


def _edited(
    catalog: Catalog, before: Definition[Any] | None, after: Definition[Any], edit: Edit
) -> Definition[Any]:
    """What is to be stored of a change; see ``Kind.edited``."""
    edited = catalog.kinds[after.kind].edited
    if edited is None:
        return after
    return msgspec.structs.replace(after, body=edited(before, after, edit))


def _check(catalog: Catalog, definition: Definition[Any]) -> None:
    """Raise ``InvalidArgument`` for everything that is wrong with a definition."""
    kind = catalog.kinds[definition.kind]
    problems = kind.check(definition, catalog)
    for to in kind.references(definition.body):
        itself = (to.kind, to.name) == (definition.kind, definition.name)
        if not (itself or to.optional) and catalog.find(to.kind, to.name) is None:
            problems.append(Problem(to.field, f"there is no {to.kind} {to.name[:128]!r}"))
    if problems:
        first = problems[0]
        allowed = f" ({first.allowed})" if first.allowed else ""
        raise InvalidArgument(
            f"{first.field}: {first.problem}{allowed}",
            details=[problem.detail() for problem in problems],
        )


def _check_dependants(catalog: Catalog, before: Definition[Any], after: Definition[Any]) -> None:
    """Raise ``FailedPrecondition`` for what would be wrong with others by then."""
    dependants = catalog.dependants_of(before)
    if not dependants:
        return
    changed = catalog.with_changed(after)
    wrong = [
        {"kind": each.kind, "name": each.name, **problem.detail()}
        for each in dependants
        for problem in catalog.kinds[each.kind].check(each, changed)
    ]
    if wrong:
        raise FailedPrecondition(
            f"{before.kind} {before.name!r} is in use: others would be wrong by this change",
            details=wrong[:_USERS_SHOWN_MAX],
        )


def _check_version(definition: Definition[Any], version: int | None) -> None:
    if version is not None and version != definition.version:
        raise Aborted(
            f"{definition.name!r} was changed by somebody else",
            details=[{"field": "version", "problem": f"is {definition.version} by now"}],
        )


def _check_amendment(kind: Kind[Any], before: Definition[Any], after: Definition[Any]) -> None:
    changed = {
        field
        for field in kind.body_type.__struct_fields__
        if getattr(before.body, field) != getattr(after.body, field)
    }
    if after.name != before.name or not changed <= kind.amendable:
        raise _locked(before, amendable=kind.amendable)


def _check_unused(catalog: Catalog, definition: Definition[Any], what: str) -> None:
    users = [
        user
        for user in catalog.users_of(definition.kind, definition.name)
        if (user.kind, user.name) != (definition.kind, definition.name)
    ]
    if users:
        raise FailedPrecondition(
            f"{definition.kind} {definition.name!r} is in use and cannot be {what}",
            details=[
                {"kind": user.kind, "name": user.name, "field": user.field}
                for user in users[:_USERS_SHOWN_MAX]
            ],
        )


def taken(kind: str, name: str) -> AlreadyExists:
    """What is raised for a name that another definition has."""
    return AlreadyExists(
        f"{kind} {name[:128]!r} is there already",
        details=[{"field": "name", "problem": "is taken"}],
    )


def not_found(kind: str, ref: str) -> NotFound:
    """What is raised where there is no such definition."""
    return NotFound(f"There is no {kind} {ref[:128]!r}")


def _locked(
    definition: Definition[Any], *, amendable: frozenset[str] = frozenset()
) -> FailedPrecondition:
    but = f", except for: {', '.join(sorted(amendable))}" if amendable else ""
    return FailedPrecondition(
        f"{definition.kind} {definition.name!r} comes with the server "
        f"({definition.origin}) and cannot be changed or deleted{but}"
    )
