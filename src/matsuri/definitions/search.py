"""Finding definitions by name and label. Pure."""

from collections.abc import Iterable
from typing import Any

import msgspec

from matsuri.definitions.model import Catalog, Definition


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; every part that is given narrows.

    ``names`` are alternatives, ``like`` is part of a name in any case. A definition carries at
    least one of ``any_labels`` and each of ``all_labels``, and refers to at least one of
    ``refers_to``, which are kinds and names.
    """

    names: frozenset[str] = frozenset()
    name: str = ""
    like: str = ""
    any_labels: frozenset[str] = frozenset()
    all_labels: frozenset[str] = frozenset()
    refers_to: frozenset[tuple[str, str]] = frozenset()


def matches(definition: Definition[Any], search: Search) -> bool:
    """Whether a definition is among what is looked for."""
    name = definition.name
    if search.names and name not in search.names:
        return False
    if search.name and name != search.name:
        return False
    if search.like.casefold() not in name.casefold():
        return False
    labels = frozenset(getattr(definition.body, "labels", ()))
    if search.any_labels and not search.any_labels & labels:
        return False
    return search.all_labels <= labels


def found(definitions: Iterable[Definition[Any]], search: Search) -> list[Definition[Any]]:
    """Those that match but for ``refers_to``, in the order in which they came."""
    return [each for each in definitions if matches(each, search)]


def found_in(catalog: Catalog, kind: str, search: Search) -> list[Definition[Any]]:
    """The definitions of a kind that match, by name."""
    every = found(catalog.of_kind(kind).values(), search)
    if not search.refers_to:
        return every
    users = {
        user.name for to in search.refers_to for user in catalog.users_of(*to) if user.kind == kind
    }
    return [each for each in every if each.name in users]
