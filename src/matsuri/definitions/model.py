"""Definitions: what a studio declares, by kind and name; and the catalog of all of them. Pure.

A kind (an event, a property, a validator …) is described by a ``Kind``: the type of its body, what
makes a definition of it wrong, and what it refers to. Everything else, from storing and revisions
to "who uses this", is the same for all kinds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from matsuri.kit.ids import derived_id

B = TypeVar("B")


class Origin:
    """Where a definition comes from, beside packs, which have names of their own."""

    STUDIO = ""
    CORE = "core"


class Definition(msgspec.Struct, Generic[B], frozen=True, kw_only=True):
    """One definition. Its ``version`` is the id of the revision that made it what it is.

    A definition whose ``origin`` is not empty comes with the server (``core``, or the name of a
    pack) and is locked. Its version is 0 as long as nothing was added to it. Times are in
    microseconds since the epoch.
    """

    id: str
    kind: str
    name: str
    body: B
    version: int = 0
    created_us: int = 0
    updated_us: int = 0
    origin: str = Origin.STUDIO

    @property
    def locked(self) -> bool:
        """Whether it came with the server."""
        return self.origin != Origin.STUDIO


class Reference(NamedTuple):
    """A definition by kind and name, as another one refers to it; ``field`` says where.

    One that need not be there is ``optional``: its kind's ``check`` says what is wrong if it is
    not. Where it is there, it is in use.
    """

    kind: str
    name: str
    field: str = ""
    optional: bool = False


class Problem(NamedTuple):
    """What is wrong with a definition: the field, why, and what is allowed.

    ``place`` says where in the field, for those that are texts of their own, as filters are.
    """

    field: str
    problem: str
    allowed: str = ""
    place: Mapping[str, int | str] = MappingProxyType({})

    def detail(self) -> dict[str, int | str]:
        """The problem as a detail of an error."""
        told = {"field": self.field, "problem": self.problem, "allowed": self.allowed}
        return {**{key: text for key, text in told.items() if text}, **self.place}


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one definition.

    ``before`` and ``after`` are the JSON texts of ``{"name", "body"}``; ``None`` where there was
    none yet, or is none any more. ``name`` is the newest name. Ids rise with every change of any
    definition.
    """

    id: int
    definition_id: str
    kind: str
    name: str
    before: str | None
    after: str | None
    changed_by: str
    changed_us: int
    note: str


class Edit(NamedTuple):
    """When a definition is changed, by whom and why; ``forced`` where they know what it spoils.

    Time is in microseconds since the epoch. ``restored`` is what comes back as it was once: it is
    new, and yet things have happened to it.
    """

    now_us: int
    author: str
    note: str = ""
    forced: bool = False
    restored: bool = False


@dataclass(frozen=True)
class Kind(Generic[B]):
    """One kind of definitions.

    ``check`` tells what is wrong with a definition, given all the others; that references lead
    somewhere is checked for every kind alike. ``depends_on`` are the kinds of which it looks at
    more than that they are there: they are not changed so that a definition becomes wrong that
    refers to them. ``predefined`` come with the server; only the fields ``amendable`` of their
    bodies can be changed. ``recalls`` says of a body whether what was there before it is needed.
    ``edited`` makes the body to store of a definition as somebody wants it, and raises
    ``FailedPrecondition`` for what may not be changed by then; the definition before is ``None``
    for a new one. ``deletable`` raises it for what may not be deleted by then. ``follows`` makes
    those definitions of the kind that change along when one of another kind does, and raises it
    for a change that they do not bear.
    """

    name: str
    body_type: type[B]
    check: Callable[["Definition[B]", "Catalog"], list[Problem]]
    references: Callable[[B], Iterable[Reference]]
    predefined: tuple[Definition[B], ...] = ()
    amendable: frozenset[str] = frozenset()
    depends_on: frozenset[str] = frozenset()
    recalls: Callable[[B], bool] | None = None
    edited: Callable[["Definition[B] | None", "Definition[B]", Edit], B] | None = None
    deletable: Callable[["Definition[B]", Edit], None] | None = None
    follows: Callable[["Changed", Edit], Iterable["Definition[B]"]] | None = None


class Catalog:
    """All definitions at one version, immutable."""

    def __init__(
        self,
        kinds: Mapping[str, Kind[Any]],
        definitions: Iterable[Definition[Any]] = (),
        *,
        version: int = 0,
        earlier: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        self.kinds = kinds
        self.version = version
        self._earlier = earlier or {}
        self._by_name: dict[str, dict[str, Definition[Any]]] = {name: {} for name in kinds}
        self._by_id: dict[tuple[str, str], Definition[Any]] = {}
        self._users: dict[tuple[str, str], list[Reference]] = {}
        for each in sorted(definitions, key=lambda d: (d.kind, d.name)):
            self._by_name[each.kind][each.name] = each
            self._by_id[each.kind, each.id] = each
            for to in kinds[each.kind].references(each.body):
                users = self._users.setdefault((to.kind, to.name), [])
                users.append(Reference(each.kind, each.name, to.field))

    def of_kind(self, kind: str) -> Mapping[str, Definition[Any]]:
        """The definitions of a kind by name, in the order of their names."""
        return self._by_name[kind]

    def find(self, kind: str, name: str) -> Definition[Any] | None:
        """The definition of that kind and name."""
        return self._by_name[kind].get(name)

    def find_by_id(self, kind: str, definition_id: str) -> Definition[Any] | None:
        """The definition of that kind and id."""
        return self._by_id.get((kind, definition_id))

    def users_of(self, kind: str, name: str) -> list[Reference]:
        """Who refers to that definition, and in which field."""
        return self._users.get((kind, name), [])

    def earlier(self, definition_id: str) -> Sequence[Any]:
        """The bodies that a definition had before, the newest first, if its kind ``recalls`` it."""
        return self._earlier.get(definition_id, ())

    def all(self) -> list[Definition[Any]]:
        """Every definition."""
        return list(self._by_id.values())

    def dependants_of(self, definition: Definition[Any]) -> list[Definition[Any]]:
        """Those that refer to it, if by way of others, and whose kinds depend on its kind."""
        found: dict[tuple[str, str], Definition[Any]] = {}
        waiting = [definition]
        while waiting:
            to = waiting.pop()
            for user in self.users_of(to.kind, to.name):
                if (user.kind, user.name) not in found:
                    found[user.kind, user.name] = self._by_name[user.kind][user.name]
                    waiting.append(found[user.kind, user.name])
        return [
            each for each in found.values() if definition.kind in self.kinds[each.kind].depends_on
        ]

    def with_changed(self, definition: Definition[Any]) -> "Catalog":
        """The catalog with a new definition, or another state of one of its own.

        It has the version after this one, as the definition has.
        """
        before = self.find_by_id(definition.kind, definition.id)
        recalls = self.kinds[definition.kind].recalls
        earlier = dict(self._earlier)
        if before is not None and recalls is not None and recalls(definition.body):
            earlier[definition.id] = (before.body, *self.earlier(definition.id))
        changed = msgspec.structs.replace(definition, version=self.version + 1)
        return self._next(definition, [changed], earlier)

    def without(self, definition: Definition[Any]) -> "Catalog":
        """The catalog without one of its definitions, at the version after this one."""
        return self._next(definition, [], self._earlier)

    def _next(
        self,
        old: Definition[Any],
        new: Sequence[Definition[Any]],
        earlier: Mapping[str, Sequence[Any]],
    ) -> "Catalog":
        known = self.find_by_id(old.kind, old.id)
        names = {old.name, *(each.name for each in new), *(() if known is None else (known.name,))}
        if any(each.name in names for each in self.kinds[old.kind].predefined):
            return self._made_anew(old, new, earlier)
        catalog = copy(self)
        catalog.version += 1
        catalog._earlier = earlier  # noqa: SLF001 # its own copy
        catalog._put(known, new)  # noqa: SLF001 # the same
        return catalog

    def _put(self, known: Definition[Any] | None, new: Sequence[Definition[Any]]) -> None:
        """Have ``new`` in the place of ``known``, in copies of what other catalogs share."""
        self._by_id, self._users = dict(self._by_id), dict(self._users)
        self._by_name = dict(self._by_name)
        if known is not None:
            by_name = self._by_name[known.kind] = dict(self._by_name[known.kind])
            del by_name[known.name], self._by_id[known.kind, known.id]
            for to in self.kinds[known.kind].references(known.body):
                self._users[to.kind, to.name] = [
                    user
                    for user in self.users_of(to.kind, to.name)
                    if (user.kind, user.name) != (known.kind, known.name)
                ]
        for each in new:
            names = {**self._by_name[each.kind], each.name: each}
            self._by_name[each.kind] = dict(sorted(names.items(), key=itemgetter(0)))
            self._by_id[each.kind, each.id] = each
            for to in self.kinds[each.kind].references(each.body):
                users = [
                    *self.users_of(to.kind, to.name),
                    Reference(each.kind, each.name, to.field),
                ]
                self._users[to.kind, to.name] = sorted(users, key=itemgetter(0, 1))

    def _made_anew(
        self,
        old: Definition[Any],
        new: Sequence[Definition[Any]],
        earlier: Mapping[str, Sequence[Any]],
    ) -> "Catalog":
        # A predefined one that nothing was added to is not stored.
        stored = [
            each
            for each in self.all()
            if (each.kind, each.id) != (old.kind, old.id) and (each.version or not each.locked)
        ]
        return catalog_of(self.kinds, [*stored, *new], version=self.version + 1, earlier=earlier)


class Changed(NamedTuple):
    """A definition before and after a change, and all of them as they were before it."""

    before: Definition[Any]
    after: Definition[Any]
    catalog: Catalog


def predefined_id(kind: str, name: str) -> str:
    """The id of a definition that comes with the server: the same on every server."""
    return derived_id(f"definition.{kind}", name)


def catalog_of(
    kinds: Mapping[str, Kind[Any]],
    stored: Iterable[Definition[Any]],
    *,
    version: int,
    earlier: Mapping[str, Sequence[Any]] | None = None,
) -> Catalog:
    """The catalog of what comes with the server and what is stored.

    What was added to a predefined definition is stored under its id; without the predefined one,
    whose pack may be switched off, that means nothing. A studio's own definition goes before a
    predefined one of the same name that came with a later version or pack.
    """
    found = {(p.kind, p.name): p for kind in kinds.values() for p in kind.predefined}
    for each in stored:
        if each.id != predefined_id(each.kind, each.name):
            found[each.kind, each.name] = each
            continue
        base = found.get((each.kind, each.name))
        if base is not None:
            found[each.kind, each.name] = amended(kinds[each.kind], base, each)
    return Catalog(kinds, found.values(), version=version, earlier=earlier)


def amended(kind: Kind[Any], base: Definition[Any], stored: Definition[Any]) -> Definition[Any]:
    """A predefined definition with what was added to it."""
    added = {field: getattr(stored.body, field) for field in kind.amendable}
    return msgspec.structs.replace(
        base,
        body=msgspec.structs.replace(base.body, **added),
        version=stored.version,
        updated_us=stored.updated_us,
    )
