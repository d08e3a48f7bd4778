"""What is to change on a server so that it has what is wanted. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from matsuri.as_code.documents import document_of, request_of
from matsuri.as_code.kinds import AMENDABLE, FILE_KINDS, FileKind
from matsuri.as_code.server import ServerDefinition, ServerDefinitions, said_body
from matsuri.as_code.state import is_over, stated, wanted_body
from matsuri.planning.drafts import ChangeAction

Key = tuple[str, str]


class Wanted(NamedTuple):
    """A definition as somebody wants it.

    ``left_out`` are fields of its lifecycle of which they say nothing; ``given`` all fields that
    they say something of.
    """

    kind: FileKind
    name: str
    body: Any
    left_out: frozenset[str]
    given: frozenset[str]

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return (self.kind.name, self.name)


class PlannedChange(NamedTuple):
    """One change; ``before`` and ``after`` are documents, empty where there is nothing.

    ``base_version`` is that of the definition as it is before, and ``definition`` what the console
    API is told.
    """

    kind: FileKind
    action: ChangeAction
    name: str
    id: str
    base_version: str
    definition: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """What tells the definition from all others."""
        return (self.kind.name, self.name)


class Changes(NamedTuple):
    """What is to change, in no special order.

    ``only_there`` are definitions that nobody wants, and that stay as nobody said to prune them.
    ``over`` are experiments that are not made anew, for they are over. ``wrong`` are those that
    cannot be as they are wanted, and why.
    """

    changes: list[PlannedChange]
    only_there: list[Key]
    over: list[Key]
    wrong: list[tuple[Key, str]]


def changes_to(
    wanted: Mapping[Key, Wanted],
    server: ServerDefinitions,
    *,
    prune: bool = False,
    among: Collection[Key] | None = None,
) -> Changes:
    """What is to change on ``server``; what is not ``among`` these stays as it is."""
    found = Changes([], [], [], [])
    for key, each in wanted.items():
        if among is not None and key not in among:
            continue
        stored = server.by_key.get(key)
        wrong = _wrong(each, stored, server)
        if wrong:
            found.wrong.append((key, wrong))
        elif stored is None and is_over(each.kind, each.body, server.now_us):
            found.over.append(key)
        elif (change := _change(each, stored, server.now_us)) is not None:
            found.changes.append(change)
    for stored in server.told():
        key = (stored.kind.name, stored.name)
        if key in wanted or (among is not None and key not in among):
            continue
        if prune:
            found.changes.append(_removal(stored))
        else:
            found.only_there.append(key)
    return found


def _wrong(wanted: Wanted, stored: ServerDefinition | None, server: ServerDefinitions) -> str:
    """Why a definition cannot be as it is wanted; empty where it may."""
    if wanted.kind.name in server.left_out:
        needed = server.left_out[wanted.kind.name]
        return f"the server key may not read it: this needs {needed}"
    beyond = sorted(wanted.given - {"name", *AMENDABLE})
    if stored is None or not stored.is_predefined or not beyond:
        return ""
    told = f"comes with the server: only {', '.join(AMENDABLE)} can be said of it"
    return f"{beyond[0]}: {wanted.kind.name} {wanted.name!r} {told}"


def _change(wanted: Wanted, stored: ServerDefinition | None, now_us: int) -> PlannedChange | None:
    kind = wanted.kind
    if stored is not None and stored.is_predefined:
        amended = {each: getattr(wanted.body, each) for each in AMENDABLE}
        return _update(stored, msgspec.structs.replace(stored.body, **amended))
    body = wanted_body(
        kind,
        wanted.body,
        None if stored is None else stored.body,
        left_out=wanted.left_out,
        now_us=now_us,
    )
    if stored is not None:
        return _update(stored, body)
    return PlannedChange(
        kind,
        ChangeAction.CREATE,
        wanted.name,
        id="",
        base_version="",
        definition={"name": wanted.name, **request_of(kind, body)},
        before={},
        after=document_of(kind, wanted.name, stated(kind, body)),
    )


def _update(stored: ServerDefinition, body: Any) -> PlannedChange | None:
    kind = stored.kind
    fields = [
        each
        for each in kind.body_type.__struct_fields__
        if getattr(body, each) != getattr(stored.body, each)
    ]
    if not fields:
        return None
    return PlannedChange(
        kind,
        ChangeAction.UPDATE,
        stored.name,
        id=stored.id,
        base_version=stored.version,
        definition=request_of(kind, body, fields),
        before=_document(stored, stored.body),
        after=_document(stored, body),
    )


def _removal(stored: ServerDefinition) -> PlannedChange:
    if stored.is_predefined:
        nothing = dict.fromkeys(AMENDABLE, ())
        change = _update(stored, msgspec.structs.replace(stored.body, **nothing))
        if change is not None:
            return change
    return PlannedChange(
        stored.kind,
        ChangeAction.DELETE,
        stored.name,
        id=stored.id,
        base_version=stored.version,
        definition={},
        before=_document(stored, stored.body),
        after={},
    )


def _document(stored: ServerDefinition, body: Any) -> dict[str, Any]:
    """What a file says of it, were ``body`` its body."""
    return document_of(stored.kind, stored.name, said_body(stored._replace(body=body)))


def in_order(
    changes: Sequence[PlannedChange], references: Mapping[Key, Collection[Key]]
) -> list[PlannedChange]:
    """Changes in an order in which each finds what it refers to, and nobody refers to what goes.

    ``references`` tells of each definition what it refers to, as it will be; of one that goes, as
    it was.
    """
    rank = {name: index for index, name in enumerate(FILE_KINDS)}
    made = {each.key: each for each in changes if each.action is not ChangeAction.DELETE}
    gone = {each.key: each for each in changes if each.action is ChangeAction.DELETE}
    order = sorted(made, key=lambda key: (rank[key[0]], key[1]))
    removal = sorted(gone, key=lambda key: (rank[key[0]], key[1]))
    return [
        *(made[key] for key in _referred_first(order, references)),
        *(gone[key] for key in reversed(list(_referred_first(removal, references)))),
    ]


def _referred_first(
    keys: Sequence[Key], references: Mapping[Key, Collection[Key]]
) -> Iterator[Key]:
    """``keys``, each after those of them that it refers to, but for circles."""
    among, done = set(keys), set[Key]()
    for start in keys:
        waiting = [(start, False)]
        while waiting:
            key, is_ready = waiting.pop()
            if is_ready:
                yield key
                continue
            if key in done:
                continue
            done.add(key)
            waiting.append((key, True))
            referred = sorted(among.intersection(references.get(key, ())), reverse=True)
            waiting += [(each, False) for each in referred if each not in done]
