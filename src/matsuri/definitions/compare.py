"""What differs between two JSON documents, told by path so that people can read it. Pure.

Objects are compared key by key. Elements of a list are told apart by what names them, where all of
them have such a name: then one that comes in the middle is one change, and not a change of all that
come after it. Other lists are compared place by place.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

_IDENTITIES = ("id", "name", "flag", "run")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Element(NamedTuple):
    """An element of a list, by what names it: the value under ``key``, or without one itself.

    ``shown`` is what people call it.
    """

    key: str
    value: str
    shown: str


class Order(NamedTuple):
    """The order of a list's elements, as the values that name them."""


ORDER = Order()

Place = str | int | Element | Order


class Difference(NamedTuple):
    """What is at a path before and after; ``UNSET`` where nothing is."""

    path: tuple[Place, ...]
    before: Any
    after: Any

    @property
    def text(self) -> str:
        """The path as people read it, such as ``variants["some"].value``; empty for all of it."""
        return path_text(self.path)


def differences(before: Any, after: Any) -> list[Difference]:
    """All that differs, in the order of the documents; nothing where both are the same."""
    return list(_differences((), before, after))


def path_text(path: Sequence[Place]) -> str:
    """A path as people read it."""
    return "".join(map(_place_text, path)).removeprefix(".")


def _place_text(place: Place) -> str:
    if isinstance(place, Order):
        return " (order)"
    if isinstance(place, int):
        return f"[{place}]"
    if isinstance(place, Element):
        return f"[{json.dumps(place.shown, ensure_ascii=False)}]"
    if _PLAIN_KEY.fullmatch(place):
        return f".{place}"
    return f"[{json.dumps(place, ensure_ascii=False)}]"


def _differences(path: tuple[Place, ...], before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            here = (*path, key)
            yield from _differences(here, before.get(key, UNSET), after.get(key, UNSET))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(path, before, after)
    elif not _same(before, after):
        yield Difference(path, before, after)


def _same(one: Any, other: Any) -> bool:
    """Whether two values of which at most one is an object or a list are the same."""
    # To Python, true is 1.
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _of_lists(path: tuple[Place, ...], before: list[Any], after: list[Any]) -> Iterator[Difference]:
    olds, news = _named(before, after)
    if olds is None or news is None:
        for index in range(max(len(before), len(after))):
            old = before[index] if index < len(before) else UNSET
            new = after[index] if index < len(after) else UNSET
            yield from _differences((*path, index), old, new)
        return
    for name in dict.fromkeys((*olds, *news)):
        old, new = olds.get(name, UNSET), news.get(name, UNSET)
        yield from _differences((*path, _element(name, old, new)), old, new)
    stayed = [name for name in olds if name in news]
    expected = [*stayed, *(name for name in news if name not in olds)]
    if expected != list(news):
        values = [value for _, value in olds], [value for _, value in news]
        yield Difference((*path, ORDER), *values)


_Named = dict[tuple[str, str], Any]


def _named(before: list[Any], after: list[Any]) -> tuple[_Named | None, _Named | None]:
    """Both lists by what names their elements; ``None`` where nothing does."""
    if all(isinstance(each, str) for each in (*before, *after)):
        keys: tuple[str, ...] = ("",)
    elif all(isinstance(each, Mapping) for each in (*before, *after)):
        keys = _IDENTITIES
    else:
        return None, None
    for key in keys:
        olds, news = _by(key, before), _by(key, after)
        if olds is not None and news is not None:
            return olds, news
    return None, None


def _by(key: str, elements: list[Any]) -> _Named | None:
    found: _Named = {}
    for each in elements:
        name = each.get(key) if key else each
        if not isinstance(name, str) or not name or (key, name) in found:
            return None
        found[key, name] = each
    return found


def _element(name: tuple[str, str], old: Any, new: Any) -> Element:
    key, value = name
    called = new if isinstance(new, Mapping) else old
    shown = called.get("name") if isinstance(called, Mapping) else None
    return Element(key, value, shown if isinstance(shown, str) and shown else value)
